"""The training panel: controls, plots and what they say of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingSnapshot
from engine.training.training import train
from gui.look import style
from gui.look.theme import ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.panels.training.plots.series import RunSeries, clipped_line, nice_ticks, thinned_steps, two_decimals
from gui.session.run_numbers import RunNumbers
from gui.session.session import Session
from gui.work.training.controller import TrainingController
from tests.gui.work.test_training_controller import one_thread


class Bench:
    def __init__(self, qtbot: QtBot) -> None:
        self.session = Session()
        self.theme = ThemeManager("light")
        self.controller = TrainingController(self.session.run)
        self.panel = TrainingPanel(self.session, self.theme, self.controller)
        qtbot.addWidget(self.panel)
        self.panel.resize(516, 788)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.panel.build_plots()

    def prepare(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.controller.prepared, timeout=60_000):
            self.controller.prepare()

    def all_painted(self) -> bool:
        return all(plot.updatesEnabled() for plot in self.panel._plots_made())

    def title(self) -> str:
        assert self.panel.scatter is not None
        return self.panel.scatter.heading

    def message(self) -> str:
        return self.panel._result.text()


@pytest.fixture
def bench(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    made = Bench(qtbot)
    try:
        made.prepare(qtbot)
        qtbot.waitUntil(made.all_painted)
        yield made
    finally:
        made.controller.close()


def test_the_random_first_line_is_shown_before_training(bench: Bench) -> None:
    assert bench.title() == "Epoch 0 · not trained yet"
    before = bench.panel.scatter.grab().toImage()
    bench.session.run.numbers.start(())
    bench.panel.scatter.show_run()
    assert bench.panel.scatter.grab().toImage() != before


def test_a_run_by_mouse_ends_with_true_learned_and_least_squares(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        qtbot.mouseClick(bench.panel.controls.train_button, Qt.MouseButton.LeftButton)
    assert bench.title() == "Epoch 30 · began with loss 0.09"
    assert bench.message() == "learned w 0.47, b 2.00 · true 0.48, 2.00 · least squares 0.47, 2.00"
    assert not bench.panel.controls.step_button.isEnabled()
    button = bench.panel.controls.train_button
    assert button.text() == button.accessibleName() == "Train on" and "30 epochs more, to epoch 60" in button.toolTip()


def test_what_is_done_is_trained_on_as_many_epochs_again(qtbot: QtBot, bench: Bench) -> None:
    run, button = bench.session.run, bench.panel.controls.train_button
    bench.controller.set_epochs(4)
    for epochs in (4, 8, 16):
        with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert (run.made, run.config.epochs, button.text()) == (epochs, epochs, "Train on")
    assert [float(loss) for loss in run.numbers.loss[1:]] == [shot.loss for shot in train(run.config)][1:], "one run, exactly"
    bench.controller.set_epochs(17)
    assert button.text() == "Train on", "one epoch is left of what is set up"
    assert len(bench.session.runs.rows) == 1


def test_a_run_that_diverged_is_trained_again_not_on(qtbot: QtBot, bench: Bench) -> None:
    bench.controller.set_learning_rate(40.0)
    button = bench.panel.controls.train_button
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.session.run.state == "diverged"
    assert button.text() == "Train" and button.toolTip() == "Train again from the same first weights (Ctrl+R)"


def test_reset_is_undone_and_done_again(qtbot: QtBot, bench: Bench) -> None:
    run, reset = bench.session.run, bench.panel.controls.reset_button
    bench.controller.set_epochs(5)
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        bench.controller.train()
    losses = run.numbers.loss.tolist()
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert run.made == 0
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        run.undo_config()
    assert run.made == 5 and run.numbers.loss.tolist()[1:] == losses[1:]
    assert [row.epochs for row in bench.session.runs.rows] == [5]
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        run.redo_config()
    assert run.made == 0
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    run.undo_config()
    qtbot.waitUntil(lambda: run.made == 5, timeout=60_000)


def test_step_and_reset(qtbot: QtBot, bench: Bench) -> None:
    qtbot.mouseClick(bench.panel.controls.step_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.session.run.state == "paused", timeout=60_000)
    assert bench.title().startswith("Epoch 1 · began with loss ")
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        qtbot.mouseClick(bench.panel.controls.reset_button, Qt.MouseButton.LeftButton)
    assert bench.title() == "Epoch 0 · not trained yet"


def test_the_button_pauses(qtbot: QtBot, bench: Bench) -> None:
    bench.controller.set_epochs(100_000)
    qtbot.mouseClick(bench.panel.controls.train_button, Qt.MouseButton.LeftButton)
    assert bench.panel.controls.train_button.text() == "Pause"
    qtbot.waitUntil(lambda: len(bench.session.run.snapshots) > 5, timeout=60_000)
    qtbot.mouseClick(bench.panel.controls.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.session.run.state == "paused", timeout=60_000)
    assert bench.panel.controls.train_button.accessibleName() == "Train on"


def test_divergence_is_said_and_every_plot_lives(qtbot: QtBot, bench: Bench) -> None:
    bench.controller.set_learning_rate(1.5)
    bench.controller.set_epochs(300)
    bench.controller.set_speed(None)
    with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
        bench.controller.train()
    assert "learning rate is too large" in bench.message()
    assert bench.title() == "Epoch 300 · began with loss nan"
    for plot in (bench.panel.scatter, bench.panel.loss, bench.panel.surface):
        plot.grab()
        assert all(math.isfinite(end) for ends in plot._view.viewRange() for end in ends)
    assert bench.panel.loss._view.viewRange()[1][1] > 30
    assert bench.panel.mend.isVisible() and bench.panel.mend.text() == "Reset with 0.10"
    qtbot.waitUntil(lambda: bench.panel.mend.height() >= bench.panel.mend.sizeHint().height())
    assert bench.panel._foot.rect().contains(bench.panel.mend.geometry()), "whole beside the text"
    bench.panel.set_arrangement("row")
    bench.panel.resize(1264, 352)
    qtbot.waitUntil(lambda: bench.panel.rect().contains(bench.panel._foot.geometry()), timeout=2000)
    bench.panel.set_arrangement("column")
    bench.panel.resize(516, 788)
    with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
        bench.panel.mend.click()
    assert bench.session.run.config.learning_rate == 0.1
    assert bench.session.run.state == "idle" and bench.session.run.made == 0
    assert not bench.panel.mend.isVisible()


@pytest.mark.parametrize("arrangement", ["column", "row"])
def test_both_arrangements_hold_all_controls_and_plots(bench: Bench, arrangement: str) -> None:
    bench.panel.set_arrangement("row")
    bench.panel.set_arrangement(arrangement)
    bench.panel.resize(*((516, 788) if arrangement == "column" else (1264, 352)))
    bench.panel.grab()
    controls = bench.panel.controls
    shown = [
        controls.rate_slider,
        controls.rate_box,
        controls.epochs_box,
        controls.seed_box,
        controls.speed.words.words["watch"] if arrangement == "row" else controls.speed.box,
        controls.reset_button,
        controls.step_button,
        controls.train_button,
    ]
    for widget in (*shown, bench.panel.scatter, bench.panel.loss, bench.panel.surface):
        assert widget.isVisible() and widget.accessibleName()
        assert bench.panel.rect().contains(widget.mapTo(bench.panel, widget.rect().center()))
    for widget in shown:
        assert widget.toolTip() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_an_unknown_arrangement_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="arrangement must be"):
        bench.panel.set_arrangement("diagonal")


def test_controls_and_session_agree(bench: Bench) -> None:
    controls = bench.panel.controls
    controls.rate_slider.moved.emit(0.5)
    assert bench.session.run.config.learning_rate == 0.5 and controls.rate_box.value() == 0.5


def test_the_plots_have_our_menu_and_a_reading(bench: Bench) -> None:
    for plot in (bench.panel.scatter, bench.panel.loss, bench.panel.surface):
        menu = plot.menu()
        own = ["Linear scale"] if plot is bench.panel.loss else []
        assert [action.text() for action in menu.actions()] == [*own, "Copy picture", "Reset view"]
        assert plot._view.menu is None
    bench.panel.scatter.copy_picture()
    assert not QGuiApplication.clipboard().pixmap().isNull()
    assert bench.panel.loss.told(3.2, -1.0).words == "epoch 3"
    optimum = bench.controller.surface.bowl.optimum
    assert bench.panel.surface.reading(*optimum).endswith("loss 0.0877")


def test_reset_view_undoes_a_zoom(bench: Bench) -> None:
    plot = bench.panel.scatter
    home = plot._view.viewRange()
    plot._view.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
    plot.reset_view()
    assert np.allclose(plot._view.viewRange(), home)


def test_a_theme_change_repaints_everything(bench: Bench) -> None:
    for plot in (bench.panel.scatter, bench.panel.loss, bench.panel.surface):
        light = plot.grab().toImage()
        bench.theme.set_choice("dark")
        assert plot.grab().toImage() != light
        bench.theme.set_choice("light")
        assert plot.grab().toImage() == light


def test_no_button_without_a_name(bench: Bench) -> None:
    for child in bench.panel.findChildren(QWidget):
        if isinstance(child, QAbstractButton) and child.isVisible():
            assert child.accessibleName() and child.toolTip()


def test_short_numbers() -> None:
    assert (
        [two_decimals(x) for x in (0.0, -0.001, -1.234, 0.64, 0.0912, 1e7, -3e-9, math.nan, math.inf, -math.inf)]
        == """
        0.00 −1.0e−3 −1.23 0.64 0.09 1.0e7 −3.0e−9 nan ∞ −∞
    """.split()
    )


def test_clipped_lines() -> None:
    assert clipped_line(1.0, 0.0, -2, 2, -1, 1) == (-1.0, -1.0, 1.0, 1.0)
    assert clipped_line(0.0, 5.0, -2, 2, -1, 1) is None
    assert clipped_line(math.inf, 0.0, -2, 2, -1, 1) is None
    assert clipped_line(1e30, math.nan, -2, 2, -1, 1) is None
    steep = clipped_line(1e12, 3.0, -2, 2, -1, 1)
    assert steep is not None and np.allclose((steep[1], steep[3]), (-1, 1))


def test_ticks_are_round_and_inside() -> None:
    assert nice_ticks(-3.2, 3.2, 6) == [-3, -2, -1, 0, 1, 2, 3]
    assert nice_ticks(1, 1, 5) == [] and nice_ticks(0, math.inf, 5) == []


def test_thinned_steps_keep_the_ends() -> None:
    index = thinned_steps(100_000)
    assert index[0] == 0 and index[-1] == 99_999 and len(index) <= 121 and (np.diff(index) > 0).all()


def test_series_follows_a_new_run() -> None:
    def snapshot(step: int, w: float) -> TrainingSnapshot:
        return TrainingSnapshot(step, None if step == 0 else 1.0, {"w": np.full((1, 1), w), "b": np.full(1, 2.0)})

    numbers = RunNumbers()
    series = RunSeries(numbers)
    numbers.start([snapshot(0, 0)])
    numbers.extend(snapshot(step, step) for step in range(1, 600))
    assert len(series) == 600 and series.w[-1] == 599 and math.isnan(series.loss[0])
    numbers.start([snapshot(0, 7.0)])
    assert len(series) == 1 and series.w.tolist() == [7.0]


def test_the_read_out_stands_over_the_plot(qtbot: QtBot, bench: Bench) -> None:
    plot = bench.panel.scatter
    viewport = plot._plot.viewport()
    assert viewport.hasMouseTracking()
    place = viewport.rect().center()
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QGuiApplication.sendEvent(viewport, event)
    told = plot.read_out.told
    assert plot.read_out.isVisibleTo(plot) and told is not None and told.head.startswith(plot.axis_names[0])
    children = plot.children()
    assert children.index(plot.read_out) > children.index(plot._plot)


def test_plots_that_come_back_are_painted_one_after_the_other_and_all_in_the_end(bench: Bench, qtbot: QtBot) -> None:
    plots = [bench.panel.scatter, bench.panel.loss, bench.panel.surface]
    qtbot.waitUntil(lambda: all(plot is not None and plot.updatesEnabled() for plot in plots))
    bench.panel.hide()
    bench.panel.show()
    assert not any(plot is not None and plot.updatesEnabled() for plot in plots)
    seen: list[int] = []

    def all_there() -> bool:
        seen.append(sum(plot is not None and plot.updatesEnabled() for plot in plots))
        return seen[-1] == 3

    qtbot.waitUntil(all_there)
    assert seen == sorted(seen)


def test_reset_is_its_icon_alone_where_the_row_is_narrow(bench: Bench, qtbot: QtBot) -> None:
    controls = bench.panel.controls
    row = [controls.reset_button, controls.step_button, controls.train_button]
    bench.panel.setMinimumSize(460, 0)  # as the window sets it
    for width, text in ((460, ""), (580, "Reset"), (465, ""), (484, ""), (516, ""), (600, "Reset")):
        bench.panel.resize(width, 788)
        qtbot.waitUntil(lambda: controls.width() == bench.panel.width())
        assert controls.reset_button.text() == text and controls.reset_button.accessibleName() == "Reset"
        qtbot.waitUntil(lambda: all(button.width() >= button.sizeHint().width() for button in row))
        assert controls.train_button.geometry().right() <= controls.width() - 16


def test_no_control_is_cut_in_the_row_of_the_smallest_window(bench: Bench, qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    style.apply(app, bench.theme)
    try:
        controls = bench.panel.controls
        bench.panel.set_arrangement("row")
        bench.panel.resize(791, 300)
        shown = [controls.reset_button, controls.step_button, controls.train_button, controls.speed.box, controls.epochs_box]
        qtbot.waitUntil(lambda: controls.width() == 791)
        qtbot.waitUntil(lambda: all(control.width() >= control.sizeHint().width() for control in shown))
        assert controls.reset_button.text() == "" and controls.step_button.text() == "One epoch"
        assert controls.train_button.geometry().right() <= controls.width() - 16
    finally:
        app.setStyleSheet("")


@pytest.mark.parametrize("loss", [0.011, 0.99, 1.0, 6.5, 6.7, 9.9, 10.0, 437.0])
def test_a_number_at_a_power_of_ten_is_not_cut_at_the_top(bench: Bench, loss: float) -> None:
    panel = bench.panel.loss
    assert panel is not None
    panel.set_run(RunSeries(), 30, ("noise floor", 0.09), loss)
    _, (_, top) = panel._view.viewRange()
    assert top >= math.log10(loss) + 0.1 and top - math.floor(top) >= 0.149
