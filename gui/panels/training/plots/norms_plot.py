"""How large the gradient of each parameter is at the epoch that is shown: bars on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.mathematics.numbers import format_number
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.look.tones import GRADIENT_TONE
from gui.panels.training.plots.names import named
from gui.panels.training.plots.series import significant
from gui.widgets.basic import ICON_SIZE

LEAST = 180
"""Px of width at 100 % below which it says nothing that could be read."""
_ROW, _BAR, _HEAD, _FOOT = 22.0, 12.0, 24.0, 22.0


class NormsPlot(QWidget):
    """Shows nothing until ``set_norms``."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._norms: dict[str, float] = {}
        self._step = 0
        self.titled = True
        """Whether it writes its title itself."""
        self._low, self._high = -2, 1
        self.setAccessibleName("Gradient norm of each parameter")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.restyle)

    def sizeHint(self) -> QSize:
        return QSize(round(LEAST * self._theme.scale), 120)

    @Slot()
    def restyle(self) -> None:
        self.update()

    def dress(self) -> None:
        """As ``Plot.dress``: it has no fonts of its own that Qt could give back."""
        self.update()

    def forget(self) -> None:
        """Another run begins, with a scale of its own."""
        self._low, self._high = -2, 1
        self.set_norms(0, {})

    def set_norms(self, step: int, norms: Mapping[str, float]) -> None:
        """Of the update of epoch ``step``, by parameter; none before the first."""
        if (step, norms) == (self._step, self._norms):
            return
        self._step, self._norms = step, dict(norms)
        powers = [math.floor(math.log10(norm)) for norm in norms.values() if norm > 0 and math.isfinite(norm)]
        if powers:  # the scale only becomes wider, so that bars of two epochs can be compared
            self._low, self._high = min(self._low, *powers), max(self._high, *(power + 1 for power in powers))
        said = ", ".join(f"{name} {significant(norm)}" for name, norm in norms.items())
        self.setAccessibleDescription(f"Epoch {step}: {said}" if norms else "No gradients yet")
        self.update()

    def _shown(self) -> list[tuple[str, float]]:
        """As many as have room: the first, and the last, where there are more."""
        rows = max(1, int((self.height() - (_HEAD + _FOOT) * self._theme.scale) / (_ROW * self._theme.scale)))
        items = list(self._norms.items())
        if len(items) <= rows:
            return items
        return [*items[: (rows + 1) // 2], *items[len(items) - rows // 2 :]]

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QHelpEvent.Type.ToolTip:
            scale = self._theme.scale
            row = int((event.pos().y() - _HEAD * scale) / (_ROW * scale))
            shown = self._shown()
            if 0 <= row < len(shown):
                name, norm = shown[row]
                QToolTip.showText(event.globalPos(), f"|∂L/∂{name}| = {format_number(norm, 6)}", self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, scale = self._theme, self._theme.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(13 * scale, 600))
        painter.setPen(theme.color("text"))
        wide = painter.fontMetrics().horizontalAdvance("Gradient norm") + (0 if self.titled else ICON_SIZE + 4)
        if self.titled:
            painter.drawText(QRectF(0, 0, self.width(), _HEAD * scale), Qt.AlignmentFlag.AlignTop, "Gradient norm")
        painter.setFont(ui_font(12 * scale))
        painter.setPen(theme.color("text_3"))
        note = "log scale" if self._norms else "none yet"
        if wide + 6 + painter.fontMetrics().horizontalAdvance(note) <= self.width():
            painter.drawText(QRectF(wide + 6, 0, self.width(), _HEAD * scale), Qt.AlignmentFlag.AlignTop, note)
        shown = self._shown()
        if shown:
            self._paint_bars(painter, shown)
        painter.end()

    def _paint_bars(self, painter: QPainter, shown: list[tuple[str, float]]) -> None:
        theme, scale = self._theme, self._theme.scale
        names, numbers = ui_font(12 * scale), mono_font(11 * scale)
        left = min(0.36 * self.width(), max(QFontMetricsF(names).horizontalAdvance(named(name)) for name, _ in shown)) + 8
        right = self.width() - QFontMetricsF(numbers).horizontalAdvance("0.00e-00") - 6
        bottom = _HEAD * scale + len(shown) * _ROW * scale
        span = max(1, self._high - self._low)
        painter.setFont(ui_font(11 * scale))
        every = max(1, math.ceil(span / 3))
        for power in range(self._low, self._high + 1, every):
            x = round(left + (power - self._low) / span * (right - left)) + 0.5
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(int(x), round(_HEAD * scale), int(x), round(bottom))
            painter.setPen(theme.color("text_3"))
            text = f"{10.0**power:g}" if -3 <= power <= 3 else f"1e{power}".replace("-", "\N{MINUS SIGN}")
            painter.drawText(QRectF(x - 40, bottom + 2, 80, 18 * scale), Qt.AlignmentFlag.AlignHCenter, text)
        for row, (name, norm) in enumerate(shown):
            top = (_HEAD + row * _ROW) * scale
            line = QRectF(0, top, left - 8, _ROW * scale)
            painter.setFont(names)
            painter.setPen(theme.color("text_2"))
            text = painter.fontMetrics().elidedText(named(name), Qt.TextElideMode.ElideMiddle, int(line.width()) + 1)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            share = 0.0
            if norm > 0:
                share = 1.0 if not math.isfinite(norm) else (math.log10(norm) - self._low) / span
            wide = max(0.0, min(1.0, share)) * (right - left)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(GRADIENT_TONE.line))
            painter.drawRoundedRect(QRectF(left, top + (_ROW - _BAR) / 2 * scale, wide, _BAR * scale), 2, 2)
            painter.setFont(numbers)
            painter.setPen(theme.color("grad"))
            after = QRectF(left + wide + 5, top, self.width(), _ROW * scale)
            painter.drawText(after, Qt.AlignmentFlag.AlignVCenter, significant(norm))
