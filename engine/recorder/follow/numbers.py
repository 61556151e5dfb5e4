"""Whole numbers, each kept as one object: the ids of a recording are the same few numbers many times over."""

from __future__ import annotations


class Numbers(list[int]):
    """``numbers.of(n)`` is ``n``, always the same object: Python makes a new one of 32 bytes for most that are computed."""

    __slots__ = ()

    def of(self, number: int) -> int:
        """``number``, which is not negative."""
        if number >= len(self):
            self.extend(range(len(self), number + 1))
        return self[number]
