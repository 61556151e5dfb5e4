"""Up to eight elements as numbers in columns, each with as many digits as it has room for: never as a histogram."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from engine.mathematics.numbers import MINUS, Number, format_number
from engine.tables import TensorData
from gui.panels.graph.cards.card_face import COLUMN, LINE, MOST_NUMBERS, grid
from gui.panels.graph.metrics import SMALLEST_TEXT, Face, draw_text_right, text_width

FACES: tuple[Face, ...] = ("mono", "tight")
MOST_DIGITS = 4
"""Significant digits of an element where it has room for them."""
_BETWEEN = 0.45
"""The least gap between two columns, as a share of the numbers' size."""


def few(data: TensorData | None) -> bool:
    """Whether a tensor has more than one element, but few enough for each to be written, and all of them are kept."""
    return data is not None and 1 < data.size <= MOST_NUMBERS and data.array is not None


@lru_cache(maxsize=8192)
def _digits(value: Number, digits: int) -> str:
    """``value`` with ``digits`` significant digits, but whole digits before the point: 102.01 is 102, not 1e2."""
    if isinstance(value, (bool, complex)) or not math.isfinite(value) or value == 0:
        return format_number(value, digits)
    size = abs(value)
    if value == int(value) and size < 10_000:
        return f"{value:.0f}".replace("-", MINUS)
    if 0.00995 <= size < 9999.5:
        text = f"{value:.{digits}g}"
        text = f"{value:.0f}" if "e" in text or size >= 10**digits else text
    else:
        text = f"{value:.{digits - 1}e}"
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", MINUS)


def element_texts(data: TensorData, digits: int = MOST_DIGITS, columns: int = 0) -> list[list[str]]:
    """The elements in the lines in which they are written, with ``digits`` significant digits."""
    numbers = data.numbers()
    assert numbers is not None
    columns = columns or grid(data.shape)[0]
    texts = [_digits(value, digits) for value in numbers.ravel().tolist()]
    return [texts[at : at + columns] for at in range(0, len(texts), columns)]


def not_finite(data: TensorData) -> list[list[bool]]:
    """For each element, in the same lines, whether it is nan or infinite; a complex one is if either part is."""
    numbers = data.numbers()
    assert numbers is not None
    columns, _ = grid(data.shape)
    bad = [not value for value in np.isfinite(numbers).ravel().tolist()]
    return [bad[at : at + columns] for at in range(0, len(bad), columns)]


def fitting_texts(data: TensorData, px: float, column: float, columns: int = 0) -> tuple[list[list[str]], Face]:
    """The elements and the face in which each fits a ``column``, each with as many digits as it has room for; or none.

    ``columns``: how many stand in a line, where that is not what a whole card has.
    """
    room = column - _BETWEEN * px + 0.5
    most = [element_texts(data, digits, columns) for digits in range(MOST_DIGITS, 0, -1)]
    for least in range(1, MOST_DIGITS + 1):
        # All in the wide face, with fewer digits if need be; else all in the narrow one.
        for face in FACES:
            lines = [
                [
                    next((text for text in ways[:least] if text_width(text, face, px) <= room), "")
                    for ways in zip(*line, strict=True)
                ]
                for line in zip(*most, strict=True)
            ]
            if all(text for line in lines for text in line):
                return lines, face
    return [], "mono"


def whole_numbers(data: TensorData, area: QRectF, px: float) -> bool:
    """Whether ``paint_numbers`` would write all of them in ``area`` with all digits and in the wide face."""
    column = min(COLUMN * px / SMALLEST_TEXT, area.width() / grid(data.shape)[0])
    return all(text_width(text, FACES[0], px) <= column - _BETWEEN * px + 0.5 for line in element_texts(data) for text in line)


def paint_numbers(painter: QPainter, data: TensorData, area: QRectF, px: float, color: QColor, bad: QColor) -> bool:
    """Write the elements into ``area``, against its right side; False if they have no room there."""
    columns, lines = grid(data.shape)
    pitch = min(LINE * px / SMALLEST_TEXT, area.height() / lines)
    column = min(COLUMN * px / SMALLEST_TEXT, area.width() / columns)
    if pitch < px:
        return False
    texts, face = fitting_texts(data, px, column)
    top = area.center().y() - pitch * (len(texts) - 1) / 2
    for row, (line, wrong) in enumerate(zip(texts, not_finite(data) if texts else [], strict=True)):
        for at, text in enumerate(line):
            # A last line that is not full stands under the first columns.
            right = area.right() - column * (columns - 1 - at)
            ink = bad if wrong[at] else color
            draw_text_right(painter, text, right, top + row * pitch, ink, face, px)
    return bool(texts)
