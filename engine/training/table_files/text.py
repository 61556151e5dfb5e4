"""Text files of numbers, read by Python's ``csv``: rows and cells of one whose form is known, and columns of numbers."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from engine.runtime.errors import Cancelled
from engine.runtime.said import cut
from engine.training.choices.data import ABOVE_ROWS, MISSING
from engine.training.table_files import form
from engine.training.table_files.form import GREATEST, Cancel, Columns, FileRefused, Progress, file_name, unread

_AT_ONCE = 2_000
"""Rows that are read between two questions whether to go on."""
LONGEST_LINE = 1_000_000
"""Characters."""
GROUPED = re.compile(r"[-+]?\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3}(?:\1\d{3})*)(?:[.,]\d+)?")
"""A number with something between its thousands."""
_BESIDE = re.compile(r"[^\w\s.,]{0,3}\s?[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?\s?[^\w\s.,]{0,3}")
"""A number with a sign beside it: of percent, of a currency, or a minus that is another letter."""


def read_columns(
    path: str,
    wanted: Sequence[int],
    separator: str,
    decimal: str,
    encoding: str,
    header: str,
    first_line: int,
    classes: str = "",
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Columns:
    """As ``engine.training.table_files.reading.read_columns``, of the columns with the numbers ``wanted``."""
    found, left_out = array("d"), []
    above: list[list[str]] = []
    words = {word: float(place) for place, word in enumerate(classes.split("\n"))} if classes else {}
    names: tuple[str, ...] = ()
    width = count = 0
    with opened(path, encoding) as file:
        for stretch in _stretches(path, file, separator, first_line - 1):
            if cancel is not None and cancel():
                raise Cancelled
            if progress is not None:
                progress(count, 0)
            rows = stretch
            if not names:
                rows = [row for row in stretch if any(map(str.strip, row[1]))]
                while rows and len(above) < ABOVE_ROWS[header]:
                    above.append(rows.pop(0)[1])
                if not rows:
                    continue
                width = len((above or [rows[0][1]])[0])
                names = _names(path, above, width, wanted)
            values = _at_once(rows, width, wanted, decimal, words)
            if values is not None:
                found.frombytes(values.tobytes())
            else:
                for line, cells in rows:
                    if len(cells) != width:
                        if not any(map(str.strip, cells)):
                            continue
                        _check_length(path, line, cells, width, separator)
                    texts = [cells[place].strip() if place < len(cells) else "" for place in wanted]
                    if not any(text.lower() in MISSING for text in texts):
                        last = _class(path, texts.pop(), words, line, names[-1]) if words else None
                        found.extend(_finite(path, text, decimal, line, name) for text, name in zip(texts, names, strict=False))
                        if last is not None:
                            found.append(last)
                    elif any(map(str.strip, cells)):
                        left_out.append(line)
            count = len(found) // len(wanted)
            if count > form.MOST_ROWS:
                raise form.too_many_rows(path)
    numbers = np.frombuffer(found, np.float64).reshape(count, len(wanted)).copy()
    return form.columns_read(path, numbers, names, left_out)


def number(cell: str, decimal: str) -> float | None:
    """What a cell holds; None where that is no number, or nothing."""
    text = cell.strip()
    if not text or text.lower() in MISSING or "_" in text:  # which Python allows between digits
        return None
    if decimal == ",":
        if "." in text:  # 1.000 has a thousand there, and 1.5 is written otherwise
            return None
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def trouble(cell: str, decimal: str) -> tuple[str, str] | None:
    """What a cell has that is nearly a number, and how to save it instead; None where it is anything else."""
    if GROUPED.fullmatch(cell):
        return "separators between thousands", "without them"
    if decimal == "." and number(cell, ",") is not None:
        return "decimals after a comma", "with a point there"
    if decimal == "," and number(cell, ".") is not None:
        return "decimals after a point", "with a comma there"
    if _BESIDE.fullmatch(cell):
        return "signs beside numbers", "without them"
    return None


@contextmanager
def opened(path: str, encoding: str, *, guessed: bool = False) -> Iterator[TextIO]:
    """The file as text; what goes wrong while it is read is told in words."""
    try:
        with Path(path).open(encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise unread(path, error) from None
    except UnicodeError:
        if guessed and encoding == "cp1252":  # which stands for whatever is not UTF-8
            raise FileRefused(
                f"{file_name(path)} is no text, or its letters are written neither in UTF-8 nor in Windows-1252. "
                "Save it as CSV in UTF-8, or choose a table of numbers."
            ) from None
        raise FileRefused(f"{file_name(path)} is not written in {encoding}. Save it as CSV in UTF-8.") from None


def rows_of(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with anything in them, each with the number of its last line, from 1.

    Between spaces a cell cannot be empty, so any number of them separates two cells.
    """
    reader = _reader(lines, separator)
    for cells in reader:
        if any(map(str.strip, cells)):
            if separator == " ":
                _trim(cells)
            yield reader.line_num, cells


def _reader(lines: Iterable[str], separator: str) -> Any:
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _trim(cells: list[str]) -> None:
    while cells and not cells[-1]:
        cells.pop()


def csv_trouble(path: str, line: int, error: csv.Error) -> FileRefused:
    """What ``csv`` does not read."""
    if "field limit" in str(error):
        return FileRefused(
            f"{file_name(path)}, line {line}: a cell has more than {csv.field_size_limit():,} characters. "
            "Look for a quote that is not closed, or save the table without that column."
        )
    return FileRefused(f"{file_name(path)}, line {line}: {error}. Mend that line, or save the table anew.")


def long_line(path: str, line: int) -> FileRefused:
    """One of the file's size would be taken apart into more cells than there is memory for."""
    return FileRefused(f"{file_name(path)}, line {line}: is longer than {LONGEST_LINE:,} characters. Save the table anew.")


def names_of(above: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """Names of the columns by the rows ``above`` the numbers: one of names, and one of their units, or none."""
    found = []
    for place in range(width):
        name, unit = (row[place].strip() if place < len(row) else "" for row in (*above, (), ())[:2])
        name = name or f"column {place + 1}"
        found.append(f"{name} ({unit.strip('()[]')})" if unit.strip("()[]-") else name)
    return tuple(found)


def _stretches(path: str, file: TextIO, separator: str, above: int) -> Iterator[list[tuple[int, list[str]]]]:
    """Rows below ``above`` lines, some at once, each with its last line in the file; what is wrong is told after those before."""
    reader = _reader(_lines(path, file, above), separator)
    refused: FileRefused | None = None
    line = above
    while refused is None:
        stretch: list[tuple[int, list[str]]] = []
        try:
            for cells in islice(reader, _AT_ONCE):
                line = above + reader.line_num
                stretch.append((line, cells))
        except csv.Error as error:
            refused = csv_trouble(path, line + 1, error)
        except FileRefused as refusal:
            refused = refusal
        if not stretch and refused is None:
            return
        if separator == " ":
            for _, cells in stretch:
                _trim(cells)
        yield stretch
    raise refused


def _lines(path: str, file: TextIO, above: int) -> Iterator[str]:
    count = 0
    while line := file.readline(LONGEST_LINE):
        count += 1
        if len(line) == LONGEST_LINE:
            raise long_line(path, count)
        if count > above:
            yield line


def _names(path: str, above: Sequence[Sequence[str]], width: int, wanted: Sequence[int]) -> tuple[str, ...]:
    if max(wanted) >= width:
        raise form.no_column(path, wanted, width)
    names = names_of(above, width)
    form.check_names(path, names)
    return tuple(names[place] for place in wanted)


def _check_length(path: str, line: int, cells: Sequence[str], width: int, separator: str) -> None:
    """A row that ends early lacks its last values, but between spaces nobody can tell which; a longer one is read wrongly."""
    if separator == " " and len(cells) < width:
        raise FileRefused(
            f"{file_name(path)}, line {line}: {len(cells)} cells, where the first line has {width}. "
            "With spaces between cells, write NA where there is no value."
        )
    if any(cell.strip() for cell in cells[width:]):
        raise FileRefused(
            f"{file_name(path)}, line {line}: {len(cells)} cells, where the first line has {width}. "
            "Check the separator, and put cells that hold it between quotes."
        )


def _at_once(
    rows: Sequence[tuple[int, Sequence[str]]], width: int, wanted: Sequence[int], decimal: str, words: Mapping[str, float]
) -> NDArray[np.float64] | None:
    """The numbers of rows that hold nothing but such, as most do; None where they are to be looked at cell by cell."""
    if any(len(cells) != width for _, cells in rows):
        return None
    table = np.empty((len(rows), len(wanted)))
    for column, place in enumerate(wanted):
        texts = [cells[place] for _, cells in rows]
        if words and column == len(wanted) - 1:
            found = [words.get(text.strip()) for text in texts]
            if None in found:
                return None
            table[:, column] = found
            continue
        joined = "".join(texts)
        if "_" in joined or (decimal == "," and "." in joined):
            return None
        try:
            table[:, column] = [float(text.replace(",", ".")) for text in texts] if decimal == "," else list(map(float, texts))
        except ValueError:
            return None
    return table if bool((np.abs(table) <= GREATEST).all()) else None


def _class(path: str, text: str, words: Mapping[str, float], line: int, name: str) -> float:
    if text not in words:
        one, other = (repr(cut(word, 40)) for word in words)
        raise FileRefused(
            f"{file_name(path)}, line {line}, column {cut(name, 60)!r}: {cut(text, 40)!r} is neither {one} nor {other}. "
            "Mend or empty that cell, or choose another column."
        )
    return words[text]


def _finite(path: str, text: str, decimal: str, line: int, name: str) -> float:
    found = number(text, decimal)
    where = f"{file_name(path)}, line {line}, column {cut(name, 60)!r}"
    if found is None and (has := trouble(text, decimal)) is not None:
        raise FileRefused(f"{where}: {cut(text, 40)!r} has {has[0]}. Save the table {has[1]}.")
    if found is None:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is no number. Mend or empty that cell, or choose another column.")
    if not math.isfinite(found) or abs(found) > GREATEST:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is beyond what float32 can hold. Mend or empty that cell.")
    return found
