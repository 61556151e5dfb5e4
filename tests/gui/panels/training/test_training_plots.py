"""The plots of a run: a point of the loss curve leads to its epoch, and what has left a plot is said in it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from engine.training.pictures.surfaces import surface
from gui.look.theme import ThemeManager
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import RunSeries
from gui.panels.training.plots.surface_plot import SurfacePlot
from tests.gui.factory import run_numbers


def series(rows: list[tuple[float, float, float]]) -> RunSeries:
    return RunSeries(run_numbers(rows))


@pytest.fixture
def loss(qtbot: QtBot) -> LossPlot:
    plot = LossPlot(ThemeManager("light"))
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def press(qapp: QApplication, plot: LossPlot, at: QPointF, to: QPointF | None = None) -> None:
    port = plot._plot.viewport()
    for kind, place in ((QEvent.Type.MouseButtonPress, at), (QEvent.Type.MouseButtonRelease, to or at)):
        button = Qt.MouseButton.LeftButton
        where = QPointF(port.mapToGlobal(place.toPoint()))
        qapp.sendEvent(port, QMouseEvent(kind, place, where, button, button, Qt.KeyboardModifier.NoModifier))


def test_a_click_goes_to_the_epoch_that_is_read_there_and_a_drag_does_not(qapp: QApplication, loss: LossPlot) -> None:
    rows = [(0.0, 0.0, math.nan), *((1.0, 1.0, 10.0 / epoch) for epoch in range(1, 21))]
    loss.set_run(series(rows), 20, ("noise floor", 0.01), 10.0)
    wanted: list[int] = []
    loss.epoch_wanted.connect(wanted.append)
    for epoch in (1, 7, 20):
        place = loss._view.mapViewToScene(QPointF(epoch, math.log10(10.0 / epoch)))
        at = QPointF(loss._plot.mapFromScene(place))
        press(qapp, loss, at)
        assert wanted[-1] == epoch
    press(qapp, loss, at, at + QPointF(40, 0))
    assert wanted == [1, 7, 20], "a drag is no click"
    for height in (math.log10(9.0), math.log10(0.02)):
        far = QPointF(loss._plot.mapFromScene(loss._view.mapViewToScene(QPointF(18, height))))
        press(qapp, loss, far)
        assert wanted.pop() == 18 and loss.told(18, height).words == "epoch 18   loss 0.556", (
            "a click goes where the reading says"
        )
    loss.set_run(series(rows[:11]), 20, ("noise floor", 0.01), 10.0)
    press(qapp, loss, far)
    assert wanted == [1, 7, 20] and loss.told(18, height).words == "epoch 18", "nobody can go to what was not trained"


def test_epochs_closer_than_pixels_are_each_reached_and_read_as_what_a_click_goes_to(qapp: QApplication, loss: LossPlot) -> None:
    """Of several epochs in one px a click went to one, and the reading named another."""
    losses = 10.0 ** np.resize([0.0, 0.6, 0.3, 0.9, 0.15, 0.75, 0.45], 1000)
    loss.set_run(series([(0.0, 0.0, math.nan), *((1.0, 1.0, float(one)) for one in losses)]), 1000, ("noise floor", 0.01), 10.0)
    wanted: list[int] = []
    loss.epoch_wanted.connect(wanted.append)
    for epoch in (1, *range(400, 407), 1000):
        place = QPointF(epoch, math.log10(losses[epoch - 1]))
        at = QPointF(loss._plot.mapFromScene(loss._view.mapViewToScene(place)))
        press(qapp, loss, at)
        there = loss._view.mapSceneToView(loss._plot.mapToScene(at.toPoint()))
        assert loss.told(there.x(), there.y()).words.startswith(f"epoch {wanted[-1]:,} "), epoch
        assert abs(wanted[-1] - epoch) <= 4 and losses[wanted[-1] - 1] == pytest.approx(losses[epoch - 1], rel=0.2)


def test_an_epoch_after_the_one_that_is_shown_is_there_to_click(qapp: QApplication, loss: LossPlot) -> None:
    """Once a click had gone back, what was trained after that had gone from the curve."""
    run = series([(0.0, 0.0, math.nan), *((1.0, 1.0, 10.0 / epoch) for epoch in range(1, 21))])
    loss.set_run(run, 20, ("noise floor", 0.01), 10.0)
    wanted: list[int] = []
    loss.epoch_wanted.connect(wanted.append)
    run.shown = 5
    loss.show_run()
    back = loss.grab().toImage()
    place = QPointF(15, math.log10(10.0 / 15))
    at = QPointF(loss._plot.mapFromScene(loss._view.mapViewToScene(place)))
    press(qapp, loss, at)
    assert wanted == [15] and loss.told(place.x(), place.y()).words == "epoch 15   loss 0.667"
    loss.set_run(
        series([(0.0, 0.0, math.nan), *((1.0, 1.0, 10.0 / epoch) for epoch in range(1, 6))]), 20, ("noise floor", 0.01), 10.0
    )
    assert loss.grab().toImage() != back, "the rest of the run was drawn, too"


def test_the_loss_plot_says_from_where_on_the_loss_is_no_number(loss: LossPlot) -> None:
    loss.set_run(series([(0, 0, math.nan), (1, 1, 5.0), (2, 2, 50.0)]), 5, ("noise floor", 0.01), 5.0)
    assert loss.left() == ()
    before = loss.grab().toImage()
    loss.set_run(
        series([(0, 0, math.nan), (1, 1, 5.0), (2, 2, 50.0), (9, 9, math.inf), (9, 9, math.nan)]), 5, ("noise floor", 0.01), 5.0
    )
    assert loss.left() == ("the loss is ∞ from epoch 3 on",)
    assert loss.grab().toImage() != before


def test_line_and_run_say_that_they_left(qtbot: QtBot) -> None:
    theme = ThemeManager("light")
    for plot, words in ((ScatterPlot(theme), "the line has left the plot"), (SurfacePlot(theme), "the run has left the plot")):
        qtbot.addWidget(plot)
        if isinstance(plot, SurfacePlot):
            start = next(iter(engine.train()))
            plot.set_surface(surface(TrainingConfig(), [start], start), series([(0, 0, math.nan)]))
        plot.set_home(-3, 3, -5, 5)
        for w, b, gone in ((0.5, 1.0, False), (1.0, 1e9, True), (math.nan, math.nan, True)):
            plot._series = series([(0, 0, math.nan), (w, b, 1.0)])
            assert plot.left()[1:] == ((words,) if gone else ()), (w, b)
            assert any("1.0e9" in said for said in plot.left()) == (b == 1e9)
