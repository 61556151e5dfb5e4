"""What the rows of a file's tables refer to by number, read and checked: spans, arrays, histories and tensors."""

from __future__ import annotations

import math
from array import array as Numbers
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat, starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.files import schema
from engine.files.columns import REQUIRED, Column, Table
from engine.files.kinds import MOST_DIMENSIONS, array_type
from engine.files.tables import ALIGNMENT
from engine.files.values import LARGEST_INTEGER, LongList, Malformed, listing, need, whole
from engine.tables import STORED, Filed, History, Span, Summary, TensorData, Written, kind_of_dtype


def columns_of(document: dict[str, Any], table: Table) -> tuple[dict[str, list[Any] | LongList], int]:
    """The columns of a table that the document has, by name, and how many rows they have. Raises Malformed.

    Others than the schema's are left alone, and those that a file may lack are not there.
    """
    if table.optional and table.name not in document:
        return {column.name: [] for column in table.all_columns}, 0
    found = document.get(table.name)
    if type(found) is not dict:
        raise Malformed(f"there is no table “{table.name}”")
    listed: dict[str, list[Any] | LongList] = {}
    for column in table.all_columns:
        where = f"{table.name}.{column.name}"
        if column.name in found:
            item = found[column.name]
            listed[column.name] = item if type(item) is LongList else listing(item, where)
        else:
            need(column.default is not REQUIRED, f"there is no column “{where}”")
    lengths = {len(item) for item in listed.values()}
    need(len(lengths) <= 1, f"the columns of “{table.name}” have different lengths")
    return listed, max(lengths, default=0)


class Stored:
    """Reads what others refer to, and then the rows of any table; calls ``between`` between two tables.

    Parameters
    ----------
    document : dict
        As JSON says it.
    block : bytes
        All arrays.
    between : callable
        May raise, to end it.

    Attributes
    ----------
    lost_spans : int
        How many lie outside of the text, so that they are None.
    """

    def __init__(self, document: dict[str, Any], block: bytes, between: Callable[[], object]) -> None:
        self._document = document
        self._block = block
        self._counts = {table.name: columns_of(document, table)[1] for table in schema.TABLES}
        self.numbers: Sequence[int] = [*range(max(self._counts.values()) + 2)]
        self.size = len(block)
        self.lost_spans = 0
        self._lines = str(self.entry(schema.PROGRAM_TEXT)).split("\n")
        self.spans: Sequence[Span | None] = [self._span(item) for item in self.entry(schema.SPANS)]
        between()
        self._kinds: list[np.dtype[Any]] = []
        self._lengths: list[tuple[int, ...]] = []
        self._offsets = Numbers("q")
        for row in self._cells(schema.ARRAYS, "type shape offset"):
            self._place(*row)
        self._counts[schema.ARRAYS.name] = len(self._kinds)
        between()
        self.histories: Sequence[History] = [
            self._history(*row) for row in self._cells(schema.HISTORIES, "base starts ends elements")
        ]
        between()
        self.tensors: Sequence[TensorData] = self._all_tensors()

    def count(self, table: str) -> int:
        """Rows of a table."""
        return self._counts[table]

    def array(self, number: int) -> NDArray[np.generic]:
        """One of the arrays, read-only."""
        return np.ndarray(self._lengths[number], self._kinds[number], self._block, self._offsets[number])

    def entry(self, column: Column) -> Any:
        """What the document itself says. Raises Malformed."""
        item = self._document.get(column.name, column.default)
        need(item is not REQUIRED, f"there is no “{column.name}”")
        return column.kind.reading(self, column.name)(item)

    def rows(self, table: Table) -> Iterator[Any]:
        """The rows of one of the recording's tables, one by one; with the key, where the table has one. Raises Malformed."""
        assert table.model is not None
        columns, length = self._columns(table)
        key = None if table.key is None else columns.pop(0)
        fields = [columns[place] for place in table.places]
        if table.numbered:
            fields.insert(0, islice(self.numbers, length))
        rows = starmap(table.model, zip(*fields, strict=True))
        return rows if key is None else zip(key, rows, strict=True)

    def _cells(self, table: Table, names: str) -> Iterator[tuple[Any, ...]]:
        """Rows of the columns of these names, in that order; what else the schema has is not looked at."""
        columns = dict(zip([column.name for column in table.all_columns], self._columns(table)[0], strict=True))
        return zip(*[columns[name] for name in names.split()], strict=True)

    def _all_tensors(self) -> list[TensorData]:
        """Each in the form in which it is stored; then columns that say more of all of them are put into their fields."""
        forms = "dtype shape array summary written"
        made = [*starmap(self._tensor, self._cells(schema.TENSORS, forms))]
        for column in schema.TENSORS.columns:
            if column.name not in forms.split():
                for data, (item,) in zip(made, self._cells(schema.TENSORS, column.name), strict=True):
                    object.__setattr__(data, column.source, item)
        return made

    def _columns(self, table: Table) -> tuple[list[Iterator[Any]], int]:
        """What is in each column, read and checked when it is asked for; how many rows there are."""
        listed, length = columns_of(self._document, table)
        made: list[Iterator[Any]] = []
        for column in table.all_columns:
            read = column.kind.reading(self, f"{table.name}.{column.name}")
            entries = listed.get(column.name)
            made.append(repeat(read(column.default), length) if entries is None else map(read, entries))
        return made, length

    def _span(self, span: Span) -> Span | None:
        lines, line, end = self._lines, span.line, span.end_line
        if end > len(lines) or (end, span.end_column) < (line, span.column):
            self.lost_spans += 1
            return None
        if span.column > len(lines[line - 1]) + 1 or span.end_column > len(lines[end - 1]) + 1:
            self.lost_spans += 1
            return None
        return span

    def _place(self, dtype: np.dtype[Any], lengths: tuple[int, ...], start: int) -> None:
        """Where an array lies, and how."""
        size = math.prod(lengths)
        inside = start % ALIGNMENT == 0 and size * dtype.itemsize <= len(self._block) - start
        need(inside, "an array lies outside the file's data")
        if not size:
            start = 0
            need(max(lengths, default=0) < LARGEST_INTEGER // 16, "an empty tensor has an impossible shape")
            np.zeros(lengths, dtype)  # raises what numpy would raise whenever it is asked for
        self._kinds.append(dtype)
        self._lengths.append(lengths)
        self._offsets.append(start)

    def _history(self, *parts: NDArray[np.generic]) -> History:
        base, starts, ends, elements = parts
        need(base.ndim == starts.ndim == ends.ndim == elements.ndim == 1, "a history is not of one dimension")
        need(starts.dtype == ends.dtype == np.dtype("<i8") and base.dtype == elements.dtype, "a history is of the wrong types")
        need(len(starts) == len(ends) and (int(ends[-1]) if len(ends) else 0) == len(elements), "a history is not whole")
        lengths = np.diff(ends.astype(np.int64), prepend=0)
        places = starts.astype(np.int64)
        inside = (lengths > 0) & (lengths <= len(base)) & (places >= 0) & (places <= len(base) - lengths)
        need(bool(inside.all()), "a history writes outside of its tensor")
        return History(base, starts, ends, elements)

    def _written(self, name: str, shape: tuple[int, ...], part: tuple[History, int, int, tuple[int, ...]]) -> Written:
        history, runs, begin, steps = part
        kind = np.dtype(STORED.get(name, "<f4"))
        need(len(steps) == len(shape) and runs <= history.runs, "a tensor is none of those that were written")
        last = begin + kind.itemsize + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
        need(all(n > 0 for n in shape) and last <= history.base.nbytes, "a tensor lies outside of what was written")
        return Written(shape, name, history, runs, kind, begin, steps)

    def _tensor(self, name: str, shape: tuple[int, ...], number: int | None, summary: Summary | None, written: Any) -> TensorData:
        if written is not None:
            return self._written(name, shape, written)
        if number is None:
            need(summary is not None, "a tensor has neither elements nor a summary")
            return TensorData(shape, name, None, summary)
        need(self._lengths[number] == shape, "an array has another shape than its tensor")
        kind = self._kinds[number]
        if kind is not kind_of_dtype(name) and kind != kind_of_dtype(name):
            raise Malformed(f"a tensor of {name} is stored as {kind.str}")
        return Filed(shape, name, self._block, self._offsets[number])


def extent(document: dict[str, Any]) -> int:
    """Bytes up to the end of the last array. Raises Malformed."""
    end = 0
    columns, _ = columns_of(document, schema.ARRAYS)
    for kind, shape, offset in zip(*columns.values(), strict=True):
        lengths = listing(shape, "arrays.shape")[:MOST_DIMENSIONS]  # of what has more, no array is made
        size = math.prod([whole(part, "arrays.shape") for part in lengths]) * array_type(kind).itemsize
        end = max(end, whole(offset, "arrays.offset") + size)
    return end
