"""Nodes that ran with numbers other than those they had saved, because something wrote to that memory uncounted by torch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.runtime.cached import cached_property
from engine.tables.data import TensorData, same
from engine.tables.look_up import LookUp, kept
from engine.tables.model import NodeRun, Operation, Saved, Span, Value
from engine.tables.moments import OF_OPERATIONS, OF_RUNS
from engine.tables.tables import Tables

_UNUSED = frozenset(("running_mean", "running_var"))
"""What Nodes keep but do not use in the cases where it changes meanwhile: the running means of a batch norm in training."""

_VIEWING = frozenset(
    f"{name}Backward" for name in "View ReshapeAlias Transpose T Permute Unsqueeze Squeeze Expand Alias Unflatten".split()
)
"""Nodes of operations whose result is the same elements in the same memory."""
_VIEWS = 6


@dataclass(frozen=True, eq=False, slots=True)
class Overwritten:
    """What a Node had saved was no longer the same when it ran.

    ``value`` is the id of the recorded value that was saved, ``now`` that of what was there. ``cursor`` is the one after which it
    was known to be overwritten, ``operation`` what wrote, and ``span`` where; both are None where something wrote without
    PyTorch.
    """

    run: NodeRun
    value: int
    now: int
    cursor: int
    operation: Operation | None
    span: Span | None


class Overwriting(LookUp[Tables]):
    """``runs``: what was overwritten, by the id of the Node's run and in the order of the runs; made once for each recording."""

    @cached_property
    def _ran(self) -> dict[int, int]:
        return {moment.subject: number + 1 for number, moment in enumerate(self.recording.moments) if moment.kind in OF_RUNS}

    @cached_property
    def runs(self) -> dict[int, Overwritten]:
        recording = self.recording
        written = {item.id for item in recording.variables if len(item.values) > 1}
        found: dict[int, Overwritten] = {}
        if not written:
            return found
        for run in recording.runs:
            for saved in recording.nodes[run.node].saved:
                if saved.name in _UNUSED:
                    continue
                kept = (value for value in self._kept(run, saved) if value.variable in written)
                changed = (self._changed(run, value.id, self._ran.get(run.id, recording.end)) for value in kept)
                item = next((item for item in changed if item is not None), None)
                if item is not None:
                    found[run.id] = item
                    break
        return found

    def _kept(self, run: NodeRun, saved: Saved) -> Iterator[Value]:
        """What was saved, if it is a value or, within one operation, a view of a value that goes in or comes out."""
        recording = self.recording
        if saved.value is not None:
            yield from self._seen_through(recording.values[saved.value])
        made = recording.nodes[run.node].operation
        if saved.data is None or made is None:
            return
        operation = recording.operations[made]
        numbers = dict.fromkeys((*(item.value for item in operation.inputs), *operation.outputs))
        for number in numbers:
            if number is not None and _same_elements(saved.data, recording.values[number].data):
                yield from self._seen_through(recording.values[number])

    def _seen_through(self, value: Value) -> Iterator[Value]:
        """A value and what it is a view of: memory that is written to by another name is the same memory."""
        recording = self.recording
        for _ in range(_VIEWS):
            yield value
            operation = None if value.operation is None else recording.operations[value.operation]
            names = {recording.nodes[number].name.rstrip("0123456789") for number in operation.nodes} if operation else set()
            first = next((item.value for item in operation.inputs if item.value is not None), None) if operation else None
            if first is None or not names or not names <= _VIEWING:
                return
            value = recording.values[first]

    def _changed(self, run: NodeRun, number: int, ran: int) -> Overwritten | None:
        recording = self.recording
        value = recording.values[number]
        states = recording.variables[value.variable].values
        cursors, places = self._places(value.variable)
        at = places.get(number)
        last = bisect_right(cursors, ran) - 1
        if at is None or last <= at:
            return None
        now = recording.values[states[last][1]]
        # A change that torch counts makes the Node fail; where it ran, it did not look at what was changed.
        if now.version != value.version or same(value.data, now.data):
            return None
        cursor, first = states[last]
        moment = recording.moments[cursor - 1] if cursor > 0 else None
        operation = None
        if moment is not None and moment.kind in OF_OPERATIONS and moment.subject >= 0:
            candidate = recording.operations[moment.subject]
            variables = {recording.values[item].variable for item in candidate.outputs}
            wrote = candidate.inplace and (value.variable in variables or self._shares(first, candidate))
            operation = candidate if wrote or candidate.name == "set_data" else None
        span = operation.span if operation is not None else None
        return Overwritten(run, number, now.id, cursor, operation, span)

    def _places(self, variable: int) -> tuple[list[int], dict[int, int]]:
        """The cursors of a variable's states, and by a value's id which of them held it first."""
        known = self._known_places.get(variable)
        if known is None:
            states = self.recording.variables[variable].values
            places = {held: index for index, (_, held) in reversed([*enumerate(states)])}
            known = self._known_places[variable] = [cursor for cursor, _ in states], places
        return known

    @cached_property
    def _known_places(self) -> dict[int, tuple[list[int], dict[int, int]]]:
        return {}

    def _shares(self, number: int, operation: Operation) -> bool:
        """Whether the operation wrote to a view of what ``number`` is: both changed in the same moment."""
        changed = {cursor for item in operation.outputs for cursor, held in self._states(item) if held == item}
        return any(cursor in changed for cursor, held in self._states(number) if held == number)

    def _states(self, number: int) -> tuple[tuple[int, int], ...]:
        return self.recording.variables[self.recording.values[number].variable].values


def _same_elements(one: TensorData, other: TensorData) -> bool:
    """Whether both hold the same elements, in any order."""
    if one.dtype != other.dtype or one.size != other.size or one.array is None or other.array is None:
        return False
    return bool(np.sort(one.array, axis=None).tobytes() == np.sort(other.array, axis=None).tobytes())


def overwriting(recording: Tables) -> Overwriting:
    """The look-up of ``recording``, which lives as long as the recording, as its cached properties do.

    It reads the recording's ``tables``: the timeline, which has only these, uses the same look-up rather than make another.
    """
    return kept(recording, "_overwriting", lambda: Overwriting(recording.tables))
