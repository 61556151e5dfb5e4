"""What is made after the first paint: each part in a turn of its own, so that the window answers between two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from tests.gui.opened import Opened


def test_no_two_parts_are_made_in_one_turn(qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last plot, Set-up and Runs were: 0.2 s in which nothing answered."""
    window = opened.window
    turns, made = [0], list[int]()

    def noted(make: Callable[[], bool]) -> Callable[[], bool]:
        def one() -> bool:
            made.append(turns[0])
            return make()

        return one

    parts: tuple[tuple[Any, str], ...] = (
        (window.training, "build_next"),
        (window.side, "make_next"),
        (window.below_plots, "make_next"),
    )
    for part, name in parts:
        monkeypatch.setattr(part, name, noted(getattr(part, name)))
    beat = QTimer()
    beat.setInterval(0)
    beat.timeout.connect(lambda: turns.__setitem__(0, turns[0] + 1))
    with qtbot.waitSignal(window.loaded, timeout=240_000):
        opened.show()
        beat.start()
    beat.stop()
    assert len(made) == len(set(made)) == 5
    assert window.controller._worker is not None, "the training begins after them"
