"""What a cell of a ``.gradwalk`` file can hold: how it is checked and read, how it is written, and what the document calls it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.files.values import (
    LARGEST_INTEGER,
    OFTEN_SAME,
    Malformed,
    constant,
    constant_as_json,
    listing,
    name,
    number,
    text,
    truth,
    whole,
)
from engine.tables import STORED, History, Span, TensorData

MOST_DIMENSIONS = 64
_LONGEST_DTYPE = 40
_LONGEST_TEXT = 10**9
"""Lines, or characters of a line."""
_BELOW = 2**31
"""Torch's numbers of outputs and slots are below this."""
_TYPES = {kind: np.dtype(kind) for kind in STORED.values()}


class Sources(Protocol):
    """What a cell that is read refers to."""

    numbers: Sequence[int]
    """Each whole number from 0 once, for more than the rows of any table: an id stands at many places."""
    size: int
    """Bytes of all arrays."""
    spans: Sequence[Span | None]
    histories: Sequence[History]
    tensors: Sequence[TensorData]

    def count(self, table: str) -> int:
        """Rows of a table."""

    def array(self, number: int) -> NDArray[np.generic]:
        """One of the arrays."""


class Numbering(Protocol):
    """Numbers what a written cell refers to: one number for each object, none for None."""

    def tensor(self, data: TensorData | None) -> int | None: ...
    def span(self, span: Span | None) -> int | None: ...
    def array(self, array: NDArray[np.generic]) -> int: ...
    def history(self, history: History) -> int: ...


Read = Callable[[Any], Any]
"""From what JSON says to what the model holds. Raises Malformed."""
Write = Callable[[Any], Any]
"""The other way."""


def _as_it_is(_: Numbering) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """One kind of cell.

    Parameters
    ----------
    words : str
        What the document calls it.
    reading : callable
        Given what cells refer to, and what a cell is called when it is refused: gives what reads one.
    writing : callable
        Given what numbers things: gives what writes one, or None where JSON says what the model holds.
    """

    words: str
    reading: Callable[[Sources, str], Read]
    writing: Callable[[Numbering], Write | None] = _as_it_is


# A file has millions of cells, and a call more for each is a twentieth of the time in which it opens. So each reader looks itself
# whether a cell is as nearly all are, and asks the function of ``values`` about the others.


def _plain(words: str, check: Callable[[object, str], object]) -> Kind:
    """A kind whose cells refer to nothing else."""
    return Kind(words, lambda _, what: lambda item: check(item, what))


def _whole(words: str, end: int = LARGEST_INTEGER, start: int = 0) -> Kind:
    def reading(_: Sources, what: str) -> Read:
        return lambda item: item if type(item) is int and start <= item < end else whole(item, what, end, start)

    return Kind(words, reading)


def _words(words: str, check: Callable[[object, str], str]) -> Kind:
    def reading(_: Sources, what: str) -> Read:
        return lambda item: sys.intern(item) if type(item) is str and len(item) <= OFTEN_SAME else check(item, what)

    return Kind(words, reading)


TEXT = _words("text", text)
NAME = _words("name", name)
TRUTH = Kind("true or false", lambda _, what: lambda item: item if type(item) is bool else truth(item, what))
WHOLE = _whole("whole number")
FROM_1 = _whole("whole number from 1", _LONGEST_TEXT, 1)
"""A line or a column."""
NUMBERED = _whole("whole number", _BELOW)
"""An output or a slot of a Node."""
NUMBER = replace(_plain("number", number), writing=lambda _: constant_as_json)
CONSTANT = Kind(
    "constant",
    lambda _, what: lambda item: item if item is None or type(item) is int else constant(item, what),
    lambda _: constant_as_json,
)


def one_of(names: Collection[str], what: str) -> Kind:
    """One of some words; ``what`` they are stands in the message that refuses another."""

    def read(item: object) -> str:
        if type(item) is str and item in names:
            return sys.intern(item)
        raise Malformed(f"there is no {what} {str(item)[:20]!r}")

    return Kind("word", lambda _, __: read)


def or_null(kind: Kind) -> Kind:
    """A kind, or null."""

    def reading(sources: Sources, what: str) -> Read:
        read = kind.reading(sources, what)
        return lambda item: None if item is None else read(item)

    def writing(numbering: Numbering) -> Write | None:
        write = kind.writing(numbering)
        return None if write is None else lambda item: None if item is None else write(item)

    return Kind(f"{kind.words} or null", reading, writing)


def each(kind: Kind) -> Kind:
    """A list of them; a tuple in the model."""

    def reading(sources: Sources, what: str) -> Read:
        read = kind.reading(sources, what)
        return lambda item: (*map(read, item if type(item) is list else listing(item, what)),)

    def writing(numbering: Numbering) -> Write | None:
        write = kind.writing(numbering)
        return None if write is None else lambda item: [*map(write, item)]

    return Kind(f"list, each: {kind.words}", reading, writing)


def row(
    make: Callable[..., Any],
    *,
    check: Callable[[Any], None] | None = None,
    once: Callable[[list[Any]], Hashable] | None = None,
    younger: Sequence[object] = (),
    **parts: Kind,
) -> Kind:
    """A list with one entry for each field of an object of the model.

    Parameters
    ----------
    make : callable
        Makes the object of its fields, in their order.
    check : callable, optional
        Raises Malformed if they contradict each other.
    once : callable, optional
        Given the list, once it is known to be sound: a key, of which there is to be one object only, or None.
    younger : sequence, optional
        What older files say of the last fields, whose lists end before these, as JSON has it.
    **parts : Kind
        The fields by name.
    """
    arguments = ", ".join(f"part{place}" for place in range(len(parts)))
    built = ", ".join(f"read{place}(part{place})" for place in range(len(parts)))

    def reading(sources: Sources, what: str) -> Read:
        reads = [kind.reading(sources, f"{what}.{field}") for field, kind in parts.items()]
        read = _function(f"lambda {arguments}: make({built})", make=make, **_numbered("read", reads))
        length = len(reads)
        known: dict[Hashable, Any] = {}

        def fitted(item: object) -> list[Any]:
            """With what an older file lacks, without what a newer one has more."""
            cells = item if type(item) is list else listing(item, what, length)
            lacking = length - len(cells)
            return listing([*cells, *younger[-lacking:]] if 0 < lacking <= len(younger) else cells[:length], what, length)

        def plainly(item: object) -> Any:
            return read(*(item if type(item) is list and len(item) == length else fitted(item)))

        def checked(item: object) -> Any:
            cells = item if type(item) is list and len(item) == length else fitted(item)
            made = read(*cells)
            if check is not None:
                check(made)
            key = None if once is None else once(cells)
            return made if key is None else known.setdefault(key, made)

        return plainly if check is None and once is None else checked

    def writing(numbering: Numbering) -> Write | None:
        writes = [kind.writing(numbering) for kind in parts.values()]
        if not any(writes):
            return attrgetter(*parts)
        return _parts_written([f"item.{field}" for field in parts], writes)

    return Kind(f"`[{', '.join(parts)}]`", reading, writing)


def pair(**parts: Kind) -> Kind:
    """Two of them; a tuple in the model."""
    (one, first), (other, second) = parts.items()

    def reading(sources: Sources, what: str) -> Read:
        read_first, read_second = first.reading(sources, f"{what}.{one}"), second.reading(sources, f"{what}.{other}")

        def read(item: object) -> tuple[Any, Any]:
            start, end = item if type(item) is list and len(item) == 2 else listing(item, what, 2)
            return read_first(start), read_second(end)

        return read

    def writing(numbering: Numbering) -> Write | None:
        writes = [first.writing(numbering), second.writing(numbering)]
        return _parts_written(["item[0]", "item[1]"], writes) if any(writes) else None

    return Kind(f"`[{one}, {other}]`", reading, writing)


def _parts_written(parts: Sequence[str], writes: Sequence[Write | None]) -> Write:
    pairs = enumerate(zip(parts, writes, strict=True))
    turned = [part if write is None else f"write{place}({part})" for place, (part, write) in pairs]
    return _function(f"lambda item: [{', '.join(turned)}]", **_numbered("write", writes))


def _numbered(word: str, functions: Sequence[Any]) -> dict[str, Any]:
    return {f"{word}{place}": function for place, function in enumerate(functions)}


def _function(text: str, **names: Any) -> Callable[..., Any]:
    """A lambda for a row of so many fields, since going through them in a loop takes longer. The text is the schema's."""
    made: Callable[..., Any] = eval(text, names)
    return made


# Ids and what they lead to -------------------------------------------------------------------------------------------


def reference(table: str) -> Kind:
    """An id of one of the tables."""

    def reading(sources: Sources, what: str) -> Read:
        numbers, end = sources.numbers, sources.count(table)
        said = f"a reference to {table} in {what}"

        def read(item: object) -> int:
            if type(item) is int and 0 <= item < end:
                return numbers[item]
            return whole(item, said, end)

        return read

    return Kind(f"id of `{table}`", reading)


def moments(beyond: int) -> Kind:
    """How many moments there had been; up to so many more than there are, less one."""

    def reading(sources: Sources, what: str) -> Read:
        numbers, end = sources.numbers, sources.count("moments") + beyond
        return lambda item: numbers[item if type(item) is int and 0 <= item < end else whole(item, what, end)]

    return Kind("number of moments", reading)


def _subject(sources: Sources, what: str) -> Read:
    numbers, end = sources.numbers, len(sources.numbers)

    def read(item: object) -> int:
        return numbers[item] if type(item) is int and 0 <= item < end else whole(item, what, end, -1)

    return read


SUBJECT = Kind("id, or −1", _subject)
"""An id of a table that another cell of the row names."""


def _span(sources: Sources, what: str) -> Read:
    spans, end = sources.spans, len(sources.spans)

    def read(item: object) -> Span | None:
        if type(item) is int and 0 <= item < end:
            return spans[item]
        return None if item is None else spans[whole(item, what, end)]

    return read


SPAN = Kind("id of `spans` or null", _span, lambda numbering: numbering.span)


def _tensor(sources: Sources, what: str) -> Read:
    tensors, end, said = sources.tensors, len(sources.tensors), f"a reference to tensors in {what}"

    def read(item: object) -> TensorData:
        return tensors[item if type(item) is int and 0 <= item < end else whole(item, said, end)]

    return read


TENSOR = Kind("id of `tensors`", _tensor, lambda numbering: numbering.tensor)
TENSOR_OR_NULL = replace(or_null(TENSOR), writing=TENSOR.writing)


def _local(sources: Sources, what: str) -> Read:
    read = TENSOR_OR_NULL.reading(sources, what)

    def known(item: object) -> TensorData | None:
        found: TensorData | None = read(item)
        return None if found is None or (found.size == 1 and not found.whole) else found

    return known


LOCAL = replace(TENSOR_OR_NULL, reading=_local)
"""A local derivative; one of which only a summary was kept says nothing."""


def _array_id(sources: Sources, what: str) -> Read:
    end, said = sources.count("arrays"), f"a reference to arrays in {what}"
    return lambda item: item if type(item) is int and 0 <= item < end else whole(item, said, end)


def _array(sources: Sources, what: str) -> Read:
    read, array = _array_id(sources, what), sources.array
    return lambda item: array(read(item))


ARRAY_ID = Kind("id of `arrays`", _array_id)
"""The id of an array that is not looked at yet."""
ARRAY = Kind(ARRAY_ID.words, _array, lambda numbering: numbering.array)


def _history(sources: Sources, what: str) -> Read:
    histories = sources.histories
    return lambda item: histories[whole(item, what, len(histories))]


HISTORY = Kind("id of `histories`", _history, lambda numbering: numbering.history)

# How elements lie in the file ----------------------------------------------------------------------------------------


def _dtype(item: object, what: str) -> str:
    found = text(item, what)
    if found.isidentifier() and len(found) < _LONGEST_DTYPE:
        return found
    raise Malformed(f"{found[:40]!r} is no dtype")


DTYPE = _plain("torch's name of a dtype", _dtype)


def _shape(sources: Sources, what: str) -> Read:
    length = WHOLE.reading(sources, what)
    known: dict[tuple[int, ...], tuple[int, ...]] = {}

    def read(item: object) -> tuple[int, ...]:
        shape = (*map(length, listing(item, what)),)
        if len(shape) > MOST_DIMENSIONS:
            raise Malformed(f"a tensor has {len(shape)} dimensions")
        return known.setdefault(shape, shape)

    return read


SHAPE = Kind("list, each: whole number", _shape)


def array_type(item: object) -> np.dtype[Any]:
    """How numpy calls the elements of an array. Raises Malformed."""
    if type(item) is not str or item not in _TYPES:
        raise Malformed(f"an array is of the unknown type {str(item)[:20]}")
    return _TYPES[item]


TYPE = Kind("numpy's name of a type", lambda _, __: array_type)
PLACE = Kind("whole number of bytes", lambda sources, what: lambda item: whole(item, what, sources.size + 1))
"""Where in the bytes of all arrays something begins."""
