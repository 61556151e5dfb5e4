"""One card of the graph as one item: painted by state and zoom, changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph.model import Card
from engine.graph.state import CardState, Row
from engine.mathematics.expression import Expression
from engine.recording import TensorData
from gui.look.mathtext import draw_math, math_width
from gui.look.numbers import shape_text
from gui.look.theme import ThemeManager
from gui.look.tones import TONES
from gui.panels.graph.cards.card_face import (
    ACCUMULATE,
    LEAST_SYMBOL_PX,
    MOST_NUMBERS,
    NAME_PX,
    SYMBOL_PX,
    TENSOR_SYMBOL_PX,
    badge_width,
    card_face,
    sign_room,
)
from gui.panels.graph.cards.compact_card import paint_compact
from gui.panels.graph.cards.histogram import Histogram, histogram
from gui.panels.graph.cards.names import name_lines, symbol_lines
from gui.panels.graph.cards.rows import RowName, RowPlace, is_bad, paint_row
from gui.panels.graph.metrics import DOT, Face, detail, draw_icon, draw_symbol, draw_text, name_text, readable, text_width

_OUTSIDE = 30
"""How far focus ring, dot and warning may reach out of the card's place, at any zoom."""
EMPTY_STATE = CardState(Row("not_yet"), Row("not_yet"))


def _same(one: CardState, two: CardState) -> bool:
    """Whether both look the same: states are made anew at each cursor, their rows are not."""
    return one is two or (
        one.value is two.value
        and one.gradient is two.gradient
        and (one.active, one.hit, one.freed, one.failed) == (two.active, two.hit, two.freed, two.failed)
    )


class CardItem(QGraphicsItem):
    """A card; its position is the top left corner of its place, its size ``width`` x ``height``."""

    def __init__(self, card: Card, theme: ThemeManager) -> None:
        super().__init__()
        self.card = card
        self.state = EMPTY_STATE
        self.face = card_face(card)
        self.width, self.height = self.face.width, self.face.height
        self.ringed, self.thin = False, False
        self.theme = theme
        self.on_hover: Callable[[CardItem | None], None] | None = None
        """Told that the mouse came to rest on this card, or with None that it left."""
        self._hovered = False
        self._linked = False
        self._emphasis = False
        self._before: CardState | None = None
        self._share, self._row_share = 1.0, 1.0
        self.drawn = EMPTY_STATE
        self._bad: dict[RowName, tuple[Row, bool]] = {}
        self._pictures: dict[RowName, tuple[TensorData, Histogram]] = {}
        self.setAcceptHoverEvents(True)
        self.setZValue(2)

    def set_card(self, card: Card) -> bool:
        """Show another version of the same card; True if its size changed."""
        self.card = card
        before, self.face = self.face, card_face(card)
        if self.face == before:
            self.update()
            return False
        self.prepareGeometryChange()
        self.width, self.height = self.face.width, self.face.height
        return True

    def set_state(self, state: CardState) -> bool:
        """Show ``state``; False if it says nothing new."""
        if _same(state, self.state):
            return False
        self.state = state
        self.update()
        return True

    def set_appearance(self, before: CardState | None, share: float, row_share: float) -> None:
        """Look as in the state ``before``, gone over to the state now by ``share`` and ``row_share`` of the row's highlight."""
        share, row_share = (1.0, 1.0) if before is None else (max(0.0, share), max(0.0, row_share))
        if (before, share, row_share) != (self._before, self._share, self._row_share):
            self._before, self._share, self._row_share = before, share, row_share
            self.update()

    def set_emphasis(self, emphasis: bool) -> None:
        """Outline the row that was touched."""
        self._emphasis = emphasis
        self.update()

    def set_ringed(self, ringed: bool, thin: bool = False) -> None:
        """Draw the focus ring: the card has the keyboard, or is selected, ``thin`` if that is all."""
        thin = thin and ringed
        if (ringed, thin) != (self.ringed, self.thin):
            self.ringed, self.thin = ringed, thin
            self.update()

    def set_linked(self, linked: bool) -> None:
        """Look as if the mouse were on it: it rests on what belongs to this card elsewhere."""
        if linked != self._linked:
            self._linked = linked
            self.update()

    def frame(self) -> QRectF:
        """The card's place in the scene."""
        return QRectF(self.x(), self.y(), self.width, self.height)

    def boundingRect(self) -> QRectF:
        return QRectF(-_OUTSIDE, -_OUTSIDE, self.width + 2 * _OUTSIDE, self.height + 2 * _OUTSIDE)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.width, self.height))
        return path

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()
        if self.on_hover is not None:
            self.on_hover(self)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()
        if self.on_hover is not None:
            self.on_hover(None)

    # Painting ----------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if self._before is not None and self._share < 1:
            self._paint_state(painter, zoom, self._before)
            painter.setOpacity(painter.opacity() * self._share)
            if detail(zoom) == "full" and self.state.hit is not None:
                painter.setClipPath(self._what_changes(), Qt.ClipOperation.IntersectClip)
        if self._share > 0:
            self._paint_state(painter, zoom, self.state)

    def _paint_state(self, painter: QPainter, zoom: float, state: CardState) -> None:
        self.drawn = state
        kind = detail(zoom)
        if kind == "dot":
            self._paint_dot(painter, zoom)
        elif kind == "compact":
            paint_compact(self, painter, zoom)
        else:
            self._paint_full(painter, zoom)

    def is_bad(self, name: RowName, row: Row) -> bool:
        """Whether a row shows nan or an infinity; looked up once, since every paint asks."""
        known = self._bad.get(name)
        if known is None or known[0] is not row:
            known = self._bad[name] = row, is_bad(row)
        return known[1]

    def border(self) -> tuple[str, float]:
        state = self.drawn
        if state.failed or self.is_bad("value", state.value) or self.is_bad("gradient", state.gradient):
            return "error_line", 2.0
        if state.active is not None:
            return TONES[state.active].line, 2.0
        return ("text_3" if self._hovered or self._linked else "line_strong"), 1.0

    def on_sign(self, point: QPointF, zoom: float) -> bool:
        """Whether a point of the scene is on the sign that unfolds this card."""
        return self.card.kind == "module" and detail(zoom) == "full" and self._sign().contains(point - self.pos())

    def _sign(self) -> QRectF:
        return QRectF(self.width - 28, self.face.header - (20 if self.card.tensor else 26), 20, 20)

    def _paint_sheets(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """The edges of more cards behind a folded module."""
        painter.setPen(QPen(self.theme.color("line_strong"), unit))
        painter.setBrush(self.theme.color("canvas"))
        for sheet in (2, 1):
            inset, up = 5 * sheet * unit, 4 * sheet * unit
            painter.drawRoundedRect(rect.adjusted(inset, -up, -inset, -up), radius, radius)

    def paint_frame(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """Fill and border; ``unit`` is one px on screen in scene units."""
        if self.card.kind == "module" and rect.width() > DOT * unit:
            self._paint_sheets(painter, rect, radius, unit)
        token, weight = self.border()
        half = weight * unit / 2
        pen = QPen(self.theme.color(token), weight * unit)
        if self.drawn.freed and weight == 1.0:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(self.theme.color("canvas" if self.drawn.freed else "card"))
        painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half)
        if self.ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.color("text_2"), unit) if self.thin else QPen(self.theme.color("focus"), 2 * unit))
            out = 3 * unit
            painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius + out, radius + out)

    def paint_sign(self, painter: QPainter, rect: QRectF, unit: float) -> None:
        """The warning over the corner of the card, above its title; ``unit`` is one px on screen in scene units."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("canvas"))
        middle = rect.topRight() - QPointF(0, 2 * unit)
        painter.drawEllipse(middle, 8 * unit, 8 * unit)
        draw_icon(painter, "warning", self.theme.color("error"), middle.x() - 7 * unit, middle.y() - 7 * unit, 14 * unit)

    def _paint_full(self, painter: QPainter, zoom: float) -> None:
        theme, card, state, face = self.theme, self.card, self.drawn, self.face
        self.paint_frame(painter, QRectF(0, 0, self.width, self.height), 8, 1)
        tensor = card.tensor
        left, right = (11.0, self.width - 11.0) if tensor else (13.0, self.width - 13.0)
        self._paint_header(painter, zoom, left, right)
        if card.kind == "module":
            sign = self._sign()
            draw_icon(painter, "plus", theme.color("text_2"), sign.left() + 3, sign.top() + 3, 14)
        painter.fillRect(QRectF(1, face.header, self.width - 2, 1), theme.color("line"))
        middles, half, inset = face.middles, face.row / 2 - (0.5 if tensor else 0.0), 1.0 if tensor else 2.0
        if tensor:
            painter.fillRect(QRectF(left, face.header + 2 + face.row, right - left, 1), theme.color("line"))
        if state.hit is not None and state.active is not None:
            middle = middles[0 if state.hit == "value" else 1]
            self._paint_highlight(painter, QRectF(5, middle - half + inset, self.width - 10, 2 * (half - inset)))
        for which, row, middle in (("value", state.value, middles[0]), ("gradient", state.gradient, middles[1])):
            label = "value" if which == "value" else ".grad" if card.kind == "leaf" else "grad"
            name_of_row: RowName = "value" if which == "value" else "gradient"
            hit = state.active if state.hit == which else None
            place = RowPlace(name_of_row, label, left, right, middle, zoom, hit, state.freed, face.columns)
            paint_row(painter, theme, place, row, self.picture(name_of_row, row))
        if state.failed:
            self.paint_sign(painter, QRectF(0, 0, self.width, self.height), 1)

    def _what_changes(self) -> QPainterPath:
        """The border and the row that was touched: the rest, drawn over itself while it fades, would look dim."""
        path, face = QPainterPath(), self.face
        path.addRect(self.boundingRect())
        path.addRect(QRectF(2, 2, self.width - 4, self.height - 4))
        middle, half = face.middles[0 if self.state.hit == "value" else 1], face.row / 2
        path.addRect(QRectF(4, middle - half, self.width - 8, 2 * half))
        return path

    def _paint_highlight(self, painter: QPainter, rect: QRectF) -> None:
        """The ground of the row that was touched; it appears a little sooner than the rest of a new state."""
        state, opacity = self.drawn, painter.opacity()
        assert state.active is not None
        if state is self.state and self._share > 0:
            painter.setOpacity(min(1.0, opacity * self._row_share / self._share))
        line, tint = TONES[state.active].line, TONES[state.active].tint
        painter.setPen(QPen(self.theme.color(line), 2) if self._emphasis else Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color(tint))
        painter.drawRoundedRect(rect, 5, 5)
        painter.setOpacity(opacity)

    def _paint_header(self, painter: QPainter, zoom: float, left: float, right: float) -> None:
        """Symbol, shape and name, each whole: the symbol is as large as the name's lines leave room for."""
        theme, card, divider, tensor = self.theme, self.card, self.face.header, self.card.tensor
        ink = theme.color("text_3" if self.drawn.freed else "text")
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
            box = QRectF(self.width - 10 - wide, 10, wide, 18)
            # The name comes first: a shape that is written larger than usual is left out where it would take its room.
            if box.left() > left and self._symbol(box.left() - 4 - left, above, smallest)[0]:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("pending_tint"))
                painter.drawRoundedRect(box, 5, 5)
                draw_text(painter, shape, box.left() + 5, box.center().y(), theme.color("text_2"), "mono", px, 500)
                end = box.left() - 4
        lines, symbol_px = self._symbol(end - left, above, smallest)
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

    def _symbol(self, room: float, height: float, smallest: float) -> tuple[tuple[Expression, ...], float]:
        """The symbol's lines and size in ``room``, above ``height``."""
        largest = min(TENSOR_SYMBOL_PX if self.card.tensor else SYMBOL_PX, max(smallest, (height - 5) / 1.02))
        most = 2 if (height - 5) / 2.12 >= smallest else 1
        return symbol_lines(self.card.mathematics, largest, smallest, room, most)

    def picture(self, name: RowName, row: Row) -> Histogram | None:
        """The histogram of a row that holds more elements than can be written."""
        data = row.data
        if data is None or row.kind != "value" or (data.size <= MOST_NUMBERS and data.array is not None and data.size):
            return None
        known = self._pictures.get(name)
        if known is None or known[0] is not data:
            known = (data, histogram(data))
            self._pictures[name] = known
        return known[1]

    def _paint_dot(self, painter: QPainter, zoom: float) -> None:
        """A dot of 24 px on screen with the symbol; smaller and without it where dots would run into each other."""
        unit = 1 / zoom
        size = min(DOT * unit, max(6 * unit, self.width + 40))
        rect = QRectF((self.width - size) / 2, (self.height - size) / 2, size, size)
        if size < 16 * unit:
            token, weight = self.border()
            painter.setPen(QPen(self.theme.color("focus"), 2 * unit) if self.ringed else Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color(token if weight > 1 else "text_3"))
            painter.drawEllipse(rect)
            return
        self.paint_frame(painter, rect, 5 * unit if self.card.kind == "module" else size / 2, unit)
        lines, px = symbol_lines(self.card.mathematics, 13 * unit, 11 * unit, size - 2 * unit, 1)
        ink = self.theme.color("text_3" if self.drawn.freed else "text")
        for line in lines:
            draw_math(painter, (self.width - math_width(line, px)) / 2, self.height / 2 + px * 0.3, line, px, ink)
