"""A long row of numbers in few points: the least and the greatest of each column, all where there is room. No torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
Row = NDArray[np.floating]

BLOCK = 128
"""Of so many numbers the least and the greatest are known, so that a row of a million is looked at as one of some thousands."""
_EACH = 4
"""Up to so many numbers a column all of them are drawn."""


def column_size(count: int, columns: int) -> int:
    """How many of ``count`` numbers each of up to ``columns`` columns holds; 1 where all are drawn."""
    if count <= _EACH * columns:
        return 1
    return 1 << (-(-count // columns) - 1).bit_length()  # a power of two, so that columns stay where they are


def seen(first: int, last: int, view: tuple[float, float]) -> tuple[int, int]:
    """The numbers from ``first`` to before ``last`` that are drawn where ``view`` is seen: lines lead out of it at both sides."""
    low, high = max(view[0], -1.0), min(view[1], last + 1.0)
    return max(first, int(low) - 1), min(last, int(high) + 3)


class Thinned:
    """Of one row of numbers, which grows and whose numbers stay as they are; the row itself is handed in each time.

    Numbers that are not finite have no place in it, with ``positive`` those that are not above 0, either.
    """

    def __init__(self, *, positive: bool = False) -> None:
        self._positive = positive
        self._count = 0
        self._least: Places = np.empty(0, np.intp)
        self._greatest: Places = np.empty(0, np.intp)
        """Where these are in each of the first ``_count`` blocks; -1: nowhere."""
        self._stale: set[int] = set()

    def places(self, row: Row, ends: tuple[int, int], view: tuple[float, float], columns: int) -> tuple[Places, int]:
        """Which numbers of ``row`` from the first to before the last of ``ends`` are drawn where ``view`` is seen.

        Returns
        -------
        places : array of int
            In order: the least and the greatest of each column, and the first and the last number of all.
        size : int
            How many numbers each column holds; 1: all are drawn.
        """
        first, last = seen(ends[0], min(ends[1], len(row)), view)
        size = column_size(last - first, columns)
        if size == 1:
            return self._all(row, first, last), 1
        if size <= BLOCK:
            found = self._of_each(row, first, last, size)
        else:
            found = self._of_blocks(row, first, last, size // BLOCK)
        known = np.unique(np.concatenate((found, self._all(row, first, first + 1), self._all(row, last - 1, last))))
        return known, size

    def extent(self, row: Row, first: int, last: int) -> tuple[float, float] | None:
        """The least and the greatest number from ``first`` to before ``last``; None where there is none."""
        if last - first <= 2 * BLOCK:
            found = self._all(row, first, last)
        else:
            found = self._of_blocks(row, first, last, len(row) // BLOCK + 1)
        numbers = row[found]
        return (float(numbers.min()), float(numbers.max())) if len(numbers) else None

    def changed(self, place: int) -> None:
        """The number there is another one."""
        if place // BLOCK < self._count:
            self._stale.add(place // BLOCK)

    def _all(self, row: Row, first: int, last: int) -> Places:
        """All numbers there that have a place."""
        return first + np.flatnonzero(self._has_place(row[first:last])) if last > first else np.empty(0, np.intp)

    def _has_place(self, numbers: Row) -> NDArray[np.bool_]:
        finite = np.isfinite(numbers)
        return finite & (numbers > 0) if self._positive else finite

    def _of_each(self, row: Row, first: int, last: int, size: int) -> Places:
        """The least and the greatest of each column of ``size`` numbers, from the first to before the last."""
        numbers = np.asarray(row[first:last], np.float64)
        return _ends(self._kept(numbers, np.inf), self._kept(numbers, -np.inf), first % size, size) + first

    def _of_blocks(self, row: Row, first: int, last: int, size: int) -> Places:
        """The same of columns of ``size`` blocks; numbers in blocks that are not all within the ends are looked at themselves."""
        self._look(row)
        begin, end = -(-first // BLOCK), last // BLOCK
        if end <= begin:
            return self._of_each(row, first, last, BLOCK)
        least, greatest = self._least[begin:end], self._greatest[begin:end]
        low = np.where(least < 0, np.inf, row[least])
        high = np.where(greatest < 0, -np.inf, row[greatest])
        lows, highs = _ends(low, low[:0], begin % size, size), _ends(high[:0], high, begin % size, size)
        rest = [self._of_each(row, *ends, BLOCK) for ends in ((first, begin * BLOCK), (end * BLOCK, last))]
        return np.concatenate((least[lows], greatest[highs], *rest))

    def _kept(self, numbers: Row, instead: float) -> Row:
        """The numbers that have a place, with ``instead`` for the others."""
        return np.where(self._has_place(numbers), numbers, instead)

    def _look(self, row: Row) -> None:
        """At the blocks that have become whole since the last look, and at those that have changed."""
        whole = len(row) // BLOCK
        for block in [block for block in self._stale if block < whole]:
            self._look_at(row, block, block + 1)
            self._stale.discard(block)
        if whole <= self._count:
            return
        if len(self._least) < whole:
            room = np.empty(max(256, 2 * whole) - self._count, np.intp)
            self._least = np.concatenate((self._least[: self._count], room))
            self._greatest = np.concatenate((self._greatest[: self._count], room))
        self._look_at(row, self._count, whole)
        self._count = whole

    def _look_at(self, row: Row, first: int, last: int) -> None:
        numbers = np.asarray(row[first * BLOCK : last * BLOCK], np.float64).reshape(-1, BLOCK)
        there, begins = self._has_place(numbers), np.arange(first, last) * BLOCK
        some = there.any(axis=1)
        self._least[first:last] = np.where(some, begins + np.argmin(np.where(there, numbers, np.inf), axis=1), -1)
        self._greatest[first:last] = np.where(some, begins + np.argmax(np.where(there, numbers, -np.inf), axis=1), -1)


def _ends(low: Row, high: Row, lead: int, size: int) -> Places:
    """Where in each column the least of ``low`` is and the greatest of ``high``, where these are finite.

    The first column has ``lead`` numbers less than the others.
    """
    found = []
    for numbers, least in ((low, True), (high, False)):
        columns = -(-(len(numbers) + lead) // size)
        table = np.full(columns * size, np.inf if least else -np.inf)
        table[lead : lead + len(numbers)] = numbers
        by_column = table.reshape(columns, size)
        at = by_column.argmin(axis=1) if least else by_column.argmax(axis=1)
        at += np.arange(columns) * size
        found.append(at[np.isfinite(table[at])] - lead)
    return np.concatenate(found)
