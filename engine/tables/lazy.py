"""A mapping whose contents are found when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

_Content = TypeVar("_Content")


class Lazy(Mapping[str, _Content]):
    """What ``find`` says of each of ``ids``: looked for when asked for, and then kept."""

    __slots__ = ("_find", "_ids", "_known")

    def __init__(self, ids: Mapping[str, object], find: Callable[[str], _Content]) -> None:
        self._ids = ids
        self._find = find
        self._known: dict[str, _Content] = {}

    def __getitem__(self, key: str) -> _Content:
        try:
            return self._known[key]
        except KeyError:
            if key not in self._ids:
                raise
        found = self._known[key] = self._find(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __repr__(self) -> str:
        return repr(dict(self))
