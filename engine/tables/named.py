"""What a program's names stand for at a cursor: the newest value of that name, and the ``.grad`` of a leaf."""

from __future__ import annotations

from engine.tables.data import TensorData
from engine.tables.model import Value, Variable
from engine.tables.tables import Tables


def value_named(recording: Tables, name: str, cursor: int) -> Value | None:
    """What the program calls ``name`` after ``cursor`` moments; None where there is no such thing yet."""
    newest: tuple[int, int] | None = None
    for variable in recording.variables:
        for moment, number in variable.values:
            called = recording.values[number].name or variable.name
            if called == name and moment <= cursor and (newest is None or (moment, number) > newest):
                newest = (moment, number)
    return None if newest is None else recording.values[newest[1]]


def leaf_named(recording: Tables, name: str) -> Variable | None:
    """The leaf that the program calls ``name``, of several the last; None where there is none."""
    for variable in reversed(recording.variables):
        first = recording.values[variable.values[0][1]]
        if variable.name == name and (variable.gradients or (first.leaf and first.requires_grad)):
            return variable
    return None


def stored_gradient(leaf: Variable, cursor: int) -> TensorData | None:
    """The ``.grad`` of a leaf after ``cursor`` moments."""
    held = [data for moment, data in leaf.gradients if moment <= cursor]
    return held[-1] if held else None
