"""Pictures of computed numbers beside the graph: bars, and a curve with slopes through its point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.lessons.model import plain
from engine.mathematics.numbers import format_number
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.look.tones import GRADIENT_TONE, VALUE_TONE
from gui.panels.lesson.computing import Pictured
from gui.panels.lesson.text import rich_line
from gui.widgets.answers.card import wrapped_label

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 30
_TICKS = 4
_LEAST_POWER = -12
"""Of a log scale: smaller numbers stand at its foot."""


def _steps(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / _TICKS
    power = 10 ** math.floor(math.log10(raw))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= raw)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


class NumberView(QWidget):
    """One view: its title, and what is painted below."""

    def __init__(self, pictured: Pictured, theme: ThemeManager) -> None:
        super().__init__()
        self._pictured, self._theme = pictured, theme
        title = wrapped_label()
        scale = theme.scale
        title.setText(rich_line(pictured.view.title, {}, theme, round(13 * scale), round(18 * scale), strong=True))
        self.canvas = _Canvas(pictured, theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.setSpacing(4)
        layout.addWidget(title)
        layout.addWidget(self.canvas, 1)
        self.setAccessibleName(f"{plain(pictured.view.title)}: {describe(pictured)}")


def describe(pictured: Pictured) -> str:
    """The picture in words."""
    view = pictured.view
    if view.kind == "bars":
        labels = [plain(label) for label in view.labels] or list(view.of)
        return ", ".join(f"{label} {format_number(number)}" for label, number in zip(labels, pictured.bars, strict=True))
    at = pictured.at or (0.0, 0.0)
    slopes = ", ".join(f"slope {format_number(slope)}" for slope in pictured.slopes)
    return f"{view.of[0]} over {view.over}; at {format_number(at[0])} it is {format_number(at[1])}" + (
        f", {slopes}" if slopes else ""
    )


class _Canvas(QWidget):
    def __init__(self, pictured: Pictured, theme: ThemeManager) -> None:
        super().__init__()
        self._pictured, self._theme = pictured, theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._theme.scale
        area = QRectF(self.rect()).adjusted(_LEFT * scale, _TOP, -_RIGHT, -_BOTTOM * scale)
        painter.setFont(ui_font(11 * scale))
        if self._pictured.view.kind == "bars":
            self._bars(painter, area)
        else:
            self._curve(painter, area)
        painter.end()

    def _axis(self, painter: QPainter, area: QRectF, ticks: Sequence[tuple[float, str]]) -> None:
        """Lines across at the heights ``ticks`` (px), with what is written at their left."""
        theme = self._theme
        metrics = QFontMetricsF(painter.font())
        for y, text in ticks:
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("text_2"))
            painter.drawText(QPointF(area.left() - 6 - metrics.horizontalAdvance(text), y + metrics.capHeight() / 2), text)

    # Bars --------------------------------------------------------------------------------------------------------

    def _bars(self, painter: QPainter, area: QRectF) -> None:
        theme, view, numbers = self._theme, self._pictured.view, self._pictured.bars
        heights = [self._power(number) for number in numbers] if view.log else list(numbers)
        finite = [number for number in heights if math.isfinite(number)] or [0.0]
        low, high = (math.floor(min(finite)), math.ceil(max(finite))) if view.log else (min(0.0, *finite), max(0.0, *finite))
        if high <= low:
            high = low + 1.0

        def y(number: float) -> float:
            return area.bottom() - (number - low) / (high - low) * area.height()

        steps = [float(power) for power in range(int(low), int(high) + 1)] if view.log else _steps(low, high)
        if view.log and len(steps) > 7:
            steps = steps[:: math.ceil(len(steps) / 7)]
        texts = [f"10{_raised(int(step))}" if view.log else format_number(step, 3) for step in steps]
        self._axis(painter, area, [(y(step), text) for step, text in zip(steps, texts, strict=True)])
        foot = y(low if view.log else 0.0)
        painter.setPen(QPen(theme.color("text_3"), 1))
        painter.drawLine(QPointF(area.left(), foot), QPointF(area.right(), foot))
        labels = [plain(label) for label in view.labels] or list(view.of)
        pitch = area.width() / max(1, len(numbers))
        width = min(56 * theme.scale, pitch * 0.62)
        for at, (number, height, label) in enumerate(zip(numbers, heights, labels, strict=True)):
            middle = area.left() + pitch * (at + 0.5)
            tone = GRADIENT_TONE if ".grad" in view.of[at] else VALUE_TONE
            if math.isfinite(height):
                rect = QRectF(middle - width / 2, y(height), width, foot - y(height)).normalized()
                painter.setPen(QPen(theme.color(tone.line), 1))
                painter.setBrush(theme.color(tone.tint))
                painter.drawRoundedRect(rect, 3, 3)
                above = rect.top() - 4 if height >= (low if view.log else 0) else rect.bottom() + 12 * theme.scale
            else:
                above = foot - 4
            painter.setFont(mono_font(11 * theme.scale))
            painter.setPen(theme.color(tone.text if math.isfinite(number) else "error"))
            self._centred(painter, middle, above, format_number(number, 3))
            painter.setFont(ui_font(11 * theme.scale))
            painter.setPen(theme.color("text_2"))
            self._centred(painter, middle, area.bottom() + 16 * theme.scale, label)

    @staticmethod
    def _power(number: float) -> float:
        size = abs(number)
        return math.log10(size) if size > 10.0**_LEAST_POWER else (float(_LEAST_POWER) if math.isfinite(size) else math.nan)

    @staticmethod
    def _centred(painter: QPainter, x: float, y: float, text: str) -> None:
        painter.drawText(QPointF(x - QFontMetricsF(painter.font()).horizontalAdvance(text) / 2, y), text)

    # Curves ------------------------------------------------------------------------------------------------------

    def _curve(self, painter: QPainter, area: QRectF) -> None:
        theme, found = self._theme, self._pictured
        if found.x is None or found.y is None or found.at is None:
            return
        finite = np.isfinite(found.y)
        if not finite.any():
            return
        low, high = float(found.y[finite].min()), float(found.y[finite].max())
        if high <= low:
            low, high = low - 1, high + 1
        left, right = found.view.start, found.view.end

        def at(x: float, y: float) -> QPointF:
            return QPointF(
                area.left() + (x - left) / (right - left) * area.width(), area.bottom() - (y - low) / (high - low) * area.height()
            )

        self._axis(painter, area, [(at(left, step).y(), format_number(step, 3)) for step in _steps(low, high)])
        painter.setPen(theme.color("text_2"))
        for step in _steps(left, right):
            self._centred(painter, at(step, low).x(), area.bottom() + 16 * theme.scale, format_number(step, 3))
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        painter.setPen(QPen(theme.color(VALUE_TONE.line), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        points = [at(float(x), float(y)) for x, y in zip(found.x[finite], found.y[finite], strict=True)]
        painter.drawPolyline(QPolygonF(points))
        x, y = found.at
        reach = (right - left) * 0.28
        for number, slope in enumerate(found.slopes):
            pen = QPen(theme.color(GRADIENT_TONE.line), 2)
            if number:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawLine(at(x - reach, y - slope * reach), at(x + reach, y + slope * reach))
        painter.setPen(QPen(QColor(theme.color("surface")), 2))
        painter.setBrush(theme.color(VALUE_TONE.text))
        painter.drawEllipse(at(x, y), 5.5, 5.5)
        painter.setClipping(False)


def _raised(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))


class ViewsPanel(QWidget):
    """The views of a page side by side; hidden where it has none."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.views: list[NumberView] = []
        self.setAccessibleName("Pictures of numbers")
        self.hide()

    def show_views(self, pictured: Sequence[Pictured]) -> None:
        """Show these in place of what was shown."""
        for view in self.views:
            self._row.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.views = [NumberView(one, self._theme) for one in pictured]
        for view in self.views:
            self._row.addWidget(view, 1)
        self.setVisible(bool(self.views))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()
