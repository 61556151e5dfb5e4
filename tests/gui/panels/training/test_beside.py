"""Runs beside the one that is trained: each in its own look in every plot, named at its end, gone once it is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from engine.training.pictures.fits import Fitting
from gui.look.runs import run_color
from gui.look.theme import ThemeManager
from gui.panels.training.plots.beside.ends import apart
from gui.panels.training.plots.plot import Plot
from tests.gui.panels.training.test_training_panel import Bench, bench
from tests.gui.work.test_training_controller import one_thread

__all__ = ["bench"]

BASE = {"n_samples": 60, "epochs": 12, "options": {"validation": 0.2}}
RACERS = [
    TrainingConfig(optimizer="momentum", learning_rate=0.05, **BASE),
    TrainingConfig(optimizer="adam", learning_rate=0.2, **BASE),
    TrainingConfig(optimizer="sgd", learning_rate=0.2, **BASE),
]


@pytest.fixture
def raced(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    bench = Bench(qtbot)
    bench.panel.set_arrangement("row")
    bench.panel.resize(1300, 480)
    try:
        bench.prepare(qtbot)
        race(qtbot, bench, RACERS)
        yield bench
    finally:
        bench.controller.close()


def race(qtbot: QtBot, bench: Bench, configs: Sequence[TrainingConfig]) -> None:
    for config in configs:
        bench.session.run.set_config(config)
        with qtbot.waitSignal(bench.controller.prepared, timeout=60_000):
            bench.controller.reset()
        with qtbot.waitSignal(bench.controller.finished, timeout=60_000):
            bench.controller.train()
    qtbot.waitUntil(lambda: bench.controller.surface is not None, timeout=60_000)


def pixels(widget: QWidget, color: QColor) -> int:
    """How many of the widget's pixels have this colour, or almost."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1]
    wanted = np.array([color.red(), color.green(), color.blue()])
    return int((np.abs(seen.astype(int) - wanted).max(axis=2) < 24).sum())


def plots(bench: Bench) -> list[Plot]:
    return [plot for plot in (bench.panel.scatter, bench.panel.loss, bench.panel.surface) if plot is not None]


def test_raced_runs_are_drawn_in_every_plot_in_their_own_look_and_a_hidden_one_is_not(raced: Bench) -> None:
    theme: Callable[[int], QColor] = lambda number: run_color(raced.panel._theme, number)  # noqa: E731
    for plot in plots(raced):
        for number in range(3):
            assert pixels(plot, theme(number)) > 40, (plot, number)
    runs = raced.session.runs
    runs.show(runs.rows[0], False)
    for plot in plots(raced):
        assert pixels(plot, theme(0)) == 0 and pixels(plot, theme(1)) > 40, plot
    raced.session.run.undo_config()
    for plot in plots(raced):
        assert pixels(plot, theme(0)) > 40, plot


def test_what_is_drawn_is_what_a_run_of_the_engine_makes(raced: Bench) -> None:
    assert raced.panel.loss is not None and raced.panel.surface is not None and raced.panel.scatter is not None
    for beside, config in zip(raced.panel.loss.beside.runs, RACERS[:2], strict=True):
        made = list(engine.train(config))
        assert beside.numbers.loss[1:].tolist() == [shot.loss for shot in made[1:]]
        (way,) = [way for run, way in raced.panel.surface.beside.ways() if run is beside]
        assert way[:, 1].tolist() == pytest.approx([shot.parameters["w"].item() for shot in made])
        assert way[:, 2].tolist() == pytest.approx([shot.parameters["b"].item() for shot in made])
        raced.session.run.set_epoch(5)
        line = raced.panel.scatter.beside._line_of(beside)
        assert line == (made[5].parameters["w"].item(), made[5].parameters["b"].item()), "the cursor's epoch is all runs'"


def test_names_stand_at_the_ends_apart_from_each_other(raced: Bench) -> None:
    loss, scatter = raced.panel.loss, raced.panel.scatter
    assert loss is not None and scatter is not None
    assert (
        {end.name for end in loss.ends.ends}
        == {"Momentum 0.05", "Adam 0.20", "SGD 0.20"}
        == {end.name for end in scatter.ends.ends}
    )
    assert [end.own for end in loss.ends.ends if end.name == "SGD 0.20"] == [True]
    places = sorted(loss.ends.places())
    assert all(after - before >= 15.9 for before, after in pairwise(places))
    assert scatter.ends.names_shown and scatter.ends.isVisible()
    raced.session.runs.rename(raced.session.runs.rows[1], "mine")
    assert {end.name for end in loss.ends.ends} == {"Momentum 0.05", "mine", "SGD 0.20"}
    raced.session.runs.show(raced.session.runs.rows[0], False)
    raced.session.runs.show(raced.session.runs.rows[1], False)
    assert not loss.ends.isVisible() and loss.ends._margin == 0, "one run needs no name"


def test_runs_on_other_data_leave_the_plots(qtbot: QtBot, raced: Bench) -> None:
    raced.session.run.set_config(TrainingConfig(n_samples=30, noise=1.0))
    with qtbot.waitSignal(raced.controller.prepared, timeout=60_000):
        raced.controller.reset()
    assert raced.panel.overlay.runs == []
    for plot in plots(raced):
        assert pixels(plot, run_color(raced.panel._theme, 1)) == 0


def test_places_apart() -> None:
    assert apart([], 16, 0, 100) == []
    assert apart([50.0, 50.0, 50.0], 16, 0, 100) == [50.0, 66.0, 82.0]
    assert apart([99.0, 10.0, 98.0], 16, 0, 100) == [100.0, 10.0, 84.0]
    squeezed = apart([5.0] * 5, 16, 0, 40)
    assert squeezed == [0.0, 10.0, 20.0, 30.0, 40.0] or squeezed == [5.0, 10.0, 20.0, 30.0, 40.0]


def test_a_theme_of_its_own(raced: Bench) -> None:
    theme: ThemeManager = raced.panel._theme
    theme.set_choice("dark")
    for plot in plots(raced):
        for number in range(3):
            assert pixels(plot, run_color(theme, number)) > 40, (plot, number)


def test_gradient_norms_stand_side_by_side_at_the_cursor(qtbot: QtBot, raced: Bench) -> None:
    raced.session.run.set_epoch(5)
    assert raced.panel.over_epochs is not None
    raced.panel.over_epochs.choose("norms")
    norms = raced.panel.norms
    made = [list(engine.train(config))[5].gradients for config in RACERS]
    wanted = [(name, number, pytest.approx(abs(made[number][name].item()))) for name in ("w", "b") for number in range(3)]
    qtbot.waitUntil(lambda: [(bar.name, bar.run, bar.norm) for bar in norms.bars()] == wanted, timeout=60_000)
    assert [bar.own for bar in norms.bars()] == [False, False, True] * 2
    raced.session.runs.show(raced.session.runs.rows[0], False)
    assert [bar.run for bar in norms.bars()] == [1, 2, 1, 2]


MODELS = [
    {"data": "sine", "model": "polynomial"},
    {"data": "sine", "model": "mlp", "options": {"width": 8}},
    {"data": "moons", "model": "mlp", "loss": "cross_entropy", "options": {"width": 8}},
]


@pytest.mark.parametrize("chosen", MODELS)
def test_fits_and_paths_of_any_model_are_drawn_beside_its_own(qtbot: QtBot, bench: Bench, chosen: dict[str, object]) -> None:
    """Their curves and gradients were known of the run that is trained alone."""
    bench.panel.set_arrangement("row")
    bench.panel.resize(1300, 480)
    configs = [TrainingConfig(n_samples=60, epochs=6, optimizer=name, **chosen) for name in ("adam", "sgd")]  # type: ignore[arg-type]
    race(qtbot, bench, configs)
    (beside,) = bench.panel.overlay.runs
    bench.session.run.set_epoch(3)
    qtbot.waitUntil(lambda: beside.fit is not None and beside.fit.step == 3, timeout=60_000)
    scatter, surface = bench.panel.scatter, bench.panel.surface
    assert scatter is not None and surface is not None and beside.fit is not None
    fitting, shots = Fitting(configs[0]), list(engine.train(configs[0]))
    expected = fitting.fit(shots[3])
    np.testing.assert_allclose(beside.fit.curve, expected.curve)
    np.testing.assert_allclose(beside.fit.regions, expected.regions)
    assert pixels(scatter, run_color(bench.theme, 0)) > 40 and pixels(surface, run_color(bench.theme, 0)) > 20
    ((_, way),) = surface.beside.ways()
    place = bench.controller.surface
    assert place is not None
    np.testing.assert_allclose(way, place.places(shots), rtol=1e-5, atol=1e-6)
