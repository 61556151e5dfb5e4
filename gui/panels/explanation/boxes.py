"""Pieces of formulas as boxes: LaTeX in one line, with fractions stacked. Laid out at once: nothing flickers while stepping."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from gui.look.mathtext import draw_math, math_width

_AXIS = 0.26
"""Height of fraction bars above the baseline, in em."""
_GAP = 0.16
_ASCENT, _RAISED_ASCENT, _DESCENT = 0.74, 1.0, 0.24


@dataclass(frozen=True, slots=True)
class Box:
    """Where things stand in a typeset piece, from its left end and baseline, in px.

    ``texts`` are (x, y, LaTeX, size); ``bars`` (x, y, length, thickness).
    """

    width: float
    ascent: float
    descent: float
    texts: tuple[tuple[float, float, str, float], ...]
    bars: tuple[tuple[float, float, float, float], ...]

    def draw(self, painter: QPainter, x: float, baseline: float, color: QColor) -> None:
        for left, down, latex, px in self.texts:
            draw_math(painter, x + left, baseline + down, latex, px, color)
        for left, down, length, thickness in self.bars:
            painter.fillRect(QRectF(x + left, baseline + down, length, thickness), color)


def _group(latex: str, at: int) -> tuple[str, int]:
    """The group in braces that begins at ``at``, and where it ends."""
    depth, start = 0, at
    while at < len(latex):
        depth += {"{": 1, "}": -1}.get(latex[at], 0)
        at += 1
        if depth == 0:
            break
    return latex[start + 1 : at - 1], at


def _top_fraction(latex: str, start: int) -> int:
    """Where the next fraction outside all braces begins, or -1."""
    depth = 0
    for at in range(start, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[at], 0)
        if depth == 0 and latex.startswith("\\frac{", at):
            return at
    return -1


@lru_cache(maxsize=4096)
def box(latex: str, px: float) -> Box:
    """``latex`` at font size ``px``. Fractions inside roots, exponents and the like are written in one line."""
    texts: list[tuple[float, float, str, float]] = []
    bars: list[tuple[float, float, float, float]] = []
    x, ascent, descent, at = 0.0, _ASCENT * px, _DESCENT * px, 0
    while at < len(latex):
        found = _top_fraction(latex, at)
        text = latex[at:found] if found >= 0 else latex[at:]
        if text.strip():
            texts.append((x, 0.0, text, px))
            x += math_width(text, px)
            ascent = max(ascent, (_RAISED_ASCENT if "^" in text or "\\hat" in text else _ASCENT) * px)
        if found < 0:
            break
        over, middle = _group(latex, found + len("\\frac"))
        under, at = _group(latex, middle)
        above, below = box(over, px), box(under, px)
        wide = max(above.width, below.width) + 0.2 * px
        x += 0.08 * px if x else 0.0
        up = -(_AXIS + _GAP) * px - above.descent
        down = -(_AXIS - _GAP) * px + below.ascent
        for part, y in ((above, up), (below, down)):
            left = x + (wide - part.width) / 2
            texts += [(left + item[0], y + item[1], item[2], item[3]) for item in part.texts]
            bars += [(left + item[0], y + item[1], item[2], item[3]) for item in part.bars]
        bars.append((x, -_AXIS * px, wide, max(1.0, px / 19)))
        ascent, descent = max(ascent, above.ascent - up), max(descent, below.descent + down)
        x += wide + 0.08 * px
    return Box(x, ascent, descent, tuple(texts), tuple(bars))
