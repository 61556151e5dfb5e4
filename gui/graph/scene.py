"""The drawn graph: one item per card and per edge, updated by id, so that what stayed is never built anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QVariantAnimation, Signal, Slot
from PySide6.QtWidgets import QGraphicsScene

from engine.layout import Placement
from engine.recording import CardState, EdgeState, Graph, State
from gui.graph import card_item, edge_item
from gui.graph.asked import AskedMark
from gui.graph.card_item import CardItem
from gui.graph.culling import LARGE, Places
from gui.graph.edge_item import EdgeItem
from gui.graph.metrics import own_ports
from gui.graph.motion import Interrupter, Motion
from gui.theme import ThemeManager

GLIDE_MS = 240
_Changed = tuple[list[tuple[CardItem, CardState]], list[tuple[EdgeItem, EdgeState]]]
STALE_OPACITY = 0.5


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
        self.motion = Motion(self, theme)
        self._interrupter = Interrupter(self.finish_motion, self)
        self.asked: AskedMark | None = None
        self._theme = theme
        self._reduced_motion = reduced_motion
        self._area: Callable[[], QRectF] | None = None
        self._places: Places | None = None
        self._state: State | None = None
        self._fresh: set[CardItem | EdgeItem] = set()
        self._ringed: set[CardItem] = set()
        self._chosen: set[EdgeItem] = set()
        self._edges_at: dict[str, list[EdgeItem]] = {}
        self._linked: CardItem | EdgeItem | None = None
        self._start: dict[str, QPointF] = {}
        self._goal: dict[str, QPointF] = {}
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._move)
        self._glide.finished.connect(self._rest)

    # Contents ----------------------------------------------------------------------------------------------------

    def set_graph(self, graph: Graph) -> bool:
        """Show ``graph``; True if it needs a new layout (its structure or the size of a card changed)."""
        changed = self.graph is None or self.graph.signature != graph.signature
        if not changed and graph is self.graph:
            return False
        self.finish_motion()
        self.mark_asked(None)
        self.graph = graph
        self._places, self._state = None, None
        large = len(graph.cards) > LARGE
        index = QGraphicsScene.ItemIndexMethod.BspTreeIndex if large else QGraphicsScene.ItemIndexMethod.NoIndex
        if self.itemIndexMethod() != index:
            self.setItemIndexMethod(index)
        keys = {item.card.key: item.pos() for item in self.cards.values()}
        cards = {card.id: card for card in graph.cards}
        for card_id in [card_id for card_id in self.cards if card_id not in cards or changed]:
            if card_id not in cards or self.cards[card_id].card.key != cards[card_id].key:
                self.removeItem(self.cards.pop(card_id))
        for card_id, card in cards.items():
            item = self.cards.get(card_id)
            if item is None:
                item = CardItem(card, self._theme)
                item.on_hover = self._hover_card
                item.setPos(keys.get(card.key, QPointF()))
                item.setVisible(card.key in keys)
                self.cards[card_id] = item
                self.addItem(item)
            elif item.set_card(card):
                changed = True
        self._set_edges(graph)
        return changed

    def _set_edges(self, graph: Graph) -> None:
        edges = {edge.id: edge for edge in graph.edges}
        for edge_id, old in list(self.edges.items()):
            now = edges.get(edge_id)
            if now is None or old.source is not self.cards.get(now.source) or old.target is not self.cards.get(now.target):
                self.removeItem(self.edges.pop(edge_id))
        self._edges_at = {card_id: [] for card_id in self.cards}
        for edge in graph.edges:
            if edge.source not in self.cards or edge.target not in self.cards:
                continue
            item = self.edges.get(edge.id)
            if item is None:
                item = EdgeItem(edge, self.cards[edge.source], self.cards[edge.target], self._theme)
                item.on_hover = self._hover_edge
                item.setVisible(False)
                self.edges[edge.id] = item
                self.addItem(item)
            item.edge = edge
            self._edges_at[edge.source].append(item)
            self._edges_at[edge.target].append(item)

    def watch(self, area: Callable[[], QRectF]) -> None:
        """``area`` says which part of the scene is seen; the view calls ``refresh`` when that became another one."""
        self._area = area

    def seen(self) -> tuple[list[CardItem], list[EdgeItem]]:
        """The items that are kept up to date: all of a small graph, those in view of a large one."""
        if self._area is None or len(self.cards) <= LARGE:
            return list(self.cards.values()), list(self.edges.values())
        if self._places is None:
            self._places = Places(list(self.cards.values()), list(self.edges.values()))
        return self._places.within(self._area())

    def set_state(self, state: State) -> None:
        """Show ``state`` of the shown graph; nothing moves."""
        self.motion.finish()
        self._turn_to(state, *self.seen())

    def step_to(self, state: State, travel_ms: int) -> None:
        """Show ``state``, one moment after the state shown: what it touched arrives within ``travel_ms`` (0: nothing moves)."""
        reduced = self._reduced_motion()
        if travel_ms <= 0 and not reduced:
            self.set_state(state)
            return
        self.finish_motion()
        cards, edges = self._turn_to(state, *self.seen())
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
                if card.set_state(state.cards.get(card.card.id, card_item.EMPTY_STATE)):
                    changed[0].append((card, before))
        for edge in edges:
            if edge not in self._fresh:
                passed = edge.state
                if edge.set_state(state.edges.get(edge.edge.id, edge_item.EMPTY_STATE)):
                    changed[1].append((edge, passed))
        self._fresh.update(cards, edges)
        return changed

    def refresh(self) -> None:
        """Bring what came into view up to date."""
        if self._state is not None and len(self.cards) > LARGE:
            self._turn_to(self._state, *self.seen())

    def refresh_all(self) -> None:
        """Bring everything up to date, seen or not: for a picture of the whole graph."""
        if self._state is not None:
            self._turn_to(self._state, self.cards.values(), self.edges.values())

    def set_stale(self, stale: bool) -> None:
        """Draw everything at half strength: the text has moved on to something that has a problem."""
        opacity = STALE_OPACITY if stale else 1.0
        for item in (*self.cards.values(), *self.edges.values()):
            item.setOpacity(opacity)

    def mark(self, focused: str | None, card: str | None, edge: str | None) -> None:
        """Ring the focused and the selected card, and mark the selected edge."""
        ringed = {self.cards[card_id] for card_id in (focused, card) if card_id in self.cards}
        chosen = {self.edges[edge]} if edge in self.edges else set()
        for item in ringed - self._ringed:
            item.set_ringed(True)
        for item in self._ringed - ringed:
            item.set_ringed(False)
        for rail in chosen - self._chosen:
            rail.set_selected(True)
        for rail in self._chosen - chosen:
            rail.set_selected(False)
        self._ringed, self._chosen = ringed, chosen

    def mark_asked(self, place: str | None) -> None:
        """Put a question mark where the gradient of the card or edge ``place`` is going to stand."""
        if self.asked is not None:
            self.removeItem(self.asked)
            self.asked = None
        owner = self.cards.get(place) or self.edges.get(place) if place is not None else None
        if owner is not None:
            self.asked = AskedMark(owner, self._theme)

    def link(self, card: str | None, edge: str | None) -> None:
        """Mark the card or edge that belongs to what the mouse rests on elsewhere."""
        now = self.cards.get(card or "") or self.edges.get(edge or "")
        if now is not self._linked:
            if self._linked is not None:
                self._linked.set_linked(False)
            self._linked = now
            if now is not None:
                now.set_linked(True)

    def _hover_card(self, item: CardItem | None) -> None:
        self.hovered.emit(None if item is None else item.card.id, None)

    def _hover_edge(self, item: EdgeItem | None) -> None:
        self.hovered.emit(None, None if item is None else item.edge.id)

    @Slot()
    def restyle(self) -> None:
        self.update()

    # Places ------------------------------------------------------------------------------------------------------

    def sizes(self) -> dict[str, tuple[float, float]]:
        return {card_id: (item.width, item.height) for card_id, item in self.cards.items()}

    def places(self) -> dict[str, tuple[float, float]]:
        """Where each card stands, or is on its way to, by key."""
        return {
            item.card.key: (goal.x(), goal.y())
            for card_id, item in self.cards.items()
            for goal in (self._goal.get(card_id, item.pos()),)
            if item.isVisible()
        }

    def fits_graph(self, placement: Placement) -> bool:
        return set(placement.positions) == set(self.cards)

    def arrange(self, placement: Placement) -> None:
        """Put the cards where ``placement`` says: those that were there before glide, unless motion is reduced."""
        self._glide.stop()
        routes: Mapping[str, tuple[tuple[float, float], ...]] = placement.routes
        for edge_id, edge in self.edges.items():
            edge.set_route(tuple(routes.get(edge_id, ())))
        self._order_inputs(placement)
        self._start, self._goal = {}, {}
        moves = False
        for card_id, item in self.cards.items():
            goal = QPointF(*placement.positions[card_id])
            if not item.isVisible():
                item.setPos(goal)
                item.setVisible(True)
            self._start[card_id], self._goal[card_id] = item.pos(), goal
            moves = moves or item.pos() != goal
        if moves and len(self.cards) <= LARGE and not self._reduced_motion():
            self._interrupter.arm()
            self._glide.start()
        else:
            self._place(1.0)
            self._rest()

    def _order_inputs(self, placement: Placement) -> None:
        """Inputs of a card arrive in the order in which they come from above, so that they do not cross before it."""
        arriving: defaultdict[str, list[EdgeItem]] = defaultdict(list)
        for edge in self.edges.values():
            arriving[edge.edge.target].append(edge)

        def height(edge: EdgeItem) -> tuple[float, int]:
            route = placement.routes.get(edge.edge.id, ())
            out = own_ports(edge.source.card)[0] + 10
            return (route[-1][1] if route else placement.positions[edge.edge.source][1] + out), edge.edge.slot

        for edges in arriving.values():
            for index, edge in enumerate(sorted(edges, key=height)):
                edge.index, edge.count = index, len(edges)

    @Slot(object)
    def _move(self, value: object) -> None:
        self._place(float(value))  # type: ignore[arg-type]

    def _place(self, share: float) -> None:
        self._places = None
        for card_id, goal in self._goal.items():
            start = self._start[card_id]
            self.cards[card_id].setPos(start + (goal - start) * share)
        for edge in self.edges.values():
            edge.geometry_changed()
            edge.setVisible(True)

    @Slot()
    def _rest(self) -> None:
        self._interrupter.disarm()
        self._goal = {}
        self.refresh()
        self.arranged.emit()

    def finish_motion(self) -> None:
        """End what moves in its final state, at once."""
        self.motion.finish()
        if self._glide.state() == QVariantAnimation.State.Running:
            self._glide.stop()
            self._place(1.0)
            self._rest()

    def extent(self) -> QRectF:
        """The box around all cards, where they are going to stand."""
        box = QRectF()
        for card_id, item in self.cards.items():
            goal = self._goal.get(card_id, item.pos())
            box = box.united(QRectF(goal.x(), goal.y(), item.width, item.height))
        return box

    def neighbour(self, card_id: str, dx: int, dy: int) -> str | None:
        """The card to go to from ``card_id``: along an edge for dx = ±1, the nearest above or below for dy = ±1."""
        here = self.cards[card_id].frame()
        if dx:
            edges = self._edges_at.get(card_id, [])
            ends = [edge.target if dx > 0 else edge.source for edge in edges]
            found = [end for end in ends if end.card.id != card_id]
        else:
            found = [
                item
                for other, item in self.cards.items()
                if other != card_id and (item.frame().center().y() - here.center().y()) * dy > 20
            ]
        if not found:
            return None

        def distance(item: CardItem) -> float:
            away = item.frame().center() - here.center()
            return abs(away.y()) + (2 * abs(away.x()) if dy else 0.0)

        return min(found, key=distance).card.id
