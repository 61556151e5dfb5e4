"""A small button in the head of a plot, with a word; one that can be checked shows that as a chosen chip does."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton

from gui.look.style import CONTROL_RADIUS
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring

HIGH, PADDING = 22, 8
"""Px at 100 %: no higher than the title beside it may be."""


class ToolButton(QToolButton):
    """``text`` is also its accessible name; ``tooltip`` says what it does."""

    def __init__(self, theme: ThemeManager, text: str, tooltip: str, *, checkable: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tooltip)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)

    @Slot()
    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        # As wide as in the weight of a checked one, so that nothing shifts.
        scale = self._theme.scale
        words = QFontMetrics(ui_font(12 * scale, 600)).horizontalAdvance(self.text())
        return QSize(words + 2 * PADDING, round(HIGH * scale))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, checked = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, width = QRectF(self.rect()), 1.5 if checked else 1.0
        live = self.isEnabled()
        ground = "pressed" if self.isDown() else "hover" if live and self.underMouse() else "surface"
        painter.setPen(QPen(theme.color("ink" if checked else "line_strong"), width))
        painter.setBrush(theme.color(ground))
        inset = width / 2
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), CONTROL_RADIUS - inset, CONTROL_RADIUS - inset)
        painter.setPen(theme.color("text" if checked else "text_2" if live else "text_3"))
        painter.setFont(ui_font(12 * theme.scale, 600 if checked else 400))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()
