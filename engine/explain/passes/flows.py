"""The gradients that runs of Nodes send, and what the program's text says about them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.facts import Facts, operands
from engine.explain.passes.agreement import own_of_torch
from engine.mathematics.expression import Expression
from engine.mathematics.letters import HOLE
from engine.tables import Node, NodeRun, Operation, TensorData, Value


@dataclass(frozen=True, eq=False, slots=True)
class Flow:
    """The gradient that one run of a Node sends through one slot. ``value`` is what it is a gradient of, if a value is."""

    run: NodeRun
    node: Node
    slot: int
    label: Expression
    value: Value | None
    sent: TensorData
    came: TensorData | None
    local: TensorData | None


def flows(facts: Facts, run: NodeRun) -> list[Flow]:
    """All gradients that the run sent, in the order of its slots."""
    node = facts.recording.nodes[run.node]
    found = []
    for edge in node.edges:
        sent = run.outgoing[edge.slot] if edge.slot < len(run.outgoing) else None
        if sent is not None:
            found.append(flow(facts, run, edge.slot, sent))
    return found


def flow(facts: Facts, run: NodeRun, slot: int, sent: TensorData) -> Flow:
    """What a run sent along one slot, with what came in and where it goes."""
    node = facts.recording.nodes[run.node]
    label, value = facts.source(node, slot)
    came = run.incoming[0] if len(run.incoming) == 1 else next((item for item in run.incoming if item is not None), None)
    local = run.local[slot] if slot < len(run.local) else None
    return Flow(run, node, slot, label or HOLE, value, sent, came, local)


def own_value(facts: Facts, run: NodeRun) -> Value | None:
    """The value that the Node computed: what its incoming gradient is a gradient of."""
    for output, data in enumerate(run.incoming):
        if data is not None:
            return facts.value_at(run.node, output)
    return None


def own_label(facts: Facts, run: NodeRun) -> Expression:
    """The name of the value that the Node computed; a hole if that is not known."""
    value = own_value(facts, run)
    return HOLE if value is None else facts.label(value.id)


def operation_of(facts: Facts, node: Node) -> Operation | None:
    """The operation that consists of this Node alone; None for a Node written in Python."""
    if node.operation is None or not own_of_torch(node.name):
        return None
    operation = facts.recording.operations[node.operation]
    return operation if len(operation.nodes) == 1 and operation.name != "grad" else None


def position_of(facts: Facts, item: Flow, operation: Operation) -> int | None:
    """Which operand of the operation the flow belongs to."""
    given = operands(operation)
    waiting = [
        index
        for index, argument in enumerate(given)
        if argument.value is not None
        and item.value is not None
        and facts.recording.values[argument.value].variable == item.value.variable
    ]
    if len(waiting) <= 1:
        return waiting[0] if waiting else None
    same = [edge.slot for edge in item.node.edges if (edge.to, edge.output) == _target(item)]
    return waiting[same.index(item.slot)] if len(same) == len(waiting) else None


def _target(item: Flow) -> tuple[int, int]:
    edge = next(edge for edge in item.node.edges if edge.slot == item.slot)
    return edge.to, edge.output
