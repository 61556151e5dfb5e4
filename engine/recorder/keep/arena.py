"""Memory for snapshots, requested in pieces so large that the system gives them as huge pages.

Fresh memory of 4 KiB pages costs more than the copying: the system hands out and clears every page by itself, at the first write.
"""

from __future__ import annotations

import mmap
import sys

import numpy as np
from numpy.typing import NDArray

FIRST, CHUNK = 2**18, 2**25
"""Bytes asked for at first and at most; four times as many each time. What is not yet written to takes no memory."""
HUGE = 2**22
"""From so many bytes on, chunks are made of huge pages: 2 MiB each, cleared in one go."""
SMALLEST = 4096
"""Arrays of fewer bytes are better off in memory of their own."""
_ALIGNMENT = 64
_AT_ONCE = 2**18
"""Up to so many bytes in a row, a comparison as bytes is the fastest."""
_WHOLE = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
"""The type of whole numbers of so many bytes."""

Array = NDArray[np.generic]


class Arena:
    """Copies arrays into memory of its own, one behind the other.

    A chunk lives as long as any array in it.
    """

    __slots__ = ("_chunk", "_size", "_used")

    def __init__(self) -> None:
        self._chunk: mmap.mmap | None = None
        self._size = FIRST
        self._used = 0

    def copy(self, array: Array) -> Array:
        """A read-only copy with the same order of axes in memory; repeated elements (stride 0) are written out."""
        if array.nbytes < SMALLEST:
            small = array.copy("K")
            small.setflags(write=False)
            return small
        if array.flags.c_contiguous:
            return self._copy(array)
        axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        back = sorted(range(array.ndim), key=axes.__getitem__)
        return self._copy(array.transpose(axes)).transpose(back)

    def _copy(self, array: Array) -> Array:
        chunk, offset = self._chunk, self._used
        if chunk is None or offset + array.nbytes > len(chunk):
            chunk, offset = self._next(array.nbytes), 0
        made: Array = np.ndarray(array.shape, array.dtype, chunk, offset)
        np.copyto(made, array)
        made.setflags(write=False)
        self._used = -(-(offset + array.nbytes) // _ALIGNMENT) * _ALIGNMENT
        return made

    def _next(self, needed: int) -> mmap.mmap:
        chunk = self._chunk = _private(max(self._size, needed))
        self._size = min(4 * self._size, CHUNK)
        return chunk


def _private(size: int) -> mmap.mmap:
    """Memory of this process alone, in huge pages if the system has them."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    chunk = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux" and size >= HUGE:
        chunk.madvise(mmap.MADV_HUGEPAGE)
    return chunk


def same_bits(first: Array, second: Array) -> bool:
    """Whether both hold the same elements, bit for bit: nan equals itself, and 0 is not −0."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    whole = _WHOLE.get(first.itemsize)
    if whole is None or (first.nbytes <= _AT_ONCE and first.flags.c_contiguous and second.flags.c_contiguous):
        return first.tobytes() == second.tobytes()
    return not np.count_nonzero(first.view(whole) != second.view(whole))
