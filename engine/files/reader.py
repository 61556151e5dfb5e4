"""The schema's tables back to a Recording. Everything is checked: whatever passes can be drawn, stepped and exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.files import schema
from engine.files.meaning import check_meaning
from engine.files.stored import Stored
from engine.recording import Recording


class Reader:
    """Reads one document with its block of bytes; calls ``between`` between two of its tables."""

    def __init__(self, document: dict[str, Any], block: bytes, between: Callable[[], object]) -> None:
        self._document = document
        self._between = between
        self._stored = Stored(document, block, between)

    def recording(self) -> Recording:
        """The recording; the document is empty then. Raises Malformed."""
        stored = self._stored
        self._done(schema.SPANS.name, schema.ARRAYS.name, schema.HISTORIES.name, schema.TENSORS.name)
        found = {entry.source: stored.entry(entry) for entry in schema.ENTRIES}
        for table in schema.TABLES:
            self._between()
            rows = stored.rows(table)
            found[table.name] = tuple(rows) if table.key is None else dict(rows)
            self._done(table.name)
        if stored.lost_spans:
            found["notes"] += (f"{stored.lost_spans} places lie outside the text and are not shown",)
        recording = Recording(**found)
        check_meaning(recording)
        return recording

    def _done(self, *names: str) -> None:
        """What these tables held is read: it goes, column by column, so that the recording is not there twice."""
        for name in names:
            part = self._document.pop(name, None)
            while part:
                part.popitem() if isinstance(part, dict) else part.pop()
