"""A recording made of the entries of a journal, whose own process ended before it could hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.recorder.entries import Array, Entry
from engine.recorder.follow.arena import SMALLEST as PACKED
from engine.recorder.follow.variables import Reference, VariableDraft
from engine.recording import (
    Argument,
    Call,
    Edge,
    History,
    Moment,
    NodeRun,
    Operation,
    Packed,
    Pass,
    Place,
    Read,
    Saved,
    Span,
    Summary,
    TensorData,
    Written,
    kind_of_dtype,
)

if TYPE_CHECKING:
    from engine.recorder.open_recorder import OpenRecorder

_NOT_YET = TensorData((), "", None)
_ROWS = "values nodes saved operations passes runs calls moments inputs printed notes reads".split()
_SMALL = frozenset({"accumulators", "packed", "counters", "unseen", "held", "wrappers"})
_SUBJECTS = {
    "operation": "operations",
    "update": "operations",
    "zero": "operations",
    "seed": "passes",
    "free": "passes",
    "run": "runs",
    "accumulate": "runs",
}
"""What the subject of a moment of some kind is."""
_Told = tuple[str | None, list[Any], list[Any], int | None]
"""A variable: name, values, gradients, whose gradient it is."""


class Rebuilt:
    """The other way: takes entries in their order, and gives them to a fresh recorder."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {}
        self._variables: list[_Told] = []
        self._kept: dict[str, dict[int, Any]] = {"makers": {}, "elsewhere": {}}
        self._small: dict[str, Any] = {}
        self._tensors: list[TensorData] = []
        self._histories: list[History] = []
        self._spans: dict[tuple[int, ...], Span] = {}

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
        for name in _ROWS:
            length, changed = entry.get(name, (None, ()))
            if length is None:
                continue
            rows = self._rows.setdefault(name, [])
            del rows[length:]
            make = getattr(self, f"_{name}")
            for at, row in changed:
                made = make(at, row)
                if at < len(rows):
                    rows[at] = made
                else:
                    rows.append(made)
        for number, name, values, gradients, of in entry.get("variables", ()):
            if number >= len(self._variables):
                self._variables.append((name, [], [], of))
            _, known, followed, _ = self._variables[number]
            known += values
            followed += [(at, self._data(data)) for at, data in gradients]
            self._variables[number] = name, known, followed, of
        for key in ("makers", "elsewhere"):
            for number, item in entry.get(key, ()):
                self._kept[key][number] = Place(*item) if key == "elsewhere" else item
        self._small |= {key: item for key, item in entry.items() if key in _SMALL}

    def give(self, recorder: OpenRecorder) -> None:
        """Make ``recorder``, a fresh one, one that has recorded all this."""
        draft, small = recorder.draft, self._small
        sound = _Sound(self._rows, self._variables)
        parts = draft.parts()
        for name in self._rows:
            parts[name][:] = sound.rows(name)
        for number, (called, values, gradients, of) in enumerate(sound.variables()):
            made = VariableDraft(number, Reference(torch.empty(0)), called, None)
            made.values, made.gradients, made.gradient_of = values, gradients, of
            draft.variables.append(made)
        nodes, operations, passes = (len(parts[name]) for name in ("nodes", "operations", "passes"))
        parts["accumulators"].update(small.get("accumulators", {}))
        parts["makers"].update(
            {number: made for number, made in self._kept["makers"].items() if number < nodes and made[0] < passes}
        )
        parts["elsewhere"].update({number: at for number, at in self._kept["elsewhere"].items() if number < operations})
        draft.packed.update((0,) if small.get("packed") else ())
        snapshots = draft.snapshots
        snapshots.flattened, snapshots.summarised, snapshots.unreadable, snapshots.reason = small.get("counters", (0, 0, 0, ""))
        draft.arrived[:] = [number for number in small.get("unseen", ()) if number < len(draft.values)]
        parts["torch nodes"][:] = [None] * nodes
        parts["sequences"].extend([recorder.began] * nodes)
        for marks, name in zip(recorder.functions.marks(), ("held", "wrappers"), strict=True):
            marks.update(small.get(name, ()))
        draft.unfinished = True  # so that what was only begun is left out

    def _base(self, block: bytes, base: tuple[Any, ...]) -> Array:
        """The elements that a History begins with: a tensor's own, or some that are told here."""
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
        return self._spans.get(place) or self._spans.setdefault(place, Span(*place))

    def _values(self, at: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*row[:4], self._data(row[4]), *row[5:])

    def _nodes(self, at: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return row[0], tuple([Edge(*edge) for edge in row[1]]), row[2], row[3]

    def _saved(self, at: int, row: list[Any]) -> tuple[Saved, ...]:
        return tuple([Saved(name, value, self._data(data), constant) for name, value, data, constant in row])

    def _operations(self, at: int, row: tuple[Any, ...]) -> Operation:
        (name, outputs, nodes, creation, inplace, grad_enabled, call, direct), inputs, span = row
        given = tuple([Argument(*part) for part in inputs])
        return Operation(
            at, name, given, tuple(outputs), tuple(nodes), self._span(span), creation, inplace, grad_enabled, call, direct
        )

    def _passes(self, at: int, row: tuple[Any, ...]) -> Pass:
        (roots, retain, create, accumulates), seeds, span, captured = row
        found = tuple([(value, self._data(data)) for value, data in captured])
        given = tuple([self._data(part) for part in seeds])
        return Pass(at, tuple(roots), given, self._span(span), retain, create, accumulates, found)

    def _runs(self, at: int, row: tuple[Any, ...]) -> NodeRun:
        data = self._data
        pass_id, node, *given, before, after, completed = row
        incoming, outgoing, local = [tuple([data(part) for part in parts]) for parts in given]
        return NodeRun(at, pass_id, node, incoming, outgoing, local, data(before), data(after), completed)

    def _calls(self, at: int, row: tuple[Any, ...]) -> Call:
        return Call(at, *row)

    def _moments(self, at: int, row: tuple[Any, ...]) -> Moment:
        kind, phase, subject, span, text = row
        return Moment(kind, phase, subject, self._span(span), text)

    def _inputs(self, at: int, row: int) -> int:
        return row

    def _printed(self, at: int, row: str) -> str:
        return row

    _notes = _printed

    def _reads(self, at: int, row: tuple[Any, ...]) -> Read:
        value, how, moments, span = row
        return Read(value, how, moments, self._span(span))


def _tensor(
    block: bytes, shape: tuple[int, ...], dtype: str, array: tuple[Any, ...] | None, kept: tuple[Any, ...] | None
) -> TensorData:
    summary = None
    if kept is not None:
        (low, high, mean, std, norm, nan, infinite, counts), corner = kept
        first = None if corner is None else _array(block, *corner)
        summary = Summary(low, high, mean, std, norm, nan, infinite, counts, first)
    made = None if array is None else _array(block, *array)
    if made is not None and made.nbytes < PACKED and made.dtype == kind_of_dtype(dtype):
        return Packed(tuple(shape), dtype, made.tobytes())  # the block of its entry need not be kept for it
    return TensorData(tuple(shape), dtype, made, summary)


def _array(block: bytes, dtype: str, shape: tuple[int, ...], at: int) -> Array:
    made: Array = np.ndarray(tuple(shape), dtype, block, at)  # of bytes, so it is read-only
    return made


class _Sound:
    """What was told, without references to what was not yet told: the process may have ended in the midst of something."""

    def __init__(self, rows: dict[str, list[Any]], variables: list[_Told]) -> None:
        self._given = rows
        self._variables = variables
        values = rows.get("values", [])
        sound = next((at for at, row in enumerate(values) if row[1] >= len(variables)), len(values))
        self._counts = {name: len(rows.get(name, ())) for name in ("nodes", "operations", "calls", "passes")} | {"values": sound}
        passes, nodes = self._counts["passes"], self._counts["nodes"]
        self._counts["runs"] = self._first("runs", lambda run: run.pass_id < passes and run.node < nodes)

    def _first(self, name: str, sound: Callable[[Any], bool]) -> int:
        rows = self._given.get(name, [])
        return next((at for at, row in enumerate(rows) if not sound(row)), len(rows))

    def _has(self, name: str, number: int | None) -> bool:
        return number is not None and number < self._counts[name]

    def rows(self, name: str) -> list[Any]:
        """Those of one kind."""
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
        kind = _SUBJECTS.get(moment.kind)
        return kind is None or moment.subject < self._counts[kind]

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
        """Each with all its values, also one that was just made, and no others."""
        values, end = self._given.get("values", []), len(self._given.get("moments", ()))
        told = [
            (name, [pair for pair in own if self._has("values", pair[1])], followed, of)
            for name, own, followed, of in self._variables
        ]
        listed = {number for _, own, _, _ in told for _, number in own}
        for number in range(self._counts["values"]):
            if number not in listed:
                told[values[number][1]][1].append((end, number))
        return told
