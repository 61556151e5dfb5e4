"""Looks at a file of numbers and reads columns of it, whatever its format; tells files apart by their contents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.training.table_files import finding, parquet, text
from engine.training.table_files.form import Cancel, Columns, FileForm, FileRefused, Progress, file_name, size_of, unread

_WEB = "a web page. Save its table as CSV"
_PICTURE = "a picture. Choose a table of numbers, as CSV"
_COMPRESSED = "compressed. Unpack it first"
_JSON = "JSON. Save the table as CSV"
_OTHERS = {
    b"PARE": "an encrypted Parquet file. Write it without encryption",
    b"PK\x03\x04": "a workbook or an archive. Save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old workbook. Save the sheet as CSV",
    b"\x1f\x8b": _COMPRESSED,
    b"BZh": _COMPRESSED,
    b"\xfd7zX": _COMPRESSED,
    b"7z\xbc\xaf": _COMPRESSED,
    b"\xff\xfe\x00\x00": "written in UTF-32. Save it as UTF-8",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"%PDF": "a PDF. Choose a table of numbers, as CSV",
    b"\x93NUM": "an array of NumPy. Save it as CSV, with numpy.savetxt(…, delimiter=',')",
    b"ARRO": "an Arrow file. Write it as Parquet or CSV",
    b"SQLi": "a database. Save the table as CSV",
    b"<!DO": _WEB,
    b"<!do": _WEB,
    b"<htm": _WEB,
    b"<HTM": _WEB,
    b"<?xm": "XML. Save the table as CSV",
    b'{"': _JSON,
    b"{\n": _JSON,
    b"[{": _JSON,
    b"[[": _JSON,
    b"[\n": _JSON,
}
"""By its first bytes, what a file is that holds no table."""


def look(
    path: str,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: str | None = None,
    first_line: int | None = None,
) -> FileForm:
    """Find out how the file is written, from its beginning; what is given is taken as it is, if the file is text.

    Raises FileRefused where the file cannot be used.
    """
    size = size_of(path)
    if _beginning(path) == parquet.MARK:
        found = parquet.look(path, size)
    else:
        found = finding.look(
            path, size, separator=separator, decimal=decimal, encoding=encoding, header=header, first_line=first_line
        )
    return replace(found, contents=fingerprint(path))


def read_columns(
    path: str,
    x_columns: Sequence[int],
    y_column: int,
    *,
    format: str = "text",
    contents: str = "",
    cancel: Cancel | None = None,
    progress: Progress | None = None,
    **form: Any,
) -> Columns:
    """The columns with these numbers, from 0, as float64: those of ``x_columns``, then ``y_column``.

    Rows that lack a value in one of them are left out and named. ``form`` says how a text is written, as the options of the data
    set ``file``. Raises FileRefused where another cell holds no finite number, with its line, where a column is not there, where
    no row is left, and where the file is of another format or has not the SHA-256 ``contents``; and Cancelled once ``cancel``,
    asked every few thousand rows, says True.
    """
    size = size_of(path)
    wanted = (*x_columns, y_column)
    is_parquet = _beginning(path) == parquet.MARK
    if is_parquet != (format == "parquet"):
        now = "is a Parquet file now" if is_parquet else "is no Parquet file any more"
        raise FileRefused(f"{file_name(path)} {now}. Choose the file anew.")
    if contents and fingerprint(path) != contents:
        raise FileRefused(f"{file_name(path)} has changed since its columns were chosen. Choose them anew.")
    if is_parquet:
        return parquet.read_columns(path, size, wanted, cancel, progress)
    return text.read_columns(path, wanted, cancel=cancel, progress=progress, **form)


def holds_table(path: str) -> bool:
    """Whether two columns or more of the file are numbers, as far as its beginning tells."""
    try:
        size = size_of(path)
        return _beginning(path) == parquet.MARK or sum(finding.look(path, size).numeric) > 1
    except FileRefused:
        return False


def fingerprint(path: str) -> str:
    """SHA-256 of the file, to know later whether it is still the same. Raises FileRefused where it cannot be read."""
    size_of(path)
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unread(path, error) from None


def _beginning(path: str) -> bytes:
    """The first bytes of a file that may hold a table."""
    try:
        with Path(path).open("rb") as file:
            found = file.read(4)
    except OSError as error:
        raise unread(path, error) from None
    mark = next((mark for mark in _OTHERS if found.startswith(mark)), None)
    if mark is not None:
        raise FileRefused(f"{file_name(path)} is {_OTHERS[mark]}.")
    return found
