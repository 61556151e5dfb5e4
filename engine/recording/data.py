"""Tensors as a recording keeps them: read-only numpy, whole or summarised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.recording.quick import quick

WHOLE_LIMIT = 4096
"""Tensors up to this many elements are written out whole by ``Recording.to_json``."""
BINS = 32
"""Bins of a Summary's histogram."""
CORNER = 8
"""Rows and columns of a Summary's corner, at most."""


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Summary:
    """What is kept of a tensor that is too large to keep whole.

    ``minimum`` … ``norm`` are over the finite elements (None if there is none); ``nan`` and ``infinite`` count the others.
    """

    minimum: float | None
    maximum: float | None
    mean: float | None
    std: float | None
    norm: float | None
    nan: int
    infinite: int
    counts: tuple[int, ...] = ()
    """How many of the finite elements fall into each of equally wide bins from ``minimum`` to ``maximum``."""
    corner: NDArray[np.generic] | None = None
    """The first elements along the last two dimensions (first along all others), at most 8 × 8, read-only."""


@quick
@dataclass(frozen=True, eq=False, slots=True)
class TensorData:
    """One tensor at one moment.

    Attributes
    ----------
    shape : tuple of int
    dtype : str
        Torch's name without prefix, such as ``float32``, ``int64``, ``bfloat16``, ``bool``.
    array : read-only array or None
        The elements. ``bfloat16``, which numpy lacks, is kept as its bits (uint16). None if only a summary was kept.
    kept : Summary or None
        Given when ``array`` is None.
    """

    shape: tuple[int, ...]
    dtype: str
    array: NDArray[np.generic] | None
    kept: Summary | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    def numbers(self) -> NDArray[np.generic] | None:
        """The elements as numbers numpy can compute with (bfloat16 decoded to float32); None if only a summary was kept."""
        if self.array is not None and self.dtype == "bfloat16":
            return (self.array.astype(np.uint32) << 16).view(np.float32)
        return self.array

    def item(self) -> float | complex | bool | int:
        """The only element. Raises ValueError if there is not exactly one."""
        numbers = self.numbers()
        if numbers is None or numbers.size != 1:
            raise ValueError(f"a tensor of shape {list(self.shape)} has no single element")
        return numbers.item()  # type: ignore[no-any-return]

    def summary(self) -> Summary:
        """Least, greatest, mean, standard deviation, norm: computed from the elements when they are there."""
        if self.kept is not None:
            return self.kept
        numbers = self.numbers()
        assert numbers is not None
        return summarise(numbers)


def summarise(numbers: NDArray[np.generic]) -> Summary:
    """Summary of an array of any shape; complex numbers are summarised by their absolute value, the corner keeps them."""
    flat = np.abs(numbers).ravel() if np.iscomplexobj(numbers) else numbers.ravel()
    with np.errstate(invalid="ignore"):  # memory that nobody has written to may hold signalling nans
        values = flat.astype(np.float64)
    nan = int(np.isnan(values).sum())
    infinite = int(np.isinf(values).sum())
    finite = values[np.isfinite(values)] if nan or infinite else values
    corner = _corner(numbers)
    if finite.size == 0:
        return Summary(None, None, None, None, None, nan, infinite, (), corner)
    low, high = float(finite.min()), float(finite.max())
    scale = float(np.abs(finite).max())
    norm = scale * float(np.sqrt(np.square(finite / scale).sum())) if scale > 0 else 0.0
    return Summary(low, high, float(finite.mean()), float(finite.std()), norm, nan, infinite, _counts(finite, low, high), corner)


def _counts(finite: NDArray[np.float64], low: float, high: float) -> tuple[int, ...]:
    width = high - low
    if not 0 < width < np.inf:
        return (int(finite.size),)
    places = np.minimum((finite - low) / width * BINS, BINS - 1).astype(np.intp)
    return tuple(np.bincount(places, minlength=BINS).tolist())


def _corner(numbers: NDArray[np.generic]) -> NDArray[np.generic]:
    first = numbers[(0,) * max(numbers.ndim - 2, 0)] if numbers.size else numbers
    corner = np.array(first[tuple(slice(CORNER) for _ in range(first.ndim))])
    corner.flags.writeable = False
    return corner


def same(first: TensorData | None, second: TensorData | None) -> bool:
    """Whether both are bit-identical (nan equals nan), or both None."""
    if first is None or second is None:
        return first is second
    if first is second:
        return True
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.array is None or second.array is None:
        return first.array is second.array and repr(first.kept) == repr(second.kept)
    return first.array.tobytes() == second.array.tobytes()
