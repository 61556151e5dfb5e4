"""The foot of Home: keys that are good to know, and the way back to what was open."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager, ui_font

_SIDES = 20
_NEAR = 7
_KEYS = (
    (("Space", "plays and pauses"),),
    (("→", "does the next operation,"), ("←", "takes it back")),
    (("F1", "explains what has the focus"),),
)
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def key_width(key: str, scale: float) -> int:
    """Px of a key's cap."""
    return QFontMetrics(ui_font(11 * scale, 500)).horizontalAdvance(key) + 12


def paint_key(painter: QPainter, left: float, middle: float, key: str, theme: ThemeManager, token: str) -> None:
    """A key's cap, from ``left`` on."""
    font = ui_font(11 * theme.scale, 500)
    height = round(20 * theme.scale)
    cap = QRectF(round(left) + 0.5, round(middle - height / 2) + 0.5, key_width(key, theme.scale) - 1, height - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("line_strong"), 1))
    painter.setBrush(theme.color("surface"))
    painter.drawRoundedRect(cap, 4, 4)
    painter.setFont(font)
    painter.setPen(theme.color(token))
    painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)


class Foot(QWidget):
    """Keys and what they do; what has no room is left out, the way back last."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._back = ""
        theme.changed.connect(self.update)

    def set_back(self, name: str) -> None:
        """What Esc goes back to; empty for nothing."""
        self._back = f"back to {name}" if name else ""
        said = [", ".join(f"{key} {does.rstrip(',')}" for key, does in group) for group in _KEYS]
        self.setAccessibleName("; ".join([*said, *([f"Esc: {self._back}"] if name else [])]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.fillRect(self.rect(), theme.color("surface"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        right = float(self.width() - _SIDES)
        if self._back:
            back = (("Esc", self._back),)
            right -= self._width(back)
            self._paint(painter, right, back)
        x = float(_SIDES)
        for group in _KEYS:
            width = self._width(group)
            if x + width > right - 16:
                break
            self._paint(painter, x, group)
            x += width + (32 if self.width() > 1380 else 28)
        painter.end()

    def _words(self) -> QFontMetrics:
        return QFontMetrics(ui_font(12 * self._theme.scale))

    def _width(self, group: tuple[tuple[str, str], ...]) -> float:
        words, scale = self._words(), self._theme.scale
        return sum(key_width(key, scale) + _NEAR + words.horizontalAdvance(does) for key, does in group) + _NEAR * (
            len(group) - 1
        )

    def _paint(self, painter: QPainter, x: float, group: tuple[tuple[str, str], ...]) -> None:
        words, theme = self._words(), self._theme
        for key, does in group:
            paint_key(painter, x, self.height() / 2, key, theme, "text_2")
            x += key_width(key, theme.scale) + _NEAR
            painter.setFont(ui_font(12 * theme.scale))
            painter.setPen(theme.color("text_2"))
            width = words.horizontalAdvance(does)
            painter.drawText(QRectF(x, 0, width + 4, self.height()), _MIDDLE, does)
            x += width + _NEAR
