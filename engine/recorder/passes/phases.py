"""Which operations after a pass belong to the update, and which only look at what was learned; told by where their values go."""

from __future__ import annotations

from dataclasses import replace

from engine.recorder.draft import Draft
from engine.recorder.follow.variables import VariableDraft
from engine.tables import OF_OPERATIONS, Operation


def tell_phases(draft: Draft) -> None:
    """Sort operations after the first pass that made no Node, except a module's or optimizer's, into update and forward.

    An operation is part of the update if what it computes goes into a change of a leaf, of a gradient or (without gradients) of a
    tensor that was there before the pass; or if it computes, without gradients, with a gradient. So is what the same statement
    computes without gradients besides, as an optimizer's count of its steps.
    """
    kinds = {moment.subject: moment.kind for moment in draft.moments if moment.kind in OF_OPERATIONS}
    began = _begins(draft)
    after = (draft.operations[number] for number in began)
    open_ = {operation.id for operation in after if not operation.nodes and not _is_others(draft, operation)}
    if not open_:
        return
    with_gradients = _with_gradients(draft)
    needed: set[int] = set()
    updates: set[int] = set()
    for operation in reversed(draft.operations):
        inputs = [item.value for item in operation.inputs if item.value is not None]
        if kinds.get(operation.id) in ("update", "zero"):
            needed.update(inputs)
        elif operation.id in open_:
            goes = not needed.isdisjoint(operation.outputs)
            takes = operation.id in with_gradients
            if operation.name == "data" and len(_output(draft, operation).values) > 1:
                belongs = True  # ``w.data -= …``
            elif operation.grad_enabled:
                belongs = goes and (takes or operation.name == "data")
            else:
                belongs = goes or takes or (operation.inplace and _was_there(draft, operation, began[operation.id]))
            if belongs:
                updates.add(operation.id)
                needed.update(inputs)
    updates |= _of_same_statements(draft, open_ - updates, updates)
    _write(draft, open_, updates)


def _of_same_statements(draft: Draft, others: set[int], updates: set[int]) -> set[int]:
    """Which of the ``others`` run without gradients in a statement that changes a leaf or computes what ``updates`` has."""
    spans = {
        moment.span
        for moment in draft.moments
        if moment.kind == "update" or (moment.kind == "operation" and moment.subject in updates)
    }
    return {
        moment.subject
        for moment in draft.moments
        if moment.kind == "operation"
        and moment.subject in others
        and moment.span in spans
        and not draft.operations[moment.subject].grad_enabled
    }


def _begins(draft: Draft) -> dict[int, int]:
    """For each operation after a pass, after how many moments the last pass before it began."""
    found: dict[int, int] = {}
    last = None
    for at, moment in enumerate(draft.moments):
        if moment.kind == "seed":
            last = at
        elif last is not None and moment.kind == "operation":
            found[moment.subject] = last
    return found


def _is_others(draft: Draft, operation: Operation) -> bool:
    """Whether a module or an optimizer ran it."""
    call = operation.call
    while call is not None and draft.calls[call].function:
        call = draft.calls[call].parent
    return call is not None


def _with_gradients(draft: Draft) -> set[int]:
    """Operations that take a gradient, or something computed with one; a leaf that was changed with one still counts as a
    leaf."""
    found: set[int] = set()
    computed: set[int] = set()
    for operation in draft.operations:
        inputs = (item.value for item in operation.inputs if item.value is not None)
        if any(number in computed or _is_gradient(draft, number) for number in inputs):
            found.add(operation.id)
            computed.update(number for number in operation.outputs if not draft.values.drafts[number].requires_grad)
    return found


def _is_gradient(draft: Draft, value: int) -> bool:
    known = draft.values.drafts[value]
    made = None if known.operation is None else draft.operations[known.operation].name
    return draft.followed.variables[known.variable].gradient_of is not None or made == "grad"


def _output(draft: Draft, operation: Operation) -> VariableDraft:
    """The variable of what an operation returned or changed first."""
    return draft.followed.variables[draft.values.drafts[operation.outputs[0]].variable]


def _was_there(draft: Draft, operation: Operation, began: int) -> bool:
    """Whether what it changes was made before the last pass, or is an input of the recording."""
    moment, first = _output(draft, operation).values[0]
    return moment <= began or draft.values.drafts[first].operation is None


def _write(draft: Draft, open_: set[int], updates: set[int]) -> None:
    before, now = "", ""
    for at, moment in enumerate(draft.moments):
        phase = moment.phase
        if moment.kind == "operation" and moment.subject in open_:
            phase = "update" if moment.subject in updates else "forward"
        elif moment.kind == "print" and moment.phase == before:
            phase = now  # like what came before it
        before, now = moment.phase, phase
        if phase != moment.phase:
            draft.moments[at] = replace(moment, phase=phase)
