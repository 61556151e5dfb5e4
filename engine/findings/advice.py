"""Why a pass or an operation failed: of which kind it was is read from what was said, all else from what was recorded."""

from __future__ import annotations

import ast
from collections.abc import Callable

from engine.findings import refused
from engine.findings.cut import nothing
from engine.findings.fitting import on_shapes, what_was_given
from engine.findings.given import on_given
from engine.findings.plain import no_tensor
from engine.findings.reads import taken_out
from engine.findings.said.kinds import Failure, Kind, failure_in
from engine.findings.words import Advice, name_of, subject_of
from engine.findings.written import freed, leaf_written, view_written, written
from engine.recording import Recording
from engine.tables import Operation
from engine.text.fixing import expression_at, summed

_OF_OPERATIONS: dict[Kind, Callable[[Recording, Operation], Advice | None]] = {
    Kind.LEAF_WRITTEN: leaf_written,
    Kind.VIEW_WRITTEN: lambda recording, operation: view_written(recording, operation, shared=False),
    Kind.OVERLAP_WRITTEN: lambda recording, operation: view_written(recording, operation, shared=True),
    Kind.MATRICES: refused.matrices,
    Kind.SINGLE_NUMBERS: refused.single_numbers,
    Kind.BROADCAST: refused.broadcast,
    Kind.DTYPES: refused.dtypes,
    Kind.TARGET_DTYPE: refused.target_dtype,
    Kind.NOT_FLOATS: refused.not_floats,
    Kind.ELEMENTS: refused.elements,
    Kind.INDICES: refused.indices,
    Kind.NO_DIMENSION: refused.no_dimension,
    Kind.WHOLE_POWERS: refused.whole_powers,
}


def advise(recording: Recording, said: str) -> Advice | None:
    """What the recording knows about why it ended with an error that said ``said``; None where it knows nothing.

    An error whose words the recording does not confirm gets no advice: scripts may raise what they like.
    """
    if not recording.moments or recording.moments[-1].kind != "error":
        return None
    failure, root = failure_in(said), recording.moments[-1].subject
    found = None if root < 0 else _of_roots(recording, root, failure)
    if found is not None or failure is None:
        return found
    if failure.kind in (Kind.NO_ATTRIBUTE, Kind.NO_TENSOR):
        first, second = failure.parts
        if failure.kind is Kind.NO_TENSOR:
            return taken_out(recording, second, "", first)
        return taken_out(recording, first, second, "") or no_tensor(recording, first, second)
    if failure.kind is Kind.MANY_ELEMENTS:
        return _many_elements(recording, failure)
    make, operation = _OF_OPERATIONS.get(failure.kind), _refusing(recording)
    if failure.kind is Kind.GIVEN:
        return on_given(recording, operation, failure)
    if make is not None:
        return None if operation is None else make(recording, operation)
    found = None if operation is None else on_shapes(recording, operation, failure)
    if found is not None:
        return found
    run = next((item for item in reversed(recording.runs) if not item.completed), None)
    if run is None:
        return None
    if failure.kind is Kind.CHANGED_IN_PLACE:
        return written(recording, run, failure.parts[0])
    return freed(recording, run) if failure.kind is Kind.FREED else None


def given_hint(recording: Recording) -> str:
    """The tensors given to what failed at the end of the recording, for an error without advice; empty if there were none."""
    operation = _refusing(recording) if recording.moments and recording.moments[-1].kind == "error" else None
    return "" if operation is None else what_was_given(recording, operation)


def _refusing(recording: Recording) -> Operation | None:
    """The operation that the recording ended in; None if the last one ended well, or what failed stands elsewhere."""
    operation = recording.operations[-1] if recording.operations else None
    if operation is None or operation.outputs or operation.span != recording.moments[-1].span:
        return None
    return operation


def _of_roots(recording: Recording, number: int, failure: Failure | None) -> Advice | None:
    """Why a pass did not begin at the value of this number."""
    root = recording.values[number]
    if not root.requires_grad:
        return nothing(recording, root)
    kind, span = None if failure is None else failure.kind, recording.moments[-1].span
    if kind is Kind.NOT_SCALAR and root.data.size != 1:
        fix = None if span is None else summed(recording.text, span)
        call = None if span is None else expression_at(recording.text, span)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "grad":
            name, hint = "autograd.grad()", "Give it a .sum() or .mean(), or grad_outputs=."
        else:
            name, hint = "backward()", "Call .sum().backward() or .mean().backward(), or give backward a gradient."
        return Advice(f"{name} needs a result with one element, and {name_of(recording, root)} has {root.data.size}", hint, fix)
    if kind is Kind.UNUSED and failure is not None:
        return refused.unused(recording, root, int(failure.parts[0] or 0))
    if kind is Kind.NOT_DIFFERENTIATED:
        asked = refused.asked_without(recording)
        return None if asked is None else nothing(recording, asked, f"{subject_of(recording, asked)} requires no gradient")
    return None


def _many_elements(recording: Recording, failure: Failure) -> Advice | None:
    """``item()`` of more than one element."""
    span = recording.moments[-1].span
    call = None if span is None else expression_at(recording.text, span)
    inner = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
    if span is None or not isinstance(inner, ast.Name):
        return None
    held = [value for value in recording.values if value.name == inner.id]
    if not held or str(held[-1].data.size) != failure.parts[0]:
        return None
    message = f"item() needs one element, and {inner.id} has {failure.parts[0]}"
    return Advice(message, "Index it, or use .sum() or .mean() first.", summed(recording.text, span))
