"""Knobs as they were given: a frozen mapping, which may cross threads and processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Options(Mapping[str, Any]):
    """A frozen mapping of knobs' names to values that can be hashed, in the order of the names."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        self._items: tuple[tuple[str, Any], ...] = tuple(sorted((items or {}).items()))
        self._hash: int | None = None

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
        if self._hash is None:  # of thousands of points it takes a while, and a config is looked up all the time
            self._hash = hash(self._items)
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Options) else Mapping.__eq__(self, other)

    def __repr__(self) -> str:
        return repr(dict(self._items))
