"""What the inspector says about a card or an edge at a cursor, as plain data: sections of items."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.graph.model import Card, GraphEdge
from engine.graph.state import EdgeState, Row, State
from engine.mathematics.expression import Expression
from engine.mathematics.tree import Relation
from engine.recording import Recording
from engine.tables import Saved, Span, TensorData, Value
from gui.look.numbers import copy_text, full, shape_in_words
from gui.panels.inspector.formulas import backward_items
from gui.panels.inspector.items import Item, Section
from gui.session.linking import RowName, links_of

_STATES = {
    "not_yet": "not yet",
    "none": "None",
    "undefined": "None",
    "not_tracked": "not tracked",
    "cleared": "0",
    "unknown": "not recorded",
}
_IN_WORDS = frozenset({"not_yet", "not_tracked", "unknown"})
"""States that are said in words; the others are what Python or torch would print."""
_NOTES = {
    "undefined": "the engine passed an undefined gradient",
    "cleared": "cleared by this operation",
    "unknown": "torch computed it inside a pass and did not return it",
}


@dataclass(frozen=True, slots=True)
class Content:
    """``subtitle`` stands under ``symbol``."""

    symbol: Expression
    subtitle: str
    sections: tuple[Section, ...]


def data_item(label: str, data: TensorData, tone: str, note: str = "", card: str | None = None) -> Item:
    """A tensor: its number with all digits if it has one element, else its shape and a table."""
    if data.size == 1 and data.array is not None:
        number = data.item()
        bad = isinstance(number, float | complex) and not (math.isfinite(number.real) and math.isfinite(number.imag))
        return Item(label, full(number, data.dtype), "error" if bad else tone, data, copy_text(data), note, card, bad=bad)
    shape = shape_in_words(data.shape)
    text = f"shape {shape}, {data.dtype}" if len(data.shape) == 1 else f"{shape} {data.dtype}"
    return Item(label, text, tone, data, None, note, card)


def row_item(label: str, row: Row, tone: str, missing: str = "") -> Item:
    """A value row or gradient row in one of its states."""
    if row.kind != "value" or row.data is None:
        note = _NOTES.get(row.kind, missing)
        return Item(
            label,
            _STATES.get(row.kind, "None"),
            "pending",
            note=note,
            waiting=row.kind == "not_yet",
            words=row.kind in _IN_WORDS,
        )
    note = ""
    if row.added is not None and row.added.size == 1 and row.previous is not None and row.previous.size == 1:
        note = f"{full(row.previous.item(), row.data.dtype)} before, {full(row.added.item(), row.data.dtype)} was just added"
    elif row.added is not None:
        note = "a contribution was just added"
    elif row.previous is not None and row.previous.size == 1:
        note = f"{full(row.previous.item(), row.data.dtype)} before this operation"
    return data_item(label, row.data, tone, note)


def current_value(recording: Recording, card: Card, cursor: int) -> Value | None:
    """The value that the card shows, None before it has one."""
    known = [number for moment, number in card.values if moment <= cursor]
    return recording.values[known[-1]] if known else None


def card_content(recording: Recording, state: State, card: Card) -> Content:
    """All about one card after ``state.cursor`` moments."""
    shown = state.cards[card.id]
    value = current_value(recording, card, state.cursor)
    grad = ".grad" if card.kind == "leaf" else "gradient"
    first = row_item("value", shown.value, "value")
    if not card.values and card.operation is None and card.nodes:
        first = Item("value", "not recorded", "pending", note="PyTorch computed it on the way and did not return it", words=True)
    numbers = [first, row_item(grad, shown.gradient, "grad")]
    sections = [
        Section("Now", tuple(numbers)),
        Section("When", tuple(arrival_items(recording, card.id, state.cursor))),
        Section("Facts", tuple(_facts(recording, card, value))),
        Section("Gradients that come in", tuple(_incoming(recording, state, card))),
        Section("Gradients that go out", tuple(_outgoing(recording, state, card))),
        Section("Backward", tuple(backward_items(recording, state, card))),
        Section("Saved for backward", tuple(_saved(recording, card, state))),
    ]
    named = f"{card.name} · " if card.name else ""
    frozen = " · buffers freed" if shown.freed else ""
    return Content(card.mathematics, f"{named}{card.subtitle}{frozen}", tuple(part for part in sections if part.items))


def arrival_items(recording: Recording, card: str, cursor: int) -> list[Item]:
    """When the card got its value and its gradient, as links to those moments."""
    rows: tuple[RowName, ...] = ("value", "gradient")
    found = ((row, links_of(recording).arrival(card, row, cursor)) for row in rows)
    return [
        Item(f"got its {row}", f"operation {at} of {recording.end}" if at else "before the first operation", "text", cursor=at)
        for row, at in found
        if at is not None
    ]


def edge_content(recording: Recording, state: State, edge: GraphEdge) -> Content:
    """All about one edge after ``state.cursor`` moments."""
    cards = {card.id: card for card in recording.graph.cards}
    source, target = cards[edge.source], cards[edge.target]
    shown = state.edges[edge.id]
    arrived = shown.value != "idle"
    ends = (("from", source), ("to", target))
    along = [Item(label, card.mathematics.to_plain(), "text", card=card.id) for label, card in ends]
    if edge.value < 0:
        value = Item("value", "not recorded", "pending", words=True)
    elif arrived:
        value = data_item("value", recording.values[edge.value].data, "value")
    else:
        value = Item("value", "not yet", "pending", waiting=True, words=True)
    back = [sent_item("gradient", shown, edge, None)]
    if shown.factor is not None:
        back.append(data_item("local derivative", shown.factor, "grad"))
    sections = (Section("Along this edge", (*along, value)), Section("Back along it", tuple(back)))
    return Content(Relation(source.mathematics, "→", target.mathematics), "edge", sections)


def _facts(recording: Recording, card: Card, value: Value | None) -> list[Item]:
    known = value if value is not None else recording.values[card.values[0][1]] if card.values else None
    items: list[Item] = []
    if known is not None:
        node = recording.nodes[known.node].name if known.node is not None and not known.leaf else None
        items += [
            Item(
                "shape",
                shape_in_words(known.shape),
                "text",
                copy=str(list(known.shape)),
            ),
            Item("dtype", known.dtype, "text", copy=f"torch.{known.dtype}"),
            Item("requires_grad", str(known.requires_grad), "text"),
            Item("is_leaf", str(known.leaf), "text"),
            Item("grad_fn", node or "None", "text", copy=node),
        ]
        if value is not None:
            items.append(Item("version", str(value.version), "text"))
    around = recording.folds.around(card.id)
    if around:
        call = recording.calls[around[-1]]
        kind, note = ("function", "") if call.function else ("module", call.type)
        items.append(Item(kind, call.name, "text", copy=call.name, note=note))
    place = None if card.operation is None else recording.elsewhere.get(card.operation)
    if place is not None:
        items.append(Item("source", place.text, "text", copy=place.text, note=f"{place.file}, line {place.line}"))
    source = _source(recording, card.span)
    if source is not None:
        items.append(source if place is None else replace(source, label="called from"))
    return items


def _source(recording: Recording, span: Span | None) -> Item | None:
    if span is None:
        return None
    lines = recording.text.splitlines()
    if not 0 < span.line <= len(lines):
        return None
    end = span.end_column - 1 if span.end_line == span.line else None
    text = lines[span.line - 1][span.column - 1 : end] + ("" if end is not None else " …")
    return Item("source", text, "text", copy=text, note=f"line {span.line}, column {span.column}", link=(span.line, span.column))


def _incoming(recording: Recording, state: State, card: Card) -> list[Item]:
    if not card.tracked:
        return []
    cards = {item.id: item for item in recording.graph.cards}
    return [
        sent_item(f"from {cards[edge.target].mathematics.to_plain()}", state.edges[edge.id], edge, edge.target)
        for edge in recording.graph.edges
        if edge.source == card.id and (edge.tracked or edge.cut)
    ]


def _outgoing(recording: Recording, state: State, card: Card) -> list[Item]:
    cards = {item.id: item for item in recording.graph.cards}
    found = []
    for edge in recording.graph.edges:
        if edge.target == card.id and (edge.tracked or edge.cut):
            shown = state.edges[edge.id]
            slope = "" if shown.factor is None else f"local derivative {full(shown.factor.item(), shown.factor.dtype)}"
            found.append(sent_item(f"to {cards[edge.source].mathematics.to_plain()}", shown, edge, edge.source, slope))
    return found


def sent_item(label: str, shown: EdgeState, edge: GraphEdge, card: str | None, note: str = "") -> Item:
    """The gradient that went back along an edge, or why there is none."""
    if shown.contribution is not None:
        return data_item(label, shown.contribution, "grad", note, card)
    if edge.cut:
        return Item(label, "cut", "pending", note="detach or no_grad lets no gradient through", card=card, words=True)
    if shown.gradient in ("freed", "done"):
        return Item(label, "None", "pending", note="the graph was freed" if shown.gradient == "freed" else "", card=card)
    if shown.gradient == "pending":
        return Item(label, "not yet", "pending", card=card, waiting=True, words=True)
    return Item(label, "None", "pending", note="no gradient has come this way", card=card)


def _saved(recording: Recording, card: Card, state: State) -> list[Item]:
    """What the card's Nodes keep, as it was when it was saved."""
    many = sum(bool(recording.nodes[number].saved) for number in card.nodes) > 1
    made = not card.values or card.values[0][0] <= state.cursor
    items = []
    for number in card.nodes:
        node = recording.nodes[number]
        for saved in node.saved:
            label = f"{node.name}.{saved.name}" if many else saved.name
            items.append(
                _saved_item(recording, label, saved) if made else Item(label, "not yet", "pending", waiting=True, words=True)
            )
    return items


def _saved_item(recording: Recording, label: str, saved: Saved) -> Item:
    if saved.value is not None:
        value = recording.values[saved.value]
        name = f"{value.name}, version {value.version}" if value.name else ""
        return data_item(label, value.data, "value", name)
    if saved.data is not None:
        return data_item(label, saved.data, "value")
    return Item(label, _constant(saved.constant), "text", copy=str(saved.constant))


def _constant(constant: object) -> str:
    """What a Node keeps besides tensors, with numbers written as elsewhere: ``(−1, 2)``."""
    if isinstance(constant, int | float):
        return full(constant)
    if isinstance(constant, tuple | list):
        inside = ", ".join(map(_constant, constant))
        return f"[{inside}]" if isinstance(constant, list) else f"({inside},)" if len(constant) == 1 else f"({inside})"
    return str(constant)
