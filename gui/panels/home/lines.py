"""A line of a lesson, such as its title: words, code and mathematics side by side."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from engine.lessons.model import Code, Computed, Line, Maths, Words
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import mono_font, ui_font

_CODE = 12.5 / 13
_MATHS = 1.2


def line_width(line: Line, px: float, weight: int) -> float:
    """Px that ``line`` takes."""
    return sum(_piece(None, piece, 0.0, 0.0, px, weight, None) for piece in line)


def draw_line(painter: QPainter, x: float, baseline: float, line: Line, px: float, weight: int, color: QColor) -> float:
    """Draw ``line`` from ``x`` on; where it ends."""
    for piece in line:
        x += _piece(painter, piece, x, baseline, px, weight, color)
    return x


def _piece(
    painter: QPainter | None, piece: object, x: float, baseline: float, px: float, weight: int, color: QColor | None
) -> float:
    match piece:
        case Maths():
            if painter is not None and color is not None:
                draw_math(painter, x, baseline, piece.expression, px * _MATHS, color)
            return math_width(piece.expression, px * _MATHS)
        case Code():
            text, font = piece.text, mono_font(px * _CODE, weight)
        case Words():
            text, font = piece.text, ui_font(px, weight)
        case Computed():
            text, font = piece.expression, mono_font(px * _CODE, weight)
        case _:
            return 0.0
    if painter is not None and color is not None:
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(round(x), round(baseline), text)
    return QFontMetricsF(font).horizontalAdvance(text)
