"""The cards and edges of a large graph: plain arrays for all of them, Qt items only for what is in view and can be read."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Slot

from engine.graph.model import Graph
from engine.graph.state import State
from engine.layout.field import Field
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.metrics import detail
from gui.panels.graph.scene.crowd_item import CrowdItem

MOST_CARDS = 110
"""While more cards than this are in view, they are drawn together and have no items."""
MOST_EDGES = 240
SLICE = 0.006
"""How many seconds items are made, or cards measured, in one go; the rest follows in the next turns of the event loop."""
MARGIN = 0.1
"""How far around the view there are items, as a share of its size."""
_READ_ONE_BY_ONE = 1500


class Stage(Protocol):
    """What shows the items: adds them with their state, and takes them away."""

    cards: dict[str, CardItem]
    edges: dict[str, EdgeItem]

    def admit(self, item: CardItem | EdgeItem) -> None: ...
    def dismiss(self, cards: Iterable[str], edges: Iterable[str]) -> None: ...


class Crowd(QObject):
    """Makes and removes the items of one placed graph as the view moves; an item that is asked for by id is made at once."""

    def __init__(self, stage: Stage, field: Field, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self.field = field
        self.graph: Graph = field.graph
        self.item = CrowdItem(field, theme, self._codes_now)
        self._stage = stage
        self._theme = theme
        self._state: State | None = None
        self._codes: NDArray[np.uint8] | None = None
        self._pinned: dict[str, set[str]] = {}
        self._missing_cards: list[int] = []
        self._missing_edges: list[int] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._make_some)

    def close(self) -> None:
        """Leave the scene, and let go of the graph: Qt may keep what is left of this for a while."""
        self._timer.stop()
        scene = self.item.scene()
        if scene is not None:
            scene.removeItem(self.item)
        del self.item, self.field, self.graph, self._state, self._codes, self._stage
        self.deleteLater()

    @property
    def complete(self) -> bool:
        """Whether all items that the view wants are there."""
        return not self._missing_cards and not self._missing_edges

    def renew(self, graph: Graph) -> None:
        """Show another version of the same graph: other numbers, the same structure."""
        self.graph = graph
        number, edge_number = self.field.number, self.field.edge_number
        for card_id, card in self._stage.cards.items():
            card.set_card(graph.cards[number[card_id]])
        for edge_id, edge in self._stage.edges.items():
            edge.edge = graph.edges[edge_number[edge_id]]

    def set_state(self, state: State | None) -> None:
        """Draw the cards without items as in ``state``."""
        if state is not self._state:
            self._state, self._codes = state, None
            self.item.update()

    def _codes_now(self) -> NDArray[np.uint8]:
        if self._codes is None:
            self._codes = self._find_codes()
        return self._codes

    def _find_codes(self) -> NDArray[np.uint8]:
        cards = len(self.graph.cards)
        if self._state is None:
            return np.zeros(cards, np.uint8)
        if self._state.codes is not None:
            codes = self._state.codes()
            if len(codes) == cards:
                return codes
        codes = np.zeros(cards, np.uint8)
        if cards <= _READ_ONE_BY_ONE:
            for at, card in enumerate(self.graph.cards):
                shown = self._state.cards.get(card.id)
                if shown is not None:
                    codes[at] = 2 if shown.gradient.kind == "value" else 1 if shown.value.kind == "value" else 0
        return codes

    # Places ------------------------------------------------------------------------------------------------------

    def extent(self) -> QRectF:
        left, top, right, bottom = self.field.extent
        return QRectF(left, top, right - left, bottom - top)

    def frame(self, card: str) -> QRectF:
        """A card's place in the scene."""
        at, field = self.field.number[card], self.field
        left, top = float(field.left[at]), float(field.top[at])
        return QRectF(left, top, float(field.right[at]) - left, float(field.bottom[at]) - top)

    def card_at(self, point: QPointF) -> str | None:
        """The card at a point of the scene."""
        found = self.field.cards_within(point.x(), point.y(), point.x(), point.y())
        return self.graph.cards[int(found[0])].id if len(found) else None

    def boxes_within(self, area: QRectF) -> NDArray[np.float64]:
        """Left, top, right and bottom of the cards that touch ``area``, [4, cards]."""
        field = self.field
        found = field.cards_within(area.left(), area.top(), area.right(), area.bottom())
        return np.stack([field.left[found], field.top[found], field.right[found], field.bottom[found]])

    def neighbour(self, card_id: str, dx: int, dy: int) -> str | None:
        """The card to go to: along an edge for dx = ±1, the nearest above or below for dy = ±1."""
        field, here = self.field, self.field.number[card_id]
        y = (field.top + field.bottom) / 2
        if dx:
            ends = field.target[field.outputs(here)] if dx > 0 else field.source[field.inputs(here)]
            found = ends[ends != here]
            away = np.abs(y[found] - y[here])
        else:
            found = np.flatnonzero((y - y[here]) * dy > 20)
            x = (field.left + field.right) / 2
            away = np.abs(y[found] - y[here]) + 2 * np.abs(x[found] - x[here])
        return self.graph.cards[int(found[np.argmin(away)])].id if len(found) else None

    # Items -------------------------------------------------------------------------------------------------------

    def pin(self, role: str, *items: str | None) -> None:
        """Keep items for these card and edge ids, wherever they are, until the same ``role`` is given others."""
        self._pinned[role] = {item for item in items if item is not None and self.has(item)}
        for item in self._pinned[role]:
            self.card(item) if item in self.field.number else self.edge(item)

    def has(self, item: str) -> bool:
        return item in self.field.number or item in self.field.edge_number

    def card(self, card_id: str) -> CardItem:
        """The item of a card, made now if there is none."""
        item = self._stage.cards.get(card_id)
        return item if item is not None else self._make_card(self.field.number[card_id])

    def edge(self, edge_id: str) -> EdgeItem | None:
        """The item of an edge, made now if there is none; None for an edge that leads out of the graph."""
        item = self._stage.edges.get(edge_id)
        return item if item is not None else self._make_edge(self.field.edge_number[edge_id])

    def look(self, area: QRectF, zoom: float) -> None:
        """The view shows ``area`` at ``zoom`` now: remove what is far from it, and begin to make what is missing."""
        field = self.field
        wide, high = area.width() * MARGIN, area.height() * MARGIN
        around = area.adjusted(-wide, -high, wide, high)
        box = around.left(), around.top(), around.right(), around.bottom()
        cards = field.cards_within(*box)
        wanted_cards, wanted_edges = set(), set()
        if len(cards) <= MOST_CARDS:
            shown = np.zeros(len(field.left), np.bool_)
            shown[cards] = True
            edges = field.edges_within(*box)
            near_target, near_source = shown[field.target[edges]], shown[field.source[edges]] & ~field.tethered[edges]
            # First those between cards in view: a leaf that thousands of cards use would leave them none.
            both, either = near_target & near_source, near_target | near_source
            edges = np.concatenate((edges[both], edges[either & ~both]))[:MOST_EDGES]
            if detail(zoom) != "dot":
                wanted_edges.update(edges.tolist())
            wanted_cards.update(cards.tolist())
        kept = set().union(*self._pinned.values()) if self._pinned else set()
        names, edge_names = self.graph.cards, self.graph.edges
        held = {names[at].id for at in wanted_cards} | kept
        edges_held = {edge_names[at].id for at in wanted_edges} | kept
        for edge_id in edges_held:
            item = self._stage.edges.get(edge_id)
            if item is not None:
                held |= {item.edge.source, item.edge.target}
        gone = [card for card in self._stage.cards if card not in held]
        gone_edges = [edge for edge in self._stage.edges if edge not in edges_held]
        if gone or gone_edges:
            self.item.own_card[[field.number[card] for card in gone]] = False
            self.item.own_edge[[field.edge_number[edge] for edge in gone_edges]] = False
            self._stage.dismiss(gone, gone_edges)
            self.item.update()
        self._missing_cards = [at for at in wanted_cards if not self.item.own_card[at]]
        self._missing_edges = [at for at in wanted_edges if not self.item.own_edge[at]]
        self._missing_cards.sort(reverse=True)
        self._missing_edges.sort(reverse=True)
        self._make_some()

    @Slot()
    def _make_some(self) -> None:
        until = time.perf_counter() + SLICE
        made = False
        while not self.complete and time.perf_counter() < until:
            made = True
            if self._missing_cards:
                self.card(self.graph.cards[self._missing_cards.pop()].id)
            else:
                self.edge(self.graph.edges[self._missing_edges.pop()].id)
        if made:
            self.item.update()
        if not self.complete:
            self._timer.start()

    def make_all(self) -> None:
        """Make every item now: for a picture of the whole graph."""
        for card in self.graph.cards:
            self.card(card.id)
        for edge in self.graph.edges:
            made = self.edge(edge.id)
            if made is not None:
                made.may_wait = False

    def _make_card(self, at: int) -> CardItem:
        item = CardItem(self.graph.cards[at], self._theme)
        item.setPos(float(self.field.left[at]), float(self.field.top[at]))
        self.item.own_card[at] = True
        self._stage.admit(item)
        return item

    def _make_edge(self, at: int) -> EdgeItem | None:
        field, edge = self.field, self.graph.edges[at]
        if field.source[at] < 0:
            return None
        item = EdgeItem(edge, self.card(edge.source), self.card(edge.target), self._theme)
        item.may_wait = True
        rails = item.rails
        rails.route, rails.tethered = tuple(field.routes.get(at, ())), bool(field.tethered[at])
        rails.index, rails.count = int(field.index[at]), int(field.count[at])
        inputs = field.source[field.inputs(int(field.target[at]))]
        rails.alike = len(inputs) > 1 and len(set(inputs.tolist())) == 1
        item.geometry_changed()
        self.item.own_edge[at] = True
        self._stage.admit(item)
        return item
