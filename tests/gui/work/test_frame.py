"""While the window draws a frame of a training at full speed no step is made; and a frame is painted before the next step."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.work.training import controller as controlling
from gui.work.training import frame as frames
from gui.work.training.controller import TrainingController
from gui.work.training.frame import Frame
from tests.gui.work.test_training_controller import controller, state

__all__ = ["controller"]


def test_no_step_is_made_while_a_frame_is_drawn() -> None:
    frame, made, over = Frame(), [0], threading.Event()

    def train() -> None:
        while not over.is_set():
            frame.give_way()
            while not frame.wanted and not over.is_set():
                made[0] += 1

    worker = threading.Thread(target=train)
    worker.start()
    try:
        for _ in range(5):
            with frame:
                time.sleep(0.02)  # the step that runs comes to its end
                before = made[0]
                time.sleep(0.03)
                assert made[0] == before
            deadline = time.monotonic() + 10
            while made[0] == before and time.monotonic() < deadline:
                time.sleep(0.001)
            assert made[0] > before
    finally:
        over.set()
        worker.join()


def test_a_frame_that_does_not_end_holds_nothing_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LONGEST", 0.02)
    frame = Frame()
    with frame:
        frame.give_way()
    frame.give_way()


def test_what_a_step_changes_is_painted_within_the_frame(qtbot: QtBot, controller: TrainingController) -> None:
    painted: list[int] = []
    within: list[bool] = []

    class View(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            painted.append(controller.run.made)
            within.append(controller._desk.frame.wanted)

    view = View()
    qtbot.addWidget(view)
    view.resize(40, 40)
    view.show()
    qtbot.waitExposed(view)
    controller.run.changed.connect(view.update)
    controller.set_speed(None)
    controller.prepare()
    qtbot.waitUntil(lambda: controller.run.latest is not None, timeout=60_000)
    controller.run.set_config(replace(controller.run.config, epochs=3000, n_samples=50))
    painted.clear()
    within.clear()
    controller.train()
    state(qtbot, controller, "finished")
    qtbot.waitUntil(lambda: bool(painted) and painted[-1] == 3000, timeout=10_000)
    assert len(painted) > 1
    assert sum(within) >= len(within) - 2, "all but what a change of the window's own asks for"


def test_where_a_frame_takes_long_the_steps_have_most_of_the_time(
    qtbot: QtBot, controller: TrainingController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controlling, "paint", lambda: time.sleep(0.06))
    controller.set_speed(None)
    controller.prepare()
    qtbot.waitUntil(lambda: controller.run.latest is not None, timeout=60_000)
    controller.run.set_config(replace(controller.run.config, epochs=100_000, n_samples=50))
    qtbot.waitUntil(lambda: controller.data is not None and len(controller.data.X) == 50, timeout=60_000)
    controller.train()
    qtbot.waitUntil(lambda: controller._frame.interval() >= 0.9 * 60 / controlling.BUSY_SHARE, timeout=20_000)
    controller.pause()
    state(qtbot, controller, "paused")
