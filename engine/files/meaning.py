"""What the parts of a recording say about each other, checked once: every view can show whatever passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.files.values import LARGEST_INTEGER, Malformed, need, whole
from engine.tables import MOMENT_KINDS, OF_OPERATIONS, Call, Moment, Node, NodeRun, Operation, Pass, Tables, Value, Variable

DEEPEST_CALLS = 1_000
"""Calls within calls; Python's own stack ends about there."""
DEEPEST_GRADIENTS = 64
"""Gradients of gradients of a leaf."""


def check_meaning(recording: Tables) -> None:
    """All of the following. Raises Malformed."""
    values, nodes, operations, moments = recording.values, recording.nodes, recording.operations, recording.moments
    check_acyclic(nodes)
    check_moments(recording)
    check_values(recording.variables, values)
    check_gradients(recording.variables)
    check_outputs(values, recording.runs)
    check_results(moments, operations)
    check_passes(recording.passes)
    check_operations(operations, values)
    check_nodes(nodes, values)
    check_runs(recording.runs, nodes)
    check_calls(recording.calls)
    need(not recording.failed or (bool(moments) and moments[-1].kind == "error"), "it failed, but does not end with an error")


def check_moments(recording: Tables) -> None:
    """Each moment is about something that exists. Raises Malformed."""
    ends = {
        kind: (0 if known.always else -1, len(getattr(recording, known.table)) if known.table else 0)
        for kind, known in MOMENT_KINDS.items()
    }
    for moment in recording.moments:
        least, end = ends[moment.kind]
        if not least <= moment.subject < end:
            whole(moment.subject, f"moments.subject of {moment.kind}", end, least)


def check_values(variables: Sequence[Variable], values: Sequence[Value]) -> None:
    """Every value is of one variable, whose changes are in order. Raises Malformed."""
    listed: set[int] = set()
    for variable in variables:
        own = variable.values
        need(bool(own), "a variable has no value")
        need(all(values[number].variable == variable.id for _, number in own), "a value belongs to two variables")
        need(_rising(own) and _rising(variable.gradients), "the changes of a variable are not in order")
        listed.update([number for _, number in own])
    need(len(listed) == len(values), "a value belongs to no variable")


def _rising(changes: Sequence[tuple[int, object]]) -> bool:
    return all(first[0] <= second[0] for first, second in pairwise(changes))


def check_passes(passes: Iterable[Pass]) -> None:
    """A pass begins with a gradient, or None, for each of its roots. Raises Malformed."""
    for item in passes:
        need(len(item.seeds) == len(item.roots), "a pass has more seeds than roots, or fewer")


def check_calls(calls: Iterable[Call]) -> None:
    """Calls come after those that they are in, and are as deep as calls can be. Raises Malformed."""
    depths: list[int] = []
    for call in calls:
        need(call.parent is None or call.parent < call.id, "a call comes before the one that it ran in")
        depths.append(0 if call.parent is None else depths[call.parent] + 1)
        need(depths[-1] < DEEPEST_CALLS, f"calls are nested more than {DEEPEST_CALLS:,} deep")


def check_gradients(variables: Sequence[Variable]) -> None:
    """A gradient of a gradient of … ends at a tensor that is none. Raises Malformed."""
    for variable in variables:
        at, steps = variable, 0
        while at.gradient_of is not None:
            at, steps = variables[at.gradient_of], steps + 1
            need(steps < DEEPEST_GRADIENTS, "a gradient is the gradient of itself")


def check_operations(operations: Sequence[Operation], values: Sequence[Value]) -> None:
    """A value was made by the operation that it names. Raises Malformed."""
    known: set[int] = set()
    for value in values:
        if value.operation is not None:
            made = operations[value.operation]
            # A change reaches all tensors that share the memory, and running means are written by operations that do not say so.
            changes = made.inplace or value.variable in known
            need(changes or value.id in made.outputs, "a value was not made by the operation that it names")
        known.add(value.variable)
    for operation in operations:
        for item in operation.inputs:
            source = None if item.value is None else values[item.value].operation
            need(source is None or source < operation.id, "an operation uses what was made after it")


def check_nodes(nodes: Sequence[Node], values: Sequence[Value]) -> None:
    """A leaf's Node adds to its gradient, and no other does. Raises Malformed."""
    for node in nodes:
        need(node.variable is None or not node.edges, "a Node that ends in a leaf leads on")
    for value in values:
        if value.node is not None and value.leaf:
            need(nodes[value.node].variable == value.variable, "a leaf has a Node that adds to another one")


def check_runs(runs: Sequence[NodeRun], nodes: Sequence[Node]) -> None:
    """A run got and sent what its Node can take and send, and a local derivative is one number. Raises Malformed."""
    for run in runs:
        node = nodes[run.node]
        if node.variable is not None:
            need(len(run.incoming) >= 1, "a leaf's gradient arrived nowhere")
        for edge in node.edges:
            need(not run.completed or edge.slot < len(run.outgoing), "a Node sent less than it has edges")
        for local in run.local:
            need(local is None or local.size == 1, "a local derivative is not one number")


def check_outputs(values: Sequence[Value], runs: Sequence[NodeRun]) -> None:
    """A Node that ran got one gradient, or None, for each of its outputs. Raises Malformed."""
    arrived: dict[int, int] = {}
    for run in runs:
        arrived[run.node] = min(arrived.get(run.node, len(run.incoming)), len(run.incoming))
    for value in values:
        if value.node is not None and not value.leaf and value.output >= arrived.get(value.node, LARGEST_INTEGER):
            raise Malformed("a value is an output that its Node does not have")


def check_acyclic(nodes: Sequence[Node]) -> None:
    """Gradients flow one way: a Node that leads to itself was never one of torch's. Raises Malformed."""
    waiting = [0] * len(nodes)
    for node in nodes:
        for edge in node.edges:
            waiting[edge.to] += 1
    ready = [node.id for node in nodes if not waiting[node.id]]
    done = 0
    while ready:
        done += 1
        for edge in nodes[ready.pop()].edges:
            waiting[edge.to] -= 1
            if not waiting[edge.to]:
                ready.append(edge.to)
    if done != len(nodes):
        raise Malformed("the edges of its Nodes form a circle")


def check_results(moments: Sequence[Moment], operations: Sequence[Operation]) -> None:
    """What happened at a moment has a result; a change has something that it changed. Raises Malformed."""
    for moment in moments:
        if moment.kind in OF_OPERATIONS and moment.subject >= 0:
            operation = operations[moment.subject]
            need(bool(operation.outputs), "an operation that happened has no result")
            changed = operation.inplace or moment.kind != "operation"
            need(not changed or any(item.value is not None for item in operation.inputs), "a change changes nothing")
