"""The numbers beside a formula: since when the program has known them, and lines of text pieces to draw them with."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from engine.explain.formula.calculus import Derivative
from engine.explain.formula.formula import Formula
from engine.mathematics.numbers import format_number
from engine.recording import Recording
from engine.tables import OF_OPERATIONS
from gui.look.theme import ThemeManager, math_font, ui_font

DERIVATIVE_PX = 16.0
DOTS = "…"
_WORD_GAP = 6.0
_COLUMN_GAP = 12.0


class Piece(NamedTuple):
    """A text on a line: colour token, font size in px, whether in the mathematical font, space after it in px.

    Where it is ``hidden``, three dots stand in the middle of its place.
    """

    text: str
    token: str
    px: float
    math: bool
    space: float
    hidden: bool = False


def known_from(recording: Recording, shown: Formula) -> dict[int, int]:
    """From which cursor on each value in the numbers of ``shown`` is known, by value id."""
    values = {part.value for line in shown.lines for part in line.substitution if part.value is not None}
    makers = {number: recording.values[number].operation for number in values}
    wanted = set(makers.values()) - {None}
    done = {
        moment.subject: number + 1
        for number, moment in enumerate(recording.moments)
        if moment.kind in OF_OPERATIONS and moment.subject in wanted
    }
    return {value: done.get(maker, 0) if maker is not None else 0 for value, maker in makers.items()}


def arrivals(recording: Recording, derivatives: tuple[Derivative, ...]) -> tuple[int, ...]:
    """From which cursor on autograd's number of each of ``derivatives``, made of ``recording``, stands in ``.grad``."""
    arrived = {
        id(recording.runs[moment.subject].grad_after): number + 1
        for number, moment in enumerate(recording.moments)
        if moment.kind == "accumulate"
    }
    return tuple(arrived.get(id(item.recorded), 0) for item in derivatives)


def derivative_pieces(item: Derivative, arrived: bool) -> list[Piece]:
    """Sympy's number, autograd's number where it has ``arrived`` in ``.grad``, and what to think of them."""
    pieces: list[Piece] = []
    if item.symbolic_value is not None:
        pieces.append(Piece(f"= {format_number(item.symbolic_value)}", "text_2", DERIVATIVE_PX, True, _WORD_GAP))
        pieces.append(Piece("sympy", "text_3", 11, False, _COLUMN_GAP))
    if item.recorded is not None:
        if arrived:
            pieces.append(Piece(format_number(item.recorded.item()), "grad", DERIVATIVE_PX, True, _WORD_GAP))
        pieces.append(Piece("autograd", "text_3", 11, False, _COLUMN_GAP if arrived else _WORD_GAP))
        if not arrived:
            pieces.append(Piece("not yet", "pending", 12, False, _COLUMN_GAP))
    if not item.applies:
        pieces.append(Piece(f"not compared: {item.why_not}", "text_3", 12, False, 0))
    elif arrived and item.agrees is True:
        pieces.append(Piece("✓", "text_3", 12, False, 0))
    elif arrived and item.agrees is False:
        pieces.append(Piece("the two differ", "error", 12, False, 0))
    return pieces


@lru_cache(maxsize=64)
def _font_metrics(math: bool, px: float) -> QFontMetricsF:
    return QFontMetricsF(math_font(px) if math else ui_font(px))


def _metrics(piece: Piece, scale: float) -> QFontMetricsF:
    return _font_metrics(piece.math, piece.px * scale)


def pieces_width(pieces: list[Piece], scale: float) -> float:
    """Pixels that ``pieces`` take one after another."""
    return sum(_metrics(piece, scale).horizontalAdvance(piece.text) + piece.space for piece in pieces)


def _dots(metrics: QFontMetricsF, width: float) -> str:
    """Dots that stand for a number that is not there yet, in its room: a short one has no room for three."""
    return next((dots for dots in (DOTS, "..") if metrics.horizontalAdvance(dots) <= width), ".")


def draw_pieces(painter: QPainter | None, theme: ThemeManager, at: QPointF, pieces: list[Piece], right: float) -> QRectF:
    """Texts one after another from ``at`` on its baseline, drawn if there is a painter; what passes ``right`` is elided."""
    x, baseline = at.x(), at.y()
    box = QRectF(x, baseline - 1, 1, 1)
    for piece in pieces:
        metrics = _metrics(piece, theme.scale)
        px = piece.px * theme.scale
        text = piece.text
        if x + metrics.horizontalAdvance(text) > right + 1:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, right - x))
        width = metrics.horizontalAdvance(text)
        if painter is not None:
            painter.setFont(math_font(px) if piece.math else ui_font(px))
            painter.setPen(theme.color("pending" if piece.hidden else piece.token))
            shown = _dots(metrics, width) if piece.hidden else text
            inset = (width - metrics.horizontalAdvance(shown)) / 2 if piece.hidden else 0.0
            painter.drawText(QPointF(x + inset, baseline), shown)
        # The mathematical font's own ascent leaves room for integrals; a text takes its size.
        box = box.united(QRectF(x, baseline - 0.8 * px, width, 1.1 * px))
        x += width + piece.space
    return box
