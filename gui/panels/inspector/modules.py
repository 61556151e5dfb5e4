"""What the inspector says about a folded module, and about several edges drawn as one."""

from __future__ import annotations

from engine.explain import calls_within
from engine.graph.fold_view import Bundle, Group, View
from engine.graph.state import State
from engine.mathematics.tree import Relation
from engine.recording import Recording
from gui.panels.inspector.content import Content, arrival_items, row_item, sent_item
from gui.panels.inspector.items import Item, Section

MOST = 40
"""Parameters, and cards within, that are listed."""


def module_content(recording: Recording, state: State, view: View, group: Group) -> Content:
    """All about a folded module, function or batch after ``state.cursor`` moments."""
    made, shown = recording.calls[group.call], state.cards[group.face]
    card = next(item for item in view.graph.cards if item.id == group.id)
    facts = [
        Item("name", made.name, "text", copy=made.name),
        Item("type", made.type, "text", copy=made.type),
        Item("nodes", f"{group.operations:,}", "text"),
    ]
    kind = "batch" if made.loader else "function" if made.function else "module"
    if kind != "batch":
        within = "modules within" if kind == "module" else "calls within"
        facts.append(Item(within, f"{calls_within(recording, group.call):,}", "text"))
    sections = (
        Section("Now", (row_item("value", shown.value, "value"), row_item("gradient", shown.gradient, "grad"))),
        Section("When", tuple(arrival_items(recording, group.face, state.cursor))),
        Section(kind.capitalize(), tuple(facts)),
        Section("Gradients that come in", tuple(_flows(recording, state, view, group.id, incoming=True))),
        Section("Gradients that go out", tuple(_flows(recording, state, view, group.id, incoming=False))),
        Section("Parameters", tuple(_parameters(recording, state, group))),
    )
    subtitle = f"folded {kind}" if made.function else f"{made.type} · folded {kind}"
    return Content(card.mathematics, subtitle, tuple(part for part in sections if part.items))


def bundle_content(recording: Recording, state: State, view: View, bundle: Bundle) -> Content:
    """All about several edges between the same two cards: each of them, with the gradient that came back along it."""
    cards = {item.id: item for item in view.graph.cards}
    drawn = next(edge for edge in view.graph.edges if edge.id == bundle.id)
    ends = cards[drawn.source], cards[drawn.target]
    items = [
        Item(label, card.mathematics.to_plain(), "text", card=card.id) for label, card in zip(("from", "to"), ends, strict=True)
    ]
    return Content(
        Relation(ends[0].mathematics, "→", ends[1].mathematics),
        f"{len(bundle.edges)} edges drawn as one",
        (Section("Along these edges", tuple(items)), Section("Back along them", tuple(_each(recording, state, bundle.edges)))),
    )


def _each(recording: Recording, state: State, edges: tuple[str, ...]) -> list[Item]:
    wanted = set(edges)
    symbols = {card.id: card.mathematics.to_plain() for card in recording.graph.cards}
    return [
        sent_item(f"from {symbols[edge.target]}", state.edges[edge.id], edge, edge.target)
        for edge in recording.graph.edges
        if edge.id in wanted
    ]


def _flows(recording: Recording, state: State, view: View, group: str, *, incoming: bool) -> list[Item]:
    """The gradients that come from what uses the module's value, or go on to what it uses."""
    symbols = {card.id: card.mathematics.to_plain() for card in view.graph.cards}
    originals = {edge.id: edge for edge in recording.graph.edges}
    found = []
    for drawn in view.graph.edges:
        if (drawn.source if incoming else drawn.target) != group or not (drawn.tracked or drawn.cut):
            continue
        other = drawn.target if incoming else drawn.source
        bundle = view.bundles.get(drawn.id)
        for edge in (drawn.id,) if bundle is None else bundle.edges:
            label = f"{'from' if incoming else 'to'} {symbols[other]}"
            found.append(sent_item(label, state.edges[edge], originals[edge], other))
    return found


def _parameters(recording: Recording, state: State, group: Group) -> list[Item]:
    known = recording.folds.parameters(group.call)
    name = recording.calls[group.call].name
    items = []
    for number in known[:MOST]:
        label = (recording.variables[number].name or "").removeprefix(f"{name}.")
        card = f"variable-{number}"
        if card in state.cards:
            items.append(row_item(label, state.cards[card].value, "value"))
            items.append(row_item(f"{label}.grad", state.cards[card].gradient, "grad"))
    if len(known) > MOST:
        items.append(Item("and", f"{len(known) - MOST:,} more", "text_2", words=True))
    return items
