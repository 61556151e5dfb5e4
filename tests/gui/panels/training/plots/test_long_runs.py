"""Runs of many epochs over the epochs: no least or greatest is lost, which is said; exact zoomed in; no look at all of them."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.training.configs import Stretch, TrainingConfig, TrainingSnapshot
from gui.look.theme import ThemeManager
from gui.panels.training.epochs.columns import Columns
from gui.panels.training.epochs.trace_plot import TracePlot
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.loss_plot import LossPlot
from gui.panels.training.plots.series import RunSeries
from gui.session.run_numbers import RunNumbers

STEPS = 300_000
PEAK, LOW = 123_457, 222_222


def long_run(steps: int = STEPS) -> RunNumbers:
    """A noisy loss with one peak and one low, and a w that goes along."""
    draw = np.random.default_rng(0)
    loss = np.exp(0.3 * draw.normal(size=steps))
    loss[PEAK % steps], loss[LOW % steps] = 90.0, 0.001
    config = TrainingConfig(epochs=steps)

    def shot(step: int) -> TrainingSnapshot:
        w = {"w": np.full((1, 1), step, np.float32), "b": np.zeros(1, np.float32)}
        return TrainingSnapshot(step, float(loss[step - 1]) if step else None, w, {} if step == 0 else w, 0.1, config)

    made = RunNumbers()
    made.start([shot(0)])
    for first in range(1, steps + 1, 50_000):
        last = min(first + 50_000, steps + 1)
        count = last - first
        w = {"w": np.arange(first, last, dtype=np.float32)[:, None], "b": np.zeros((count, 1), np.float32)}
        nothing = np.full(count, np.nan)
        made.extend([Stretch(first, loss[first - 1 : last - 1], nothing, np.full(count, 0.1), w, (shot(last - 1),))])
    return made


def shown(qtbot: QtBot, plot: LossPlot | TracePlot) -> None:
    plot.resize(420, 260)
    qtbot.addWidget(plot)
    plot.show()
    qtbot.waitExposed(plot)


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    made = LossPlot(ThemeManager("light"))
    shown(qtbot, made)
    made.set_run(RunSeries(long_run()), STEPS, None, 1.0)
    made.show_texts()
    return made


def drawn(plot: LossPlot, numbers: RunNumbers) -> tuple[np.ndarray, np.ndarray]:
    return plot.columns.curve(numbers, "loss", 1, len(numbers))


def test_a_peak_of_one_epoch_is_drawn_and_the_columns_are_told(plot: LossPlot) -> None:
    """Of each 120th part there were the ends; zoomed in, it was still these, and nobody said so."""
    numbers = plot._series.numbers
    x, y = drawn(plot, numbers)
    assert len(x) < 900 and PEAK + 1 in x and LOW + 1 in x and y.max() == 90 and y.min() == 0.001
    size = 1 << (-(-(STEPS + 1) // plot.columns.count) - 1).bit_length()
    assert plot.columns.notes()[0] == f"every column shows the least and greatest of {size:,} epochs"
    assert f"{size:,} epochs" in plot.axis_names[0]
    assert plot._axes["bottom"].toolTip().startswith("Every column shows")
    plot.view.setRange(xRange=(PEAK - 50, PEAK + 50), padding=0)
    x, y = drawn(plot, numbers)
    assert set(range(PEAK - 50, PEAK + 51)) <= set(x.astype(int)) and np.array_equal(y, numbers.loss[x.astype(int)])
    assert plot.axis_names[0] == "epoch" and not plot._axes["bottom"].toolTip()
    plot.reset_view()
    assert plot.axis_names[0] != "epoch"


def test_a_frame_looks_at_a_few_of_a_long_run_s_epochs(plot: LossPlot, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a million of them each frame took the logarithm of all, and the window fell behind."""
    other = Beside(1, "other", plot._series.numbers, frozenset({"loss"}))
    plot.beside.set_runs(Own(), [other])
    plot.show_run()
    plot.grab()
    looked: list[int] = []
    heights = plot._heights
    for owner in (plot, plot.beside):
        monkeypatch.setattr(owner, "_heights", lambda loss: looked.append(np.size(loss)) or heights(loss))
    one = long_run(1000)
    for step in (STEPS, 5, STEPS // 2):
        plot._series.shown = step
        plot.show_run()
        plot.canvas.forget()
        plot.beside.invalidate()
        plot.grab()
        plot.reading(step, 0.0)
    assert looked and max(looked) < 10_000 and len(one) == 1001


def test_parameters_of_a_long_run(qtbot: QtBot) -> None:
    numbers, plot = long_run(), TracePlot(ThemeManager("dark"), gradients=False)
    shown(qtbot, plot)
    plot.set_run(RunSeries(numbers), numbers, STEPS, 1)
    qtbot.waitUntil(lambda: plot.columns.notes() != [])
    assert plot.axis_names[0].startswith("epoch · ")
    plot.grab()
    assert len(plot.names) == 2
    gradients = TracePlot(ThemeManager("dark"), gradients=True)
    shown(qtbot, gradients)
    gradients.set_run(RunSeries(numbers), numbers, STEPS, 1)
    gradients.grab()
    assert gradients.columns._instead == f"6 of {STEPS:,} looked at"
    assert gradients._traced.nearest(STEPS - 5) == STEPS


def test_columns_are_children_of_their_plot(plot: LossPlot) -> None:
    assert isinstance(plot.columns, Columns) and plot.columns.parent() is plot


def test_where_a_long_run_was_lost_is_found_once() -> None:
    numbers = long_run(2000)
    assert numbers.lost is None

    bad = np.array([1.0, np.inf, np.nan])
    w = {"w": np.zeros((3, 1), np.float32), "b": np.zeros((3, 1), np.float32)}
    shot = TrainingSnapshot(2003, None, {"w": np.zeros((1, 1), np.float32), "b": np.zeros(1, np.float32)})
    numbers.extend([Stretch(2001, bad, np.full(3, np.nan), np.full(3, 0.1), w, (shot,))])
    assert numbers.lost == 2002 and numbers.until(2001).lost is None and numbers.until(2002).lost == 2002
