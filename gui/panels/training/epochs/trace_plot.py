"""Parameters or gradients over the epochs: a line for each number of a small model, of others for the norm of each tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QTransform

from engine.mathematics.numbers import format_number
from engine.training.pictures.traces import Numbers
from gui.look.theme import ThemeManager
from gui.look.tones import GRADIENT_TONE
from gui.panels.training.epochs import line_names
from gui.panels.training.epochs.columns import Columns
from gui.panels.training.epochs.epoch_plot import LATER, EpochPlot
from gui.panels.training.epochs.line_names import LineName
from gui.panels.training.plots.names import named
from gui.panels.training.plots.plot import dot, polygon
from gui.panels.training.plots.series import Floats, RunSeries, significant
from gui.session.run_numbers import RunNumbers

_ASIDE = 0.3
"""Of the others while the pointer is at one."""
_NEAR = 12.0
"""Px from a line in which the pointer means it."""


@dataclass(frozen=True)
class Traced:
    """What is drawn: names of lines, and their numbers by epoch [steps, names], step 0 first; of the steps that are ``known``."""

    labels: tuple[str, ...]
    table: Numbers
    known: NDArray[np.bool_]
    norms: bool
    gradients: bool

    @staticmethod
    def of(numbers: RunNumbers, gradients: bool) -> Traced:
        """The parameters of a run, or their ``gradients``."""
        traces = numbers.traces
        table = (traces.gradients if gradients else traces.values)(len(numbers))
        known = traces.known(len(numbers))
        if not gradients and not traces.norms:
            known = np.broadcast_to(np.True_, known.shape)  # single numbers are there of each step
        return Traced(traces.labels, table, known, traces.norms, gradients)

    def nearest(self, step: int) -> int:
        """The step nearest to ``step`` that is known."""
        for reach in (0, 100, 10_000, len(self.known)):
            first = max(0, step - reach)
            near = first + np.flatnonzero(self.known[first : step + reach + 1])
            if len(near):
                break
        return int(near[np.abs(near - step).argmin()])


class TracePlot(EpochPlot):
    """Shows nothing until ``set_run``. Norms of gradients stand on a logarithmic scale, all else on a linear one."""

    def __init__(self, theme: ThemeManager, *, gradients: bool) -> None:
        super().__init__(theme, "Gradients" if gradients else "Parameters")
        self._gradients = gradients
        self._series = RunSeries()
        self._numbers = RunNumbers()
        self._traced = Traced.of(self._numbers, gradients)
        self._serial = -1
        self._looked = 0
        self._lost: tuple[int, int] | None = None
        self._hovered: int | None = None
        self.columns = Columns(self, theme)
        self.names: list[tuple[QRectF, LineName]] = []
        """Where the names stood at the last paint."""

    def set_run(self, series: RunSeries, numbers: RunNumbers, epochs: int, serial: int) -> None:
        """Draw ``numbers`` up to the epoch that ``series`` shows, the later ones faint; there will be ``epochs``.

        Another ``serial`` is another run, with a range of its own.
        """
        if serial != self._serial:
            self._serial, self._looked, self._extent, self._lost = serial, 0, None, None
        self._series, self._numbers, self._epochs = series, numbers, epochs
        self.show_run()

    def show_run(self) -> None:
        """The run has gone on, or another epoch is shown."""
        self._traced = traced = Traced.of(self._numbers, self._gradients)
        self._made, self._labels = len(traced.table) - 1, [named(label) for label in traced.labels]
        self._log_y = traced.norms and traced.gradients
        y_name = "norm" if traced.norms else "gradient" if traced.gradients else "value"
        known, made = int(np.count_nonzero(traced.known[1:])), max(0, len(traced.table) - 1)
        self.set_names(self.axis_names[0], f"{y_name}, log scale" if self._log_y else y_name)
        self.columns.set_steps(len(traced.table), "" if known >= made else f"{known:,} of {made:,} looked at")
        what = "norm of each tensor's gradient" if traced.gradients else "norm of each tensor"
        single = "of each number, by the epoch's last update" if traced.gradients else "each number"
        self.show_subtitle([what, "norms"] if traced.norms else [single, "each number"])
        self._look()
        self._range()
        self._describe()
        self._curves.refresh()

    def _describe(self) -> None:
        """Say the numbers at the cursor to those who cannot see the lines."""
        step, traced = self._series.fit_step, self._traced
        if not len(traced.table):
            return
        step = traced.nearest(min(step, len(traced.table) - 1))
        row = traced.table[step]
        said = ", ".join(f"{label} {significant(value)}" for label, value in zip(traced.labels, row.tolist(), strict=True))
        self.canvas.setAccessibleDescription(f"Epoch {step}: {said}")

    # Where it is ---------------------------------------------------------------------------------------------------

    def _heights(self, numbers: Numbers | Floats) -> Floats:
        if not self._log_y:
            return np.asarray(numbers, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log10(np.asarray(numbers, np.float64)))

    def _look(self) -> None:
        """How far the numbers reach that came since the last look, and whether they are finite.

        All are in view; it is widened by a good part where they leave it, so that this stays rare.
        """
        table, first = self._traced.table, self._looked
        new = table[first:]
        self._looked = len(table)
        finite = np.isfinite(new) | ~self._traced.known[first:, None]
        if first == 0 and self._gradients:
            finite[:1] = True  # the start has no gradient
        if self._lost is None and not finite.all():
            row = int(np.argmin(finite.all(axis=1)))
            self._lost = first + row, int(np.argmin(finite[row]))
        step = min(max(0, self._series.fit_step), len(table) - 1)
        heights = self._heights(np.concatenate((new, table[step : step + 1])))  # which may have become known
        heights = heights[np.isfinite(heights)]
        if not len(heights):
            return
        low, high, known = float(heights.min()), float(heights.max()), self._extent
        if self._gradients and not self._log_y:
            low, high = min(low, 0.0), max(high, 0.0)
        if known is not None and known[0] <= low and high <= known[1]:
            return
        more = 0.0 if known is None else 0.25 * (max(high, known[1]) - min(low, known[0]))
        room = (0.08 * (high - low) or max(0.5 * abs(high), 0.1)) + more
        below, above = (math.inf, -math.inf) if known is None else known
        self._extent = low - room if low < below else below, high + room if high > above else above

    # The pointer ---------------------------------------------------------------------------------------------------

    def reading(self, x: float, y: float) -> str:
        """The whole epoch there and, where the pointer is at a line, its number then; else how many lines there are."""
        table, labels = self._traced.table, self._traced.labels
        epoch = self._epoch(x)
        self._hover(None)
        if epoch >= len(table) or not labels:
            return f"epoch {epoch}"
        epoch = self._traced.nearest(epoch)
        if self.guessing and self._gradients and epoch > self._series.fit_step:
            return f"epoch {epoch}"
        heights = self._heights(table[epoch])
        away = np.abs(heights - y) / max(1e-300, float(self._view.viewPixelSize()[1]))
        if not np.isfinite(away).any() or float(np.nanmin(away)) > _NEAR:
            return f"epoch {epoch}"
        line = int(np.nanargmin(away))
        self._hover(line)
        return f"epoch {epoch}   {labels[line]} {format_number(float(table[epoch, line]), 6)}"

    def _hover(self, line: int | None) -> None:
        if line != self._hovered:
            self._hovered = line
            self._curves.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().eventFilter(watched, event)

    # Painting ------------------------------------------------------------------------------------------------------

    def left(self) -> tuple[str, ...]:
        """What is not drawn, since it is no finite number."""
        if self._lost is None:
            return ()
        row, column = self._lost
        value = "nan" if math.isnan(self._traced.table[row, column]) else "∞"
        return (f"{self._traced.labels[column]} is {value} from epoch {row} on", f"{value} from epoch {row} on")

    def _steps(self) -> list[int]:
        """The last step of each line that is shown as made: its own of this epoch may be to come."""
        traced, series = self._traced, self._series
        last = min(len(series), len(traced.table)) - 1
        names = [label.split("[")[0] for label in traced.labels]
        return [max(0, last - (last > 0 and name in series.behind)) for name in names]

    def _paint_curves(self, painter: QPainter, transform: QTransform) -> None:
        traced = self._traced
        if not len(traced.table) or not traced.labels:
            return
        area = transform.mapRect(QRectF(self._view.viewRect()))
        token, text = (GRADIENT_TONE.line, "grad") if self._gradients else ("value_line", "value")
        made, count = len(self._series) - 1, len(traced.table)
        end = self._end(transform, area)
        names = []
        for line, (label, step) in enumerate(zip(traced.labels, self._steps(), strict=True)):
            newest = count if step == made or count - 1 > made else step + 1  # the last one's own is not told before it is made
            if self.guessing and self._gradients:
                newest = step + 1
            numbers, here = traced.table[:newest, line], self._hovered == line
            strength = 1.0 if self._hovered in (None, line) else _ASIDE
            last = self._paint_line(painter, transform, line, newest, step, (token, strength, 2.5 if here else 1.6))
            y = float(self._heights(numbers[step : step + 1])[0])
            if math.isfinite(y):
                at = transform.map(QPointF(step, y))
                dot(painter, at, 4, self.color(token, strength), self.color("surface"), 1.2)
            if last is not None:
                number = significant(float(numbers[step])) if traced.known[step] else "…"  # it is computed again
                names.append(LineName(last, named(label), number, here))
        painter.fillRect(QRectF(end + 5, area.top(), area.right() - end - 4, area.height()), self.color("surface"))
        self.names = line_names.paint(painter, self._theme, area, end, names, (self.color("line_strong"), self.color(text)))
        left = self.left()
        self.paint_notice(painter, self.find_notice(painter, area, left, np.zeros((0, 2))) if left else None)

    def _paint_line(
        self, painter: QPainter, transform: QTransform, line: int, newest: int, step: int, look: tuple[str, float, float]
    ) -> float | None:
        """Up to ``step``, and what was trained after that up to before ``newest`` faint.

        At which y in px it ends; None where it has no number.
        """
        token, strength, wide = look
        numbers = self._traced.table[:, line]
        thinned = self._numbers.traces.thinned(line, gradient=self._gradients, positive=self._log_y)
        end: float | None = None
        for first, last, opacity in ((0, step, 1.0), (step, newest - 1, LATER)):
            x = self.columns.places(thinned, numbers, (first, last + 1))
            y = self._heights(numbers[x])
            if len(x):
                end = transform.map(QPointF(0, float(y[-1]))).y()
            if len(x) > 1:
                painter.setPen(QPen(self.color(token, opacity * strength), wide))
                painter.drawPolyline(polygon(x.astype(np.float64), y, transform))
        return end
