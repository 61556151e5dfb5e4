"""What one may bring to Gradwalk: a program, a script, a recording, data."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.foot import key_width, paint_key
from gui.panels.home.item import Item
from gui.widgets.basic import paint_icon

_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_TILE = 40


class Own(NamedTuple):
    """One of them: ``id`` is the action of the window that does it."""

    id: str
    icon: str
    title: str
    says: str


OWN = (
    Own("open", "open", "Open a program…", "A .py file that runs in this window."),
    Own("record_script", "record", "Record a script…", "Runs it beside the window and keeps it all."),
    Own("open_recording", "recording", "Open a recording…", "A .gradwalk file. Opening it runs no code."),
    Own("load_data", "table", "Load data (CSV)…", "Choose the columns, then train on them."),
)


class OwnRow(Item):
    """One of them, with the key that does the same."""

    def __init__(self, own: Own, key: str, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.own, self._key = own, key
        self.say(own.title.removesuffix("…"), f"{own.says} {key}".strip())
        self.setToolTip(f"{own.says} ({key})" if key else own.says)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, scale = QPainter(self), self._theme, self._theme.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tile = QRectF(0.5, (self.height() - _TILE) / 2 + 0.5, _TILE - 1, _TILE - 1)
        painter.setPen(QPen(theme.color("line_strong" if self.underMouse() else "line"), 1))
        painter.setBrush(theme.color("hover" if self.underMouse() else "sunken"))
        painter.drawRoundedRect(tile, 8, 8)
        paint_icon(painter, self.own.icon, theme.color("text_2"), tile.toRect())
        left, right = _TILE + 14, self.width()
        if self._key:
            right -= key_width(self._key, scale) + 1
            paint_key(painter, right, self.height() / 2, self._key, theme, "text_3")
        title, says = ui_font(13 * scale, 500), ui_font(12 * scale)
        above, below = QFontMetrics(title).height() + 2, QFontMetrics(says).height()
        top = (self.height() - above - below) // 2
        painter.setFont(title)
        painter.setPen(theme.color("text"))
        painter.drawText(QRect(left, top, right - left - 8, above), _MIDDLE, self.own.title)
        painter.setFont(says)
        painter.setPen(theme.color("text_2"))
        painter.drawText(QRect(left, top + above, right - left - 8, below), _MIDDLE, self.own.says)
        self.paint_focus(painter, QRectF(self.rect()), 8)
        painter.end()
