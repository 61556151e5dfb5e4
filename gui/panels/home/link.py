"""A word that is pressed like a link: underlined."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.item import Item


class Link(Item):
    """``text`` is what it says, ``tooltip`` what it does."""

    def __init__(self, theme: ThemeManager, text: str, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setText(text)
        self.setToolTip(tooltip)
        self.say(text.removesuffix("…"), tooltip)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self.setFont(ui_font(12 * self._theme.scale, 500))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        bottom = self.height() - 3
        painter.fillRect(0, bottom, self.width() - 2, 1, self._theme.color("text" if self.underMouse() else "line_strong"))
        self.paint_focus(painter, QRectF(self.rect()), 4)
        painter.end()
