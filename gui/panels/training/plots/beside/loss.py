"""The loss curves of the runs beside the one that is trained: solid with markers, that of the validation rows in dashes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from gui.look.runs import paint_marker, run_color, run_dashes, run_marker
from gui.look.theme import ThemeManager
from gui.panels.training.epochs.columns import Columns
from gui.panels.training.plots.beside.ends import End, EndNames
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.plot import Layer, polygon
from gui.panels.training.plots.reading.told import Line, Told, in_order
from gui.panels.training.plots.series import Floats, RunSeries

MARKERS = 8
"""How many markers a curve has, so that it is known without its colour."""
_NEWEST = 256
"""So many epochs at the end of a run are looked at first for its last loss."""
LIKE_FIRST = 10.0
"""The range holds losses of others up to so many times their first: one that ran away would leave nothing of the rest."""


class LossBeside:
    """Draws them into ``view``; ``heights`` says where losses are in it, ``columns`` which; ``fit`` gives it another range."""

    def __init__(
        self,
        view: pg.ViewBox,
        theme: ThemeManager,
        heights: Callable[[Floats], Floats],
        columns: Columns,
        ends: EndNames,
        fit: Callable[[], None],
    ) -> None:
        self._theme, self._heights, self._columns, self._ends, self._fit = theme, heights, columns, ends, fit
        self._extremes: list[Extremes] = []
        self.own = Own()
        self.runs: Sequence[Beside] = ()
        self._cursor = 0
        self._stood: list[int] | None = None
        """The step of each at the last paint."""
        self._known_ends: dict[Beside, tuple[object, float | None]] = {}
        """Where the curve of each ends, after what that was found of."""
        self._curves = Layer(view, self._paint_resting, True, 4)
        self._growing = Layer(view, self._paint_growing, False, 4)
        self._places = Layer(view, self._paint_places, False, 12)

    def set_runs(self, own: Own, runs: Sequence[Beside]) -> None:
        """The one that is trained, and those that are drawn beside it."""
        self.own, self.runs = own, [run for run in runs if "loss" in run.plots]
        self._extremes = [Extremes(run) for run in self.runs]
        self._known_ends = {}
        self._fit()
        self.invalidate()

    @property
    def extremes(self) -> list[tuple[float, float] | None]:
        """Least and greatest of each, which the range has to hold."""
        return [item.known() for item in self._extremes]

    def invalidate(self) -> None:
        """What stands still is drawn anew."""
        self._curves.invalidate()
        self._stood = None
        self._growing.refresh()
        self._places.refresh()

    def show(self, series: RunSeries) -> None:
        """The run that is trained is where ``series`` says."""
        self._cursor = max(0, len(series.loss) - 1)
        if self.runs and self._stood != [run.step(self._cursor) for run in self.runs]:
            self._places.refresh()
            self._growing.refresh()
        self._ends.set_ends(self._found_ends(series) if self.runs else ())

    def _found_ends(self, series: RunSeries) -> list[End]:
        own = self._end(series.trained_loss)
        found = [] if own is None else [End(self.own.number, self.own.name, own, True)]
        for run in self.runs:
            of = run.last, self._columns.positive
            known = self._known_ends.get(run)
            if known is None or known[0] != of:
                known = self._known_ends[run] = of, self._end(run.numbers.loss)
            if known[1] is not None:
                found.append(End(run.number, run.name, known[1], False))
        return found

    def _end(self, losses: Floats) -> float | None:
        """The last of the ``losses`` that has a place in the view, as its height there; None where there is none."""
        for newest in (losses[1:][-1:], losses[1:][-_NEWEST:], losses[1:]):  # of a long run its end is enough, as a rule
            heights = self._heights(newest)
            finite = np.flatnonzero(np.isfinite(heights))
            if len(finite):
                return float(heights[finite[-1]])
        return None

    def told(self, series: RunSeries, epoch: int, foot: str) -> Told:
        """Loss and validation of all runs in ``epoch``, which need not be trained yet."""
        known = [
            (
                self.own.number,
                self.own.name,
                self.own.short,
                True,
                self.own.begins,
                series.trained_loss,
                series.trained_validation,
            )
        ]
        for run in self.runs:
            known.append((run.number, run.name, run.short, False, run.begins, run.numbers.loss, run.numbers.validation))
        both = any(np.isfinite(aside[:2]).any() for *_, aside in known)
        lines = []
        for number, name, short, own, begins, loss, aside in known:
            there = max(1, begins) <= epoch < len(loss)
            numbers = (float(loss[epoch]), float(aside[epoch])) if there else (None, None)
            lines.append(Line(number, name, short, own, numbers[: 1 + both]))
        if all(line.numbers[0] is None for line in lines):
            return Told(f"epoch {epoch:,}", epoch)
        return Told(f"epoch {epoch:,}", epoch, None, ("loss", "validation")[: 1 + both], in_order(lines), foot)

    @property
    def epochs(self) -> int:
        """The last epoch of all of them."""
        return max((run.last for run in self.runs), default=0)

    def _paint_resting(self, painter: QPainter, transform: QTransform) -> None:
        self._paint_curves(painter, transform, [run for run in self.runs if not run.grows])

    def _paint_growing(self, painter: QPainter, transform: QTransform) -> None:
        self._paint_curves(painter, transform, [run for run in self.runs if run.grows])

    def _paint_curves(self, painter: QPainter, transform: QTransform, runs: Sequence[Beside]) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in runs:
            first = max(1, run.begins)
            count = len(run.numbers)
            if np.isfinite(run.numbers.validation[:2]).any():
                x, y = self._columns.curve(run.numbers, "validation", first, count, 1)
                pen = QPen(run_color(self._theme, run.number, 0.72), 1.25)
                pen.setDashPattern([length / 1.25 for length in run_dashes(run.number)])
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                painter.drawPolyline(polygon(np.minimum(x, run.last), self._heights(y), transform))
            x, y = self._columns.curve(run.numbers, "loss", first, count)
            y = self._heights(y)
            if len(x):
                painter.setPen(QPen(run_color(self._theme, run.number), 1.5))
                painter.drawPolyline(polygon(x, y, transform))
                paint_markers(painter, self._theme, run.number, x, y, transform)

    def _paint_places(self, painter: QPainter, transform: QTransform) -> None:
        """Where each is at the cursor, and from its end to its name; that of one that grows would look like its curve."""
        self._stood = [run.step(self._cursor) for run in self.runs]
        if not self.runs:
            return
        rim = self._theme.color("surface")
        area = transform.mapRect(QRectF(self._places.boundingRect()))
        for run in self.runs:
            step, last = run.step(self._cursor), run.last
            color, ends = run_color(self._theme, run.number), self._heights(run.numbers.loss[[step, last]])
            if not run.grows and (last < self.epochs or last < self._epochs_shown(area, transform)):
                end = transform.map(QPointF(last, float(ends[1])))
                if math.isfinite(end.y()) and area.top() <= end.y() <= area.bottom():
                    painter.setPen(QPen(color, 1))
                    painter.drawLine(end, QPointF(area.right(), end.y()))
            if step and math.isfinite(float(ends[0])):
                paint_marker(painter, run_marker(run.number), transform.map(QPointF(step, float(ends[0]))), color, 4.5, rim)

    @staticmethod
    def _epochs_shown(area: QRectF, transform: QTransform) -> float:
        """The last epoch that is in view."""
        inverse, _ = transform.inverted()
        return float(inverse.map(area.topRight()).x())


class Extremes:
    """The least loss above 0 and the greatest of a run that the range has to hold; what was looked at is not looked at again."""

    def __init__(self, run: Beside) -> None:
        self._run = run
        self._count = max(1, run.begins)
        self._first = math.nan
        self._ends: tuple[float, float] | None = None

    def known(self) -> tuple[float, float] | None:
        """Of all steps that there are; None where there is none."""
        loss = self._run.numbers.loss[self._count :]
        self._count += len(loss)
        finite = loss[np.isfinite(loss)]
        if len(finite):
            self._first = float(finite[0]) if math.isnan(self._first) else self._first
            held = finite[(finite <= LIKE_FIRST * self._first) & (finite > 0)]
            if len(held):
                low, high = self._ends or (math.inf, -math.inf)
                self._ends = min(low, float(held.min())), max(high, float(held.max()))
        return self._ends


def paint_markers(painter: QPainter, theme: ThemeManager, number: int, x: Floats, y: Floats, transform: QTransform) -> None:
    """Eight markers of run ``number``, evenly along its curve."""
    places = polygon(x, y, transform)
    rim = theme.color("surface")
    for index in np.unique(np.linspace(0, len(x) - 1, MARKERS + 1).round().astype(int))[1:].tolist():
        paint_marker(painter, run_marker(number), places.at(index), run_color(theme, number), 3.0, rim)
