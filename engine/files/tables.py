"""A Recording as the schema's tables of plain columns, which are made when they are written, and one block of bytes."""

from __future__ import annotations

from array import array as Numbers
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.files import schema
from engine.files.columns import Column, Table
from engine.tables import History, Packed, Span, Tables, TensorData, Written, kind_of_dtype

ALIGNMENT = 8
"""Every array begins at a multiple of this many bytes."""
_SHARED = 2048
"""Bytes from which on it is looked whether two arrays are over the same memory."""

Entries = Callable[[], Iterator[Any]]
"""Gives the entries of a column, when they are written: a long recording's tables are never in memory as a whole."""


class Writer:
    """Numbers tensors, arrays, histories and spans, each once, and makes the tables of these."""

    def __init__(self) -> None:
        self.tensors: list[TensorData] = []
        self.arrays: list[NDArray[np.generic] | Packed] = []
        """The array of a Packed one is made when it is written."""
        self.spans: list[Span] = []
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
                self.history(data.history)
        return known

    def array(self, array: NDArray[np.generic]) -> int:
        """Number of an array, whose bytes are in C order, little endian."""
        known = self._known_arrays.get(id(array))
        if known is None:
            known = self._known_arrays[id(array)] = self._add(array, array.nbytes, _memory(array))
        return known

    def history(self, history: History) -> int:
        """Number of a history."""
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

    def span(self, span: Span | None) -> int | None:
        """Number of a span; the same object gets the same number."""
        if span is None:
            return None
        known = self._known_spans.get(id(span))
        if known is None:
            known = self._known_spans[id(span)] = len(self.spans)
            self.spans.append(span)
        return known

    def rows(self, table: Table, rows: Any, **taken: Entries) -> dict[str, Entries]:
        """A table of objects of the model, or of a mapping to such; ``taken`` are columns that are no field of them."""
        made: dict[str, Entries] = {}
        if table.key is not None:
            made[table.key.name], rows = partial(iter, rows), rows.values()

        def entries(column: Column) -> Iterator[Any]:
            write = column.kind.writing(self)
            found = taken[column.name]() if column.name in taken else map(attrgetter(column.source), rows)
            return found if write is None else map(write, found)

        return made | {column.name: partial(entries, column) for column in table.columns}

    # Of what is numbered, once all that refers to it has been written ----------------------------------------------

    def tensors_table(self) -> dict[str, Entries]:
        """The tensors numbered so far."""

        def arrays() -> Iterator[int | None]:
            for data in self.tensors:
                if isinstance(data, Packed):
                    yield self._packed(data)
                    continue
                array = None if isinstance(data, Written) else data.array
                yield None if array is None else self.array(array)

        def parts() -> Iterator[Written | None]:
            return (data if isinstance(data, Written) else None for data in self.tensors)

        made = self.rows(schema.TENSORS, self.tensors, array=arrays, written=parts)
        if not self.histories:  # readers of before them do not know the column
            del made["written"]
        return made

    def histories_table(self) -> dict[str, Entries] | None:
        """The histories of these; None if there are none."""
        numbers = [[self.array(part) for part in parts] for parts in self.histories]
        columns = zip(schema.HISTORIES.columns, zip(*numbers, strict=True), strict=bool(numbers))
        return {column.name: partial(iter, listed) for column, listed in columns} or None

    def arrays_table(self) -> dict[str, Entries]:
        """All arrays numbered so far: how the elements are stored, the shape, where they begin."""

        def types() -> Iterator[str]:  # without making the arrays of those that are packed
            for item in self.arrays:
                yield _stored(kind_of_dtype(item.dtype) if isinstance(item, Packed) else item.dtype).str

        made: dict[str, Entries] = {
            "type": types,
            "shape": lambda: (item.shape for item in self.arrays),
            "offset": lambda: iter(self._offsets),
        }
        return {column.name: made[column.name] for column in schema.ARRAYS.columns}

    def spans_list(self) -> list[Any]:
        """All spans numbered so far."""
        write = schema.SPANS.kind.writing(self)
        assert write is not None
        return write(self.spans)  # type: ignore[no-any-return]

    def blocks(self) -> Iterator[bytes]:
        """The bytes of the arrays, once all have been numbered."""
        for number in self._own:
            item = self.arrays[number]
            array = item.array if isinstance(item, Packed) else item
            block = np.ascontiguousarray(array, _stored(array.dtype)).tobytes()
            yield block + bytes(-len(block) % ALIGNMENT)

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


def _memory(array: NDArray[np.generic]) -> tuple[int, int] | None:
    """The key of an array's memory, which is in the file once. None for an array that is too small for that."""
    return (array.ctypes.data, array.nbytes) if array.nbytes >= _SHARED and array.flags.c_contiguous else None


def _stored(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Little endian."""
    return kind.newbyteorder("<")


def to_tables(recording: Tables) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The document, whose columns are made when they are written, in the order in which they stand here; then its arrays."""
    writer = Writer()
    document: dict[str, Any] = {}
    for entry in schema.ENTRIES:
        said, write = getattr(recording, entry.source), entry.kind.writing(writer)
        said = said if write is None else write(said)
        document[entry.name] = list(said) if isinstance(said, tuple) else said
    for table in schema.TABLES:
        document[table.name] = writer.rows(table, getattr(recording, table.name))
    # Everything that refers to tensors comes before them, and what they refer to comes after.
    document["tensors"] = writer.tensors_table
    document["histories"] = writer.histories_table
    document["arrays"] = writer.arrays_table
    document["spans"] = writer.spans_list
    return document, writer.blocks()
