"""Legends, notices and names in the plots of a run: whole at every size, not on each other, and off the curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from engine.training.figures import figures
from engine.training.pictures.surfaces import Surface, surface
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.plot import Notice, Plot
from gui.panels.training.plots.room import WRAPPED, along, boxes_at, emptiest, hits
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import RunSeries
from gui.panels.training.plots.surface_plot import SurfacePlot
from tests.gui.factory import run_numbers

SIZES = [(460, 380), (230, 250), (360, 190), (215, 190), (180, 150), (430, 240), (700, 300)]


def run(rows: list[tuple[float, float, float]]) -> RunSeries:
    return RunSeries(run_numbers(rows))


def around() -> Surface:
    """The loss of the mission's run over its two parameters."""
    start = next(iter(engine.train()))
    return surface(TrainingConfig(), [start], start)


def diverged(epochs: int = 30) -> RunSeries:
    """Each epoch a thousand times farther out, until the loss is not a number."""
    rows = [(-1.5, 0.2, math.nan)]
    for epoch in range(1, epochs + 1):
        loss = 10.0 ** (epoch * 1.35) if epoch < epochs - 3 else math.inf
        rows.append((0.4 + (-9.0) ** epoch, 2.0 + 1.1 * (-9.0) ** epoch, loss))
    return run(rows)


def painted(qtbot: QtBot, plot: Plot, size: tuple[int, int]) -> QRectF:
    """Paint at a size; the plot's own area in px."""
    qtbot.addWidget(plot)
    plot.resize(*size)
    plot.show()
    qtbot.waitExposed(plot)
    layout = plot.layout()
    assert layout is not None
    layout.activate()
    plot.grab()
    return QRectF(plot._view.sceneBoundingRect()).adjusted(-1, -1, 1, 1)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    found: list[Notice] = []
    paint = Plot.paint_notice

    def keep(plot: Plot, painter: object, notice: Notice | None, *, calm: bool = False) -> None:
        if notice is not None:
            found.append(notice)
        paint(plot, painter, notice, calm=calm)  # type: ignore[arg-type]

    monkeypatch.setattr(Plot, "paint_notice", keep)
    return found


def check_whole(notice: Notice, area: QRectF, scale: float) -> None:
    metrics = QFontMetrics(ui_font(notice.px * scale, 600))
    needed = metrics.boundingRect(QRect(0, 0, int(notice.box.width()), 10_000), WRAPPED, notice.words)
    assert area.contains(notice.box), "cut by the plot's edge"
    assert needed.height() <= notice.box.height() + 0.5 and needed.width() <= notice.box.width() + 0.5, "text outside its ground"


@pytest.mark.parametrize("scale", [1.0, 1.3])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_said_of_a_run_that_left_is_whole_and_off_the_legend(
    qtbot: QtBot, said: list[Notice], size: tuple[int, int], scale: float
) -> None:
    """The legend lay over its first words; the box cut its first and its last line; curve and ∞ lay over it."""
    theme = ThemeManager("light")
    theme.set_scale(scale)
    known, series = figures(TrainingConfig()), diverged()
    scatter = ScatterPlot(theme)
    scatter.set_data(known.data, known.truth, series)
    area = painted(qtbot, scatter, size)
    check_whole(said[-1], area, scale)
    assert scatter.legend.geometry().bottom() < scatter._plot.geometry().top()
    plot = SurfacePlot(theme)
    plot.set_surface(around(), series)
    check_whole(said[-1], painted(qtbot, plot, size), scale)
    loss = LossPlot(theme)
    loss.set_run(series, 30, ("noise floor", 0.09), 20.0)
    loss.show_texts()
    area = painted(qtbot, loss, size)
    check_whole(said[-1], area, scale)
    assert said[-1].words.replace("\N{NO-BREAK SPACE}", " ").startswith("the loss is ∞ from epoch 27")
    places = [loss._view.mapViewToScene(QPointF(epoch, 1.35 * epoch)) for epoch in range(1, 27)]
    curve = along(np.array([[place.x(), place.y()] for place in places]), area)
    assert hits(loss.notice, curve, 0) == 0 or min(size) < 200 * scale, "on the curve, with room beside it"
    assert not loss.notice.intersects(loss.floor_text)


@pytest.mark.parametrize("size", SIZES)
def test_the_floor_has_its_name_off_the_curve_and_no_number_is_cut_at_the_top(qtbot: QtBot, size: tuple[int, int]) -> None:
    """Over ten powers of ten the name ran into the curve, and 1e10 was half above the plot."""
    plot = LossPlot(ThemeManager("light"))
    down = [9.0 * 0.8**epoch + 0.09 for epoch in range(20)]
    up = [0.09 * 10.0**epoch for epoch in range(10)]
    losses = down + up
    plot.set_run(run([(0, 0, math.nan), *((1.0, 1.0, loss) for loss in losses)]), 30, ("noise floor", 0.09), 9.0)
    area = painted(qtbot, plot, size)
    plot.grab()
    places = [plot._view.mapViewToScene(QPointF(epoch, math.log10(loss))) for epoch, loss in enumerate(losses, 1)]
    assert area.contains(plot.floor_text) and not plot.floor_text.isEmpty()
    assert hits(plot.floor_text, np.array([[place.x(), place.y()] for place in places]), 0) == 0
    for tick in plot._ticks["left"]:
        assert plot._view.mapViewToScene(QPointF(0, tick)).y() - 6 >= area.top(), "cut"


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("size", [*SIZES, (285, 150), (347, 180), (347, 120)])
def test_the_legend_names_the_lines_at_every_size_covers_nothing_and_stays(
    qtbot: QtBot, size: tuple[int, int], scale: float
) -> None:
    """It lay on data and on the first line, went to another corner on the way, and a low plot had none."""
    theme = ThemeManager("light")
    theme.set_scale(scale)
    plot = ScatterPlot(theme)
    painted(qtbot, plot, size)
    assert plot.legend.isVisible() == (size[1] >= 110 * scale), "as before there are data"
    series = run([(-2.4, 2.0, math.nan)])
    known = figures(TrainingConfig())
    plot.set_data(known.data, known.truth, series)
    plot.show_texts()
    painted(qtbot, plot, size)
    if size[1] < 110 * scale:
        assert not plot.legend.isVisible() and plot.minimumSizeHint().height() <= size[1], "the plot needs the room"
        return
    assert plot.legend.isVisible()
    seen = []
    for epochs in (0, 1, 9, 30):
        grown = run([(-2.4, 2.0, math.nan), *((0.1 * epoch, 2.0, 1.0) for epoch in range(1, epochs + 1))])
        series._numbers = grown._numbers
        plot.show_texts()
        layout = plot.layout()
        assert layout is not None
        layout.activate()
        names = [name for _, _, name in plot.legend._entries]
        fit = f"fit after epoch {epochs}" if epochs else "random first line"
        assert "true line" in names and (fit in names or size[0] < 240 * scale)
        room = QRectF(plot.legend.rect())
        assert all(room.contains(box.adjusted(0, 1, 0, -1)) for box in plot.legend.places())
        assert plot.legend.geometry().bottom() < plot._plot.geometry().top(), "above the data, never on them"
        seen.append((plot.legend.geometry(), [box.topLeft() for box in plot.legend.places()]))
    assert all(one == seen[0] for one in seen) or plot.width() > size[0], "nothing jumps while the title has room"


def test_a_number_stays_with_its_word(qtbot: QtBot, said: list[Notice]) -> None:
    """ "w" ended a line and its number began the next."""
    plot = ScatterPlot(ThemeManager("light"))
    known = figures(TrainingConfig())
    plot.set_data(known.data, known.truth, diverged())
    for size in SIZES:
        painted(qtbot, plot, size)
    for notice in said:
        assert " −" not in notice.words and " 2" not in notice.words, notice.words


@pytest.mark.parametrize("size", [(180, 125), (165, 145), (147, 127), (230, 250)])
@pytest.mark.parametrize("start", [(-1.6, 0.23), (2.6, 3.6), (-0.9, 0.4)])
def test_the_name_of_the_start_stands_beside_its_marker(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], start: tuple[float, float]
) -> None:
    """In a low plot it was pushed onto the marker by the plot's edge."""
    names: list[tuple[QRectF, QPointF]] = []
    paint = SurfacePlot._paint_start

    def keep(plot: SurfacePlot, painter: object, area: QRectF, at: QPointF, points: object) -> QRectF:
        names.append((paint(plot, painter, area, at, points), at))  # type: ignore[arg-type]
        return names[-1][0]

    monkeypatch.setattr(SurfacePlot, "_paint_start", keep)
    plot = SurfacePlot(ThemeManager("light"))
    bowl = around().bowl
    assert bowl is not None
    best = bowl.optimum
    way = [(start[0] + (best[0] - start[0]) * k / 30, start[1] + (best[1] - start[1]) * k / 30, 1.0) for k in range(30)]
    plot.set_surface(around(), run(way))
    painted(qtbot, plot, size)
    box, at = names[-1]
    assert not box.isEmpty() and not box.intersects(QRectF(at.x() - 5, at.y() - 5, 10, 10))


def test_points_on_a_line_and_boxes_beside_them() -> None:
    area = QRectF(0, 0, 100, 50)
    line = along(np.array([[-1e6, -1e6], [1e6, 1e6]]), area)
    assert 10 < len(line) < 60 and line.min() >= -1e-6 and line.max() <= 50 + 1e-6
    assert len(along(np.array([[-10.0, 60.0], [200.0, 60.0]]), area)) == 0
    boxes = boxes_at(area, QSizeF(30, 20), ((0, 0), (1, 0), (1, 1)), 2)
    assert emptiest(boxes, line) == boxes[1]
    assert emptiest(boxes, line, [boxes[1], boxes[0]]) == boxes[2]
    assert emptiest(boxes, line, [area]) is None and boxes_at(area, QSizeF(99, 20), ((0, 0),), 2) == []


def test_no_name_stands_on_the_number_of_the_newest_loss_in_a_low_plot(qtbot: QtBot) -> None:
    theme = ThemeManager("light")
    plot = LossPlot(theme)
    qtbot.addWidget(plot)
    plot.set_run(run([(0, 0, math.nan), *((1, 1, 0.09 + 9 / 4**k) for k in range(30))]), 30, ("noise floor", 0.09), 10.0)
    plot.show_texts()
    plot.show()
    qtbot.waitExposed(plot)
    labels: list[QRectF] = []
    paint = plot._paint_label
    plot._paint_label = lambda *args: labels.append(paint(*args)) or labels[-1]  # type: ignore[method-assign, func-returns-value]
    for height in (300, 160, 125, 115, 100):
        plot.resize(220, height)
        qtbot.wait(20)
        plot.grab()
        assert not plot.floor_text.intersects(labels[-1]), height
        assert plot._axes["bottom"].label.isVisible() == (plot.height() >= 130)
