"""What a Node's slots belong to, and what the rules of ``engine.operations`` call it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.facts import Facts, operands
from engine.explain.passes.flows import Flow, operation_of, own_value
from engine.mathematics.expression import Expression
from engine.mathematics.letters import HOLE
from engine.mathematics.tree import transposed
from engine.operations.registry import base_name, canonical
from engine.tables import Node, NodeRun, Value


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """``value`` is what the label names, or what it is the transpose of (``turned``); None if it has no value."""

    label: Expression
    shape: tuple[int, ...] | None
    value: Value | None
    turned: bool


def operand_names(facts: Facts, item: Flow) -> dict[object, Expression]:
    """What the rules call 0, 1 … (the Node's slots), ``in``, ``other`` and ``out``."""
    names: dict[object, Expression] = {}
    for slot, found in slot_values(facts, item.node, item.run).items():
        names[slot] = found.label
    if item.label != HOLE:
        names["in"] = item.label
    operation = operation_of(facts, item.node)
    result = own_value(facts, item.run)
    if result is not None:
        names["out"] = facts.label(result.id)
    if operation is not None and len(operands(operation)) >= 2 and item.value is not None:
        others = [
            argument.value
            for argument in operands(operation)
            if argument.value is not None and facts.recording.values[argument.value].variable != item.value.variable
        ]
        if len(others) == 1:
            names["other"] = facts.label(others[0])
    return names


def slot_values(facts: Facts, node: Node, run: NodeRun) -> dict[int, Slot]:
    """What belongs to each slot of a Node, untracked operands included where they can be told."""
    found: dict[int, Slot] = {}
    recording = facts.recording
    variables = set()
    for edge in node.edges:
        label, value = facts.source(node, edge.slot)
        if label is not None and label != HOLE:
            sent = run.outgoing[edge.slot] if edge.slot < len(run.outgoing) else None
            behind, turned = facts.behind(node, edge.slot)
            shape = sent.shape if sent is not None else value.shape if value is not None else None
            found[edge.slot] = Slot(label, shape, behind, turned)
        if value is not None:
            variables.add(value.variable)
    if node.operation is None or len(recording.operations[node.operation].nodes) > 3:
        return found
    operation = recording.operations[node.operation]
    tracked = {edge.slot for edge in node.edges}
    left = [
        recording.values[argument.value]
        for argument in operands(operation)
        if argument.value is not None
        and recording.values[argument.value].variable not in variables
        and not recording.values[argument.value].requires_grad
    ]
    empty = [slot for slot in range(len(run.outgoing)) if slot not in tracked]
    if canonical(operation.name) == "linear" and base_name(node.name) == "Addmm" and len(left) == 1:
        # linear(x, w, b) is addmm(b, x, wᵀ): a bias comes first.
        first = operands(operation)[0].value
        empty = [slot for slot in empty if (slot == 1) == (left[0].id == first)]
    if len(left) == len(empty) == 1:
        label = facts.label(left[0].id)
        turned = canonical(operation.name) == "linear" and (base_name(node.name), empty[0]) in (("Addmm", 2), ("Mm", 1))
        shown = transposed(label) if turned else label
        found[empty[0]] = Slot(shown, left[0].shape[::-1] if turned else left[0].shape, left[0], turned)
    return found
