"""Operations that are part of an update, not of the graph."""

from __future__ import annotations

from collections import defaultdict

from engine.tables.model import Operation, Value
from engine.tables.tables import Tables


def hidden_operations(recording: Tables) -> set[int]:
    """Arithmetic on ``.grad`` that only feeds in-place updates: part of the update, not of the graph."""
    hidden: list[int] = []
    members: set[int] = set()
    consumers: dict[int, list[Operation]] = defaultdict(list)
    for operation in recording.operations:
        values = [recording.values[item.value] for item in operation.inputs if item.value is not None]
        for value in values:
            consumers[value.id].append(operation)
        if not values or operation.nodes or operation.inplace:
            continue
        if operation.name == "data" or all(is_gradient(recording, value) or value.operation in members for value in values):
            hidden.append(operation.id)
            members.add(operation.id)
    for number in reversed(hidden):
        users = [user for value in recording.operations[number].outputs for user in consumers[value]]
        if not users and _is_written_through(recording, recording.operations[number]):
            continue
        if not users or not all(user.id in members or (user.inplace and not user.nodes) for user in users):
            members.discard(number)
    return members


def _is_written_through(recording: Tables, operation: Operation) -> bool:
    """``w.data`` in ``w.data -= …``."""
    return operation.name == "data" and len(recording.variables[recording.values[operation.outputs[0]].variable].values) > 1


def is_gradient(recording: Tables, value: Value) -> bool:
    """Whether a value is the ``.grad`` of another tensor."""
    return recording.variables[value.variable].gradient_of is not None
