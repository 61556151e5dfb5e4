"""A parameter's step drawn on a number line: where it was, where it is."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain import NumberLine
from engine.mathematics.numbers import format_number
from gui.look.theme import ThemeManager, ui_font

_HEIGHT = 54
_SIDE = 22.0


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` of them."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return []
    base = 10.0 ** math.floor(math.log10(span / most))
    step = next((base * factor for factor in (1, 2, 5, 10, 20) if span / (base * factor) <= most), base * 20)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)] if last - first < 20 else []


def tick_text(value: float, step: float) -> str:
    """``value`` with the decimals that a distance of ``step`` needs."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    if decimals > 5 or abs(value) >= 1e6:
        return format_number(value)
    return f"{value:.{decimals}f}".replace("-", "−")


class NumberLineView(QWidget):
    """An open circle at the old value, an arrow to the full circle at the new one."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line: NumberLine | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def show_line(self, line: NumberLine | None) -> None:
        """Draw ``line``; hides itself for None."""
        self._line = line
        if self.isHidden() == (line is not None):
            self.setVisible(line is not None)
        if line is not None:
            text = f"moves from {format_number(line.before)} to {format_number(line.after)}"
            self.setAccessibleName(text)
            self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, round(_HEIGHT * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        line = self._line
        if line is None:
            return
        theme, scale = self._theme, self._theme.scale
        span = abs(line.after - line.before)
        low, high = min(line.before, line.after) - 0.35 * span, max(line.before, line.after) + 0.3 * span
        if not (high > low and math.isfinite(high - low)):
            return
        left, right = _SIDE * scale, self.width() - _SIDE * scale
        middle = 27.0 * scale

        def at(value: float) -> float:
            return left + (right - left) * (value - low) / (high - low)

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line_strong"), 1))
        painter.drawLine(QPointF(left - 8, middle), QPointF(right + 8, middle))
        painter.setFont(ui_font(11 * scale))
        metrics = QFontMetricsF(painter.font())
        most = max(2, min(6, int((right - left) / (48 * scale))))
        marks = ticks(low, high, most)
        for mark in marks:
            painter.setPen(QPen(theme.color("line_strong"), 1))
            painter.drawLine(QPointF(at(mark), middle - 3), QPointF(at(mark), middle + 3))
            text = tick_text(mark, marks[1] - marks[0] if len(marks) > 1 else abs(mark) or 1.0)
            painter.setPen(theme.color("text_3"))
            painter.drawText(QPointF(at(mark) - metrics.horizontalAdvance(text) / 2, middle + 18 * scale), text)
        old, new = at(line.before), at(line.after)
        way = 1.0 if new > old else -1.0
        green = theme.color("update_line")
        painter.setPen(QPen(green, 3))
        painter.drawLine(QPointF(old + 6 * way, middle), QPointF(new - 11 * way, middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(green)
        tip = new - 6 * way
        back = tip - 8 * way
        painter.drawPolygon(QPolygonF([QPointF(tip, middle), QPointF(back, middle - 4.5), QPointF(back, middle + 4.5)]))
        painter.drawEllipse(QRectF(new - 5, middle - 5, 10, 10))
        painter.setBrush(theme.color("surface"))
        painter.setPen(QPen(theme.color("pending_line"), 2))
        painter.drawEllipse(QRectF(old - 4.5, middle - 4.5, 9, 9))
        self._labels(painter, old, new, middle - 11 * scale)
        painter.end()

    def _labels(self, painter: QPainter, old: float, new: float, baseline: float) -> None:
        """The two values above the line, moved apart where they would touch."""
        assert self._line is not None
        scale = self._theme.scale
        before, after = format_number(self._line.before), format_number(self._line.after)
        plain, bold = ui_font(11 * scale), ui_font(11 * scale, 700)
        wide = (QFontMetricsF(plain).horizontalAdvance(before), QFontMetricsF(bold).horizontalAdvance(after))
        apart = (wide[0] + wide[1]) / 2 + 6
        missing = max(0.0, apart - abs(new - old)) / 2
        way = 1.0 if new > old else -1.0
        places = (old - missing * way, new + missing * way)
        drawn = zip((before, after), (plain, bold), ("text_3", "update"), places, wide, strict=True)
        for text, font, token, place, width in drawn:
            painter.setFont(font)
            painter.setPen(self._theme.color(token))
            left = min(max(0.0, place - width / 2), self.width() - width)
            painter.drawText(QPointF(left, baseline), text)
