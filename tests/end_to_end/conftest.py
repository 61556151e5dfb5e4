"""A display with a window manager, and programs that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.end_to_end.driver import Program, require_display

Start = Callable[..., Program]


@pytest.fixture(scope="session")
def display() -> None:
    """Something to open windows on; the tests fail, and say why, where there is none."""
    require_display()


@pytest.fixture
def start(display: None, qapp: QApplication, tmp_path: Path) -> Iterator[Start]:
    """Starts the program with the arguments given; all of one test share a home, as all of one person do."""
    home = tmp_path / "home"
    home.mkdir()
    started: list[Program] = []

    def start_program(*arguments: str) -> Program:
        program = Program(home, *arguments)
        started.append(program)
        return program

    yield start_program
    for program in started:
        program.stop()
