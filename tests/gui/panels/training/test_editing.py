"""Points that are drawn, and starts that are chosen, by mouse and by keys: what is trained is what a plain loop trains."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.training.choices.knobs import MOST_ROWS
from engine.training.configs import TrainingConfig
from engine.training.quadratic import Quadratic
from gui.panels.training.editing.arrow import scale_of
from gui.panels.training.editing.drawing import nearest, shortest
from gui.panels.training.editing.frame import Frame
from gui.panels.training.editing.pad import PointsPad
from gui.panels.training.editing.tools import PlotTools
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.surface_plot import SurfacePlot
from gui.session.runs import Runs
from tests.gui.panels.training.test_training_panel import Bench
from tests.gui.work.test_training_controller import one_thread

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Wide(Bench):
    """The panel as Train has it, with few rows."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot)
        self.run = self.session.run
        self.runs = Runs(self.run, self.run)
        self.run.config = TrainingConfig(n_samples=12)
        self.controller._desk.config = self.run.config
        self.panel.resize(1230, 330)
        self.panel.set_arrangement("row")

    @property
    def tools(self) -> PlotTools:
        assert self.panel.tools is not None
        return self.panel.tools

    @property
    def scatter(self) -> ScatterPlot:
        assert self.panel.scatter is not None
        return self.panel.scatter

    @property
    def surface(self) -> SurfacePlot:
        assert self.panel.surface is not None
        return self.panel.surface

    @property
    def pad(self) -> PointsPad:
        return self.tools.points.pad

    @property
    def points(self) -> tuple[tuple[float, ...], ...]:
        points: tuple[tuple[float, ...], ...] = self.run.config.get("points")
        return points

    def choose(self, qtbot: QtBot, **changes: object) -> None:
        with qtbot.waitSignal(self.controller.prepared, timeout=15_000):
            self.run.set_config(self.run.config.choosing(**changes))

    def edit(self, qtbot: QtBot) -> None:
        qtbot.mouseClick(self.tools.points.button, LEFT)

    def place(self, index: int) -> QPointF:
        """Where that point is drawn."""
        x, y = self.pad._places()
        return Frame.of(self.scatter).px(float(x[index]), float(y[index]))

    def rests(self, qtbot: QtBot) -> None:
        """Wait until all that was asked for is trained and shown."""
        run, live = self.run, self.tools.live

        def rested() -> bool:
            latest = run.latest
            return not live._busy and latest is not None and latest.config == run.config and run.state in ("finished", "diverged")

        qtbot.waitUntil(rested, timeout=15_000)


def mouse(widget: QWidget, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def press(widget: QWidget, place: QPointF) -> None:
    mouse(widget, QEvent.Type.MouseButtonPress, place, LEFT, LEFT)


def move(widget: QWidget, place: QPointF) -> None:
    mouse(widget, QEvent.Type.MouseMove, place, NONE, LEFT)


def release(widget: QWidget, place: QPointF) -> None:
    mouse(widget, QEvent.Type.MouseButtonRelease, place, LEFT, NONE)


def click(widget: QWidget, place: QPointF) -> None:
    press(widget, place)
    release(widget, place)


@pytest.fixture
def bench(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wide]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    made = Wide(qtbot)
    try:
        made.prepare(qtbot)
        qtbot.waitUntil(lambda: made.all_painted() and made.controller.surface is not None)
        yield made
    finally:
        made.controller.close()


def plain(config: TrainingConfig) -> list[float | None]:
    from engine.training.training import train

    return [shot.loss for shot in train(config)]


# Points --------------------------------------------------------------------------------------------------------------


def test_a_dragged_point_is_trained_as_it_goes_and_is_undone_at_once(qtbot: QtBot, bench: Wide) -> None:
    begun = bench.run.config
    bench.edit(qtbot)
    assert bench.tools.points.button.isChecked() and "Drag a point to move it" in bench.message()
    at, shown = bench.place(3), list[int]()
    bench.controller.prepared.connect(lambda: shown.append(bench.run.serial))
    press(bench.pad, at)
    for step in range(1, 8):
        move(bench.pad, at + QPointF(4 * step, -3 * step))
        qtbot.wait(30)
    qtbot.waitUntil(lambda: not bench.tools.live._busy)
    assert len(shown) > 1, "while the button is down the training follows"
    release(bench.pad, at + QPointF(28, -21))
    bench.rests(qtbot)
    config = bench.run.config
    assert config.data == "points" and len(bench.points) == 12 and config.model == "line"
    frame = Frame.of(bench.scatter)
    assert bench.points[3] == pytest.approx(frame.at(at + QPointF(28, -21)), rel=1e-3)
    qtbot.waitUntil(lambda: bench.run.made == 30)
    assert [shot.loss for shot in bench.run.snapshots] == plain(config)
    assert bench.message() == "The 12 rows of “Line with noise” are drawn points now; Ctrl+Z brings “Line with noise” back"
    bench.run.undo_config()
    bench.rests(qtbot)
    assert bench.run.config == begun and not bench.run.can_undo
    bench.run.redo_config()
    bench.rests(qtbot)
    assert bench.run.config == config
    assert len(bench.runs.rows) == 1, "runs on the way are not kept"


def test_all_other_points_are_the_data_that_were_made_bit_by_bit(qtbot: QtBot, bench: Wide) -> None:
    before = bench.controller.data
    assert before is not None
    bench.edit(qtbot)
    at = bench.place(0)
    press(bench.pad, at)
    move(bench.pad, at + QPointF(0, 30))
    release(bench.pad, at + QPointF(0, 30))
    bench.rests(qtbot)
    after = bench.controller.data
    assert after is not None and np.array_equal(after.X[1:], before.X[1:]) and np.array_equal(after.y[1:], before.y[1:])
    assert after.y[0] != before.y[0]


def test_a_click_in_an_empty_place_adds_a_point_and_delete_removes_it(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    corner = Frame.of(bench.scatter).area.topLeft() + QPointF(12, 12)
    assert bench.pad._at(corner) is None
    click(bench.pad, corner)
    bench.rests(qtbot)
    assert len(bench.points) == 13 and bench.pad.selected == 12
    assert bench.place(12).x() == pytest.approx(corner.x(), abs=0.6) and bench.place(12).y() == pytest.approx(corner.y(), abs=0.6)
    qtbot.keyClick(bench.pad, Qt.Key.Key_Delete)
    bench.rests(qtbot)
    assert len(bench.points) == 12 and bench.pad.selected is None
    bench.run.undo_config()
    bench.rests(qtbot)
    assert len(bench.points) == 13
    bench.run.undo_config()
    bench.rests(qtbot)
    assert bench.run.config.data == "regression"


def test_a_right_click_deletes(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    menu = bench.tools.points.menu(5)
    assert [action.text() for action in menu.actions() if action.text()] == ["Delete point", "Copy picture", "Reset view"]
    menu.actions()[0].trigger()
    bench.rests(qtbot)
    rows = bench.controller.data.rows
    assert rows is not None and len(rows) == 11
    assert bench.tools.points.menu(-1).actions()[0].text() == "Copy picture"


def test_keys_choose_move_add_and_delete(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    qtbot.keyClick(bench.pad, Qt.Key.Key_PageDown)
    first = bench.pad.selected
    x, y = bench.pad._places()
    assert first == int(np.argmin(x))
    qtbot.keyClick(bench.pad, Qt.Key.Key_PageDown)
    assert bench.pad.selected == int(np.argsort(x)[1])
    qtbot.keyClick(bench.pad, Qt.Key.Key_PageUp)
    at = bench.place(first)
    qtbot.keyClick(bench.pad, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    bench.rests(qtbot)
    assert bench.place(first).x() == pytest.approx(at.x() + 10, abs=0.6) and bench.points[first][1] == shortest(y[first])
    qtbot.keyClick(bench.pad, Qt.Key.Key_Insert)
    bench.rests(qtbot)
    assert len(bench.points) == 13
    qtbot.keyClick(bench.pad, Qt.Key.Key_Escape)
    assert not bench.tools.points.button.isChecked() and bench.pad.isHidden() and not bench.run.following


def test_escape_gives_a_drag_up(qtbot: QtBot, bench: Wide) -> None:
    begun = bench.run.config
    bench.edit(qtbot)
    at = bench.place(2)
    press(bench.pad, at)
    move(bench.pad, at + QPointF(30, 30))
    qtbot.keyClick(bench.pad, Qt.Key.Key_Escape)
    bench.rests(qtbot)
    assert bench.run.config == begun and bench.tools.points.button.isChecked() and not bench.run.held


def test_a_drag_beyond_the_view_ends_at_its_edge_and_the_view_stays(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    home = bench.scatter._home
    at = bench.place(4)
    press(bench.pad, at)
    for far in (QPointF(4000, -4000), QPointF(-9000, 1e7)):
        move(bench.pad, at + far)
    release(bench.pad, at + QPointF(4000, -4000))
    bench.rests(qtbot)
    x0, _x1, y0, _y1 = home
    assert bench.points[4] == pytest.approx((x0, y0), rel=1e-4)
    assert all(np.isfinite(row).all() for row in bench.points) and bench.scatter._home == home


def test_the_last_point_stays_and_one_point_is_shown_and_trained(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, data="points", options={"points": ((0.0, 1.0), (2.0, 3.0))})
    bench.edit(qtbot)
    for _ in range(3):
        qtbot.keyClick(bench.pad, Qt.Key.Key_PageDown)
        qtbot.keyClick(bench.pad, Qt.Key.Key_Delete)
        qtbot.wait(50)
    bench.rests(qtbot)
    assert len(bench.points) == 1
    assert bench.message() == "The last point stays: a training needs at least one. Move it, or add others first"
    (x0, x1), (y0, y1) = bench.scatter.box.viewRange()
    assert x0 < bench.points[0][0] < x1 and y0 < bench.points[0][1] < y1
    bench.tools.points.end()
    bench.panel.grab()


@pytest.mark.parametrize(
    "points",
    [((2.0, 3.0),), ((1.0, 1.0), (1.0, 2.0), (1.0, 5.0)), ((0.0, 4.0), (1.0, 4.0)), ((1e6, 1e6), (1e6, 1e6))],
    ids=["one", "constant x", "constant y", "the same twice"],
)
def test_odd_points_are_drawn_and_can_be_moved(qtbot: QtBot, bench: Wide, points: tuple[tuple[float, ...], ...]) -> None:
    bench.choose(qtbot, data="points", options={"points": points})
    bench.panel.grab()
    bench.edit(qtbot)
    at = bench.place(0)
    assert Frame.of(bench.scatter).area.contains(at)
    press(bench.pad, at)
    move(bench.pad, at + QPointF(9, -9))
    release(bench.pad, at + QPointF(9, -9))
    bench.rests(qtbot)
    bench.panel.grab()
    moved = bench.points if len(points) == 1 or points[0] != points[1] else bench.points[::-1]  # the upper one of two
    assert moved[0] != points[0] and moved[1:] == points[1:]


def test_more_rows_than_can_be_drawn_are_told_with_what_to_do(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, n_samples=MOST_ROWS + 1)
    bench.edit(qtbot)
    assert not bench.tools.points.button.isChecked() and bench.pad.isHidden() and not bench.run.following
    assert bench.message() == (
        "Up to 10,000 points can be drawn, and these data have 10,001 rows. Choose fewer rows in Set-up, Data"
    )
    bench.choose(qtbot, n_samples=50)
    assert "points" not in bench.message()
    bench.edit(qtbot)
    bench.run.set_config(bench.run.config.choosing(n_samples=MOST_ROWS + 1))
    qtbot.waitUntil(lambda: not bench.tools.points.button.isChecked(), timeout=15_000)
    assert "Choose fewer rows" in bench.message()


def test_of_two_classes_one_is_chosen(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, data="moons")
    assert all(button.isHidden() for button in bench.tools.points.classes)
    bench.edit(qtbot)
    one, zero = bench.tools.points.classes
    assert not one.isHidden() and one.isChecked() and not zero.isChecked()
    corner = Frame.of(bench.scatter).area.topLeft() + QPointF(10, 10)
    click(bench.pad, corner)
    bench.rests(qtbot)
    qtbot.mouseClick(zero, LEFT)
    assert zero.isChecked() and not one.isChecked()
    click(bench.pad, corner + QPointF(40, 0))
    bench.rests(qtbot)
    assert [row[-1] for row in bench.points[-2:]] == [1.0, 0.0] and bench.run.config.model == "logistic"
    at = bench.place(0)
    of = bench.points[0][-1]
    press(bench.pad, at)
    move(bench.pad, at + QPointF(15, 15))
    release(bench.pad, at + QPointF(15, 15))
    bench.rests(qtbot)
    assert bench.points[0][-1] == of
    bench.tools.points._make(0, int(1 - of))
    bench.rests(qtbot)
    assert bench.points[0][-1] == 1 - of and [shot.loss for shot in bench.run.snapshots] == plain(bench.run.config)


def test_scaled_data_are_drawn_in_their_own_numbers(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, options={"standardise": "x and y", "validation": 0.25}, bias=100.0)
    bench.edit(qtbot)
    rows = bench.controller.data.rows
    assert rows is not None
    at = bench.place(7)
    press(bench.pad, at)
    move(bench.pad, at + QPointF(0, 5))
    release(bench.pad, at + QPointF(0, 5))
    bench.rests(qtbot)
    assert bench.points[7] == pytest.approx(rows[7].tolist(), rel=0.1) and bench.points[7][1] < rows[7, 1]
    assert bench.points[:7] == tuple(tuple(map(shortest, row)) for row in rows[:7].tolist())
    assert [shot.loss for shot in bench.run.snapshots] == plain(bench.run.config)


def test_points_are_drawn_only_where_that_can_be_undone(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    bench.panel.set_arrangement("column")
    assert bench.tools.points.button.isHidden() and bench.pad.isHidden() and not bench.run.following
    assert bench.tools.start.grip.isHidden()
    begun = bench.run.config
    bench.surface.start_wanted.emit(0.0, 0.0)
    assert bench.run.config == begun


def test_the_run_before_stays_and_so_does_the_last_that_was_drawn(qtbot: QtBot, bench: Wide) -> None:
    with qtbot.waitSignal(bench.controller.finished, timeout=15_000):
        bench.controller.train()
    bench.edit(qtbot)
    for _ in range(3):
        click(bench.pad, Frame.of(bench.scatter).area.topLeft() + QPointF(9, 9))
        bench.rests(qtbot)
    bench.tools.points.end()
    bench.choose(qtbot, optimizer="adam")
    assert [(run.config.data, run.state) for run in bench.runs.rows[:2]] == [("regression", "done"), ("points", "done")]


# A start -------------------------------------------------------------------------------------------------------------


def test_a_click_on_the_surface_begins_a_run_there(qtbot: QtBot, bench: Wide) -> None:
    with qtbot.waitSignal(bench.controller.finished, timeout=15_000):
        bench.controller.train()
    begun = bench.run.config
    frame = Frame.of(bench.surface)
    viewport, place = bench.surface.canvas.viewport(), frame.area.topLeft() + QPointF(40, 30)
    with qtbot.waitSignal(bench.controller.finished, timeout=15_000):
        click(viewport, place)
    start = bench.run.config.get("start")
    assert start == pytest.approx(frame.at(place), abs=1.5 * max(frame.per_px))
    first = bench.run.snapshots[0].parameters
    assert (first["w"].item(), first["b"].item()) == tuple(np.float32(start).tolist())
    assert [shot.loss for shot in bench.run.snapshots] == plain(bench.run.config)
    assert [run.state for run in bench.runs.rows] == ["done", "done"]
    assert not bench.tools.start.button.isHidden()
    bench.run.undo_config()
    qtbot.waitUntil(lambda: bench.run.made == 0, timeout=15_000)
    assert bench.run.config == begun and bench.tools.start.button.isHidden()
    bench.run.redo_config()
    qtbot.waitUntil(lambda: not bench.tools.start.button.isHidden() and bench.run.state == "idle", timeout=15_000)
    qtbot.waitUntil(lambda: bench.message().startswith("Starts at w "), timeout=15_000)
    with qtbot.waitSignal(bench.controller.prepared, timeout=15_000):
        qtbot.mouseClick(bench.tools.start.button, LEFT)
    assert bench.run.config.get("start") == () and bench.run.config == begun


def test_the_start_is_dragged_and_the_way_follows(qtbot: QtBot, bench: Wide) -> None:
    grip, begun = bench.tools.start.grip, bench.run.config
    assert grip.isVisible()
    shown: list[int] = []
    bench.controller.prepared.connect(lambda: shown.append(bench.run.serial))
    middle, frame, view = QPointF(grip.width() / 2, grip.height() / 2), Frame.of(bench.surface), bench.surface.box.viewRange()
    begin = QPointF(grip.pos()) + middle
    press(grip, middle)
    for _ in range(4):
        move(grip, middle + QPointF(6, -5))  # it goes along
        qtbot.wait(30)
    qtbot.waitUntil(lambda: not bench.tools.live._busy)
    assert len(shown) > 1 and bench.run.held
    assert bench.surface.box.viewRange() == view, "what is in view stays: it would move under the mouse"
    assert bench.run.config.get("start") == pytest.approx(frame.at(begin + QPointF(24, -20)), abs=2 * max(frame.per_px))
    release(grip, middle)
    bench.rests(qtbot)
    qtbot.waitUntil(lambda: not bench.run.following)
    assert bench.run.config.get("start") and not bench.run.held
    assert [shot.loss for shot in bench.run.snapshots] == plain(bench.run.config)
    assert len(bench.runs.rows) == 1
    bench.run.undo_config()
    qtbot.waitUntil(lambda: bench.run.made == 0, timeout=15_000)
    assert bench.run.config == begun and not bench.run.can_undo


def test_keys_move_the_start(qtbot: QtBot, bench: Wide) -> None:
    grip = bench.tools.start.grip
    before = bench.surface.way()[0]
    qtbot.keyClick(grip, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    bench.rests(qtbot)
    across, up = Frame.of(bench.surface).per_px
    after = bench.run.config.get("start")
    assert after[0] == pytest.approx(before[0], abs=across) and after[1] == pytest.approx(before[1] + 10 * up, abs=up)
    qtbot.waitUntil(lambda: not bench.run.following)


def test_another_seed_takes_a_start_back(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, options={"start": (1.0, 2.0)})
    with qtbot.waitSignal(bench.controller.prepared, timeout=15_000):
        bench.controller.set_seed(9)
    assert bench.run.config.get("start") == () and bench.run.config.seed == 9


def test_a_network_starts_where_a_slice_is_clicked(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, model="mlp")
    with qtbot.waitSignal(bench.controller.finished, timeout=15_000):
        bench.controller.train()
    qtbot.waitUntil(lambda: bench.controller.surface is not None and bool(bench.controller.surface.said), timeout=15_000)
    surface = bench.controller.surface
    assert surface is not None
    u, v = float(surface.u[10]), float(surface.v[10])
    with qtbot.waitSignal(bench.controller.finished, timeout=15_000):
        bench.surface.start_wanted.emit(u, v)
    start = np.array(bench.run.config.get("start"))
    wanted = np.concatenate([array.ravel() for array in surface.plane.at(u, v).values()])
    assert start == pytest.approx(wanted, abs=0.05) and len(start) == 49


def test_edited_code_makes_its_own_first_weights(bench: Wide) -> None:
    bench.run.config = edited = replace(bench.run.config, code="import torch\n")
    bench.surface.start_wanted.emit(0.1, 0.1)
    bench.tools.start.show_run()
    assert bench.run.config is edited and edited.drawn_from_seed() is edited
    assert bench.message().startswith("Edited code makes its own first weights") and bench.tools.start.grip.isHidden()


def test_too_many_parameters_for_a_start_are_told(qtbot: QtBot, bench: Wide) -> None:
    bench.choose(qtbot, model="mlp", options={"layers": 3, "width": 40})
    qtbot.waitUntil(lambda: bench.controller.surface is not None, timeout=15_000)
    begun = bench.run.config
    bench.surface.start_wanted.emit(0.1, 0.1)
    assert bench.run.config == begun
    assert bench.message() == "A start can be chosen for up to 2,000 parameters, and this model has 3,401"


def test_the_arrow_is_the_gradient_times_what_it_says(qtbot: QtBot, bench: Wide) -> None:
    bench.panel.grab()
    arrow, frame = bench.tools.start.arrow, Frame.of(bench.surface)
    quadratic = Quadratic.of(bench.run.config)
    assert quadratic is not None and arrow.tip is not None
    w, b = (float(bench.run.snapshots[0].parameters[name].item()) for name in "wb")
    gradient = quadratic.hessian @ (np.array([w, b]) - [quadratic.optimum["w"].item(), quadratic.optimum["b"].item()])
    assert arrow.along() == pytest.approx(gradient, rel=1e-4)
    times = float(arrow.said.removeprefix("arrow: −").split(" ")[0])
    assert arrow.said == f"arrow: −{times:g} × gradient"
    wanted = frame.px(w - times * gradient[0], b - times * gradient[1])
    assert (arrow.tip - wanted).manhattanLength() < 2


def test_a_gradient_that_is_not_finite_has_no_arrow_and_warns_of_nothing(bench: Wide) -> None:
    arrow, fit = bench.tools.start.arrow, bench.controller.fit
    assert fit is not None and arrow.along() is not None
    for number in (math.inf, math.nan):
        lost = replace(fit, gradient={name: np.full_like(array, number) for name, array in fit.gradient.items()})
        arrow.show(bench.controller.surface, lost)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert arrow.along() is None


def test_numbers_for_that() -> None:
    assert [scale_of(most) for most in (0.07, 1.0, 1.9, 4.99, 5.0, 730.0)] == [0.05, 1.0, 1.0, 2.0, 5.0, 500.0]
    assert shortest(float(np.float32(0.1))) == 0.1 and np.float32(shortest(1 / 3)) == np.float32(1 / 3)
    places = np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 0.0], [np.nan, 1.0]])
    assert (
        nearest(places, 4.0, 0.0, 2.0) == 2 and nearest(places, 20.0, 0.0, 2.0) is None and nearest(places[:0], 0, 0, 9) is None
    )


def test_zoomed_in_the_view_stays_while_a_point_is_dragged(qtbot: QtBot, bench: Wide) -> None:
    bench.edit(qtbot)
    home = bench.scatter._home
    bench.scatter.box.scaleBy((0.6, 0.6))
    zoomed = bench.scatter.box.viewRange()
    assert zoomed[0][1] - zoomed[0][0] < 0.9 * (home[1] - home[0])
    drawn, area = bench.pad._drawn(), Frame.of(bench.scatter).area
    index = next(at for at, place in enumerate(drawn.tolist()) if area.contains(QPointF(*place)))
    at = bench.place(index)
    press(bench.pad, at)
    move(bench.pad, at + QPointF(12, 12))
    release(bench.pad, at + QPointF(12, 12))
    bench.rests(qtbot)
    assert bench.scatter.box.viewRange() == zoomed


def test_a_drag_in_an_empty_place_moves_the_view_and_adds_nothing(qtbot: QtBot, bench: Wide) -> None:
    begun = bench.run.config
    bench.edit(qtbot)
    corner = Frame.of(bench.scatter).area.topLeft() + QPointF(12, 12)
    before = bench.scatter.box.viewRange()
    press(bench.pad, corner)
    move(bench.pad, corner + QPointF(20, 15))
    release(bench.pad, corner + QPointF(20, 15))
    after = bench.scatter.box.viewRange()
    across, up = Frame.of(bench.scatter).per_px
    assert after[0][0] == pytest.approx(before[0][0] - 20 * across) and after[1][0] == pytest.approx(before[1][0] + 15 * up)
    assert bench.run.config == begun


def test_the_name_of_the_start_keeps_off_the_arrow(qtbot: QtBot, bench: Wide) -> None:
    boxes: list[QRectF] = []
    paint = bench.surface._paint_start
    bench.surface._paint_start = lambda *given: boxes.append(paint(*given)) or boxes[-1]  # type: ignore[func-returns-value,method-assign]
    bench.choose(qtbot, options={"start": (0.0, 60.0)})
    qtbot.waitUntil(lambda: bench.controller.surface is not None, timeout=15_000)
    for _ in range(3):
        bench.panel.grab()
    assert len(bench.surface.kept_off) == 12 and boxes
    assert not any(boxes[-1].contains(QPointF(*place)) for place in bench.surface.kept_off.tolist())
