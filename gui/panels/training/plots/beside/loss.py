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
from gui.panels.training.plots.beside.ends import End, EndNames
from gui.panels.training.plots.beside.runs import Beside, Own
from gui.panels.training.plots.plot import Layer, polygon
from gui.panels.training.plots.reading.told import Line, Told, in_order
from gui.panels.training.plots.series import Floats, RunSeries, thinned_curve

MARKERS = 8
"""How many markers a curve has, so that it is known without its colour."""
LIKE_FIRST = 10.0
"""The range holds losses of others up to so many times their first: one that ran away would leave nothing of the rest."""


class LossBeside:
    """Draws them into ``view``; ``heights`` says where losses are in it, ``fit`` gives it another range."""

    def __init__(
        self,
        view: pg.ViewBox,
        theme: ThemeManager,
        heights: Callable[[Floats], Floats],
        ends: EndNames,
        fit: Callable[[], None],
    ) -> None:
        self._theme, self._heights, self._ends, self._fit = theme, heights, ends, fit
        self.own = Own()
        self.runs: Sequence[Beside] = ()
        self._cursor = 0
        self._curves = Layer(view, self._paint_curves, True, 4)
        self._places = Layer(view, self._paint_places, False, 12)

    def set_runs(self, own: Own, runs: Sequence[Beside]) -> None:
        """The one that is trained, and those that are drawn beside it."""
        self.own, self.runs = own, [run for run in runs if "loss" in run.plots]
        self._fit()
        self.invalidate()

    def invalidate(self) -> None:
        """What stands still is drawn anew."""
        self._curves.invalidate()
        self._places.refresh()

    def show(self, series: RunSeries) -> None:
        """The run that is trained is where ``series`` says."""
        self._cursor = max(0, len(series.loss) - 1)
        if self.runs:
            self._places.refresh()
        self._ends.set_ends(self._found_ends(series) if self.runs else ())

    def _found_ends(self, series: RunSeries) -> list[End]:
        numbers = [(self.own.number, self.own.name, series.trained_loss)]
        numbers += [(run.number, run.name, run.numbers.loss) for run in self.runs]
        found = []
        for at, (number, name, losses) in enumerate(numbers):
            heights = self._heights(losses[1:])
            finite = np.flatnonzero(np.isfinite(heights))
            if len(finite):
                found.append(End(number, name, float(heights[finite[-1]]), at == 0))
        return found

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
        both = any(np.isfinite(aside).any() for *_, aside in known)
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

    def losses(self) -> list[Floats]:
        """What the range has to hold."""
        found = []
        for run in self.runs:
            loss = run.numbers.loss[max(1, run.begins) :]
            first = next((value for value in loss.tolist() if math.isfinite(value)), math.nan)
            with np.errstate(invalid="ignore"):
                found.append(loss[loss <= LIKE_FIRST * first])
        return found

    def _paint_curves(self, painter: QPainter, transform: QTransform) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in self.runs:
            first = max(1, run.begins)
            aside = run.numbers.validation[first:]
            if np.isfinite(aside).any():
                x, y = thinned_curve(np.arange(first + 1.0, first + 1 + len(aside)), self._heights(aside))
                pen = QPen(run_color(self._theme, run.number, 0.72), 1.25)
                pen.setDashPattern([length / 1.25 for length in run_dashes(run.number)])
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                painter.drawPolyline(polygon(np.minimum(x, run.last), y, transform))
            loss = run.numbers.loss[first:]
            x, y = thinned_curve(np.arange(float(first), first + len(loss)), self._heights(loss))
            if len(x):
                painter.setPen(QPen(run_color(self._theme, run.number), 1.5))
                painter.drawPolyline(polygon(x, y, transform))
                paint_markers(painter, self._theme, run.number, x, y, transform)

    def _paint_places(self, painter: QPainter, transform: QTransform) -> None:
        """Where each is at the cursor, and from its end to its name."""
        if not self.runs:
            return
        rim = self._theme.color("surface")
        area = transform.mapRect(QRectF(self._places.boundingRect()))
        for run in self.runs:
            color, loss = run_color(self._theme, run.number), self._heights(run.numbers.loss)
            step, last = run.step(self._cursor), run.last
            if last < self.epochs or last < self._epochs_shown(area, transform):
                end = transform.map(QPointF(last, float(loss[last])))
                if math.isfinite(end.y()) and area.top() <= end.y() <= area.bottom():
                    painter.setPen(QPen(color, 1))
                    painter.drawLine(end, QPointF(area.right(), end.y()))
            if step and math.isfinite(float(loss[step])):
                paint_marker(painter, run_marker(run.number), transform.map(QPointF(step, float(loss[step]))), color, 4.5, rim)

    @staticmethod
    def _epochs_shown(area: QRectF, transform: QTransform) -> float:
        """The last epoch that is in view."""
        inverse, _ = transform.inverted()
        return float(inverse.map(area.topRight()).x())


def paint_markers(painter: QPainter, theme: ThemeManager, number: int, x: Floats, y: Floats, transform: QTransform) -> None:
    """Eight markers of run ``number``, evenly along its curve."""
    places = polygon(x, y, transform)
    rim = theme.color("surface")
    for index in np.unique(np.linspace(0, len(x) - 1, MARKERS + 1).round().astype(int))[1:].tolist():
        paint_marker(painter, run_marker(number), places.at(index), run_color(theme, number), 3.0, rim)
