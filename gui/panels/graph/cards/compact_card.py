"""A card at 35 to 70 %: symbol, module or shape below it, and value and gradient side by side, in sizes of the screen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from engine.graph.state import Row
from gui.look.numbers import shape_text
from gui.look.symbols import fitting_symbol
from gui.look.tones import SUBJECTS
from gui.panels.graph.cards.card_face import grid
from gui.panels.graph.cards.card_look import CardLook
from gui.panels.graph.cards.elements import FACES, few, fitting_texts
from gui.panels.graph.cards.first_elements import First, first_elements, paint_first
from gui.panels.graph.cards.names import name_lines
from gui.panels.graph.cards.rows import RowName, number_text
from gui.panels.graph.metrics import CLEAR, COMPACT_TOP, Face, draw_symbol, draw_text, draw_text_right, text_width

_LEAST = 11.0
"""Px on screen of the smallest text."""
_LINE = 13.0
"""Px from one line of small text to the next."""
_CLOSE_LINES = (12.0, 11.5, 11.0)
"""The same between lines of numbers, which have no letters that hang down; less where only that gives them room."""
_TWO_NUMBERS = 24.0
"""Px that two numbers below each other take."""
_DIGITS = 5
"""Significant digits of a number, where there is room for them."""
_SIDES = (6.0, CLEAR)
"""Px at the sides of a small card: usually, and where a number needs the room."""


def paint_compact(look: CardLook, painter: QPainter, zoom: float) -> None:
    """Draw the card as it looks at ``zoom``."""
    unit, card, drawn = 1 / zoom, look.card, look.state
    # A small tensor's numbers need all of the card's height.
    top = COMPACT_TOP if zoom >= 0.55 and not look.face.columns else 0.0
    rect = QRectF(0, top, look.width, look.height - top)
    look.paint_frame(painter, rect, 7 * unit, unit)
    tall = rect.height() * zoom
    pad = (9 if tall > 50 else 5) * unit
    area = rect.adjusted(pad, 4 * unit, -pad, -5 * unit)
    value, gradient = drawn.value, drawn.gradient
    many = any(row.kind == "value" and row.data is not None and row.data.size != 1 for row in (value, gradient))
    # Two numbers with no room side by side need a second line, which the module's type then does not get.
    stack = _stack(look, area, unit) if many else None
    both = not many and _beside(look, area, unit) is None and not _value_alone(look, area, unit)
    numbers = stack.height if stack is not None else _TWO_NUMBERS if both else 16.0
    foot = _paint_names(look, painter, area, unit, numbers)
    rest = QRectF(area.left(), foot, area.width(), area.bottom() - foot)
    if stack is not None:
        _paint_stack(look, painter, stack, rest, unit)
    elif many:
        # A leaf's gradient may be missing for a while; data never has one.
        alone = gradient.kind in ("not_tracked", "unknown") or (gradient.kind in ("none", "undefined") and not card.tracked)
        half = rest.width() * 0.46
        wide = rest.width() if alone else half
        _paint_tensor(look, painter, "value", value, QRectF(rest.left(), rest.top(), wide, rest.height()), unit)
        if not alone:
            _paint_tensor(look, painter, "gradient", gradient, QRectF(rest.right() - half, rest.top(), half, rest.height()), unit)
    else:
        _paint_texts(look, painter, rest, unit)
    if look.border()[0] == "error_line":
        look.paint_sign(painter, rect, unit)


def _name_lines(tall: float, numbers: float) -> int:
    """In how many lines a symbol may stand in ``tall`` px, over ``numbers`` px."""
    return 2 if tall >= numbers + 24 else 1


def _value_alone(look: CardLook, area: QRectF, unit: float) -> bool:
    """Whether the value stands without the dots of a gradient that is to come: below it, they would take the name's room."""
    if look.state.gradient.kind not in ("not_yet", "unknown", "not_tracked"):
        return False
    tall, room, least = area.height() / unit, _name_room(look, area, unit), _LEAST * unit
    lines = (
        fitting_symbol(look.card.mathematics, least, least, room, _name_lines(tall, taken))[0] for taken in (_TWO_NUMBERS, 16)
    )
    beside, alone = lines
    return not beside and bool(alone)


def _second_line(look: CardLook) -> str:
    """The module's type, or the module that a parameter belongs to, else the shape."""
    card = look.card
    if card.kind == "module":
        return card.subtitle.split(" · ")[0]
    if card.kind in ("leaf", "data") and card.subtitle not in ("leaf", "data", "AccumulateGrad"):
        return card.subtitle
    return shape_text(card.shape) if card.tensor else ""


def _paint_names(look: CardLook, painter: QPainter, area: QRectF, unit: float, numbers: float) -> float:
    """Draw symbol and second line, and leave ``numbers`` px for what follows; the height at which that may begin."""
    theme, card = look.theme, look.card
    ink = theme.color("text_3" if look.state.freed else "text")
    tall = area.height() / unit
    most = _name_lines(tall, numbers)
    largest = max(_LEAST, min(max(13.0, min(19.0, (tall + 9) * 0.3)), (tall - numbers) / 1.16)) * unit
    lines, px = fitting_symbol(card.mathematics, largest, _LEAST * unit, _name_room(look, area, unit), most)
    baseline = area.top() + 0.86 * px
    draw_symbol(painter, lines, area.left(), baseline, px, ink, 1.05)
    foot = baseline + (1.05 * px * (len(lines) - 1) if lines else -0.86 * px) + 0.3 * px
    second = _second_line(look)
    small = _LEAST * unit
    if second and (area.bottom() - foot) / unit >= numbers + 13:
        names = name_lines(second, small, _name_room(look, area, unit), 1)
        for name in names:
            draw_text(painter, name, area.left(), foot + 6 * unit, theme.color("text_3"), "ui", small)
            foot += 13 * unit
    return foot


def _name_room(look: CardLook, area: QRectF, unit: float) -> float:
    """The width that names have, which begin where ``area`` does."""
    return look.width - area.left() - CLEAR * unit - 0.5


def _token(look: CardLook, name: RowName, row: Row) -> str:
    kind = SUBJECTS[name].text
    return "error" if look.is_bad(name, row) else kind if row.kind == "value" and not look.state.freed else "pending"


def _short(row: Row, digits: int) -> str:
    """What a compact card says about a row: its number, its count of elements, or a sign that it has none."""
    if row.kind == "cleared":
        return "0"
    if row.kind in ("none", "undefined"):
        return "None"
    if row.kind != "value" or row.data is None:
        return {"not_yet": "···", "unknown": "?"}.get(row.kind, "–")
    if row.data.size == 1 and row.data.array is not None:
        return number_text(row.data, digits)
    return f"[{shape_text(row.data.shape)}]"


def _beside(look: CardLook, area: QRectF, unit: float) -> tuple[list[str], float] | None:
    """Value and gradient as they stand side by side, and their size; None where that would cost them digits."""
    number = max(_LEAST, min(13.0, 0.35 * area.height() / unit)) * unit
    texts = [_short(row, _DIGITS) for row in (look.state.value, look.state.gradient)]
    for size in (number, _LEAST * unit):
        if sum(text_width(text, "mono", size, 500) for text in texts) + 5 * unit <= area.width():
            return texts, size
    return None


@dataclass(frozen=True, slots=True)
class _Stack:
    """Rows of up to eight elements as numbers, value over gradient: ``height`` px for all their lines, ``pitch`` px each.

    A row is its texts in columns, or only the first elements where not all of them have room.
    """

    rows: tuple[tuple[RowName, list[list[str]], Face] | tuple[RowName, First], ...]
    height: float
    pitch: float


def _stack(look: CardLook, area: QRectF, unit: float) -> _Stack | None:
    """Value and gradient as numbers below each other; None if one of them has too many elements to be written."""
    names: tuple[RowName, RowName] = ("value", "gradient")
    both = zip(names, (look.state.value, look.state.gradient), strict=True)
    rows = [(name, row) for name, row in both if row.kind not in ("not_tracked", "unknown")]
    if any(_is_tensor(row) and not few(row.data) for _, row in rows):
        return None
    size = _LEAST * unit
    said, _ = fitting_symbol(look.card.mathematics, size, size, _name_room(look, area, unit), 2)
    room = area.height() / unit - 3 - 13 * max(1, len(said))
    whole = [_columns(name, row, area, unit) for name, row in rows]
    lines = sum(len(texts) for _, texts, _ in whole)
    pitch = next((pitch for pitch in _CLOSE_LINES if lines * pitch <= room), None)
    if pitch is not None and all(texts for _, texts, _ in whole):
        return _Stack(tuple(whole), lines * pitch + 2, pitch)
    # Not all of them have room: the first ones of each row, in as many lines as there are.
    tensors = sum(_is_tensor(row) for _, row in rows)
    lines = max(len(rows), int(room / _CLOSE_LINES[-1]))
    each, wide = (lines - (len(rows) - tensors)) // max(1, tensors), area.width() + 2 * _reach(area, unit, CLEAR) * unit
    cut = [
        (name, first_elements(row.data, size, wide, each)) if _is_tensor(row) and row.data is not None else single
        for (name, row), single in zip(rows, whole, strict=True)
    ]
    lines = sum(len(row[1].lines if isinstance(row[1], First) else row[1]) for row in cut)
    pitch = max(_CLOSE_LINES[-1], min(_CLOSE_LINES[0], room / lines))
    return _Stack(tuple(cut), lines * pitch + 2, pitch)


def _is_tensor(row: Row) -> bool:
    return row.kind == "value" and row.data is not None and row.data.size != 1


def _columns(name: RowName, row: Row, area: QRectF, unit: float) -> tuple[RowName, list[list[str]], Face]:
    """All elements of a row in columns, or its one number or sign; without texts where that has no room."""
    data, size = row.data, _LEAST * unit
    if not _is_tensor(row) or data is None:
        return name, [[_short(row, 3)]], FACES[0]
    columns, _ = grid(data.shape)
    # A vector may stand in more lines than on a whole card; a matrix keeps its rows.
    tries = [columns, *(fewer for fewer in (3, 2) if fewer < columns and data.size == data.shape[-1])]
    wide = area.width() + 2 * _reach(area, unit) * unit
    ways = (fitting_texts(data, size, wide / fewer, fewer) for fewer in tries)
    texts, face = next((way for way in ways if way[0]), ([], FACES[0]))
    return name, texts, face


def _reach(area: QRectF, unit: float, side: float = _SIDES[0]) -> float:
    """Px by which texts may reach beyond ``area`` to either side, up to ``side`` px from the border."""
    return max(0.0, area.left() / unit - side)


def _paint_stack(look: CardLook, painter: QPainter, stack: _Stack, area: QRectF, unit: float) -> None:
    """The numbers in columns against the right side, as on a whole card."""
    size, middle, side = _LEAST * unit, area.bottom() - (stack.height - 2 - stack.pitch / 2) * unit, _reach(area, unit) * unit
    for shown in stack.rows:
        row = look.state.value if shown[0] == "value" else look.state.gradient
        color = look.theme.color(_token(look, shown[0], row))
        if isinstance(shown[1], First):
            right = area.right() + _reach(area, unit, CLEAR) * unit
            for first in shown[1].lines:
                paint_first(painter, first, shown[1].face, right, middle, color, color, size)
                middle += stack.pitch * unit
            continue
        _, texts, face = shown
        columns = max(len(line) for line in texts)
        pitch = (area.width() + 2 * side) / columns
        for line in texts:
            for at, text in enumerate(line):
                right = area.right() + side - pitch * (columns - 1 - at)
                draw_text_right(painter, text, right, middle, color, face, size, 500)
            middle += stack.pitch * unit


def _paint_texts(look: CardLook, painter: QPainter, area: QRectF, unit: float) -> None:
    """Value left and gradient right; below each other where they are too wide for that."""
    theme, value, gradient = look.theme, look.state.value, look.state.gradient
    colors = theme.color(_token(look, "value", value)), theme.color(_token(look, "gradient", gradient))
    left, middle = area.left(), max(area.center().y(), area.bottom() - 12 * unit)
    beside = _beside(look, area, unit)
    if beside is not None:
        texts, size = beside
        draw_text(painter, texts[0], left, middle, colors[0], "mono", size, 500)
        draw_text_right(painter, texts[1], area.right(), middle, colors[1], "mono", size, 500)
        return
    size = _LEAST * unit
    below = area.bottom() - 5 * unit
    rows = ((value, colors[0], below - _LINE * unit), (gradient, colors[1], below))
    for row, color, line in ((value, colors[0], below),) if _value_alone(look, area, unit) else rows:
        # The digits of a number matter more than the card's padding, or the distance between characters.
        ways = [(_short(row, digits), face, side) for digits in range(_DIGITS, 0, -1) for side in _SIDES for face in FACES]
        fits = (way for way in ways if text_width(way[0], way[1], size, 500) <= look.width - 2 * way[2] * unit)
        shown, face, side = next(fits, ("", FACES[0], 0.0))
        start = min(left, max(side * unit, (look.width - text_width(shown, face, size, 500)) / 2))
        draw_text(painter, shown, start, line, color, face, size, 500)


def _paint_tensor(look: CardLook, painter: QPainter, name: RowName, row: Row, area: QRectF, unit: float) -> None:
    """One row of a card with more elements than can be written: a histogram."""
    theme = look.theme
    color = theme.color("text_3" if look.state.freed else SUBJECTS[name].line)
    bars = area.adjusted(0, max(0.0, area.height() - 26 * unit), 0, 0)
    if row.kind != "value" or row.data is None:
        text = _short(row, 3)
        if row.kind not in ("not_tracked", "unknown"):
            left = min(area.left(), area.right() - text_width(text, "mono", _LEAST * unit))
            draw_text(painter, text, left, bars.center().y(), theme.color("pending"), "mono", _LEAST * unit)
        return
    picture = look.picture(name, row)
    if picture is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("error_line") if picture.bad else color)
    pitch, high, foot = bars.width() / max(1, len(picture.heights)), bars.height(), bars.bottom()
    # One outline: no gap would be seen between bars this narrow, and as rectangles they take five times as long.
    tops = [(at + side, high * tall) for at, tall in enumerate(picture.heights) for side in (0, 1)]
    steps = [QPointF(bars.left() + at * pitch, foot - tall) for at, tall in tops]
    painter.drawPolygon([QPointF(bars.left(), foot), *steps, QPointF(bars.right(), foot)])
