"""One card of the graph as one item: painted by state and zoom, changed in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph.model import Card
from engine.graph.state import CardState
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_look import NOTHING_YET, CardLook
from gui.panels.graph.cards.compact_card import paint_compact
from gui.panels.graph.cards.dot_card import paint_dot
from gui.panels.graph.cards.full_card import paint_full, sign_place, what_changes
from gui.panels.graph.metrics import detail

_OUTSIDE = 30
"""How far focus ring, dot and warning may reach out of the card's place, at any zoom."""


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
        self.state = NOTHING_YET
        self.look = CardLook(card, theme)
        self.face = self.look.face
        self.width, self.height = self.face.width, self.face.height
        self.on_hover: Callable[[CardItem | None], None] | None = None
        """Told that the mouse came to rest on this card, or with None that it left."""
        self._hovered = False
        self._linked = False
        self._before: CardState | None = None
        self._share, self._row_share = 1.0, 1.0
        self.setAcceptHoverEvents(True)
        self.setZValue(2)

    def set_card(self, card: Card) -> bool:
        """Show another version of the same card; True if its size changed."""
        self.card, before = card, self.face
        self.look.set_card(card)
        self.face = self.look.face
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
        """Look like the state ``before``, gone ``share`` of the way to the present one, and ``row_share`` in the row's
        highlight."""
        share, row_share = (1.0, 1.0) if before is None else (max(0.0, share), max(0.0, row_share))
        if (before, share, row_share) != (self._before, self._share, self._row_share):
            self._before, self._share, self._row_share = before, share, row_share
            self.update()

    def set_emphasis(self, emphasis: bool) -> None:
        """Outline the row that was touched."""
        self.look.emphasis = emphasis
        self.update()

    def set_ringed(self, ringed: bool, thin: bool = False) -> None:
        """Draw the focus ring: the card has the keyboard or, if ``thin``, is only selected."""
        thin = thin and ringed
        if (ringed, thin) != (self.look.ringed, self.look.thin):
            self.look.ringed, self.look.thin = ringed, thin
            self.update()

    def set_linked(self, linked: bool) -> None:
        """Look as if the mouse were on it: it rests on what belongs to this card elsewhere."""
        if linked != self._linked:
            self._linked = linked
            self._point()

    def _point(self) -> None:
        self.look.pointed_at = self._hovered or self._linked
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
        self._point()
        if self.on_hover is not None:
            self.on_hover(self)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self._point()
        if self.on_hover is not None:
            self.on_hover(None)

    def on_sign(self, point: QPointF, zoom: float) -> bool:
        """Whether a point of the scene is on the sign that unfolds this card."""
        return self.card.kind == "module" and detail(zoom) == "full" and sign_place(self.look).contains(point - self.pos())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if self._before is not None and self._share < 1:
            self._paint_state(painter, zoom, self._before, 1.0)
            painter.setOpacity(painter.opacity() * self._share)
            if detail(zoom) == "full" and self.state.hit is not None:
                painter.setClipPath(what_changes(self.look, self.boundingRect(), self.state), Qt.ClipOperation.IntersectClip)
        if self._share > 0:
            self._paint_state(painter, zoom, self.state, self._row_share / self._share)

    def _paint_state(self, painter: QPainter, zoom: float, state: CardState, highlight: float) -> None:
        look = self.look
        look.state, look.highlight = state, highlight
        kind = detail(zoom)
        if kind == "dot":
            paint_dot(look, painter, zoom)
        elif kind == "compact":
            paint_compact(look, painter, zoom)
        else:
            paint_full(look, painter, zoom)
