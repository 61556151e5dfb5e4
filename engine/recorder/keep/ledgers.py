"""Memory that is written to part by part: only what was written is kept, not everything that lies there again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.recorder.keep.arena import same_bits
from engine.recorder.keep.elements import kind_of, memory_at
from engine.recorder.keep.regions import Runs, runs_of
from engine.recorder.keep.tensors import Snapshots, dtype_name, memory_of
from engine.tables import WHOLE_LIMIT, History, TensorData, Written, corner_of
from engine.tables.blocks import Blocks

SMALLEST = 2048
"""From so many bytes on, a ledger is worth while."""
_PART = 4
"""The first write is at most one part in so many; once there is a ledger, at most half. A larger one is kept as a whole."""
_RUN = 16
"""Bytes that a run takes in addition to its elements."""

Array = NDArray[Any]


class Held(NamedTuple):
    """A tensor, and what it held before it may have been written to."""

    tensor: Tensor
    data: TensorData


class Layout(NamedTuple):
    """Where a tensor's elements lie in a piece of memory: bytes from its beginning, and for each axis from one to the next."""

    offset: int
    strides: tuple[int, ...]


class Ledger:
    """One piece of memory: its History, and where in the tensors' storage it begins (bytes)."""

    __slots__ = ("_done", "_mirror", "history", "offset")

    def __init__(self, base: Array, offset: int) -> None:
        self.history = History(base)
        self.offset = offset
        self._mirror: Array | None = None
        self._done = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.history.base.nbytes

    def mirror(self) -> Array:
        """What is known to lie there, as a separate copy; not to be kept."""
        history = self.history
        if self._mirror is None:
            self._mirror, self._done = history.at(history.runs).copy(), history.runs
        history.replay(self._mirror, self._done, history.runs)
        self._done = history.runs
        return self._mirror

    def live(self, tensor: Tensor) -> Array | None:
        """What lies there now; None if the memory is gone."""
        return _live(tensor, self.offset, self.size, self.history.base.dtype)

    def place(self, tensor: Tensor) -> Layout | None:
        """Where the elements of ``tensor`` lie; None if not all of them are in this memory."""
        if tensor.is_nested:
            return None
        size = tensor.itemsize
        offset = int(tensor.storage_offset()) * size - self.offset
        strides = tuple([size * stride for stride in tensor.stride()])
        last = offset + size + sum([(count - 1) * stride for count, stride in zip(tensor.shape, strides, strict=True)])
        return Layout(offset, strides) if offset >= 0 and last <= self.size else None

    def within(self, runs: Runs, itemsize: int) -> Runs | None:
        """Runs of a tensor's elements as runs of the base's; None if they are not entirely in this memory."""
        starts, length = runs
        unit = self.history.base.itemsize
        if itemsize != unit or self.offset:
            first = np.array(starts, np.int64) * itemsize - self.offset
            last = first + length * itemsize
            first //= unit
            length = int((-(-last // unit) - first).max()) if len(starts) else 0
            starts = first.tolist()
        if starts and (min(starts) < 0 or max(starts) + length > len(self.history.base)):
            return None
        return Runs(starts, length)

    def add(self, live: Array, runs: Runs) -> int:
        """Note what lies in ``runs`` now; returns the bytes that this takes."""
        starts, length = runs
        if not starts or not length:
            return 0
        if len(starts) == 1:
            elements = live[starts[0] : starts[0] + length].tobytes()
        else:
            places = np.array(starts, np.int64)
            elements = live[places if length == 1 else places[:, None] + np.arange(length)].tobytes()
        self.history.add(starts, length, elements)
        return len(elements) + _RUN * len(starts)


class Ledgers:
    """The ledgers of a recording, by their memory."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._kept: dict[int, Ledger] = {}
        self._blocks: dict[int, Blocks] = {}
        """The ledgers for which only summaries are kept."""
        self.noticed = False
        """Whether something was found that was written unseen."""

    def forget(self, memory: int | None) -> None:
        """Forget this memory."""
        if memory is not None:
            self._kept.pop(memory, None)
            self._blocks.pop(memory, None)

    def wrote(self, tensor: Tensor, runs: Runs | None, candidates: Iterable[Held]) -> None:
        """An operation wrote to ``tensor``, and there to these runs (None: anywhere).

        ``candidates`` are tensors in the same memory with what they held just before.
        """
        memory = memory_of(tensor)
        if memory is None or not tensor.is_cpu:
            return
        ledger = self._kept.get(memory)
        candidates = [*candidates] if ledger is None and runs is not None else []
        written = 0 if runs is None else len(runs.starts) * runs.length * tensor.itemsize
        if ledger is None and runs is not None:
            ledger = self.begin(tensor, candidates, written)
        if ledger is None:
            self._wrote_blocks(memory, tensor, runs, candidates, written)
            return
        known = None if runs is None or 2 * written >= ledger.size else ledger.within(runs, tensor.itemsize)
        live = None if known is None else ledger.live(tensor)
        if known is None or live is None or not self._afford(ledger, ledger.add(live, known)):
            del self._kept[memory]

    def size_of(self, tensor: Tensor) -> int:
        """Bytes of the ledger of its memory; 0 if there is none."""
        memory = memory_of(tensor)
        ledger = self._kept.get(memory) if memory is not None else None
        return 0 if ledger is None else ledger.size

    def begin(self, where: Tensor, candidates: Iterable[Held], written: int = 0) -> Ledger | None:
        """A ledger of the memory of ``where``, if one of the ``candidates`` (see ``wrote``) fills it.

        ``written``: how many bytes will be noted first.
        """
        best: Held | None = None
        for held in candidates:
            tensor, data = held
            if tensor.is_nested or data.shape != tensor.shape:
                continue
            if isinstance(data, Written) or not data.whole or not _dense(tensor):
                continue
            if best is None or data.size > best.tensor.numel():
                best = held
        if best is None:
            return None
        tensor, data = best
        array = data.array
        if array is None or array.nbytes < max(SMALLEST, _PART * written) or array.dtype != kind_of(tensor):
            return None
        order = sorted(range(array.ndim), key=lambda axis: -int(tensor.stride()[axis]))
        flat = array.transpose(order).reshape(-1)
        flat.setflags(write=False)
        memory = memory_of(where)
        assert memory is not None
        found = self._kept[memory] = Ledger(flat, int(tensor.storage_offset()) * tensor.itemsize)
        return found

    def _wrote_blocks(self, memory: int, tensor: Tensor, runs: Runs | None, candidates: list[Held], written: int) -> None:
        """The same for a tensor that only has summaries."""
        blocks = self._blocks.get(memory)
        if blocks is None:
            found = [item for item, data in candidates if data.kept is not None and data.size > WHOLE_LIMIT and _dense(item)]
            best = max(found, key=Tensor.numel, default=None)
            kind = None if best is None else kind_of(best)
            if best is None or kind is None or best.nbytes < _PART * written:
                return
            live = _live(best, int(best.storage_offset()) * best.itemsize, best.nbytes, kind)
            if live is not None:
                self._blocks[memory] = Blocks(live, dtype_name(best.dtype), int(best.storage_offset()) * best.itemsize)
            return
        known = None if runs is None or 2 * written >= blocks.size else runs
        live = None if known is None else _live(tensor, blocks.offset, blocks.size, blocks.kind)
        if known is None or live is None or tensor.itemsize != blocks.kind.itemsize:
            del self._blocks[memory]
            return
        first = blocks.offset // tensor.itemsize
        starts = [start - first for start in known.starts]
        if starts and (min(starts) < 0 or max(starts) + known.length > len(live)):
            del self._blocks[memory]
        else:
            blocks.wrote(live, starts, known.length)

    def _summary_of(self, memory: int, tensor: Tensor, unsure: bool) -> TensorData | None:
        blocks = self._blocks.get(memory)
        if blocks is None:
            return None
        if unsure:
            del self._blocks[memory]
            return None
        offset, kind = int(tensor.storage_offset()) * tensor.itemsize, kind_of(tensor)
        if (offset, tensor.nbytes, kind) != (blocks.offset, blocks.size, blocks.kind) or not _dense(tensor):
            return None
        live = _live(tensor, offset, blocks.size, blocks.kind)
        if live is None:
            return None
        self._snapshots.summarised += 1
        strides = [tensor.itemsize * int(stride) for stride in tensor.stride()]
        corner = corner_of(np.ndarray(tuple(tensor.shape), blocks.kind, live, 0, strides), dtype_name(tensor.dtype))
        return TensorData(tuple(tensor.shape), dtype_name(tensor.dtype), None, blocks.summary(live, corner))

    def _afford(self, ledger: Ledger, size: int) -> bool:
        snapshots = self._snapshots
        snapshots.taken += size
        if ledger.history.base.size > WHOLE_LIMIT:
            snapshots.budget -= size
        return snapshots.budget >= 0 or ledger.history.base.size <= WHOLE_LIMIT

    def data_of(self, tensor: Tensor, unsure: bool) -> TensorData | None:
        """What ``tensor`` holds now, in terms of its memory's ledger; None if there is none, or if a copy takes less.

        ``unsure``: its memory may have been written to unseen.
        """
        memory = memory_of(tensor)
        ledger = self._kept.get(memory) if memory is not None else None
        kind = kind_of(tensor)
        if tensor.is_nested:
            return None
        if ledger is None and memory is not None:
            return self._summary_of(memory, tensor, unsure)
        if ledger is None or memory is None or kind is None or not tensor.numel() or tensor.is_conj() or tensor.is_neg():
            return None
        place = ledger.place(tensor)
        if place is None:
            return None
        if unsure and not self._verify(ledger, tensor):
            del self._kept[memory]
            return None
        if tensor.numel() <= WHOLE_LIMIT and tensor.nbytes < ledger.size:
            return None
        history = ledger.history
        return Written(tuple(tensor.shape), dtype_name(tensor.dtype), history, history.runs, kind, *place)

    def _verify(self, ledger: Ledger, tensor: Tensor) -> bool:
        """Look for unseen writes to the elements of ``tensor``, and note them; False if there are too many."""
        live = ledger.live(tensor)
        runs = None if live is None else runs_of(tensor)
        known = None if runs is None else ledger.within(runs, tensor.itemsize)
        if live is None or known is None:
            return False
        mirror, (starts, length) = ledger.mirror(), known
        if len(starts) == 1:
            begin = starts[0]
            now, then = live[begin : begin + length], mirror[begin : begin + length]
            if not same_bits(now, then):
                changed = _different(now, then) + begin
                if not self._note(ledger, live, changed):
                    return False
        else:
            places = (np.array(starts, np.int64)[:, None] + np.arange(length)).reshape(-1)
            now, then = live[places], mirror[places]
            if not same_bits(now, then):
                changed = np.unique(places[_different(now, then)])
                if not self._note(ledger, live, changed):
                    return False
        return True

    def _note(self, ledger: Ledger, live: Array, changed: NDArray[np.int64]) -> bool:
        if 2 * len(changed) >= len(live):
            return False
        cuts = np.flatnonzero(np.diff(changed) != 1) + 1
        size = 0
        for part in np.split(changed, cuts) if len(cuts) < len(changed) // _RUN else [changed]:
            whole = int(part[-1]) - int(part[0]) + 1 == len(part)
            size += ledger.add(live, Runs([int(part[0])], len(part)) if whole else Runs(part.tolist(), 1))
        self.noticed = True
        return self._afford(ledger, size)

    def shows(self, data: TensorData, tensor: Tensor) -> bool | None:
        """Whether ``tensor`` still holds what ``data``, its newest value, says; None if the ledger cannot tell."""
        memory = memory_of(tensor)
        ledger = self._kept.get(memory) if memory is not None else None
        if ledger is None or not isinstance(data, Written) or data.history is not ledger.history:
            return None
        if tensor.nbytes == ledger.size and data.runs != ledger.history.runs:
            return False
        live = ledger.live(tensor)
        if live is None or data.runs != ledger.history.runs or ledger.place(tensor) != (data.offset, data.strides):
            return None
        known = np.ndarray(data.shape, data.kind, ledger.mirror(), data.offset, data.strides)
        return same_bits(known, np.ndarray(data.shape, data.kind, live, data.offset, data.strides))


def _live(tensor: Tensor, offset: int, size: int, kind: np.dtype[Any]) -> Array | None:
    """Bytes of the storage of ``tensor``, from an offset on; None if they are not there."""
    storage = tensor.untyped_storage()
    if storage.nbytes() < offset + size or not storage.data_ptr():
        return None
    return np.ndarray((size // kind.itemsize,), kind, memory_at(storage.data_ptr() + offset, size))


def _different(first: Array, second: Array) -> NDArray[np.int64]:
    """Where the bits of two arrays of one dimension differ."""
    size = first.itemsize
    if size <= 8:
        return np.flatnonzero(first.view(f"u{size}") != second.view(f"u{size}"))
    return np.flatnonzero((first.view("u8") != second.view("u8")).reshape(len(first), -1).any(1))


def _dense(tensor: Tensor) -> bool:
    """Whether the elements fill a piece of memory without a gap, in whatever order of axes."""
    if tensor.layout is not torch.strided or not tensor.is_cpu or tensor.is_conj() or tensor.is_neg():
        return False
    if tensor.is_contiguous():
        return True
    length = 1
    for stride, count in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if count != 1:
            if stride != length:
                return False
            length *= count
    return True
