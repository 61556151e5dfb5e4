"""The drawn graph: one item per card and edge, updated by id; of a graph of many cards (a Crowd) for what is in view only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QVariantAnimation, Signal, Slot
from PySide6.QtWidgets import QGraphicsScene

from engine.graph.model import Graph
from engine.graph.state import CardState, EdgeState, State
from engine.layout.field import Field
from engine.layout.placements import MANY, Placement
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.cards.card_look import NOTHING_YET
from gui.panels.graph.edges.asked import AskedMark
from gui.panels.graph.edges.edge_item import AT_REST, EdgeItem
from gui.panels.graph.edges.edge_label import EdgeTexts
from gui.panels.graph.scene.arranging import neighbour, order_inputs
from gui.panels.graph.scene.crowd import Crowd
from gui.panels.graph.scene.culling import LARGE, Places
from gui.panels.graph.scene.motion import Interrupter, Motion

GLIDE_MS = 240
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
        self._interrupter = Interrupter(self.finish_motion, self)
        self.asked: AskedMark | None = None
        self.crowd: Crowd | None = None
        """Of a graph of many cards, once it has been placed."""
        self._theme = theme
        self._reduced_motion = reduced_motion
        self._area: Callable[[], QRectF] | None = None
        self._zoom: Callable[[], float] = float
        self._places: Places | None = None
        self._state: State | None = None
        self._fresh: set[CardItem | EdgeItem] = set()
        self._ringed: set[CardItem] = set()
        self._chosen: set[EdgeItem] = set()
        self._edges_at: dict[str, list[EdgeItem]] = {}
        self._linked: CardItem | EdgeItem | None = None
        self._opacity = 1.0
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
        before, self.graph = self.graph, graph
        self._places, self._state = None, None
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
        self.mark_asked(None)
        self.link(None, None)
        self.mark(None, None, None)
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

    def _set_edges(self, graph: Graph) -> None:
        edges = {edge.id: edge for edge in graph.edges}
        for edge_id, old in list(self.edges.items()):
            now = edges.get(edge_id)
            if now is None or old.source is not self.cards.get(now.source) or old.target is not self.cards.get(now.target):
                self.dismiss((), (edge_id,))
        self._edges_at = {card_id: [] for card_id in self.cards}
        for edge in graph.edges:
            if edge.source not in self.cards or edge.target not in self.cards:
                continue
            item = self.edges.get(edge.id)
            if item is None:
                item = EdgeItem(edge, self.cards[edge.source], self.cards[edge.target], self._theme)
                item.setVisible(False)
                self.admit(item)
            item.edge = edge
            self._edges_at[edge.source].append(item)
            self._edges_at[edge.target].append(item)

    def watch(self, area: Callable[[], QRectF], zoom: Callable[[], float]) -> None:
        """``area`` says which part of the scene is seen; the view calls ``refresh`` when that became another one."""
        self._area, self._zoom = area, zoom

    def seen(self) -> tuple[list[CardItem], list[EdgeItem]]:
        """The items that are kept up to date: all of a small graph, those in view of a large one."""
        if self._area is None or self.crowd is not None or len(self.cards) <= LARGE:
            return list(self.cards.values()), list(self.edges.values())
        if self._places is None:
            self._places = Places(list(self.cards.values()), list(self.edges.values()))
        return self._places.within(self._area())

    def set_state(self, state: State) -> None:
        """Show ``state`` of the shown graph; nothing moves."""
        self.motion.finish()
        if self.crowd is not None:
            self.crowd.set_state(state)
        self._turn_to(state, *self.seen())

    def step_to(self, state: State, travel_ms: int) -> None:
        """Show ``state``, one moment after the state shown: what it touched arrives within ``travel_ms`` (0: nothing moves)."""
        reduced = self._reduced_motion()
        if travel_ms <= 0 and not reduced:
            self.set_state(state)
            return
        self.finish_motion()
        if self.crowd is not None:
            self.crowd.set_state(state)
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
        if self.crowd is not None and self._area is not None:
            self.crowd.look(self._area(), self._zoom())
        elif self._state is not None and len(self.cards) > LARGE:
            self._turn_to(self._state, *self.seen())

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

    def mark(self, focused: str | None, card: str | None, edge: str | None) -> None:
        """Ring the focused and the selected card, and mark the selected edge."""
        if self.crowd is not None:
            self.crowd.pin("marked", focused, card, edge)
        ringed = {self.cards[card_id] for card_id in (focused, card) if card_id in self.cards}
        chosen = {self.edges[edge]} if edge in self.edges else set()
        for item in ringed | self._ringed:
            # Where the keyboard is elsewhere, the ring of the selected card is thin: two like rings would be two places.
            item.set_ringed(item in ringed, item.card.id != focused)
        for rail in chosen ^ self._chosen:
            rail.set_selected(rail in chosen)
        self._ringed, self._chosen = ringed, chosen

    def mark_asked(self, place: str | None) -> None:
        """Put a question mark where the gradient of the card or edge ``place`` is going to stand."""
        if self.asked is not None:
            self.removeItem(self.asked)
            self.asked = None
        if self.crowd is not None:
            self.crowd.pin("asked", place)
        owner = self.cards.get(place) or self.edges.get(place) if place is not None else None
        if owner is not None:
            self.asked = AskedMark(owner, self._theme)

    def link(self, card: str | None, edge: str | None) -> None:
        """Mark the card or edge that belongs to what the mouse rests on elsewhere."""
        if self.crowd is not None:
            self.crowd.pin("linked", card, edge)
        before, self._linked = self._linked, self.cards.get(card or "") or self.edges.get(edge or "")
        if before is not self._linked and before is not None:
            before.set_linked(False)
        if self._linked is not None:
            self._linked.set_linked(True)

    def _hover(self, item: CardItem | EdgeItem | None) -> None:
        card = item.card.id if isinstance(item, CardItem) else None
        self.hovered.emit(card, item.edge.id if isinstance(item, EdgeItem) else None)

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
        if self.crowd is not None or not self.cards:
            return self.crowd.extent() if self.crowd is not None else QRectF()
        at = [(self.goal(card_id), item) for card_id, item in self.cards.items()]
        corner = QPointF(min(goal.x() for goal, _ in at), min(goal.y() for goal, _ in at))
        end = QPointF(max(goal.x() + item.width for goal, item in at), max(goal.y() + item.height for goal, item in at))
        return QRectF(corner, end)

    def whole(self) -> QRectF:
        """The box around all cards and edges, where they are going to be: an edge may go round below the lowest card."""
        box = self.extent()
        if self.crowd is None:
            for edge in self.edges.values():
                box = box.united(edge.rails.route_box())
        return box

    def framed_depth(self) -> int:
        """How many frames of modules lie round each other, at most, around a card of the shown graph."""
        return max(map(len, self.graph.within), default=0) if self.graph is not None and self.crowd is None else 0

    def goal(self, card_id: str) -> QPointF:
        """The corner of a card, where it is going to stand."""
        return self._goal[card_id] if card_id in self._goal else self.frame(card_id).topLeft()

    def card_ids(self) -> list[str]:
        """Of all cards that are placed, in the program's order."""
        return [card.id for card in self.crowd.graph.cards] if self.crowd is not None else list(self.cards)

    def has_card(self, card_id: str | None) -> bool:
        return card_id in (self.cards if self.crowd is None else self.crowd.field.number)

    def card(self, card_id: str) -> CardItem:
        """The item of a card that is in the graph, wherever that is."""
        return self.crowd.card(card_id) if self.crowd is not None else self.cards[card_id]

    def frame(self, card_id: str) -> QRectF:
        """The place of a card in the scene."""
        return self.crowd.frame(card_id) if self.crowd is not None else self.cards[card_id].frame()

    def neighbour(self, card_id: str, dx: int, dy: int) -> str | None:
        """The card to go to from ``card_id``: along an edge for dx = ±1, the nearest above or below for dy = ±1."""
        if self.crowd is not None:
            return self.crowd.neighbour(card_id, dx, dy)
        return neighbour(self.cards, self._edges_at, card_id, dx, dy)
