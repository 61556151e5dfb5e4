"""A Recording as tables of plain columns and one block of bytes, and back. The layout is told in ``docs/file-format.md``."""

from __future__ import annotations

import math
from array import array as Numbers
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.recording import History, Packed, Recording, Span, Summary, TensorData, Written

ALIGNMENT = 8
"""Every array begins at a multiple of this many bytes."""
_SHARED = 2048
"""Bytes from which on it is looked whether two arrays are over the same memory."""


class Writer:
    """Collects tensors, arrays and spans once each, and turns parts of a recording into rows of plain JSON."""

    def __init__(self) -> None:
        self.tensors: list[TensorData] = []
        self.arrays: list[NDArray[np.generic] | Packed] = []
        """Of a Packed one the array is made when it is written."""
        self.spans: list[list[int]] = []
        self._offsets = Numbers("q")
        self._own = Numbers("q")
        """The arrays whose bytes are written; others are over the memory of one of these."""
        self.size = 0
        self._known: dict[int, int] = {}
        self._known_arrays: dict[int, int] = {}
        self._known_memory: dict[tuple[int, int], int] = {}
        self._known_spans: dict[int, int] = {}
        self.histories: list[tuple[NDArray[np.generic], ...]] = []
        self._known_histories: dict[int, int] = {}

    def tensor(self, data: TensorData | None) -> int | None:
        """Number of a tensor; the same object gets the same number."""
        if data is None:
            return None
        known = self._known.get(id(data))
        if known is None:
            known = self._known[id(data)] = len(self.tensors)
            self.tensors.append(data)
            if isinstance(data, Written):
                self._history(data.history)
        return known

    def tensor_list(self, parts: Iterable[TensorData | None]) -> list[int | None]:
        """Numbers of several."""
        return [self.tensor(part) for part in parts]

    def tensors_table(self) -> dict[str, Column]:
        """The tensors numbered so far."""
        found = self.tensors

        def arrays() -> Iterator[int | None]:
            for data in found:
                if isinstance(data, Packed):
                    yield self._packed(data)
                    continue
                array = None if isinstance(data, Written) else data.array
                yield None if array is None else self.array(array)

        made: dict[str, Column] = {
            "dtype": lambda: (data.dtype for data in found),
            "shape": lambda: (data.shape for data in found),
            "array": arrays,
            "summary": lambda: (self._summary(data.kept) for data in found),
        }
        if self.histories:  # which older readers do not know
            made["written"] = lambda: (
                [self._history(data.history), data.runs, data.offset, data.strides] if isinstance(data, Written) else None
                for data in found
            )
        return made

    def histories_table(self) -> dict[str, Column]:
        """The histories of these."""
        made = [[self.array(part) for part in parts] for parts in self.histories]
        return _table(HISTORIES, *(partial(_column, made, at) for at in range(4)))

    def arrays_column(self, at: int) -> Iterator[Any]:
        """Of all arrays numbered so far: how the elements are stored, the shape, where they begin."""
        for number, item in enumerate(self.arrays):
            array = _array(item)
            yield (_stored(array).str, array.shape, self._offsets[number])[at]

    def blocks(self) -> Iterator[bytes]:
        """Their bytes, once all have been numbered."""
        for number in self._own:
            array = _array(self.arrays[number])
            block = np.ascontiguousarray(array, _stored(array)).tobytes()
            yield block + bytes(-len(block) % ALIGNMENT)

    def _history(self, history: History) -> int:
        known = self._known_histories.get(id(history))
        if known is None:
            known = self._known_histories[id(history)] = len(self.histories)
            parts = (
                np.frombuffer(history.starts, np.int64),
                np.frombuffer(history.ends, np.int64),
                np.frombuffer(history.elements, history.base.dtype),
            )
            self.histories.append((history.base, *parts))
        return known

    def array(self, array: NDArray[np.generic]) -> int:
        """Number of an array, whose bytes are in C order, little endian."""
        known = self._known_arrays.get(id(array))
        if known is None:
            known = self._known_arrays[id(array)] = self._add(array, array.nbytes, _memory(array))
        return known

    def _packed(self, data: Packed) -> int:
        if type(data) is Packed:
            return self._add(data, len(data.elements), None)
        array = data.array
        return self._add(data, array.nbytes, _memory(array))

    def _add(self, item: NDArray[np.generic] | Packed, size: int, key: tuple[int, int] | None) -> int:
        """Give it a number, and a place in the file: that of the same memory, if that was there before."""
        number = len(self.arrays)
        self.arrays.append(item)
        offset = None if key is None else self._known_memory.get(key)
        if offset is None:
            offset = self.size
            self._own.append(number)
            self.size += size + -size % ALIGNMENT
            if key is not None:
                self._known_memory[key] = offset
        self._offsets.append(offset)
        return number

    def _summary(self, kept: Summary | None) -> list[Any] | None:
        if kept is None:
            return None
        numbers = [constant(item) for item in (kept.minimum, kept.maximum, kept.mean, kept.std, kept.norm)]
        corner = None if kept.corner is None else self.array(kept.corner)
        return [*numbers, kept.nan, kept.infinite, list(kept.counts), corner]

    def span(self, span: Span | None) -> int | None:
        """Number of a span; the same object gets the same number."""
        if span is None:
            return None
        known = self._known_spans.get(id(span))
        if known is None:
            known = self._known_spans[id(span)] = len(self.spans)
            self.spans.append([span.line, span.column, span.end_line, span.end_column])
        return known


def _memory(array: NDArray[np.generic]) -> tuple[int, int] | None:
    """By which another array over the same memory is known: it is in the file once. None for what is too small for that."""
    return (array.ctypes.data, array.nbytes) if array.nbytes >= _SHARED and array.flags.c_contiguous else None


def _array(item: NDArray[np.generic] | Packed) -> NDArray[np.generic]:
    return item.array if isinstance(item, Packed) else item


def _stored(array: NDArray[np.generic]) -> np.dtype[Any]:
    """Little endian."""
    return array.dtype.newbyteorder("<")


def _column(rows: list[list[int]], at: int) -> Iterator[int]:
    return (row[at] for row in rows)


def constant(item: object) -> Any:
    """A constant as JSON: what JSON lacks is an object with one key that says what it is."""
    if item is None or isinstance(item, bool | int | str):
        return item
    if isinstance(item, float):
        return item if math.isfinite(item) else {"float": repr(item)}
    if isinstance(item, complex):
        return {"complex": [constant(item.real), constant(item.imag)]}
    if isinstance(item, tuple | list):
        return {"tuple": [constant(part) for part in item]}
    return str(item)


VALUES = "variable version name data requires_grad leaf node output operation"
VARIABLES = "name values gradients gradient_of"
OPERATIONS = "name inputs outputs nodes span creation inplace grad_enabled call direct"
NODES = "name edges operation variable saved made_in made_by"
PASSES = "roots seeds span retain_graph create_graph accumulates captured"
RUNS = "pass node incoming outgoing local grad_before grad_after completed"
MOMENTS = "kind phase subject span text"
CALLS = "name type parent optimizer"
HISTORIES = "base starts ends elements"
ELSEWHERE = "operation file line text direct"
READS = "value how moments span"


Column = Callable[[], Iterator[Any]]
"""Gives the entries of a column, when they are written: a long recording's tables are never in memory as a whole."""


def to_tables(recording: Recording) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The document, whose columns are made when they are written, in the order in which they stand here; then its arrays."""
    writer = Writer()
    tensor, tensors, span = writer.tensor, writer.tensor_list, writer.span
    values, variables, operations, nodes = recording.values, recording.variables, recording.operations, recording.nodes
    passes, runs, moments, calls, elsewhere = (
        recording.passes,
        recording.runs,
        recording.moments,
        recording.calls,
        recording.elsewhere,
    )
    reads = recording.reads
    document: dict[str, Any] = {
        "text": recording.text,
        "source": recording.source,
        "printed": recording.printed,
        "failed": recording.failed,
        "notes": list(recording.notes),
        "inputs": list(recording.inputs),
        "values": _table(
            VALUES,
            lambda: (item.variable for item in values),
            lambda: (item.version for item in values),
            lambda: (item.name for item in values),
            lambda: (tensor(item.data) for item in values),
            lambda: (item.requires_grad for item in values),
            lambda: (item.leaf for item in values),
            lambda: (item.node for item in values),
            lambda: (item.output for item in values),
            lambda: (item.operation for item in values),
        ),
        "variables": _table(
            VARIABLES,
            lambda: (item.name for item in variables),
            lambda: (item.values for item in variables),
            lambda: ([[at, tensor(data)] for at, data in item.gradients] for item in variables),
            lambda: (item.gradient_of for item in variables),
        ),
        "operations": _table(
            OPERATIONS,
            lambda: (item.name for item in operations),
            lambda: ([_argument(part) for part in item.inputs] for item in operations),
            lambda: (item.outputs for item in operations),
            lambda: (item.nodes for item in operations),
            lambda: (span(item.span) for item in operations),
            lambda: (item.creation for item in operations),
            lambda: (item.inplace for item in operations),
            lambda: (item.grad_enabled for item in operations),
            lambda: (item.call for item in operations),
            lambda: (item.direct for item in operations),
        ),
        "nodes": _table(
            NODES,
            lambda: (item.name for item in nodes),
            lambda: ([[edge.slot, edge.to, edge.output] for edge in item.edges] for item in nodes),
            lambda: (item.operation for item in nodes),
            lambda: (item.variable for item in nodes),
            lambda: (
                [[part.name, part.value, tensor(part.data), constant(part.constant)] for part in item.saved] for item in nodes
            ),
            lambda: (item.made_in for item in nodes),
            lambda: (item.made_by for item in nodes),
        ),
        "passes": _table(
            PASSES,
            lambda: (item.roots for item in passes),
            lambda: (tensors(item.seeds) for item in passes),
            lambda: (span(item.span) for item in passes),
            lambda: (item.retain_graph for item in passes),
            lambda: (item.create_graph for item in passes),
            lambda: (item.accumulates for item in passes),
            lambda: ([[value, tensor(part)] for value, part in item.captured] for item in passes),
        ),
        "runs": _table(
            RUNS,
            lambda: (item.pass_id for item in runs),
            lambda: (item.node for item in runs),
            lambda: (tensors(item.incoming) for item in runs),
            lambda: (tensors(item.outgoing) for item in runs),
            lambda: (tensors(item.local) for item in runs),
            lambda: (tensor(item.grad_before) for item in runs),
            lambda: (tensor(item.grad_after) for item in runs),
            lambda: (item.completed for item in runs),
        ),
        "moments": _table(
            MOMENTS,
            lambda: (item.kind for item in moments),
            lambda: (item.phase for item in moments),
            lambda: (item.subject for item in moments),
            lambda: (span(item.span) for item in moments),
            lambda: (item.text for item in moments),
        ),
        "calls": _table(
            CALLS,
            lambda: (item.name for item in calls),
            lambda: (item.type for item in calls),
            lambda: (item.parent for item in calls),
            lambda: (item.optimizer for item in calls),
        ),
        "elsewhere": _table(
            ELSEWHERE,
            lambda: iter(elsewhere),
            lambda: (item.file for item in elsewhere.values()),
            lambda: (item.line for item in elsewhere.values()),
            lambda: (item.text for item in elsewhere.values()),
            lambda: (item.direct for item in elsewhere.values()),
        ),
        "reads": _table(
            READS,
            lambda: (item.value for item in reads),
            lambda: (item.how for item in reads),
            lambda: (item.moments for item in reads),
            lambda: (span(item.span) for item in reads),
        ),
        # All that refers to tensors stands before them, and what they refer to behind.
        "tensors": writer.tensors_table,
        "histories": lambda: writer.histories_table() if writer.histories else None,
        "arrays": lambda: _table("type shape offset", *(partial(writer.arrays_column, at) for at in range(3))),
        "spans": lambda: writer.spans,
    }
    return document, writer.blocks()


def _table(names: str, *found: Column) -> dict[str, Column]:
    return dict(zip(names.split(), found, strict=True))


def _argument(item: Any) -> list[Any]:
    return [item.value, constant(item.constant), item.keyword]
