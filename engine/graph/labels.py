"""Short labels for moments, the phases of a recording, and where a move leads. Uses neither torch nor Qt.

A recording is read once (O(moments)); every question after that is a look-up or one bisection.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast
from weakref import WeakKeyDictionary

from engine.graph.build import graph_of
from engine.graph.model import Card
from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, TENSOR, Letter, Number, Sign, Space, Word
from engine.mathematics.tree import Listing, Relation, Row
from engine.operations.cards import operation_symbol
from engine.operations.signs import SIGMA, SymbolInput
from engine.operations.symbols import name_symbol
from engine.tables import Moment, NodeRun, Operation, Phase, Tables, TensorData

Granularity = Literal["operation", "line", "phase"]

TITLES: dict[Phase, str] = {"forward": "Forward", "backward": "Backward", "update": "Update", "zero": "Zero"}
_MOST_TARGETS = 3
_FREE = Word("free graph")


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """Moments ``start`` to ``end`` (exclusive) that belong to one phase; ``title`` is its name as shown."""

    phase: Phase
    start: int
    end: int
    title: str

    @property
    def count(self) -> int:
        return self.end - self.start

    def done(self, cursor: int) -> int:
        """How many of its moments are finished at ``cursor``: 0 to ``count``."""
        return max(0, min(self.count, cursor - self.start))


def moment_label(recording: Tables, index: int, *, short: bool = False) -> Expression:
    """What moment number ``index`` computes.

    Parameters
    ----------
    recording : Tables
    index : int
        0 to ``len(recording.moments) - 1``.
    short : bool, default False
        One symbol only, for a narrow cell: ``-`` instead of ``− → a³, b²``.

    Raises
    ------
    IndexError
        If there is no such moment.
    """
    if not 0 <= index < recording.end:
        raise IndexError(f"moments go from 0 to {recording.end - 1}, not {index}")
    return _prepared(recording).label(index, short)


def next_label(recording: Tables, cursor: int) -> tuple[Expression, Phase] | None:
    """Label and phase of the moment that comes after ``cursor``; None at the end."""
    if not 0 <= cursor < recording.end:
        return None
    prepared = _prepared(recording)
    label = prepared.label(cursor, False)
    if recording.moments[cursor].kind == "update":
        label = Row((Word("update"), Space("word"), label), close=True)
    return label, prepared.phase_at(cursor).phase


def tone_of(moment: Moment) -> Phase:
    """The phase in whose colour a moment is shown: a ``print`` and an error belong to none, and take the grey of ``zero``."""
    return cast("Phase", "zero" if moment.kind in ("print", "error") else moment.phase)


def phases(recording: Tables) -> tuple[PhaseSpan, ...]:
    """Runs of moments of the same phase, in the order of the moments.

    A ``print`` belongs to the phase around it: it computes nothing that would end one.
    """
    return _prepared(recording).phases


def phase_number(recording: Tables, index: int) -> int:
    """Which of ``phases(recording)`` moment number ``index`` belongs to. The recording must have moments."""
    return _prepared(recording).phase_number(index)


def step_target(recording: Tables, cursor: int, granularity: Granularity, direction: int) -> int:
    """The cursor that one move from ``cursor`` leads to; at the ends, ``cursor`` itself.

    Parameters
    ----------
    granularity : ``operation``, ``line`` or ``phase``
        ``line`` goes on until the program moves to another source line, ``phase`` to the next phase's beginning.
    direction : int
        1 forward, -1 back.
    """
    end = recording.end
    if granularity == "operation":
        return max(0, min(end, cursor + direction))
    prepared = _prepared(recording)
    stops = prepared.line_stops if granularity == "line" else prepared.phase_stops
    if direction > 0:
        at = bisect_right(stops, cursor)
        return stops[at] if at < len(stops) else end
    at = bisect_left(stops, cursor) - 1
    return stops[at] if at >= 0 else 0


def first_view(recording: Tables) -> int:
    """The cursor that a program opens at: after its forward, before its first gradient; the end if no gradient comes."""
    moments = enumerate(recording.moments)
    found = next((index for index, moment in moments if moment.phase == "backward" and moment.kind != "error"), None)
    return recording.end if found is None else found


class _Prepared:
    """Everything that the functions above need. Keeps the recording's parts, not the recording, which is the key of the cache."""

    def __init__(self, recording: Tables) -> None:
        self.moments = recording.moments
        self.operations = recording.operations
        self.runs = recording.runs
        self.nodes = recording.nodes
        self.values = recording.values
        self.variables = recording.variables
        self.passes = recording.passes
        self.operation_cards: dict[int, Card] = {}
        self.node_cards: dict[int, Card] = {}
        self.variable_cards: dict[int, Card] = {}
        for card in graph_of(recording).cards:
            if card.operation is not None and card.kind != "result":
                self.operation_cards[card.operation] = card
            if card.variable is not None:
                self.variable_cards[card.variable] = card
            for node in card.nodes:
                self.node_cards[node] = card
        self.cleared: dict[int, list[tuple[int, TensorData | None]]] = defaultdict(list)
        for variable in recording.variables:
            for cursor, data in variable.gradients:
                self.cleared[cursor - 1].append((variable.id, data))
        self.phases = tuple(_phase_spans(recording.moments))
        self._starts = [span.start for span in self.phases]
        self.phase_stops = [*self._starts, len(self.moments)] if self.phases else [0]
        self.line_stops = [*_line_starts(recording.moments), len(self.moments)]
        self._labels: dict[tuple[int, bool], Expression] = {}

    def phase_number(self, index: int) -> int:
        return max(0, bisect_right(self._starts, index) - 1)

    def phase_at(self, index: int) -> PhaseSpan:
        return self.phases[self.phase_number(index)]

    def label(self, index: int, short: bool) -> Expression:
        key = (index, short)
        known = self._labels.get(key)
        if known is None:
            known = self._labels[key] = self._make(index, self.moments[index], short)
        return known

    def _make(self, index: int, moment: Moment, short: bool) -> Expression:
        if moment.kind in ("print", "error"):
            return Word(moment.kind)
        if moment.kind == "free":
            return Word("free") if short else _FREE
        if moment.kind == "seed":
            return self._seed(moment, short)
        if moment.kind == "run":
            return self._run(self.runs[moment.subject], short)
        if moment.kind == "accumulate":
            variable = self.nodes[self.runs[moment.subject].node].variable
            leaf = Sign("?") if variable is None else self._variable(variable)
            return _gradient_of(leaf)  # even in short: only the leaf says when it was made
        if moment.kind == "zero":
            return self._zero(index, moment, short)
        if not 0 <= moment.subject < len(self.operations):
            owners = [self._variable(number) for number, _ in self.cleared.get(index, [])]
            return _listed(map(_gradient_of, owners), len(owners)) if owners else Word(moment.kind)
        operation = self.operations[moment.subject]
        return self._update(operation) if moment.kind == "update" else self._operation(operation)

    def _seed(self, moment: Moment, short: bool) -> Expression:
        names = [self.values[number].name for number in self.passes[moment.subject].roots]
        known = [name_symbol(name) for name in names if name]
        seed = Word("seed")
        return seed if short or not known else Row((_listed(known, len(known)), Space("word"), seed), close=True)

    def _run(self, run: NodeRun, short: bool) -> Expression:
        source = self._node(run.node)
        if short:
            return source
        own = self.node_cards.get(run.node)
        targets: list[Expression] = []
        for edge in self.nodes[run.node].edges:
            sent = edge.slot < len(run.outgoing) and run.outgoing[edge.slot] is not None
            if sent and (own is None or self.node_cards.get(edge.to) is not own):
                targets.append(self._node(edge.to))
        if not targets:
            return source
        return Relation(source, "→", _listed(dict.fromkeys(targets)))

    def _node(self, number: int) -> Expression:
        card = self.node_cards.get(number)
        node = self.nodes[number]
        if card is not None:
            return card.mathematics
        if node.variable is not None:
            return self._variable(node.variable)
        return Word(re.sub(r"Backward\d*$", "", node.name))

    def _variable(self, number: int) -> Expression:
        card = self.variable_cards.get(number)
        if card is not None:
            return card.mathematics
        variable = self.variables[number]
        if variable.gradient_of is not None:
            return _gradient_of(self._variable(variable.gradient_of))
        return name_symbol(variable.name) if variable.name else TENSOR

    def _zero(self, index: int, moment: Moment, short: bool) -> Expression:
        changed = self.cleared.get(index, [])
        owners = [self._variable(number) for number, _ in changed]
        if not owners and moment.subject >= 0:
            target = self._first_variable(self.operations[moment.subject])
            owner = None if target is None else self.variables[target].gradient_of
            owners = [] if owner is None else [self._variable(owner)]
        if not owners:
            return Word("zero")
        if short:
            return _listed(owners)
        empty = changed and all(data is None for _, data in changed)
        return Relation(_listed(map(_gradient_of, owners)), "←", Word("None") if empty else Number(0))

    def _first_variable(self, operation: Operation) -> int | None:
        first = next((item.value for item in operation.inputs if item.value is not None), None)
        return None if first is None else self.values[first].variable

    def _update(self, operation: Operation) -> Expression:
        target = self._first_variable(operation)
        return self._symbol(operation) if target is None else self._variable(target)

    def _operation(self, operation: Operation) -> Expression:
        card = self.operation_cards.get(operation.id)
        symbol = card.mathematics if card is not None else self._symbol(operation)
        if _names_operand(symbol):
            return symbol
        name = next((self.values[number].name for number in operation.outputs if self.values[number].name), None)
        return name_symbol(name) if name else symbol

    def _symbol(self, operation: Operation) -> Expression:
        inputs = []
        for item in operation.inputs:
            symbol = None
            if item.value is not None:
                value = self.values[item.value]
                if self.variables[value.variable].gradient_of is not None:
                    symbol = self._variable(value.variable)
                elif value.name:
                    symbol = name_symbol(value.name)
            inputs.append(SymbolInput(symbol, item.constant, item.keyword, item.value is None))
        symbol = operation_symbol(operation.name, inputs)
        operands = [item.symbol for item in inputs if item.symbol is not None]
        if isinstance(symbol, Row) and symbol.items[-1] == DOT and len(operands) == 1:
            return Row((*symbol.items, operands[0]))
        return symbol


_cache: WeakKeyDictionary[Tables, _Prepared] = WeakKeyDictionary()


def _prepared(recording: Tables) -> _Prepared:
    known = _cache.get(recording)
    if known is None:
        known = _cache[recording] = _Prepared(recording)
    return known


def _gradient_of(leaf: Expression) -> Expression:
    return Row((leaf, Sign("."), Space("none"), Word("grad")), close=True)


def _listed(symbols: Iterable[Expression], most: int = _MOST_TARGETS) -> Expression:
    known = tuple(symbols)
    return known[0] if len(known) == 1 else Listing(known[:most], more=len(known) > most)


@lru_cache(maxsize=4096)
def _names_operand(symbol: Expression) -> bool:
    """Whether a card's symbol says what it is applied to (``a^{3}``, ``\\sin \\theta``), rather than only how (``-``)."""
    return symbol == SIGMA or any(isinstance(item, Letter) for item in symbol.walk())


def _phase_spans(moments: tuple[Moment, ...]) -> list[PhaseSpan]:
    spans: list[PhaseSpan] = []
    phase: str | None = None
    start = 0
    for number, moment in enumerate(moments):
        if moment.kind == "print" or moment.phase == phase:
            continue
        if phase is not None:
            spans.append(_span(phase, start, number))
            start = number
        phase = moment.phase
    if moments:
        spans.append(_span(phase or moments[0].phase, start, len(moments)))
    return spans


def _span(name: str, start: int, end: int) -> PhaseSpan:
    phase = cast("Phase", name)
    return PhaseSpan(phase, start, end, TITLES[phase])


def _line_starts(moments: tuple[Moment, ...]) -> list[int]:
    """Numbers of the moments that begin on another source line than the one before them."""
    starts = [0]
    line: int | None = None
    for number, moment in enumerate(moments):
        if moment.span is None:
            continue
        if line is not None and moment.span.line != line:
            starts.append(number)
        line = moment.span.line
    return starts
