"""What was written to that may not be: a leaf, one of several views, what a Node had saved; and what a pass had freed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.findings.ancestry import before
from engine.findings.words import Advice, line_of, name_of, subject_of, where
from engine.operations.registry import plain_name
from engine.recording import Recording
from engine.tables import OF_OPERATIONS, NodeRun, Operation, Value
from engine.text.fixing import add_keyword, rewrite_in_place, under_no_grad


def written(recording: Recording, run: NodeRun, shape: str) -> Advice | None:
    """Which operation wrote to what the Node that failed had saved: a tensor of this ``shape``, if torch told it."""
    node = recording.nodes[run.node]
    made = None if node.operation is None else recording.operations[node.operation]
    saver = f"`{node.name.rpartition('::')[2]}`{line_of(made.span if made is not None else None)} had saved it"
    for value in _kept(recording, run):
        if shape and sorted(value.shape) != sorted(map(int, re.findall(r"\d+", shape))):
            continue
        later = [
            recording.values[number]
            for _, number in recording.variables[value.variable].values
            if number > value.id and recording.values[number].version > value.version
        ]
        if not later:
            continue
        writer = next((made for item in later if (made := _writer(recording, item)) is not None), None)
        if writer is None:
            return Advice(
                f"{subject_of(recording, value)} was changed in place after {saver}", "clone() it before it is changed."
            )
        step = writer.call is not None and recording.calls[writer.call].optimizer
        hint = (
            "Run every backward() before the step, or the forward again after it."
            if step
            else "Write the result to a new tensor there, or clone() it first."
        )
        fix = None if writer.span is None or step else rewrite_in_place(recording.text, writer.span)
        return Advice(
            f"{where(recording, writer)} changed {name_of(recording, value)} in place after {saver}", hint, fix, writer.span
        )
    return None


def _kept(recording: Recording, run: NodeRun) -> Iterator[Value]:
    """What a Node may have saved: the recorded values, then what its operation took, then what is behind a view of that."""
    node = recording.nodes[run.node]
    for saved in node.saved:
        if saved.value is not None:
            yield recording.values[saved.value]
    made = None if node.operation is None else recording.operations[node.operation]
    for item in made.inputs if made is not None else ():
        if item.value is not None:
            yield recording.values[item.value]
    for edge in node.edges:
        inner, steps = recording.nodes[edge.to], 0
        while inner.variable is None and len(inner.edges) == 1 and steps < 4:
            inner, steps = recording.nodes[inner.edges[0].to], steps + 1
        if inner.variable is not None and made is not None:
            first = made.outputs[0] if made.outputs else 0
            held = [number for _, number in recording.variables[inner.variable].values if number < first]
            if held:
                yield recording.values[held[-1]]


def _writer(recording: Recording, value: Value) -> Operation | None:
    if value.operation is not None and recording.operations[value.operation].inplace:
        return recording.operations[value.operation]
    cursor = next((at for at, number in recording.variables[value.variable].values if number == value.id), 0)
    moment = recording.moments[cursor - 1] if cursor > 0 else None
    if moment is None or moment.kind not in OF_OPERATIONS or moment.subject < 0:
        return None
    operation = recording.operations[moment.subject]
    return operation if operation.inplace else None


def leaf_written(recording: Recording, operation: Operation) -> Advice | None:
    """Which leaf ``operation`` was to write to."""
    tracked = next(
        (
            recording.values[item.value]
            for item in operation.inputs
            if item.value is not None and recording.values[item.value].requires_grad
        ),
        None,
    )
    steps = 0
    while tracked is not None and not tracked.leaf and tracked.operation is not None and steps < 20:
        inputs = [item.value for item in recording.operations[tracked.operation].inputs if item.value is not None]
        values = (recording.values[number] for number in inputs)
        tracked, steps = next((value for value in values if value.requires_grad), None), steps + 1
    if tracked is None or not tracked.leaf:
        return None
    made = None if tracked.operation is None else recording.operations[tracked.operation]
    leaf = f"{name_of(recording, tracked)}{line_of(made.span if made is not None else None)}"
    span = operation.span
    return Advice(
        f"{where(recording, operation)} writes to the leaf {leaf} while gradients are recorded",
        "Put it under with torch.no_grad():, or write to a clone() of the leaf.",
        None if span is None else under_no_grad(recording.text, span),
    )


def freed(recording: Recording, run: NodeRun) -> Advice | None:
    """Which pass let go of what the Node that failed had saved, and where that Node was made."""
    earlier = [item for item in recording.runs if item.node == run.node and item.pass_id < run.pass_id and item.completed]
    if not earlier:
        return None
    first = recording.passes[earlier[-1].pass_id]
    node = recording.nodes[run.node]
    made = None if node.operation is None else recording.operations[node.operation]
    through = f"`{node.name.rpartition('::')[2]}`{line_of(made.span if made is not None else None)}"
    call = "backward()" if first.accumulates else "autograd.grad()"
    at = f"an earlier {call}" if first.span is None else f"the {call} in line {first.span.line}"
    fix = None if first.span is None else add_keyword(recording.text, first.span, "retain_graph=True")
    same = first.span is not None and recording.moments[-1].span == first.span
    hint = (
        "In a loop, cut what is carried on with x = x.detach() at the start of each round."
        if same
        else "Write retain_graph=True in the first backward."
        if first.accumulates
        else "Write retain_graph=True there."
    )
    return Advice(f"{at} went through {through} and freed what it had saved", hint, None if same else fix, first.span)


_OF_SEVERAL = frozenset(("unbind", "split", "chunk", "tensor_split", "hsplit", "vsplit", "dsplit", "split_with_sizes"))
_SHARING = frozenset(("expand", "expand_as", "broadcast_to", "broadcast_tensors", "as_strided", "unfold"))


def view_written(recording: Recording, operation: Operation, *, shared: bool) -> Advice | None:
    """That ``operation`` was to write to one of several views, or (``shared``) where several elements lie in one place."""
    target = next((recording.values[item.value] for item in operation.inputs if item.value is not None), None)
    made = None if target is None else _maker(recording, target, _SHARING if shared else _OF_SEVERAL)
    if target is None or made is None:
        return None
    at, of = where(recording, made), name_of(recording, target)
    why = "puts several elements into one place in memory" if shared else "made several views at once"
    fix = None if operation.span is None else rewrite_in_place(recording.text, operation.span)
    hint = "Write the result to a new tensor there, or clone() it first."
    return Advice(f"{where(recording, operation)} writes to {of}, and {at} {why}", hint, fix, made.span)


def _maker(recording: Recording, value: Value, names: frozenset[str]) -> Operation | None:
    """The operation of one of these names that ``value`` is a result of, or a view of one."""
    for steps, (_, operation) in enumerate(before(recording, value)):
        if steps > 4:
            return None
        if operation is not None and plain_name(operation.name) in names:
            return operation
    return None
