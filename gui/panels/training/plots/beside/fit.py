"""The fits of the runs beside the one that is trained, at the cursor's epoch: lines, curves, or the boundary of two classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from gui.look.runs import run_color, run_dashes
from gui.look.theme import ThemeManager
from gui.panels.training.plots.beside.ends import End, EndNames
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.field import contour
from gui.panels.training.plots.plot import STILL, Layer, polygon
from gui.panels.training.plots.reading.told import Line, Told, in_order
from gui.panels.training.plots.series import RunSeries, clipped_line

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit


class FitBeside:
    """Draws them into ``view``; ``named`` is told that the run that is trained has another look."""

    def __init__(self, view: pg.ViewBox, theme: ThemeManager, ends: EndNames, named: Callable[[], None]) -> None:
        self._view, self._theme, self._ends, self._named = view, theme, ends, named
        self.own = Own()
        self.runs: Sequence[Beside] = ()
        self._cursor = 0
        self._axes: tuple[int, ...] = (0,)
        self._straight = True
        self._series: RunSeries | None = None
        self._fit: Fit | None = None
        self._drawn: tuple[object, list[tuple[tuple[float, float] | None, Fit | None]]] = None, []
        """At the last paint: in which part of the view, and the line or the fit of each."""
        self._lines = Layer(view, self._paint, False, 9)

    def set_runs(self, own: Own, runs: Sequence[Beside]) -> None:
        """The one that is trained, and those that are drawn beside it."""
        self.own, self.runs = own, [run for run in runs if "fit" in run.plots]
        self._lines.refresh()
        self._named()

    def show(self, series: RunSeries, axes: tuple[int, ...], fit: Fit | None, *, classes: bool) -> None:
        """The run that is trained is where ``series`` says, with this ``fit`` over these features.

        ``classes``: one weight and one bias are no straight line, since they give a probability.
        """
        self._cursor, self._axes, self._straight = series.fit_step, axes, not classes
        self._series, self._fit = series, fit
        if self.runs and not self._stands():
            self._lines.refresh()
        own = self._own_end(series, fit) if self.runs else None
        ends = [] if own is None else [End(self.own.number, self.own.name, own, True)]
        for run in self.runs:
            end = self._end(run)
            if end is not None:
                ends.append(End(run.number, run.name, end, False))
        self._ends.set_ends(ends)

    def _stands(self) -> bool:
        """Whether no eye tells what there is to draw from what is drawn."""
        seen, drawn = self._drawn
        ends, (low, high) = self._view.viewRange()
        if seen != (ends, [low, high], self._axes) or len(drawn) != len(self.runs):
            return False
        px = float(self._view.height()) / (high - low)
        for run, (line, fit) in zip(self.runs, drawn, strict=True):
            now = self._line_of(run)
            if now is None or line is None:
                if now is not line or run.fit is not fit:
                    return False
            elif not all(abs((now[0] - line[0]) * x + now[1] - line[1]) * px < STILL for x in ends):
                return False
        return True

    def _own_end(self, series: RunSeries, fit: Fit | None) -> float | None:
        """Where the fit of the run that is trained ends, to the right; None where that is no number."""
        if series.is_line and self._straight and len(series):
            found = float(series.w[-1]) * self._view.viewRange()[0][1] + float(series.b[-1])
        elif fit is None or not len(fit.curve):
            return None
        else:
            found = float(fit.curve[-1])
        return found if math.isfinite(found) else None

    def _line_of(self, run: Beside) -> tuple[float, float] | None:
        """Weight and bias of a fit that is a straight line, which need not be computed."""
        if not (self._straight and run.is_line and len(run.numbers)) or len(self._axes) != 1:
            return None
        step = run.step(self._cursor)
        return float(run.numbers.parameter("w")[step]), float(run.numbers.parameter("b")[step])

    def _end(self, run: Beside) -> float | None:
        """Where its fit ends, to the right; None where that is not known."""
        line = self._line_of(run)
        if line is not None:
            found = line[0] * self._view.viewRange()[0][1] + line[1]
        elif run.fit is not None and run.fit.axes == self._axes and len(run.fit.curve):
            found = float(run.fit.curve[-1])
        else:
            return None
        return found if math.isfinite(found) else None

    def told(self, at: tuple[float, float], head: str, said: str) -> Told:
        """What the model of each run says at this place of the view, which ``head`` names; ``said`` is what that is called."""
        up = at[1] if len(self._axes) == 2 else None
        lines = [Line(self.own.number, self.own.name, self.own.short, True, (self._own_at(*at),))]
        lines += [Line(run.number, run.name, run.short, False, (self._at(run, *at),)) for run in self.runs]
        known = any(line.numbers[0] is not None for line in lines)
        return Told(head, at[0], up, (said,), in_order(lines)) if known else Told(head, at[0], up)

    def _own_at(self, x: float, y: float) -> float | None:
        series = self._series
        if series is not None and series.is_line and self._straight and len(self._axes) == 1 and len(series):
            return float(series.w[-1]) * x + float(series.b[-1])
        return None if self._fit is None else _drawn_at(self._fit, x, y)

    def _at(self, run: Beside, x: float, y: float) -> float | None:
        line = self._line_of(run)
        if line is not None:
            return line[0] * x + line[1]
        return _drawn_at(run.fit, x, y) if run.fit is not None and run.fit.axes == self._axes else None

    def _paint(self, painter: QPainter, transform: QTransform) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        (x0, x1), (low, high) = self._view.viewRange()
        self._drawn = ([x0, x1], [low, high], self._axes), [(self._line_of(run), run.fit) for run in self.runs]
        for run, (line, fit) in zip(self.runs, self._drawn[1], strict=True):
            painter.setPen(QPen(run_color(self._theme, run.number), 1.25))
            if line is not None:
                ends = clipped_line(*line, x0, x1, low, high)
                if ends is not None:
                    painter.drawLine(transform.map(QPointF(*ends[:2])), transform.map(QPointF(*ends[2:])))
            elif fit is None or fit.axes != self._axes:
                continue
            elif len(fit.axes) == 2:
                pen = QPen(run_color(self._theme, run.number), 1.5)
                pen.setDashPattern([length / 1.5 for length in run_dashes(run.number)])
                painter.setPen(pen)
                pieces = contour(fit.across, fit.up, fit.regions, 0.5)
                painter.drawLines([QLineF(transform.map(piece.p1()), transform.map(piece.p2())) for piece in pieces])
            else:
                seen = np.isfinite(fit.curve)
                if seen.any():
                    near = np.clip(fit.curve[seen], low - 50 * (high - low), high + 50 * (high - low))
                    painter.drawPolyline(polygon(fit.x[seen], near, transform))


def _drawn_at(fit: Fit, x: float, y: float) -> float | None:
    """The curve at ``x``, or the probability of class 1 at (x, y), straight between computed places as drawn; else None."""
    if len(fit.axes) == 1:
        inside = len(fit.curve) > 0 and fit.x[0] <= x <= fit.x[-1]
        return float(np.interp(x, fit.x, fit.curve)) if inside else None
    across, up, found = fit.across, fit.up, fit.regions
    if not (across[0] <= x <= across[-1] and up[0] <= y <= up[-1]):
        return None
    column, row = (min(int(np.searchsorted(places, at, "right")), len(places) - 1) - 1 for places, at in ((across, x), (up, y)))
    right, above = (x - across[column]) / (across[column + 1] - across[column]), (y - up[row]) / (up[row + 1] - up[row])
    rows = found[row : row + 2, column] * (1 - right) + found[row : row + 2, column + 1] * right
    return float(rows[0] * (1 - above) + rows[1] * above)
