"""Cards and edges in words: tooltips, what a screen reader says, and what goes to the clipboard."""

from __future__ import annotations

from html import escape
from math import prod

from engine.graph.model import Card, Graph
from engine.graph.state import CardState, EdgeState, Row
from engine.mathematics.numbers import format_number
from engine.tables import TensorData
from gui.look.numbers import copy_text, elements_text, shape_in_words
from gui.panels.graph.cards.card_face import MOST_NUMBERS
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem

_WORDS = {
    "not_yet": "not yet",
    "none": "None",
    "undefined": "None (undefined)",
    "not_tracked": "not tracked",
    "unknown": "not recorded",
    "cleared": "0, cleared",
}


def row_text(row: Row, full: bool = True) -> str:
    """A row in words; ``full`` with all digits, up to 8 elements."""
    if row.kind != "value" or row.data is None:
        return _WORDS.get(row.kind, "")
    if full:
        text = elements_text(row.data)
    elif row.data.size == 1 and row.data.array is not None:
        text = format_number(row.data.item())
    else:
        text = f"tensor of shape {shape_in_words(row.data.shape)}"
    if row.added is not None and row.added.size == 1:
        text += f" (just added: {elements_text(row.added)})"
    elif row.previous is not None and row.previous.size == 1:
        text += f" (before: {elements_text(row.previous)})"
    return text


def gradient_name(card: Card) -> str:
    """What the gradient of a card is called: a leaf keeps it as ``.grad``."""
    return ".grad" if card.kind == "leaf" else "gradient"


def _data(card: Card, state: CardState) -> TensorData | None:
    return state.value.data or state.gradient.data


def card_tooltip(item: CardItem) -> str:
    """Rich text with the full numbers, the Node's name, the shape and the dtype."""
    card, state = item.card, item.state
    title = escape(card.mathematics.to_plain()) + (f" = {escape(card.name)}" if card.name else "")
    data = _data(card, state)
    kind = f" · {data.dtype}" if data is not None else ""
    lines = [
        f"<b>{title}</b>",
        escape(card.subtitle),
        f"{'shape ' if card.shape else ''}{shape_in_words(card.shape)}{kind}",
        f"value: {escape(row_text(state.value))}",
        f"{gradient_name(card)}: {escape(row_text(state.gradient))}",
    ]
    if state.freed:
        lines.append("buffers freed")
    if state.failed:
        lines.append("the program failed here")
    return "<br>".join(lines)


def card_spoken(item: CardItem) -> str:
    """One line for a screen reader."""
    card, state = item.card, item.state
    name = f", {card.name}" if card.name else ""
    parts = [
        f"{card.mathematics.to_plain()}{name}, {card.subtitle}",
        f"value {row_text(state.value, False)}",
        f"{gradient_name(card)} {row_text(state.gradient, False)}",
    ]
    if state.failed:
        parts.append("failed here")
    return "; ".join(parts)


def edge_tooltip(item: EdgeItem) -> str:
    """From where to where, the factor and the contribution with all digits."""
    state: EdgeState = item.state
    lines = [f"<b>{escape(item.source.card.mathematics.to_plain())} → {escape(item.target.card.mathematics.to_plain())}</b>"]
    if state.factor is not None:
        lines.append(f"local slope: {escape(elements_text(state.factor))}")
    if state.contribution is not None:
        lines.append(f"gradient sent back: {escape(elements_text(state.contribution))}")
    elif state.gradient == "cut":
        lines.append("no gradient comes back: detached")
    elif state.gradient == "none":
        lines.append("no gradient is tracked here")
    elif state.gradient == "pending":
        lines.append("gradient: not yet")
    return "<br>".join(lines)


def row_copy(row: Row) -> str | None:
    """What copying a row puts on the clipboard; None if it has no number."""
    return copy_text(row.data) if row.data is not None and row.kind in ("value", "cleared") else None


def counts_text(graph: Graph, all_nodes: int | None = None, epoch: int | None = None) -> str:
    """``6 nodes · 5 edges``, of how many where not all are shown, and that big tensors are histograms if there are any; before
    that of which ``epoch``, if it is one's."""
    nodes, edges = len(graph.cards), len(graph.edges)
    of = f" of {all_nodes:,}" if all_nodes is not None and all_nodes != nodes else ""
    begins = "" if epoch is None else f"epoch {epoch:,} · "
    text = f"{begins}{nodes:,}{of} {'node' if nodes == 1 and not of else 'nodes'} · {edges:,} {'edge' if edges == 1 else 'edges'}"
    shapes = {card.shape for card in graph.cards}
    return f"{text} · big tensors as histograms" if any(prod(shape) > MOST_NUMBERS for shape in shapes) else text
