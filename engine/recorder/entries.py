"""What became known of a recording since the last time, as plain data: the entries of a journal.

An entry holds only what Python's ``marshal`` writes, so writing one depends on nothing that the recorded code can change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.recorder.columns import COUNTERS, PLACE, SAVED, SPAN, SUMMARY, TABLES, VARIABLE, Known
from engine.tables import History, Saved, Span, TensorData, Written

if TYPE_CHECKING:
    from engine.recorder.open_recorder import OpenRecorder

_SHARED = 2048
"""From so many bytes on, it is remembered where elements lie."""
_BLOCK = 4096
"""How many rows are compared at once with what they were."""
Array = NDArray[np.generic]
Entry = dict[str, Any]


class _Mark(NamedTuple):
    """What was told of a variable: how many values and gradients, and all else that is known of it."""

    values: int
    gradients: int
    known: tuple[Any, ...]


_UNTOLD = _Mark(0, 0, ())


class _Told(NamedTuple):
    """A tensor, and the number under which it was told; it is held so that its ``id`` stays its own."""

    number: int
    data: TensorData


class _ToldHistory(NamedTuple):
    """A History, and the number under which it was told."""

    number: int
    history: History


class _Extent(NamedTuple):
    """How much of a History was told: so many runs, of so many bytes."""

    runs: int
    bytes: int


class _Seen(NamedTuple):
    """Rows of one kind as they were last time, how many there are now, and which of them differ: (place, row)."""

    known: list[Any]
    length: int
    changed: list[tuple[int, Any]]


class Entries:
    """Follows a recorder.

    Parameters
    ----------
    recorder : OpenRecorder
        Whose recording is being made.
    """

    def __init__(self, recorder: OpenRecorder) -> None:
        self._recorder = recorder
        self._draft = recorder.draft
        self._began = recorder.began
        self._arrived = 0
        self._unseen: list[int] = []
        self._seen: dict[str, list[Any]] = {}
        self._marks: list[_Mark] = []
        self._alive: set[int] = set()
        self._told: dict[str, Any] = {}
        self._tensors: dict[int, _Told] = {}
        self._fresh: list[TensorData] = []
        self._at: dict[tuple[int, int], int] = {}
        """Which tensor's elements lie at an address and take so many bytes: a History begins with those of another tensor."""
        self._histories: dict[int, _ToldHistory] = {}
        self._written: list[_Extent] = []
        """How much of each was told."""
        known = Known(self._number, _where, plain)
        self._kept_row, self._place = SAVED.telling(known), PLACE.telling(known)
        self._rows: dict[str, Callable[[Any], Any]] = {name: rows.telling(known) for name, rows in TABLES.items()}
        self._rows |= {"saved": self._kept, "inputs": int, "printed": str, "notes": str}

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever something is recorded."""
        draft = self._draft
        return (
            len(draft.values.drafts),
            len(draft.moments),
            len(draft.operations),
            len(draft.runs),
            len(draft.nodes),
            len(draft.printed),
            len(draft.notes),
            len(draft.calls),
            len(draft.reads),
        )

    def take(self) -> tuple[Entry, list[Array], Callable[[], None]]:
        """What is new, the arrays that belong to it, and what to call once it is written; else it comes again."""
        parts = self._draft.parts()
        entry: Entry = {}
        seen: list[_Seen] = []
        self._fresh = []
        for name, as_plain in self._rows.items():
            rows, known = parts[name], self._seen.setdefault(name, [])
            length = len(rows)
            changed = [(at, rows[at]) for at in _changed(rows, known, length)]
            if changed or length != len(known):
                entry[name] = (length, [(at, as_plain(item)) for at, item in changed])
                seen.append(_Seen(known, length, changed))
        variables, marks, alive = self._variables()
        if variables:
            entry["variables"] = variables
        told = self._small(parts)
        entry |= {name: item for name, item in told.items() if self._told.get(name) != item}
        for name in ("makers", "elsewhere"):
            kept = parts[name]
            before = self._told.get(f"{name} known", 0)
            if len(kept) > before:
                rest = [*islice(kept.items(), before, None)]
                entry[name] = [(key, self._place(item) if name == "elsewhere" else tuple(item)) for key, item in rest]
                told[f"{name} known"] = before + len(rest)
        tensors = self._fresh
        numbers, arrays = len(self._tensors) - len(tensors), _Arrays()
        if tensors:
            entry["tensors"] = (numbers, [self._tensor(item, arrays) for item in tensors])
        histories, grown = self._history_rows(arrays)
        if histories:
            entry["histories"] = histories

        def written() -> None:
            for known, length, changed in seen:
                del known[length:]
                for at, item in changed:
                    if at < len(known):
                        known[at] = item
                    else:
                        known.append(item)
            for number, mark in marks:
                if number < len(self._marks):
                    self._marks[number] = mark
                else:
                    self._marks.append(mark)
            self._told |= told
            self._written[:] = grown
            self._alive = alive

        return entry, arrays.blocks, written

    def undo(self) -> None:
        """What ``take`` returned was not written."""
        for item in self._fresh:
            self._tensors.pop(id(item), None)
        self._fresh = []
        told = len(self._written)
        self._histories = {key: item for key, item in self._histories.items() if item.number < told}
        known = len(self._tensors)
        self._at = {key: number for key, number in self._at.items() if number < known}

    def _small(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """The parts that are told as a whole when they have changed."""
        draft = self._draft
        arrived = draft.values.arrived[self._arrived :]
        self._arrived += len(arrived)
        for number in arrived:
            node = draft.values.drafts[number].node
            if node is not None and draft.nodes.sequence_number(node) >= self._began:
                self._unseen.append(number)
        held, wrappers = self._recorder.functions.marks()
        return {
            "accumulators": dict(parts["accumulators"]),
            "packed": bool(draft.saved.packed),
            "counters": COUNTERS.of(draft.snapshots),
            "unseen": tuple(self._unseen),
            "held": tuple(held),
            "wrappers": tuple(wrappers),
        }

    def _variables(self) -> tuple[list[Any], list[tuple[int, _Mark]], set[int]]:
        draft = self._draft
        length, known = len(draft.followed.variables), len(self._marks)
        alive = {item.id for item in tuple(draft.followed.alive())}
        wanted = sorted(number for number in alive | self._alive if number < known)
        found: list[Any] = []
        marks: list[tuple[int, _Mark]] = []
        for number in (*wanted, *range(known, length)):
            item = draft.followed.variables[number]
            mark = _Mark(len(item.values), len(item.gradients), VARIABLE.of(item))
            before = self._marks[number] if number < known else _UNTOLD
            if number < known and mark == before:
                continue
            found.append(
                (
                    number,
                    mark.known,
                    item.values[before.values : mark.values],
                    [(at, self._number(data)) for at, data in item.gradients[before.gradients : mark.gradients]],
                )
            )
            marks.append((number, mark))
        return found, marks, alive

    # Rows --------------------------------------------------------------------------------------------------------

    def _number(self, data: TensorData | None) -> int | None:
        if data is None:
            return None
        known = self._tensors.get(id(data))
        if known is None:
            known = self._tensors[id(data)] = _Told(len(self._tensors), data)
            self._fresh.append(data)
        return known.number

    def _tensor(self, data: TensorData, arrays: _Arrays) -> tuple[Any, ...]:
        if isinstance(data, Written):
            told = self._histories.setdefault(id(data.history), _ToldHistory(len(self._histories), data.history))
            return data.shape, data.dtype, None, None, (told.number, data.runs, data.kind.str, data.offset, data.strides)
        array, kept = data.array, data.kept
        if array is not None and array.nbytes >= _SHARED and array.flags.c_contiguous:
            self._at[array.ctypes.data, array.nbytes] = self._tensors[id(data)].number
        return (
            data.shape,
            data.dtype,
            None if array is None else arrays.add(array),
            None if kept is None else (SUMMARY.of(kept), None if kept.corner is None else arrays.add(kept.corner)),
            None,
        )

    def _history_rows(self, arrays: _Arrays) -> tuple[list[Any], list[_Extent]]:
        """What was written since then to tensors of which the elements are kept once, followed by what each write put where."""
        rows: list[Any] = []
        grown: list[_Extent] = []
        for number, history in self._histories.values():
            known = number < len(self._written)
            first, begin = self._written[number] if known else (0, 0)
            last = len(history.ends)
            end = int(history.ends[last - 1]) * history.base.itemsize if last else 0
            grown.append(_Extent(last, end))
            if known and last == first:
                continue
            base: Any = None
            if not known:
                same = self._at.get((history.base.ctypes.data, history.base.nbytes))
                base = arrays.add(history.base) if same is None else (same, history.base.dtype.str)
            rows.append(
                (
                    number,
                    base,
                    history.starts[first:last].tobytes(),
                    history.ends[first:last].tobytes(),
                    bytes(history.elements[begin:end]),
                )
            )
        return rows, grown

    def _kept(self, item: Iterable[Saved]) -> list[Any]:
        return [self._kept_row(part) for part in item]


class _Arrays:
    """Blocks of bytes, one behind the other."""

    def __init__(self) -> None:
        self.blocks: list[Array] = []
        self._size = 0

    def add(self, array: Array) -> tuple[str, tuple[int, ...], int]:
        whole = array if array.flags.c_contiguous else np.ascontiguousarray(array)
        at, self._size = self._size, self._size + whole.nbytes
        self.blocks.append(whole)
        return array.dtype.str, array.shape, at


def _changed(rows: list[Any], known: list[Any], length: int) -> list[int]:
    """Where ``rows`` are not what they were. Most are the same objects as before, so whole blocks are compared."""
    found: list[int] = []
    common = min(length, len(known))
    for start in range(0, common, _BLOCK):
        end = min(start + _BLOCK, common)
        if rows[start:end] != known[start:end]:
            found += [at for at in range(start, end) if rows[at] is not known[at]]
    return [*found, *range(common, length)]


def _where(span: Span | None) -> tuple[int, ...] | None:
    return None if span is None else SPAN.of(span)


def plain(item: object) -> Any:
    """A constant of which marshal can write every part."""
    kind = type(item)
    if item is None or kind in (int, float, str, bool, complex):
        return item
    if isinstance(item, tuple | list):
        return tuple(plain(part) for part in item)
    if isinstance(item, int):
        return int(item)
    return float(item) if isinstance(item, float) else complex(item) if isinstance(item, complex) else str(item)
