"""Operations that write into an existing tensor: what they write, into whose memory, and whether autograd sees it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.explain.facts import Facts, operands
from engine.explain.pieces import data_symbol, listed
from engine.operations.registry import plain_name
from engine.operations.symbols import number_symbol
from engine.tables import Argument, Operation, Value

_FILLING = frozenset(("zero", "fill", "copy", "set_data"))
"""Operations whose result has nothing left of what was there."""
_OVERWRITING = _FILLING | {"setitem"}
"""Operations whose result does not depend on what was there, or only on the part that they leave."""
_SAME_MEMORY = frozenset(("data", "detach"))
_DEEPEST = 6


def is_place(facts: Facts, value: Value) -> bool:
    """Whether its label is a place (``b``, ``y.data``) that can be written to, rather than a formula."""
    origin = facts.origin(value)
    return bool(value.name or facts.recording.variables[value.variable].name) or (origin is not None and origin.name == "data")


def overwrites(operation: Operation) -> bool:
    """Whether it replaces the elements that were there, rather than compute with them."""
    return plain_name(operation.name) in _OVERWRITING and (operation.inplace or operation.name == "set_data")


def fills(operation: Operation) -> bool:
    """Whether it puts other elements in the place of all that were there."""
    return overwrites(operation) and plain_name(operation.name) in _FILLING


def in_place(facts: Facts, operation: Operation, said: str, before: Value, after: Value, cursor: int) -> str:
    """One sentence: ``said``, the program's text for it, changes ``before`` into ``after``, and whatever shares its memory."""
    label, name = facts.label(before.id), plain_name(operation.name)
    others = [item.value for item in operation.inputs[1:] if item.value is not None]
    given = operands(operation)
    if name == "zero":
        what = f"{said} writes 0 into all elements of ${label}$, in place"
    elif name == "fill" and len(given) == 2:
        what = f"{said} writes ${_written(facts, given[1])}$ into all elements of ${label}$, in place"
    elif name == "copy" and others:
        what = f"{said} writes the elements of ${facts.label(others[0])}$ into ${label}$, in place"
    elif name == "setitem":
        what = f"The assignment to {said} changes ${label}$ in place"
    elif name == "set_data":
        what = (
            f"The assignment to {said} gives ${label}$ the elements of ${facts.label(others[0])}$"
            if others
            else f"The assignment to {said} gives ${label}$ other elements"
        )
    else:
        what = f"{said} changes ${label}$ in place"
    if listed(before.data) and listed(after.data):
        what += f": ${data_symbol(before.data)}$ becomes ${data_symbol(after.data)}$"
    same = next((value for value in _memory(facts, before) if _changed(facts, value, cursor)), None)
    return f"{what}. ${facts.label(same.id)}$ is the same memory, and changes with it." if same is not None else f"{what}."


def unseen_write(facts: Facts, before: Value) -> str:
    """A note if what is written to is the ``.data`` of something that requires grad; else nothing."""
    operation = facts.origin(before)
    if operation is None or operation.name != "data":
        return ""
    first = next((item.value for item in operation.inputs if item.value is not None), None)
    if first is None or not facts.recording.values[first].requires_grad:
        return ""
    return f"Autograd does not see what is written through `.data`: what a Node keeps of ${facts.label(first)}$ changes with it."


def _memory(facts: Facts, value: Value) -> Iterator[Value]:
    """The value that ``value`` is another name of."""
    for _ in range(_DEEPEST):
        operation = facts.origin(value)
        first = next((item.value for item in operation.inputs if item.value is not None), None) if operation else None
        if operation is None or operation.name not in _SAME_MEMORY or first is None:
            return
        value = facts.recording.values[first]
        yield value


def _changed(facts: Facts, value: Value, cursor: int) -> bool:
    """Whether its variable has another value since the moment before ``cursor``."""
    return any(at == cursor for at, _ in facts.recording.variables[value.variable].values)


def _written(facts: Facts, argument: Argument) -> str:
    return str(facts.label(argument.value) if argument.value is not None else number_symbol(argument.constant))
