"""How the rails of one edge are painted: the value's and the gradient's by their states, and two thin lines from far away."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from engine.graph.state import EdgeState
from gui.look.theme import ThemeManager
from gui.look.tones import RAILS
from gui.panels.graph.edges.curves import curve_to
from gui.panels.graph.edges.pens import dashed_pen, line_pen
from gui.panels.graph.edges.rails import HEAD, Rails

_HALF_HEAD = 3.6
_ACTIVE_HEAD, _ACTIVE_HALF = 10.5, 5.6
DOT_RADIUS = 6.5
REST = 0.6
"""Where along its rail the dot of an active edge rests."""


class RailPainter:
    """Paints rails with one painter; ``unit`` is the width of a line of one px, ``arrived`` how far resting dots have faded
    in."""

    def __init__(self, painter: QPainter, theme: ThemeManager, unit: float = 1.0, arrived: float = 1.0) -> None:
        self._painter, self._theme = painter, theme
        self._unit, self._arrived = unit, arrived

    def stroke(self, path: QPainterPath, token: str, width: float, opacity: float = 1.0) -> None:
        """Draw ``path`` in the colour ``token``, ``width`` units wide."""
        painter = self._painter
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line_pen(painter, self._theme.color(token, opacity), width * self._unit))
        painter.drawPath(path)

    def value(self, rails: Rails, state: EdgeState) -> None:
        """The rail that the value takes."""
        rail = state.value
        if rail in ("idle", "freed"):
            token, opacity = ("line_strong", 1.0) if rail == "idle" else ("pending_line", 0.55)
            self.stroke(rails.value, token, 1.5, opacity)
            end = rails.value.currentPosition()
            self._painter.drawLine(QLineF(end, QPointF(rails.target.frame().left(), end.y())))
            return
        active = rail == "active"
        self.stroke(rails.value, RAILS["value"], 3 if active else 1.5)
        end = rails.value.currentPosition()
        self._head(QPointF(rails.target.frame().left() - 1, end.y()), 1, RAILS["value"], active)
        if active:
            self._dot(rails.value.pointAtPercent(REST), RAILS["value"])

    def gradient(self, rails: Rails, state: EdgeState) -> None:
        """The rail that the gradient takes, if one comes back."""
        painter, unit = self._painter, self._unit
        rail = state.gradient
        if rail == "none":
            return
        if rail == "freed":
            self.stroke(rails.gradient, "pending_line", 1.5, 0.55)
            end = rails.gradient.currentPosition()
            painter.drawLine(QLineF(end, QPointF(rails.start().right(), end.y())))
            return
        if rail == "cut":
            self._cut(rails)
            return
        end = rails.gradient.currentPosition()
        tip = QPointF(rails.start().right() + 1, end.y())
        if rail == "pending":
            painter.setPen(dashed_pen(painter, self._theme.color("pending_line"), 1.5 * unit))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(rails.gradient)
            hollow = QPen(self._theme.color("pending_line"), 1.2 * unit)
            hollow.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(hollow)
            painter.setBrush(self._theme.color("canvas"))
            back = tip.x() + 6.5 * unit
            half = _HALF_HEAD * unit
            painter.drawPolygon(QPolygonF([tip, QPointF(back, tip.y() - half), QPointF(back, tip.y() + half)]))
            return
        active = rail == "active"
        self.stroke(rails.gradient, RAILS["gradient"], 3 if active else 1.5)
        self._head(tip, -1, RAILS["gradient"], active)
        if active:
            self._dot(rails.gradient.pointAtPercent(REST), RAILS["gradient"])

    def _head(self, tip: QPointF, direction: int, token: str, active: bool = False) -> None:
        painter, unit = self._painter, self._unit
        length, half = (_ACTIVE_HEAD, _ACTIVE_HALF) if active else (HEAD, _HALF_HEAD)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(token))
        back = tip.x() - direction * length * unit
        painter.drawPolygon(QPolygonF([tip, QPointF(back, tip.y() - half * unit), QPointF(back, tip.y() + half * unit)]))

    def _dot(self, at: QPointF, token: str) -> None:
        painter = self._painter
        opacity = painter.opacity()
        painter.setOpacity(opacity * self._arrived)
        painter.setPen(QPen(self._theme.color("canvas"), 2))
        painter.setBrush(self._theme.color(token))
        painter.drawEllipse(at, DOT_RADIUS, DOT_RADIUS)
        painter.setOpacity(opacity)

    def _cut(self, rails: Rails) -> None:
        painter = self._painter
        start = rails.gradient.pointAtPercent(0)
        painter.setPen(QPen(self._theme.color("pending_line"), 1.5 * self._unit))
        painter.drawLine(QLineF(start.x(), start.y(), start.x() - 16, start.y()))
        for x in (start.x() - 12, start.x() - 16):
            painter.drawLine(QLineF(x, start.y() - 5, x, start.y() + 5))

    def far(self, rails: Rails, state: EdgeState) -> None:
        """Between the middles of two dots, two thin lines."""
        unit = self._unit
        start, end = rails.start().center(), rails.target.frame().center()
        states = ((state.value, RAILS["value"], -1.5), (state.gradient, RAILS["gradient"], 1.5))
        for rail, token, shift in states:
            if rail in ("none", "cut"):
                continue
            color = {"idle": "line_strong", "freed": "pending_line", "pending": "pending_line"}.get(rail, token)
            path = QPainterPath(QPointF(start.x(), start.y() + shift * unit))
            curve_to(path, QPointF(end.x(), end.y() + shift * unit))
            self.stroke(path, color, 2 if rail == "active" else 1, 0.55 if rail == "freed" else 1.0)
