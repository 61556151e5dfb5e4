"""Whether two computations gave the same numbers, up to the rounding of their precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.explain.facts import Facts
from engine.mathematics.expression import Expression
from engine.operations.rule_numbers import rule_numbers
from engine.tables import Argument, TensorData

_EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
_LEAST = {"float64": 2.0**-1021, "float32": 2.0**-125, "float16": 2.0**-23, "bfloat16": 2.0**-125}
"""Twice the smallest normal number (of float16, which is computed in float32, twice the smallest at all)."""
_MOST = {"float64": 1.7976931348623157e308, "float32": 3.4028235e38, "float16": 65504.0, "bfloat16": 3.3895314e38}
_UNITS = {"float64": 64, "float32": 64, "float16": 4, "bfloat16": 4}
"""How many units of rounding a computation may be off if it rounds more often than its rule shows."""
Array = NDArray[Any]


def precision(*dtypes: str) -> float:
    """How far off computations in these types may be, relative to what is added up in them."""
    coarsest = coarsest_of(*dtypes)
    return _UNITS[coarsest] * _EPSILON[coarsest]


def coarsest_of(*dtypes: str) -> str:
    """Which of the types holds the fewest digits; ``float64`` if none is a floating type."""
    return max((item for item in dtypes if item in _EPSILON), key=_EPSILON.__getitem__, default="float64")


def close(value: Array, error: Array, recorded: Array, *dtypes: str) -> bool:
    """Whether ``recorded``, of the first of ``dtypes``, is ``value``.

    ``error`` is how far rounding may have moved it, in units of the coarsest type's precision. What the type cannot hold is
    infinite, and what is tiny may be 0.
    """
    if value.shape != recorded.shape:
        if value.size != 1 or recorded.size != 1:
            return False
        value, recorded, error = value.reshape(()), recorded.reshape(()), np.asarray(error).reshape(())
    most, least = _MOST.get(dtypes[0], np.inf), max(_LEAST.get(item, 0.0) for item in dtypes)
    with np.errstate(all="ignore"):
        held = np.where(np.abs(value) > most, np.sign(value) * np.inf, value)
        equal = (held == recorded) | (np.isnan(held) & np.isnan(recorded))
        return bool(np.all(equal | (np.abs(value - recorded) <= precision(*dtypes) * error + least)))


def local_agrees(rule: Expression, numbers: list[Array], local: TensorData, dtypes: tuple[str, ...], rough: bool = False) -> bool:
    """Whether the rule at the operands' recorded ``numbers`` is the recorded local derivative, up to rounding.

    ``rough``: torch computes it from something the size of 1.
    """
    recorded = local.numbers()
    if recorded is None or np.iscomplexobj(recorded):
        return False
    try:
        found = rule_numbers(rule, numbers)
    except ValueError:
        return False
    return close(found.value, found.error + np.abs(found.value) + rough, recorded.astype(np.float64), local.dtype, *dtypes)


def sent_agrees(
    rule: Expression, numbers: list[Array], came: TensorData, sent: TensorData, dtypes: tuple[str, ...], rough: bool = False
) -> bool | None:
    """Whether what came in times the rule, added up over copies, is what was sent; None if the elements were not kept."""
    gradient, recorded = came.numbers(), sent.numbers()
    if gradient is None or recorded is None:
        return None
    if np.iscomplexobj(gradient) or np.iscomplexobj(recorded):
        return False
    try:
        with np.errstate(all="ignore"):
            found = rule_numbers(rule, numbers)
            given = gradient.astype(np.float64)
            value = given * found.value
            error = np.where(given == 0, 0.0, np.abs(given) * (found.error + rough)) + np.abs(value)
    except ValueError:
        return False
    added = added_up(value, error, recorded.shape)
    return added is not None and close(*added, recorded.astype(np.float64), sent.dtype, came.dtype, *dtypes)


def added_up(value: Array, error: Array, shape: tuple[int, ...]) -> tuple[Array, Array] | None:
    """The sum over the copies that broadcasting made of an operand of ``shape``; None if it made none."""
    with np.errstate(all="ignore"):
        while value.ndim > len(shape):
            value, error = value.sum(0), error.sum(0)
        if value.ndim < len(shape):
            return None
        for axis, (wide, narrow) in enumerate(zip(value.shape, shape, strict=True)):
            if wide != narrow == 1:
                value, error = value.sum(axis, keepdims=True), error.sum(axis, keepdims=True)
    return (value, error) if value.shape == shape else None


def sums_to(parts: list[TensorData], total: TensorData, factors: tuple[float, ...] = ()) -> bool:
    """Whether recorded numbers, each times its factor (1 by itself), add up to another; True where elements were not kept."""
    numbers, recorded = [found for item in parts if (found := item.numbers()) is not None], total.numbers()
    if recorded is None or len(numbers) < len(parts):
        return True
    kind = np.complex128 if any(np.iscomplexobj(item) for item in (*numbers, recorded)) else np.float64
    scales = factors or (1.0,) * len(parts)
    with np.errstate(all="ignore"):
        terms = [np.asarray(item).astype(kind) * scale for item, scale in zip(numbers, scales, strict=True)]
        try:
            value, size = np.asarray(sum(terms)), np.asarray(sum(np.abs(item) for item in terms))
            value, size = np.broadcast_to(value, recorded.shape), np.broadcast_to(size, recorded.shape)
        except ValueError:
            return False
        recorded, dtypes = np.asarray(recorded).astype(kind), (total.dtype, *(item.dtype for item in parts))
        sides = [(value.real, recorded.real), (value.imag, recorded.imag)] if kind is np.complex128 else [(value, recorded)]
        if any("complex" in item for item in dtypes):
            dtypes = ("float32" if "complex64" in dtypes else "float64", *dtypes)
        return all(close(one, size, other, *dtypes) for one, other in sides)


_COMPUTED: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "−": np.subtract,
    "·": np.multiply,
    "/": np.divide,
}


def gives(sign: str, one: Array, other: Array, result: TensorData) -> bool:
    """Whether a recorded result is the sum, difference (``−``), product (``·``) or quotient (``/``) of two."""
    recorded = result.numbers()
    if recorded is None or np.iscomplexobj(recorded):
        return False
    with np.errstate(all="ignore"):
        value = np.asarray(_COMPUTED[sign](one, other), np.float64)
        size = np.abs(one) + np.abs(other) if sign in "+−" else np.abs(value)
    return close(value, size, recorded.astype(np.float64), result.dtype)


def operand_numbers(facts: Facts, given: tuple[Argument, ...]) -> list[Array] | None:
    """The recorded elements of an operation's operands, as they were when it ran; None if any were not kept."""
    found: list[Array] = []
    for item in given:
        if item.value is None:
            if not isinstance(item.constant, (int, float)):
                return None
            found.append(np.asarray(float(item.constant)))
            continue
        numbers = facts.recording.values[item.value].data.numbers()
        if numbers is None or np.iscomplexobj(numbers):
            return None
        found.append(numbers.astype(np.float64))
    return found


def operand_types(facts: Facts, given: tuple[Argument, ...]) -> tuple[str, ...]:
    """The types of an operation's operands that are tensors."""
    return tuple(facts.recording.values[item.value].dtype for item in given if item.value is not None)


def own_of_torch(name: str) -> bool:
    """Whether a Node is torch's own, not that of a ``Function`` written in Python, which may also be called ``Sigmoid``."""
    return name[-1:].isdigit() or not name.endswith("Backward")
