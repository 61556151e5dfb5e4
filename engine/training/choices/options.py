"""Knobs as they were given: a frozen mapping, which may cross threads and processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Options(Mapping[str, Any]):
    """A frozen mapping of knobs' names to values that can be hashed, in the order of the names."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        self._items: tuple[tuple[str, Any], ...] = tuple(sorted((items or {}).items()))

    def __getitem__(self, name: str) -> Any:
        for key, value in self._items:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(key for key, _value in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))
