"""A large tensor that is written to part by part: its elements, kept once, and then what each write put where."""

from __future__ import annotations

import sys
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tables.blocks import Blocks
from engine.tables.data import Summary, TensorData, summarise

_FEW, _LONG = 64, 64
"""Up to so many runs are copied one by one, and so are more runs of at least so many elements on average: that is faster than all
at once."""
_MOST_SUMMARIES = 256
_MOST_PARTS = 64
_OWN = 2
"""References to an object that nobody else holds: the variable's, and the one made by asking how many there are."""

Elements = NDArray[np.generic]


class History:
    """What lay in one piece of memory, from write to write. It only grows, and only while a recording is made.

    A *run* is so many elements in a row that a write put somewhere.

    Attributes
    ----------
    base : read-only array of one dimension
        All elements before the first run.
    starts : sequence of int64
        Where in ``base`` each run begins.
    ends : sequence of int64
        How many elements all runs have, up to and with each.
    elements : bytes, or array of the type of ``base``
        What the runs put there, one after the other.
    """

    __slots__ = ("_known", "_parts", "_summaries", "base", "elements", "ends", "starts")

    def __init__(self, base: Elements, starts: Any = None, ends: Any = None, elements: Any = None) -> None:
        self.base = base
        self.starts: Any = array("q") if starts is None else starts
        self.ends: Any = array("q") if ends is None else ends
        self.elements: Any = bytearray() if elements is None else elements
        self._known: tuple[int, Elements] | None = None
        self._summaries: dict[Any, Summary] = {}
        self._parts: dict[Any, tuple[int, Blocks]] = {}

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.starts)

    def add(self, starts: list[int], length: int, elements: bytes) -> None:
        """One more write: runs of ``length`` elements each, whose bytes follow one another."""
        end = self.ends[-1] if self.ends else 0
        self.starts.extend(starts)
        self.ends.extend(range(end + length, end + length * len(starts) + 1, length))
        self.elements += elements

    def at(self, runs: int) -> Elements:
        """All elements after so many runs: read-only, of one dimension."""
        if not runs:
            return self.base
        known = self._known
        if known is not None and known[0] == runs:
            return known[1]
        self._known = None  # nobody else gets it from here on
        held = known is None or known[0] > runs or sys.getrefcount(known) > _OWN
        done, flat = (0, self.base) if known is None or known[0] > runs else known
        del known
        if held or sys.getrefcount(flat) > _OWN:
            flat = flat.copy()
        flat.setflags(write=True)
        self.replay(flat, done, runs)
        flat.setflags(write=False)
        self._known = runs, flat
        return flat

    def replay(self, flat: Elements, first: int, last: int) -> None:
        """Write the runs from ``first`` up to, not including, ``last`` into ``flat``, which holds what was there before them."""
        if first == last:
            return
        begin = int(self.ends[first - 1]) if first else 0
        starts = np.frombuffer(self.starts[first:last], np.int64)
        ends = np.frombuffer(self.ends[first:last], np.int64) - begin
        size = flat.itemsize if isinstance(self.elements, bytearray) else 1
        elements = np.frombuffer(self.elements[begin * size : (begin + int(ends[-1])) * size], flat.dtype)
        lengths = np.diff(ends, prepend=0)
        if len(starts) <= _FEW or ends[-1] >= _LONG * len(starts):
            at = 0
            for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
                flat[start : start + length] = elements[at : at + length]
                at += length
        else:  # numpy keeps what comes last where places repeat
            flat[np.repeat(starts - (ends - lengths), lengths) + np.arange(len(elements))] = elements

    def figures(self, data: Written) -> Summary:
        """The same without histogram and corner. When tensors are asked for in order, each looks only at what was written since
        the last."""
        if data.kind != self.base.dtype or data.offset % data.kind.itemsize or not _dense(data):
            return self.summary(data)
        first = data.offset // data.kind.itemsize
        key = (first, data.size, data.dtype)
        live = self.at(data.runs)[first : first + data.size]
        done, blocks = self._parts.get(key, (data.runs + 1, None))
        if blocks is None or done > data.runs:
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            blocks = Blocks(live, data.dtype, data.offset)
        elif done < data.runs:
            lasts = np.frombuffer(self.ends[max(done - 1, 0) : data.runs], np.int64)
            lengths = np.diff(lasts, prepend=0) if not done else np.diff(lasts)
            begin = np.frombuffer(self.starts[done : data.runs], np.int64) - first
            end = np.minimum(begin + lengths, data.size)
            begin = np.maximum(begin, 0)
            for length in np.unique(end - begin):
                if length > 0:
                    blocks.wrote(live, begin[end - begin == length].tolist(), int(length))
        self._parts[key] = data.runs, blocks
        return blocks.figures()

    def summary(self, data: Written) -> Summary:
        """The summary of one of its tensors, kept for the next request."""
        key = (data.runs, data.offset, data.shape, data.strides, data.dtype)
        found = self._summaries.get(key)
        if found is None:
            numbers = data.numbers()
            assert numbers is not None
            if len(self._summaries) >= _MOST_SUMMARIES:
                self._summaries.clear()
            found = self._summaries[key] = summarise(numbers)
        return found


class Written(TensorData):
    """A tensor whose elements are those of a History, or some of them, after so many runs.

    Attributes
    ----------
    history : History
    runs : int
    kind : dtype of numpy
    offset : int
        Bytes from the beginning of ``history.base``.
    strides : tuple of int
        Bytes.
    """

    __slots__ = ("history", "kind", "offset", "runs", "strides")
    history: History
    runs: int
    kind: np.dtype[Any]
    offset: int
    strides: tuple[int, ...]

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: str,
        history: History,
        runs: int,
        kind: np.dtype[Any],
        offset: int,
        strides: tuple[int, ...],
    ) -> None:
        for name, item in (
            ("shape", shape),
            ("dtype", dtype),
            ("kept", None),
            ("history", history),
            ("runs", runs),
            ("kind", kind),
            ("offset", offset),
            ("strides", strides),
        ):
            object.__setattr__(self, name, item)

    @property
    def array(self) -> Elements:
        """Put together when it is asked for."""
        return np.ndarray(self.shape, self.kind, self.history.at(self.runs), self.offset, self.strides)

    @property
    def whole(self) -> bool:
        return True

    def summary(self) -> Summary:
        return self.history.summary(self)

    def figures(self) -> Summary:
        return self.history.figures(self)


def _dense(data: Written) -> bool:
    """Whether it holds every element of a piece of memory exactly once, in any order."""
    expected = data.kind.itemsize
    for step, length in sorted(zip(data.strides, data.shape, strict=True)):
        if length != 1:
            if step != expected:
                return False
            expected *= length
    return True
