"""The data, the true line, the fit and a trail of earlier fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QVBoxLayout

from gui.look.theme import ThemeManager
from gui.panels.training.legend import Legend, Sample
from gui.panels.training.plot import Layer, Plot, italic
from gui.panels.training.room import NO_POINTS, in_px, on_line
from gui.panels.training.series import Floats, RunSeries, clipped_line, two_decimals

if TYPE_CHECKING:
    from engine.training.data import TrainingData

TRAIL = 8
"""Earlier fits that stay visible."""
NO_LEGEND, LOW_LEGEND = 110, 160
"""Below these heights in px at 100 % there is no legend, since the plot needs the room, and one of one line."""
POINT = 5.6
"""Diameter of a data point in px."""


class ScatterPlot(Plot):
    """Points and lines; shows nothing until ``set_data``."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Data and fitted line", "Not computed yet", "", italic("x"), italic("y"))
        self._head.insertStretch(0, 1)
        self._data: TrainingData | None = None
        self._truth: tuple[float, float] | None = None
        self._series = RunSeries()
        self._legend_fit = "random first line"
        self.legend = Legend(theme)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.legend)
        self._points = Layer(self._view, self._paint_points, True, -10)
        self._lines = Layer(self._view, self._paint_lines, False, 10)

    def set_data(self, data: TrainingData, truth: tuple[float, float] | None, series: RunSeries) -> None:
        """Another data set, or another start: fixes the range that is shown while the run goes on.

        ``truth``: weight and bias of the line that the data were made from, if they were.
        """
        self._data, self._truth, self._series = data, truth, series
        x0, x1 = float(data.X.min()), float(data.X.max())
        y0, y1 = float(data.y.min()), float(data.y.max())
        margin, span = 0.03 * (x1 - x0), max(y1 - y0, 1e-6)
        low, high = y0 - 0.3 * span, y1 + 0.12 * span
        if len(series):
            middle = float(series.w[0] * data.X.mean() + series.b[0])
            low, high = min(low, middle - 0.15 * span), max(high, middle + 0.15 * span)
        self.set_home(x0 - margin, x1 + margin, low, high)
        self._points.invalidate()
        self.show_run()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_points"):
            self._points.invalidate()
            self._lines.update()
            self._show_legend()

    def show_run(self) -> None:
        """Draw the newest fit."""
        self._lines.update()

    def show_texts(self) -> None:
        """Say epoch and loss; apart from ``show_run`` because texts are dear and need not follow every frame."""
        step = self._series.step
        if step < 0:
            title = "Not computed yet"
        elif step == 0:
            title = "Epoch 0 · not trained yet"
        elif len(self._series.loss) <= step:
            title = f"Epoch {step} · loss not computed yet"
        else:
            # An epoch's loss is that of the line it begins with: its update has moved the line on.
            title = f"Epoch {step} · began with loss {two_decimals(float(self._series.loss[-1]))}"
        self.set_title(title)
        made = max(len(self._series.w) - 1, 0)
        if self._series.half_updated:
            self._legend_fit = f"fit within epoch {made}"
        else:
            self._legend_fit = f"fit after epoch {made}" if made else "random first line"
        self._show_legend()
        self._lines.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_legend()

    def _show_legend(self) -> None:
        """Names for what is drawn, in as many words as have room; its height is the same for every epoch."""
        self.legend.setVisible(self.height() >= NO_LEGEND * self._theme.scale)
        if self._data is None:
            return
        self.legend.left = self._axes["left"].width()
        digits = "0" * max(2, len(str(len(self._series.w))))
        longest = max("random first line", f"fit within epoch {digits}", key=len)
        data: list[tuple[Sample, str]] = [("dot", f"data, {len(self._data.X)} points")]
        lines: list[tuple[Sample, str]] = [("line", longest)]
        if self._truth is not None:
            lines.insert(0, ("dashes", "true line"))
        short_data: list[tuple[Sample, str]] = [("dot", "data")]
        wide, low = float(self.width()), self.height() < LOW_LEGEND * self._theme.scale
        ways = [([*data, *lines], 1), ([*short_data, *lines], 1), ([*data, *lines], 1 if low else 2), (lines, 1)]
        # At the least the line that the title does not speak of has its name.
        shown = next((way for way, rows in ways if self.legend.rows(way, wide) <= rows), lines[:1])
        self.legend.fit(self.legend.rows(shown, wide))
        tokens: dict[Sample, str] = {"dot": "data", "dashes": "text", "line": "value_line"}
        self.legend.set_entries(
            [(sample, tokens[sample], self._legend_fit if sample == "line" else name) for sample, name in shown],
            [name for _, name in shown],
        )

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

    def left(self) -> tuple[str, ...]:
        """What is said where the learned line cannot be seen, too steep or too far, the fullest first; nothing if it can be."""
        if not len(self._series):
            return ()
        w, b = float(self._series.w[-1]), float(self._series.b[-1])
        views = (self._home, tuple(end for ends in self._view.viewRange() for end in ends))
        lost = not (math.isfinite(w) and math.isfinite(b)) or all(clipped_line(w, b, *view) is None for view in views)
        said = "the line has left the plot"
        return (f"{said}: w {two_decimals(w)}, b {two_decimals(b)}", said) if lost else ()

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
        true = None if self._truth is None else self._line(*self._truth, transform)
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
        left = self.left()
        said = self.find_notice(painter, area, left, np.concatenate((lines, cloud))) if left else None
        self.paint_notice(painter, said)

    def _cloud(self, transform: QTransform) -> Floats:
        """The data in px."""
        if self._data is None:
            return NO_POINTS
        return in_px(self._data.X[:, 0].astype(np.float64), self._data.y[:, 0].astype(np.float64), transform)
