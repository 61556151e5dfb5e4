"""Which part of a recording's graph is shown: modules folded into one card each, and only the paths from or to a card."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.graph.build import graph_of
from engine.graph.fold_view import Bundle, Group, Uses, View, call_of, ends, group_id, plain_view, qualified, reach
from engine.graph.model import Card, Graph, GraphEdge, is_leaf
from engine.graph.within import MOST, common
from engine.mathematics.letters import Word
from engine.runtime.cached import cached_property
from engine.tables.look_up import kept
from engine.tables.tables import Tables

FIRST_BUDGET = 60
"""Modules are unfolded, level by level, while no more cards than this are shown at first."""
_NONE = -1
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Paths:
    """Show only what leads to the card ``card`` (``to``), what it leads to (``onward``), or both."""

    card: str
    to: bool = True
    onward: bool = True


def folds_of(recording: Tables) -> Folds:
    """The folding of a recording, which is prepared once and kept in it."""
    return kept(recording, "_folds", lambda: Folds(recording))


class Folds:
    """The folding of one recording: prepared once, in time linear in its cards; ``view`` then costs a few array operations
    and what is shown.

    A card belongs to the call that its operation ran in. It is drawn inside the outermost call around it that is not
    unfolded, or as itself if all are. Parameters and buffers of a module are drawn inside it while every module that uses them is
    folded. What an optimizer computes is drawn only if its step is unfolded.
    """

    def __init__(self, recording: Tables) -> None:
        self._tables = recording.tables
        self._graph = graph_of(recording)
        self._number = {card.id: at for at, card in enumerate(self._graph.cards)}
        calls = recording.calls
        self.mark = hashlib.blake2b(self._graph.signature.encode(), digest_size=12).hexdigest()
        """Equal for two recordings whose graphs have the same structure."""
        self.homes: dict[int, str] = {}
        """Numbers of the cards that are parameters or buffers, and the module that each belongs to."""
        self._names = [call.name for call in calls]
        self._parent = [_NONE if call.parent is None else call.parent for call in calls]
        depth: list[int] = []
        for parent in self._parent:
            depth.append(0 if parent == _NONE else depth[parent] + 1)
        self._depth = np.array([*depth, _NONE], np.int64)
        self._source, self._target = ends(self._graph, self._number)
        if calls:
            self._prepare()

    def _prepare(self) -> None:
        graph = self._graph
        self._value = np.array([edge.value for edge in graph.edges], np.int64)
        roots = {root for item in self._tables.passes for root in item.roots}
        self._call = np.array([self._call_of(card) for card in graph.cards], np.int64)
        self._outside = np.array([card.kind in ("leaf", "data") for card in graph.cards], np.bool_) & (self._call == _NONE)
        for at, edge in enumerate(graph.edges):
            card = graph.cards[self._target[at]]
            call = int(self._call[self._source[at]])
            own = call != _NONE and self._tables.calls[call].function
            if card.kind == "result" and edge.value not in roots and (own or (card.name is None and self._unnamed(edge.value))):
                self._call[self._target[at]] = call
        outside = np.flatnonzero(self._outside).tolist()
        self.homes = {at: home for at in outside if (home := self._home_of(graph.cards[at])) is not None}
        self._limit = np.full(len(graph.edges), _NONE, np.int64)
        for at in np.flatnonzero(self._outside[self._source]).tolist():
            home = self.homes.get(int(self._source[at]))
            if home is not None:
                self._limit[at] = self._depth[self._nearest(int(self._call[self._target[at]]), home)]
        unused = sorted(set(outside) - set(self._source.tolist()))
        self._unused = {at: call for at in unused if (call := self._belongs_to(at)) != _NONE}
        self._data = np.array([card.kind == "data" for card in graph.cards], np.bool_)
        self._optimizer = np.array([call.optimizer for call in self._tables.calls] + [False], np.bool_)

    def _call_of(self, card: Card) -> int:
        if card.operation is None or card.kind == "result":
            return _NONE
        call = self._tables.operations[card.operation].call
        return _NONE if call is None else call

    def _unnamed(self, value: int) -> bool:
        return value < 0 or self._tables.values[value].name is None

    def _home_of(self, card: Card) -> str | None:
        """The module that a parameter, its gradient or a buffer belongs to: ``model.first`` for ``model.first.weight``."""
        if card.variable is None:
            return None
        name = self._tables.variables[card.variable].name or ""
        if not name and card.values:
            name = self._tables.values[card.values[0][1]].name or ""
        return name.removesuffix(".grad").rpartition(".")[0] or None

    def _nearest(self, call: int, home: str) -> int:
        """The innermost call around ``call``, itself included, whose module holds ``home``."""
        while call != _NONE and not f"{home}.".startswith(f"{self._names[call]}."):
            call = self._parent[call]
        return call

    def _first_of(self, home: str) -> int:
        """The first call of the module ``home``, or of the innermost one around it that was called."""
        while home:
            if home in self._names:
                return self._names.index(home)
            home = home.rpartition(".")[0]
        return _NONE

    def _belongs_to(self, at: int) -> int:
        """The call that a card goes into if nothing drawn uses it: that of the optimizer that keeps it, or of its module."""
        tables, card = self._tables, self._graph.cards[at]
        if card.kind == "data" and card.variable is not None:
            made = [tables.values[number].operation for _, number in tables.variables[card.variable].values]
            calls = [tables.operations[number].call for number in made if number is not None]
            known = [call for call in calls if call is not None and tables.calls[call].optimizer]
            if known and len(known) == len(calls):
                return known[-1]
        return self._first_of(self.homes[at]) if at in self.homes else _NONE

    # Calls -------------------------------------------------------------------------------------------------------

    def around(self, card: str) -> tuple[int, ...]:
        """The calls that a card of the recording's graph ran in, from the outermost to the innermost."""
        if not self._names or card not in self._number:
            return ()
        at = self._number[card]
        call = int(self._call[at])
        if call == _NONE:
            call = self._unused.get(at, _NONE)
        if call == _NONE and self._outside[at]:
            # If several calls use a parameter, the last: its graph is not freed yet.
            uses = [int(self._call[use]) for use in self._target[self._source == at][::-1]]
            near = (self._nearest(use, self.homes[at]) for use in uses) if at in self.homes else iter(())
            call = next((found for found in near if found != _NONE), _NONE)
            if call == _NONE and uses and self._data[at] and self._optimizer[uses].all():
                call = uses[0]
        chain: list[int] = []
        while call != _NONE:
            chain.append(call)
            call = self._parent[call]
        return tuple(reversed(chain))

    def inside(self, call: int) -> frozenset[int]:
        """``call`` and all calls within it."""
        found = {call}
        for number in range(call + 1, len(self._parent)):
            if self._parent[number] in found:
                found.add(number)
        return frozenset(found)

    def cards_in(self, call: int) -> tuple[str, ...]:
        """The recording's cards that ran in ``call`` or in calls within it."""
        found = np.isin(self._call, list(self.inside(call))) if self._names else np.zeros(0, np.bool_)
        return tuple(self._graph.cards[at].id for at in np.flatnonzero(found).tolist())

    def parameters(self, call: int) -> tuple[int, ...]:
        """Ids of the Variables that are parameters of the module that was called, or of those within it, in order."""
        inside = f"{self._names[call]}."
        cards = self._graph.cards
        found = (cards[at] for at, home in self.homes.items() if f"{home}.".startswith(inside) and cards[at].kind == "leaf")
        return tuple(card.variable for card in found if card.variable is not None)

    @cached_property
    def modules(self) -> frozenset[int]:
        """All calls of modules that ran an operation which is drawn."""
        used: set[int] = set()
        for call in set(self._call.tolist()) if self._names else ():
            while call != _NONE and call not in used:
                used.add(call)
                call = self._parent[call]
        return frozenset(call for call in used if not self._tables.calls[call].optimizer)

    @cached_property
    def optimizers(self) -> frozenset[int]:
        """All steps of optimizers that computed something which could be drawn."""
        return frozenset(call for call in set(self._call.tolist()) if self._optimizer[call]) if self._names else frozenset()

    # Views -------------------------------------------------------------------------------------------------------

    @cached_property
    def first_view(self) -> View:
        """Modules and functions folded, but unfolded level by level while few cards are shown.
        What has no gradients comes last, and batches stay folded.
        """
        opened = self.modules & self._tracked() or self.modules
        last = {call for call in self.modules - opened if self._tables.calls[call].function}
        unfolded: frozenset[int] = frozenset()
        levels = range(int(self._depth.max(initial=0)) + 1)
        for more in (*({call for call in opened if self._depth[call] == level} for level in levels), last):
            deeper = unfolded | more
            if deeper == unfolded:
                continue
            if self._cards_shown(deeper) > FIRST_BUDGET:
                break
            unfolded = deeper
        return self.view(unfolded)

    def _cards_shown(self, unfolded: frozenset[int]) -> int:
        """How many cards the view has, without making it: making that of a whole long recording takes a second."""
        owner, gone, _, _ = self._owners(unfolded)
        return int(np.count_nonzero(owner == _NONE)) + len(np.unique(owner[(owner != _NONE) & ~gone]))

    def _tracked(self) -> set[int]:
        """The calls in which something is computed that a gradient can come back to: not those that only load data."""
        found: set[int] = set()
        for card, call in zip(self._graph.cards, self._call.tolist(), strict=True) if self._names else ():
            while card.tracked and call != _NONE and call not in found:
                found.add(call)
                call = self._parent[call]
        return found

    def view(self, unfolded: frozenset[int] = frozenset(), paths: Paths | None = None, alone: int | None = None) -> View:
        """The graph with the calls in ``unfolded`` shown as what ran in them, cut down to ``paths`` if that is given.

        A call in which one operation ran counts as around its card only if it is ``alone``: no frame is drawn for others.

        A call counts as unfolded only if the calls around it are, too. A card of ``paths`` that is folded away stands for
        the module that it is in; one that is not shown at all leaves the graph whole.
        """
        view = self._plain if not self._names else self._folded(unfolded, alone)
        return view if paths is None else _only(view, paths)

    @cached_property
    def _plain(self) -> View:
        return plain_view(self._graph, self._number, self._source, self._target)

    def _folded(self, unfolded: frozenset[int], alone: int | None) -> View:
        owner, gone, hidden, kept = self._owners(unfolded)
        view = _Builder(self, owner, gone, hidden, alone)
        return View(view.graph(kept), unfolded, view.groups, view.bundles, self._number, owner, gone, _uses=self._uses)

    @cached_property
    def _uses(self) -> Mapping[str, Uses]:
        """When each parameter or buffer is used. Holds no Folds, since views keep it: else only the collector of cycles could
        free them."""
        tables, cards = self._tables, self._graph.cards
        found: dict[str, list[tuple[int, int]]] = {}
        back: dict[tuple[int, int], list[tuple[list[tuple[int, int]], int]]] = {}
        for source, target, edge in zip(self._source.tolist(), self._target.tolist(), self._graph.edges, strict=True):
            if source in self.homes:
                own = found.setdefault(edge.source, [])
                own += [(cursor, target) for cursor, _ in cards[target].values[:1]]
                for flow in edge.flows:
                    back.setdefault(flow, []).append((own, target))
        for number, moment in enumerate(tables.moments if back else ()):
            if moment.kind == "run":
                run = tables.runs[moment.subject]
                for slot, sent in enumerate(run.outgoing):
                    for own, target in back.get((run.node, slot), ()) if sent is not None else ():
                        own.append((number + 1, target))
        return {card: np.array(sorted(uses), np.int64).reshape(-1, 2) for card, uses in found.items()}

    def _owners(self, unfolded: frozenset[int]) -> tuple[Numbers, Flags, Flags, Flags]:
        """For each card the folded call that it is in (else -1), whether it is not drawn at all, and whether it is in a module as
        its parameter; also which edges are left."""
        calls = self._tables.calls
        owner_of = np.full(len(calls) + 1, _NONE, np.int64)
        for number, parent in enumerate(self._parent):
            above = owner_of[parent] if parent != _NONE else _NONE
            owner_of[number] = above if above != _NONE else _NONE if number in unfolded else number
        owner = owner_of[self._call]
        hidden, kept = self._hide_parameters(owner)
        for at, call in self._unused.items():
            hidden[at] = owner_of[call]
        owner[hidden >= 0] = hidden[hidden >= 0]
        return owner, self._optimizer[owner], hidden >= 0, kept

    def _hide_parameters(self, owner: Numbers) -> tuple[Numbers, Flags]:
        """For each card the folded call that a parameter or buffer goes into (else -1), and which edges are left."""
        edges = len(self._source)
        into = owner[self._target]
        folded = into != _NONE
        inside = folded & (self._depth[into] <= self._limit) & (self._limit != _NONE) | self._optimizer[into]
        from_outside = self._outside[self._source]
        uses = np.zeros(len(owner), np.int64)
        np.add.at(uses, self._source[from_outside & ~inside], 1)
        goes = np.full(len(owner), _NONE, np.int64)
        # A parameter that only an optimizer uses is drawn; what the optimizer keeps for one is not.
        alone = inside & (uses[self._source] == 0) & (~self._optimizer[into] | self._data[self._source])
        candidates = np.flatnonzero(from_outside & alone)
        goes[self._source[candidates]] = into[candidates]
        return goes, ~(goes[self._source] != _NONE) if edges else np.zeros(0, np.bool_)


class _Builder:
    """Makes the shown graph from the owner of each card."""

    def __init__(self, folds: Folds, owner: Numbers, gone: Flags, parameter: Flags, alone: int | None = None) -> None:
        self.folds = folds
        self._alone = alone
        self._tables = folds._tables
        self._graph = folds._graph
        self.owner = owner
        self.gone = gone
        self.parameter = parameter
        self.groups: dict[str, Group] = {}
        self.bundles: dict[str, Bundle] = {}
        self._seen: dict[str, int] = {}

    def graph(self, kept: Flags) -> Graph:
        folds, owner = self.folds, self.owner
        source, target = folds._source, folds._target
        shown = np.where(owner == _NONE, np.arange(len(owner)), len(owner) + owner)
        from_, to = shown[source], shown[target]
        crossing = kept & (from_ != to) & ~self.gone[source] & ~self.gone[target]
        leaving = self._leaving(crossing)
        members: dict[int, list[int]] = {}
        for at in np.flatnonzero((owner != _NONE) & ~self.gone).tolist():
            members.setdefault(int(owner[at]), []).append(at)
        original = self._graph.cards
        cards = {at: original[at] for at in np.flatnonzero(owner == _NONE).tolist()}
        for at in folds.homes:
            if at in cards:
                cards[at] = self._near_name(at)
        for call, numbers in self._by_first_operation(members).items():
            cards[numbers[0]] = self._group_card(call, members[call], leaving)
        edges = self._edges(np.flatnonzero(crossing), from_, to)
        folded = sorted(group.call for group in self.groups.values())
        shown_cards = tuple(cards[at] for at in sorted(cards))
        within = self._within(shown_cards, edges)
        alone = any(self._alone in path for path in within)
        framed = f", {self._alone} alone" if alone else ""
        signature = f"{len(cards)} cards, {len(edges)} edges, folded {folded}{framed} of {folds.mark}"
        return Graph(shown_cards, tuple(edges), signature, within)

    def _within(self, cards: tuple[Card, ...], edges: list[GraphEdge]) -> tuple[tuple[int, ...], ...]:
        """The unfolded calls around each card; for a parameter, those that also hold everything that uses it."""
        if len(cards) > MOST:
            return ()
        paths: dict[str, tuple[int, ...]] = {}
        for card in cards:
            group = self.groups.get(card.id)
            around = self.folds.around(card.id if group is None else group.face)
            folded = None if group is None else group.call
            paths[card.id] = tuple(call for call in around if call != folded and not self._tables.calls[call].optimizer)
        leaves = {card.id for card in cards if is_leaf(card)}
        held = Counter(call for card in cards if card.id not in leaves for call in paths[card.id])
        for name, path in paths.items():
            paths[name] = tuple(call for call in path if held[call] > 1 or (call == self._alone and held[call]))
        for edge in edges:
            for leaf, other in ((edge.source, edge.target), (edge.target, edge.source)):
                if leaf in leaves and leaf != other:
                    paths[leaf] = paths[leaf][: common(paths[leaf], paths[other])]
        return tuple(paths[card.id] for card in cards) if any(paths.values()) else ()

    def _leaving(self, crossing: Flags) -> Numbers:
        """Numbers of the cards whose value leaves their module."""
        return np.unique(self.folds._source[crossing & (self.owner[self.folds._source] != _NONE)])

    def _by_first_operation(self, members: dict[int, list[int]]) -> dict[int, list[int]]:
        """A module stands where its first operation does: its parameters come before everything else."""
        return {call: sorted(numbers, key=lambda at: (bool(self.parameter[at]), at)) for call, numbers in members.items()}

    def _group_card(self, call: int, members: list[int], leaving: Numbers) -> Card:
        cards = self._graph.cards
        operations = [at for at in members if cards[at].kind == "operation"]
        out = leaving[np.isin(leaving, operations)] if operations else leaving[:0]
        face = cards[int(out[-1]) if len(out) else (operations or members)[-1]]
        made = self._tables.calls[call]
        group = Group(group_id(call), call, face.id, tuple(cards[at].id for at in members), len(operations), max(1, len(out)))
        self.groups[group.id] = group
        parent = self._tables.calls[made.parent].name if made.parent is not None else None
        near = made.name.removeprefix(f"{parent}.") if parent is not None else made.name
        if near.isdigit():
            near = ".".join(made.name.split(".")[-2:])
        count = self._seen[made.name] = self._seen.get(made.name, -1) + 1
        size = "1 node" if group.operations == 1 else f"{group.operations} nodes"
        spans = [cards[at].span for at in operations if cards[at].span is not None]
        subtitle = size if made.function else f"{made.type} · {size}"
        return Card(
            group.id,
            f"{made.name}@{count}",
            "module",
            Word(near),
            subtitle,
            face.name,
            face.shape,
            None,
            None,
            face.values,
            (),
            face.gradient_of,
            spans[0] if spans else None,
            face.tracked,
        )

    def _near_name(self, at: int) -> Card:
        """A parameter goes by its own name after its module's, as in ``out_proj.weight``, and says where that module is."""
        card, home = self._graph.cards[at], self.folds.homes[at]
        name = self._tables.variables[card.variable].name or "" if card.variable is not None else ""
        if card.mathematics != Word(name):
            return card
        return Card(
            card.id,
            card.key,
            card.kind,
            Word(qualified(home, name[len(home) + 1 :])),
            home,
            card.name,
            card.shape,
            card.operation,
            card.variable,
            card.values,
            card.nodes,
            card.gradient_of,
            card.span,
            card.tracked,
        )

    def _edges(self, crossing: Numbers, from_: Numbers, to: Numbers) -> list[GraphEdge]:
        edges, cards = self._graph.edges, self._graph.cards
        total = len(cards)
        grouped = np.maximum(from_[crossing], to[crossing]) >= total
        made = {at: edges[at] for at in crossing[~grouped].tolist()}
        together: dict[tuple[int, int, int], list[int]] = {}
        for at in crossing[grouped].tolist():
            together.setdefault((int(from_[at]), int(to[at]), int(self.folds._value[at])), []).append(at)
        inputs: dict[str, int] = {}
        for (start, end, _), numbers in together.items():
            source = cards[start].id if start < total else group_id(start - total)
            target = cards[end].id if end < total else group_id(end - total)
            slot = inputs[target] = inputs.get(target, -1) + 1
            made[numbers[0]] = self._edge([edges[at] for at in numbers], source, target, slot)
        return [made[at] for at in sorted(made)]

    def _edge(self, parts: list[GraphEdge], source: str, target: str, slot: int) -> GraphEdge:
        first = parts[0]
        tracked, cut = any(edge.tracked for edge in parts), all(edge.cut for edge in parts)
        slot = slot if call_of(target) is not None else first.slot
        if len(parts) == 1:
            return GraphEdge(first.id, source, target, slot, first.value, tracked, first.flows, cut)
        bundle = Bundle(f"{source}>{target}:{first.value}", tuple(edge.id for edge in parts))
        self.bundles[bundle.id] = bundle
        flows = tuple(flow for edge in parts for flow in edge.flows)
        return GraphEdge(bundle.id, source, target, slot, first.value, tracked, flows, cut)


def _only(view: View, paths: Paths) -> View:
    """The part of ``view`` on the paths to and from one card."""
    centre = view.card(paths.card)
    if centre is None:
        return view
    graph, (source, target) = view.graph, view.ends
    at = view.number[centre]
    reached = np.zeros(len(graph.cards), np.bool_)
    reached[at] = True
    if paths.to:
        reached[reach(at, target, source, len(reached))] = True
    if paths.onward:
        reached[reach(at, source, target, len(reached))] = True
    if reached.all():
        return view
    cards = tuple([graph.cards[number] for number in np.flatnonzero(reached).tolist()])
    edges = tuple([graph.edges[number] for number in np.flatnonzero(reached[source] & reached[target]).tolist()])
    signature = f"{len(cards)} cards, {len(edges)} edges, {paths.to} {paths.onward} {centre} of {graph.signature}"
    within = tuple([graph.within[number] for number in np.flatnonzero(reached).tolist()]) if graph.within else ()
    return view.narrowed(Graph(cards, edges, signature, within))
