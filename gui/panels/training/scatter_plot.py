"""The data, the true line, the fit and a trail of earlier fits."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from engine.training.datasets import RegressionData
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.plot import Layer, Plot, italic
from gui.panels.training.room import CORNERS, NO_POINTS, boxes_at, hits, in_px, on_line
from gui.panels.training.series import Floats, RunSeries, clipped_line, short

TRAIL = 8
"""Earlier fits that stay visible."""
NO_LEGEND = 140
"""Below this height in px there is no legend: it would cover the points it explains."""
POINT = 5.6
"""Diameter of a data point in px."""


class ScatterPlot(Plot):
    """Points and lines; shows nothing until ``set_data``."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Data and fitted line", "Not computed yet", "", italic("x"), italic("y"))
        self._head.insertStretch(0, 1)
        self._data: RegressionData | None = None
        self._series = RunSeries()
        self._legend_fit = "random first line"
        self._corner: int | None = None
        self.legend = QRectF()
        """Where the legend stood at the last paint; empty where there was none."""
        self._points = Layer(self._view, self._paint_points, True, -10)
        self._lines = Layer(self._view, self._paint_lines, False, 10)

    def set_data(self, data: RegressionData, series: RunSeries) -> None:
        """Another data set, or another start: fixes the range that is shown while the run goes on."""
        self._data, self._series = data, series
        x0, x1 = float(data.X.min()), float(data.X.max())
        y0, y1 = float(data.y.min()), float(data.y.max())
        margin, span = 0.03 * (x1 - x0), max(y1 - y0, 1e-6)
        low, high = y0 - 0.3 * span, y1 + 0.12 * span
        if len(series):
            middle = float(series.w[0] * data.X.mean() + series.b[0])
            low, high = min(low, middle - 0.15 * span), max(high, middle + 0.15 * span)
        self.set_home(x0 - margin, x1 + margin, low, high)
        self._corner = None
        self._points.invalidate()
        self.show_run()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_points"):
            self._points.invalidate()
            self._lines.update()

    def show_run(self) -> None:
        """Draw the newest fit."""
        self._lines.update()

    def show_texts(self) -> None:
        """Say epoch and loss; apart from ``show_run`` because texts are dear and need not follow every frame."""
        step = len(self._series) - 1
        if step < 0:
            title = "Not computed yet"
        elif step == 0:
            title = "Epoch 0 · not trained yet"
        elif len(self._series.loss) <= step:
            title = f"Epoch {step} · loss not computed yet"
        else:
            # An epoch's loss is that of the line it begins with: its update has moved the line on.
            title = f"Epoch {step} · began with loss {short(float(self._series.loss[-1]))}"
        self.set_title(title)
        made = max(len(self._series.w) - 1, 0)
        if self._series.half_updated:
            self._legend_fit = f"fit within epoch {made}"
        else:
            self._legend_fit = f"fit after epoch {made}" if made else "random first line"
        self._lines.update()

    def _paint_points(self, painter: QPainter, transform: QTransform) -> None:
        if self._data is None:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color("data", 0.42))
        for x, y in zip(self._data.X[:, 0].tolist(), self._data.y[:, 0].tolist(), strict=True):
            painter.drawEllipse(transform.map(QPointF(x, y)), POINT / 2, POINT / 2)

    def _line(self, w: float, b: float, transform: QTransform) -> QLineF | None:
        (x0, x1), (y0, y1) = self._view.viewRange()
        ends = clipped_line(w, b, x0, x1, y0, y1)
        if ends is None:
            return None
        return QLineF(transform.map(QPointF(ends[0], ends[1])), transform.map(QPointF(ends[2], ends[3])))

    def left(self) -> str:
        """What is said where the line that was learned cannot be seen: it is too steep or too far for what is in view."""
        if not len(self._series):
            return ""
        w, b = float(self._series.w[-1]), float(self._series.b[-1])
        views = (self._home, tuple(end for ends in self._view.viewRange() for end in ends))
        lost = not (math.isfinite(w) and math.isfinite(b)) or all(clipped_line(w, b, *view) is None for view in views)
        return f"the line has left the plot: w {short(w)}, b {short(b)}" if lost else ""

    def _paint_lines(self, painter: QPainter, transform: QTransform) -> None:
        w, b = self._series.w, self._series.b
        count = len(w)
        if self._data is None or count == 0:
            return
        for age in range(min(TRAIL, count - 1), 0, -1):
            line = self._line(float(w[-1 - age]), float(b[-1 - age]), transform)
            if line is not None:
                painter.setPen(QPen(self.color("value_line", 0.42 * (1 - age / (TRAIL + 1))), 1.2))
                painter.drawLine(line)
        true = self._line(self._data.coefficient, self._data.bias, transform)
        if true is not None:
            pen = QPen(self.color("text"), 1.5)
            pen.setDashPattern([4.5, 3])
            painter.setPen(pen)
            painter.drawLine(true)
        fit = self._line(float(w[-1]), float(b[-1]), transform)
        if fit is not None:
            painter.setPen(QPen(self.color("value_line"), 2.5))
            painter.drawLine(fit)
        area = transform.mapRect(QRectF(self._view.viewRect()))
        cloud = self._cloud(transform)
        lines = np.concatenate((on_line(fit, area), on_line(true, area)))
        self.legend = self._legend_box(painter, area, cloud, on_line(fit, area), lines)
        left, said = self.left(), None
        if left:
            points = np.concatenate((lines, cloud))
            said = self.find_notice(painter, area, left, points, [] if self.legend.isEmpty() else [self.legend])
            if said is None:
                # Both have no room: what is said of the run is worth more than the names of what is drawn.
                self.legend, said = QRectF(), self.find_notice(painter, area, left, points)
        if not self.legend.isEmpty():
            self._paint_legend(painter, self.legend)
        self.paint_notice(painter, said)

    def _cloud(self, transform: QTransform) -> Floats:
        """The data in px."""
        if self._data is None:
            return NO_POINTS
        return in_px(self._data.X[:, 0].astype(np.float64), self._data.y[:, 0].astype(np.float64), transform)

    def _legend_box(self, painter: QPainter, area: QRectF, cloud: Floats, fit: Floats, lines: Floats) -> QRectF:
        """The emptiest corner; while a run goes on it stays where it is as long as the fit does not come there."""
        if area.height() < NO_LEGEND * self._theme.scale:
            return QRectF()
        painter.setFont(ui_font(12 * self._theme.scale))
        width = 50 + painter.fontMetrics().horizontalAdvance("data, 1500 points") + 14
        boxes = boxes_at(area, QSizeF(width, 3 * 18 * self._theme.scale + 12), CORNERS, 8)
        if not boxes:
            return QRectF()
        if self._corner is None or hits(boxes[self._corner], fit):
            costs = [(hits(box, fit) > 0, hits(box, lines) > 0, hits(box, cloud)) for box in boxes]
            self._corner = costs.index(min(costs))
        return boxes[self._corner]

    def _paint_legend(self, painter: QPainter, box: QRectF) -> None:
        assert self._data is not None
        entries = (f"data, {len(self._data.X)} points", self._legend_fit, "true line")
        painter.setFont(ui_font(12 * self._theme.scale))
        row = 18 * self._theme.scale
        painter.setPen(QPen(self.color("line"), 1))
        painter.setBrush(self.color("surface", 0.82))
        painter.drawRoundedRect(box, 6, 6)
        for index, text in enumerate(entries):
            middle = box.top() + 6 + row * (index + 0.5)
            painter.setPen(self.color("text_2"))
            place = QRectF(box.left() + 42, middle - row / 2, box.width() - 42, row)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            if index == 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.color("data", 0.8))
                painter.drawEllipse(QPointF(box.left() + 22, middle), 3, 3)
                continue
            pen = QPen(self.color("value_line" if index == 1 else "text"), 2.5 if index == 1 else 1.5)
            if index == 2:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left() + 11, middle), QPointF(box.left() + 33, middle))
