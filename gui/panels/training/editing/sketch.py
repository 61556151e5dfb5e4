"""What lies over a plot while someone draws on it what is going to be computed: their own line, and then the gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.editing.frame import Frame
from gui.panels.training.plots.plot import Plot

Points = Sequence[tuple[float, float]]


class SketchPad(QWidget):
    """Covers the canvas of ``plot``: a ``line`` is dragged from end to end, a ``loss`` curve over ``epochs`` free-hand.

    Signals
    -------
    drawn(object points)
        This was drawn, in the plot's own numbers.
    """

    drawn = Signal(object)

    def __init__(
        self, plot: Plot, theme: ThemeManager, what: Literal["line", "loss"], epochs: int, log: Callable[[], bool]
    ) -> None:
        super().__init__(plot.canvas.viewport())
        self._plot, self._theme, self._what, self._epochs, self._log = plot, theme, what, epochs, log
        self._held = False
        self.points: tuple[tuple[float, float], ...] = ()
        """What was drawn."""
        self.computed: tuple[tuple[float, float], ...] = ()
        """What it is held against, once it was."""
        self.setAccessibleName("Where you draw")
        self.setAccessibleDescription("With the keyboard, type the numbers in the lesson's fields")
        self.setCursor(Qt.CursorShape.CrossCursor)
        plot.box.sigRangeChanged.connect(self._moved)
        theme.changed.connect(self._moved)
        plot.canvas.viewport().installEventFilter(self)
        self.resize(plot.canvas.viewport().size())
        self.show()
        self.raise_()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """As large as what it lies over."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._plot.canvas.viewport().size())
        return False

    @Slot()
    def _moved(self) -> None:
        self.update()

    def set_open(self, waiting: bool) -> None:
        """Whether it can be drawn on; else the mouse is the plot's."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not waiting)

    def set_points(self, points: Points) -> None:
        """Show this as what was drawn."""
        self.points = tuple((float(x), float(y)) for x, y in points)
        self.update()

    def show_computed(self, points: Points) -> None:
        """Show what was computed beside it, with the gap between them."""
        self.computed = tuple(points)
        self.update()

    # The mouse -----------------------------------------------------------------------------------------------------

    def _at(self, place: QPointF) -> tuple[float, float]:
        x, y = Frame.of(self._plot).at(place)
        return x, 10.0**y if self._log() else y

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._plot.read_out.leave()
        self._held, self.computed = True, ()
        self.set_points([self._at(event.position())])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._held:
            event.ignore()
            return
        new = self._at(event.position())
        if self._what == "line":
            self.set_points([self.points[0], new])
            return
        last, x = self.points[-1][0], min(max(new[0], 1.0), float(self._epochs))
        low, high = sorted((last, x))
        kept = [point for point in self.points[:-1] if not low <= point[0] <= high]
        self.set_points([*kept, self.points[-1], (x, new[1])])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._held or event.button() != Qt.MouseButton.LeftButton:
            return
        self._held = False
        points = sorted(self.points)
        if points[-1][0] - points[0][0] <= 4 * Frame.of(self._plot).per_px[0]:
            self.set_points(())  # a click, or straight up: that is no line over x
            return
        if self._what == "loss":
            x, y = np.array(points).T
            first, last = max(1, math.ceil(x[0])), min(self._epochs, math.floor(x[-1]))
            epochs = np.arange(first, last + 1, dtype=np.float64) if last > first else x
            points = list(zip(epochs.tolist(), np.interp(epochs, x, y).tolist(), strict=True))
        self.set_points(points)
        self.drawn.emit(self.points)

    # Drawing -------------------------------------------------------------------------------------------------------

    def _px(self, points: Points, frame: Frame) -> QPolygonF:
        found = []
        for x, y in points:
            height = y if not self._log() else math.log10(y) if y > 0 else frame.y0
            if math.isfinite(height):
                found.append(frame.px(x, height))
        return QPolygonF(found)

    def _drawn(self, frame: Frame) -> Points:
        """What was drawn; a line from one side of the plot to the other."""
        if self._what != "line" or len(self.points) < 2 or self.points[0][0] == self.points[-1][0]:
            return sorted(self.points)
        (x0, y0), (x1, y1) = self.points[0], self.points[-1]
        slope = (y1 - y0) / (x1 - x0)
        return [(x, y0 + slope * (x - x0)) for x in (frame.x0, frame.x1)]

    def paintEvent(self, event: QPaintEvent) -> None:
        frame = Frame.of(self._plot)
        drawn = self._drawn(frame)
        if not drawn:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(frame.area)
        mine = self._px(drawn, frame)
        if len(self.computed) > 1 and len(drawn) > 1:
            at = np.array(self.computed)
            x, y = np.array(drawn).T
            beside = list(zip(at[:, 0].tolist(), np.interp(at[:, 0], x, y).tolist(), strict=True))
            gap = self._theme.color("ink")
            gap.setAlphaF(0.12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(gap)
            there, back = self._px(self.computed, frame), self._px(beside[::-1], frame)
            painter.drawPolygon(QPolygonF([*there.toList(), *back.toList()]))
        pen = QPen(self._theme.color("text"), 2.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(mine)
        self._name(painter, mine, frame)
        painter.end()

    def _name(self, painter: QPainter, mine: QPolygonF, frame: Frame) -> None:
        """The word at the line, so that it is known without its look."""
        inside = [point for point in mine.toList() if frame.area.contains(point)]
        place = inside[-1] if inside else frame.area.center()
        if self._what == "line" and mine.size() == 2:
            place = mine.at(0) + (mine.at(1) - mine.at(0)) * 0.85
        painter.setFont(ui_font(12 * self._theme.scale, 600))
        metrics = QFontMetricsF(painter.font())
        box = QRectF(0, 0, metrics.horizontalAdvance("yours") + 8, metrics.height() + 2)
        left = min(max(place.x() - box.width(), frame.area.left() + 4), frame.area.right() - box.width() - 4)
        top = min(max(place.y() - box.height() - 6, frame.area.top() + 4), frame.area.bottom() - box.height() - 4)
        box.moveTo(left, top)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("surface"))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(self._theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "yours")
