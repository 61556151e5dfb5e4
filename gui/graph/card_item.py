"""One card of the graph as one item: painted by state and zoom, changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.recording import Card, CardState, Row, TensorData
from gui.graph.histogram import Histogram, histogram
from gui.graph.metrics import (
    COMPACT_TOP,
    DOT,
    badge_width,
    card_size,
    detail,
    draw_icon,
    draw_symbol,
    draw_text,
    draw_text_right,
    elided,
    fitting_px,
    name_text,
    readable,
    symbol_px,
    text_width,
)
from gui.graph.rows import PHASE_TOKENS, RowName, RowPlace, is_bad, number_text, paint_row
from gui.mathtext import draw_math, math_width
from gui.numbers import shape_text
from gui.theme import ThemeManager

_OUTSIDE = 26
"""How far focus ring and dot may reach out of the card's place, at any zoom."""
SMALLEST_SYMBOL = 11.0
_TIGHT = 4
"""Px at the sides of a small card, where a number needs the room."""
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
        self.width, self.height = card_size(card)
        self.ringed = False
        self._theme = theme
        self.on_hover: Callable[[CardItem | None], None] | None = None
        """Told that the mouse came to rest on this card, or with None that it left."""
        self._hovered = False
        self._linked = False
        self._emphasis = False
        self._before: CardState | None = None
        self._share, self._row_share = 1.0, 1.0
        self._drawn = EMPTY_STATE
        self._bad: dict[RowName, tuple[Row, bool]] = {}
        self._pictures: dict[RowName, tuple[TensorData, Histogram]] = {}
        self.setAcceptHoverEvents(True)
        self.setZValue(2)

    def set_card(self, card: Card) -> bool:
        """Show another version of the same card; True if its size changed."""
        self.card = card
        size = card_size(card)
        if size == (self.width, self.height):
            self.update()
            return False
        self.prepareGeometryChange()
        self.width, self.height = size
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

    def set_ringed(self, ringed: bool) -> None:
        """Draw the focus ring: the card has the keyboard, or is selected."""
        if ringed != self.ringed:
            self.ringed = ringed
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
        self._drawn = state
        kind = detail(zoom)
        if kind == "dot":
            self._paint_dot(painter, zoom)
        elif kind == "compact":
            self._paint_compact(painter, zoom)
        else:
            self._paint_full(painter, zoom)

    def _is_bad(self, name: RowName, row: Row) -> bool:
        """Whether a row shows nan or an infinity; looked up once, since every paint asks."""
        known = self._bad.get(name)
        if known is None or known[0] is not row:
            known = self._bad[name] = row, is_bad(row)
        return known[1]

    def _border(self) -> tuple[str, float]:
        state = self._drawn
        if state.failed or self._is_bad("value", state.value) or self._is_bad("gradient", state.gradient):
            return "error_line", 2.0
        if state.active is not None:
            return PHASE_TOKENS[state.active][1], 2.0
        return ("text_3" if self._hovered or self._linked else "line_strong"), 1.0

    def on_sign(self, point: QPointF, zoom: float) -> bool:
        """Whether a point of the scene is on the sign that unfolds this card."""
        return self.card.kind == "module" and detail(zoom) == "full" and self._sign().contains(point - self.pos())

    def _sign(self) -> QRectF:
        return QRectF(self.width - 28, (42.0 if self.card.tensor else 47.0) - 10, 20, 20)

    def _paint_sheets(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """The edges of more cards behind a folded module."""
        painter.setPen(QPen(self._theme.color("line_strong"), unit))
        painter.setBrush(self._theme.color("canvas"))
        for sheet in (2, 1):
            inset, up = 5 * sheet * unit, 4 * sheet * unit
            painter.drawRoundedRect(rect.adjusted(inset, -up, -inset, -up), radius, radius)

    def _frame(self, painter: QPainter, rect: QRectF, radius: float, unit: float) -> None:
        """Fill and border; ``unit`` is one px on screen in scene units."""
        if self.card.kind == "module" and rect.width() > DOT * unit:
            self._paint_sheets(painter, rect, radius, unit)
        token, weight = self._border()
        half = weight * unit / 2
        pen = QPen(self._theme.color(token), weight * unit)
        if self._drawn.freed and weight == 1.0:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(self._theme.color("canvas" if self._drawn.freed else "card"))
        painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half)
        if self.ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("focus"), 2 * unit))
            out = 3 * unit
            painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius + out, radius + out)

    def _paint_full(self, painter: QPainter, zoom: float) -> None:
        theme, card, state = self._theme, self.card, self._drawn
        self._frame(painter, QRectF(0, 0, self.width, self.height), 8, 1)
        tensor = card.tensor
        left, right = (11.0, self.width - 11.0) if tensor else (13.0, self.width - 13.0)
        self._paint_header(painter, zoom, left, right)
        end = right - 18 if card.kind == "module" else right
        name = elided(card.subtitle, "ui", readable(11, zoom), end - left)
        draw_text(painter, name, left, 42.0 if tensor else 47.0, theme.color("text_3"), "ui", readable(11, zoom))
        if card.kind == "module":
            sign = self._sign()
            draw_icon(painter, "plus", theme.color("text_2"), sign.left() + 3, sign.top() + 3, 14)
        painter.fillRect(QRectF(1, 52 if tensor else 63, self.width - 2, 1), theme.color("line"))
        middles = (77.0, 123.5) if tensor else (84.0, 116.0)
        half, inset = (22.5, 1.0) if tensor else (16.0, 2.0)
        if tensor:
            painter.fillRect(QRectF(left, 100, right - left, 1), theme.color("line"))
        if state.hit is not None and state.active is not None:
            middle = middles[0 if state.hit == "value" else 1]
            self._paint_highlight(painter, QRectF(5, middle - half + inset, self.width - 10, 2 * (half - inset)))
        for which, row, middle in (("value", state.value, middles[0]), ("gradient", state.gradient, middles[1])):
            label = "value" if which == "value" else ".grad" if card.kind == "leaf" else "grad"
            name_of_row: RowName = "value" if which == "value" else "gradient"
            hit = state.active if state.hit == which else None
            place = RowPlace(name_of_row, label, left, right, middle, zoom, hit, state.freed)
            paint_row(painter, theme, place, row, self._picture(name_of_row, row))
        if state.failed:
            draw_icon(painter, "warning", theme.color("error"), self.width - 26, 30 if tensor else 10, 16)

    def _what_changes(self) -> QPainterPath:
        """The border and the row that was touched: the rest, drawn over itself while it fades, would look dim."""
        path = QPainterPath()
        path.addRect(self.boundingRect())
        path.addRect(QRectF(2, 2, self.width - 4, self.height - 4))
        first = self.state.hit == "value"
        middle, half = (77.0 if first else 123.5, 22.5) if self.card.tensor else (84.0 if first else 116.0, 16.0)
        path.addRect(QRectF(4, middle - half, self.width - 8, 2 * half))
        return path

    def _paint_highlight(self, painter: QPainter, rect: QRectF) -> None:
        """The ground of the row that was touched; it appears a little sooner than the rest of a new state."""
        state, opacity = self._drawn, painter.opacity()
        assert state.active is not None
        if state is self.state and self._share > 0:
            painter.setOpacity(min(1.0, opacity * self._row_share / self._share))
        _, line, tint = PHASE_TOKENS[state.active]
        painter.setPen(QPen(self._theme.color(line), 2) if self._emphasis else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(tint))
        painter.drawRoundedRect(rect, 5, 5)
        painter.setOpacity(opacity)

    def _paint_header(self, painter: QPainter, zoom: float, left: float, right: float) -> None:
        theme, card = self._theme, self.card
        ink = theme.color("text_3" if self._drawn.freed else "text")
        baseline = 27.0 if card.tensor else 31.5
        end, px_symbol = right, float(symbol_px(card))
        smallest = readable(SMALLEST_SYMBOL, zoom)
        if card.tensor:
            px = readable(11, zoom)
            shape = shape_text(card.shape)
            wide = text_width(shape, "mono", px, 500) + 10 if zoom < 1 else badge_width(card)
            box = QRectF(self.width - 10 - wide, 10, wide, 18)
            # The name comes first: a shape that is written larger than usual is left out where it would cut the name.
            if not box.left() - 4 - left < math_width(card.symbol, smallest) <= right - left:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("pending_tint"))
                painter.drawRoundedRect(box, 5, 5)
                draw_text(painter, shape, box.left() + 5, box.center().y(), theme.color("text_2"), "mono", px, 500)
                end = box.left() - 4
        px_symbol = fitting_px(card.symbol, px_symbol, smallest, end - left)
        wide = draw_symbol(painter, card.symbol, left, baseline, px_symbol, end - left, ink)
        if card.name:
            label = name_text(card.name)
            start = left + wide + 8
            if start + math_width(label, 15) <= end:
                draw_math(painter, start, baseline, label, 15, theme.color("text_3"))

    def _picture(self, name: RowName, row: Row) -> Histogram | None:
        data = row.data
        if data is None or row.kind != "value" or (data.size == 1 and data.array is not None):
            return None
        known = self._pictures.get(name)
        if known is None or known[0] is not data:
            known = (data, histogram(data))
            self._pictures[name] = known
        return known[1]

    def _short(self, row: Row, digits: int) -> str:
        """What a compact card says of a row: its number, or how many elements, or a sign for having none."""
        if row.kind == "cleared":
            return "0"
        if row.kind in ("none", "undefined"):
            return "None"
        if row.kind != "value" or row.data is None:
            return {"not_yet": "···", "unknown": "?"}.get(row.kind, "–")
        if row.data.size == 1 and row.data.array is not None:
            return number_text(row.data, digits)
        return shape_text(row.data.shape)

    def _token(self, name: RowName, row: Row, token: str) -> str:
        return "error" if self._is_bad(name, row) else token if row.kind == "value" and not self._drawn.freed else "pending"

    def _paint_compact(self, painter: QPainter, zoom: float) -> None:
        """Symbol above, value left and gradient right, in sizes of the screen."""
        theme, unit = self._theme, 1 / zoom
        top = COMPACT_TOP if zoom >= 0.5 else 0.0
        rect = QRectF(0, top, self.width, self.height - top)
        self._frame(painter, rect, 7 * unit, unit)
        tall = rect.height() * zoom
        pad = (9 if tall > 50 else 5) * unit
        ink = theme.color("text_3" if self._drawn.freed else "text")
        room = self.width - 2 * pad
        px = fitting_px(self.card.symbol, max(13.0, min(19.0, tall * 0.3)) * unit, SMALLEST_SYMBOL * unit, room)
        baseline = rect.top() + rect.height() * (0.27 if top else 0.22) + px * 0.3
        draw_symbol(painter, self.card.symbol, pad, baseline, px, room + 0.4 * pad, ink)
        value, gradient = self._drawn.value, self._drawn.gradient
        if self._picture("value", value) is not None:
            self._paint_small_pictures(painter, QRectF(pad, rect.top() + rect.height() * 0.48, room, rect.height() * 0.42))
            return
        middle = rect.bottom() - max(9 * unit, rect.height() * 0.3)
        number = max(11.0, min(13.0, tall * 0.21)) * unit
        tokens = self._token("value", value, "value"), self._token("gradient", gradient, "grad")
        for digits, size in ((5, number), (4, 11 * unit), (3, 11 * unit)):
            texts = [self._short(row, digits) for row in (value, gradient)]
            if sum(text_width(text, "mono", size, 500) for text in texts) + 5 * unit <= room:
                draw_text(painter, texts[0], pad, middle, theme.color(tokens[0]), "mono", size, 500)
                draw_text_right(painter, texts[1], self.width - pad, middle, theme.color(tokens[1]), "mono", size, 500)
                break
        else:
            for row, token, share in zip((value, gradient), tokens, (0.56, 0.83), strict=True):
                line = rect.top() + rect.height() * share
                # A number needs its digits more than the card its padding.
                texts = [self._short(row, digits) for digits in (5, 4, 3, 2, 1)]
                wide = self.width - 2 * _TIGHT * unit
                shown = next((text for text in texts if text_width(text, "mono", 11 * unit, 500) <= wide), "…")
                left = min(pad, max(_TIGHT * unit, (self.width - text_width(shown, "mono", 11 * unit, 500)) / 2))
                draw_text(painter, shown, left, line, theme.color(token), "mono", 11 * unit, 500)
        if self._border()[0] == "error_line":
            draw_icon(painter, "warning", theme.color("error"), self.width - 18 * unit, rect.top() + 4 * unit, 14 * unit)

    def _paint_small_pictures(self, painter: QPainter, area: QRectF) -> None:
        """Value and gradient of a tensor as bars side by side."""
        half = area.width() * 0.46
        rows: tuple[tuple[RowName, Row, str, float], ...] = (
            ("value", self._drawn.value, "value_line", area.left()),
            ("gradient", self._drawn.gradient, "grad_line", area.right() - half),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        for name, row, token, left in rows:
            picture = self._picture(name, row)
            if picture is None:
                continue
            painter.setBrush(self._theme.color("error_line" if picture.bad else "text_3" if self._drawn.freed else token))
            pitch, high, foot = half / max(1, len(picture.heights)), area.height(), area.bottom()
            # One outline: no gap would be seen between bars this narrow, and as rectangles they take five times as long.
            tops = [(at + side, high * tall) for at, tall in enumerate(picture.heights) for side in (0, 1)]
            steps = [QPointF(left + at * pitch, foot - tall) for at, tall in tops]
            painter.drawPolygon([QPointF(left, foot), *steps, QPointF(left + half, foot)])

    def _paint_dot(self, painter: QPainter, zoom: float) -> None:
        """A dot of 24 px on screen with the symbol; smaller and without it where dots would run into each other."""
        unit = 1 / zoom
        size = min(DOT * unit, max(6 * unit, self.width + 40))
        rect = QRectF((self.width - size) / 2, (self.height - size) / 2, size, size)
        if size < 16 * unit:
            token, weight = self._border()
            painter.setPen(QPen(self._theme.color("focus"), 2 * unit) if self.ringed else Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(token if weight > 1 else "text_3"))
            painter.drawEllipse(rect)
            return
        self._frame(painter, rect, 5 * unit if self.card.kind == "module" else size / 2, unit)
        px = fitting_px(self.card.symbol, 13 * unit, SMALLEST_SYMBOL * unit, size - 4 * unit)
        wide = math_width(self.card.symbol, px)
        if wide <= size - 2 * unit:
            ink = self._theme.color("text_3" if self._drawn.freed else "text")
            draw_math(painter, (self.width - wide) / 2, self.height / 2 + px * 0.3, self.card.symbol, px, ink)
