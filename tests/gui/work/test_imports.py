"""Modules that make types from Qt's are imported while the window waits: PySide reads its table of types without a lock."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from gui.work.imports import SLICE, Import

BODIES = 8


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of eight modules that each take three slices, within which other threads may run, and note when."""
    name = "imported_in_turns"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import threading\nspans, threads = [], {threading.get_ident()}\n"
        + "".join(f"from . import part{number}\n" for number in range(BODIES))
    )
    for number in range(BODIES):
        (folder / f"part{number}.py").write_text(
            "import time\nfrom PySide6.QtCore import QObject\nbegun = time.perf_counter()\n"
            f"class Made(QObject):\n    time.sleep({3 * SLICE})\n"
            "from . import spans\nspans.append((begun, time.perf_counter()))\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[module]  # of another test
    return name


def test_the_window_does_nothing_while_a_module_is_imported_and_answers_between_two(qtbot: QtBot, package: str) -> None:
    one = Import(package)
    beats: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(0)
    finders = list(sys.meta_path)
    with qtbot.waitSignal(one.finished, timeout=60_000):
        one.start()
    assert one.close()
    made = sys.modules[package]
    assert len(made.spans) == BODIES
    assert threading.get_ident() not in made.threads
    assert not [beat for begun, ended in made.spans for beat in beats if begun < beat < ended]
    for (_, ended), (begun, _) in pairwise(made.spans):
        assert [beat for beat in beats if ended < beat < begun]
    assert sys.meta_path == finders


def test_what_cannot_be_imported_is_told_and_the_window_goes_on(qtbot: QtBot) -> None:
    one = Import("no_such_module_at_all")
    said: list[str] = []
    one.crashed.connect(said.append)
    with qtbot.waitSignal(one.finished, timeout=60_000):
        one.start()
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert "no_such_module_at_all" in said[0]
    assert one.close()


def test_closing_meanwhile_waits_for_what_has_begun(qtbot: QtBot, package: str) -> None:
    one = Import(package)
    one.start()
    qtbot.waitUntil(lambda: package in sys.modules, timeout=60_000)
    assert one.close()
    assert len(sys.modules[package].spans) == BODIES


def test_closing_before_the_first_turn_imports_nothing(qtbot: QtBot, package: str) -> None:
    one = Import(package)
    one.start()
    assert one.close()
    assert package not in sys.modules


@pytest.mark.parametrize("wanted", ["another", "imported_in_turns"])
def test_the_window_may_import_meanwhile(qtbot: QtBot, package: str, tmp_path: Path, wanted: str) -> None:
    """It waited for ever: for Python's lock of all imports, which a finder holds, or for a module that is being imported."""
    sys.modules.pop("another", None)
    (tmp_path / "another.py").write_text("value = 1\n")
    one = Import(package)
    got: list[object] = []

    def imports() -> None:
        if f"{package}.part1" in sys.modules and not got:
            got.append(importlib.import_module(wanted))

    timer = QTimer()
    timer.timeout.connect(imports)
    timer.start(0)
    with qtbot.waitSignal(one.finished, timeout=60_000):
        one.start()
    assert one.close()
    assert got == [sys.modules[wanted]] and len(sys.modules[package].spans) == BODIES
