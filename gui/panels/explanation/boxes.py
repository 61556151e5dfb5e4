"""Pieces of formulas as boxes: one line with fractions stacked. Laid out at once: nothing flickers while stepping."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from engine.mathematics.atoms import Atom
from engine.mathematics.expression import Expression
from gui.look.mathtext import Placed, placed

_AXIS = 0.26
"""Height of fraction bars above the baseline, in em."""
_GAP = 0.16
_ASCENT, _RAISED_ASCENT, _DESCENT = 0.74, 1.0, 0.24


@dataclass(frozen=True, slots=True)
class Box:
    """Where things stand in a typeset piece, from its left end and baseline, in px.

    ``texts`` are (x, y, what is set); ``bars`` (x, y, length, thickness).
    """

    width: float
    ascent: float
    descent: float
    texts: tuple[tuple[float, float, Placed], ...]
    bars: tuple[tuple[float, float, float, float], ...]

    def draw(self, painter: QPainter, x: float, baseline: float, color: QColor) -> None:
        for left, down, text in self.texts:
            text.draw(painter, x + left, baseline + down, color)
        for left, down, length, thickness in self.bars:
            painter.fillRect(QRectF(x + left, baseline + down, length, thickness), color)


def _is_high(atom: Atom) -> bool:
    """Whether something in it is raised, or has a hat."""
    high = bool(atom.sup) or (atom.kind == "hat" and atom.plain == "hat")
    return high or any(map(_is_high, (*atom.body, *atom.sup, *atom.sub)))


@lru_cache(maxsize=4096)
def box(symbol: Expression, px: float) -> Box:
    """``symbol`` at font size ``px``. Fractions inside roots, exponents and the like are written in one line."""
    return _box(symbol.atoms, px)


def _box(atoms: tuple[Atom, ...], px: float) -> Box:
    texts: list[tuple[float, float, Placed]] = []
    bars: list[tuple[float, float, float, float]] = []
    x, ascent, descent, at = 0.0, _ASCENT * px, _DESCENT * px, 0
    while at < len(atoms):
        found = next((place for place in range(at, len(atoms)) if atoms[place].kind == "frac"), len(atoms))
        line = atoms[at:found]
        if line:
            text = placed(line, px)
            texts.append((x, 0.0, text))
            x += text.width
            ascent = max(ascent, (_RAISED_ASCENT if any(map(_is_high, line)) else _ASCENT) * px)
        if found == len(atoms):
            break
        above, below, at = _box(atoms[found].body, px), _box(atoms[found].sub, px), found + 1
        wide = max(above.width, below.width) + 0.2 * px
        x += 0.08 * px if x else 0.0
        up = -(_AXIS + _GAP) * px - above.descent
        down = -(_AXIS - _GAP) * px + below.ascent
        for part, y in ((above, up), (below, down)):
            left = x + (wide - part.width) / 2
            texts += [(left + item[0], y + item[1], item[2]) for item in part.texts]
            bars += [(left + item[0], y + item[1], item[2], item[3]) for item in part.bars]
        bars.append((x, -_AXIS * px, wide, max(1.0, px / 19)))
        ascent, descent = max(ascent, above.ascent - up), max(descent, below.descent + down)
        x += wide + 0.08 * px
    return Box(x, ascent, descent, tuple(texts), tuple(bars))
