"""What a field of the recording says of itself beside its type, in ``Annotated``; and all that a class declares, read back.

File, journal and JSON are made of this. Most is said by a type: ``bool``, ``int``, ``str``, ``X | None``, ``tuple[X, ...]``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from inspect import cleandoc
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

_Mark = TypeVar("_Mark")


class Form(Enum):
    """What a text, a number or a tensor has to be, where its type does not say that."""

    NAME = "a text of a bounded length"
    PLACE = "a line or a column, from 1"
    OUTPUT = "an output or a slot of a Node"
    SUBJECT = "an id of a table that another field of the row names, or -1"
    LOCAL = "a tensor that has one element, else nothing"


@dataclass(frozen=True, slots=True)
class To:
    """An ``int`` is an id: a place in this field of the Recording."""

    table: str


@dataclass(frozen=True, slots=True)
class Moments:
    """An ``int`` says how many moments there had been: at most so many more than there are, less one."""

    beyond: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text is one of these; ``what`` they are stands in the message that refuses another."""

    words: Collection[str]
    what: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What the parts of a pair are called, or what a mapping's key is."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """The Gradwalk whose files have the field first; in files from before, it is its default."""

    version: str


@dataclass(frozen=True, slots=True)
class Called:
    """What file and JSON call the field, where Python cannot."""

    name: str


@dataclass(frozen=True, slots=True)
class InJson:
    """The key that the JSON says it under."""

    key: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The JSON does not say it, and why. Of a table, ``rows`` may be False: its rows are said elsewhere."""

    why: str
    rows: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """One field of a class.

    Attributes
    ----------
    name : str
    type : Any
        With what is said beside it, as ``typing`` gives it.
    default : object
        ``dataclasses.MISSING`` if there is none.
    meaning : str
        What the class's docstring says of it, in its section of attributes; empty if it says nothing.
    """

    name: str
    type: Any
    default: object
    meaning: str

    @property
    def key(self) -> str:
        """What the JSON calls it."""
        called, key = self.mark(Called), self.mark(InJson)
        return key.key if key is not None else self.name if called is None else called.name

    def mark(self, kind: type[_Mark]) -> _Mark | None:
        """What is said of that kind beside the whole type."""
        return next((mark for mark in marks_of(self.type)[1] if isinstance(mark, kind)), None)


def marks_of(said: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type, and what is said beside it."""
    if get_origin(said) is not Annotated:
        return said, ()
    plain, *marks = get_args(said)
    return plain, tuple(marks)


def declared(model: type[Any]) -> list[Declared]:
    """The fields of a dataclass in their order, except its number ``id``."""
    hints = get_type_hints(model, include_extras=True)
    meanings = {name: text for kind in reversed(model.__mro__) for name, text in _meanings(kind)}
    found: list[Declared] = []
    for field in fields(model):
        if field.name != "id":
            made = field.default if field.default_factory is MISSING else field.default_factory()
            found.append(Declared(field.name, hints[field.name], made, meanings.get(field.name, "")))
    return found


def _meanings(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """What a class's docstring says of each attribute."""
    lines = cleandoc(kind.__doc__ or "").partition("Attributes\n----------\n")[2].split("\n")
    names: list[str] = []
    text: list[str] = []
    for line in [*lines, ""]:
        if line.startswith(" "):
            text.append(line.strip())
            continue
        for name in names:
            yield name, " ".join(text)
        names, text = line.partition(" : ")[0].split(", "), []
