"""Parquet files: what their metadata say is checked before a row is read, columns are read in stretches. pyarrow reads them.

It is an extra, ``gradwalk[parquet]``, and imported when the first such file is opened; docs/packaging.md says why.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engine.runtime.errors import Cancelled
from engine.runtime.said import cut
from engine.training.table_files import form
from engine.training.table_files.form import GREATEST, Cancel, Columns, FileForm, FileRefused, Progress, file_name

MARK = b"PAR1"
"""The first and the last bytes of each."""
MOST_METADATA = 16 * 1024 * 1024
"""Bytes that may stand at a file's end: they are read as a whole."""
A_VALUE = 64
"""Bytes that one number may take unpacked, its mark of being there included: the longest decimal takes 36."""
BESIDE = 16 * 1024 * 1024
"""Bytes of a dictionary and of page headers, which the values come on top of."""
AT_ONCE = 65_536
"""Rows that are read at once."""
LONGEST_CELL = 40
"""Characters of a cell that are shown."""


def look(path: str, size: int) -> FileForm:
    """As ``engine.training.look``."""
    with _opened(path, size) as file:
        arrow, metadata = file.schema_arrow, file.metadata
        names = tuple(name or f"column {place + 1}" for place, name in enumerate(arrow.names))
        numeric = tuple(_is_number(kind) for kind in arrow.types)
        if not metadata.num_rows:
            raise FileRefused(f"{file_name(path)} holds names only, and no rows. Choose a file with a row for each example.")
        kinds = tuple(f"has {_kind(kind)}" for kind in arrow.types)
        if sum(numeric) > 1:
            _check_sizes(path, file, [place for place, is_number in enumerate(numeric) if is_number])
        rows = _first_rows(path, file)
        said = (
            f"Parquet, {metadata.num_rows:,} rows in {metadata.num_row_groups:,} "
            f"group{'s' if metadata.num_row_groups != 1 else ''}, {len(names):,} columns"
        )
    return FileForm(path, size, "", "", "", "yes", names, numeric, rows, "parquet", said, kinds)


def read_columns(
    path: str, size: int, wanted: Sequence[int], cancel: Cancel | None = None, progress: Progress | None = None
) -> Columns:
    """As ``engine.training.table_files.reading.read_columns``, of the columns with the numbers ``wanted``."""
    numbers, left_out = array("d"), array("q")
    with _opened(path, size) as file:
        arrow, rows = file.schema_arrow, file.metadata.num_rows
        if max(wanted) >= len(arrow.names):
            raise form.no_column(path, wanted, len(arrow.names))
        names = [arrow.names[place] for place in wanted]
        called = tuple(name or f"column {place + 1}" for place, name in zip(wanted, names, strict=True))
        for place, name in zip(wanted, called, strict=True):
            if not _is_number(arrow.types[place]):
                kind = _kind(arrow.types[place])
                raise FileRefused(f"{file_name(path)}: column {cut(name, 60)!r} holds {kind}, no numbers. Choose another column.")
        _check_sizes(path, file, wanted)
        done = 0
        for batch in file.iter_batches(AT_ONCE, columns=list(dict.fromkeys(names)), use_threads=False):
            if cancel is not None and cancel():
                raise Cancelled
            table = np.column_stack([_numbers(batch.column(name)) for name in names])
            _check_finite(path, table, called, done)
            lacks = np.isnan(table).any(1)
            left_out.extend((np.flatnonzero(lacks) + done + 1).tolist())
            numbers.frombytes(np.ascontiguousarray(table[~lacks]).tobytes())
            done += len(table)
            if done > rows:
                break
            if progress is not None:
                progress(done, rows)
        if done != rows:
            raise _damaged(path, f"it says that it has {rows:,} rows, and has {'more' if done > rows else f'{done:,}'}")
    found = np.frombuffer(numbers, np.float64).reshape(-1, len(names)).copy()
    return form.columns_read(path, found, called, left_out)


@contextmanager
def _opened(path: str, size: int) -> Iterator[Any]:
    """A pyarrow.parquet.ParquetFile whose metadata have been checked; what goes wrong while it is read is told in words."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise FileRefused(
            f"{file_name(path)} is a Parquet file. To read such files install pyarrow (pip install pyarrow) into the Python that "
            "runs Gradwalk, which the packaged program has no place for; or write it as CSV, with pandas: "
            "pandas.read_parquet(…).to_csv(…, index=False)."
        ) from None
    try:
        _check_end(path, size)
        with parquet.ParquetFile(
            path,
            memory_map=False,
            buffer_size=1 << 20,
            pre_buffer=False,
            thrift_string_size_limit=MOST_METADATA,
            thrift_container_size_limit=MOST_METADATA,
        ) as file:
            metadata = file.metadata
            form.check_width(path, len(file.schema_arrow.names))
            form.check_width(path, metadata.num_columns)
            if metadata.num_rows > form.MOST_ROWS:
                raise form.too_many_rows(path)
            form.check_names(path, file.schema_arrow.names)
            yield file
    except (FileRefused, Cancelled):
        raise
    except pyarrow.ArrowNotImplementedError as error:
        raise FileRefused(
            f"{file_name(path)} is written in a way that pyarrow {pyarrow.__version__} cannot read ({_first_line(error)}). "
            "Write it anew, or as CSV."
        ) from None
    except MemoryError:
        raise _damaged(path, "it needs more memory than there is") from None
    except OSError as error:  # which pyarrow's errors of a file's content are, too
        if error.errno is not None:
            raise form.unread(path, error) from None
        raise _damaged(path, _first_line(error)) from None
    except (pyarrow.ArrowException, ValueError, KeyError, OverflowError) as error:
        raise _damaged(path, _first_line(error)) from None


def _check_end(path: str, size: int) -> None:
    """Before the metadata are read: how long they are, by the last bytes of the file."""
    with Path(path).open("rb") as file:
        file.seek(max(0, size - 8))
        end = file.read(8)
    if len(end) < 8 or end[4:] != MARK:
        raise _damaged(path, "its end is missing")
    length = int.from_bytes(end[:4], "little")
    if length > min(size - 8, MOST_METADATA):
        raise _damaged(path, f"its metadata would take {length:,} bytes")


def _check_sizes(path: str, file: Any, places: Sequence[int]) -> None:
    """That no column unpacks to more than its numbers take: a small file can say that it holds gigabytes."""
    metadata, arrow = file.metadata, file.schema_arrow
    wanted = {arrow.names[place] for place in places}
    groups = 0
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        groups += group.num_rows
        for column in range(group.num_columns):
            chunk = group.column(column)
            if chunk.path_in_schema in wanted and not 0 <= chunk.total_uncompressed_size <= A_VALUE * group.num_rows + BESIDE:
                raise _damaged(
                    path,
                    f"column {cut(chunk.path_in_schema, 60)!r} would take {chunk.total_uncompressed_size:,} bytes "
                    f"for {group.num_rows:,} numbers",
                )
    if groups != metadata.num_rows:
        raise _damaged(path, f"it says that it has {metadata.num_rows:,} rows, and its groups have {groups:,}")


def _check_finite(path: str, table: Any, names: Sequence[str], before: int) -> None:
    bad = np.abs(table) > GREATEST
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        raise FileRefused(
            f"{file_name(path)}, row {before + row + 1:,}, column {cut(names[column], 60)!r}: '{table[row, column]:g}' is beyond "
            "what float32 can hold. Mend or empty that cell."
        )


def _numbers(column: Any) -> Any:
    """As float64, nan where there is no value."""
    return column.cast("float64", safe=False).to_numpy(zero_copy_only=False)


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind))


def _kind(kind: Any) -> str:
    """What a column of this type holds, in words."""
    from pyarrow import types

    named = (
        (_is_number, "numbers"),
        (types.is_dictionary, "categories"),
        (lambda kind: types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind), "text"),
        (types.is_temporal, "dates or times"),
        (types.is_nested, "lists or records"),
        (types.is_null, "nothing"),
    )
    return next((words for is_such, words in named if is_such(kind)), "bytes")


def _first_rows(path: str, file: Any) -> tuple[tuple[str, ...], ...]:
    """The first rows as texts: numbers as they are, of text the beginning, of what is nested that it is."""
    arrow = file.schema_arrow
    numbers = [name for name, kind in zip(arrow.names, arrow.types, strict=True) if _is_number(kind)]
    cells: list[list[str]] = [[_kind(kind) if not _is_number(kind) else ""] * form.SHOWN for kind in arrow.types]
    if not numbers:
        return ()
    batch = next(file.iter_batches(form.SHOWN, columns=numbers, use_threads=False), None)
    if batch is None:
        raise _damaged(path, "its rows are missing")
    for place, (name, kind) in enumerate(zip(arrow.names, arrow.types, strict=True)):
        if _is_number(kind):
            cells[place] = ["" if value is None else _shown(value, kind) for value in batch.column(name).to_pylist()]
    return tuple(tuple(column[row] for column in cells) for row in range(batch.num_rows))


def _shown(value: Any, kind: Any) -> str:
    from pyarrow import types

    return cut(str(np.float32(value)) if types.is_float32(kind) else str(value), LONGEST_CELL)


def _damaged(path: str, why: str) -> FileRefused:
    return FileRefused(f"{file_name(path)} is a damaged Parquet file: {why}. Write it anew.")


def _first_line(error: BaseException) -> str:
    return cut(str(error).strip().split("\n")[0].rstrip("."), 160)
