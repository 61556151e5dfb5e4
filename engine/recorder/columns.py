"""What a journal's rows hold of each part of a recording, in the order in which it is written and read back.

It is made of what is declared of the fields: a new one needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from engine.tables import Place, Saved, Span, Summary, Tables, TensorData
from engine.tables.declared import declared, marks_of

Turn = Callable[[Any], Any]
"""From what a field holds to what a journal says of it, or the other way."""


class Columns:
    """Attributes of an object, in their order; ``of(item)`` gives them as a tuple.

    Parameters
    ----------
    names : iterable of str
        The attributes; the class takes them back under the same names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.of: Callable[[Any], tuple[Any, ...]] = attrgetter(*self.names) if len(self.names) > 1 else _of_few(self.names)

    def given(self, row: Iterable[Any]) -> dict[str, Any]:
        """What a row holds, as keywords."""
        return dict(zip(self.names, row, strict=True))


def _of_few(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda item: tuple(getattr(item, name) for name in names)


class Known(NamedTuple):
    """How what a row refers to is told, or found again."""

    tensor: Turn
    span: Turn
    constant: Turn


class Rows:
    """The rows of one class, as tuples of their fields: what ``marshal`` would not write is told in a form of its own.

    A function for each class is made of text, as going through the fields in a loop takes longer. The text is that of the model.

    Parameters
    ----------
    model : type
        A class of ``engine.tables``.
    apart : str
        Fields that are told in another way.
    """

    def __init__(self, model: type[Any], apart: str = "") -> None:
        self._model, others = model, apart.split()
        self._fields = {field.name: field.type for field in declared(model) if field.name not in others}
        self.columns = Columns(self._fields)
        self.numbered = any(field.name == "id" for field in fields(model))

    def telling(self, known: Known) -> Callable[[Any], tuple[Any, ...]]:
        """What says a row."""
        return _function(f"lambda item: {_told(self._fields, 'item')}", known, {})

    def making(self, known: Known) -> Callable[..., Any]:
        """What makes a row again, of what was said and, if it has one, its number."""
        models: dict[str, Any] = {}
        made = _made(self._model, self._fields, "row", models)
        if self.numbered:
            return _function(f"lambda row, id: {made.replace('(', '(id=id, ', 1)}", known, models)
        return _function(f"lambda row: {made}", known, models)


def _function(text: str, known: Known, models: dict[str, Any]) -> Callable[..., Any]:
    made: Callable[..., Any] = eval(text, known._asdict() | models)
    return made


def _refers(said: Any) -> bool:
    """Whether ``marshal`` would not write what a field of that type holds."""
    kind, _ = marks_of(said)
    return kind in _LEAVES or is_dataclass(kind) or any(map(_refers, get_args(kind)))


_LEAVES = {TensorData: "tensor", Span: "span", object: "constant"}


def _told(types: Mapping[str, Any], at: str) -> str:
    """The text of a tuple of these fields of what is called ``at``."""
    return _row(_turned(kind, f"{at}.{name}", None) for name, kind in types.items())


def _row(parts: Iterable[str]) -> str:
    return f"({''.join(f'{part}, ' for part in parts)})"


def _made(model: type[Any], types: Mapping[str, Any], at: str, models: dict[str, Any]) -> str:
    """The text that makes a row of the tuple ``at``; the classes that stand in it are added to ``models``."""
    models[model.__name__] = model
    given = [f"{name}={_turned(kind, f'{at}[{place}]', models)}" for place, (name, kind) in enumerate(types.items())]
    return f"{model.__name__}({', '.join(given)})"


def _turned(said: Any, at: str, models: dict[str, Any] | None) -> str:
    """The text that tells what is called ``at``, or, given ``models``, makes it again."""
    kind, _ = marks_of(said)
    if not _refers(kind):
        return at
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (marks_of(part)[0] for part in get_args(kind) if part is not NoneType)
        return f"{_LEAVES[kind]}({at})" if kind in _LEAVES else f"(None if {at} is None else {_turned(kind, at, models)})"
    if kind in _LEAVES:
        return f"{_LEAVES[kind]}({at})"
    if is_dataclass(kind) and isinstance(kind, type):
        types = {field.name: field.type for field in declared(kind)}
        return _told(types, at) if models is None else _made(kind, types, at, models)
    parts = get_args(kind)
    if parts[-1] is Ellipsis:
        one = f"part{at.count('part')}"
        return f"tuple([{_turned(parts[0], one, models)} for {one} in {at}])"
    return _row(_turned(part, f"{at}[{place}]", models) for place, part in enumerate(parts))


APART = {"variables": "values gradients", "nodes": "saved made_in made_by"}
"""Fields of tables' rows that are told in another way: of a variable what is new, and what a Node keeps and what made it."""


def _tables() -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for field in declared(Tables):
        kind = marks_of(field.type)[0]
        if get_origin(kind) is tuple and is_dataclass(get_args(kind)[0]):
            found[field.name] = Rows(get_args(kind)[0], APART.get(field.name, ""))
    return found


TABLES = _tables()
"""By the name of the recording's field."""
VARIABLE = TABLES.pop("variables").columns
PLACE, SAVED = Rows(Place), Rows(Saved)
SUMMARY = Columns(field.name for field in declared(Summary) if field.name != "corner")
SPAN = Columns(field.name for field in declared(Span))
COUNTERS = Columns("flattened summarised unreadable reason".split())
"""What the snapshots count."""
