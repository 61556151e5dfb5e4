"""Where not all elements of a small tensor have room: the first of them as whole numbers, and … for the others."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from engine.tables import TensorData
from gui.panels.graph.cards.card_face import grid
from gui.panels.graph.cards.elements import FACES, element_texts
from gui.panels.graph.metrics import Face, draw_text_right, text_width

MORE = "…"
"""Stands where elements are left out; a number itself is never cut."""
_GAP = 0.4
"""The gap between two numbers, as a share of their size."""
_DIGITS = (2, 1)
"""Significant digits, most first: fewer only where not even one number has room otherwise."""


@dataclass(frozen=True, slots=True)
class First:
    """The lines that are written, and in which face; each ends in ``MORE`` where elements of it are left out."""

    lines: tuple[tuple[str, ...], ...]
    face: Face


def first_elements(data: TensorData, px: float, width: float, lines: int) -> First:
    """As many elements as ``lines`` of ``width`` have room for; a matrix keeps its rows, a vector goes on in the next line."""
    matrix = len(data.shape) > 1 and data.shape[-1] < data.size
    for digits in _DIGITS:
        texts = element_texts(data, digits, grid(data.shape)[0] if matrix else data.size)
        ways = [First(_lines(texts, face, px, width, lines), face) for face in FACES]
        best = max(ways, key=lambda way: sum(text != MORE for line in way.lines for text in line))
        if all(line and line[0] != MORE for line in best.lines):
            return best
    return First(((MORE,),), FACES[0])


def _lines(rows: list[list[str]], face: Face, px: float, width: float, lines: int) -> tuple[tuple[str, ...], ...]:
    found = list[tuple[str, ...]]()
    waiting = list(rows)
    while waiting and len(found) < lines:
        row, last = waiting.pop(0), len(found) == lines - 1
        # A row of a matrix ends in its line; a vector is one row, which goes on while there are lines.
        goes_on = len(rows) == 1 and not last
        fitting = _fitting(row, face, px, width, cut=bool(waiting) and last, goes_on=goes_on)
        found.append(fitting)
        if goes_on and 0 < len(fitting) < len(row) and MORE not in fitting:
            waiting.insert(0, row[len(fitting) :])
    return tuple(found)


def _fitting(row: list[str], face: Face, px: float, width: float, *, cut: bool, goes_on: bool) -> tuple[str, ...]:
    """The first texts of a row, with ``MORE`` behind them if the line is ``cut`` or some are left out."""
    for count in range(len(row), -1, -1):
        left_out = cut or (count < len(row) and not goes_on)
        texts = (*row[:count], *((MORE,) if left_out else ()))
        if sum(text_width(text, face, px, 500) for text in texts) + _GAP * px * (len(texts) - 1) <= width:
            return texts
    return (MORE,)


def paint_first(
    painter: QPainter, line: tuple[str, ...], face: Face, right: float, middle: float, color: QColor, bad: QColor, px: float
) -> None:
    """One line of them, ending at ``right``; what is not finite in the colour ``bad``."""
    for text in reversed(line):
        ink = bad if text.lstrip("−+") in ("nan", "∞", "inf") else color
        draw_text_right(painter, text, right, middle, ink, face, px, 500)
        right -= text_width(text, face, px, 500) + _GAP * px


def paint_first_in(
    painter: QPainter, data: TensorData, area: QRectF, px: float, pitch: float, color: QColor, bad: QColor
) -> None:
    """As many elements as ``area`` has room for, its lines ``pitch`` apart."""
    shown = first_elements(data, px, area.width(), max(1, int(area.height() / pitch)))
    middle = area.center().y() - pitch * (len(shown.lines) - 1) / 2
    for line in shown.lines:
        paint_first(painter, line, shown.face, area.right(), middle, color, bad, px)
        middle += pitch
