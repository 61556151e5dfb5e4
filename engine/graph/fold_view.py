"""A view of a recording's graph: the cards and edges that are shown, and the recording's state for these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.graph.model import Graph
from engine.graph.state import ACTIVE_VALUE, BAD, CardState, EdgeState, GradientRail, State, Touch, ValueRail
from engine.runtime.cached import cached_property
from engine.tables.lazy import Lazy

_VALUE_ORDER: tuple[ValueRail, ...] = ("active", "done", "freed", "idle")
_GRADIENT_ORDER: tuple[GradientRail, ...] = ("active", "pending", "done", "freed", "cut", "none")


_CALL = "call-"
Uses = NDArray[np.int64]
"""int64 [n, 2]: the cursor at which a parameter's value went into a card or its gradient came back, and the card's number."""
_UNUSED: Uses = np.empty((0, 2), np.int64)


def group_id(call: int) -> str:
    """The id of the card that a folded call is drawn as."""
    return f"{_CALL}{call}"


def call_of(card: str) -> int | None:
    """The call that a card stands for; None for every other card."""
    number = card.removeprefix(_CALL)
    return int(number) if card.startswith(_CALL) and number.isdigit() else None


def qualified(home: str, name: str) -> str:
    """``weight`` after its module's name within the next module: a number alone would say as little as ``weight`` does."""
    parts = home.split(".")
    first = next((at for at in range(len(parts) - 1, -1, -1) if not parts[at].isdigit()), 0)
    return ".".join([*parts[first:], name])


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """A folded module or batch, drawn as one card.

    Attributes
    ----------
    id : str
        The id of its card.
    call : int
        The Call that it stands for.
    face : str
        The recording's card whose value and gradient it shows: the last operation in it whose value leaves it.
    members : tuple of str
        All cards of the recording's graph that are folded into it.
    operations : int
        How many of them are operations.
    leaving : int
        How many of its cards have values that leave it, at least 1; ``face`` is the last of them.
    """

    id: str
    call: int
    face: str
    members: tuple[str, ...]
    operations: int
    leaving: int = 1


@dataclass(frozen=True, eq=False, slots=True)
class Bundle:
    """Several edges that carry one value between the same two shown cards, drawn as one: ``edges`` are the recording's."""

    id: str
    edges: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class View:
    """What is shown of a recording.

    Attributes
    ----------
    graph : Graph
        Cards and edges that are shown. Those that stand for themselves have the ids of the recording's graph.
    unfolded : frozenset of int
        The Calls that are shown unfolded, as what ran in them.
    groups, bundles : mapping of card id to Group, of edge id to Bundle
    whole : bool
        Whether this is the recording's own graph.
    narrow : bool
        Whether only the paths from or to a card are shown.
    """

    graph: Graph
    unfolded: frozenset[int]
    groups: Mapping[str, Group]
    bundles: Mapping[str, Bundle]
    _number: Mapping[str, int]
    _owner: NDArray[np.int64] | None
    _gone: NDArray[np.bool_] | None
    whole: bool = False
    narrow: bool = False
    _shown: frozenset[str] | None = None
    _uses: Mapping[str, Uses] = field(default_factory=dict)

    def narrowed(self, graph: Graph) -> View:
        """This view with only a part of its graph."""
        shown = frozenset(card.id for card in graph.cards)
        return replace(self, graph=graph, whole=False, narrow=True, _shown=shown)

    def card(self, card: str | None) -> str | None:
        """The card that shows a card of the recording's graph or of this one: itself, or its folded module; None if neither."""
        if card is None:
            return None
        found: str | None = card
        if card in self._number and self._owner is not None and self._gone is not None:
            at = self._number[card]
            found = None if self._gone[at] else card if self._owner[at] < 0 else group_id(int(self._owner[at]))
        elif card not in self._number and card not in self.groups:
            found = None
        return found if self._shown is None or found in self._shown else None

    def card_at(self, card: str, cursor: int) -> str | None:
        """The same at a moment: for a parameter that several folded calls use, the one that it was last involved with by then.
        Its value went into that call, or its gradient came back from it; before any of that, the first call that will use it.
        """
        shown = self.card(card)
        if shown not in self.groups:
            return shown
        cursors, calls = self._users(card)
        return group_id(int(calls[max(0, int(np.searchsorted(cursors, cursor, "right")) - 1)])) if len(calls) else shown

    def _users(self, card: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When folded calls that are shown were involved with a parameter, and which call it was each time."""
        found = self._known_users.get(card)
        if found is None:
            uses = _UNUSED if self._owner is None else self._uses.get(card, _UNUSED)
            owner = _UNUSED[:, 0] if self._owner is None else self._owner[uses[:, 1]]
            folded = np.isin(owner, self._calls)
            found = self._known_users[card] = uses[folded, 0], owner[folded]
        return found

    @cached_property
    def _known_users(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        return {}

    @cached_property
    def _calls(self) -> NDArray[np.int64]:
        """The folded calls that are shown."""
        shown = (group.call for group in self.groups.values() if self._shown is None or group.id in self._shown)
        return np.fromiter(shown, np.int64)

    def _touched(self, state: State) -> dict[str, Touch]:
        touched = state.touched.items()
        return {shown: touch for card, touch in touched if (shown := self.card_at(card, state.cursor)) is not None}

    def edge(self, edge: str | None) -> str | None:
        """The edge that shows an edge of the recording's graph or of this one; None if it is inside a folded module."""
        if edge is None or self.whole:
            return edge
        return self._edges.get(edge)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number of each card in ``graph``."""
        return self._number if self.whole else {card.id: at for at, card in enumerate(self.graph.cards)}

    @cached_property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the cards at both ends of each edge of ``graph``, int64 [edges] each."""
        return ends(self.graph, self.number)

    @cached_property
    def _card_ids(self) -> dict[str, None]:
        return dict.fromkeys(card.id for card in self.graph.cards)

    @cached_property
    def _edge_ids(self) -> dict[str, None]:
        return dict.fromkeys(edge.id for edge in self.graph.edges)

    @cached_property
    def _edges(self) -> dict[str, str]:
        known = {edge.id: edge.id for edge in self.graph.edges}
        for bundle in self.bundles.values():
            if bundle.id in known:
                known.update(dict.fromkeys(bundle.edges, bundle.id))
        return known

    def state(self, state: State) -> State:
        """A state of the recording, for what is shown here."""
        if self.whole:
            return state
        touched = self._touched(state)
        return State(
            state.cursor,
            Lazy(self._card_ids, lambda card: self._card_state(state, card, touched)),
            Lazy(self._edge_ids, lambda edge: self._edge_state(state, edge)),
            state.printed,
            None if state.codes is None else lambda: self._codes(state),
            touched,
            frozenset(shown for card in state.failed if (shown := self.card(card)) is not None),
        )

    def _card_state(self, state: State, card: str, touched: Mapping[str, Touch]) -> CardState:
        group = self.groups.get(card)
        if group is None:
            return state.cards[card]
        face = state.cards[group.face]
        active = face.active
        if active is None:
            touch = touched.get(card)
            active = None if touch is None else touch[0]
        failed = any(self.card(member) == card for member in state.failed)
        return CardState(face.value, face.gradient, active, face.hit, face.freed, failed)

    def _edge_state(self, state: State, edge: str) -> EdgeState:
        bundle = self.bundles.get(edge)
        if bundle is None:
            return state.edges[edge]
        parts = [state.edges[part] for part in bundle.edges]
        values, gradients = {part.value for part in parts}, {part.gradient for part in parts}
        return EdgeState(
            next(rail for rail in _VALUE_ORDER if rail in values), next(rail for rail in _GRADIENT_ORDER if rail in gradients)
        )

    def _codes(self, state: State) -> NDArray[np.uint8]:
        assert state.codes is not None
        codes = state.codes()
        known = [self._number[self.groups[card.id].face if card.id in self.groups else card.id] for card in self.graph.cards]
        told = codes[np.array(known, np.int64)]
        if self._owner is None or not self.groups:
            return told
        place = {group: at for at, card in enumerate(self.graph.cards) if (group := self.groups.get(card.id)) is not None}
        at_call = np.full(max(self._owner.max(initial=-1), 0) + 1, -1, np.int64)
        for group, at in place.items():
            at_call[group.call] = at
        special = np.flatnonzero(((codes >= ACTIVE_VALUE) | (codes == BAD)) & (self._owner >= 0))
        owner = self._owner.copy()
        for card in state.touched:
            # A parameter may belong to another call at this moment.
            call = call_of(self.card_at(card, state.cursor) or "")
            if call is not None and call < len(at_call):
                owner[self._number[card]] = call
        shown = at_call[owner[special]]
        np.maximum.at(told, shown[shown >= 0], codes[special][shown >= 0])
        return told


def ends(graph: Graph, number: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the cards at both ends of each edge, int64 [edges] each."""
    source = np.array([number[edge.source] for edge in graph.edges], np.int64)
    return source, np.array([number[edge.target] for edge in graph.edges], np.int64)


def plain_view(graph: Graph, number: Mapping[str, int], source: NDArray[np.int64], target: NDArray[np.int64]) -> View:
    """The recording's own graph; ``number`` of each card and the ``ends`` of each edge."""
    view = View(graph, frozenset(), {}, {}, number, None, None, whole=True)
    view.__dict__["ends"] = source, target
    return view


def reach(start: int, from_: NDArray[np.int64], to: NDArray[np.int64], cards: int) -> list[int]:
    """Numbers of the cards that links lead to from ``start``, itself included."""
    order = np.argsort(from_, kind="stable")
    first = np.searchsorted(from_[order], np.arange(cards + 1)).tolist()
    following = to[order].tolist()
    seen = bytearray(cards)
    seen[start] = 1
    found = [start]
    for card in found:
        for other in following[first[card] : first[card + 1]]:
            if not seen[other]:
                seen[other] = 1
                found.append(other)
    return found
