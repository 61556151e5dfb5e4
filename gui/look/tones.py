"""The colours of the phases, and texts that are words or mathematics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import tokens, ui_font


@dataclass(frozen=True, slots=True)
class Tone:
    """Tokens of one phase: its text, its lines, its tint, and labels on that tint."""

    text: str
    line: str
    tint: str
    label: str


ERROR = Tone("error", "error_line", "error_tint", "error")
GREY = Tone("pending", "pending_line", "pending_tint", "text_2")
VALUE_TONE = Tone("value", "value_line", "value_tint", "value")
GRADIENT_TONE = Tone("grad", "grad_line", "grad_tint", "grad")
SUBJECTS: dict[str, Tone] = {"value": VALUE_TONE, "gradient": GRADIENT_TONE}
"""What colours a row of a card has, by its name."""
RAILS: dict[str, str] = tokens()["rails"]
"""The tokens of an edge's two rails. They stand in ``tokens.json``, where the engine's static picture finds them, too."""
TONES: dict[str, Tone] = {
    "forward": VALUE_TONE,
    "backward": GRADIENT_TONE,
    "update": Tone("update", "update_line", "update_tint", "update"),
    "zero": GREY,
    "error": ERROR,
}
"""What colours a phase has, and an operation that failed: the only table of it, wherever that is shown."""
_MATH_SHARE = 1.25
"""How much larger mathematics is drawn than words of the same height."""
_BOLD = 0.4


@lru_cache(maxsize=32)
def font(px: int, weight: int = 400) -> tuple[QFont, QFontMetricsF]:
    """The font of the interface with its metrics."""
    found = ui_font(px, weight)
    return found, QFontMetricsF(found)


def _words(symbol: Expression) -> str | None:
    if not isinstance(symbol, Word):
        return None
    letters = symbol.text.replace(" ", "")
    return symbol.text if letters.isascii() and letters.isalpha() else None


def label_width(symbol: Expression, px: float, bold: bool = False) -> float:
    """Width in px that ``draw_label`` takes."""
    words = _words(symbol)
    if words is not None:
        return font(round(px), 600 if bold else 400)[1].horizontalAdvance(words)
    return math_width(symbol, px * _MATH_SHARE) + (_BOLD if bold else 0)


def draw_label(
    painter: QPainter, x: float, baseline: float, symbol: Expression, px: float, color: QColor, bold: bool = False
) -> None:
    """Draw a moment's label: words such as ``free graph`` in the font of the interface, the rest as mathematics."""
    words = _words(symbol)
    if words is not None:
        painter.setFont(font(round(px), 600 if bold else 400)[0])
        painter.setPen(color)
        painter.drawText(QPointF(x, baseline), words)
        return
    draw_math(painter, x, baseline, symbol, px * _MATH_SHARE, color)
    if bold:
        # The mathematics font has one weight only.
        draw_math(painter, x + _BOLD, baseline, symbol, px * _MATH_SHARE, color)
