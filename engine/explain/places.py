"""Cards and edges explain themselves: what stands there at a cursor, why, and where it changes next."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import RecordingError
from engine.explain.facts import Contribution, Facts, facts
from engine.explain.forward.operations import forward_lines
from engine.explain.grads import clearing_note, leaf_gradient
from engine.explain.model import Explanation, Line, Piece
from engine.explain.passes.flows import flow
from engine.explain.passes.gradients import flow_lines, multiplies
from engine.explain.passes.phrases import sum_line
from engine.explain.passes.spoiled import derivative, tainted_at
from engine.explain.pieces import data_piece, data_symbol, finite, told
from engine.explain.updates import gradient_owner
from engine.graph.model import Card, GraphEdge
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Sign
from engine.mathematics.tree import partial
from engine.recording import Recording
from engine.tables import TensorData


def explain_card(recording: Recording, cursor: int, card_id: str) -> Explanation:
    """The value and the gradient that a card shows after ``cursor`` moments, why, and what changes it next.

    Raises RecordingError for a card that the graph does not have.
    """
    card = next((item for item in recording.graph.cards if item.id == card_id), None)
    if card is None:
        raise RecordingError(f"the graph has no card {card_id!r}")
    return replace(_card(facts(recording), cursor, card), subject=plain_label(card))


def _card(known: Facts, cursor: int, card: Card) -> Explanation:
    recording = known.recording
    touched = [at for at in touching(known, card) if at <= cursor]
    to_come = [at for at in touching(known, card) if at > cursor]
    state = recording.state(cursor).cards[card.id]
    shown = state.value.data
    label = _card_label(known, card)
    phase = recording.moments[touched[-1] - 1].phase if touched else "forward"
    title = f"Card {plain_label(card)}"
    got, ways = got_at(known, card, cursor)
    note = f"{got} {_next(known, card, to_come, label)}".strip()
    ways += _ways_to(to_come[:1])
    if state.value.kind != "value" or shown is None:
        if state.value.kind == "unknown":
            sentence = (
                f"The value of ${label}$ is not recorded: torch computed it inside a backward pass with `create_graph=True` and "
                "did not return it."
            )
            added, gradient_lines = _gradient(known, card, cursor, label)
            said = f"{sentence} {added}".strip()
            return Explanation(title, phase, said, tuple(gradient_lines), None, note, None, cursor, "", ways)
        if state.failed or (not card.values and card.operation is not None):
            return Explanation(title, phase, f"${label}$ failed: it has no value.", (), None, note, None, recording.end)
        when = f" Operation {card.values[0][0]} computes it." if card.values else ""
        ways = ((f"Operation {card.values[0][0]}", card.values[0][0]),) if card.values else ()
        return Explanation(title, phase, f"${label}$ is not computed yet.{when}", (), None, "", None, cursor, "", ways)
    lines = _value_lines(known, card, cursor, shown, label)
    sentence = f"${label}$ is {told(shown)}."
    added, gradient_lines = _gradient(known, card, cursor, label)
    warning = ""
    if not finite(shown) or any(piece.role == "error" for line in gradient_lines for piece in line.right):
        first_bad = known.first_not_finite
        warning = f"nan or infinity first came from {first_bad[1]}." if first_bad is not None else ""
    return Explanation(
        title,
        phase,
        f"{sentence} {added}".strip(),
        (*lines, *gradient_lines),
        None,
        note,
        None,
        touched[-1] if touched else 0,
        warning,
        ways,
    )


def plain_label(card: Card) -> str:
    """The symbol of a card in inline mathematics."""
    return f"${card.mathematics}$"


def _card_label(known: Facts, card: Card) -> Expression:
    return known.label(card.values[-1][1]) if card.values else card.mathematics


def touching(known: Facts, card: Card) -> list[int]:
    """The cursors after the moments that changed what a card shows."""
    recording = known.recording
    cursors = {at for at, _ in card.values if at > 0}
    if card.kind == "leaf" and card.variable is not None:
        cursors.update(at for at, _ in recording.variables[card.variable].gradients if at > 0)
    for item in recording.passes:
        for node, output in card.gradient_of:
            cursors.update(part.cursor for part in known.contributions(item.id, node, output))
    if card.operation is not None and card.operation in known.moment_of_operation:
        cursors.add(known.moment_of_operation[card.operation])
    return sorted(cursors)


def gradients_at(known: Facts, card: Card) -> list[int]:
    """The cursors after the moments at which a gradient came to a card; for a leaf, to its ``.grad``."""
    recording = known.recording
    if card.kind == "leaf" and card.variable is not None:
        held = recording.variables[card.variable].gradients
        return [at for at, data in held if at > 0 and data is not None and recording.moments[at - 1].kind == "accumulate"]
    every = [(item.id, node, output) for item in recording.passes for node, output in card.gradient_of]
    return sorted({part.cursor for way in every for part in known.contributions(*way)})


def got_at(known: Facts, card: Card, cursor: int) -> tuple[str, tuple[tuple[str, int], ...]]:
    """A sentence that says when a card got what it shows after ``cursor`` moments, and the links to that."""
    shown = known.recording.state(cursor).cards[card.id]
    values = [at for at, _ in card.values if 0 < at <= cursor] if shown.value.kind == "value" else []
    gradients = [at for at in gradients_at(known, card) if at <= cursor] if shown.gradient.kind == "value" else []
    gradient = "`.grad`" if card.kind == "leaf" else "gradient"
    parts = [f"its {what} at operation {found[-1]}" for what, found in (("value", values), (gradient, gradients)) if found]
    return f"It got {' and '.join(parts)}." if parts else "", _ways_to([*values[-1:], *gradients[-1:]])


def _ways_to(cursors: list[int]) -> tuple[tuple[str, int], ...]:
    return tuple((f"operation {at}", at) for at in cursors)


def _value_lines(known: Facts, card: Card, cursor: int, shown: TensorData, label: Expression) -> list[Line]:
    recording = known.recording
    number = next((number for at, number in reversed(card.values) if at <= cursor), card.values[0][1])
    value = recording.values[number]
    if card.kind in ("operation", "result") and value.operation is not None:
        return forward_lines(known, recording.operations[value.operation], value)
    return [Line((Piece(label),), "=", (data_piece(shown, "value"),))]


def _gradient(known: Facts, card: Card, cursor: int, label: Expression) -> tuple[str, list[Line]]:
    """A sentence about the gradient of a card, and the contributions that make it up."""
    recording = known.recording
    if card.kind == "leaf":
        return leaf_gradient(known, card, cursor)
    if not card.tracked:
        return f"No gradient is tracked for ${label}$.", []
    lines: list[Line] = []
    sentence = "Its gradient is not known yet."
    for item in recording.passes:
        for node, output in card.gradient_of:
            every = known.contributions(item.id, node, output)
            arrived = [part for part in every if part.cursor <= cursor]
            if not arrived:
                continue
            root = known.root_label(item)
            lines, total = _arrivals(known, root, label, item.id, node, output, arrived, len(every))
            paths = f"{len(arrived)} of {len(every)} paths so far" if len(arrived) < len(every) else _ways(len(every))
            sentence = (
                f"Its gradient in pass {item.id + 1} came by {paths}."
                if len(recording.passes) > 1
                else (f"Its gradient came by {paths}.")
            )
            if total is not None and total.size == 1 and len(arrived) == len(every) and finite(total):
                value = data_symbol(total)
                sentence = f"Its gradient is ${value}$: ${root}$ changes ${value}$ times as fast as ${label}$."
                if root == label and len(every) == 1 and every[0].run is None:
                    sentence = f"Its gradient is ${value}$, where the backward starts: that of ${root}$ with respect to itself."
                changed = tainted_at(known, item.id, max(part.cursor for part in arrived))
                if changed is not None:
                    sentence = f"What came is ${value}$, which is not the derivative: {changed.text}."
    return sentence, lines


def _ways(count: int) -> str:
    return "one path" if count == 1 else f"{count} paths, which are added"


def _arrivals(
    known: Facts,
    root: Expression,
    label: Expression,
    pass_id: int,
    node: int,
    output: int,
    arrived: list[Contribution],
    every: int,
) -> tuple[list[Line], TensorData | None]:
    run = known.run_of(pass_id, node)
    total = run.incoming[output] if run is not None else None
    if len(arrived) == 1 and every == 1:
        only = arrived[0]
        if only.run is None:
            return [Line((Piece(partial(root, label), "grad"),), "=", (data_piece(only.data, "grad", "seed"),))], only.data
        return flow_lines(known, flow(known, only.run, only.slot, only.data)), only.data
    named = derivative(known, pass_id, max(part.cursor for part in arrived), root, label)
    line = sum_line((Piece(named),), arrived, total, every - len(arrived))
    if line is not None:
        return [line], total
    if total is None:
        return [], None
    return [Line((Piece(named),), "=", (data_piece(total, "grad", f"sum of {every}"),))], total


def _next(known: Facts, card: Card, to_come: list[int], label: Expression) -> str:
    """Where the card changes next, and what clearing the gradients would change."""
    recording = known.recording
    if to_come:
        moment = recording.moments[to_come[0] - 1]
        owner = gradient_owner(known, moment, to_come[0]) if moment.kind in ("zero", "update") else None
        what = {
            "operation": "gets its value",
            "update": "is updated",
            "seed": "gets its gradient (the seed)",
            "run": "gets a gradient",
            "accumulate": "gets its `.grad`",
            "zero": "has its `.grad` cleared",
        }.get(moment.kind, "changes")
        what = "has its `.grad` changed" if owner is not None and moment.kind == "update" else what
        return f"Next: operation {to_come[0]}, where ${label}$ {what}."
    return clearing_note(known, card)


def explain_edge(recording: Recording, cursor: int, edge_id: str) -> Explanation:
    """The value that goes along an edge and the gradient that comes back along it.

    Raises RecordingError for an edge that the graph does not have.
    """
    edge = next((item for item in recording.graph.edges if item.id == edge_id), None)
    if edge is None:
        raise RecordingError(f"the graph has no edge {edge_id!r}")
    known = facts(recording)
    cards = {card.id: card for card in recording.graph.cards}
    source, target = cards[edge.source], cards[edge.target]
    state = recording.state(cursor).edges[edge_id]
    value = recording.values[edge.value]
    label = known.label(value.id)
    title = f"{plain_label(source)} → {plain_label(target)}"
    if state.value == "idle":
        return Explanation(title, "forward", f"${label}$ has not gone along this edge yet.", (), None, "", None, cursor)
    forward = Line((Piece(label),), "", (Piece(Sign("→")), data_piece(value.data, "value", "forward")))
    sentence = f"Forward, {told(value.data)} went along as ${label}$."
    if edge.cut:
        note = "The edge is cut by `detach` or `no_grad`: no gradient comes back along it."
        return Explanation(title, "forward", sentence, (forward,), None, note, None, cursor)
    if not edge.tracked:
        note = "No gradient comes back: nothing behind it requires grad."
        return Explanation(title, "forward", sentence, (forward,), None, note, None, cursor)
    lines, said, at = _way_back(known, edge, cursor)
    phase = "backward" if lines else "forward"
    return Explanation(title, phase, f"{sentence} {said}", (forward, *lines), None, "", None, at, "", _ways_to([at]))


def _way_back(known: Facts, edge: GraphEdge, cursor: int) -> tuple[list[Line], str, int]:
    recording = known.recording
    lines: list[Line] = []
    said, at = "No gradient has come back yet.", cursor
    if not edge.flows:
        for item in recording.passes:
            seeded = known.moment_of_seed[item.id]
            if edge.value in item.roots and seeded <= cursor:
                seed = item.seeds[item.roots.index(edge.value)]
                if seed is not None:
                    root = known.root_label(item)
                    left = (Piece(partial(root, known.label(edge.value)), "grad"),)
                    lines, at = [Line(left, "=", (data_piece(seed, "grad", "seed"),))], seeded
                    said = "Here the gradient starts: the seed."
        return lines, said, at
    for item in recording.passes:
        for node, slot in edge.flows:
            run = known.run_of(item.id, node)
            when = known.moment_of_run.get(run.id) if run is not None else None
            if run is None or when is None or when > cursor or slot >= len(run.outgoing):
                continue
            sent = run.outgoing[slot]
            if sent is None:
                said = "Torch sent no gradient back along this edge."
                continue
            found = flow(known, run, slot, sent)
            if when != at:
                lines = []
            lines, at = [*lines, *flow_lines(known, found)], when
            times = " what came in times the local slope," if multiplies(found) else ""
            said = f"Backward, in operation {when},{times} {told(sent)} came back."
    return lines, said, at
