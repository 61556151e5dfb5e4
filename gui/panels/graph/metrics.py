"""Measures of cards, rails and texts in the graph, in logical px at 100 %."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Sign
from engine.mathematics.tree import Row
from engine.operations.symbols import name_symbol
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import icon_svg, mono_font, ui_font

Detail = Literal["full", "compact", "dot"]
Face = Literal["ui", "mono", "tight", "narrow"]
"""``tight`` is ``mono`` with its characters closer together, and ``narrow`` is ``ui`` likewise."""

SMALLEST_TEXT = 11
_TIGHT = {"tight": 86, "narrow": 90}
"""Percent of its usual width that a character takes where a text has little room."""
COMPACT_TOP = 30
"""A compact card leaves out this much of the top of its place: it is then 64 px high at 60 %."""
COMPACT_SIDES = 14.0
"""Px on screen at the sides of a compact card that its symbol leaves free."""
DOT = 24
READABLE, LEAST_READABLE = 0.5, 0.42
"""A graph whose whole would be smaller than the second zoom, where names begin to have no room on their cards, is shown at the
first one to begin with."""
CLEAR = 4.0
"""Px on screen that texts keep off the border of their card, however small it is."""


def detail(zoom: float) -> Detail:
    """How much of a card is drawn at ``zoom`` (1.0 is 100 %)."""
    if zoom >= 0.699:
        return "full"
    return "compact" if zoom >= 0.349 else "dot"


@lru_cache(maxsize=256)
def font(face: Face, px: float, weight: int = 400) -> tuple[QFont, QFontMetricsF]:
    """A cached font with its metrics."""
    made = ui_font(px, weight) if face in ("ui", "narrow") else mono_font(px, weight)
    if face in _TIGHT:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, _TIGHT[face])
    return made, QFontMetricsF(made)


@lru_cache(maxsize=16384)
def text_width(text: str, face: Face, px: float, weight: int = 400) -> float:
    """How wide a text is, in px, in letters of ``px``."""
    return font(face, px, weight)[1].horizontalAdvance(text)


def readable(px: float, zoom: float) -> float:
    """``px``, or more where the text would be under 11 px on screen at ``zoom``."""
    return max(px, round(SMALLEST_TEXT / zoom + 0.499)) if zoom < 1 else px


def name_text(name: str) -> Expression:
    """What stands behind the symbol of an operation whose value the program gave a name: ``= ŷ``."""
    return Row((Sign("="), name_symbol(name)))


@lru_cache(maxsize=32)
def _icon(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(icon_svg(name, color)))


def draw_icon(painter: QPainter, name: str, color: QColor, x: float, y: float, size: float) -> None:
    """The icon ``name`` with its top left corner at (x, y)."""
    _icon(name, color.name()).render(painter, QRectF(x, y, size, size))


def draw_symbol(
    painter: QPainter, lines: tuple[Expression, ...], left: float, baseline: float, px: float, color: QColor, pitch: float = 1.1
) -> float:
    """Draw the ``lines`` of a symbol, the first on ``baseline``, each ``pitch`` times ``px`` below; the width it took."""
    for at, line in enumerate(lines):
        draw_math(painter, left, baseline + at * pitch * px, line, px, color)
    return max((math_width(line, px) for line in lines), default=0.0)


def draw_text(
    painter: QPainter, text: str, x: float, middle: float, color: QColor, face: Face = "ui", px: float = 11, weight: int = 400
) -> float:
    """``text`` from ``x``, vertically centred on ``middle`` by the height of its digits; the width drawn."""
    made, measured = font(face, px, weight)
    painter.setFont(made)
    painter.setPen(color)
    painter.drawText(QRectF(x, middle + measured.capHeight() / 2 - measured.ascent(), 10000, measured.height()), 0, text)
    return text_width(text, face, px, weight)


def draw_text_right(
    painter: QPainter, text: str, right: float, middle: float, color: QColor, face: Face = "ui", px: float = 11, weight: int = 400
) -> float:
    """As ``draw_text``, but ending at ``right``."""
    width = text_width(text, face, px, weight)
    draw_text(painter, text, right - width, middle, color, face, px, weight)
    return width
