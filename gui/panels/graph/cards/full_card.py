"""A card at 70 % and more: symbol, shape and name, and below them the rows of its value and its gradient."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from engine.graph.state import CardState
from engine.mathematics.expression import Expression
from gui.look.mathtext import draw_math, math_width
from gui.look.numbers import shape_text
from gui.look.symbols import symbol_lines
from gui.look.tones import TONES
from gui.panels.graph.cards.card_face import (
    ACCUMULATE,
    LEAST_SYMBOL_PX,
    NAME_PX,
    SYMBOL_PX,
    TENSOR_SYMBOL_PX,
    badge_width,
    sign_room,
)
from gui.panels.graph.cards.card_look import CardLook
from gui.panels.graph.cards.names import name_lines
from gui.panels.graph.cards.rows import RowName, RowPlace, paint_row
from gui.panels.graph.metrics import Face, draw_icon, draw_symbol, draw_text, name_text, readable, text_width


def paint_full(look: CardLook, painter: QPainter, zoom: float) -> None:
    """Draw the card as it looks at ``zoom``."""
    theme, card, state, face = look.theme, look.card, look.state, look.face
    look.paint_frame(painter, QRectF(0, 0, look.width, look.height), 8, 1)
    tensor = card.tensor
    left, right = (11.0, look.width - 11.0) if tensor else (13.0, look.width - 13.0)
    _paint_header(look, painter, zoom, left, right)
    if card.kind == "module":
        sign = sign_place(look)
        draw_icon(painter, "plus", theme.color("text_2"), sign.left() + 3, sign.top() + 3, 14)
    painter.fillRect(QRectF(1, face.header, look.width - 2, 1), theme.color("line"))
    middles, half, inset = face.middles, face.row / 2 - (0.5 if tensor else 0.0), 1.0 if tensor else 2.0
    if tensor:
        painter.fillRect(QRectF(left, face.header + 2 + face.row, right - left, 1), theme.color("line"))
    if state.hit is not None and state.active is not None:
        middle = middles[0 if state.hit == "value" else 1]
        _paint_highlight(look, painter, QRectF(5, middle - half + inset, look.width - 10, 2 * (half - inset)))
    for which, row, middle in (("value", state.value, middles[0]), ("gradient", state.gradient, middles[1])):
        label = "value" if which == "value" else ".grad" if card.kind == "leaf" else "grad"
        name_of_row: RowName = "value" if which == "value" else "gradient"
        hit = state.active if state.hit == which else None
        place = RowPlace(name_of_row, label, left, right, middle, zoom, hit, state.freed, face.columns)
        paint_row(painter, theme, place, row, look.picture(name_of_row, row))
    if state.failed:
        look.paint_sign(painter, QRectF(0, 0, look.width, look.height), 1)


def sign_place(look: CardLook) -> QRectF:
    """Where the sign that unfolds a module stands on its card."""
    return QRectF(look.width - 28, look.face.header - (20 if look.card.tensor else 26), 20, 20)


def what_changes(look: CardLook, outside: QRectF, state: CardState) -> QPainterPath:
    """The border and the row that was touched: the rest, drawn over itself while it fades, would look dim."""
    path, face = QPainterPath(), look.face
    path.addRect(outside)
    path.addRect(QRectF(2, 2, look.width - 4, look.height - 4))
    middle, half = face.middles[0 if state.hit == "value" else 1], face.row / 2
    path.addRect(QRectF(4, middle - half, look.width - 8, 2 * half))
    return path


def _paint_highlight(look: CardLook, painter: QPainter, rect: QRectF) -> None:
    """The ground of the row that was touched; it appears a little sooner than the rest of a new state."""
    state, opacity = look.state, painter.opacity()
    assert state.active is not None
    painter.setOpacity(min(1.0, opacity * look.highlight))
    line, tint = TONES[state.active].line, TONES[state.active].tint
    painter.setPen(QPen(look.theme.color(line), 2) if look.emphasis else Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.color(tint))
    painter.drawRoundedRect(rect, 5, 5)
    painter.setOpacity(opacity)


def _paint_header(look: CardLook, painter: QPainter, zoom: float, left: float, right: float) -> None:
    """Symbol, shape and name, each whole: the symbol is as large as the name's lines leave room for."""
    theme, card, divider, tensor = look.theme, look.card, look.face.header, look.card.tensor
    ink = theme.color("text_3" if look.state.freed else "text")
    px = readable(NAME_PX, zoom)
    smallest = max(LEAST_SYMBOL_PX, readable(NAME_PX, zoom))
    room = right - left - sign_room(card.kind)
    face: Face = "ui"
    names = name_lines(card.subtitle, px, room, 2 if divider > 60 else 1)
    if len(names) > 1 and card.subtitle == ACCUMULATE and text_width(ACCUMULATE, "narrow", px) <= room + 9:
        names, face = (ACCUMULATE,), "narrow"  # in two lines it would read as two words
    last = divider - (10 if tensor or len(names) > 1 else 16)
    first = last - 1.28 * px * (len(names) - 1)
    above = first - 0.6 * px if names else divider - 6
    end = right
    if tensor:
        shape = shape_text(card.shape)
        wide = text_width(shape, "mono", px, 500) + 10 if zoom < 1 else badge_width(card.shape)
        box = QRectF(look.width - 10 - wide, 10, wide, 18)
        # The name comes first: a shape that is written larger than usual is left out where it would take the name's room.
        if box.left() > left and _symbol(look, box.left() - 4 - left, above, smallest)[0]:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pending_tint"))
            painter.drawRoundedRect(box, 5, 5)
            draw_text(painter, shape, box.left() + 5, box.center().y(), theme.color("text_2"), "mono", px, 500)
            end = box.left() - 4
    lines, symbol_px = _symbol(look, end - left, above, smallest)
    usual = 27.0 if tensor else 31.5
    baseline = min(usual, above - 0.22 * symbol_px - 1.1 * symbol_px * (len(lines) - 1))
    wide = draw_symbol(painter, lines, left, baseline, symbol_px, ink)
    if card.name and len(lines) == 1:
        label = name_text(card.name)
        start = left + wide + 8
        if start + math_width(label, 15) <= end:
            draw_math(painter, start, baseline, label, 15, theme.color("text_3"))
    for at, name in enumerate(names):
        draw_text(painter, name, left, first + at * 1.28 * px, theme.color("text_3"), face, px)


def _symbol(look: CardLook, room: float, height: float, smallest: float) -> tuple[tuple[Expression, ...], float]:
    """The symbol's lines and size in ``room``, above ``height``."""
    largest = min(TENSOR_SYMBOL_PX if look.card.tensor else SYMBOL_PX, max(smallest, (height - 5) / 1.02))
    most = 2 if (height - 5) / 2.12 >= smallest else 1
    return symbol_lines(look.card.mathematics, largest, smallest, room, most)
