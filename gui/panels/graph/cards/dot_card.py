"""A card below 35 %: a dot with its symbol, or without where dots would run into each other."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.look.mathtext import draw_math, math_width
from gui.look.symbols import symbol_lines
from gui.panels.graph.cards.card_look import CardLook
from gui.panels.graph.metrics import DOT


def paint_dot(look: CardLook, painter: QPainter, zoom: float) -> None:
    """A dot of 24 px on screen with the symbol; smaller and without it where dots would run into each other."""
    unit = 1 / zoom
    size = min(DOT * unit, max(6 * unit, look.width + 40))
    rect = QRectF((look.width - size) / 2, (look.height - size) / 2, size, size)
    if size < 16 * unit:
        token, weight = look.border()
        painter.setPen(QPen(look.theme.color("focus"), 2 * unit) if look.ringed else Qt.PenStyle.NoPen)
        painter.setBrush(look.theme.color(token if weight > 1 else "text_3"))
        painter.drawEllipse(rect)
        return
    look.paint_frame(painter, rect, 5 * unit if look.card.kind == "module" else size / 2, unit)
    lines, px = symbol_lines(look.card.mathematics, 13 * unit, 11 * unit, size - 2 * unit, 1)
    ink = look.theme.color("text_3" if look.state.freed else "text")
    for line in lines:
        draw_math(painter, (look.width - math_width(line, px)) / 2, look.height / 2 + px * 0.3, line, px, ink)
