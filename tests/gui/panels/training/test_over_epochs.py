"""What can stand in the place of the loss: parameters, gradients and their norms over the epochs, with the same cursor."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.training.configs import Stretch, TrainingConfig
from engine.training.history import History
from engine.training.pictures.spreads import Distributed, Spreads
from engine.training.training import train
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.training.epochs import line_names
from gui.panels.training.epochs.line_names import LineName
from gui.panels.training.epochs.over_epochs import SETTING, OverEpochs
from gui.panels.training.epochs.trace_plot import TracePlot
from gui.panels.training.panel import TrainingPanel
from gui.panels.training.plots.names import named
from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.series import RunSeries, significant
from gui.session.session import Session
from gui.work.training.controller import TrainingController

MLP: dict[str, Any] = {"data": "moons", "model": "mlp", "loss": "cross_entropy", "optimizer": "adam", "batch_size": 300}
POLYNOMIAL: dict[str, Any] = {"data": "sine", "model": "polynomial", "optimizer": "adam", "options": {"degree": 9}}


class Stage:
    def __init__(self, qtbot: QtBot, session: Session | None = None, **choices: Any) -> None:
        self.session = session or Session()
        run = self.session.run
        run.config = TrainingConfig(**choices)
        start, *steps = train(run.config)
        run.reset(History(start))
        run.extend(steps)
        self.series = RunSeries(run.numbers)
        self.controller = TrainingController(run)
        self.over = OverEpochs(self.session, ThemeManager("light"), self.series, self.controller)
        qtbot.addWidget(self.over)
        self.over.resize(320, 280)
        self.over.show()
        qtbot.waitExposed(self.over)

    def at(self, epoch: int, behind: frozenset[str] = frozenset()) -> None:
        """Show ``epoch``, whose ``behind`` are not made yet."""
        self.series.shown, self.series.behind = epoch, behind
        self.session.run.set_epoch(epoch)
        self.session.cursor_changed.emit()

    def plot(self, key: str) -> TracePlot:
        self.over.choose(key)
        self.over.grab()
        return self.over.traces[key]


def numbers(plot: TrainingPanel | TracePlot) -> dict[str, str]:
    """What stands at the ends of the lines."""
    plot.grab()
    assert isinstance(plot, TracePlot)
    return {item.name: item.number for _, item in plot.names}


@pytest.mark.parametrize("key", ["parameters", "gradients"])
def test_each_line_says_its_name_and_its_number_at_the_cursor(qtbot: QtBot, key: str) -> None:
    stage = Stage(qtbot, epochs=12)
    plot = stage.plot(key)
    for epoch in (12, 5, 1):
        stage.at(epoch)
        shot = stage.session.run.snapshots[epoch]
        held = shot.parameters if key == "parameters" else shot.gradients
        assert numbers(plot) == {named(name): significant(held[name].item()) for name in "wb"}
        cursor = stage.over.cursor_over[plot]
        assert (cursor.shown, cursor.made) == (epoch, 12) and cursor.isVisible()


def test_what_an_epoch_has_not_made_yet_is_not_told(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=4)
    plot = stage.plot("parameters")
    stage.at(4, frozenset({"b"}))
    before, newest = stage.session.run.snapshots[3].parameters, stage.session.run.snapshots[4].parameters
    assert numbers(plot) == {
        named("w"): significant(newest["w"].item()),
        named("b"): significant(before["b"].item()),
    }
    hidden = plot.grab().toImage()
    stage.at(4)
    assert plot.grab().toImage() != hidden


def test_a_click_and_the_pointer_mean_whole_epochs_and_the_nearest_line(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=12)
    plot = stage.plot("parameters")
    wanted: list[int] = []
    stage.over.epoch_wanted.connect(wanted.append)
    shot = stage.session.run.snapshots[5].parameters
    assert plot.reading(4.92, shot["w"].item()).startswith("epoch 5   w ")
    assert plot.reading(4.92, shot["b"].item()).startswith("epoch 5   b ")
    assert plot.reading(5, -1e6) == "epoch 5"
    for epoch in (0, 5, 12, 13):
        plot.clicked(plot.view.mapViewToScene(QPointF(epoch, float(shot["w"].item()))))
    assert wanted == [5, 12], "there is nothing at 0 to go to, and nothing beyond the run"


def test_of_many_lines_as_many_are_named_as_have_room_and_no_name_stands_on_another(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=12, **POLYNOMIAL)
    plot = stage.plot("parameters")
    for height, least in ((280, 10), (150, 3)):
        stage.over.resize(320, height)
        QApplication.processEvents()
        plot.grab()
        boxes = [box for box, _ in plot.names]
        assert least <= len(boxes) <= 10
        assert all(above.bottom() <= below.top() + 0.5 for above, below in pairwise(boxes))
    heights = dict(zip(plot._traced.labels, plot._traced.table[12].tolist(), strict=True))
    some = next(label for label in heights if label not in {item.name for _, item in plot.names})
    assert some in plot.reading(12, heights[some])
    plot.grab()
    assert some in {item.name for _, item in plot.names}, "what the pointer is at is named, whatever has no room"


def test_names_keep_their_order_and_stay_within_their_room() -> None:
    assert line_names.spread([10, 11, 12, 200], 8, 100, 16) == [10, 26, 42, 100]
    assert line_names.spread([90, 95, 99], 8, 100, 16) == [68, 84, 100]
    names = [LineName(float(y), str(y), "1", strong=y == 3) for y in range(10)]
    assert [item.name for item in line_names.chosen(names, 3)] == ["0", "3", "9"]
    assert [item.name for item in line_names.chosen(names, 1)] == ["3"]


def test_a_large_model_shows_the_norm_of_each_tensor_and_says_so(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=6, **MLP)
    stage.over.resize(420, 280)
    for key, subtitle in (("parameters", "norm of each tensor"), ("gradients", "norm of each tensor's gradient")):
        plot = stage.plot(key)
        assert plot._subtitle.text() == subtitle
        assert set(numbers(plot)) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert plot.axis_names[1] == "norm, log scale"


def test_a_run_that_runs_away_says_from_where_on_and_keeps_its_finite_part(qtbot: QtBot) -> None:
    stage = Stage(qtbot, learning_rate=50.0, epochs=60)
    plot = stage.plot("parameters")
    epoch = next(at for at, shot in enumerate(stage.session.run.snapshots) if not abs(shot.parameters["w"].item()) < float("inf"))
    said = plot.left()
    assert said and said[0].endswith(f"from epoch {epoch} on")
    plot.grab()
    assert not plot.notice.isEmpty()


def test_another_run_has_a_range_of_its_own(qtbot: QtBot) -> None:
    stage = Stage(qtbot, learning_rate=5.0, epochs=20)
    plot = stage.plot("parameters")
    wide = plot.view.viewRange()[1]
    start, *steps = train(TrainingConfig(epochs=20))
    stage.session.run.reset(History(start))
    stage.session.run.extend(steps)
    low, high = plot.view.viewRange()[1]
    assert high - low < 10 < wide[1] - wide[0]


def test_what_was_chosen_is_remembered_and_made_when_it_is_first_shown(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=3)
    assert stage.over.shown == "loss" and not stage.over.traces
    stage.over.chooser.choose("gradients")
    assert stage.session.settings.value(SETTING) == "gradients" and list(stage.over.traces) == ["gradients"]
    again = Stage(qtbot, stage.session, epochs=3)
    assert again.over.shown == "gradients" and again.over.chooser.text() == "Gradients"
    again.over.choose("loss")
    assert again.over.chooser.text() == "Loss per epoch"


def test_what_a_later_version_remembered_gives_the_loss(qtbot: QtBot) -> None:
    session = Session()
    session.settings.set_value(SETTING, "curvature")
    assert Stage(qtbot, session, epochs=3).over.shown == "loss"


def test_gradient_norms_are_reached_where_they_have_no_place_of_their_own(qtbot: QtBot) -> None:
    """Below 1150 px they were nowhere."""
    session = Session()
    panel = TrainingPanel(session, ThemeManager("light"), TrainingController(session.run))
    qtbot.addWidget(panel)
    panel.set_arrangement("row")
    panel.build_plots()
    panel.resize(800, 400)
    panel.show()
    qtbot.waitExposed(panel)
    over = panel.over_epochs
    assert over is not None
    assert "norms" in over.chooser.offered and over.shown == "loss" and not panel.norms.isVisible()
    over.chooser.choose("norms")
    assert panel.norms.isVisible() and panel.norms.parentWidget() is over and not panel.norms.titled
    place = QWidget()
    qtbot.addWidget(place)
    QVBoxLayout(place)
    place.show()

    def put(norms: QWidget) -> None:
        layout = place.layout()
        assert layout is not None
        layout.addWidget(norms)
        norms.show()

    panel.norms_place = put
    panel.place_norms()
    assert over.shown == "loss" and "norms" not in over.chooser.offered
    assert panel.norms.isVisible() and panel.norms.parentWidget() is place and panel.norms.titled
    panel.set_arrangement("column")
    assert over.shown == "norms" and panel.norms.isVisible() and panel.norms.parentWidget() is over


def test_the_distribution_is_that_of_the_tensor_that_was_chosen(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=10, **MLP)
    stage.over.resize(480, 280)
    stage.over.choose("distribution")
    plot, controller = stage.over.spread, stage.controller
    assert plot is not None and controller.looks.spread == Distributed("0.weight")
    tensors = ["0.weight", "0.bias", "2.weight"]  # the last bias is a single number
    offered = [plot.box.itemText(at) for at in range(plot.box.count())]
    assert offered == [*tensors, *(f"gradient of {name}" for name in tensors)]
    for place, what in ((0, Distributed("0.weight")), (3, Distributed("0.weight", gradient=True))):
        plot.box.setCurrentIndex(place)
        plot.box.activated.emit(place)
        assert controller.looks.spread == what
        controller.spread = Spreads().spread(what, list(stage.session.run.snapshots))
        controller.spread_changed.emit()
        for epoch in (10, 4):
            stage.at(epoch)
            plot.grab()
            shot = stage.session.run.snapshots[epoch]
            numbers_then = np.sort((shot.gradients if what.gradient else shot.parameters)[what.name].ravel())
            said = {item.name: item.number for _, item in plot.names}
            assert set(said) == {"min", "25 %", "50 %", "75 %", "max"}
            assert (said["min"], said["max"]) == (significant(float(numbers_then[0])), significant(float(numbers_then[-1])))
            assert said["50 %"] == significant(float(np.median(numbers_then.astype(np.float64))))
            assert plot.reading(epoch, 0).startswith(f"epoch {epoch}   min {said['min']}")
        assert "32 numbers of" in plot.said and plot.said.endswith("from the snapshots of each epoch")
    stage.over.choose("loss")
    assert controller.looks.spread is None, "nothing is computed for what is not shown"


def test_a_model_of_single_numbers_has_no_distribution(qtbot: QtBot) -> None:
    session = Session()
    session.settings.set_value(SETTING, "distribution")
    stage = Stage(qtbot, session, epochs=3)
    assert stage.over.shown == "loss" and "distribution" not in stage.over.chooser.offered
    start, *steps = train(TrainingConfig(epochs=3, **MLP))
    session.run.reset(History(start))
    session.run.extend(steps)
    assert stage.over.shown == "distribution" and stage.controller.looks.spread == Distributed("0.weight")


def test_epochs_without_a_snapshot_are_no_nan_and_are_told_once_they_are_computed_again(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=3)
    plot = stage.plot("gradients")
    run = stage.session.run
    shots = list(train(TrainingConfig(epochs=40)))
    run.reset(History(shots[0]))
    run.extend([Stretch.of(shots[1:11]), replace(Stretch.of(shots[11:]), snapshots=(shots[40],))])
    stage.over.resize(480, 280)
    assert plot.left() == () and plot.axis_names[0] == "epoch · 11 of 40 looked at"
    stage.at(25)
    assert set(numbers(plot).values()) == {"…"}
    run.numbers.traces.learn(run.snapshots[25])
    stage.controller.fit_changed.emit()
    assert numbers(plot) == {named(name): significant(shots[25].gradients[name].item()) for name in "wb"}
    assert plot.reading(25, shots[25].gradients["w"].item()).startswith("epoch 25   w ")
    assert plot.reading(30, shots[25].gradients["w"].item()).startswith("epoch 25   w "), "the nearest that is known"
    stage.over.choose("parameters")
    assert stage.over.traces["parameters"].axis_names[0] == "epoch", "single numbers are there of each epoch"


def test_the_chooser_covers_the_title_of_whatever_stands_there(qtbot: QtBot) -> None:
    """Beside a box, which makes the row of the title higher, the title's lower edge stood out below the chooser."""
    stage = Stage(qtbot, epochs=3, **MLP)
    for key in ("loss", "parameters", "distribution", "gradients", "loss"):
        stage.over.choose(key)
        QApplication.processEvents()
        page = stage.over._stack.currentWidget()
        assert isinstance(page, Plot)
        assert stage.over.chooser.geometry().contains(page.title.geometry()), key


@pytest.mark.parametrize("wide", [190, 215, 320])
def test_no_name_stands_on_its_number(qtbot: QtBot, wide: int) -> None:
    """In a narrow plot of 1600 × 1000 they did."""
    stage = Stage(qtbot, epochs=6, **MLP)
    stage.over.resize(wide, 250)
    for key in ("parameters", "gradients"):
        plot = stage.plot(key)
        QApplication.processEvents()
        plot.grab()
        for box, item in plot.names:
            number = QFontMetricsF(mono_font(11)).horizontalAdvance(item.number)
            name = QFontMetricsF(ui_font(11)).horizontalAdvance(line_names.fitted(plot._theme, item, box.width()))
            assert name + 2 < box.width() - number, (key, item.name)
            assert number < box.width() - 20, "the name keeps some letters"


def test_while_gradients_are_guessed_later_ones_are_not_told(qtbot: QtBot) -> None:
    stage = Stage(qtbot, epochs=8)
    plot = stage.plot("gradients")
    stage.at(3)
    value = stage.session.run.snapshots[6].gradients["w"].item()
    assert "w" in plot.reading(6, value)
    drawn = plot.grab().toImage()
    stage.session.set_guess(True, None)
    assert plot.reading(6, value) == "epoch 6" and "w" in plot.reading(3, numbers_at(stage, 3))
    assert plot.grab().toImage() != drawn
    stage.session.set_guess(False, None)
    assert "w" in plot.reading(6, value)


def numbers_at(stage: Stage, epoch: int) -> float:
    return float(stage.session.run.snapshots[epoch].gradients["w"].item())
