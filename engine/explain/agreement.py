"""Whether a rule gives the numbers that torch recorded; where not, no equation is written, and this says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.explain.facts import Facts
from engine.recording import Argument, TensorData
from engine.rule_numbers import rule_value

_RELATIVE = {"float64": 1e-9, "float32": 2e-4, "float16": 2e-2, "bfloat16": 6e-2}
_ABSOLUTE = {"float64": 1e-12, "float32": 1e-6, "float16": 2e-3, "bfloat16": 2e-2}
_FEW = 64
Array = NDArray[Any]

_PRODUCTS: dict[str, dict[int, Callable[[Array, list[Array]], Array]]] = {
    "Mm": {0: lambda g, of: g @ of[1].T, 1: lambda g, of: of[0].T @ g},
    "Bmm": {0: lambda g, of: g @ of[1].swapaxes(-1, -2), 1: lambda g, of: of[0].swapaxes(-1, -2) @ g},
    "Mv": {0: lambda g, of: np.outer(g, of[1]), 1: lambda g, of: of[0].T @ g},
    "Dot": {0: lambda g, of: g * of[1], 1: lambda g, of: g * of[0]},
}
"""The products of ``engine.explain.matrices`` in numbers, by Node and slot; the operands are those of the operation."""


def local_agrees(rule: str, numbers: list[Array], local: TensorData) -> bool:
    """Whether the rule at the operands' recorded ``numbers`` is the recorded local derivative, but for rounding."""
    recorded = local.numbers()
    if recorded is None or np.iscomplexobj(recorded):
        return False
    try:
        value = rule_value(rule, numbers)
    except ValueError:
        return False
    return _close(value, recorded.astype(np.float64), local.dtype, np.abs(value))


def sent_agrees(rule: str, numbers: list[Array], came: TensorData, sent: TensorData) -> bool | None:
    """Whether what came in times the rule, added up over copies, is what was sent; None where the elements were not kept."""
    gradient, recorded = came.numbers(), sent.numbers()
    if gradient is None or recorded is None:
        return None
    if np.iscomplexobj(gradient) or np.iscomplexobj(recorded):
        return False
    try:
        with np.errstate(all="ignore"):
            value = gradient.astype(np.float64) * rule_value(rule, numbers)
    except ValueError:
        return False
    return _summed_close(value, recorded.astype(np.float64), sent.dtype)


def product_agrees(base: str, slot: int, operands: list[Array], came: TensorData, sent: TensorData) -> bool | None:
    """The same for a matrix product; None where that cannot be computed here."""
    compute = _PRODUCTS.get(base, {}).get(slot)
    gradient, recorded = came.numbers(), sent.numbers()
    if compute is None or gradient is None or recorded is None or len(operands) != 2:
        return None
    if any(np.iscomplexobj(item) for item in (gradient, recorded, *operands)):
        return None
    try:
        with np.errstate(all="ignore"):
            of = [item.astype(np.float64) for item in operands]
            value = np.asarray(compute(gradient.astype(np.float64), of))
            size = np.asarray(compute(np.abs(gradient).astype(np.float64), [np.abs(item) for item in of]))
    except ValueError:
        return None  # the operands of another call than the Node's own
    if value.shape != recorded.shape:
        return None
    return _close(value, recorded.astype(np.float64), sent.dtype, size)


def copied_agrees(factor: float, came: TensorData, sent: TensorData) -> bool | None:
    """Whether every element that was sent is ``factor`` times one that came in."""
    gradient, recorded = came.numbers(), sent.numbers()
    if gradient is None or recorded is None or gradient.size == 0 or recorded.size == 0:
        return None
    if gradient.size > 1:
        values = np.unique(gradient.astype(np.complex128) * factor)
        if values.size > _FEW:
            return None
        return bool(np.isclose(recorded.ravel()[:, None], values[None, :], rtol=1e-3, equal_nan=True).any(1).all())
    return bool(np.allclose(recorded, gradient.ravel()[0].item() * factor, rtol=_RELATIVE.get(sent.dtype, 2e-2), equal_nan=True))


def _summed_close(value: Array, recorded: Array, dtype: str) -> bool:
    size = np.abs(value)
    with np.errstate(all="ignore"):
        while value.ndim > recorded.ndim:
            value, size = value.sum(0), size.sum(0)
        for axis, (wide, narrow) in enumerate(zip(value.shape, recorded.shape, strict=True)):
            if wide != narrow == 1:
                value, size = value.sum(axis, keepdims=True), size.sum(axis, keepdims=True)
    if value.shape != recorded.shape:
        return False
    return _close(value, recorded, dtype, size)


def _close(value: Array, recorded: Array, dtype: str, size: Array) -> bool:
    if value.shape != recorded.shape:
        if value.size != 1 or recorded.size != 1:
            return False
        value, recorded, size = value.reshape(()), recorded.reshape(()), size.reshape(())
    with np.errstate(all="ignore"):
        equal = (value == recorded) | (np.isnan(value) & np.isnan(recorded))
        allowed = _RELATIVE.get(dtype, 6e-2) * size + _ABSOLUTE.get(dtype, 2e-2)
        return bool(np.all(equal | (np.abs(value - recorded) <= allowed)))


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


def own_of_torch(name: str) -> bool:
    """Whether a Node is torch's own, not of a ``Function`` that is written in Python and may be called ``Sigmoid``, too."""
    return name[-1:].isdigit() or not name.endswith("Backward")
