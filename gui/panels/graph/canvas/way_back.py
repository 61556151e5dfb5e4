"""Says what is not in view, and has a button that leads back to it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.graph.metrics import draw_icon
from gui.widgets import make_button
from gui.widgets.basic import paint_floating

WIDEST = 420


class WayBack(QWidget):
    """``only what leads to loss``, and a button, ``back``, that says what it does."""

    def __init__(self, theme: ThemeManager, parent: QWidget, says: str, tooltip: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = QLabel(self)
        self.back = make_button(says, theme, tooltip=tooltip)
        row = QHBoxLayout(self)
        row.setContentsMargins(36, 4, 4, 4)
        row.setSpacing(12)
        row.addWidget(self._label)
        row.addWidget(self.back)
        self.hide()
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_text(self, text: str) -> None:
        """``text`` says what is, or is not, in view."""
        self.setAccessibleName(text)
        metrics = self._label.fontMetrics()
        self._label.setText(text)
        self._label.setFixedWidth(min(WIDEST, metrics.horizontalAdvance(text) + 2))
        self.setToolTip(text)
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), max(36, super().sizeHint().height()))

    @Slot()
    def restyle(self) -> None:
        self._label.setFont(ui_font(13 * self._theme.scale, 500))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_floating(painter, self, self._theme)
        draw_icon(painter, "info", self._theme.color("text_2"), 12, (self.height() - 16) / 2, 16)
        painter.end()
