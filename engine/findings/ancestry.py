"""What a value was computed from."""

from __future__ import annotations

from collections.abc import Iterator

from engine.recording import Recording
from engine.tables import Operation, Value

_DEPTH = 200_000
_NEAR = 50
"""How many values back a search goes for one that requires a gradient."""


def before(recording: Recording, root: Value) -> Iterator[tuple[Value, Operation | None]]:
    """What a value was computed from, the nearest first, each with the operation that made it."""
    waiting, seen = [root.id], {root.id}
    for number in waiting:
        if len(seen) > _DEPTH:
            return
        value = recording.values[number]
        operation = None if value.operation is None else recording.operations[value.operation]
        yield value, operation
        for item in operation.inputs if operation is not None else ():
            if item.value is not None and item.value not in seen:
                seen.add(item.value)
                waiting.append(item.value)


def leads_to_gradient(recording: Recording, number: int) -> bool:
    """Whether a value, or one that it was computed from, requires a gradient."""
    for steps, (value, _) in enumerate(before(recording, recording.values[number])):
        if value.requires_grad:
            return True
        if steps > _NEAR:
            return False
    return False
