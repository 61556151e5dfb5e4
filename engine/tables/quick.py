"""Frozen dataclasses that are made and sent quickly: a recording makes about ten of them for every Node that runs."""

from __future__ import annotations

from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, TypeVar

_Kind = TypeVar("_Kind", bound=type)
_Row = TypeVar("_Row")


def quick(kind: _Kind) -> _Kind:
    """Give a dataclass with ``frozen=True, slots=True`` an ``__init__`` that writes to its slots directly.

    The one that ``dataclass`` makes looks every field up by name, which takes twice as long; so does its pickling, which takes
    five times as long, and so does ``replace``, for which there is ``changed``. Nothing else changes: to set a field afterwards
    raises FrozenInstanceError. Defaults must be plain values, and there must be two fields or more.
    """
    names: dict[str, Any] = {"kind": kind, "same": object()}
    arguments, body = ["self"], []
    for field in fields(kind):
        names[f"set_{field.name}"] = kind.__dict__[field.name].__set__
        argument = field.name
        if field.default is not MISSING:
            names[f"default_{field.name}"] = field.default
            argument += f"=default_{field.name}"
        arguments.append(argument)
        body.append(f"    set_{field.name}(self, {field.name})")
    kind.__init__ = _function(kind, "__init__", arguments, body, names)  # type: ignore[misc]
    others = ["self", *(f"{field.name}=same" for field in fields(kind))]
    given = [f"self.{field.name} if {field.name} is same else {field.name}" for field in fields(kind)]
    kind.__replace__ = _function(kind, "__replace__", others, [f"    return kind({', '.join(given)})"], names)  # type: ignore[attr-defined]
    parts = attrgetter(*[field.name for field in fields(kind)])

    def reduce(self: object) -> tuple[Any, ...]:
        return kind, parts(self)

    kind.__reduce__ = reduce  # type: ignore[assignment, method-assign]
    return kind


def _function(kind: type, name: str, arguments: list[str], body: list[str], names: dict[str, Any]) -> Any:
    made: dict[str, Any] = {}
    exec(f"def {name}({', '.join(arguments)}):\n" + "\n".join(body), names, made)
    made[name].__qualname__ = f"{kind.__qualname__}.{name}"
    return made[name]


def changed(item: _Row, **given: Any) -> _Row:
    """Another row that is like ``item`` but for the fields ``given``, which takes hardly longer than to make one."""
    return item.__replace__(**given)  # type: ignore[no-any-return, attr-defined]
