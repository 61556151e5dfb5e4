"""A check box with its text that looks like the house's other controls."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.look.style import CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring


class Toggle(QAbstractButton):
    """A checkable button with a text and a check box of 14 px; state differs by the tick, not by colour alone."""

    def __init__(self, text: str, theme: ThemeManager, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(tooltip)
        self.setAccessibleDescription(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.setFont(ui_font(12 * self._theme.scale, 500))
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        width = 8 + 14 + 6 + QFontMetrics(self.font()).horizontalAdvance(self.text()) + 8
        return QSize(width, control_height(28, self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setBrush(theme.color("pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(rect, CONTROL_RADIUS, CONTROL_RADIUS)
        box = QRectF(8.5, (self.height() - 13) / 2, 13, 13)
        checked = self.isChecked()
        painter.setBrush(theme.color("ink" if checked else "surface"))
        painter.setPen(QPen(theme.color("ink" if checked else "line_strong" if not self.isEnabled() else "text_3"), 1))
        painter.drawRoundedRect(box, 3, 3)
        if checked:
            tick = QPainterPath(box.topLeft() + QPointF(3, 6.8))
            tick.lineTo(box.topLeft() + QPointF(5.6, 9.4))
            tick.lineTo(box.topLeft() + QPointF(10.2, 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            round_ends = (Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            painter.setPen(QPen(theme.color("on_ink"), 1.6, *round_ends))
            painter.drawPath(tick)
        painter.setFont(self.font())
        painter.setPen(theme.color("text" if self.isEnabled() else "text_3"))
        painter.drawText(rect.adjusted(28, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()
