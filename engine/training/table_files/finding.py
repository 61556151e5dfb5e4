"""How a text file of numbers is written, found from its beginning: separator, decimal sign, encoding, names, where it begins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.runtime.said import cut
from engine.training.choices.data import ABOVE_ROWS, MISSING
from engine.training.table_files import form
from engine.training.table_files.form import FileForm, FileRefused, file_name, unread
from engine.training.table_files.text import GROUPED, csv_trouble, long_line, names_of, number, opened, rows_of, trouble

_BEGINNING = 256 * 1024
"""How many characters are looked at to find a file's form."""
_LINES = 200
"""How many of its lines."""
_FORMS = tuple((form[0], form[1]) for form in ("\t.", ";.", ";,", ",.", "|.", "|,", "\t,", " .", " ,", ",,"))
"""Separator and decimal sign, those that are sure first: where two fit equally well, the first is taken."""
LONGEST_WORD = 100
"""Characters of a word that stands for a class."""
_REMARK = re.compile(r"\s*(?:#|%|//|\"?sep=)", re.IGNORECASE)
"""How a line begins that is for readers of the file; ``sep=;`` is for Excel."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows as they are with a separator and a decimal sign, and the line above each of them."""

    separator: str
    decimal: str
    rows: list[list[str]]
    above: list[int]


def look(
    path: str,
    size: int,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: str | None = None,
    first_line: int | None = None,
) -> FileForm:
    """As ``engine.training.look``."""
    guessed = encoding is None
    encoding = encoding or _encoding(path)
    with opened(path, encoding, guessed=guessed) as file:
        text = file.read(_BEGINNING)
        more = bool(file.read(1))
    if "\0" in text:
        raise FileRefused(f"{file_name(path)} is no text, or UTF-16 that does not say so. Save it as CSV in UTF-8.")
    lines = list(io.StringIO(text, newline=""))
    if more:
        lines.pop()  # of which the end may not have been read
    if not more and not any(map(str.strip, lines)):
        raise FileRefused(f"{file_name(path)} is empty. Choose a file with a row for each example.")
    above = first_line - 1 if first_line is not None else _remarks(lines)
    lines = lines[above : above + _LINES]
    if not any(map(str.strip, lines)):
        raise long_line(path, above + 1) if more else FileRefused(f"{file_name(path)} has nothing from line {above + 1} on.")
    forms = [form for form in _FORMS if separator in (None, form[0]) and decimal in (None, form[1])]
    found = _form(path, lines, above, forms)
    begins = 0 if first_line is not None else _table(found)
    at = found.above[begins]
    while (above or at) and first_line is None and not lines[at].strip(f" \r\n{found.separator}"):
        at += 1  # an empty line
    above += at
    rows = found.rows[begins:]
    width = len(rows[0])
    form.check_width(path, width)
    if header is None:
        header = _header(rows, found.decimal)
    names = names_of(rows[: ABOVE_ROWS[header]], width)
    rows = rows[ABOVE_ROWS[header] :]
    if not rows:
        if more:
            raise long_line(path, above + ABOVE_ROWS[header] + 1)
        raise FileRefused(f"{file_name(path)} holds names only, and no rows. Choose a file with a row for each example.")
    form.check_names(path, names)
    columns = _columns(rows, width)
    numeric = tuple(_is_numeric(column, found.decimal) for column in columns)
    kinds = tuple("" if is_number else _kind(column, found.decimal) for column, is_number in zip(columns, numeric, strict=True))
    return FileForm(
        path,
        size,
        encoding,
        found.separator,
        found.decimal,
        header,
        names,
        numeric,
        tuple(map(tuple, rows[: form.SHOWN])),
        kinds=kinds,
        first_line=above + 1,
        classes=tuple(
            "" if is_number else _classes(column, found.decimal) for column, is_number in zip(columns, numeric, strict=True)
        ),
    )


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


def _remarks(lines: Sequence[str]) -> int:
    """How many lines at the top are for readers; a last one that names the columns below it is not one."""
    count = 0
    for place, line in enumerate(lines):
        if _REMARK.match(line):
            count = place + 1
        elif line.strip():
            break
    else:
        return 0  # there is nothing else
    if not count or not lines[count - 1].lstrip().startswith("#"):
        return count
    below = next(line for line in lines[count:] if line.strip())
    for separator in "\t;,|":
        names, values = (next(rows_of([line], separator))[1] for line in (lines[count - 1], below))
        if len(names) == len(values) > 1 and number(values[0], ".") is not None and not any(number(name, ".") for name in names):
            return count - 1
    return count


def _form(path: str, lines: Sequence[str], above: int, forms: Sequence[tuple[str, str]]) -> _Found:
    """Separator, decimal sign and cells: those by which most cells are numbers in rows of one length."""
    best: tuple[float, _Found] | None = None
    refused: FileRefused | None = None
    wider = False
    for separator, decimal in forms:
        rows: list[list[str]] = []
        ends = [0]
        try:
            for end, cells in rows_of(lines, separator):
                rows.append([cell.strip() for cell in cells])
                ends.append(end)
        except csv.Error as error:
            refused = csv_trouble(path, above + ends[-1] + 1, error)
            continue
        found = _Found(separator, decimal, rows, ends[:-1])
        table = rows[_table(found) :]
        width = len(table[0])
        if width < 2:
            wider |= separator != " " and sum(len(row) > 1 for row in rows) > len(rows) / 2
            continue
        body = table[1:] or table
        alike = sum(len(row) == width for row in body) / len(body)
        items = [cell for row in body for cell in row if cell.lower() not in MISSING]
        if len(forms) > 1 and _are_thousands(items, separator, decimal):
            continue
        score = alike * (0.01 + sum(number(cell, decimal) is not None for cell in items) / max(1, len(items)))
        if best is None or score > best[0] + 1e-9:
            best = score, found
    if best is not None:
        return best[1]
    if refused is not None:
        raise refused
    if wider:
        raise FileRefused(
            f"{file_name(path)}: the first line has one cell, and others have more. Say in which line the table begins, or put "
            "cells that hold a comma between quotes."
        )
    raise FileRefused(
        f"{file_name(path)} has one column. Two are needed: one that is known, and one that is predicted, "
        "with a comma, semicolon or tab between them."
    )


def _table(found: _Found) -> int:
    """The row at which the table begins: below titles of one cell, if names of columns come next."""
    for place, row in enumerate(found.rows):
        if any(row[1:]):
            return place if not any(number(cell, found.decimal) is not None for cell in row) else 0
    return 0


def _are_thousands(items: Sequence[str], separator: str, decimal: str) -> bool:
    """Whether what would be decimals are thousands: in all cells, and 1,200 between commas, or 0,5 elsewhere beside 1.200."""
    other = "." if decimal == "," else ","
    those = [cell for cell in items if decimal in cell]
    if not those or not all(GROUPED.fullmatch(cell) for cell in those):
        return False
    return decimal == separator or any(other in cell and number(cell, other) is not None for cell in items)


def _header(rows: Sequence[Sequence[str]], decimal: str) -> str:
    """Whether the first row holds names, and the next one their units."""
    if any(number(cell, decimal) is not None for cell in rows[0]) or not any(rows[0]):
        return "no"
    if len(rows) < 3 or any(number(cell, decimal) is not None for cell in rows[1]) or not any(rows[1]):
        return "yes"
    below = _columns(rows[2:], len(rows[0]))
    holds = [
        bool(column) and all(cell.lower() in MISSING or number(cell, decimal) is not None for cell in column) for column in below
    ]
    named = [place < len(rows[1]) and rows[1][place].lower() not in MISSING for place in range(len(holds))]
    return "units" if any(holds) and any(map(bool.__and__, holds, named)) else "yes"


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    return [[row[place] for row in rows if place < len(row)] for place in range(width)]


def _kind(cells: Sequence[str], decimal: str) -> str:
    """What a column holds that cannot be read as numbers."""
    others = [cell for cell in cells if cell.lower() not in MISSING and number(cell, decimal) is None]
    for cell in others:
        if (has := trouble(cell, decimal)) is not None:
            return f"has {has[0]}, as {cut(cell, 20)!r}: save it {has[1]}"
    return f"has texts, as {cut(others[0], 20)!r}" if others else "is empty"


def _classes(cells: Sequence[str], decimal: str) -> str:
    """The two words of a column that holds no others, each on a line; words are nothing that is nearly a number."""
    there = [cell for cell in cells if cell.lower() not in MISSING]
    words = sorted(set(there))
    if len(words) != 2 or len(there) == 2 or any(len(word) > LONGEST_WORD or "\n" in word for word in words):
        return ""
    return "" if any(number(word, decimal) is not None or trouble(word, decimal) for word in words) else "\n".join(words)


def _is_numeric(cells: Sequence[str], decimal: str) -> bool:
    """Whether most of what stands there are numbers: a few others are told with their lines when the column is read."""
    there = [cell for cell in cells if cell.lower() not in MISSING]
    return bool(there) and sum(number(cell, decimal) is not None for cell in there) > len(there) / 2
