"""The loss over (w, b) as bands between exact ellipses, with the way that the run took."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plot import Layer, Plot, dot, dots, italic, polygon
from gui.panels.training.room import along, emptiest, in_px
from gui.panels.training.series import Floats, RunSeries, thinned_steps, two_decimals

if TYPE_CHECKING:
    from engine.training.planes import Bowl

BANDS = 6
"""Filled bands, ``surf_1`` at the optimum to ``surf_6`` outside."""
DOTS = 60


class SurfacePlot(Plot):
    """Shows nothing until ``set_surface``."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Loss surface and descent path", "Loss surface", "and descent path", italic("w"), italic("b"))
        self._surface: Bowl | None = None
        self._series = RunSeries()
        self._bands = Layer(self._view, self._paint_bands, True, -10)
        self._path = Layer(self._view, self._paint_path, False, 10)

    def set_surface(self, surface: Bowl, series: RunSeries) -> None:
        """Another surface, or another start: the range holds the start, the optimum and some room around them."""
        self._surface, self._series = surface, series
        w, b = surface.optimum
        start_w, start_b = (float(series.w[0]), float(series.b[0])) if len(series) else (w - 1.0, b - 1.0)
        reach_w, reach_b = max(1.25 * abs(start_w - w), 1.6), max(1.25 * abs(start_b - b), 1.6)
        toward_w, toward_b = math.copysign(1.0, start_w - w), math.copysign(1.0, start_b - b)
        w_ends = sorted((w + toward_w * reach_w, w - toward_w * 0.65 * reach_w))
        b_ends = sorted((b + toward_b * reach_b, b - toward_b * 0.45 * reach_b))
        self.set_home(w_ends[0], w_ends[1], b_ends[0], b_ends[1])
        self._bands.invalidate()
        self.show_run()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_bands"):
            self._bands.invalidate()
            self._path.update()

    def show_run(self) -> None:
        """Draw the way so far."""
        self._path.update()

    def reading(self, x: float, y: float) -> str:
        text = super().reading(x, y)
        return text if self._surface is None else f"{text}   loss {two_decimals(float(self._surface.value(x, y)))}"

    def _paint_bands(self, painter: QPainter, transform: QTransform) -> None:
        if self._surface is None:
            return
        painter.fillRect(transform.mapRect(QRectF(self._view.viewRect())), self.color(f"surf_{BANDS}"))
        low, high = self._home[2:]
        reach = 0.92 * max(abs(low - self._surface.optimum[1]), abs(high - self._surface.optimum[1]))
        levels = self._surface.levels(self._surface.optimum[0], self._surface.optimum[1] + reach, BANDS - 1)
        painter.setPen(QPen(self.color("surface", 0.55), 1))
        for band in range(BANDS - 1, 0, -1):
            curve = self._surface.ellipse(levels[band - 1])
            painter.setBrush(self.color(f"surf_{band}"))
            painter.drawPolygon(polygon(curve[:, 0], curve[:, 1], transform))
        place = transform.map(QPointF(*self._surface.optimum))
        painter.setPen(QPen(self.color("text"), 1.5))
        painter.drawLine(place + QPointF(-5, 0), place + QPointF(5, 0))
        painter.drawLine(place + QPointF(0, -5), place + QPointF(0, 5))

    def _way(self, transform: QTransform) -> Floats:
        """The way in px, (n, 2), up to the first number that is not finite; far points are drawn far outside, not lost."""
        w, b = self._series.w, self._series.b
        index = thinned_steps(len(w))
        way = np.column_stack((w[index], b[index]))
        lost = np.flatnonzero(~np.isfinite(way).all(axis=1))
        if len(lost):
            way = way[: lost[0]]
        (x0, x1), (y0, y1) = self._view.viewRange()
        far = 50.0
        way[:, 0] = np.clip(way[:, 0], x0 - far * (x1 - x0), x1 + far * (x1 - x0))
        way[:, 1] = np.clip(way[:, 1], y0 - far * (y1 - y0), y1 + far * (y1 - y0))
        return in_px(way[:, 0], way[:, 1], transform)

    def left(self) -> tuple[str, ...]:
        """What is said where the run has gone beyond what is in view, the fullest first; nothing if it has not."""
        if not len(self._series):
            return ()
        w, b = float(self._series.w[-1]), float(self._series.b[-1])
        views = (self._home, tuple(end for ends in self._view.viewRange() for end in ends))
        seen = any(x0 <= w <= x1 and y0 <= b <= y1 for x0, x1, y0, y1 in views)
        said = "the run has left the plot"
        return () if seen else (f"{said}: w {two_decimals(w)}, b {two_decimals(b)}", said)

    def _paint_path(self, painter: QPainter, transform: QTransform) -> None:
        if self._surface is None or not len(self._series):
            return
        way = self._way(transform)
        if not len(way):
            return
        places = polygon(way[:, 0], way[:, 1], QTransform())
        start, newest = places.at(0), places.at(places.size() - 1)
        color = self.color("update_line")
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(places)
        if places.size() <= DOTS:
            dots(painter, places, 2.5, color)
        dot(painter, start, 4, self.color("surface"), color, 1.8)
        area = transform.mapRect(QRectF(self._view.viewRect()))
        best = transform.map(QPointF(*self._surface.optimum))
        points = np.concatenate((along(way, area), [[best.x(), best.y()]]))
        name = self._paint_start(painter, area, start, points)
        if places.size() > 1:
            dot(painter, newest, 5.5, color, self.color("surface"), 1.5)
        left, said = self.left(), None
        if left:
            taken = [QRectF(start.x() - 6, start.y() - 6, 12, 12), name]
            said = self.find_notice(painter, area, left, points, taken) or self.find_notice(painter, area, left, points)
        self.paint_notice(painter, said)

    def _paint_start(self, painter: QPainter, area: QRectF, start: QPointF, points: Floats) -> QRectF:
        """Write the name of the start beside it, whole and where the way is not; where it stands."""
        painter.setFont(ui_font(11 * self._theme.scale))
        metrics = painter.fontMetrics()
        wide, high = metrics.horizontalAdvance("start") + 2.0, float(metrics.height())
        boxes = []
        for x, y in ((-12.0, 6.0), (-12.0, -6 - high), (9.0, -high / 2), (-9 - wide, -high / 2), (7.0, 4.0), (-7 - wide, 4.0)):
            box = QRectF(start.x() + x, start.y() + y, wide, high)
            box.moveLeft(max(area.left() + 2, min(box.left(), area.right() - 2 - wide)))
            if area.top() <= box.top() and box.bottom() <= area.bottom():
                boxes.append(box)
        marker = QRectF(start.x() - 6, start.y() - 6, 12, 12)
        box = emptiest(boxes, points, [marker]) or QRectF()
        painter.setPen(self.color("text_2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "start")
        return box
