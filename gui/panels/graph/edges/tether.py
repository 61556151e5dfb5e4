"""The sign for a far source, at the beginning of an edge that is drawn beside its target only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from engine.graph.model import Card
from engine.layout.field import TETHER
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager
from gui.panels.graph.metrics import SMALLEST_TEXT

_RAIL = 44.0
"""Px from the sign to the target."""
_PX = 15.0


def tether_frame(target: QRectF) -> QRectF:
    """The place of the sign beside its target, as if it were the source's card."""
    return QRectF(target.left() - TETHER, target.top(), TETHER - _RAIL, target.height())


def paint_tether(painter: QPainter, theme: ThemeManager, source: Card, at: QPointF, zoom: float) -> None:
    """The symbol of ``source`` in a ring that ends at ``at``; the ring alone where the symbol could not be read."""
    size = TETHER - _RAIL
    box = QRectF(at.x() - size, at.y() - size / 2 + 3, size, size - 6)
    painter.setPen(QPen(theme.color("line_strong"), 1))
    painter.setBrush(theme.color("surface"))
    painter.drawRoundedRect(box, 6, 6)
    px = _PX
    wide = math_width(source.mathematics, px)
    if wide > size - 6:
        px *= (size - 6) / wide
        wide = size - 6
    if px * zoom >= SMALLEST_TEXT * 0.7:
        draw_math(
            painter, box.center().x() - wide / 2, box.center().y() + px * 0.3, source.mathematics, px, theme.color("text_2")
        )
