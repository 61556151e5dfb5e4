"""The cursor over the epochs in the plot of the loss: dragged, walked with keys, at whole epochs only."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.history import History
from engine.training.training import train
from gui.look.theme import ThemeManager
from gui.panels.training.epochs.cursor import EpochCursor
from gui.panels.training.epochs.over_epochs import OverEpochs
from gui.panels.training.plots.series import RunSeries
from gui.session.session import Session
from gui.work.training.controller import TrainingController

EPOCHS = 20


class Stage:
    """Twenty epochs of the default run, drawn over 400 px; every epoch that is wanted is shown."""

    def __init__(self, qtbot: QtBot) -> None:
        self.session = Session()
        run = self.session.run
        run.config = TrainingConfig(epochs=EPOCHS)
        start, *steps = train(run.config)
        run.reset(History(start))
        run.extend(steps)
        self.over = OverEpochs(self.session, ThemeManager("light"), RunSeries(run.numbers), TrainingController(run))
        qtbot.addWidget(self.over)
        self.over.resize(400, 300)
        self.over.show()
        qtbot.waitExposed(self.over)
        self.loss = self.over.loss
        self.loss.set_run(RunSeries(run.numbers), EPOCHS, ("noise floor", 0.09), float(run.numbers.loss[1]))
        self.cursor: EpochCursor = self.over.cursor_over[self.loss]
        self.wanted: list[int] = []
        self.over.epoch_wanted.connect(self.wanted.append)
        self.over.epoch_wanted.connect(run.set_epoch)

    def x(self, epoch: float) -> float:
        return float(self.loss.view.mapViewToScene(QPointF(epoch, 0)).x())

    def drag(self, qapp: QApplication, widget: QWidget, start: QPointF, xs: list[float]) -> None:
        """Press at ``start`` of ``widget``, move to each of ``xs`` px of the drawing, release."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

        def send(kind: QEvent.Type, place: QPointF, button: Qt.MouseButton) -> None:
            where = widget.mapToGlobal(place)
            qapp.sendEvent(widget, QMouseEvent(kind, place, where, button, left, Qt.KeyboardModifier.NoModifier))

        send(QEvent.Type.MouseButtonPress, start, left)
        place = start
        for x in xs:
            there = self.loss.canvas.mapTo(self.loss, QPointF(x, 100.0))
            place = QPointF(widget.mapFrom(self.loss, there) if widget is self.cursor else QPointF(x, 100.0))
            send(QEvent.Type.MouseMove, place, none)
        send(QEvent.Type.MouseButtonRelease, place, left)


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot)


def middle(cursor: EpochCursor) -> float:
    """Where it points, in px of the drawing."""
    return float(cursor.mapTo(cursor.parentWidget(), QPointF(cursor.width() / 2, 0)).x())


def test_it_stands_at_the_epoch_that_is_shown(stage: Stage) -> None:
    assert stage.cursor.isVisible() and stage.cursor.accessibleDescription() == "Epoch 20 of 20"
    assert middle(stage.cursor) == pytest.approx(stage.x(20) + stage.loss.canvas.x(), abs=1)
    stage.session.run.set_epoch(7)
    assert middle(stage.cursor) == pytest.approx(stage.x(7) + stage.loss.canvas.x(), abs=1)
    stage.loss.view.setRange(xRange=(10, 20), padding=0)
    assert not stage.cursor.isVisible(), "epoch 7 is not in view"


@pytest.mark.parametrize("by", ["handle", "line"])
def test_dragged_it_goes_through_whole_epochs_and_not_beyond_those_that_were_trained(
    qapp: QApplication, stage: Stage, by: str
) -> None:
    range_before = stage.loss.view.viewRange()
    widget = stage.cursor if by == "handle" else stage.loss.canvas.viewport()
    start = QPointF(stage.cursor.width() / 2, 6) if by == "handle" else QPointF(stage.x(20), 120)
    stage.drag(qapp, widget, start, [stage.x(20) - 40, *(stage.x(at / 4) for at in range(60, 30, -1)), -500.0, 5000.0])
    assert stage.wanted[1:] == [*range(15, 7, -1), 1, 20], "each whole epoch once, in their order"
    assert all(type(epoch) is int for epoch in stage.wanted)
    assert stage.loss.view.viewRange() == range_before, "the plot was not moved with it"


def test_a_press_on_the_line_that_does_not_move_is_a_click_on_the_plot(qapp: QApplication, stage: Stage) -> None:
    stage.session.run.set_epoch(9)
    stage.loss.view.setRange(xRange=(1, 400), padding=0)  # several epochs are in reach of the line
    at = stage.x(9) + 2
    stage.drag(qapp, stage.loss.canvas.viewport(), QPointF(at, 120), [])
    there = stage.loss.view.mapSceneToView(QPointF(at, 120))
    assert stage.wanted and f"epoch {stage.wanted[-1]} " in stage.loss.told(there.x(), there.y()).words


def test_keys_walk_by_whole_epochs(qtbot: QtBot, stage: Stage) -> None:
    for key, epoch in (("Left", 19), ("Left", 18), ("Right", 19), ("Home", 1), ("Left", None), ("End", 20), ("Right", None)):
        before = len(stage.wanted)
        qtbot.keyClick(stage.cursor, getattr(Qt.Key, f"Key_{key}"))
        assert stage.wanted[before:] == ([] if epoch is None else [epoch]), key


def test_before_training_there_is_nothing_to_go_to(qtbot: QtBot) -> None:
    session = Session()
    over = OverEpochs(session, ThemeManager("light"), RunSeries(session.run.numbers), TrainingController(session.run))
    qtbot.addWidget(over)
    cursor = over.cursor_over[over.loss]
    wanted: list[int] = []
    over.epoch_wanted.connect(wanted.append)
    session.run.reset(History(next(train(session.run.config))))
    session.run.recorded_step = 0  # the first epoch is there to be walked through
    session.run.changed.emit()
    over.loss.set_run(RunSeries(session.run.numbers), 30, None, math.nan)
    assert (cursor.shown, cursor.made, cursor.total) == (1, 0, 30) and not cursor.isHidden()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(cursor, key)
    assert wanted == []
