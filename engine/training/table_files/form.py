"""What is known of a file of numbers, and what was read of it; the limits of both, and how a file is refused."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.runtime.said import cut

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".parquet", ".xlsx", ".xls")
"""How names of tables end; a few cannot be read, and the refusal says what to do."""
MOST_BYTES = 256 * 1024 * 1024
"""A longer file is refused: its rows would be more than can be shown or trained on."""
MOST_ROWS = 1_000_000
"""A longer table is refused, as is a longer data set that is made."""
MOST_COLUMNS = 1_000
"""A wider table is refused: nobody could choose among its columns."""
GREATEST = float(np.finfo(np.float32).max)
"""Greater numbers have no place in float32, which models compute in."""
SHOWN = 20
"""How many of its rows are shown before it is used."""

_NO_NAME = re.compile(r"column \d+|Unnamed: \d+")
"""What a column is called that has no name: by us, by pandas."""

Cancel = Callable[[], bool]
Progress = Callable[[int, int], object]
"""Is told how many rows were read, of how many; of 0 where that is not known."""


class FileRefused(ValueError):
    """A file cannot be used; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a file is written, as it was found.

    Attributes
    ----------
    path : str
    size : int
        Bytes.
    encoding, separator, decimal : str
        As the options of these names of the data set ``file``; empty where the file is no text.
    header : str
        What the first row holds, as the option of this name.
    names : tuple of str
        Of its columns; ``column 1`` and so on where it has none.
    numeric : tuple of bool
        Which columns hold numbers, as far as was looked.
    rows : tuple of tuple of str
        The first rows of cells, without the names.
    format : str
        ``text`` or ``parquet``.
    said : str
        What else was found, for reading.
    kinds : tuple of str
        What each column has, as far as it is known: told of those that hold no numbers.
    first_line : int
        Of a text, the line from 1 at which the table begins.
    contents : str
        As the option of this name.
    classes : tuple of str
        Of each column the option of this name that it would be predicted with: empty where it does not hold two words.
    """

    path: str
    size: int
    encoding: str
    separator: str
    decimal: str
    header: str
    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    format: str = "text"
    said: str = ""
    kinds: tuple[str, ...] = ()
    first_line: int = 1
    contents: str = ""
    classes: tuple[str, ...] = ()

    def options(self, x_columns: Sequence[int] | None = None, y_column: int | None = None) -> dict[str, Any]:
        """Options for a ``TrainingConfig`` with ``data="file"``.

        Default: y is the last column of numbers, x the first of the others, one with a name if there is such. Raises
        FileRefused where fewer than two hold numbers, and where one does and none holds two words.
        """
        numbers = [place for place, is_number in enumerate(self.numeric) if is_number]
        if y_column is None and len(numbers) == 1:
            y_column = next((place for place, words in enumerate(self.classes) if words), None)
        if len(numbers) < (2 if y_column is None or self.numeric[y_column] else 1):
            only = f"only column {self.names[numbers[0]]!r} holds numbers" if numbers else "no column holds numbers"
            raise FileRefused(
                f"{file_name(self.path)}: {only}{self._others()}. Two are needed: one that is known, and one that is predicted."
            )
        y = numbers[-1] if y_column is None else y_column
        others = [place for place in numbers if place != y]
        named = [place for place in others if self.header == "no" or not _NO_NAME.fullmatch(self.names[place])]  # no row numbers
        columns = {
            "path": self.path,
            "contents": self.contents,
            "x_columns": tuple(x_columns) if x_columns is not None else ((named or others)[0],),
        }
        if self.format != "text":
            return {**columns, "y_column": y, "format": self.format}
        return {
            **columns,
            "y_column": y,
            "separator": self.separator,
            "decimal": self.decimal,
            "encoding": self.encoding,
            "header": self.header,
            "classes": "" if self.numeric[y] else self.classes[y],
            "first_line": self.first_line,
        }

    def _others(self) -> str:
        """What the columns that cannot be used hold, where that is known."""
        told = [
            f"{cut(name, 30)!r} {kind}"
            for name, kind, is_number in zip(self.names, self.kinds, self.numeric, strict=False)
            if not is_number
        ]
        return f" ({', '.join(told[:4])}{' …' if len(told) > 4 else ''})" if told else ""


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """What was read.

    Attributes
    ----------
    numbers : float64 array [rows, columns]
        In the order that was asked for.
    names : tuple of str
    left_out : tuple of int
        Lines, from 1, that lack a value in one of these columns; rows where the file has no lines.
    """

    numbers: NDArray[np.float64]
    names: tuple[str, ...]
    left_out: tuple[int, ...]


def columns_read(path: str, numbers: NDArray[np.float64], names: tuple[str, ...], left_out: Sequence[int]) -> Columns:
    """``numbers`` [rows, columns], of which there is at least a row; raises FileRefused where there is none."""
    if not len(numbers):
        why = f"all {len(left_out):,} rows lack a value in these columns" if left_out else "there are no rows"
        raise FileRefused(f"{file_name(path)}: {why}. Choose other columns, or another file.")
    return Columns(numbers, names, tuple(left_out))


def check_names(path: str, names: Sequence[str]) -> None:
    """Raise FileRefused where two columns have one name."""
    for name, count in Counter(names).items():
        if count > 1 and name:
            places = [str(place + 1) for place, item in enumerate(names) if item == name]
            raise FileRefused(
                f"{file_name(path)}: columns {', '.join(places[:-1])} and {places[-1]} are {'both' if count == 2 else 'all'} "
                f"called {cut(name, 60)!r}. Give each a name of its own in the file."
            )


def check_width(path: str, width: int) -> None:
    """Raise FileRefused where there are too many columns."""
    if width > MOST_COLUMNS:
        raise FileRefused(
            f"{file_name(path)} has {width:,} columns; at most {MOST_COLUMNS:,} are read. Save those that are needed."
        )


def too_many_rows(path: str) -> FileRefused:
    """There are more than can be trained on."""
    return FileRefused(f"{file_name(path)} has more than {MOST_ROWS:,} rows. Choose a part of it.")


def no_column(path: str, wanted: Sequence[int], width: int) -> FileRefused:
    """One that is wanted is not there."""
    return FileRefused(f"{file_name(path)} has {width} columns, and no column {max(wanted) + 1}. Choose the columns anew.")


def file_name(path: str) -> str:
    """The file's name, without its folder."""
    return Path(path).name


def unread(path: str, error: OSError) -> FileRefused:
    """The system does not let it be read."""
    return FileRefused(f"{file_name(path)} cannot be read: {error.strerror or error}. Choose the file anew.")


def size_of(path: str) -> int:
    """Bytes of a file that may be read. Raises FileRefused where it may not."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise unread(path, error) from None
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(f"{file_name(path)} is no file. Choose a table of numbers, as CSV.")
    if found.st_size > MOST_BYTES:
        raise FileRefused(
            f"{file_name(path)} has {found.st_size / 1024**2:,.0f} MiB; at most {MOST_BYTES // 1024**2} MiB are read. "
            "Save a part of it: fewer rows, or only the columns that are needed."
        )
    return found.st_size
