"""A formula's last operation in recorded numbers: ``= 125 − 36 = 89``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, Sign
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Power, enclosed
from engine.operations.registry import canonical, entry_of
from engine.operations.symbols import number_symbol
from engine.recording import Recording
from engine.tables import Argument, Operation, TensorData, Value

_RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True, slots=True)
class SubstitutionPart:
    """A piece of a line of numbers: ``value`` for a recorded number, ``plain`` for what stands between.

    ``value`` is the id of the recorded value whose number it is; None for constants and what stands between. ``symbol`` is the
    same as mathematics; None for what is only a space or an equals sign.
    """

    text: str
    role: Literal["value", "plain"]
    value: int | None = None
    symbol: Expression | None = None


Substitution = tuple[SubstitutionPart, ...]


def is_source(recording: Recording, value: Value) -> bool:
    """Whether a formula starts here: a leaf, data, or anything that no recorded operation computed."""
    if value.operation is None or (value.leaf and value.requires_grad):
        return True
    operation = recording.operations[value.operation]
    return operation.creation or operation.name == "requires_grad_"


def single(data: TensorData) -> float | complex | bool | int | None:
    """The only element, or None if there are more (or none, or it was not kept)."""
    return data.item() if data.size == 1 and data.array is not None else None


def substitution(recording: Recording, number: int) -> Substitution:
    """The last operation of a value in recorded numbers: ``= 125 − 36 = 89``; a chain of sums is written out.

    Empty unless everything in it has one element; for other operations only the result is given.
    """
    value = recording.values[number]
    result = single(value.data)
    if result is None or value.operation is None:
        return ()
    end = (SubstitutionPart("= ", "plain"), SubstitutionPart(format_number(result), "value", number))
    terms = _terms(recording, recording.operations[value.operation])
    if not terms:
        return end
    return (SubstitutionPart("= ", "plain"), *terms, SubstitutionPart(" ", "plain"), *end)


def _operand(recording: Recording, argument: Argument) -> float | complex | bool | int | None:
    if argument.value is not None:
        return single(recording.values[argument.value].data)
    constant = argument.constant
    return constant if isinstance(constant, (int, float)) and not isinstance(constant, bool) and abs(constant) < 1e300 else None


def _terms(recording: Recording, operation: Operation) -> list[SubstitutionPart]:
    """The numbers of an addition, subtraction, product, quotient or power; empty for anything else."""
    name = canonical(operation.name)
    arguments = list(operation.inputs)
    reverses = entry_of(name).reverses
    if reverses:
        arguments.reverse()
        name = reverses
    keywords = {item.keyword for item in arguments} - {None, "other", "exponent"}
    if len(arguments) != 2 or keywords or operation.inplace:
        return []
    left, right = (_operand(recording, item) for item in arguments)
    if left is None or right is None or not _is_so(recording, operation, name, left, right):
        return []
    if name == "mul" and arguments[1].value is None and not number_symbol(right).minus:
        # As the line above has it, where the number stands first whatever the program wrote.
        arguments.reverse()
        left, right = right, left
    if name == "pow":
        power = format_number(right)
        if not (isinstance(right, (int, float)) and float(right).is_integer() and abs(right) < 1000):
            return []
        symbol = Power(number_symbol(left), number_symbol(right))
        return [SubstitutionPart(_bracketed(left, first=False) + power.translate(_RAISED), "value", arguments[0].value, symbol)]
    between = entry_of(name).sign
    if not between:
        return []
    inner = arguments[0].value
    begin = [_part(left, inner, first=name in ("add", "sub"))]
    if name in ("add", "sub") and inner is not None:
        value = recording.values[inner]
        if value.name is None and value.operation is not None and not is_source(recording, value):
            before = recording.operations[value.operation]
            if canonical(before.name) in ("add", "sub", "rsub") and recording.operations[value.operation].id < operation.id:
                begin = _terms(recording, before) if _depth(recording, before) < 4 else begin
                begin = begin or [_part(left, inner, first=True)]
    sign = SubstitutionPart(f" {between} ", "plain", None, DOT if name == "mul" else Sign(between))
    return [*begin, sign, _part(right, arguments[1].value, first=False)]


def _part(number: float | complex | bool | int, value: int | None, *, first: bool) -> SubstitutionPart:
    symbol = number_symbol(number)
    return SubstitutionPart(_bracketed(number, first=first), "value", value, symbol if first else enclosed(symbol))


_COMPUTED: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}
_PRECISION = {"float16": 4e-3, "bfloat16": 3e-2}


def _is_so(recording: Recording, operation: Operation, name: str, left: complex | bool, right: complex | bool) -> bool:
    """Whether the recorded result is that of the numbers; if something is rounded away or too large to be held, it is no
    equation."""
    result = recording.values[operation.outputs[0]] if operation.outputs else None
    number = None if result is None else single(result.data)
    if result is None or number is None or name not in _COMPUTED:
        return name not in _COMPUTED
    one, other, found = complex(left), complex(right), complex(number)
    try:
        value = complex(_COMPUTED[name](one, other))
    except (ArithmeticError, ValueError):
        return not math.isfinite(abs(found))
    if not all(math.isfinite(part) for part in (value.real, value.imag)):
        return not math.isfinite(abs(found))
    size = abs(one) + abs(other) if name in ("add", "sub") else abs(value)
    if not math.isfinite(abs(found)):
        return size > 1e4  # too large to be held
    return abs(value - found) <= _PRECISION.get(result.dtype, 1e-5) * size + 1e-37


def _depth(recording: Recording, operation: Operation) -> int:
    """How deep unnamed sums are nested on the left; counts to 4."""
    depth = 1
    while depth < 4:
        inner = operation.inputs[0].value if operation.inputs else None
        value = recording.values[inner] if inner is not None else None
        if value is None or value.name is not None or value.operation is None or is_source(recording, value):
            break
        operation = recording.operations[value.operation]
        if canonical(operation.name) not in ("add", "sub", "rsub"):
            break
        depth += 1
    return depth


def _bracketed(number: float | complex | bool | int, *, first: bool) -> str:
    text = format_number(number)
    return f"({text})" if isinstance(number, complex) or (text.startswith("−") and not first) else text
