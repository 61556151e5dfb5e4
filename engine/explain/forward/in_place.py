"""Operations that write into an existing tensor: what they write, into whose memory, and whether autograd sees it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.explain.facts import Facts, operands
from engine.explain.pieces import data_symbol, listed
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol
from engine.tables import Argument, Operation, Value

_SAME_MEMORY = frozenset(("data", "detach"))
_DEEPEST = 6


def is_place(facts: Facts, value: Value) -> bool:
    """Whether its label is a place (``b``, ``y.data``) that can be written to, rather than a formula."""
    origin = facts.origin(value)
    return bool(value.name or facts.recording.variables[value.variable].name) or (origin is not None and origin.name == "data")


def overwrites(operation: Operation) -> bool:
    """Whether it replaces the elements that were there, rather than compute with them."""
    return entry_of(operation.name).in_place is not None and (operation.inplace or operation.name == "set_data")


def fills(operation: Operation) -> bool:
    """Whether it puts other elements in the place of all that were there."""
    known = entry_of(operation.name).in_place
    return overwrites(operation) and known is not None and not known.leaves


def in_place(facts: Facts, operation: Operation, said: str, before: Value, after: Value, cursor: int) -> str:
    """One sentence: ``said``, the program's text for it, changes ``before`` into ``after``, and whatever shares its memory."""
    label, known = f"${facts.label(before.id)}$", entry_of(operation.name).in_place
    given = operands(operation)[1:]
    words = "" if known is None else known.words if given or "{given}" not in known.words else known.alone
    what = words or "{said} changes {it} in place"
    what = what.format(said=said, it=label, given=f"${_written(facts, given[0])}$" if given else "")
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
