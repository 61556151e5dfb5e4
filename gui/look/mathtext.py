"""Small formulas in one line: mathematics drawn with QPainter in STIX Two Math, fractions with a slash.

Letters are italic; digits, operators and words upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from engine.mathematics.atoms import ACCENTS, Atom
from engine.mathematics.expression import Expression
from gui.look.theme import math_font

_SCRIPT = 0.66
_RAISE = 0.42
_LOWER = 0.18

# Placing -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Placed:
    """Atoms as they are drawn, from their left end and baseline."""

    runs: list[tuple[float, float, int, str]]
    """x, y below the baseline, font size in px, text."""
    bars: list[tuple[float, float, float, float]]
    """x, y, length, thickness."""
    width: float
    top: float

    def draw(self, painter: QPainter, x: float, baseline_y: float, color: QColor) -> None:
        """Draw them from ``x`` on ``baseline_y``. Font and pen are kept."""
        font, pen = painter.font(), painter.pen()
        painter.setPen(color)
        for left, down, size, text in self.runs:
            painter.setFont(_font(size)[0])
            painter.drawText(QPointF(x + left, baseline_y + down), text)
        for left, down, length, thickness in self.bars:
            painter.setPen(QPen(color, thickness))
            painter.drawLine(QLineF(x + left, baseline_y + down, x + left + length, baseline_y + down))
        painter.setFont(font)
        painter.setPen(pen)


@lru_cache(maxsize=64)
def _font(px: int) -> tuple[QFont, QFontMetricsF]:
    font = math_font(px)
    return font, QFontMetricsF(font)


@lru_cache(maxsize=8192)
def _advance(text: str, px: int) -> float:
    return _font(px)[1].horizontalAdvance(text)


def _place(atoms: tuple[Atom, ...], x: float, y: float, px: float, out: Placed, tight: bool = False) -> float:
    """Places ``atoms`` from ``x`` on the line ``y``; the x after them. ``tight``: without spaces around signs."""
    size = max(1, round(px))
    before = "start"
    for index, atom in enumerate(atoms):
        kind = atom.kind if atom.kind != "script" or not atom.body else atom.body[0].kind
        if kind in ("hat", "root", "frac", "script"):
            kind = "ord"
        binary = kind == "bin" and before in ("ord", "close", "name") and index + 1 < len(atoms)
        gap = 0.28 if kind == "rel" and len(atoms) > 1 else 0.22 if binary else 0.0
        if tight:
            gap = 0.0
        if kind in ("ord", "name") and before in ("ord", "name", "close") and "name" in (kind, before):
            x += 0.17 * px
        if gap and before != "start" and not (before == "unary" and atom.plain == "="):  # the = of += stands close to its +
            x += gap * px
        x = _place_one(atom, x, y, px, size, out)
        if kind == "punct":
            gap = 0.0 if tight else 0.17
        if gap:
            x += gap * px
        before = kind if kind != "bin" or binary else "unary"
    return x


def _place_one(atom: Atom, x: float, y: float, px: float, size: int, out: Placed) -> float:
    if atom.kind == "script":
        x = _place(atom.body, x, y, px, out)
        tall = 0.22 * px if any(item.kind in ("root", "hat") for item in atom.body) else 0.0
        after_sup = _place(atom.sup, x, y - _RAISE * px - tall, px * _SCRIPT, out, True) if atom.sup else x
        after_sub = _place(atom.sub, x, y + _LOWER * px, px * _SCRIPT, out, True) if atom.sub else x
        out.top = min(out.top, y - (_RAISE + 0.66 * _SCRIPT) * px - tall)
        return max(after_sup, after_sub)
    if atom.kind == "hat":
        end = _place(atom.body, x, y, px, out)
        letter = atom.body[0].plain if atom.body else ""
        high = 0.0 if letter and letter in "acegmnopqrsuvwxyzηω" else 0.22 * px
        mark = ACCENTS[atom.plain][0]
        out.runs.append(((x + end - _advance(mark, size)) / 2 + 0.06 * px, y - high, size, mark))
        return end
    if atom.kind == "root":
        out.runs.append((x, y, size, "√"))
        start = x + _advance("√", size)
        end = _place(atom.body, start, y, px, out) + 0.08 * px
        out.bars.append((start - 0.03 * px, y - 0.78 * px, end - start + 0.03 * px, max(1.0, px / 18)))
        return end
    if atom.kind == "frac":
        x = _place(atom.body, x, y, px, out)
        out.runs.append((x, y, size, "/"))
        return _place(atom.sub, x + _advance("/", size), y, px, out)
    if atom.kind == "space":
        return x + atom.width * px
    if atom.drawn:
        out.runs.append((x, y, size, atom.drawn))
        out.top = min(out.top, y - 0.72 * px)
        return x + _advance(atom.drawn, size)
    return x


def placed(atoms: tuple[Atom, ...], px: float) -> Placed:
    """``atoms`` set in one line at font size ``px``."""
    out = Placed([], [], 0.0, 0.0)
    out.width = _place(atoms, 0.0, 0.0, px, out)
    return out


@lru_cache(maxsize=4096)
def _placed(symbol: Expression, px: float) -> Placed:
    return placed(symbol.atoms, px)


def draw_math(painter: QPainter, x: float, baseline_y: float, symbol: Expression, px: float, color: QColor) -> float:
    """Draw ``symbol`` at font size ``px`` from ``x`` on ``baseline_y``; the width drawn, in px. Font and pen are kept."""
    made = _placed(symbol, px)
    made.draw(painter, x, baseline_y, color)
    return made.width


def math_width(symbol: Expression, px: float) -> float:
    """Width of ``symbol`` at font size ``px``, in px."""
    return _placed(symbol, px).width
