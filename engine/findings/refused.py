"""An operation that refused what it was given: the shapes, the dtypes and the tensors that it got, as they were recorded."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from engine.errors import Fix
from engine.findings.ancestry import before
from engine.findings.words import Advice, name_of, shape_of, subject_of, where
from engine.operations.registry import plain_name
from engine.recording import Recording
from engine.tables import Operation, Value
from engine.text.fixing import add_keyword, as_floats, expression_at, one_dtype, power_of_floats, times, transposed, without_index

_WIDTHS = ("bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64")


def given_to(recording: Recording, operation: Operation) -> list[Value]:
    """The tensors that an operation was called with."""
    return [recording.values[item.value] for item in operation.inputs if item.value is not None]


def matrices(recording: Recording, operation: Operation) -> Advice | None:
    """Two factors of a matrix product whose shapes do not fit."""
    given, name = given_to(recording, operation), plain_name(operation.name)
    if "attention" in name:
        return _attention(recording, operation, given)
    factors = given[1:3] if name.startswith(("add", "badd")) else given[:2]
    if len(factors) < 2:
        return None
    first, second = factors
    at, names = where(recording, operation), [f"{name_of(recording, item)} ({shape_of(item)})" for item in factors]
    if name == "linear" and first.shape and len(second.shape) == 2:
        if first.shape[-1] == second.shape[1]:
            return None
        message = (
            f"{at} takes rows of {second.shape[1]} numbers, as {names[1]} says, and {names[0]} has rows of {first.shape[-1]}"
        )
        return Advice(message, f"Make the size that goes in {first.shape[-1]}, or give it rows of {second.shape[1]}.")
    if not first.shape or not second.shape:
        return None
    inner = first.shape[-1], second.shape[-2] if len(second.shape) > 1 else second.shape[0]
    batches = name in ("bmm", "baddbmm") and first.shape[:1] != second.shape[:1]
    if inner[0] == inner[1] and not batches:
        return None
    fix = None
    if operation.span is not None and len(first.shape) == len(second.shape) == 2:
        fix = transposed(recording.text, operation.span, first.shape, second.shape)
    if batches:
        counts = f"one holds {first.shape[0]} matrices and the other {second.shape[0]}"
        message = f"{at}: {names[0]} and {names[1]} cannot be multiplied, as {counts}"
        return Advice(message, "Give both as many matrices.")
    message = f"{at}: {names[0]} and {names[1]} cannot be multiplied, as the inner sizes {inner[0]} and {inner[1]} differ"
    return Advice(message, f"{fix.label}." if fix is not None else "Transpose one of them with .T, or change a shape.", fix)


def _attention(recording: Recording, operation: Operation, given: list[Value]) -> Advice | None:
    """Queries and keys of different widths: their product is of other matrices than those that were given."""
    query, key = given[0], given[1] if len(given) > 1 else given[0]
    if query.shape[-1:] == key.shape[-1:]:
        return None
    names = [f"{name_of(recording, item)} ({shape_of(item)})" for item in (query, key)]
    message = f"{where(recording, operation)} compares queries with keys of one width: {names[0]} has {query.shape[-1]}, and "
    hint = "Make the last sizes equal, or give MultiheadAttention kdim= and vdim=."
    return Advice(f"{message}{names[1]} has {key.shape[-1]}", hint)


def single_numbers(recording: Recording, operation: Operation) -> Advice | None:
    """``@`` between numbers."""
    single = [item for item in given_to(recording, operation)[:2] if not item.shape]
    if not single:
        return None
    names = " and ".join(dict.fromkeys(name_of(recording, item) for item in single))
    are = "is a single number" if " and " not in names else "are single numbers"
    fix = None if operation.span is None else times(recording.text, operation.span)
    message = f"{where(recording, operation)} needs vectors or matrices, and {names} {are}"
    return Advice(message, "Use * to multiply numbers.", fix)


def broadcast(recording: Recording, operation: Operation) -> Advice | None:
    """Two tensors that no repeating brings to one shape."""
    given = [item for item in given_to(recording, operation) if item.shape]
    for number, second in enumerate(given):
        for first in given[:number]:
            meet = _meeting(first, second)
            if meet is not None:
                names = f"{name_of(recording, first)} ({shape_of(first)}) and {name_of(recording, second)} ({shape_of(second)})"
                at = where(recording, operation)
                message = f"the shapes of {names} do not fit in {at}: size {meet[0]} meets size {meet[1]}"
                return Advice(message, "Make them equal, or one of them 1.")
    return None


def _meeting(first: Value, second: Value) -> tuple[int, int] | None:
    """The last two lengths that differ, and neither of which is 1."""
    pairs = zip(reversed(first.shape), reversed(second.shape), strict=False)
    return next(((one, other) for one, other in pairs if one != other and 1 not in (one, other)), None)


def dtypes(recording: Recording, operation: Operation) -> Advice | None:
    """Tensors of several dtypes where one is needed."""
    given = given_to(recording, operation)
    second = next((item for item in given[1:] if item.dtype != given[0].dtype), None)
    if second is None:
        return None
    first, span, fix = given[0], operation.span, None
    if span is not None and {first.dtype, second.dtype} <= set(_WIDTHS):
        fix = one_dtype(recording.text, span, narrow_first=_WIDTHS.index(first.dtype) < _WIDTHS.index(second.dtype))
    names = [f"{name_of(recording, item)} is {item.dtype}" for item in (first, second)]
    message = f"{where(recording, operation)} needs one dtype: {names[0]}, and {names[1]}"
    return Advice(message, f"{fix.label}." if fix is not None else f"Convert one with .to(torch.{_wider(first, second)}).", fix)


def _wider(first: Value, second: Value) -> str:
    return max((item.dtype for item in (first, second)), key=lambda dtype: _WIDTHS.index(dtype) if dtype in _WIDTHS else -1)


def target_dtype(recording: Recording, operation: Operation) -> Advice | None:
    """Class numbers or indices that are no whole numbers."""
    given = given_to(recording, operation)
    at = 0 if plain_name(operation.name) == "embedding" else 1
    if len(given) <= at or given[at].dtype in (("int64", "int32") if at == 0 else ("int64", "uint8")):
        return None
    what = "indices" if at == 0 else "class numbers"
    of = name_of(recording, given[at])
    whole = "int64" if given[at].dtype.startswith(("int", "uint")) else "whole numbers"
    return Advice(
        f"{where(recording, operation)} takes {whole} as {what}, and {of} is {given[at].dtype}",
        f"Make {of} of whole numbers, or convert it with .long().",
    )


def not_floats(recording: Recording, operation: Operation) -> Advice | None:
    """A tensor of whole numbers that was to require a gradient."""
    given = given_to(recording, operation)
    if given and given[0].dtype.startswith(("float", "bfloat", "complex")):
        return None
    fix = None if operation.span is None else as_floats(recording.text, operation.span)
    dtype = f": {name_of(recording, given[0])} is {given[0].dtype}" if given else ""
    return Advice(
        f"only tensors of floats can require gradients{dtype}", "Write 5. instead of 5, or add dtype=torch.float32.", fix
    )


def elements(recording: Recording, operation: Operation) -> Advice | None:
    """More or fewer elements than a shape has places."""
    given = given_to(recording, operation)
    if not given or "attention" in operation.name:  # it reshapes what it computed of what was given
        return None
    size = int(np.prod(given[0].shape))
    message = (
        f"{where(recording, operation)}: the {size} elements of {name_of(recording, given[0])} ({shape_of(given[0])}) do not fit"
    )
    return Advice(message, f"Choose sizes whose product is {size}.")


def _on_first(
    wanted: Callable[[Value], bool], message: str, hint: str, mend: Callable[..., Fix | None]
) -> Callable[..., Advice | None]:
    def advice(recording: Recording, operation: Operation) -> Advice | None:
        given = given_to(recording, operation)
        if not given or not wanted(given[0]):
            return None
        fix = None if operation.span is None else mend(recording.text, operation.span)
        told = message.format(at=where(recording, operation), of=subject_of(recording, given[0]), shape=shape_of(given[0]))
        return Advice(told, hint, fix)

    return advice


no_dimension = _on_first(
    lambda value: not value.shape, "{of} is a single number, which cannot be indexed", "Leave the brackets out.", without_index
)
whole_powers = _on_first(
    lambda value: value.dtype.startswith(("int", "uint")),
    "{of} holds whole numbers, which have no negative powers",
    "Use floats: 2. ** -1.",
    power_of_floats,
)
indices = _on_first(
    lambda value: bool(value.shape),
    "{at} has more indices than {of} ({shape}) has dimensions",
    "Use fewer indices.",
    lambda text, span: None,
)


def unused(recording: Recording, root: Value, number: int) -> Advice | None:
    """Which input of ``autograd.grad`` does not lead to its output, and whether an earlier tensor of that name does."""
    source = _asked(recording, number)
    if source is None:
        return None
    of, name = name_of(recording, root), source.id if isinstance(source, ast.Name) else ""
    text = ast.unparse(source)
    behind = next((value for value, _ in before(recording, root) if name and value.name == name), None)
    later = [value for value in recording.values if name and value.name == name]
    if behind is not None and later and later[-1].variable != behind.variable:
        made = later[-1].operation
        at = "" if made is None else f": {where(recording, recording.operations[made])} made a new one"
        return Advice(
            f"{subject_of(recording, root)} was computed from an earlier {name}, not from this one{at}",
            f"Give the new {name} another name, or compute {of} from it again.",
        )
    span = recording.moments[-1].span
    fix = None if span is None else add_keyword(recording.text, span, "allow_unused=True")
    return Advice(f"`{text}` was not used to compute {of}", "Use it, or write allow_unused=True.", fix)


def _asked(recording: Recording, number: int) -> ast.expr | None:
    """The input of ``autograd.grad`` of this number, as the text writes it."""
    span = recording.moments[-1].span
    call = None if span is None else expression_at(recording.text, span)
    if not isinstance(call, ast.Call):
        return None
    word = next((item.value for item in call.keywords if item.arg == "inputs"), None)
    inputs = word if word is not None else call.args[1] if len(call.args) > 1 else None
    if isinstance(inputs, ast.Tuple | ast.List):
        return (
            inputs.elts[number]
            if number < len(inputs.elts) and not any(isinstance(i, ast.Starred) for i in inputs.elts)
            else None
        )
    return inputs if number == 0 else None


def asked_without(recording: Recording) -> Value | None:
    """The first input of ``autograd.grad`` that requires no gradient, where the text names it."""
    for number in range(8):
        source = _asked(recording, number)
        if source is None:
            return None
        named = [value for value in recording.values if isinstance(source, ast.Name) and value.name == source.id]
        if named and not named[-1].requires_grad:
            return named[-1]
    return None
