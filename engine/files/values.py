"""Plain JSON taken apart with suspicion: each function gives what it promises or raises Malformed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

DEEPEST = 20
"""Tuples in tuples that a constant may have."""
LARGEST_INTEGER = 2**63
_SAME = 60
"""Texts of so many characters are held once however often they come: names of operations, Nodes, tensors, dtypes."""
LONGEST_NAME = 4_000
"""Characters of a name: of a tensor, an operation, a Node, a module. What a name is typeset from grows with it."""


class Malformed(Exception):
    """What is wrong with a file, in a few words."""


class Column:
    """A list of a large document that is not made as a whole: its entries are, one by one, when they are read.

    Parameters
    ----------
    length : int
        How many there are.
    entries : callable
        Gives them, and raises what ``file_json.decode`` raises.
    """

    __slots__ = ("_entries", "_length")

    def __init__(self, length: int, entries: Callable[[], Iterator[Any]]) -> None:
        self._length, self._entries = length, entries

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        return self._entries()


def need(holds: bool, otherwise: str) -> None:
    """Raise Malformed with the words ``otherwise`` unless it holds."""
    if not holds:
        raise Malformed(otherwise)


def table(document: dict[str, Any], name: str, names: str) -> list[list[Any] | Column]:
    """The columns of a table, all of one length."""
    found = document.get(name)
    need(type(found) is dict, f"there is no table “{name}”")
    assert isinstance(found, dict)
    columns = [(column, found.get(column)) for column in names.split()]
    listed = [item if type(item) is Column else listing(item, f"{name}.{column}") for column, item in columns]
    need(len({len(column) for column in listed}) <= 1, f"the columns of “{name}” have different lengths")
    return listed


def listing(item: object, what: str, length: int | None = None) -> list[Any]:
    """A list, of that length if one is given."""
    if type(item) is list and (length is None or len(item) == length):
        return item
    raise Malformed(f"“{what}” holds something that is no list" + (f" of {length}" if length is not None else ""))


def whole(item: object, what: str, end: int = LARGEST_INTEGER, start: int = 0) -> int:
    """An integer from ``start`` up to but not including ``end``."""
    if type(item) is int and start <= item < end:
        return item
    raise Malformed(f"“{what}” holds {str(item)[:40]}, which is no number from {start} to {end - 1}")


def maybe(item: object, what: str, end: int = LARGEST_INTEGER, start: int = 0) -> int | None:
    """The same, or None."""
    return None if item is None else whole(item, what, end, start)


def text(item: object, what: str) -> str:
    """A text."""
    if type(item) is str:
        return sys.intern(item) if len(item) <= _SAME else item
    raise Malformed(f"“{what}” holds something that is no text")


def maybe_text(item: object, what: str) -> str | None:
    """A text, or None."""
    return None if item is None else text(item, what)


def name(item: object, what: str) -> str:
    """A text of at most ``LONGEST_NAME`` characters."""
    found = text(item, what)
    need(len(found) <= LONGEST_NAME, f"“{what}” holds a name of {len(found):,} characters")
    return found


def maybe_name(item: object, what: str) -> str | None:
    """The same, or None."""
    return None if item is None else name(item, what)


def truth(item: object, what: str) -> bool:
    """True or False."""
    if type(item) is bool:
        return item
    raise Malformed(f"“{what}” holds something that is neither true nor false")


def number(item: object, what: str) -> float:
    """A float, also one that JSON cannot say."""
    found = constant(item, what)
    need(type(found) is float or (type(found) is int and abs(found) < LARGEST_INTEGER), f"“{what}” holds no number")
    assert isinstance(found, float | int)
    return float(found)


def constant(item: object, what: str, depth: int = 0) -> object:
    """What ``file_tables.constant`` wrote."""
    if item is None or isinstance(item, bool | int | float | str):
        return item
    need(type(item) is dict and len(item) == 1 and depth < DEEPEST, f"“{what}” holds a constant that is not understood")
    assert isinstance(item, dict)
    ((kind, content),) = item.items()
    if kind == "float" and content in ("nan", "inf", "-inf"):
        return float(content)
    if kind == "complex":
        real, imaginary = listing(content, what, 2)
        return complex(number(real, what), number(imaginary, what))
    if kind == "tuple":
        return tuple(constant(part, what, depth + 1) for part in listing(content, what))
    raise Malformed(f"“{what}” holds a constant that is not understood")
