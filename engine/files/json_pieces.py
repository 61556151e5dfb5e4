"""JSON of large documents, piece by piece: one call of Python's own codec for all of it would hold up all threads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import islice
from typing import Any

from engine.files.values import LongList, Malformed

PIECE = 2_000
"""Entries of a list that are written in one go."""
WHOLE = 1_000_000
"""Characters of a document up to which its lists are read in one go each."""
_SPACE = re.compile(r"[ \t\n\r]*")
_FLAT = re.compile(r"\[[0-9a-z,.+\-]*\]")
"""A list of numbers, truths and nulls as Gradwalk writes it: without spaces."""
_AT_ONCE = 1 << 15
"""Characters of such a list that are read in one go."""
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def encode(document: dict[str, Any]) -> Iterator[str]:
    """``document`` as ASCII JSON in pieces; the entries of objects are taken out of it as they are written.

    What is callable stands for what it gives when its turn comes: a value, None for no entry at all, or the entries of a list.

    Raises ValueError for numbers that JSON does not know.
    """
    start = "{"
    for key in list(document):
        value = document.pop(key)
        if callable(value):
            value = value()
            if value is None:
                continue
        yield f"{start}{_encode(key)}:"
        start = ","
        if isinstance(value, Iterator):
            yield from _listed(value)
        elif type(value) is dict:
            yield from encode(value)
        elif type(value) is list and len(value) > PIECE:
            yield from _pieces(value)
        else:
            yield _encode(value)
    yield "}" if start == "," else "{}"


def _listed(entries: Iterator[Any]) -> Iterator[str]:
    start = "["
    while True:
        piece = list(islice(entries, PIECE))
        if not piece:
            break
        yield start + _encode(piece)[1:-1]
        start = ","
    yield "]" if start == "," else "[]"


def _pieces(entries: list[Any]) -> Iterator[str]:
    start = "["
    for first in range(0, len(entries), PIECE):
        yield start + _encode(entries[first : first + PIECE])[1:-1]
        start = ","
    yield "]"


def decode(text: str, between: Callable[[], object], *, columns: bool = False) -> Any:
    """What ``json.loads`` makes of ``text``, with a call of ``between`` after each entry of the two outermost objects.

    ``columns``: in a large document the lists in the objects in the outermost one are LongLists.

    Raises ValueError (also Malformed, for numbers that JSON does not know) and RecursionError.
    """
    return _Decoder(text, between, columns).document()


def _refuse(name: str) -> float:
    raise Malformed(f"it holds the number {name}, which JSON does not know")


class _Reading:
    """What a generator gives, and then as ``end`` what it returns."""

    def __init__(self, entries: Generator[Any, None, int]) -> None:
        self._entries, self.end = entries, 0

    def __iter__(self) -> Generator[Any, None, None]:
        self.end = yield from self._entries


class _Decoder:
    def __init__(self, text: str, between: Callable[[], object], columns: bool) -> None:
        self._text = text
        self._columns = columns and len(text) > WHOLE
        self._between = between
        decoder = json.JSONDecoder(parse_constant=_refuse)
        # One value at a place, in C.
        self._scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once  # type: ignore[attr-defined]
        self._in_pieces = len(text) > WHOLE

    def document(self) -> Any:
        value, at = self._value(self._skip(0), 2)
        at = self._skip(at)
        if at != len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, at)
        return value

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        assert found is not None
        return found.end()

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at ``at``, and where it ends; objects entry by entry down to ``depth`` of them."""
        if depth and self._text.startswith("{", at):
            return self._object(at, depth)
        if self._in_pieces and self._text.startswith("[", at):
            return self._column(at) if self._columns and not depth else self._list(at)
        return self._whole(at)

    def _whole(self, at: int) -> tuple[Any, int]:
        try:
            return self._scan(self._text, at)
        except StopIteration as error:
            raise json.JSONDecodeError("Expecting value", self._text, error.value) from None

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self._skip(at + 1)
        if self._text.startswith("}", at):
            return found, at + 1
        while True:
            if not self._text.startswith('"', at):
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, at)
            key, at = self._whole(at)
            at = self._skip(self._expect(":", self._skip(at)))
            found[key], at = self._value(at, depth - 1)
            self._between()
            at = self._skip(at)
            if self._text.startswith("}", at):
                return found, at + 1
            at = self._skip(self._expect(",", at))

    def _list(self, at: int) -> tuple[list[Any], int]:
        reading = _Reading(self.entries(at))
        return [*reading], reading.end

    def entries(self, at: int) -> Generator[Any, None, int]:
        """The entries of the list that begins at ``at``; returns where it ends."""
        text, scan, skip = self._text, self._scan, _SPACE.match
        at = self._skip(at + 1)
        if text.startswith("]", at):
            return at + 1
        while True:
            try:
                entry, at = scan(text, at)
            except StopIteration as error:
                raise json.JSONDecodeError("Expecting value", text, error.value) from None
            yield entry
            mark = text[at : at + 1]
            if mark not in (",", "]"):
                at = self._skip(at)
                mark = text[at : at + 1]
            if mark == "]":
                return at + 1
            at = self._expect(",", at)
            if text[at : at + 1] in " \t\n\r":
                match = skip(text, at)
                assert match is not None
                at = match.end()

    def flat(self, start: int, end: int) -> Iterator[Any]:
        """The entries of a list without texts and other lists in it, from ``start`` to ``end``: many in one go."""
        text, start, end = self._text, start + 1, end - 1
        while start < end:
            cut = end if end - start <= _AT_ONCE else text.find(",", start + _AT_ONCE, end)
            cut = end if cut < 0 else cut
            piece = f"[{text[start:cut]}]"
            try:
                entries, at = self._scan(piece, 0)
            except StopIteration as error:
                raise json.JSONDecodeError("Expecting value", piece, error.value) from None
            if at != len(piece):
                raise json.JSONDecodeError("Extra data", piece, at)
            yield from entries
            start = cut + 1

    def _column(self, at: int) -> tuple[LongList, int]:
        found = _FLAT.match(self._text, at)
        if found is not None:
            end = found.end()
            return LongList(self._text.count(",", at, end) + (end > at + 2), partial(self.flat, at, end)), end
        reading = _Reading(self.entries(at))
        length = sum(1 for _ in reading)
        return LongList(length, partial(self.entries, at)), reading.end

    def _expect(self, mark: str, at: int) -> int:
        if not self._text.startswith(mark, at):
            raise json.JSONDecodeError(f"Expecting {mark!r} delimiter", self._text, at)
        return at + 1
