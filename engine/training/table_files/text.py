"""Text files of numbers, read by Python's ``csv``: separator, decimal sign, encoding and header are found, columns are read."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from engine.runtime.errors import Cancelled
from engine.runtime.said import cut
from engine.training.choices.data import MISSING
from engine.training.table_files import form
from engine.training.table_files.form import GREATEST, Cancel, Columns, FileForm, FileRefused, Progress, file_name, unread

_BEGINNING = 256 * 1024
"""How many characters are looked at to find a file's form."""
_ASKED_EVERY = 2_000
"""Lines between two questions whether to go on."""
_LONGEST_LINE = 1_000_000
"""Characters."""
_LINES = 200
"""How many of its lines."""
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3}(?:\1\d{3})*)(?:[.,]\d+)?")
"""A number with something between its thousands."""
_THOUSANDS = "separators between thousands"
_FORMS = tuple((form[0], form[1]) for form in ("\t.", ";.", ";,", ",.", "|.", "|,", "\t,", " .", " ,", ",,"))
"""Separator and decimal sign, those that are sure first: where two fit equally well, the first is taken."""


def look(
    path: str,
    size: int,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> FileForm:
    """As ``engine.training.look``."""
    encoding = _encoding(path) if encoding is None else encoding
    with _opened(path, encoding) as file:
        text = file.read(_BEGINNING)
        more = bool(file.read(1))
    if "\0" in text:
        raise FileRefused(f"{file_name(path)} is no text, or UTF-16 that does not say so. Save it as CSV in UTF-8.")
    lines = [line for line in text.splitlines() if line.strip()]
    if more and len(lines) > 1:
        lines.pop()  # of which the end may not have been read
    if not lines:
        raise FileRefused(f"{file_name(path)} is empty. Choose a file with a row for each example.")
    if more or len(lines) > _LINES:
        text = "\n".join(lines[:_LINES])
    forms = [form for form in _FORMS if separator in (None, form[0]) and decimal in (None, form[1])]
    separator, decimal, cells = _form(path, text, forms)
    width = len(cells[0])
    form.check_width(path, width)
    names = tuple(cells[0])
    if header is None:
        header = not any(number(cell, decimal) is not None for cell in names) and any(names)
    rows = cells[1:] if header else cells
    names = tuple((header and name) or f"column {place + 1}" for place, name in enumerate(names))
    if header and not rows:
        raise FileRefused(f"{file_name(path)} holds names only, and no rows. Choose a file with a row for each example.")
    form.check_names(path, names)
    columns = [[row[place] for row in rows if place < len(row)] for place in range(width)]
    numeric = tuple(_is_numeric(column, decimal) for column in columns)
    kinds = tuple("" if is_number else _kind(column) for column, is_number in zip(columns, numeric, strict=True))
    return FileForm(
        path, size, encoding, separator, decimal, header, names, numeric, tuple(map(tuple, rows[: form.SHOWN])), kinds=kinds
    )


def read_columns(
    path: str,
    wanted: Sequence[int],
    separator: str,
    decimal: str,
    encoding: str,
    header: str,
    *,
    cancel: Cancel | None = None,
    progress: Progress | None = None,
) -> Columns:
    """As ``engine.training.table_files.reading.read_columns``, of the columns with the numbers ``wanted``."""
    found, left_out = array("d"), []
    names: tuple[str, ...] = ()
    width = count = 0
    with _opened(path, encoding) as file:
        reader = csv.reader(_lines(path, file), delimiter=separator)
        for cells in _rows(path, reader):
            if not reader.line_num % _ASKED_EVERY:
                if cancel is not None and cancel():
                    raise Cancelled
                if progress is not None:
                    progress(count, 0)
            if not width:
                width = len(cells)
                names = _names(path, cells, wanted, header == "yes")
                if header == "yes":
                    continue
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                raise FileRefused(
                    f"{file_name(path)}, line {reader.line_num}: {len(cells)} cells, where the first line has {width}. "
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
            if count > form.MOST_ROWS:
                raise form.too_many_rows(path)
    numbers = np.frombuffer(found, np.float64).reshape(count, len(wanted)).copy()
    return form.columns_read(path, numbers, names, left_out)


def number(cell: str, decimal: str) -> float | None:
    """What a cell holds; None where that is no number, or nothing."""
    text = cell.strip()
    if not text or text.lower() in MISSING or "_" in text:  # which Python allows between digits
        return None
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return None


def _encoding(path: str) -> str:
    """How letters are written as bytes."""
    try:
        with Path(path).open("rb") as file:
            if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                return "utf-16"
            file.seek(0)
            text = io.TextIOWrapper(file, "utf-8")
            try:
                while text.read(_BEGINNING):
                    pass
            except UnicodeDecodeError:
                return "cp1252"
    except OSError as error:
        raise unread(path, error) from None
    return "utf-8-sig"


@contextmanager
def _opened(path: str, encoding: str) -> Iterator[TextIO]:
    """The file as text; what goes wrong while it is read is told in words."""
    try:
        with Path(path).open(encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise unread(path, error) from None
    except UnicodeError:
        raise FileRefused(f"{file_name(path)} is not written in {encoding}. Save it as CSV in UTF-8.") from None


def _lines(path: str, file: TextIO) -> Iterator[str]:
    """Lines of bounded length: one of the file's size would be taken apart into more cells than there is memory for."""
    count = 0
    while line := file.readline(_LONGEST_LINE):
        count += 1
        if len(line) == _LONGEST_LINE:
            raise FileRefused(
                f"{file_name(path)}, line {count}: is longer than {_LONGEST_LINE:,} characters. Save the table anew."
            )
        yield line


def _rows(path: str, reader: Any) -> Iterator[list[str]]:
    """Rows with anything in them."""
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield cells
    except csv.Error as error:
        raise FileRefused(
            f"{file_name(path)}, line {reader.line_num}: {error}. Mend that line, or save the table anew."
        ) from None


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
        if len(forms) > 1 and decimal == separator == "," and all(_GROUPED.fullmatch(cell) for cell in items if "," in cell):
            continue  # 1,200 between commas: thousands, that read as decimals would be 1.2
        score = alike * (0.01 + numbers)
        if best is None or score > best[0] + 1e-9:
            best = score, separator, decimal, cells
    if best is None:
        raise FileRefused(
            f"{file_name(path)} has one column. Two are needed: one that is known, and one that is predicted, "
            "with a comma, semicolon or tab between them."
        )
    return best[1], best[2], best[3]


def _names(path: str, cells: Sequence[str], wanted: Sequence[int], header: bool) -> tuple[str, ...]:
    if max(wanted) >= len(cells):
        raise form.no_column(path, wanted, len(cells))
    if not header:
        return tuple(f"column {place + 1}" for place in wanted)
    form.check_names(path, [cell.strip() for cell in cells])
    return tuple(cells[place].strip() or f"column {place + 1}" for place in wanted)


def _kind(cells: Sequence[str]) -> str:
    """What a column holds that cannot be read as numbers."""
    there = [cell for cell in cells if cell.lower() not in MISSING]
    grouped = next((cell for cell in there if _GROUPED.fullmatch(cell)), None)
    if grouped is not None:
        return f"has {_THOUSANDS}, as {cut(grouped, 20)!r}: save it without them"
    return f"has texts, as {cut(there[0], 20)!r}" if there else "is empty"


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
    where = f"{file_name(path)}, line {line}, column {cut(name, 60)!r}"
    if found is None and _GROUPED.fullmatch(text):
        raise FileRefused(f"{where}: {cut(text, 40)!r} has {_THOUSANDS}. Save the table without them.")
    if found is None:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is no number. Mend or empty that cell, or choose another column.")
    if not math.isfinite(found) or abs(found) > GREATEST:
        raise FileRefused(f"{where}: {cut(text, 40)!r} is beyond what float32 can hold. Mend or empty that cell.")
    return found
