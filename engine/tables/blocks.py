"""The summary of a tensor too large to keep, block by block: a write changes only the blocks that it meets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tables.data import BINS, Summary, TensorData, bin_counts

BLOCK = 4096
"""Elements of a block."""
_AT_ONCE = 64
_AGAIN = 4
"""When the least or greatest has changed, the histogram is counted anew once one part in so many was written since the last
count."""

Floats = NDArray[np.float64]


class Blocks:
    """Parameters
    ----------
    live : array of one dimension
        All elements, as they lie in memory now.
    dtype : str
        Torch's name.
    offset : int
        Bytes from the beginning of the storage.
    """

    def __init__(self, live: NDArray[Any], dtype: str, offset: int) -> None:
        self.offset, self.size, self.kind = offset, live.nbytes, live.dtype
        self._dtype = dtype
        blocks = -(-len(live) // BLOCK)
        self._numbers = {name: np.zeros(blocks) for name in ("low", "high", "mean", "spread", "norm")}
        self._whole = {name: np.zeros(blocks, np.int64) for name in ("count", "nan", "infinite")}
        self._counts = np.zeros((blocks, BINS), np.int32)
        self._range: tuple[float, float] | None = None
        self._owed = len(live)
        for first in range(0, blocks, _AT_ONCE):
            self._measure(live, first, min(first + _AT_ONCE, blocks))

    def wrote(self, live: NDArray[Any], starts: list[int], length: int) -> None:
        """``runs`` were written to; ``live`` holds what lies in the memory now."""
        if not starts or not length:
            return
        first = np.array(starts, np.int64)
        met: NDArray[np.int64] = np.unique(np.concatenate((first // BLOCK, (first + length - 1) // BLOCK)))
        if length > BLOCK:
            met = np.unique(np.concatenate([np.arange(at // BLOCK, (at + length - 1) // BLOCK + 1) for at in starts]))
        self._owed += len(starts) * length
        for group in np.split(met, np.flatnonzero(np.diff(met) != 1) + 1):
            for begin in range(int(group[0]), int(group[-1]) + 1, _AT_ONCE):
                self._measure(live, begin, min(begin + _AT_ONCE, int(group[-1]) + 1))

    def summary(self, live: NDArray[Any], corner: NDArray[Any] | None) -> Summary:
        """A summary of all elements, with the histogram where it is still true."""
        found = self.figures()
        if found.minimum is None or found.maximum is None:
            return replace(found, corner=corner)
        count = len(live) - found.nan - found.infinite
        return replace(found, counts=self._histogram(live, found.minimum, found.maximum, count), corner=corner)

    def figures(self) -> Summary:
        """A summary of all elements, without histogram and corner."""
        part, whole = self._numbers, self._whole
        count = int(whole["count"].sum())
        nan, infinite = int(whole["nan"].sum()), int(whole["infinite"].sum())
        if not count:
            return Summary(None, None, None, None, None, nan, infinite)
        some = whole["count"] > 0
        shares = whole["count"][some] / count
        low, high = float(part["low"][some].min()), float(part["high"][some].max())
        mean = float((part["mean"][some] * shares).sum())
        with np.errstate(over="ignore"):
            spread = (part["spread"][some] / count).sum() + ((part["mean"][some] - mean) ** 2 * shares).sum()
        most = float(part["norm"].max())
        norm = most * float(np.sqrt(((part["norm"] / most) ** 2).sum())) if most > 0 else 0.0
        return Summary(low, high, mean, float(np.sqrt(spread)), norm, nan, infinite)

    def _histogram(self, live: NDArray[Any], low: float, high: float, count: int) -> tuple[int, ...]:
        if not 0 < high - low < np.inf:
            return (count,) if high == low else ()
        if self._range != (low, high):
            if self._owed * _AGAIN < len(live):
                return ()
            self._range, self._owed = (low, high), 0
            for block in range(len(self._counts)):
                self._count(self._rows(live, block, block + 1)[0], block)
        return tuple(self._counts.sum(0).tolist())

    def _count(self, row: Floats, block: int) -> None:
        assert self._range is not None
        finite = row[np.isfinite(row)]
        finite = finite[(finite >= self._range[0]) & (finite <= self._range[1])]
        self._counts[block] = bin_counts(finite, *self._range, BINS) if len(finite) else 0

    def _rows(self, live: NDArray[Any], first: int, last: int) -> Floats:
        """Blocks as rows of doubles. All are full except the very last, which comes alone."""
        part = live[first * BLOCK : last * BLOCK]
        numbers = TensorData(part.shape, self._dtype, part).numbers()
        assert numbers is not None
        with np.errstate(invalid="ignore"):
            found = (np.abs(numbers) if np.iscomplexobj(numbers) else numbers).astype(np.float64)
        return found.reshape(last - first, -1)

    def _measure(self, live: NDArray[Any], first: int, last: int) -> None:
        if last * BLOCK > len(live) and last - first > 1:
            self._measure(live, first, last - 1)
            first = last - 1
        rows = self._rows(live, first, last)
        finite = np.isfinite(rows)
        part, whole, at = self._numbers, self._whole, slice(first, last)
        count = whole["count"][at] = finite.sum(1)
        whole["nan"][at] = np.isnan(rows).sum(1)
        whole["infinite"][at] = rows.shape[1] - count - whole["nan"][at]
        low = part["low"][at] = np.where(finite, rows, np.inf).min(1)
        high = part["high"][at] = np.where(finite, rows, -np.inf).max(1)
        values = rows if count.all() and finite.all() else np.where(finite, rows, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = part["mean"][at] = values.sum(1) / np.maximum(count, 1)
            part["spread"][at] = (np.where(finite, values - mean[:, None], 0.0) ** 2).sum(1)
            scale = np.where(count > 0, np.maximum(np.abs(low), np.abs(high)), 0.0)
            safe = np.where(scale > 0, scale, 1.0)
            part["norm"][at] = scale * np.sqrt(((values / safe[:, None]) ** 2).sum(1))
        if self._range is not None:
            for number in range(first, last):
                self._count(rows[number - first], number)
