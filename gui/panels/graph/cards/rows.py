"""Paints the value row and the gradient row of a card: a number, a histogram, or the word for having none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.graph.state import Phase, Row
from engine.recording import TensorData
from gui.look.numbers import MINUS, short
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_face import NUMBER_SIDES, TIGHT_LINE, grid
from gui.panels.graph.cards.elements import few, paint_bars, paint_numbers, whole_numbers
from gui.panels.graph.cards.histogram import Histogram
from gui.panels.graph.metrics import draw_icon, draw_text, draw_text_right, readable, text_width

RowName = Literal["value", "gradient"]

PHASE_TOKENS: dict[Phase, tuple[str, str, str]] = {
    "forward": ("value", "value_line", "value_tint"),
    "backward": ("grad", "grad_line", "grad_tint"),
    "update": ("update", "update_line", "update_tint"),
    "zero": ("pending", "pending_line", "pending_tint"),
}
"""Text, line and tint colours of a phase."""


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
    return short(data.item(), digits)


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
    """In how many columns the elements of a small tensor are written; 0 where the card has none."""


def paint_row(painter: QPainter, theme: ThemeManager, place: RowPlace, row: Row, picture: Histogram | None) -> None:
    """Draw ``row``; ``picture`` is its histogram if it holds more than one element."""
    if row.kind == "value" and picture is not None:
        _paint_picture(painter, theme, place, picture)
        return
    if row.kind == "value" and row.data is not None and few(row.data):
        _paint_elements(painter, theme, place, row.data)
        return
    px = readable(11, place.zoom)
    label = "cleared" if row.kind == "cleared" else place.label
    wide = text_width(label, "ui", px)
    room = place.right - place.left - wide - 6
    grey = theme.color("pending")
    used, at = 0.0, place.middle
    if row.kind == "not_yet":
        used = _paint_not_yet(painter, theme, place, px, room)
    elif row.kind in ("none", "undefined"):
        used = draw_text_right(painter, "None", place.right, place.middle, grey, "mono", readable(13, place.zoom))
    elif row.kind in ("not_tracked", "unknown"):
        words = "not tracked" if row.kind == "not_tracked" else "not recorded"
        used = draw_text_right(painter, words, place.right, place.middle, grey, "ui", px)
    elif row.kind == "cleared":
        used = draw_text_right(painter, "0", place.right, place.middle, grey, "mono", 16, 700 if place.hit else 500)
    elif row.data is not None:
        if _least_width(row, place) > room + 3 and row.previous is None:
            # Number and label have no room beside each other: they stand in two lines, and neither is left out.
            at, room = place.middle - 8, place.right - place.left
            place = replace(place, middle=place.middle + 8)
            used = min(room, _paint_number(painter, theme, place, row, room))
        else:
            used = _paint_number(painter, theme, place, row, room)
    if used <= room + 3:
        _paint_label(painter, theme, place, label, at)


def _paint_label(painter: QPainter, theme: ThemeManager, place: RowPlace, label: str, middle: float) -> None:
    tint = PHASE_TOKENS[place.hit][0] if place.hit else "text_3"
    draw_text(painter, label, place.left, middle, theme.color(tint), "ui", readable(11, place.zoom))


def _added_text(row: Row) -> str:
    """``+ 75`` for what was just added, or nothing."""
    if row.added is None or row.added.size != 1:
        return ""
    added = number_text(row.added)
    return f"− {added[1:]}" if added.startswith("−") else f"+ {added}"


def _least_width(row: Row, place: RowPlace) -> float:
    """What the number takes at the least in a line: in the smallest size, with what was added beside it."""
    assert row.data is not None
    px, added = readable(11, place.zoom), _added_text(row)
    wide = text_width(number_text(row.data), "mono", px, 700 if place.hit else 500) + (18 if is_bad(row) else 0)
    return wide + (text_width(added, "mono", px) + 6 if added else 0)


def _paint_elements(painter: QPainter, theme: ThemeManager, place: RowPlace, data: TensorData) -> None:
    """The label, and below it each element as a number, or where the zoom leaves no room for numbers as a bar."""
    error = theme.color("error")
    lines = grid(data.shape)[1]
    high = max(44.0, TIGHT_LINE * (lines + 1))
    top = place.middle - high / 2
    _paint_label(painter, theme, place, place.label, top + TIGHT_LINE / 2)
    area = QRectF(place.left, top + TIGHT_LINE, place.right - place.left, high - TIGHT_LINE)
    color = theme.color("text_3" if place.freed else "value" if place.name == "value" else "grad")
    px = readable(11, place.zoom)
    sides = NUMBER_SIDES if place.zoom < 1 else NUMBER_SIDES[:1]
    rooms = [area.adjusted(-left, 0, right, 0) for left, right in sides]
    room = next((room for room in rooms if whole_numbers(data, room, px)), rooms[-1])
    if not paint_numbers(painter, data, room, px, color, error):
        line = theme.color("text_3" if place.freed else "value_line" if place.name == "value" else "grad_line")
        paint_bars(painter, data, area.adjusted(0, 2, 0, -3), line, theme.color("error_line"), 1.0)


def _paint_not_yet(painter: QPainter, theme: ThemeManager, place: RowPlace, px: float, room: float) -> float:
    width = draw_text_right(painter, "not yet", place.right, place.middle, theme.color("pending"), "ui", px)
    if width + 26 > room:
        return width
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("pending_line"))
    for index in range(3):
        painter.drawEllipse(QRectF(place.right - width - 6 - 4 - 8 * index, place.middle - 2, 4, 4))
    return width + 26


def _fitting(text: str, room: float, px: float, weight: int, zoom: float) -> float:
    least = readable(11, zoom)
    while px > least and text_width(text, "mono", px, weight) > room:
        px -= 1
    return px


def _paint_number(painter: QPainter, theme: ThemeManager, place: RowPlace, row: Row, room: float) -> float:
    """Draws it; the width taken from the right."""
    assert row.data is not None
    text = number_text(row.data)
    color = theme.color("text_3" if place.freed else "value" if place.name == "value" else "grad")
    weight = 700 if place.hit else 500
    if is_bad(row):
        px = _fitting(text, room - 18, 16, weight, place.zoom)
        width = draw_text_right(painter, text, place.right, place.middle, theme.color("error"), "mono", px, weight)
        draw_icon(painter, "warning", theme.color("error"), place.right - width - 17, place.middle - 7.5, 14)
        return width + 17
    if row.previous is not None and row.added is None and row.previous.size == 1:
        old_px, new_px = readable(12, place.zoom), 15
        old = number_text(row.previous)
        old_px = _fitting(old, room, old_px, 400, place.zoom)
        width = draw_text_right(painter, old, place.right, place.middle - 9, theme.color("text_3"), "mono", old_px)
        painter.setPen(QPen(theme.color("text_3"), 1))
        painter.drawLine(QLineF(place.right - width, place.middle - 9, place.right, place.middle - 9))
        px = _fitting(text, room, new_px, weight, place.zoom)
        new = draw_text_right(painter, text, place.right, place.middle + 7.5, theme.color("update"), "mono", px, weight)
        return max(width, new)
    added = _added_text(row)
    if added:
        room -= text_width(added, "mono", readable(11, place.zoom)) + 6
    px = _fitting(text, room, 16, weight, place.zoom)
    width = draw_text_right(painter, text, place.right, place.middle, color, "mono", px, weight)
    if added:
        small = readable(11, place.zoom)
        width += 6 + draw_text_right(painter, added, place.right - width - 6, place.middle, color, "mono", small)
    return width


def _paint_picture(painter: QPainter, theme: ThemeManager, place: RowPlace, picture: Histogram) -> None:
    """The histogram is 22 high; below it stand the least and the greatest element."""
    color = theme.color("text_3" if place.freed else "value_line" if place.name == "value" else "grad_line")
    left, top, width = place.left, place.middle - 20, place.right - place.left
    pitch = width / max(1, len(picture.heights))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    tall = [(index, max(1.0, 20 * height)) for index, height in enumerate(picture.heights) if height]
    painter.drawRects([QRectF(left + 0.5 + index * pitch, top + 22 - high, pitch - 1, high) for index, high in tall])
    faint = theme.color("text_3" if place.freed else "value_line" if place.name == "value" else "grad_line", 0.45)
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
