"""The gradient as an arrow on the loss surface, downhill from the point that is shown, with how many times it is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTransform

from gui.look.theme import ThemeManager, ui_font
from gui.look.tones import GRADIENT_TONE
from gui.panels.training.plots.plot import Layer
from gui.panels.training.plots.room import NO_POINTS, PLACES, along, boxes_at, hits, in_px
from gui.panels.training.plots.series import RunSeries, two_decimals
from gui.panels.training.plots.surface_plot import SurfacePlot

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit
    from engine.training.pictures.surfaces import Surface

LONGEST = 58.0
"""Px of the arrow at most; it is at least two fifths of that."""
LEAST = 10.0
"""Px below which it would be lost under the marker of the run."""
_NICE = (5.0, 2.0, 1.0)


class GradientArrow:
    """Over ``plot``; ``show`` says of which fit."""

    def __init__(self, plot: SurfacePlot, theme: ThemeManager, series: RunSeries) -> None:
        self._plot, self._theme, self._series = plot, theme, series
        self._surface: Surface | None = None
        self._fit: Fit | None = None
        self.said = ""
        """How many times the gradient it is."""
        self.tip: QPointF | None = None
        """Where it ended at the last paint, in px."""
        self._layer = Layer(plot.box, self._paint, False, 12)

    def show(self, surface: Surface | None, fit: Fit | None) -> None:
        """The gradient of ``fit`` on ``surface``; drawn while its step is the one that is shown."""
        ends = self.tip is not None and fit is not None and fit.step != self._series.fit_step
        if ends or (surface, fit) != (self._surface, self._fit):
            self._surface, self._fit = surface, fit
            self._layer.refresh()

    def along(self) -> tuple[float, float] | None:
        """The gradient's parts along u and v of the surface; None where it is not known, not finite, or 0."""
        surface, fit = self._surface, self._fit
        if surface is None or fit is None or not fit.gradient or fit.step != self._series.fit_step:
            return None
        plane = surface.plane
        if {name: array.size for name, array in plane.origin.items()} != {name: a.size for name, a in fit.gradient.items()}:
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # of a run that diverged
            parts = [
                sum(float(np.sum(np.asarray(fit.gradient[name], np.float64) * way[name])) for name in way)
                for way in (plane.first, plane.second)
            ]
        return (parts[0], parts[1]) if all(map(math.isfinite, parts)) and any(parts) else None

    def _paint(self, painter: QPainter, transform: QTransform) -> None:
        self.said, self.tip = "", None
        self._draw(painter, transform)
        self._keep_off(transform)

    def _keep_off(self, transform: QTransform) -> None:
        """Let the name of the start stand beside the arrow."""
        way = self._plot.way()
        taken = NO_POINTS
        if self.tip is not None and len(way):
            start = transform.map(QPointF(*way[-1].tolist()))
            taken = np.array([[start.x(), start.y()], [self.tip.x(), self.tip.y()]])
            taken = taken[0] + np.linspace(0.2, 1.0, 12)[:, None] * (taken[1] - taken[0])
        if taken.shape != self._plot.kept_off.shape or not np.allclose(taken, self._plot.kept_off, atol=1.0):
            self._plot.kept_off = taken
            self._plot.show_run()

    def _draw(self, painter: QPainter, transform: QTransform) -> None:
        along_both, way, surface = self.along(), self._plot.way(), self._surface
        if along_both is None or surface is None or not len(way) or not np.isfinite(way[-1]).all():
            return
        area = transform.mapRect(QRectF(self._plot.box.viewRect()))
        start = transform.map(QPointF(*way[-1].tolist()))
        if not area.contains(start):
            return
        once = QPointF(-along_both[0] * transform.m11(), -along_both[1] * transform.m22())
        length = math.hypot(once.x(), once.y())
        if not 1e-250 < length < 1e250:
            return
        reach = LONGEST
        if surface.bowl is not None:  # no farther than the lowest point, where it is known
            best = transform.map(QPointF(*surface.bowl.optimum)) - start
            reach = min(reach, math.hypot(best.x(), best.y()))
        if reach < LEAST:
            return
        times = scale_of(reach / length)
        by = once * times
        self.tip = start + by
        color = self._plot.color(GRADIENT_TONE.line)
        for pen, fill in ((QPen(self._plot.color("surface"), 4.5), "surface"), (QPen(color, 2.2), GRADIENT_TONE.line)):
            painter.setPen(pen)
            painter.setBrush(self._plot.color(fill))
            _draw(painter, start, by)
        self.said = f"arrow: −{_times(times)} gradient"
        path = along(in_px(way[:, 0], way[:, 1], transform), area)
        self._paint_said(painter, area, np.concatenate((path, [[self.tip.x(), self.tip.y()]], NO_POINTS)))

    def _paint_said(self, painter: QPainter, area: QRectF, points: object) -> None:
        painter.setFont(ui_font(11 * self._theme.scale))
        metrics = painter.fontMetrics()
        size = QSizeF(metrics.horizontalAdvance(self.said) + 10, metrics.height() + 2)
        if size.width() > area.width() or size.height() > area.height() / 2:
            return
        boxes = boxes_at(area, size, PLACES, min(4.0, (area.width() - size.width()) / 2))
        box = min(boxes, key=lambda box: hits(box, points))  # type: ignore[arg-type]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._plot.color("surface", 0.85))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._plot.color("grad"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.said)


def scale_of(most: float) -> float:
    """The greatest of 1, 2 and 5 times a power of ten that is not above ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return next((nice * power for nice in _NICE if nice * power <= most), power)


def _times(scale: float) -> str:
    return f"{f'{scale:g}' if 1e-3 <= scale < 1e4 else two_decimals(scale)} ×"


def _draw(painter: QPainter, start: QPointF, by: QPointF) -> None:
    length = math.hypot(by.x(), by.y())
    along_it = by / length
    across = QPointF(-along_it.y(), along_it.x())
    head = min(8.0, length)
    neck = start + by - along_it * head
    painter.drawLine(start, neck)
    painter.drawPolygon(QPolygonF([start + by, neck + across * head * 0.45, neck - across * head * 0.45]))
