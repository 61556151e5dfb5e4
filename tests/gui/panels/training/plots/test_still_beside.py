"""Runs beside the one that is trained are painted again when they have moved, and not in every frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.pictures.surfaces import Surface, surface
from engine.training.training import train
from gui.look.theme import ThemeManager
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.canvas import Canvas
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.plot import Plot
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import RunSeries
from gui.panels.training.plots.surface_plot import SurfacePlot
from gui.session.run_numbers import RunNumbers

CONFIG = TrainingConfig(epochs=60, n_samples=80)


def numbers_of(config: TrainingConfig) -> RunNumbers:
    numbers = RunNumbers()
    numbers.start(list(train(config)))
    return numbers


def at(step: int, w: float, b: float, loss: float = 1.0) -> TrainingSnapshot:
    return TrainingSnapshot(step, loss if step else None, {"w": np.full((1, 1), w), "b": np.full(1, b)})


class Bench:
    """The three plots with one run beside the one that is trained."""

    def __init__(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        theme = ThemeManager("light")
        self.other = Beside(1, "Run 2", "Run 2", numbers_of(CONFIG), plots=frozenset({"fit", "loss", "surface"}))
        self.numbers = RunNumbers()
        self.numbers.start([at(0, 0.2, 1.5)])
        series = RunSeries(self.numbers)
        self.scatter, self.loss, self.surface = ScatterPlot(theme), LossPlot(theme), SurfacePlot(theme)
        self.plots: tuple[Plot, ...] = self.scatter, self.loss, self.surface
        self.shown: tuple[ScatterPlot | LossPlot | SurfacePlot, ...] = self.scatter, self.loss, self.surface
        for plot in self.plots:
            qtbot.addWidget(plot)
            plot.resize(420, 280)
            plot.show()
            qtbot.waitExposed(plot)
        self.scatter.set_data(training_data(CONFIG), (0.48, 2.0), series)
        self.loss.set_run(series, 5_000, ("least squares", 0.3), 2.0)
        found: Surface = surface(CONFIG, list(train(CONFIG)), None, None, None)
        self.surface.set_surface(found, series)
        for plot in self.shown:
            plot.beside.set_runs(Own(0, "Run 1", "Run 1"), [self.other])
        self.painted: list[Canvas] = []
        paint = Canvas.paintEvent

        def noting(canvas: Canvas, event: object) -> None:
            self.painted.append(canvas)
            paint(canvas, event)  # type: ignore[arg-type]

        monkeypatch.setattr(Canvas, "paintEvent", noting)

    def go_on(self, w: float, b: float, loss: float = 1.0, steps: int = 1) -> list[Canvas]:
        """So many steps more; which plots were painted."""
        QApplication.processEvents()
        self.painted.clear()
        first = len(self.numbers)
        self.numbers.extend([at(step, w, b, loss) for step in range(first, first + steps)])
        for plot in self.shown:
            plot.show_run()
        QApplication.processEvents()
        return self.painted


def test_the_other_run_is_painted_where_it_is_at_the_cursor(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(qtbot, monkeypatch)
    for _ in range(40):
        bench.go_on(0.2, 1.5)
        cursor = len(bench.numbers) - 1
        drawn = bench.scatter.beside._drawn[1][0][0]
        assert drawn is not None
        w, b = (float(bench.other.numbers.parameter(name)[cursor]) for name in ("w", "b"))
        (x0, x1), (low, high) = bench.scatter.view.viewRange()
        px = bench.scatter.view.height() / (high - low)
        assert max(abs((w - drawn[0]) * x + b - drawn[1]) * px for x in (x0, x1)) < 0.25
        assert bench.loss.beside._stood == [cursor]
        assert bench.surface.beside._stood == [cursor]


def test_what_has_not_moved_is_not_painted(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(qtbot, monkeypatch)
    bench.go_on(0.4, 2.0, steps=100)  # the other run is at its end
    for _ in range(3):
        painted = bench.go_on(0.4, 2.0)
        assert bench.scatter.canvas not in painted
        assert bench.surface.canvas not in painted
    painted = bench.go_on(9.0, 2.2)
    assert bench.scatter.canvas in painted
    assert bench.surface.canvas in painted


def test_names_over_the_surface_stand_where_they_would_be_placed_anew(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(qtbot, monkeypatch)
    for w in np.linspace(0.2, 0.48, 12).tolist():
        bench.go_on(w, 1.5 + w)
    kept = dict(bench.surface.beside.names)
    assert set(kept) == {"Run 1", "Run 2"}
    bench.surface.beside.invalidate()
    bench.surface.canvas.viewport().repaint()
    assert bench.surface.beside.names == kept


def test_least_and_greatest_are_those_of_all_steps_that_are_asked_for() -> None:
    rng = np.random.default_rng(0)
    numbers = RunNumbers()
    start = at(0, 0.0, 0.0)
    numbers.start([start])
    for _ in range(60):
        losses = np.where(rng.random(9) < 0.2, np.nan, rng.normal(0, 10, 9))
        first = len(numbers)
        numbers.extend([replace(start, step=first + place, loss=float(loss)) for place, loss in enumerate(losses)])
        for count in (None, int(rng.integers(1, len(numbers) + 1))):
            for positive in (False, True):
                seen = numbers.loss[:count]
                seen = seen[np.isfinite(seen) & ((seen > 0) | (not positive))]
                wanted = (float(seen.min()), float(seen.max())) if len(seen) else None
                assert numbers.extent("loss", positive, count) == wanted
