"""The schema's tables back to a Recording. Everything is checked: whatever passes can be drawn, stepped and exported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from engine.files import schema
from engine.files.meaning import check_meaning
from engine.files.stored import Stored
from engine.tables import Hook, Span, Tables

_Recording = TypeVar("_Recording", bound=Tables)
_HOOK = re.compile(r"(register_hook|register_full_backward_hook)(?: in line (\d+))?: a hook may change a gradient ")
"""How a note begins that says so, in files that have no table of hooks."""


class Reader:
    """Reads one document with its block of bytes; calls ``between`` between two of its tables."""

    def __init__(self, document: dict[str, Any], block: bytes, between: Callable[[], object]) -> None:
        self._document = document
        self._between = between
        self._stored = Stored(document, block, between)

    def recording(self, kind: type[_Recording]) -> _Recording:
        """The recording; the document is empty then. Raises Malformed."""
        stored, lacks_hooks = self._stored, schema.HOOKS.name not in self._document
        self._done(schema.SPANS.name, schema.ARRAYS.name, schema.HISTORIES.name, schema.TENSORS.name)
        found = {entry.source: stored.entry(entry) for entry in schema.ENTRIES}
        for table in schema.TABLES:
            self._between()
            rows = stored.rows(table)
            found[table.name] = tuple(rows) if table.key is None else dict(rows)
            self._done(table.name)
        if lacks_hooks:
            found["hooks"] = _hooks_in(found["notes"], found["text"])
        if stored.lost_spans:
            found["notes"] += (f"{stored.lost_spans} places are outside the text and are not shown",)
        recording = kind(**found)
        check_meaning(recording)
        return recording

    def _done(self, *names: str) -> None:
        """These tables are read: their content is dropped, column by column, so that the recording is not in memory twice."""
        for name in names:
            part = self._document.pop(name, None)
            while part:
                part.popitem() if isinstance(part, dict) else part.pop()


def _hooks_in(notes: Iterable[str], text: str) -> tuple[Hook, ...]:
    """What the notes of an older file say about hooks: they name the line, so that is the place."""
    lines = text.split("\n")
    hooks: list[Hook] = []
    for said in filter(None, map(_HOOK.match, notes)):
        line = int(said[2] or 0)
        code = lines[line - 1] if 1 <= line <= len(lines) else ""
        start = len(code) - len(code.lstrip()) + 1
        hooks.append(Hook(said[1], Span(line, start, line, len(code) + 1) if code.strip() else None))
    return tuple(hooks)
