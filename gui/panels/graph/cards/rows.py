"""Paints the value row and the gradient row of a card: a number, a histogram, or the word that says that there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.graph.state import Row
from engine.mathematics.numbers import MINUS, format_number
from engine.tables import Phase, TensorData
from gui.look.theme import ThemeManager
from gui.look.tones import SUBJECTS, TONES
from gui.panels.graph.cards.card_face import NUMBER_SIDES, TIGHT_LINE, grid
from gui.panels.graph.cards.elements import few, paint_numbers, whole_numbers
from gui.panels.graph.cards.first_elements import paint_first_in
from gui.panels.graph.cards.histogram import Histogram
from gui.panels.graph.metrics import CLEAR, Face, draw_icon, draw_text, draw_text_right, readable, text_width

RowName = Literal["value", "gradient"]


def is_bad(row: Row) -> bool:
    """Whether the row shows nan or an infinity."""
    if row.kind != "value" or row.data is None:
        return False
    if row.data.size == 1 and row.data.array is not None:
        value = row.data.item()
        return isinstance(value, (float, complex)) and not (math.isfinite(value.real) and math.isfinite(value.imag))
    numbers = row.data.numbers()
    if numbers is None:
        kept = row.data.summary()
        return bool(kept.nan or kept.infinite)
    return numbers.dtype.kind in "fc" and not bool(np.isfinite(numbers).all())


def number_text(data: TensorData, digits: int = 5) -> str:
    """The only element of ``data`` as a short text."""
    return format_number(data.item(), digits)


@dataclass(slots=True)
class RowPlace:
    """Where and how a row is drawn: ``middle`` is its centre line, ``hit`` the phase that touched it now, if one did."""

    name: RowName
    label: str
    left: float
    right: float
    middle: float
    zoom: float
    hit: Phase | None
    freed: bool
    columns: int = 0
    """In how many columns the elements of a small tensor are written; 0 if the card writes none."""


def paint_row(painter: QPainter, theme: ThemeManager, place: RowPlace, row: Row, picture: Histogram | None) -> None:
    """Draw ``row``; ``picture`` is its histogram if it holds more than one element."""
    if row.kind == "value" and picture is not None:
        _paint_picture(painter, theme, place, picture)
        return
    if row.kind == "value" and row.data is not None and few(row.data):
        _paint_elements(painter, theme, place, row.data)
        return
    px, grey = readable(11, place.zoom), theme.color("pending")
    label = "cleared" if row.kind == "cleared" else place.label
    if row.kind == "value" and row.data is not None:
        _paint_number_row(painter, theme, place, row, label)
        return
    words, kind = _WORDS.get(row.kind, ("0", "mono"))
    small = px if kind == "ui" else readable(13, place.zoom) if words == "None" else 16.0
    weight = 700 if row.kind == "cleared" and place.hit else 500 if row.kind == "cleared" else 400
    for spot in _spots(place):
        face: Face = spot.words if kind == "ui" else spot.digits
        width, room = text_width(words, face, small, weight), spot.room(label, px)
        if width <= room:
            draw_text_right(painter, words, spot.right, place.middle, grey, face, small, weight)
            _paint_label(painter, theme, place, label, place.middle, spot)
            if row.kind == "not_yet" and width + 26 <= room:
                _paint_dots(painter, theme, spot.right - width, place.middle)
            return
    _paint_label(painter, theme, place, label, place.middle - _APART, spot)
    draw_text_right(painter, words, spot.right, place.middle + _APART, grey, face, small, weight)


_WORDS: dict[str, tuple[str, Literal["ui", "mono"]]] = {
    "not_yet": ("not yet", "ui"),
    "none": ("None", "mono"),
    "undefined": ("None", "mono"),
    "not_tracked": ("not tracked", "ui"),
    "unknown": ("not recorded", "ui"),
    "cleared": ("0", "mono"),
}
"""What a row without a number says, and whether it is set like words or like a number."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """From where to where a row is written, and how close its characters are."""

    left: float
    right: float
    words: Face = "ui"
    digits: Face = "mono"

    def room(self, label: str, px: float) -> float:
        """What is left beside the label."""
        return self.right - self.left - text_width(label, self.words, px) - _BETWEEN


_APART = 7.0
"""Px from a row's middle to each of two lines."""
_BETWEEN = 4.0
"""Px between the label and what stands beside it, at least."""
_EDGE = 5.0
"""Px from the card's edge to where a row comes into its padding where it needs the room: it stays within the row's highlight."""


@lru_cache(maxsize=512)
def _row_spots(left: float, right: float, zoom: float) -> tuple[_Spot, ...]:
    edge = max(_EDGE, CLEAR / zoom)
    wide = edge, right + left - edge
    return _Spot(left, right), _Spot(left, wide[1]), _Spot(*wide), _Spot(*wide, "narrow", "tight")


def _spots(place: RowPlace) -> tuple[_Spot, ...]:
    """Where a row may stand: as designed, then with ever more room, so that its label is never left out."""
    return _row_spots(place.left, place.right, min(1.0, place.zoom))


def _paint_number_row(painter: QPainter, theme: ThemeManager, place: RowPlace, row: Row, label: str) -> None:
    """Draw label and number side by side, with closer digits where the number must be smaller; else in two lines."""
    px, least = readable(11, place.zoom), readable(11, place.zoom)
    spots = _spots(place)
    ways = [(spot, _FULL) for spot in spots[:3]]
    ways += [(spots[2], float(size)) for size in range(int(_FULL) - 1, math.ceil(least) - 1, -1)]
    for spot, size in (*ways, (spots[3], least)):
        size = max(size, least)
        if _number_width(row, place, size, spot.digits, _DIGITS) <= spot.room(label, px):
            _paint_number(painter, theme, place, row, spot, size, _DIGITS)
            _paint_label(painter, theme, place, label, place.middle, spot)
            return
    # No room side by side: in two lines, within the row's highlight, neither is left out.
    spot, room = spots[3], spots[3].right - spots[3].left
    size, digits = next(
        (
            (size, digits)
            for digits in range(_DIGITS, 0, -1)
            for size in (max(13.0, least), least)
            if _number_width(row, place, size, "tight", digits) <= room
        ),
        (least, 1),
    )
    if _is_update(row):  # its two numbers take both lines
        _paint_number(painter, theme, place, row, spot, size, digits)
        return
    _paint_label(painter, theme, place, label, place.middle - _APART, spot)
    _paint_number(painter, theme, replace(place, middle=place.middle + _APART), row, spot, size, digits)


_FULL, _DIGITS = 16.0, 5
"""A number's size in px and its significant digits, where it has room."""


def _paint_label(
    painter: QPainter, theme: ThemeManager, place: RowPlace, label: str, middle: float, spot: _Spot | None = None
) -> None:
    tint = TONES[place.hit].text if place.hit else "text_3"
    spot = spot or _Spot(place.left, place.right)
    draw_text(painter, label, spot.left, middle, theme.color(tint), spot.words, readable(11, place.zoom))


def _added_text(row: Row, digits: int) -> str:
    """``+ 75`` for what was just added, or nothing."""
    if row.added is None or row.added.size != 1:
        return ""
    added = number_text(row.added, digits)
    return f"− {added[1:]}" if added.startswith("−") else f"+ {added}"


def _is_update(row: Row) -> bool:
    """Whether the old number stands above the new one."""
    return row.previous is not None and row.added is None and row.previous.size == 1


def _number_width(row: Row, place: RowPlace, px: float, face: Face, digits: int) -> float:
    """What the number takes in a line, with what was added beside it, or what it was before above it."""
    assert row.data is not None
    wide = text_width(number_text(row.data, digits), face, px, 700 if place.hit else 500) + (17 if is_bad(row) else 0)
    if _is_update(row):
        assert row.previous is not None
        return max(wide, text_width(number_text(row.previous, digits), face, min(px, readable(12, place.zoom))))
    added = _added_text(row, digits)
    return wide + (text_width(added, face, readable(11, place.zoom)) + 6 if added else 0)


def _paint_elements(painter: QPainter, theme: ThemeManager, place: RowPlace, data: TensorData) -> None:
    """The label, and below it each element as a number, or the first ones where the zoom leaves no room for all."""
    error = theme.color("error")
    lines = grid(data.shape)[1]
    high = max(44.0, TIGHT_LINE * (lines + 1))
    top = place.middle - high / 2
    _paint_label(painter, theme, place, place.label, top + TIGHT_LINE / 2)
    area = QRectF(place.left, top + TIGHT_LINE, place.right - place.left, high - TIGHT_LINE)
    color = theme.color("text_3" if place.freed else SUBJECTS[place.name].text)
    px = readable(11, place.zoom)
    sides = NUMBER_SIDES if place.zoom < 1 else NUMBER_SIDES[:1]
    most = place.left - CLEAR / place.zoom
    rooms = [area.adjusted(-min(left, most), 0, min(right, most), 0) for left, right in sides]
    room = next((room for room in rooms if whole_numbers(data, room, px)), rooms[-1])
    if not paint_numbers(painter, data, room, px, color, error):
        paint_first_in(painter, data, room, px, TIGHT_LINE, color, error)


def _paint_dots(painter: QPainter, theme: ThemeManager, right: float, middle: float) -> None:
    """The three dots before ``not yet``."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("pending_line"))
    for index in range(3):
        painter.drawEllipse(QRectF(right - 6 - 4 - 8 * index, middle - 2, 4, 4))


def _paint_number(painter: QPainter, theme: ThemeManager, place: RowPlace, row: Row, spot: _Spot, px: float, digits: int) -> None:
    """The number at the right of ``spot``."""
    assert row.data is not None
    text = number_text(row.data, digits)
    color = theme.color("text_3" if place.freed else SUBJECTS[place.name].text)
    weight, face, right = 700 if place.hit else 500, spot.digits, spot.right
    if is_bad(row):
        width = draw_text_right(painter, text, right, place.middle, theme.color("error"), face, px, weight)
        draw_icon(painter, "warning", theme.color("error"), right - width - 17, place.middle - 7.5, 14)
        return
    if _is_update(row):
        assert row.previous is not None
        old_px, new_px = min(px, readable(12, place.zoom)), min(px, max(15.0, readable(11, place.zoom)))
        old, above = number_text(row.previous, digits), place.middle - 9
        width = draw_text_right(painter, old, right, above, theme.color("text_3"), face, old_px)
        painter.setPen(QPen(theme.color("text_3"), 1))
        painter.drawLine(QLineF(right - width, above, right, above))
        draw_text_right(painter, text, right, place.middle + 7.5, theme.color("update"), face, new_px, weight)
        return
    width = draw_text_right(painter, text, right, place.middle, color, face, px, weight)
    added = _added_text(row, digits)
    if added:
        draw_text_right(painter, added, right - width - 6, place.middle, color, face, readable(11, place.zoom))


def _paint_picture(painter: QPainter, theme: ThemeManager, place: RowPlace, picture: Histogram) -> None:
    """The histogram is 22 high; below it stand the least and the greatest element."""
    color = theme.color("text_3" if place.freed else SUBJECTS[place.name].line)
    left, top, width = place.left, place.middle - 20, place.right - place.left
    pitch = width / max(1, len(picture.heights))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    tall = [(index, max(1.0, 20 * height)) for index, height in enumerate(picture.heights) if height]
    painter.drawRects([QRectF(left + 0.5 + index * pitch, top + 22 - high, pitch - 1, high) for index, high in tall])
    faint = theme.color("text_3" if place.freed else SUBJECTS[place.name].line, 0.45)
    painter.setPen(QPen(faint, 1))
    painter.drawLine(QLineF(left, top + 21.5, place.right, top + 21.5))
    if picture.zero is not None:
        pen = QPen(theme.color("text_2"), 1)
        pen.setDashPattern([2, 2])
        painter.setPen(pen)
        x = left + width * picture.zero
        painter.drawLine(QLineF(x, top, x, top + 22))
    px, below, grey = readable(11, place.zoom), top + 31, theme.color("text_3")
    if picture.bad:
        error = theme.color("error")
        wide = text_width(picture.bad, "ui", px) + 18
        draw_icon(painter, "warning", error, left + (width - wide) / 2, below - 7, 14)
        draw_text(painter, picture.bad, left + (width - wide) / 2 + 18, below, error, "ui", px)
    elif picture.note:
        draw_text(painter, picture.note, left + (width - text_width(picture.note, "ui", px)) / 2, below, grey, "ui", px)
    else:
        low, high = picture.low, picture.high
        if text_width(low, "ui", px) + text_width(high, "ui", px) + 6 > width:
            low, high = one_digit(low), one_digit(high)
        draw_text(painter, low, left, below, grey, "ui", px)
        draw_text_right(painter, high, place.right, below, grey, "ui", px)


def one_digit(text: str) -> str:
    """``−1.2e−3`` as ``−1e−3``, where two ends of a range would run into each other; what has no exponent stays."""
    mantissa, letter, exponent = text.replace(MINUS, "-").partition("e")
    if not letter:
        return text
    first, power = f"{float(f'{mantissa}e{exponent}'):.0e}".split("e")
    return f"{first}e{int(power)}".replace("-", MINUS)
