"""State at a cursor: each card and each rail keeps a short list of its own changes, and a state bisects those."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import Literal, TypeVar

from engine.graph.build import graph_of
from engine.graph.codes import Codes
from engine.graph.compact import Arrivals, ByNumber, Kept, Touches
from engine.graph.model import Card, GraphEdge
from engine.graph.state import CardState, EdgeState, GradientRail, Row, State, Touch
from engine.runtime.cached import cached_property
from engine.tables.data import TensorData, is_product
from engine.tables.lazy import Lazy
from engine.tables.look_up import kept
from engine.tables.model import NodeRun, Pass, Value
from engine.tables.moments import OF_RUNS, PHASES, Phase
from engine.tables.overwriting import overwriting
from engine.tables.tables import Tables

_Content = TypeVar("_Content")
_Rail = tuple[GradientRail, TensorData | None, TensorData | None]
_NOT_YET = Row("not_yet")
_NONE = Row("none")
_NOT_TRACKED = Row("not_tracked")
_UNKNOWN = Row("unknown")
_UNTOUCHED: dict[str, Touch] = {}
_PHASES: dict[str, Phase] = {phase: phase for phase in PHASES}


class _Changes(list[tuple[int, _Content]]):
    """(cursor, content) pairs in order: the content holds from that cursor on."""

    def at(self, cursor: int) -> _Content:
        return self[bisect_right(self, cursor, key=_cursor) - 1][1]

    def put(self, cursor: int, content: _Content) -> None:
        if self and self[-1][0] == cursor:
            self[-1] = (cursor, content)
        else:
            self.append((cursor, content))


def _cursor(change: tuple[int, object]) -> int:
    return change[0]


def timeline_of(recording: Tables) -> Timeline:
    """The timeline of a recording, which is prepared once and kept in it."""
    return kept(recording, "_timeline", lambda: Timeline(recording))


class Timeline:
    """All changes of a recording's graph, prepared once; ``state`` then costs one bisection per row and rail."""

    def __init__(self, recording: Tables) -> None:
        self._recording = recording.tables
        self._overwriting = overwriting(recording)
        self._graph = graph_of(recording)
        self._by_id = {card.id: card for card in self._graph.cards}
        self._edges = {edge.id: edge for edge in self._graph.edges}
        self._seeded: dict[int, int] = {}
        self._freed: dict[int, int] = {}
        self._ran = [0] * len(recording.runs)
        """By run: the cursor from which it had run, 0 if the engine failed in it."""
        self._print_cursors: list[int] = []
        self._print_texts: list[str] = []
        self._touched = Touches(self._graph.cards)
        self._read_moments()
        self._runs = ByNumber((run.node for run in recording.runs), len(recording.nodes))
        self._passes_from: dict[int, list[Pass]] = defaultdict(list)
        for item in recording.passes:
            for root in dict.fromkeys(item.roots):
                self._passes_from[root].append(item)
        self._captured = self._find_captured()
        self._next_seed = self._find_next_seeds()
        self._arrivals = self._find_arrivals()
        for at, card in enumerate(self._graph.cards):
            self._touched.at = at
            self._value_changes(card)
        for at, card in enumerate(self._graph.cards):
            self._touched.at = at
            self._gradient_changes(card)
        self._touched.close()
        # A card's changes are made again when it is looked at: those of all cards would take more memory than the recording.
        self._values: Kept[Card, _Changes[Row]] = Kept()
        self._gradients: Kept[Card, _Changes[Row]] = Kept()
        self._rails: Kept[GraphEdge, _Changes[_Rail]] = Kept()
        self._failed = frozenset(self._failed_cards())

    def state(self, cursor: int) -> State:
        """What is on screen after ``cursor`` moments; cards and edges are looked up when they are asked for."""
        printed = bisect_right(self._print_cursors, cursor)
        return State(
            cursor,
            Lazy(self._by_id, lambda number: self._card_state(number, cursor)),
            Lazy(self._edges, lambda number: self._edge_state(self._edges[number], cursor)),
            "".join(self._print_texts[:printed]),
            lambda: self._codes.at(cursor),
            self._touches(cursor),
            self._failed if cursor == self._recording.end else frozenset(),
        )

    @cached_property
    def _codes(self) -> Codes:
        cards = self._graph.cards
        return Codes(
            ((self._value_changes(card), self._gradient_changes(card), self._freed_from(card)) for card in cards),
            {at for at, card in enumerate(cards) if card.id in self._failed},
            self._touched,
            self._recording.moments,
        )

    def _touches(self, cursor: int) -> dict[str, Touch]:
        """The cards that the moment before ``cursor`` touched."""
        if not cursor:
            return _UNTOUCHED
        phase = _PHASES[self._recording.moments[cursor - 1].phase]
        return {self._graph.cards[at].id: (phase, row) for at, row in self._touched.of(cursor)}

    def _card_state(self, number: str, cursor: int) -> CardState:
        active, hit = self._touches(cursor).get(number, (None, None))
        card = self._by_id[number]
        return CardState(
            self._values.of(card, self._value_changes).at(cursor),
            self._gradients.of(card, self._gradient_changes).at(cursor),
            active,
            hit,
            cursor >= self._freed_from(card),
            cursor == self._recording.end and number in self._failed,
        )

    def _edge_state(self, edge: GraphEdge, cursor: int) -> EdgeState:
        if cursor >= self._freed_from(self._by_id[edge.target]):
            return EdgeState("freed", "freed")
        start = self._flow_start(edge)
        rail, contribution, factor = self._rails.of(edge, self._rail_changes).at(cursor)
        value: Literal["idle", "active", "done"] = (
            "idle" if cursor < start else "active" if cursor == start and cursor > 0 else "done"
        )
        return EdgeState(value, rail, contribution, factor)

    # Reading the recording ---------------------------------------------------------------------------------------

    def _read_moments(self) -> None:
        for number, moment in enumerate(self._recording.moments):
            cursor = number + 1
            if moment.kind == "seed":
                self._seeded[moment.subject] = cursor
            elif moment.kind == "free":
                self._freed[moment.subject] = cursor
            elif moment.kind in OF_RUNS:
                self._ran[moment.subject] = cursor
            elif moment.kind == "print":
                self._print_cursors.append(cursor)
                self._print_texts.append(moment.text)

    def _find_next_seeds(self) -> dict[int, int]:
        """Pass → the cursor at which the first later pass begins; no entry for the last."""
        found: dict[int, int] = {}
        soonest: int | None = None
        for item in reversed(self._recording.passes):
            if soonest is not None:
                found[item.id] = soonest
            seeded = self._seeded.get(item.id)
            if seeded is not None:
                soonest = seeded if soonest is None else min(soonest, seeded)
        return found

    def _find_captured(self) -> dict[tuple[int, int], list[tuple[int, TensorData | None]]]:
        """(node, output) → (pass, gradient) of each pass that returned that gradient."""
        found: dict[tuple[int, int], list[tuple[int, TensorData | None]]] = defaultdict(list)
        for item in self._recording.passes:
            for number, data in item.captured:
                value = self._recording.values[number]
                if value.node is not None:
                    found[value.node, value.output].append((item.id, data))
        return found

    def _find_arrivals(self) -> Arrivals:
        """(pass, node, output) → the cursor from which all contributions to that gradient have arrived."""
        arrivals = Arrivals(len(self._recording.nodes))
        nodes = self._recording.nodes
        for item in self._recording.passes:
            for root in item.roots:
                value = self._recording.values[root]
                if value.node is not None:
                    arrivals.put(item.id, value.node, value.output, self._seeded[item.id])
        for run in self._recording.runs:
            cursor = self._ran[run.id]
            if not cursor:
                continue
            for edge in nodes[run.node].edges:
                if edge.slot < len(run.outgoing) and run.outgoing[edge.slot] is not None:
                    arrivals.put(run.pass_id, edge.to, edge.output, cursor)
        arrivals.close()
        return arrivals

    # Rows --------------------------------------------------------------------------------------------------------

    def _value_changes(self, card: Card) -> _Changes[Row]:
        changes: _Changes[Row] = _Changes([(0, _NOT_YET if card.values or card.operation is None else _NONE)])
        if not card.values and card.operation is None:
            changes.put(self._made_at(card), _UNKNOWN)
        previous: Value | None = None
        for cursor, number in card.values:
            value = self._recording.values[number]
            row = Row("value", value.data)
            updated = previous is not None and previous.version != value.version
            if updated and previous is not None and cursor > 0:
                changes.put(cursor, Row("value", value.data, previous.data))
                changes.put(cursor + 1, row)
                self._touched.put(cursor, "value")
            else:
                changes.put(cursor, row)
                if cursor > 0 and previous is None:
                    self._touched.put(cursor, "value")
            previous = value
        return changes

    def _made_at(self, card: Card) -> int:
        """The cursor from which a card that draws only a Node is there: a Node that ran made it, or the pass between two."""
        node = self._recording.nodes[card.nodes[0]]
        if node.made_in is None:
            return 0
        by = None if node.made_by is None else self._ran_in.get((node.made_in, node.made_by))
        return self._seeded.get(node.made_in, 0) if by is None else by

    @cached_property
    def _ran_in(self) -> dict[tuple[int, int], int]:
        """(pass, node) → the cursor at which that Node had run; looked up only for Nodes whose value is not recorded."""
        return {(run.pass_id, run.node): self._ran[run.id] for run in self._recording.runs if self._ran[run.id]}

    def _runs_of(self, node: int) -> list[NodeRun]:
        return [self._recording.runs[number] for number in self._runs.of(node)]

    def _gradient_changes(self, card: Card) -> _Changes[Row]:
        if card.kind == "leaf":
            return self._leaf_changes(card)
        if not card.tracked:
            return _Changes([(0, _NOT_TRACKED)])
        if card.kind == "result":
            return self._result_changes(card)
        changes: _Changes[Row] = _Changes([(0, _NONE)])
        for node, output in card.gradient_of:
            brought = {number: (self._seeded[number], data) for number, data in self._captured[node, output]}
            for run in self._runs_of(node):
                brought[run.pass_id] = (self._ran[run.id] or self._recording.end, run.incoming[output])
            for index, (number, (known, data)) in enumerate(sorted(brought.items())):
                known = self._arrivals.get(number, node, output, known)
                changes.put(self._seeded[number] if index else 0, _NOT_YET)
                changes.put(known, Row("undefined") if data is None else Row("value", data))
                self._touched.put(known, "gradient")
        return changes

    def _result_changes(self, card: Card) -> _Changes[Row]:
        changes: _Changes[Row] = _Changes([(0, _NONE)])
        number = card.values[-1][1]
        for index, item in enumerate(self._passes_from.get(number, ())):
            if index == 0:
                changes.put(0, _NOT_YET)
            seed = item.seeds[item.roots.index(number)]
            cursor = self._seeded[item.id]
            changes.put(cursor, Row("undefined") if seed is None else Row("value", seed))
            self._touched.put(cursor, "gradient")
        return changes

    def _leaf_changes(self, card: Card) -> _Changes[Row]:
        assert card.variable is not None
        recording = self._recording
        waits: list[tuple[int, Row]] = []
        arrivals: dict[int, NodeRun] = {}
        for node in card.nodes:
            for run in self._runs_of(node):
                if self._ran[run.id]:
                    arrivals[self._ran[run.id]] = run
                    if run.grad_before is None:
                        waits.append((self._seeded[run.pass_id], _NOT_YET))
        events: list[tuple[int, Row]] = list(waits)
        for cursor, data in recording.variables[card.variable].gradients:
            moment = recording.moments[cursor - 1] if cursor else None
            settled = _NONE if data is None else Row("value", data)
            source = arrivals.get(cursor)
            if source is not None and source.grad_before is not None:
                events.append((cursor, Row("value", data, source.grad_before, source.incoming[0])))
                events.append((cursor + 1, settled))
            elif moment is not None and moment.kind == "zero" and data is not None:
                events.append((cursor, Row("cleared", data)))
                events.append((cursor + 1, settled))
            else:
                events.append((cursor, settled))
            if moment is not None and (source is not None or moment.kind in ("zero", "update")):
                self._touched.put(cursor, "gradient")
        changes: _Changes[Row] = _Changes([(0, _NONE)])
        for cursor, row in sorted(events, key=_cursor):
            changes.put(cursor, row)
        return changes

    # Rails -------------------------------------------------------------------------------------------------------

    def _flow_start(self, edge: GraphEdge) -> int:
        """The cursor at which the value has gone along an edge."""
        target = self._card(edge.target)
        if target.values:
            return target.values[0][0]
        return self._recording.end

    def _card(self, number: str) -> Card:
        return self._by_id[number]

    def _rail_changes(self, edge: GraphEdge) -> _Changes[_Rail]:
        changes: _Changes[_Rail] = _Changes([(0, ("none", None, None))])
        start = self._flow_start(edge)
        if edge.cut:
            changes.put(start, ("cut", None, None))
            return changes
        steps = self._contributions(edge)
        for index, (seeded, cursor, contribution, factor) in enumerate(steps):
            changes.put(seeded if index else start, ("pending", None, None))
            if contribution is None:
                changes.put(cursor, ("none", None, None))
            else:
                changes.put(cursor, ("active", contribution, factor))
                changes.put(cursor + 1, ("done", contribution, factor))
        return changes

    def _contributions(self, edge: GraphEdge) -> list[tuple[int, int, TensorData | None, TensorData | None]]:
        """(seed cursor, cursor, gradient, local derivative) of every pass that sends a gradient back along ``edge``."""
        found: list[tuple[int, int, TensorData | None, TensorData | None]] = []
        if not edge.flows:
            if self._card(edge.target).kind == "result":
                for item in self._passes_from.get(edge.value, ()):
                    cursor = self._seeded[item.id]
                    found.append((cursor, cursor, item.seeds[item.roots.index(edge.value)], None))
            return found
        node, slot = edge.flows[0]
        overwritten = self._overwriting.runs
        for run in self._runs_of(node):
            if self._ran[run.id] and slot < len(run.outgoing):
                alone = len(edge.flows) == 1
                factor = run.local[slot] if alone and slot < len(run.local) else None
                sent = run.outgoing[slot]
                came = next((item for item in run.incoming if item is not None), None)
                if factor is not None and factor.size == 1 and (run.id in overwritten or not is_product(came, factor, sent)):
                    factor = None  # a hook gave something else, or the Node found numbers other than those it had saved
                found.append((self._seeded[run.pass_id], self._ran[run.id], sent, factor))
        return found

    # The rest ----------------------------------------------------------------------------------------------------

    def _freed_from(self, card: Card) -> int:
        """The cursor from which the card is drawn as freed: when a later pass begins after its buffers were freed."""
        never = self._recording.end + 1
        nodes = card.nodes or tuple(node for node, _ in card.gradient_of)
        if card.kind in ("leaf", "data"):
            return never
        last = max((run.pass_id for node in nodes for run in self._runs_of(node)), default=-1)
        if last not in self._freed:
            return never
        return self._next_seed.get(last, never)

    def _failed_cards(self) -> set[str]:
        """The card of the operation, Node or root that the program stopped at."""
        recording = self._recording
        if not recording.failed:
            return set()
        nodes = {run.node for run in recording.runs if not run.completed}
        root = recording.moments[-1].subject
        return {
            card.id
            for card in self._graph.cards
            if (card.kind == "operation" and not card.values)
            or nodes.intersection(card.nodes)
            or (card.kind == "result" and root >= 0 and card.values[-1][1] == root)
        }
