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
from gui.panels.graph.cards.elements import FACES, few, fitting_texts, paint_bars
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
    """Rows whose elements have room as numbers, value over gradient: ``height`` px for all their lines, ``pitch`` px each."""

    rows: tuple[tuple[RowName, list[list[str]], Face], ...]
    height: float
    pitch: float


def _stack(look: CardLook, area: QRectF, unit: float) -> _Stack | None:
    """Value and gradient as numbers below each other; None if one of them has too many, or there is no room for all of them."""
    size, rows, lines, side = _LEAST * unit, list[tuple[RowName, list[list[str]], Face]](), 0, _reach(area, unit)
    names: tuple[RowName, RowName] = ("value", "gradient")
    for name, row in zip(names, (look.state.value, look.state.gradient), strict=True):
        if row.kind in ("not_tracked", "unknown"):
            continue
        data = row.data
        if row.kind != "value" or data is None or data.size == 1:
            rows.append((name, [[_short(row, 3)]], FACES[0]))
            lines += 1
            continue
        if not few(data):
            return None
        columns, _ = grid(data.shape)
        # A vector may stand in more lines than on a whole card; a matrix keeps its rows.
        tries = [columns, *(fewer for fewer in (3, 2) if fewer < columns and data.size == data.shape[-1])]
        ways = ((fitting_texts(data, size, (area.width() + 2 * side * unit) / fewer, fewer), fewer) for fewer in tries)
        (texts, face), _ = next((way for way in ways if way[0][0]), (([], FACES[0]), 0))
        if not texts:
            return None
        rows.append((name, texts, face))
        lines += len(texts)
    said, _ = fitting_symbol(look.card.mathematics, size, size, _name_room(look, area, unit), 2)
    room = area.height() / unit - 3 - 13 * max(1, len(said))
    pitch = next((pitch for pitch in _CLOSE_LINES if lines * pitch <= room), None)
    return None if pitch is None else _Stack(tuple(rows), lines * pitch + 2, pitch)


def _reach(area: QRectF, unit: float) -> float:
    """Px by which texts may reach beyond ``area`` to either side."""
    return max(0.0, area.left() / unit - _SIDES[0])


def _paint_stack(look: CardLook, painter: QPainter, stack: _Stack, area: QRectF, unit: float) -> None:
    """The numbers in columns against the right side, as on a whole card."""
    size, middle, side = _LEAST * unit, area.bottom() - (stack.height - 2 - stack.pitch / 2) * unit, _reach(area, unit) * unit
    for name, texts, face in stack.rows:
        row = look.state.value if name == "value" else look.state.gradient
        color = look.theme.color(_token(look, name, row))
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
    """One row of a tensor card: up to two numbers, up to eight bars, or a histogram."""
    theme = look.theme
    color = theme.color("text_3" if look.state.freed else SUBJECTS[name].line)
    bars = area.adjusted(0, max(0.0, area.height() - 26 * unit), 0, 0)
    if row.kind != "value" or row.data is None:
        text = _short(row, 3)
        if row.kind not in ("not_tracked", "unknown"):
            left = min(area.left(), area.right() - text_width(text, "mono", _LEAST * unit))
            draw_text(painter, text, left, bars.center().y(), theme.color("pending"), "mono", _LEAST * unit)
        return
    if few(row.data):
        if row.data.size == 2 and _paint_two(look, painter, name, row, area, unit):
            return
        paint_bars(painter, row.data, bars, color, theme.color("error_line"), unit)
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


def _paint_two(look: CardLook, painter: QPainter, name: RowName, row: Row, area: QRectF, unit: float) -> bool:
    """Two numbers below each other; False if they have no room."""
    assert row.data is not None
    size = _LEAST * unit
    lines, face = fitting_texts(row.data, size, area.width() + 4 * unit)
    texts = [text for line in lines for text in line]
    if not texts or area.height() < 24 * unit:
        return False
    color = look.theme.color(_token(look, name, row))
    for at, text in enumerate(texts):
        middle = area.bottom() - (17 - 12 * at) * unit
        if name == "value":
            draw_text(painter, text, area.left(), middle, color, face, size, 500)
        else:
            draw_text_right(painter, text, area.right(), middle, color, face, size, 500)
    return True
