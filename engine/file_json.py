"""JSON in pieces: the ``json`` module holds the interpreter's lock from the first character to the last, and so the window."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

DEPTH = 2
"""Objects are taken apart down to here: the document, then its tables. A column of a table is one piece."""
_SPACE = re.compile(r"[ \t\n\r]*")


def dumps(document: Mapping[str, Any]) -> str:
    """As ``json.dumps`` without blanks; nan and infinities raise ValueError."""
    return _object(document, DEPTH)


def _object(content: Mapping[str, Any], depth: int) -> str:
    parts = []
    for key, value in content.items():
        inner = _object(value, depth - 1) if depth > 1 and isinstance(value, Mapping) else _piece(value)
        parts.append(f"{_piece(key)}:{inner}")
    return "{" + ",".join(parts) + "}"


def _piece(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def loads(data: bytes, refuse: Callable[[str], Any]) -> Any:
    """As ``json.loads`` of UTF-8; ``refuse`` is called with ``NaN``, ``Infinity`` or ``-Infinity``.

    Raises ValueError for what is no JSON.
    """
    text = data.decode("utf-8")
    decoder = json.JSONDecoder(parse_constant=refuse)
    value, end = _value(text, _skip(text, 0), decoder, DEPTH)
    if _skip(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _value(text: str, at: int, decoder: json.JSONDecoder, depth: int) -> tuple[Any, int]:
    if not depth or text[at : at + 1] != "{":
        return decoder.raw_decode(text, at)
    content: dict[str, Any] = {}
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return content, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        content[key], at = _value(text, _skip(text, at + 1), decoder, depth - 1)
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return content, at + 1
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _skip(text, at + 1)
