"""The read-out under the pointer: the numbers of all runs that are drawn, in the order of their values, by mouse and by keys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.reading.read_out import _Plate
from gui.panels.training.plots.reading.told import Line, Told, in_order
from tests.gui.panels.training.test_any_model import MOONS
from tests.gui.panels.training.test_any_model import Bench as AnyBench
from tests.gui.panels.training.test_any_model import bench as any_model
from tests.gui.panels.training.test_beside import RACERS, pixels, plots, race, raced
from tests.gui.panels.training.test_epoch_cursor import Stage, stage
from tests.gui.panels.training.test_training_panel import Bench, bench

__all__ = ["any_model", "bench", "raced", "stage"]


def point(plot: Plot, x: float, y: float) -> None:
    """Rest the mouse at (x, y) of the view."""
    port = plot.canvas.viewport()
    at = QPointF(plot.canvas.mapFromScene(plot.view.mapViewToScene(QPointF(x, y))))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, at, QPointF(port.mapToGlobal(at)), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(port, event)


def middle(plot: Plot) -> tuple[float, float]:
    (x0, x1), (y0, y1) = plot.view.viewRange()
    return (x0 + x1) / 2, (y0 + y1) / 2


def told_of(plot: Plot) -> Told:
    assert plot.read_out.told is not None and plot.read_out.isVisible()
    return plot.read_out.told


def test_the_loss_tells_loss_and_validation_of_all_runs_at_that_epoch_in_their_order(raced: Bench) -> None:
    loss = raced.panel.loss
    assert loss is not None
    point(loss, 5.2, middle(loss)[1])
    told = told_of(loss)
    made = {config.optimizer: list(engine.train(config))[5] for config in RACERS}
    assert (told.head, told.at, told.up, list(told.columns)) == ("epoch 5", 5, None, ["loss", "validation"])
    assert {line.name: line.numbers for line in told.lines} == {
        "Momentum 0.05": (made["momentum"].loss, made["momentum"].validation),
        "Adam 0.20": (made["adam"].loss, made["adam"].validation),
        "SGD 0.20": (made["sgd"].loss, made["sgd"].validation),
    }
    first = [line.numbers[0] for line in told.lines]
    assert first == sorted(first, key=lambda number: -(number or 0.0)), "the greatest first, as their curves stand"
    assert [line.own for line in told.lines if line.name == "SGD 0.20"] == [True]
    raced.session.runs.show(raced.session.runs.rows[0], False)
    assert "Momentum 0.05" not in told_of(loss).words, "a hidden run is not told of, and the read-out knows at once"


def test_the_fit_tells_what_each_model_says_at_that_x(raced: Bench) -> None:
    scatter = raced.panel.scatter
    assert scatter is not None
    x, y = middle(scatter)
    point(scatter, x + 1, y)
    told = told_of(scatter)
    assert list(told.columns) == ["ŷ"] and told.up is None and told.at == pytest.approx(x + 1, abs=0.05)
    last = {config.optimizer: list(engine.train(config))[-1].parameters for config in RACERS}
    wanted = {name: last[name]["w"].item() * told.at + last[name]["b"].item() for name in last}
    assert {line.name.split()[0].lower(): line.numbers[0] for line in told.lines} == pytest.approx(wanted)
    order = [line.name.split()[0].lower() for line in told.lines]
    assert order == sorted(wanted, key=lambda name: -wanted[name])


def test_the_surface_tells_both_parameters_and_the_loss_there(raced: Bench) -> None:
    surface = raced.panel.surface
    assert surface is not None
    point(surface, 0.5, 1.5)
    told = told_of(surface)
    assert told.up == pytest.approx(1.5, abs=0.05) and not told.lines
    assert told.head.startswith("loss ") and told.foot.startswith("𝑤 ") and "𝑏 " in told.foot


def test_it_is_a_plate_of_ink_with_a_dashed_line_that_is_gone_with_the_mouse(raced: Bench) -> None:
    for plot in plots(raced):
        ink = QColor(raced.panel._theme.color("ink"))
        before = pixels(plot, ink)
        point(plot, *middle(plot))
        assert pixels(plot, ink) > before + 800, plot
        QApplication.sendEvent(plot.canvas.viewport(), QEvent(QEvent.Type.Leave))
        assert plot.read_out.told is None and not plot.read_out.isVisible() and pixels(plot, ink) == before


def test_both_themes_paint_the_runs_in_the_colours_of_their_curves(raced: Bench) -> None:
    loss, theme = raced.panel.loss, raced.panel._theme
    assert loss is not None
    for choice in ("light", "dark"):
        theme.set_choice(choice)
        point(loss, *middle(loss))
        assert pixels(loss.read_out, theme.color("run_2")) > 8
    theme.set_choice("light")


def test_a_run_that_has_no_such_epoch_or_no_number_is_told_last(raced: Bench, qtbot: QtBot) -> None:
    race(qtbot, raced, [TrainingConfig(**{**vars_of(RACERS[2]), "learning_rate": 0.21, "epochs": 4})])
    loss = raced.panel.loss
    assert loss is not None
    told = loss.told(9, math.nan)
    assert told.lines[-1].name == "SGD 0.21" and told.lines[-1].texts == ("–", "–") and len(told.lines) == 4


def vars_of(config: TrainingConfig) -> dict[str, object]:
    return {"optimizer": config.optimizer, "n_samples": config.n_samples, "options": dict(config.options)}


def test_the_order_of_the_lines() -> None:
    numbers = {"a": 1.0, "b": math.inf, "c": math.nan, "d": None, "e": -2.0}
    lines = in_order(Line(0, name, name, False, (number,)) for name, number in numbers.items())
    assert "".join(line.name for line in lines) == "baecd"
    assert [line.texts[0] for line in lines] == ["∞", "1.00", "−2.00", "nan", "–"]


def test_regions_tell_the_probability_there(any_model: AnyBench) -> None:
    any_model.train(MOONS)
    scatter = any_model.panel.scatter
    assert scatter is not None and scatter._fit is not None
    fit = scatter._fit
    told = scatter.told(float(fit.across[20]), float(fit.up[30]))
    assert list(told.columns) == ["P(y = 1)"] and told.up == fit.up[30]
    assert told.lines[0].numbers[0] == pytest.approx(fit.regions[30, 20])
    between = scatter.told(float(fit.across[20:22].mean()), float(fit.up[30:32].mean())).lines[0].numbers[0]
    assert between == pytest.approx(fit.regions[30:32, 20:22].mean())
    assert scatter.told(float(fit.across[-1]), float(fit.up[-1])).lines[0].numbers[0] == pytest.approx(fit.regions[-1, -1])
    assert not scatter.told(1e6, 0.0).lines, "beyond what was computed nothing is told"


def test_a_curve_is_told_as_it_is_drawn(any_model: AnyBench) -> None:
    any_model.train(TrainingConfig(data="sine", model="polynomial", epochs=3, n_samples=50))
    scatter = any_model.panel.scatter
    assert scatter is not None and scatter._fit is not None
    at = float(scatter._fit.x[100])
    assert scatter.told(at, 0.0).lines[0].numbers[0] == pytest.approx(float(scatter._fit.curve[100]))
    assert np.isfinite(scatter.told(at, 0.0).at)


def test_the_cursor_tells_of_its_epoch_while_keys_lead_it(qtbot: QtBot, stage: Stage) -> None:
    stage.cursor.setFocus(Qt.FocusReason.TabFocusReason)
    assert told_of(stage.loss).head == "epoch 20"
    qtbot.keyClick(stage.cursor, Qt.Key.Key_Left)
    told = told_of(stage.loss)
    assert told.head == "epoch 19" and told.lines[0].numbers == (float(stage.session.run.numbers.loss[19]),)
    assert told.words in stage.cursor.accessibleDescription(), "it is heard, too"
    stage.cursor.clearFocus()
    assert stage.loss.read_out.told is None


def test_a_drag_of_the_cursor_tells_of_each_epoch_and_leaves_nothing(qapp: QApplication, stage: Stage) -> None:
    seen: list[str] = []
    stage.over.epoch_wanted.connect(lambda _epoch: seen.append(stage.loss.read_out.told.head if stage.loss.read_out.told else ""))
    stage.drag(qapp, stage.cursor, QPointF(stage.cursor.width() / 2, 6), [stage.x(10), stage.x(5)])
    assert "epoch 10" in seen and stage.loss.read_out.told is None


def test_before_there_is_a_run_nothing_is_told(qtbot: QtBot) -> None:
    bench = Bench(qtbot)
    try:
        for plot in plots(bench):
            point(plot, 0.5, 0.5)
            assert plot.read_out.told is None
    finally:
        bench.controller.close()


@pytest.mark.parametrize("wide", [760, 1300, 2400])
def test_no_number_is_cut_however_small_the_plot_is(raced: Bench, wide: int) -> None:
    raced.panel.resize(wide, 320)
    QApplication.processEvents()
    loss = raced.panel.loss
    assert loss is not None
    told = loss.told(5, math.nan)
    for x in (1.0, 6.0, 12.0):
        point(loss, x, middle(loss)[1])
        area, place = loss.read_out._area(), loss.read_out.place_of(told_of(loss))
        rooms = max(place.x() - area.left(), area.right() - place.x()), loss.width() - 4.0
        plate = _Plate(told, raced.panel._theme, rooms)
        assert plate.wide <= loss.width() - 4, (loss.width(), plate.wide)
    names = [line.name for line in told.lines]
    assert wide < 2400 or list(plate._names) == names, "where there is room, names are whole"


@pytest.mark.parametrize("room", [150.0, 220.0, 400.0])
def test_words_that_have_no_room_in_one_line_stand_in_several(raced: Bench, room: float) -> None:
    told = Told(
        "towards the end 1.69   across 1.10   loss 0.512",
        0.0,
        0.0,
        foot="from here rate 0.2 and momentum 0.9, as was chosen then",
    )
    plate = _Plate(told, raced.panel._theme, (room / 2, room))
    assert plate.wide <= room
    assert " ".join(plate._head).split() == told.head.split() and " ".join(plate._foot).split() == told.foot.split()
    assert plate.high > 16 * (len(plate._head) + len(plate._foot))


def test_no_tooltip_lies_over_what_is_told(any_model: AnyBench) -> None:
    any_model.train(MOONS)
    surface = any_model.panel.surface
    assert surface is not None
    any_model.qtbot.waitUntil(lambda: surface.toolTip().startswith("A slice through start"), timeout=60_000)
    port = surface.canvas.viewport()
    point(surface, *middle(surface))
    told = told_of(surface)
    assert told.head.startswith("loss ") and not told.foot, "along a slice the loss alone says something"
    at = port.rect().center()
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, at, port.mapToGlobal(at)))
    assert not QToolTip.isVisible()
