"""The drawn graph: one item per card and edge, updated by id; for a graph of many cards (a Crowd), only for what is in view."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, Signal, Slot
from PySide6.QtWidgets import QGraphicsScene

from engine.graph.model import Graph
from engine.graph.state import CardState, EdgeState, State
from engine.layout.field import Field
from engine.layout.placements import MANY, Placement
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.cards.card_look import NOTHING_YET
from gui.panels.graph.edges.edge_item import AT_REST, EdgeItem
from gui.panels.graph.edges.edge_label import EdgeTexts
from gui.panels.graph.scene.arranging import order_inputs
from gui.panels.graph.scene.crowd import Crowd
from gui.panels.graph.scene.culling import LARGE, InView
from gui.panels.graph.scene.glide import Glide
from gui.panels.graph.scene.marks import Marks
from gui.panels.graph.scene.motion import Motion
from gui.panels.graph.scene.places import Places

_Changed = tuple[list[tuple[CardItem, CardState]], list[tuple[EdgeItem, EdgeState]]]
STALE_OPACITY = 0.5
PICTURE = 1500
"""A picture of a graph with more cards than this shows all of them as boxes, without texts."""


class GraphScene(QGraphicsScene):
    """Items of the shown graph.

    Signals
    -------
    arranged()
        Cards came to rest in new places.
    hovered(object, object)
        The mouse rests on this card id, this edge id, or neither (None, None).
    """

    arranged = Signal()
    hovered = Signal(object, object)

    def __init__(self, theme: ThemeManager, reduced_motion: Callable[[], bool]) -> None:
        super().__init__()
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.graph: Graph | None = None
        self.cards: dict[str, CardItem] = {}
        self.edges: dict[str, EdgeItem] = {}
        self.texts = EdgeTexts(self.edges)
        self.motion = Motion(self, theme)
        self.crowd: Crowd | None = None
        """The crowd of a graph of many cards, once that has been placed."""
        self.marks = Marks(self, theme)
        self.in_view = InView(self)
        self._glide = Glide(self)
        self._glide.moved.connect(self.in_view.forget)
        self._glide.rested.connect(self._rest)
        self.places = Places(self, self._glide)
        self._theme = theme
        self._reduced_motion = reduced_motion
        self._state: State | None = None
        self._fresh: set[CardItem | EdgeItem] = set()
        self._under_mouse: CardItem | EdgeItem | None = None
        self._opacity = 1.0

    # Contents ----------------------------------------------------------------------------------------------------

    def set_graph(self, graph: Graph) -> bool:
        """Show ``graph``; True if it needs a new layout (its structure or the size of a card changed)."""
        changed = self.graph is None or self.graph.signature != graph.signature
        if not changed and graph is self.graph:
            return False
        self.finish_motion()
        self.marks.ask(None)
        before, self.graph = self.graph, graph
        self.in_view.forget()
        self._state = None
        if len(graph.cards) > MANY:
            if self.crowd is not None and not changed:
                self.crowd.renew(graph)
            else:
                self.clear_items()
            return changed
        if before is not None and len(before.cards) > MANY:
            self.clear_items()
            changed = True
        methods = QGraphicsScene.ItemIndexMethod
        index = methods.BspTreeIndex if len(graph.cards) > LARGE else methods.NoIndex
        if self.itemIndexMethod() != index:
            self.setItemIndexMethod(index)
        keys = {item.card.key: item.pos() for item in self.cards.values()}
        cards = {card.id: card for card in graph.cards}
        self.dismiss([key for key, item in self.cards.items() if key not in cards or item.card.key != cards[key].key], ())
        for card_id, card in cards.items():
            item = self.cards.get(card_id)
            if item is None:
                item = CardItem(card, self._theme)
                item.setPos(keys.get(card.key, QPointF()))
                item.setVisible(card.key in keys)
                self.admit(item)
            elif item.set_card(card):
                changed = True
        self._set_edges(graph)
        return changed

    def clear_items(self) -> None:
        """Take everything away: another graph follows."""
        self._glide.stop()
        self.marks.clear()
        if self.crowd is not None:
            self.crowd.close()
            self.crowd = None
        self.dismiss(list(self.cards), list(self.edges))

    def admit(self, item: CardItem | EdgeItem) -> None:
        """Show one more item, in the state that is shown."""
        item.setOpacity(self._opacity)
        self.addItem(item)
        if isinstance(item, CardItem):
            item.on_hover = self._hover
            self.cards[item.card.id] = item
        else:
            item.on_hover = self._hover
            item.text.among = self.texts
            self.edges[item.edge.id] = item
        if self._state is not None:
            cards, edges = ((item,), ()) if isinstance(item, CardItem) else ((), (item,))
            self._turn_to(self._state, cards, edges)

    def dismiss(self, cards: Iterable[str], edges: Iterable[str]) -> None:
        """Take these items away."""
        self.motion.finish()
        for item in (*(self.edges.pop(edge) for edge in edges), *(self.cards.pop(card) for card in cards)):
            self._fresh.discard(item)
            self.removeItem(item)
            if item is self._under_mouse:
                self._hover(None)  # Qt tells no item that is taken away that the mouse has left it

    def _set_edges(self, graph: Graph) -> None:
        edges = {edge.id: edge for edge in graph.edges}
        for edge_id, old in list(self.edges.items()):
            now = edges.get(edge_id)
            if now is None or old.source is not self.cards.get(now.source) or old.target is not self.cards.get(now.target):
                self.dismiss((), (edge_id,))
        for edge in graph.edges:
            if edge.source not in self.cards or edge.target not in self.cards:
                continue
            item = self.edges.get(edge.id)
            if item is None:
                item = EdgeItem(edge, self.cards[edge.source], self.cards[edge.target], self._theme)
                item.setVisible(False)
                self.admit(item)
            item.edge = edge

    def set_state(self, state: State) -> None:
        """Show ``state`` of the shown graph; nothing moves."""
        self.motion.finish()
        if self.crowd is not None:
            self.crowd.set_state(state)
        self._turn_to(state, *self.in_view.items())

    def step_to(self, state: State, travel_ms: int) -> None:
        """Show ``state``, one moment after the state shown: what it touched arrives within ``travel_ms`` (0: nothing moves)."""
        reduced = self._reduced_motion()
        if travel_ms <= 0 and not reduced:
            self.set_state(state)
            return
        self.finish_motion()
        if self.crowd is not None:
            self.crowd.set_state(state)
        cards, edges = self._turn_to(state, *self.in_view.items())
        hit = [(item, before) for item, before in cards if item.state.active is not None and item.isVisible()]
        active = [(item, before) for item, before in edges if item.active and item.isVisible()]
        if reduced:
            self.motion.stand_out([*(card for card, _ in hit), *(edge for edge, _ in active)])
        else:
            self.motion.travel(hit, active, travel_ms)

    def _turn_to(self, state: State, cards: Iterable[CardItem], edges: Iterable[EdgeItem]) -> _Changed:
        """Let these items show ``state``: those that look different now, each with its state before."""
        if state is not self._state:
            self._state = state
            self._fresh = set()
        changed: _Changed = ([], [])
        for card in cards:
            if card not in self._fresh:
                before = card.state
                if card.set_state(state.cards.get(card.card.id, NOTHING_YET)):
                    changed[0].append((card, before))
        for edge in edges:
            if edge not in self._fresh:
                passed = edge.state
                if edge.set_state(state.edges.get(edge.edge.id, AT_REST)):
                    changed[1].append((edge, passed))
        self._fresh.update(cards, edges)
        return changed

    def refresh(self) -> None:
        """Bring what came into view up to date."""
        if self.crowd is not None and self.in_view.area is not None:
            self.crowd.look(self.in_view.area(), self.in_view.zoom())
        elif self._state is not None and len(self.cards) > LARGE:
            self._turn_to(self._state, *self.in_view.items())

    def refresh_all(self) -> None:
        """Bring everything up to date, seen or not: for a picture of the whole graph."""
        if self.crowd is not None and len(self.crowd.graph.cards) <= PICTURE:
            self.crowd.make_all()
        if self._state is not None:
            self._turn_to(self._state, self.cards.values(), self.edges.values())

    def set_stale(self, stale: bool) -> None:
        """Draw everything at half strength: the text has moved on to something that has a problem."""
        self._opacity = STALE_OPACITY if stale else 1.0
        for item in (*self.cards.values(), *self.edges.values()):
            item.setOpacity(self._opacity)
        if self.crowd is not None:
            self.crowd.item.setOpacity(self._opacity)

    def _hover(self, item: CardItem | EdgeItem | None) -> None:
        self._under_mouse = item
        card = item.card.id if isinstance(item, CardItem) else None
        self.hovered.emit(card, item.edge.id if isinstance(item, EdgeItem) else None)

    # Places ------------------------------------------------------------------------------------------------------

    def fits_graph(self, placement: Placement) -> bool:
        if self.graph is not None and len(self.graph.cards) > MANY:
            return placement.field is not None and placement.field.graph.signature == self.graph.signature
        return set(placement.positions) == set(self.cards)

    def arrange(self, placement: Placement) -> None:
        """Put the cards where ``placement`` says: those that were there before glide, unless motion is reduced."""
        self._glide.stop()
        if self.graph is not None and len(self.graph.cards) > MANY and placement.field is not None:
            self._gather(placement.field)
            return
        for edge_id, edge in self.edges.items():
            edge.rails.route = tuple(placement.routes.get(edge_id, ()))
        order_inputs(self.edges.values(), placement)
        at_once = len(self.cards) > LARGE or self._reduced_motion()
        self._glide.go(self.cards, self.edges.values(), placement.positions, at_once)

    def _gather(self, field: Field) -> None:
        """Show a graph of many cards where ``field`` says."""
        assert self.graph is not None
        state = self._state
        self.clear_items()
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.crowd = Crowd(self, field, self._theme, self)
        self.crowd.renew(self.graph)
        self.crowd.item.setOpacity(self._opacity)
        self.addItem(self.crowd.item)
        self.crowd.set_state(state)
        self._rest()

    @Slot()
    def _rest(self) -> None:
        self.refresh()
        self.arranged.emit()

    def finish_motion(self) -> None:
        """End what moves in its final state, at once."""
        self.motion.finish()
        self._glide.finish()

    def card_ids(self) -> list[str]:
        """The ids of all placed cards, in the program's order."""
        return [card.id for card in self.crowd.graph.cards] if self.crowd is not None else list(self.cards)

    def has_card(self, card_id: str | None) -> bool:
        return card_id in (self.cards if self.crowd is None else self.crowd.field.number)

    def card(self, card_id: str) -> CardItem:
        """The item of a card that is in the graph, wherever that is."""
        return self.crowd.card(card_id) if self.crowd is not None else self.cards[card_id]
