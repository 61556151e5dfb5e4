"""A ring round the whole canvas says that it has the keyboard, and no card on it has."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager
from gui.widgets.basic import paint_focus_ring


class FocusFrame(QWidget):
    """Lies over the canvas and ignores the mouse; hidden until needed. If the view drew it, it would scroll with the graph."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_focus_ring(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), self._theme.color("focus"))
        painter.end()
