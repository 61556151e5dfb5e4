"""Text files of numbers: their form is found, columns are read, what is missing is counted and named. Holds no torch.

Read by the ``csv`` module of Python. pandas would do the same and adds 44 MB to the bundle, pyarrow 171 MB.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import stat
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from engine.runtime.errors import Cancelled
from engine.runtime.said import cut
from engine.training.choices.data import MISSING

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

_BEGINNING = 256 * 1024
"""How many characters are looked at to find a file's form."""
_ASKED_EVERY = 2_000
"""Lines between two questions whether to go on."""
_LONGEST_LINE = 1_000_000
"""Characters."""
_LINES = 200
"""How many of its lines."""
_SHOWN = 20
"""How many of its rows are shown before it is used."""
_FORMS = tuple((form[0], form[1]) for form in ("\t.", ";.", ";,", ",.", "|.", "|,", "\t,", " .", " ,", ",,"))
"""Separator and decimal sign, those that are sure first: where two fit equally well, the first is taken."""
_OTHERS = {
    b"PAR1": "a Parquet file. Write it as CSV, with pandas: pandas.read_parquet(…).to_csv(…, index=False)",
    b"PK\x03\x04": "a workbook or an archive. Save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old workbook. Save the sheet as CSV",
    b"\x1f\x8b": "compressed. Unpack it first",
    b"\xff\xfe\x00\x00": "written in UTF-32. Save it as UTF-8",
    b"\x89PNG": "a picture. Choose a table of numbers, as CSV",
    b"%PDF": "a PDF. Choose a table of numbers, as CSV",
}
"""By its first bytes, what a file is that is no text."""


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
        As the options of these names of the data set ``file``.
    header : bool
        Whether the first row holds names.
    names : tuple of str
        Of its columns; ``column 1`` and so on where it has none.
    numeric : tuple of bool
        Which columns hold numbers, as far as was looked.
    rows : tuple of tuple of str
        The first rows of cells, without the names.
    """

    path: str
    size: int
    encoding: str
    separator: str
    decimal: str
    header: bool
    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]

    def options(self, x_columns: Sequence[int] | None = None, y_column: int | None = None) -> dict[str, Any]:
        """Options for a ``TrainingConfig`` with ``data="file"``.

        Default: y is the last column of numbers, x the first of the others, one with a name if there is such. Raises
        FileRefused where fewer than two hold numbers.
        """
        numbers = [place for place, is_number in enumerate(self.numeric) if is_number]
        if len(numbers) < 2:
            only = f"only column {self.names[numbers[0]]!r} holds numbers" if numbers else "no column holds numbers"
            raise FileRefused(f"{_name(self.path)}: {only}. Two are needed: one that is known, and one that is predicted.")
        y = numbers[-1] if y_column is None else y_column
        others = [place for place in numbers if place != y]
        named = [place for place in others if not self.header or self.names[place] != f"column {place + 1}"]  # no row numbers
        return {
            "path": self.path,
            "x_columns": tuple(x_columns) if x_columns is not None else ((named or others)[0],),
            "y_column": y,
            "separator": self.separator,
            "decimal": self.decimal,
            "encoding": self.encoding,
            "header": "yes" if self.header else "no",
        }


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """What was read.

    Attributes
    ----------
    numbers : float64 array [rows, columns]
        In the order that was asked for.
    names : tuple of str
    left_out : tuple of int
        Lines, from 1, that lack a value in one of these columns.
    """

    numbers: NDArray[np.float64]
    names: tuple[str, ...]
    left_out: tuple[int, ...]


def look(
    path: str,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> FileForm:
    """Find out how the file is written, from its beginning; what is given is taken as it is.

    Raises FileRefused where the file cannot be used.
    """
    size, found = _encoding(path)
    encoding = found if encoding is None else encoding
    with _opened(path, encoding) as file:
        text = file.read(_BEGINNING)
        more = bool(file.read(1))
    if "\0" in text:
        raise FileRefused(f"{_name(path)} is no text, or UTF-16 that does not say so. Save it as CSV in UTF-8.")
    lines = [line for line in text.splitlines() if line.strip()]
    if more and len(lines) > 1:
        lines.pop()  # of which the end may not have been read
    if not lines:
        raise FileRefused(f"{_name(path)} is empty. Choose a file with a row for each example.")
    if more or len(lines) > _LINES:
        text = "\n".join(lines[:_LINES])
    forms = [form for form in _FORMS if separator in (None, form[0]) and decimal in (None, form[1])]
    separator, decimal, cells = _form(path, text, forms)
    width = len(cells[0])
    if width > MOST_COLUMNS:
        raise FileRefused(f"{_name(path)} has {width:,} columns; at most {MOST_COLUMNS:,} are read. Save those that are needed.")
    names = tuple(cells[0])
    if header is None:
        header = not any(number(cell, decimal) is not None for cell in names) and any(names)
    rows = cells[1:] if header else cells
    names = tuple((header and name) or f"column {place + 1}" for place, name in enumerate(names))
    if header and not rows:
        raise FileRefused(f"{_name(path)} holds names only, and no rows. Choose a file with a row for each example.")
    _check_names(path, names)
    numeric = tuple(_is_numeric([row[place] for row in rows if place < len(row)], decimal) for place in range(width))
    return FileForm(path, size, encoding, separator, decimal, header, names, numeric, tuple(map(tuple, rows[:_SHOWN])))


def read_columns(
    path: str,
    x_columns: Sequence[int],
    y_column: int,
    separator: str,
    decimal: str,
    encoding: str,
    header: str,
    *,
    cancel: Callable[[], bool] | None = None,
) -> Columns:
    """The columns with these numbers, from 0, as float64: those of ``x_columns``, then ``y_column``.

    Rows that lack a value in one of them are left out and named. Raises FileRefused where another cell holds no finite number,
    with its line, where a column is not there, and where no row is left; and Cancelled once ``cancel``, asked every few thousand
    rows, says True.
    """
    _size(path)
    wanted = (*x_columns, y_column)
    found, left_out = array("d"), []
    names: tuple[str, ...] = ()
    width = count = 0
    with _opened(path, encoding) as file:
        reader = csv.reader(_lines(path, file), delimiter=separator)
        for cells in _rows(path, reader):
            if cancel is not None and not reader.line_num % _ASKED_EVERY and cancel():
                raise Cancelled
            if not width:
                width = len(cells)
                names = _names(path, cells, wanted, header == "yes")
                if header == "yes":
                    continue
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                raise FileRefused(
                    f"{_name(path)}, line {reader.line_num}: {len(cells)} cells, where the first line has {width}. "
                    "Check the separator, and put cells that hold it between quotes."
                )
            values = _at_once(cells, wanted, decimal)
            if values is None:
                texts = [cells[place].strip() if place < len(cells) else "" for place in wanted]
                if any(text.lower() in MISSING for text in texts):
                    left_out.append(reader.line_num)
                    continue
                values = [_finite(path, text, decimal, reader.line_num, name) for text, name in zip(texts, names, strict=True)]
            found.extend(values)
            count += 1
            if count > MOST_ROWS:
                raise FileRefused(f"{_name(path)} has more than {MOST_ROWS:,} rows. Choose a part of it.")
    if not count:
        why = f"all {len(left_out):,} rows lack a value in these columns" if left_out else "there are no rows"
        raise FileRefused(f"{_name(path)}: {why}. Choose other columns, or another file.")
    return Columns(np.frombuffer(found, np.float64).reshape(count, len(wanted)).copy(), names, tuple(left_out))


def fingerprint(path: str) -> str:
    """SHA-256 of the file, to know later whether it is still the same. Raises FileRefused where it cannot be read."""
    _size(path)
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileRefused(_unread(path, error)) from None


def number(cell: str, decimal: str) -> float | None:
    """What a cell holds; None where that is no number, or nothing."""
    text = cell.strip()
    if not text or text.lower() in MISSING or "_" in text:  # which Python allows between digits
        return None
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return None


def _name(path: str) -> str:
    return Path(path).name


def _unread(path: str, error: OSError) -> str:
    return f"{_name(path)} cannot be read: {error.strerror or error}. Choose the file anew."


def _size(path: str) -> int:
    """Bytes of a file that may be read."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise FileRefused(_unread(path, error)) from None
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(f"{_name(path)} is no file. Choose a table of numbers, as CSV.")
    if found.st_size > MOST_BYTES:
        raise FileRefused(
            f"{_name(path)} has {found.st_size / 1e9:,.1f} GB; at most {MOST_BYTES // 1024**2} MiB are read. "
            "Save a part of it: fewer rows, or only the columns that are needed."
        )
    return found.st_size


def _encoding(path: str) -> tuple[int, str]:
    """Bytes, and how letters are written as such."""
    size = _size(path)
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(4)
            for mark, what in _OTHERS.items():
                if beginning.startswith(mark):
                    raise FileRefused(f"{_name(path)} is {what}.")
            if beginning[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return size, "utf-16"
            file.seek(0)
            text = io.TextIOWrapper(file, "utf-8")
            try:
                while text.read(_BEGINNING):
                    pass
            except UnicodeDecodeError:
                return size, "cp1252"
    except OSError as error:
        raise FileRefused(_unread(path, error)) from None
    return size, "utf-8-sig"


@contextmanager
def _opened(path: str, encoding: str) -> Iterator[TextIO]:
    """The file as text; what goes wrong while it is read is told in words."""
    try:
        with Path(path).open(encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise FileRefused(_unread(path, error)) from None
    except UnicodeError:
        raise FileRefused(f"{_name(path)} is not written in {encoding}. Save it as CSV in UTF-8.") from None


def _lines(path: str, file: TextIO) -> Iterator[str]:
    """Lines of bounded length: one of the file's size would be taken apart into more cells than there is memory for."""
    count = 0
    while line := file.readline(_LONGEST_LINE):
        count += 1
        if len(line) == _LONGEST_LINE:
            raise FileRefused(f"{_name(path)}, line {count}: is longer than {_LONGEST_LINE:,} characters. Save the table anew.")
        yield line


def _rows(path: str, reader: Any) -> Iterator[list[str]]:
    """Rows with anything in them."""
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield cells
    except csv.Error as error:
        raise FileRefused(f"{_name(path)}, line {reader.line_num}: {error}. Mend that line, or save the table anew.") from None


def _form(path: str, text: str, forms: Sequence[tuple[str, str]]) -> tuple[str, str, list[list[str]]]:
    """Separator, decimal sign and cells: those by which most cells are numbers in rows of one length."""
    best: tuple[float, str, str, list[list[str]]] | None = None
    for separator, decimal in forms:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            cells = [[cell.strip() for cell in row] for row in reader if any(map(str.strip, row))]
        except csv.Error:
            continue
        if len(cells[0]) < 2:
            continue
        width = len(cells[0])
        body = cells[1:] or cells
        alike = sum(len(row) == width for row in body) / len(body)
        items = [cell for row in body for cell in row if cell.lower() not in MISSING]
        numbers = sum(number(cell, decimal) is not None for cell in items) / max(1, len(items))
        score = alike * (0.01 + numbers)
        if best is None or score > best[0] + 1e-9:
            best = score, separator, decimal, cells
    if best is None:
        raise FileRefused(
            f"{_name(path)} has one column. Two are needed: one that is known, and one that is predicted, "
            "with a comma, semicolon or tab between them."
        )
    return best[1], best[2], best[3]


def _check_names(path: str, names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1 and name:
            places = [str(place + 1) for place, item in enumerate(names) if item == name]
            raise FileRefused(
                f"{_name(path)}: columns {' and '.join(places)} are all called {cut(name, 60)!r}. "
                "Give each a name of its own in the file."
            )


def _names(path: str, cells: Sequence[str], wanted: Sequence[int], header: bool) -> tuple[str, ...]:
    if max(wanted) >= len(cells):
        raise FileRefused(f"{_name(path)} has {len(cells)} columns, and no column {max(wanted) + 1}. Choose the columns anew.")
    if not header:
        return tuple(f"column {place + 1}" for place in wanted)
    _check_names(path, [cell.strip() for cell in cells])
    return tuple(cells[place].strip() or f"column {place + 1}" for place in wanted)


def _is_numeric(cells: Sequence[str], decimal: str) -> bool:
    """Whether most of what stands there are numbers: a few others are told with their lines when the column is read."""
    there = [cell for cell in cells if cell.lower() not in MISSING]
    return bool(there) and sum(number(cell, decimal) is not None for cell in there) > len(there) / 2


def _at_once(cells: Sequence[str], wanted: Sequence[int], decimal: str) -> list[float] | None:
    """The numbers of a row that holds nothing but such, as most do; None where it is to be looked at cell by cell."""
    try:
        texts = [cells[place] for place in wanted]
        if decimal == ",":
            texts = [text.replace(",", ".") for text in texts]
        values = [float(text) for text in texts]
    except (IndexError, ValueError):
        return None
    for text, value in zip(texts, values, strict=True):
        if "_" in text or not -GREATEST <= value <= GREATEST:
            return None
    return values


def _finite(path: str, text: str, decimal: str, line: int, name: str) -> float:
    found = number(text, decimal)
    where = f"{_name(path)}, line {line}, column {cut(name, 60)!r}"
    if found is None:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is no number. Mend or empty that cell, or choose another column.")
    if not math.isfinite(found) or abs(found) > GREATEST:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is beyond what float32 can hold. Mend or empty that cell.")
    return found
