"""The handle of what marks a moment: of the playhead over operations, and of the cursor over epochs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

HANDLE = 12.0
"""Px that it is wide and high at 100 %."""


def paint_handle(painter: QPainter, at: float, top: float, grow: float, color: QColor) -> None:
    """Paint it with its middle at ``at`` and its upper edge at ``top``; it points down."""
    painter.save()
    painter.translate(at, top)
    painter.scale(grow, grow)
    half = HANDLE / 2
    handle = QPainterPath(QPointF(-half, 0))
    for point in ((half, 0), (half, half), (0, HANDLE), (-half, half)):
        handle.lineTo(QPointF(*point))
    handle.closeSubpath()
    painter.setBrush(color)
    painter.setPen(QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(handle)
    painter.restore()
