"""What belongs together in a recording: pieces of the text, cards and edges, and moments. Indexed once, then only looked up."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import Literal

from engine.explain.facts import facts
from engine.explain.places import gradients_at
from engine.explain.preparing import prepare
from engine.graph.fold_view import call_of
from engine.recording import Recording
from engine.runtime.cached import cached_property
from engine.tables import OF_RUNS, LookUp, Moment, Span

RowName = Literal["value", "gradient"]
_OPERATIONS = ("operation", "update", "zero")


def covers(span: Span, line: int, column: int) -> bool:
    """Whether the character at ``line`` and ``column`` (from 1) is in ``span``."""
    return (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)


def _size(span: Span) -> tuple[int, int]:
    lines = span.end_line - span.line
    return lines, span.end_column - span.column if not lines else span.end_column


class Links(LookUp[Recording]):
    """Look-ups over one recording; each index is made when it is first asked for. Moments are numbers from 0."""

    def prepare(self) -> None:
        """Make all indices now."""
        _ = self._moments_of_span, self._spans_of_line, self._cards_of, self._moments_of_card, self._moments_of_edge
        _ = self._spans, self._targets

    # Text and moments --------------------------------------------------------------------------------------------

    @cached_property
    def _moments_of_span(self) -> dict[Span, list[int]]:
        found: defaultdict[Span, list[int]] = defaultdict(list)
        for number, moment in enumerate(self.recording.moments):
            if moment.span is not None:
                found[moment.span].append(number)
        return dict(found)

    @cached_property
    def _spans_of_line(self) -> dict[int, list[Span]]:
        """Narrow ones first."""
        found: defaultdict[int, list[Span]] = defaultdict(list)
        for span in sorted(self._moments_of_span, key=_size):
            for line in range(span.line, span.end_line + 1):
                found[line].append(span)
        return dict(found)

    def _ran_operation(self, span: Span) -> bool:
        return self.recording.moments[self._moments_of_span[span][0]].kind in _OPERATIONS

    def moment_of_place(self, line: int, column: int | None = None) -> int | None:
        """The moment that a place in the text stands for: the first whose operation's text covers it, else the line's last."""
        spans = self._spans_of_line.get(line, [])
        if column is not None:
            covering = [
                self._moments_of_span[span][0] for span in spans if covers(span, line, column) and self._ran_operation(span)
            ]
            if covering:
                return min(covering)
        return max((self._moments_of_span[span][-1] for span in spans), default=None)

    def operation_at(self, line: int, column: int, cursor: int) -> int | None:
        """The moment of the narrowest operation at a place: in a loop the last one before ``cursor``, else the first."""
        for span in self._spans_of_line.get(line, []):
            if covers(span, line, column) and self._ran_operation(span):
                moments = self._moments_of_span[span]
                return moments[max(0, bisect_right(moments, cursor - 1) - 1)]
        return None

    # Cards, edges and moments ------------------------------------------------------------------------------------

    @cached_property
    def _cards_of(self) -> dict[str, dict[int, list[str]]]:
        """Ids of cards by what they draw: an ``operation``, a ``node``, a ``variable`` or, if it is a result, the value at its
        ``root``."""
        operations: dict[int, list[str]] = {}
        nodes: dict[int, list[str]] = {}
        variables: dict[int, list[str]] = {}
        roots: dict[int, list[str]] = {}
        for card in self.recording.graph.cards:
            if card.operation is not None:
                operations.setdefault(card.operation, []).append(card.id)
            for node in card.nodes:
                nodes.setdefault(node, []).append(card.id)
            if card.variable is not None:
                variables.setdefault(card.variable, []).append(card.id)
            if card.kind == "result" and card.values:
                roots.setdefault(card.values[-1][1], []).append(card.id)
        return {"operation": operations, "node": nodes, "variable": variables, "root": roots}

    def _owners(self, moment: Moment) -> list[str]:
        recording, cards, subject = self.recording, self._cards_of, moment.subject
        if subject < 0:
            return []
        if moment.kind in _OPERATIONS:
            own = cards["operation"].get(subject)
            return own if own is not None else self._changed_by(subject) if moment.kind != "operation" else []
        if moment.kind in OF_RUNS:
            node = recording.nodes[recording.runs[subject].node]
            if node.variable is not None:
                return cards["variable"].get(node.variable, [])
            return cards["node"].get(node.id, [])
        if moment.kind == "seed":
            roots = recording.passes[subject].roots
            return [card for root in roots for card in cards["root"].get(root, [])]
        return []

    def _changed_by(self, operation: int) -> list[str]:
        """Cards of the tensors that an operation changed in place; a change of ``.grad`` counts as one of its leaf."""
        recording, found = self.recording, []
        for value in recording.operations[operation].outputs:
            variable = recording.variables[recording.values[value].variable]
            owner = variable.id if variable.gradient_of is None else variable.gradient_of
            found += self._cards_of["variable"].get(owner, [])
        return found

    @cached_property
    def _moments_of_card(self) -> dict[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, moment in enumerate(self.recording.moments):
            for card in self._owners(moment):
                found[card].append(number)
        return dict(found)

    @cached_property
    def _moments_of_edge(self) -> dict[str, list[int]]:
        runs: defaultdict[int, list[int]] = defaultdict(list)
        for number, moment in enumerate(self.recording.moments):
            if moment.kind in OF_RUNS:
                runs[self.recording.runs[moment.subject].node].append(number)
        return {
            edge.id: sorted({number for node, _ in edge.flows for number in runs.get(node, [])})
            for edge in self.recording.graph.edges
        }

    @cached_property
    def _spans(self) -> dict[str, Span | None]:
        return {card.id: card.span for card in self.recording.graph.cards}

    @cached_property
    def _targets(self) -> dict[str, str]:
        return {edge.id: edge.target for edge in self.recording.graph.edges}

    def card_of(self, moment: int) -> str | None:
        """The card at which moment number ``moment`` happened; None if it happened at no card, or at more than one."""
        owners = self._owners(self.recording.moments[moment])
        return owners[0] if owners else None

    def moments_of(self, card_or_edge: str | None) -> list[int]:
        """All moments that happened at a card, in a folded module or along an edge, in order."""
        if card_or_edge is None:
            return []
        inside = self._inside(card_or_edge)
        if inside:
            return sorted(number for card in inside for number in self._moments_of_card.get(card, []))
        return self._moments_of_card.get(card_or_edge) or self._moments_of_edge.get(card_or_edge, [])

    def arrival(self, card: str, row: RowName, cursor: int) -> int | None:
        """The cursor at which a card got what its ``row`` shows at ``cursor``: the last one up to ``cursor``, else the next, or
        None.

        For a folded module, give the card that it shows.
        """
        recording = self.recording
        if row == "value":
            item = next((item for item in recording.graph.cards if item.id == card), None)
            found = [] if item is None else sorted({moment for moment, _ in item.values})
        else:
            out = (edge.id for edge in recording.graph.edges if edge.source == card)
            moments = {moment for name in (card, *out) for moment in self.moments_of(name)}
            here = next((item for item in recording.graph.cards if item.id == card), None)
            came = [] if here is None else gradients_at(facts(recording), here)
            found = sorted({at for at in (moment + 1 for moment in moments) if self._brings_gradient(card, at)} | set(came))
        before = [at for at in found if at <= cursor]
        return before[-1] if before else found[0] if found else None

    def _brings_gradient(self, card: str, cursor: int) -> bool:
        state = self.recording.state(cursor)
        touch = state.touched.get(card)
        return touch is not None and touch[1] == "gradient" and state.cards[card].gradient.kind in ("value", "undefined")

    def span_of(self, card_or_edge: str | None) -> Span | None:
        """The text of a card's operation, of a folded module's first one, or of the operation that an edge leads into."""
        if card_or_edge is None or card_or_edge in self._spans:
            return self._spans.get(card_or_edge or "")
        inside = self._inside(card_or_edge)
        if inside:
            return next((span for card in inside if (span := self._spans.get(card)) is not None), None)
        return self._spans.get(self._targets.get(card_or_edge, ""))

    def _inside(self, card: str) -> tuple[str, ...]:
        """The recording's cards in a folded module, by its card: operations, then parameters."""
        call, folds = call_of(card), self.recording.folds
        return () if call is None else (*folds.cards_in(call), *(f"variable-{number}" for number in folds.parameters(call)))

    def span_at(self, moment: int) -> Span | None:
        """The text that ran at moment number ``moment``."""
        return self.recording.moments[moment].span if 0 <= moment < self.recording.end else None


def links_of(recording: Recording) -> Links:
    """The look-ups of ``recording``; they live with it."""
    found: Links | None = recording.__dict__.get("_links")
    if found is None:
        found = recording.__dict__["_links"] = Links(recording)
    return found


def prepare_to_show(recording: Recording) -> None:
    """Make what the views of the window ask of ``recording``; for use in a thread other than the window's."""
    prepare(recording, links_of(recording).prepare)
