"""A frame of the plot of data and fit against a plain pyqtgraph ScatterPlotItem, and against matplotlib as a notebook redraws.

    python -m benchmarks.frame_time [--rounds 5] [--quick]

For 1,500, 100,000 and 1,000,000 points, in turns: a frame in which the fit moves on, as while a run is trained; the same of a
pyqtgraph plot with a ScatterPlotItem and a line; the same of a matplotlib figure of that size that is drawn anew. Then a frame in
which the part that is in view is moved, and one in which it is made smaller or larger, down to a thirtieth of the range and back.
Prints p50 and p99 in ms (aim p99 under 16.7 at 1,000,000 points), and of ours the same in time of the processor, since on a
machine that does other things meanwhile only that says what a frame costs; and ratios, in that time. A peer that takes long at
a size is drawn a few times only. Without matplotlib (``pip install -e .[dev]``) its column is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from benchmarks.measuring.measure import arguments, parser, sized
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager, load_fonts
from gui.session.run_numbers import RunNumbers

SIZE = 520, 283
"""Px, as in the window."""
LONGEST = 4.0
"""Seconds that one of them may take in a round."""

Frame = Callable[[int], None]
KINDS = "the fit moves on", "the view is moved", "the view is zoomed"
"""What happens from one frame to the next."""
PANNED, ZOOMED = 0.02, 1.12
"""How far the view is moved in a frame, and how many times smaller or larger it becomes."""
THERE = 30
"""Frames to the far end of a zoom."""


def frames(draw: Frame, first: int, count: int) -> list[tuple[float, float]]:
    """Milliseconds that each of ``count`` frames takes, and of these the thread's own; fewer frames where they take long."""
    found: list[tuple[float, float]] = []
    began = time.perf_counter()
    for number in range(first, first + count):
        start, own = time.perf_counter(), time.thread_time()
        draw(number)
        found.append((1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - own)))
        if time.perf_counter() - began > LONGEST:
            break
    return found


def line_at(number: int, x: Any, y: Any) -> tuple[float, float]:
    """Weight and bias after so many frames, near the data's own."""
    w = float(np.ptp(y) / np.ptp(x))
    return w * (0.8 + 0.2 * np.sin(number / 20)), float(np.mean(y)) + 0.05 * float(np.ptp(y)) * np.cos(number / 20)


def nearer(number: int) -> float:
    """How many times as wide the view becomes in this frame of a zoom, there and back."""
    return 1 / ZOOMED if (number // THERE) % 2 == 0 else ZOOMED


def ours(points: int) -> tuple[tuple[Frame, ...], tuple[Any, Any]]:
    """The plot of data and fit: a frame of each of ``KINDS``, and the data."""
    from engine.training.data import training_data
    from engine.training.training import train
    from gui.panels.training.plots.scatter_plot import ScatterPlot
    from gui.panels.training.plots.series import RunSeries

    config = TrainingConfig(n_samples=points)
    data, start = training_data(config), next(train(config))
    shown = data.X[:2000, 0], data.y[:2000, 0]
    numbers = RunNumbers()
    numbers.start([start])
    plot = ScatterPlot(ThemeManager("light"))
    plot.resize(*SIZE)
    plot.set_data(data, (0.48, 2.0), RunSeries(numbers))
    plot.show()

    def moved(number: int) -> None:
        w, b = line_at(number, *shown)
        parameters = {"w": np.full((1, 1), w), "b": np.full(1, b)}
        numbers.extend([replace(start, step=len(numbers), loss=1.0, parameters=parameters)])
        plot.show_run()
        QApplication.processEvents()

    def panned(number: int) -> None:
        plot.view.translateBy(QPointF(PANNED * (-1) ** (number // 20), 0.0))
        QApplication.processEvents()

    def zoomed(number: int) -> None:
        plot.view.scaleBy((nearer(number), nearer(number)))
        QApplication.processEvents()

    return (moved, panned, zoomed), (data.X[:, 0], data.y[:, 0])


def pyqtgraphs(x: Any, y: Any) -> tuple[Frame, ...]:
    """The same of a plain plot of pyqtgraph's, as its documentation shows it."""
    import pyqtgraph as pg

    widget = pg.PlotWidget()
    widget.resize(*SIZE)
    widget.addItem(pg.ScatterPlotItem(x=x, y=y, size=5, pen=None, brush=(80, 90, 110, 110)))
    line = widget.plot([], [], pen=pg.mkPen("b", width=2))
    ends = np.array([float(x.min()), float(x.max())])
    widget.show()

    def moved(number: int) -> None:
        w, b = line_at(number, x[:2000], y[:2000])
        line.setData(ends, w * ends + b)
        QApplication.processEvents()

    def panned(number: int) -> None:
        widget.getViewBox().translateBy(QPointF(PANNED * (-1) ** (number // 20), 0.0))
        QApplication.processEvents()

    def zoomed(number: int) -> None:
        widget.getViewBox().scaleBy((nearer(number), nearer(number)))
        QApplication.processEvents()

    return moved, panned, zoomed


def matplotlibs(x: Any, y: Any) -> tuple[Frame, ...] | None:
    """The same of a figure that is drawn anew, as a notebook does; None where there is no matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    canvas = FigureCanvasAgg(Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100))
    axes = canvas.figure.add_subplot()
    ends = np.array([float(x.min()), float(x.max())])

    def moved(number: int) -> None:
        w, b = line_at(number, x[:2000], y[:2000])
        axes.clear()
        axes.scatter(x, y, s=12, alpha=0.4, linewidths=0)
        axes.plot(ends, w * ends + b)
        canvas.draw()

    def panned(number: int) -> None:
        low, high = axes.get_xlim()
        axes.set_xlim(low + PANNED, high + PANNED)
        canvas.draw()

    def zoomed(number: int) -> None:
        for ends, put in ((axes.get_xlim(), axes.set_xlim), (axes.get_ylim(), axes.set_ylim)):
            middle, half = (ends[0] + ends[1]) / 2, nearer(number) * (ends[1] - ends[0]) / 2
            put(middle - half, middle + half)
        canvas.draw()

    return moved, panned, zoomed


def main() -> None:
    """Print the table."""
    wanted = parser(__doc__)
    wanted.add_argument("--rounds", type=int)
    options = arguments(wanted)
    rounds, count = options.rounds or sized(5, 1), sized(120, 6)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    load_fonts()
    for points in sized((1500, 100_000, 1_000_000), (1500, 20_000)):
        own, (x, y) = ours(points)
        there = {"ours": own, "pyqtgraph": pyqtgraphs(x, y), "matplotlib": matplotlibs(x, y)}
        for place, what in enumerate(KINDS):
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name, drawn in there.items() if drawn is not None}
            for turn in range(rounds):
                for name, drawn in there.items():
                    if drawn is not None:
                        few = count if name == "ours" or points <= 1500 else max(3, count // 12)
                        if not turn:
                            drawn[place](0)  # the first is made with all that is kept afterwards
                        taken[name] += frames(drawn[place], 1 + turn * count, few)
            told(f"{points:,} points, {what}", taken)


def told(what: str, taken: dict[str, list[tuple[float, float]]]) -> None:
    """One line."""
    said = []
    for name, times in taken.items():
        (p50, own50), (p99, own99) = np.percentile(times, [50, 99], axis=0)
        own = f" (of the processor {own50:.2f}, {own99:.2f})" if name == "ours" else ""
        said.append(f"{name} p50 {p50:.2f}, p99 {p99:.2f} ms{own}")
    middle = {name: float(np.median(times, axis=0)[1]) for name, times in taken.items()}
    ratios = [f"ours ÷ {name} {middle['ours'] / middle[name]:.3f}" for name in taken if name != "ours"]
    print(f"{what}: {';  '.join([*said, *ratios])}", flush=True)


if __name__ == "__main__":
    main()
