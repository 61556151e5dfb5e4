"""How far each lesson was read and what was answered in it, kept in a file; a damaged one is put aside, never lost in silence."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer, Slot

from gui.panels.lesson.given import Given, How

WAIT = 1000
"""Milliseconds after a change until it is written."""
LARGEST = 5_000_000
"""The most bytes that are read."""
_HOW = ("right", "wrong", "skipped")


@dataclass(frozen=True, slots=True)
class Left:
    """Where a lesson was left: page ``page`` (from 0) of ``pages``, what was answered, and whether it was finished once."""

    page: int = 0
    pages: int = 0
    given: Mapping[str, Given] = field(default_factory=dict)
    done: bool = False

    @property
    def begun(self) -> bool:
        return self.page > 0 or bool(self.given)


class Progress(QObject):
    """The progress in all lessons, by the lesson's name. Two windows do not undo each other: each writes only what it changed."""

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._lessons: dict[str, Left] | None = None
        self._changed: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self.write)

    def of(self, name: str) -> Left:
        """Of the lesson ``name``; of one that was never opened, its beginning."""
        if self._lessons is None:
            self._lessons = self._read()
        return self._lessons.get(name, Left())

    def keep(self, name: str, page: int, pages: int, given: Mapping[str, Given]) -> None:
        """The lesson ``name`` is at this page, with these answers."""
        self._set(name, Left(page, pages, dict(given), self.of(name).done))

    def finish(self, name: str) -> None:
        """Its last page was finished."""
        left = self.of(name)
        self._set(name, Left(left.page, left.pages, left.given, True))

    def _set(self, name: str, left: Left) -> None:
        self.of(name)
        assert self._lessons is not None
        self._lessons[name] = left
        self._changed.add(name)
        self._timer.start()

    # The file ----------------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Left]:
        try:
            if self._file.stat().st_size > LARGEST:
                raise ValueError("too large")
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(name): _left(entry) for name, entry in found["lessons"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            with contextlib.suppress(OSError):  # what can still be read of it by hand is not written over
                self._file.replace(self._file.with_suffix(".damaged"))
            return {}

    @Slot()
    def write(self) -> bool:
        """Write what changed; False where the disk does not take it, which is tried again with the next change."""
        self._timer.stop()
        if not self._changed or self._lessons is None:
            return True
        lessons = self._read() | {name: self._lessons[name] for name in self._changed}
        text = json.dumps({"version": 1, "lessons": {name: _entry(left) for name, left in lessons.items()}}, indent=1)
        part = self._file.with_name(f".{self._file.name}.{os.getpid()}.part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            part.replace(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        self._changed.clear()
        return True


def _entry(left: Left) -> dict[str, Any]:
    given = {
        key: {"how": one.how, "said": one.said, "expected": one.expected, "first": one.first, "tries": one.tries}
        for key, one in left.given.items()
    }
    return {"page": left.page, "pages": left.pages, "done": left.done, "given": given}


def _left(entry: Mapping[str, Any]) -> Left:
    """What an entry of the file says; what it says wrongly is its default."""
    given: dict[str, Given] = {}
    for key, one in dict(entry.get("given", {})).items():
        if one.get("how") in _HOW:
            said, expected, first = (str(one.get(name, ""))[:300] for name in ("said", "expected", "first"))
            given[str(key)] = Given(cast(How, one["how"]), said, expected, first, max(1, int(one.get("tries", 1))))
    return Left(max(0, int(entry.get("page", 0))), max(0, int(entry.get("pages", 0))), given, bool(entry.get("done", False)))
