"""A tensor's elements as a small histogram: computed once per tensor, drawn by the rows of tensor cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tables import Summary, TensorData, bin_counts
from gui.look.numbers import constant_text, range_texts

BINS = 20
_MIDDLE = tuple(1.0 if index == BINS // 2 else 0.0 for index in range(BINS))


@dataclass(frozen=True, slots=True)
class Histogram:
    """``heights`` are 0 to 1, one per bin (none if there is nothing to count); ``zero`` is where 0 lies, from 0 to 1, or None.

    ``low`` and ``high`` are the texts at the ends, ``note`` replaces them where one text says it all (a constant tensor, an
    empty one); ``bad`` says how many elements are nan or infinite, or is empty.
    """

    heights: tuple[float, ...]
    low: str
    high: str
    zero: float | None
    note: str = ""
    bad: str = ""


def histogram(data: TensorData) -> Histogram:
    """The histogram of ``data``; complex numbers count by their absolute value, booleans as 0 and 1."""
    numbers = data.numbers()
    if data.size == 0:
        return Histogram((), "", "", None, "empty")
    if numbers is None:
        return _of_summary(data.summary(), data.dtype)
    flat = np.abs(numbers).ravel() if np.iscomplexobj(numbers) else numbers.ravel()
    values: NDArray[np.float64] = flat.astype(np.float64)
    finite, bad = np.isfinite(values), ""
    if not finite.all():
        nan = int(np.isnan(values).sum())
        bad = _bad(nan, values.size - int(finite.sum()) - nan)
        values = values[finite]
        if values.size == 0:
            return Histogram((), "", "", None, "", bad)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Histogram(_MIDDLE, "", "", None, f"all {constant_text(low, data.dtype)}", bad)
    span = high - low
    if not np.isfinite(span) or low + span / BINS == low:
        return Histogram((), *range_texts(low, high), None, "", bad)
    counts = bin_counts(values, low, high, BINS)
    heights = tuple((counts / counts.max()).tolist())
    return Histogram(heights, *range_texts(low, high), -low / span if low <= 0 <= high else None, "", bad)


def _of_summary(kept: Summary, dtype: str) -> Histogram:
    """The histogram of a large tensor, as it was counted while recording."""
    bad = _bad(kept.nan, kept.infinite)
    low, high = kept.minimum, kept.maximum
    if low is None or high is None:
        return Histogram((), "", "", None, "", bad)
    if low == high:
        return Histogram(_MIDDLE, "", "", None, f"all {constant_text(low, dtype)}", bad)
    most = max(kept.counts, default=0)
    heights = tuple(count / most for count in kept.counts) if most else ()
    span = high - low
    zero = -low / span if heights and np.isfinite(span) and low <= 0 <= high else None
    return Histogram(heights, *range_texts(low, high), zero, "", bad)


def _bad(nan: int, infinite: int) -> str:
    parts = [f"{nan} nan"] if nan else []
    return " · ".join([*parts, f"{infinite} ∞"] if infinite else parts)
