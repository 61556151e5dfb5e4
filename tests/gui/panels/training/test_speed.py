"""The speed of the training: which word is chosen, what it does, and that it is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.look.theme import ThemeManager
from gui.panels.training.controls import TrainingControls
from gui.session.session import Session
from gui.session.settings import Settings
from gui.session.speeds import EACH, SPEEDS, speed_named
from gui.work.training.controller import TrainingController
from tests.gui.work.test_training_controller import one_thread

WATCH, FAST, MAX = SPEEDS
Key = Qt.Key


class Frames(QObject):
    """How many steps each look of the window brought, and when."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._run = session.run
        self.made: list[int] = []
        self.times: list[float] = []
        session.run.changed.connect(self._note)

    @Slot()
    def _note(self) -> None:
        self.made.append(self._run.made)
        self.times.append(time.perf_counter())


class Bench:
    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.session = Session(settings=Settings(path))
        self.controller = TrainingController(self.session.run)
        self.controls = TrainingControls(self.session, ThemeManager("light"), self.controller)
        self.controls.set_arrangement("row")
        qtbot.addWidget(self.controls)
        self.controls.resize(1264, 48)
        self.controls.show()
        qtbot.waitExposed(self.controls)

    def focused(self) -> QWidget | None:
        return self.controls.focusWidget()


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    made = Bench(qtbot, tmp_path / "settings.ini")
    yield made
    made.controller.close()


def test_who_begins_watches_every_epoch_for_a_second_or_two(qtbot: QtBot, bench: Bench) -> None:
    """The mission's 30 epochs used to be over before anything was seen."""
    assert bench.controls.speed.words.current() == "watch" and bench.controller.speed == WATCH.rate
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        bench.controller.prepare()
    frames = Frames(bench.session)
    began = time.perf_counter()
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        bench.controls.train_button.click()
    assert frames.made == list(range(1, 31)), "each of them is drawn, whatever else the machine does"
    assert time.perf_counter() - began >= 29 / WATCH.rate
    assert 1.0 <= 30 / WATCH.rate <= 2.0 and WATCH.rate <= EACH


def test_a_slow_window_is_waited_for(qtbot: QtBot, bench: Bench) -> None:
    class Slow(QObject):
        @Slot()
        def draw(self) -> None:
            time.sleep(0.12)

    slow = Slow()
    bench.session.run.changed.connect(slow.draw)
    bench.controller.set_epochs(8)
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        bench.controller.prepare()
    frames = Frames(bench.session)
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        bench.controls.train_button.click()
    assert frames.made == list(range(1, 9))


@pytest.mark.parametrize("act", ["pause", "reset", "close"])
def test_no_wait_holds_up_what_is_asked_for(qtbot: QtBot, bench: Bench, act: str) -> None:
    bench.controller.set_epochs(1000)
    bench.controller.train()
    qtbot.waitUntil(lambda: bench.session.run.made >= 2, timeout=60_000)
    bench.controller._frame.stop()  # the window takes nothing: the training waits for it
    qtbot.wait(120)
    if act == "pause":
        bench.controller.pause()
        qtbot.waitUntil(lambda: bench.session.run.state == "paused", timeout=5000)
    elif act == "reset":
        with qtbot.waitSignal(bench.controller.prepared, timeout=5000):
            bench.controller.reset()
    else:
        assert bench.controller.close()


def test_it_changes_while_the_training_goes_on(qtbot: QtBot, bench: Bench) -> None:
    controls, run = bench.controls, bench.session.run
    bench.controller.set_epochs(100_000)
    bench.controller.train()
    qtbot.waitUntil(lambda: run.made >= 3, timeout=60_000)
    assert run.made < 40
    qtbot.mouseClick(controls.speed.words.words["max"], Qt.MouseButton.LeftButton)
    assert bench.controller.speed is None
    qtbot.waitUntil(lambda: run.made >= 400, timeout=60_000)
    qtbot.mouseClick(controls.speed.words.words["watch"], Qt.MouseButton.LeftButton)
    qtbot.wait(100)
    frames = Frames(bench.session)
    qtbot.waitUntil(lambda: len(frames.made) >= 6, timeout=60_000)
    assert [b - a for a, b in zip(frames.made, frames.made[1:], strict=False)] == [1] * (len(frames.made) - 1)
    bench.controller.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=60_000)


def test_fast_keeps_its_rate_in_bunches(qtbot: QtBot, bench: Bench) -> None:
    assert WATCH.rate < EACH < FAST.rate and MAX.rate is None
    bench.controls.speed.words.words["fast"].click()
    bench.controller.set_epochs(120)
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        bench.controller.prepare()
    frames, began = Frames(bench.session), time.perf_counter()
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        bench.controller.train()
    assert time.perf_counter() - began >= 0.8 * 120 / FAST.rate, "no faster than it says"
    assert frames.made[-1] == 120 and len(frames.made) < 120


def test_the_keyboard_walks_along_the_words(qtbot: QtBot, bench: Bench) -> None:
    words = bench.controls.speed.words
    words.words["watch"].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(words.words["watch"], Key.Key_Right)
    assert words.current() == "fast" and bench.focused() is words.words["fast"] and bench.controller.speed == FAST.rate
    qtbot.keyClick(words.words["fast"], Key.Key_Right)
    assert words.current() == "max" and bench.controller.speed is None
    for speed in SPEEDS:
        word = words.words[speed.name]
        assert speed.meaning in word.toolTip() and word.accessibleName() == f"Speed: {speed.name}"
        assert bool(word.focusPolicy() & Qt.FocusPolicy.TabFocus) == (speed is MAX), "one stop for Tab"


def test_it_is_remembered_and_the_box_of_a_narrow_row_is_the_same_choice(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    controls = bench.controls
    assert controls.speed.words.isVisible() and not controls.speed.box.isVisible()
    bench.controls.resize(800, 48)
    qtbot.waitUntil(lambda: controls.speed.box.isVisible() and not controls.speed.words.isVisible())
    box = controls.speed.box
    assert [box.itemText(place) for place in range(box.count())] == [speed.name for speed in SPEEDS]
    qtbot.keyClick(box, Key.Key_Down)
    assert bench.controller.speed == FAST.rate and controls.speed.words.current() == "fast" and FAST.meaning[:20] in box.toolTip()
    bench.session.settings.save()
    again = Bench(qtbot, tmp_path / "settings.ini")
    assert again.controller.speed == FAST.rate and again.controls.speed.box.currentText() == "fast"
    again.controller.close()


def test_each_speed_has_a_name_of_its_own() -> None:
    assert [speed_named(speed.name) for speed in SPEEDS] == list(SPEEDS)
    with pytest.raises(KeyError):
        speed_named("slow")
