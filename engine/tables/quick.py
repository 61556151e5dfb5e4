"""Frozen dataclasses that are made and sent quickly: a recording makes about ten of them for every Node that runs."""

from __future__ import annotations

from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, TypeVar

_Kind = TypeVar("_Kind", bound=type)


def quick(kind: _Kind) -> _Kind:
    """Give a dataclass with ``frozen=True, slots=True`` an ``__init__`` that writes to its slots directly.

    The one that ``dataclass`` makes looks every field up by name, which takes twice as long; so does its pickling, which takes
    five times as long. Nothing else changes: to set a field afterwards raises FrozenInstanceError. Defaults must be plain values,
    and there must be two fields or more.
    """
    names: dict[str, Any] = {}
    arguments, body = ["self"], []
    for field in fields(kind):
        names[f"set_{field.name}"] = kind.__dict__[field.name].__set__
        argument = field.name
        if field.default is not MISSING:
            names[f"default_{field.name}"] = field.default
            argument += f"=default_{field.name}"
        arguments.append(argument)
        body.append(f"    set_{field.name}(self, {field.name})")
    made: dict[str, Any] = {}
    exec(f"def __init__({', '.join(arguments)}):\n" + "\n".join(body), names, made)
    made["__init__"].__qualname__ = f"{kind.__qualname__}.__init__"
    kind.__init__ = made["__init__"]  # type: ignore[misc]
    parts = attrgetter(*[field.name for field in fields(kind)])

    def reduce(self: object) -> tuple[Any, ...]:
        return kind, parts(self)

    kind.__reduce__ = reduce  # type: ignore[assignment, method-assign]
    return kind
