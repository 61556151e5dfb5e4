"""Plain JSON taken apart with suspicion: each function gives what it promises or raises Malformed; and constants as JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

DEEPEST = 20
"""Tuples in tuples that a constant may have."""
LARGEST_INTEGER = 2**63
OFTEN_SAME = 60
"""Texts of up to so many characters are held once, however often they come: names of operations, Nodes, tensors, dtypes."""
LONGEST_NAME = 4_000
"""Most characters of the name of a tensor, operation, Node or module. What a name is typeset from grows with it."""


_AS_IT_IS = (bool, int, str)
_SAID = (bool, int, str, float)
"""Constants that JSON says, of floats those that are finite."""


class Malformed(Exception):
    """What is wrong with a file, in a few words."""


class LongList:
    """A list in a large document that is not made as a whole: its entries are made one by one when they are read.

    Parameters
    ----------
    length : int
        How many there are.
    entries : callable
        Gives them, and raises what ``json_pieces.decode`` raises.
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


def listing(item: object, what: str, length: int | None = None) -> list[Any]:
    """A list, of that length if one is given."""
    if type(item) is list and (length is None or len(item) == length):
        return item
    raise Malformed(f"“{what}” holds something that is not a list" + (f" of {length}" if length is not None else ""))


def whole(item: object, what: str, end: int = LARGEST_INTEGER, start: int = 0) -> int:
    """An integer from ``start`` up to but not including ``end``."""
    if type(item) is int and start <= item < end:
        return item
    raise Malformed(f"“{what}” holds {str(item)[:40]}, which is not a number from {start} to {end - 1}")


def text(item: object, what: str) -> str:
    """A text."""
    if type(item) is str:
        return sys.intern(item) if len(item) <= OFTEN_SAME else item
    raise Malformed(f"“{what}” holds something that is not a text")


def name(item: object, what: str) -> str:
    """A text of at most ``LONGEST_NAME`` characters."""
    found = text(item, what)
    if len(found) <= LONGEST_NAME:
        return found
    raise Malformed(f"“{what}” holds a name of {len(found):,} characters")


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
    """What ``constant_as_json`` wrote."""
    if item is None or isinstance(item, _SAID):
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


def constant_as_json(item: object) -> Any:
    """A constant as JSON: what JSON lacks is an object with one key that says what it is."""
    if item is None or isinstance(item, _AS_IT_IS):
        return item
    if isinstance(item, float):
        return item if math.isfinite(item) else {"float": repr(item)}
    if isinstance(item, complex):
        return {"complex": [constant_as_json(item.real), constant_as_json(item.imag)]}
    if isinstance(item, tuple | list):
        return {"tuple": [constant_as_json(part) for part in item]}
    return str(item)
