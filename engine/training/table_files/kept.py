"""Columns that were read, kept for whoever asks for them next: a run goes on with its rows when their file is changed or gone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from engine.training.choices.data import DATA
from engine.training.table_files import form
from engine.training.table_files.form import Cancel, Columns, FileRefused, Progress
from engine.training.table_files.reading import read_columns

KEPT = 2
"""How many tables."""
_KNOBS = next(choice for choice in DATA if choice.name == "file").knobs
_kept: dict[tuple[Any, ...], Columns] = {}
_writes = Lock()


def columns_of(options: Mapping[str, Any], cancel: Cancel | None = None, progress: Progress | None = None) -> Columns:
    """The columns that these options of the data set ``file`` name, as ``read_columns`` reads them.

    The same object each time: with ``contents`` always, else as long as the file is not changed. Raises as ``read_columns`` does.
    """
    asked = {knob.name: options.get(knob.name, knob.default) for knob in _KNOBS}
    path, contents = str(asked["path"]), asked["contents"]
    form_of = tuple(value for name, value in asked.items() if name != "path")
    try:
        mark = (contents or (path, *_stamp(path)), *form_of)
    except FileRefused:
        for known in reversed(list(_kept)):
            if known[0][0] == path and known[1:] == form_of:
                return _kept[known]  # it is gone, and what goes on with its rows need not know
        raise
    found = _kept.get(mark)
    if found is None:
        found = read_columns(**asked, cancel=cancel, progress=progress)
        with _writes:
            for older in list(_kept)[: 1 - KEPT]:
                del _kept[older]
            _kept[mark] = found
    return found


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError as error:
        raise form.unread(path, error) from None
    return found.st_mtime_ns, found.st_size
