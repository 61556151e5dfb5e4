"""The plots of any run: curves, regions, slices, validation, limits, norms; each painted, and what it says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.metrics import errors
from gui.look.theme import ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.panels.training.plots.field import bands, contour, enlarged
from gui.panels.training.plots.names import named
from gui.panels.training.plots.series import error_said, significant
from gui.session.session import Session
from gui.work.training.controller import TrainingController
from tests.gui.work.test_training_controller import one_thread

MOONS = TrainingConfig(
    data="moons", model="mlp", loss="cross_entropy", optimizer="adam", n_samples=60, epochs=8, learning_rate=0.05
)


class Bench:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session()
        self.controller = TrainingController(self.session.run)
        self.controller.crashed.connect(lambda text: pytest.fail(text))
        self.panel = TrainingPanel(self.session, ThemeManager("light"), self.controller)
        qtbot.addWidget(self.panel)
        self.panel.set_arrangement("row")
        self.panel.resize(1568, 400)
        self.panel.show()
        self.panel.build_plots()

    def train(self, config: TrainingConfig) -> None:
        self.session.run.set_config(config)
        with self.qtbot.waitSignal(self.controller.finished, timeout=60_000):
            self.controller.train()
        self.settle()

    def settle(self) -> None:
        step = self.panel._series.fit_step
        self.qtbot.waitUntil(lambda: self.controller.fit is not None and self.controller.fit.step == step, timeout=60_000)
        self.qtbot.waitUntil(lambda: self.controller.surface is not None, timeout=60_000)
        self.panel._show_texts()
        self.panel.grab()


@pytest.fixture
def bench(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    made = Bench(qtbot)
    yield made
    made.controller.close()


def test_two_classes_have_regions_and_their_accuracy(bench: Bench) -> None:
    bench.train(MOONS)
    scatter, fit = bench.panel.scatter, bench.controller.fit
    assert scatter is not None and fit is not None and scatter.axes == (0, 1)
    assert scatter.axis_names == ("𝑥₁", "𝑥₂")
    assert scatter._subtitle.text().split("   ")[-1] == f"accuracy {significant(fit.errors['accuracy'])}"
    assert [name for _, _, name in scatter.legend._entries] == ["y = 1", "y = 0", "boundary after epoch 8"]
    assert sum(len(cloud.x) for cloud in scatter._clouds) == 60 and [cloud.filled for cloud in scatter._clouds] == [False, True]
    assert bench.panel._formula.accessibleName() == "Model: MLP"
    text, _token = bench.panel.said.message()
    assert text.startswith("8 epochs · loss ") and "accuracy" in text


def test_an_earlier_epoch_shows_its_own_fit(bench: Bench) -> None:
    bench.train(MOONS)
    newest = bench.controller.fit
    bench.session.run.set_epoch(2)
    bench.settle()
    earlier = bench.controller.fit
    assert newest is not None and earlier is not None and earlier.step == 2
    assert not np.array_equal(earlier.regions, newest.regions)
    bench.session.run.set_epoch(None)
    bench.settle()
    again = bench.controller.fit
    assert again is not None and np.array_equal(again.regions, newest.regions)


def test_a_slice_says_so_and_two_parameters_can_be_chosen(bench: Bench) -> None:
    bench.train(MOONS)
    plot = bench.panel.surface
    assert plot is not None
    bench.qtbot.waitUntil(lambda: plot.toolTip().startswith("A slice through start, end and "), timeout=60_000)
    assert plot._subtitle.text().startswith("a slice")
    first, second = plot.choosers
    assert first.isVisible() and not second.isVisible() and first.count() == 66 and first.itemText(4) == "0.weight[1, 1]"
    first.setCurrentIndex(4)
    first.activated.emit(4)
    bench.qtbot.waitUntil(lambda: plot.axis_names[0] == "0.weight[1, 1]", timeout=60_000)
    assert second.isVisible()
    assert plot.toolTip() == "A slice: 63 other parameters stay"
    assert len(plot._run()) == 9
    bench.panel.grab()


def test_the_part_that_is_looked_at_is_computed(bench: Bench) -> None:
    bench.train(MOONS)
    plot = bench.panel.surface
    assert plot is not None
    bench.qtbot.wait(200)
    plot._view.setRange(xRange=(0.0, 0.5), yRange=(-0.25, 0.25), padding=0)
    wanted = pytest.approx((0.0, 0.5, -0.25, 0.25))
    bench.qtbot.waitUntil(
        lambda: bench.controller.surface is not None and bench.controller.surface.ends == wanted, timeout=60_000
    )
    bench.panel.grab()
    assert "loss" in plot.reading(0.1, 0.0)


def test_a_feature_can_be_chosen(bench: Bench) -> None:
    bench.train(TrainingConfig(data="diabetes", model="features", epochs=5, options={"column": "all", "standardise": "x and y"}))
    plot = bench.panel.scatter
    assert plot is not None and plot.choosers[0].isVisible() and not plot.choosers[1].isVisible()
    assert plot.axis_names == ("age (scaled)", "𝑦")
    plot.choosers[0].setCurrentIndex(2)
    plot.choosers[0].activated.emit(2)
    bench.qtbot.waitUntil(lambda: plot.axis_names[0] == "bmi (scaled)", timeout=60_000)
    data = bench.controller.data
    assert data is not None and plot._clouds[0].x.tolist() == data.X[:, 2].tolist()


def test_validation_has_its_rings_and_its_dashes_and_the_scale_can_be_linear(bench: Bench) -> None:
    bench.train(TrainingConfig(n_samples=60, epochs=6, options={"validation": 0.25}))
    plot, scatter = bench.panel.loss, bench.panel.scatter
    assert plot is not None and scatter is not None
    assert [name for _, _, name in scatter.legend._entries][:2] == ["train 45", "validation 15"]
    assert plot._key.isVisible() and "validation" in plot.told(3.0, 0.0).columns
    assert plot.scale.text() == "log scale"
    low = plot._view.viewRange()[1][0]
    plot.scale.click()
    assert plot.scale.text() == "linear scale" and not plot._log_y and plot._view.viewRange()[1][0] != low
    losses = bench.session.run.numbers.loss[1:]
    assert plot._view.viewRange()[1][0] < 0 < losses.max() < plot._view.viewRange()[1][1]
    bench.panel.grab()
    assert plot.told(3.0, 0.0).words.startswith("epoch 3 ")


def test_the_limit_of_the_rate_is_marked_where_there_is_one(bench: Bench) -> None:
    slider = bench.panel.controls.rate_slider
    bench.train(TrainingConfig(epochs=2))
    assert slider._limit == pytest.approx(0.9912, abs=1e-4) and slider._limits and "2/λmax = 0.991" in slider.toolTip()
    bench.train(TrainingConfig(epochs=2, optimizer="adam"))
    assert slider._limit is not None and not slider._limits and "limit of plain gradient descent" in slider.toolTip()
    bench.train(TrainingConfig(epochs=2, loss="mae"))
    assert slider._limit is None and "λ" not in slider.toolTip()


def test_gradient_norms_are_those_of_the_epoch(bench: Bench) -> None:
    assert bench.panel.over_epochs is not None
    bench.panel.over_epochs.choose("norms")
    bench.train(MOONS)
    norms, latest = bench.panel.norms, bench.session.run.latest
    assert norms.isVisible() and latest is not None
    assert list(norms._norms) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert norms._norms["2.bias"] == pytest.approx(float(np.linalg.norm(latest.gradients["2.bias"])))
    bench.panel.over_epochs.choose("loss")
    bench.qtbot.waitUntil(lambda: not norms.isVisible())


def test_changes_on_the_way_are_marked(bench: Bench) -> None:
    run = bench.session.run
    run.set_config(TrainingConfig(epochs=9))
    for change in ({"learning_rate": 0.2}, {"options": {"clip": 0.5}}, {}):
        for _ in range(3):
            bench.controller.step()
        made = run.made + 3
        bench.qtbot.waitUntil(lambda made=made: run.made == made, timeout=60_000)
        run.set_config(run.config.choosing(**change))
    assert run.changes == [(4, "rate 0.2"), (7, "clip 0.5")]
    assert bench.panel.loss is not None and bench.panel.loss.told(4.0, 0.0).words.endswith("from here rate 0.2")


def test_a_run_away_of_a_network_says_what_happened(bench: Bench) -> None:
    bench.train(
        TrainingConfig(
            data="sine", model="mlp", optimizer="sgd", n_samples=60, learning_rate=3.0, epochs=40, options={"activation": "relu"}
        )
    )
    text = bench.panel.said.message()[0]
    assert bench.session.run.state == "diverged"
    assert text.startswith("⚠ Diverged, the loss is ∞ from epoch ") and text.endswith(
        "The learning rate 3 may be too large. Lower it, or standardise x"
    )
    assert bench.panel.mend.isVisible() and bench.panel.mend.text() == "Reset with 0.10"
    assert bench.panel.scatter is not None and bench.panel.scatter.left() == ("the fit has left the plot",)


def test_gradients_that_add_up_are_named_and_switched_off_in_place_of_the_rate(bench: Bench) -> None:
    bench.train(TrainingConfig(n_samples=60, learning_rate=0.05, epochs=60, options={"zero_grad": False}))
    panel, run = bench.panel, bench.session.run
    said = panel.said.message()[0]
    swings = run.numbers.swings
    assert swings is not None and swings[1] > 5 * swings[0] and run.state == "finished"
    assert (
        said.startswith("⚠ zero_grad is off: gradients add up over the epochs, so that the loss swings (") and "rate" not in said
    )
    assert panel.mend.isVisible() and panel.mend.text() == "Zero gradients" and not panel.standardise.isVisible()
    with bench.qtbot.waitSignal(bench.controller.prepared, timeout=20_000):
        panel.mend.click()
    assert run.config.get("zero_grad") and run.config.learning_rate == 0.05
    bench.qtbot.waitUntil(lambda: run.made == 0, timeout=20_000)
    panel._show_texts()
    assert not panel.mend.isVisible()
    while not run.made and run.config.get("zero_grad"):
        run.undo_config()
    assert not run.config.get("zero_grad")


@pytest.mark.parametrize("rate", [0.05, 0.1, 3.0])
def test_a_rate_that_is_offered_is_smaller_than_the_one_there_is(bench: Bench, rate: float) -> None:
    bench.train(TrainingConfig(n_samples=60, learning_rate=rate, epochs=2))
    assert 0 < bench.panel.said.better_rate() < rate


def test_a_run_away_on_raw_columns_can_be_standardised(bench: Bench) -> None:
    bench.train(TrainingConfig(n_samples=60, learning_rate=3.0, epochs=40))
    panel, run = bench.panel, bench.session.run
    assert panel.said.message()[0].endswith(", or standardise x") and panel.standardise.isVisible()
    assert panel._foot.rect().contains(panel.standardise.geometry())
    with bench.qtbot.waitSignal(bench.controller.prepared, timeout=20_000):
        panel.standardise.click()
    assert run.config.get("standardise") == "x" and run.made == 0 and not panel.standardise.isVisible()
    with bench.qtbot.waitSignal(bench.controller.finished, timeout=20_000):
        bench.controller.train()
    assert run.numbers.diverges and panel.mend.isVisible(), "the rate is still too large"
    panel._show_texts()
    assert "standardise" not in panel.said.message()[0] and not panel.standardise.isVisible()
    run.undo_config()
    assert run.config.get("standardise") == "off"


def test_a_stop_rule_and_a_refusal_are_said(bench: Bench) -> None:
    bench.train(TrainingConfig(epochs=2000, options={"tolerance": 1e-3}))
    step = bench.session.run.made
    assert bench.panel.said.message()[0] == f"Stopped in epoch {step}: the loss changed by less than the tolerance"
    bench.session.run.set_config(TrainingConfig(data="file", options={"path": "/nowhere/at all.csv"}))
    bench.qtbot.waitUntil(lambda: "cannot be read" in bench.panel.said.message()[0], timeout=60_000)


def test_grids_become_pictures() -> None:
    values = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert enlarged(values, 3, 3).tolist() == [[0.0, 0.5, 1.0], [1.0, 1.5, 2.0], [2.0, 2.5, 3.0]]
    assert np.isfinite(enlarged(np.array([[0.0, math.nan], [math.inf, 1.0]]), 4, 4)).all()
    image = bands(values, [1.2], [QColor("red"), QColor("blue")], 3, 3)
    assert [image.pixelColor(x, 0).name() for x in range(3)] == ["#0000ff"] * 3, "the greatest v is at the top"
    assert [image.pixelColor(x, 2).name() for x in range(3)] == ["#ff0000"] * 3
    pieces = contour(np.array([0.0, 1.0]), np.array([0.0, 1.0]), values, 1.5)
    assert [(piece.p1(), piece.p2()) for piece in pieces] == [(QPointF(1, 0.25), QPointF(0, 0.75))]
    x, y = np.linspace(-2, 2, 81), np.linspace(-2, 2, 81)
    for piece in contour(x, y, x[None, :] ** 2 + y[:, None] ** 2, 1.0):
        assert math.hypot(piece.x1(), piece.y1()) == pytest.approx(1, abs=2e-3)


def test_names_and_numbers() -> None:
    assert [named(name) for name in ("x", "h", "x1", "x12", "bmi", "0.weight", "y")] == [
        "𝑥",
        "ℎ",
        "𝑥₁",
        "𝑥₁₂",
        "bmi",
        "0.weight",
        "𝑦",
    ]
    given = [0.0, 0.0877, 2.634, 45.1, 2040.86, 99999.4, 1e5, -22.94, 1e-5, math.nan, math.inf]
    wanted = ["0.00", "0.0877", "2.63", "45.1", "2,041", "99,999", "1.0e5", "−22.9", "1.0e−5", "nan", "∞"]
    assert [significant(value) for value in given] == wanted


def test_r2_of_equal_targets_is_said_to_be_not_defined(bench: Bench) -> None:
    bench.train(TrainingConfig(data="sine", model="mlp", optimizer="adam", n_samples=40, epochs=4))
    fit, scatter = bench.controller.fit, bench.panel.scatter
    assert fit is not None and scatter is not None
    level = errors(np.zeros((4, 1)), np.ones((4, 1)))
    bench.controller.fit = replace(fit, errors=level, validation=level)
    scatter.set_fit(bench.controller.fit)
    scatter.show_texts()
    assert "R² not defined" in scatter._subtitle.text()
    said, _ = bench.panel.said.message()
    assert "R² not defined · of validation not defined" in said and "nan" not in said
    assert error_said("R²", errors(np.full((2, 1), np.nan), np.array([[1.0], [2.0]]))) == "nan", "of a run that diverged it is"


def test_a_loss_that_is_no_number_from_the_start_blames_no_rate(bench: Bench) -> None:
    bench.train(TrainingConfig(data="points", epochs=3, options={"points": ((0.0, 1e30), (1.0, 2e30))}))
    text = bench.panel.said.message()[0]
    assert (
        text == "⚠ The loss is ∞ before any update: data or first weights are too large. Standardise x and y, or use another unit"
    )
    assert bench.panel.mend.isHidden() and not bench.panel.standardise.isHidden()
