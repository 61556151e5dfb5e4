"""The buttons of a player."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton

from gui.look.style import CARD_RADIUS, control_height
from gui.look.theme import ThemeManager
from gui.widgets.basic import paint_focus_ring, returns

GLYPHS = ("first", "back", "play", "pause", "forward", "last")
_GRID = 18.0


class TransportButton(QAbstractButton):
    """A square of 36 px with a glyph of ``GLYPHS``; ``primary`` is 44 wide and in ink."""

    def __init__(self, theme: ThemeManager, glyph: str, name: str, key: str, primary: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._primary = primary
        self._glyph = glyph
        self._does = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_glyph(glyph, name, key)
        theme.changed.connect(self.restyle)
        self.restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not returns(self, event):
            super().keyPressEvent(event)

    def set_glyph(self, glyph: str, name: str, key: str) -> None:
        """Show another glyph; ``key`` is the shortcut, named in the tooltip."""
        self._glyph = glyph
        self.setAccessibleName(name)
        self._does = f"{name} ({key})"
        self.setToolTip(self._does)
        self.update()

    def set_reason(self, reason: str) -> None:
        """Say why it is disabled or, with an empty ``reason``, what it does again."""
        self.setToolTip(reason or self._does)

    @Slot()
    def restyle(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        height = control_height(36, self._theme.scale)
        return QSize(control_height(44, self._theme.scale) if self._primary else height, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        over = self.underMouse() and self.isEnabled()
        painter.setPen(Qt.PenStyle.NoPen)
        if self._primary:
            fill = "pending_tint" if not self.isEnabled() else "text_2" if over or self.isDown() else "ink"
            painter.setBrush(theme.color(fill))
            painter.drawRoundedRect(rect, CARD_RADIUS, CARD_RADIUS)
        elif over or self.isDown():
            painter.setBrush(theme.color("pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(rect, CARD_RADIUS, CARD_RADIUS)
        token = "text_3" if not self.isEnabled() else "on_ink" if self._primary else "text"
        self._paint_glyph(painter, theme.color(token, 1.0 if self.isEnabled() else 0.7))
        if self.hasFocus():
            ring = rect.adjusted(2, 2, -2, -2) if self._primary else rect
            paint_focus_ring(painter, ring, theme.color("surface" if self._primary else "focus"), CARD_RADIUS)
        painter.end()

    def _paint_glyph(self, painter: QPainter, color: QColor) -> None:
        grow = control_height(36, self._theme.scale) / 36
        painter.save()
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(grow, grow)
        painter.translate(-_GRID / 2, -_GRID / 2)
        bar = QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        outline = QPen(color, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        if self._glyph == "pause":
            painter.setPen(QPen(color, 3.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(6, 4.6), QPointF(6, 13.4))
            painter.drawLine(QPointF(12, 4.6), QPointF(12, 13.4))
        elif self._glyph == "play":
            painter.setPen(outline)
            painter.setBrush(color)
            painter.drawPolygon(QPolygonF([QPointF(5.2, 3.4), QPointF(5.2, 14.6), QPointF(14.4, 9)]))
        else:
            if self._glyph in ("first", "forward"):
                line, tip, base = 4.3, 6.7 if self._glyph == "first" else 13.8, 14.0 if self._glyph == "first" else 7.4
            else:
                line, tip, base = 13.7, 11.3 if self._glyph == "last" else 4.2, 4.0 if self._glyph == "last" else 10.6
            painter.setPen(bar)
            painter.drawLine(QPointF(line, 3.6), QPointF(line, 14.4))
            painter.setPen(outline)
            painter.setBrush(color if self._glyph in ("first", "last") else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF([QPointF(base, 4.4), QPointF(base, 13.6), QPointF(tip, 9)]))
        painter.restore()
