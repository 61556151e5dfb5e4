"""What is computed when it is first asked for, and then kept: without a lock, since several threads ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property:
        """Works like Python's own from 3.12 on.

        That of Python 3.11 holds a lock of the property while it computes, one for all objects: two threads whose properties ask
        for each other's wait for ever. Here two threads may compute the same thing at the same time; both get what the first one
        kept.
        """

        def __init__(self, compute: Any) -> None:
            self._compute = compute
            self._name = ""
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            return instance.__dict__.setdefault(self._name, self._compute(instance))


__all__ = ["cached_property"]
