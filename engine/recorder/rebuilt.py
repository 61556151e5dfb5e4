"""A recording made from the entries of a journal because its own process ended before it could hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.recorder.columns import COUNTERS, PLACE, SAVED, SPAN, SUMMARY, TABLES, VARIABLE, Known
from engine.recorder.entries import Array, Entry
from engine.recorder.follow.variables import Reference, VariableDraft
from engine.recorder.keep.arena import SMALLEST as PACKED
from engine.recorder.passes.drafts import Maker
from engine.tables import (
    MOMENT_KINDS,
    History,
    Moment,
    Operation,
    Packed,
    Place,
    Span,
    Summary,
    TensorData,
    Written,
    kind_of_dtype,
)

if TYPE_CHECKING:
    from engine.recorder.open_recorder import OpenRecorder

_NOT_YET = TensorData((), "", None)
_SMALL = frozenset({"accumulators", "packed", "counters", "unseen", "held", "wrappers"})


@dataclass(slots=True)
class _Told:
    """What was told of a variable: its values and gradients, each with the moments before it, and what else is known."""

    known: tuple[Any, ...]
    values: list[tuple[int, int]] = field(default_factory=list)
    gradients: list[tuple[int, TensorData | None]] = field(default_factory=list)


class Rebuilt:
    """The other way: takes entries in their order, and gives them to a fresh recorder."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}
        self._variables: list[_Told] = []
        self._makers: dict[int, Maker] = {}
        self._elsewhere: dict[int, Place] = {}
        self._small: dict[str, Any] = {}
        self._tensors: list[TensorData] = []
        self._histories: list[History] = []
        self._spans: dict[tuple[int, ...], Span] = {}
        known = Known(self._data, self._span, _as_it_is)
        self._makers_of = {name: rows.making(known) for name, rows in TABLES.items()}
        self._place, self._saved = PLACE.making(known), SAVED.making(known)

    def add(self, entry: Entry, block: bytes) -> None:
        """The next entry, with the bytes of its arrays."""
        first, rows = entry.get("tensors", (len(self._tensors), ()))
        del self._tensors[first:]
        self._tensors += [_NOT_YET if written is not None else _tensor(block, *row) for *row, written in rows]
        for number, base, starts, ends, elements in entry.get("histories", ()):
            if number >= len(self._histories):
                self._histories.append(History(self._base(block, base)))
            history = self._histories[number]
            history.starts.frombytes(starts)
            history.ends.frombytes(ends)
            history.elements += elements
        for at, (shape, dtype, _, _, written) in enumerate(rows, first):
            if written is not None:
                number, runs, kind, offset, strides = written
                self._tensors[at] = Written(
                    tuple(shape), dtype, self._histories[number], runs, np.dtype(kind), offset, tuple(strides)
                )
        for name in (*TABLES, "saved", "inputs", "printed", "notes"):
            length, changed = entry.get(name, (None, ()))
            if length is None:
                continue
            rows = self._rows.setdefault(name, [])
            del rows[length:]
            for at, row in changed:
                made = self._made(name, at, row)
                if at < len(rows):
                    rows[at] = made
                else:
                    rows.append(made)
        for number, known, values, gradients in entry.get("variables", ()):
            if number >= len(self._variables):
                self._variables.append(_Told(known))
            told = self._variables[number]
            told.known = known
            told.values += values
            told.gradients += [(at, self._data(data)) for at, data in gradients]
        for number, row in entry.get("makers", ()):
            self._makers[number] = Maker(*row)
        for number, row in entry.get("elsewhere", ()):
            self._elsewhere[number] = self._place(row)
        self._small |= {key: item for key, item in entry.items() if key in _SMALL}

    def give(self, recorder: OpenRecorder) -> None:
        """Turn ``recorder``, a fresh one, into one that has recorded all this."""
        draft, small = recorder.draft, self._small
        sound = _Sound(self._rows, self._variables)
        parts = draft.parts()
        for name in self._rows:
            parts[name][:] = sound.rows(name)
        for number, told in enumerate(sound.variables()):
            variable = VariableDraft(number, Reference(torch.empty(0)), None, None)
            variable.values, variable.gradients = told.values, told.gradients
            for name, item in VARIABLE.given(told.known).items():
                setattr(variable, name, item)
            draft.followed.variables.append(variable)
        nodes, operations, passes = (len(parts[name]) for name in ("nodes", "operations", "passes"))
        parts["accumulators"].update(small.get("accumulators", {}))
        parts["makers"].update(
            {number: maker for number, maker in self._makers.items() if number < nodes and maker.pass_id < passes}
        )
        parts["elsewhere"].update({number: at for number, at in self._elsewhere.items() if number < operations})
        draft.saved.packed.update((0,) if small.get("packed") else ())
        snapshots = draft.snapshots
        for name, count in COUNTERS.given(small.get("counters", (0, 0, 0, ""))).items():
            setattr(snapshots, name, count)
        draft.values.arrived[:] = [number for number in small.get("unseen", ()) if number < len(draft.values.drafts)]
        parts["torch nodes"][:] = [None] * nodes
        parts["sequences"].extend([recorder.began] * nodes)
        for marks, name in zip(recorder.functions.marks(), ("held", "wrappers"), strict=True):
            marks.update(small.get(name, ()))
        draft.unfinished = True  # so that what was only begun is left out

    def _base(self, block: bytes, base: tuple[Any, ...]) -> Array:
        """The elements that a History begins with: a tensor's own, or elements given here."""
        if len(base) == 3:
            return _array(block, *base)
        number, dtype = base
        array = self._tensors[number].array
        assert array is not None
        flat: Array = array.reshape(-1).view(dtype)
        return flat

    def _data(self, number: int | None) -> TensorData | None:
        return None if number is None else self._tensors[number]

    def _span(self, place: tuple[int, ...] | None) -> Span | None:
        if place is None:
            return None
        return self._spans.get(place) or self._spans.setdefault(place, Span(**SPAN.given(place)))

    def _made(self, name: str, at: int, row: Any) -> Any:
        """A row again: of a table with ids, that of its place."""
        if name == "saved":
            return tuple([self._saved(part) for part in row])
        if name not in TABLES:
            return row
        return self._makers_of[name](row, id=at) if TABLES[name].numbered else self._makers_of[name](row)


def _as_it_is(item: Any) -> Any:
    return item


def _tensor(
    block: bytes, shape: tuple[int, ...], dtype: str, array: tuple[Any, ...] | None, kept: tuple[Any, ...] | None
) -> TensorData:
    summary = None
    if kept is not None:
        columns, corner = kept
        summary = Summary(corner=None if corner is None else _array(block, *corner), **SUMMARY.given(columns))
    made = None if array is None else _array(block, *array)
    if made is not None and made.nbytes < PACKED and made.dtype == kind_of_dtype(dtype):
        return Packed(tuple(shape), dtype, made.tobytes())  # the block of its entry need not be kept for it
    return TensorData(tuple(shape), dtype, made, summary)


def _array(block: bytes, dtype: str, shape: tuple[int, ...], at: int) -> Array:
    made: Array = np.ndarray(tuple(shape), dtype, block, at)  # made of bytes, so it is read-only
    return made


class _Sound:
    """What was told, without references to what was not yet told: the process may have ended in the middle of something."""

    def __init__(self, rows: dict[str, list[Any]], variables: list[_Told]) -> None:
        self._given = rows
        self._variables = variables
        values = rows.get("values", [])
        sound = next((at for at, value in enumerate(values) if value.variable >= len(variables)), len(values))
        self._counts = {name: len(rows.get(name, ())) for name in ("nodes", "operations", "calls", "passes")} | {"values": sound}
        passes, nodes = self._counts["passes"], self._counts["nodes"]
        self._counts["runs"] = self._first("runs", lambda run: run.pass_id < passes and run.node < nodes)

    def _first(self, name: str, sound: Callable[[Any], bool]) -> int:
        rows = self._given.get(name, [])
        return next((at for at, row in enumerate(rows) if not sound(row)), len(rows))

    def _has(self, name: str, number: int | None) -> bool:
        return number is not None and number < self._counts[name]

    def rows(self, name: str) -> list[Any]:
        """The rows of one kind."""
        rows = self._given[name]
        if name in ("values", "runs"):
            return rows[: self._counts[name]]
        if name == "moments":
            return rows[: self._first("moments", self._is_told)]
        if name == "reads":
            told = self._first("moments", self._is_told)
            return [item for item in rows if self._has("values", item.value) and item.moments <= told]
        if name == "inputs":
            return [number for number in rows if self._has("values", number)]
        if name == "operations":
            return [item if self._is_whole(item) else self._whole(item) for item in rows]
        if name == "passes":
            return [
                item
                if all(self._has("values", root) for root in item.roots)
                else replace(item, roots=tuple([root for root in item.roots if self._has("values", root)]))
                for item in rows
            ]
        if name == "saved":
            known = self._has
            return [
                tuple([part if part.value is None or known("values", part.value) else replace(part, value=None) for part in item])
                for item in rows[: self._counts["nodes"]]
            ]
        return rows

    def _is_told(self, moment: Moment) -> bool:
        table = MOMENT_KINDS[moment.kind].table
        return not table or moment.subject < self._counts[table]

    def _is_whole(self, item: Operation) -> bool:
        return (
            all(part.value is None or self._has("values", part.value) for part in item.inputs)
            and all(self._has("values", number) for number in item.outputs)
            and all(self._has("nodes", number) for number in item.nodes)
            and (item.call is None or self._has("calls", item.call))
        )

    def _whole(self, item: Operation) -> Operation:
        return replace(
            item,
            call=item.call if self._has("calls", item.call) else None,
            inputs=tuple([part for part in item.inputs if part.value is None or self._has("values", part.value)]),
            outputs=tuple([number for number in item.outputs if self._has("values", number)]),
            nodes=tuple([number for number in item.nodes if self._has("nodes", number)]),
        )

    def variables(self) -> list[_Told]:
        """Each with all its values, even one that was only just made, and no others."""
        values, end = self._given.get("values", []), len(self._given.get("moments", ()))
        told = [
            replace(item, values=[(moment, number) for moment, number in item.values if self._has("values", number)])
            for item in self._variables
        ]
        listed = {number for item in told for _, number in item.values}
        for number in range(self._counts["values"]):
            if number not in listed:
                told[values[number].variable].values.append((end, number))
        return told
