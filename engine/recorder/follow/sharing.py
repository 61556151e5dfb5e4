"""The followed tensors in one memory: which of them a write meets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.elements import Extent, extent_of

_FEW = 8
"""Up to so many tensors are looked at one by one."""


class Versions(NamedTuple):
    """Two of torch's counts of the writes to a tensor, the earlier one first."""

    first: int
    last: int


class Sharing:
    """Tensors in one memory, in the order in which they came."""

    __slots__ = ("_ends", "_free", "_numbers", "_slots", "_starts", "drafts", "spans")

    def __init__(self) -> None:
        self.drafts: dict[int, VariableDraft] = {}
        self.spans: dict[int, Versions] = {}
        """By the ``id`` of what counts their versions: the two counts between which all writes are known."""
        self._slots: dict[int, int] = {}
        self._numbers = np.empty(0, np.int64)
        self._starts = np.empty(0, np.int64)
        self._ends = np.empty(0, np.int64)
        self._free: list[int] = []

    def add(self, draft: VariableDraft, tensor: Tensor) -> None:
        self.drafts[draft.id] = draft
        if self._slots:
            self.place(draft, tensor)

    def remove(self, draft: VariableDraft) -> None:
        self.drafts.pop(draft.id, None)
        slot = self._slots.pop(draft.id, None)
        if slot is not None:
            self._starts[slot] = self._ends[slot] = 0
            self._free.append(slot)

    def place(self, draft: VariableDraft, tensor: Tensor) -> None:
        """``tensor`` may have moved within its memory."""
        if not self._slots:
            return
        slot = self._slots.get(draft.id)
        if slot is None:
            if not self._free:
                self._grow()
            slot = self._slots[draft.id] = self._free.pop()
        self._numbers[slot] = draft.id
        self._starts[slot], self._ends[slot] = extent_of(tensor)

    def _grow(self) -> None:
        before, more = len(self._starts), max(len(self._starts), 64)
        for name in ("_numbers", "_starts", "_ends"):
            setattr(self, name, np.concatenate((getattr(self, name), np.zeros(more, np.int64))))
        self._free += range(before, before + more)

    def meeting(self, extent: Extent) -> Sequence[VariableDraft]:
        """The tensors with elements in an extent."""
        if len(self.drafts) <= _FEW:
            tensors = [(draft, draft.tensor) for draft in self.drafts.values()]
            return [
                draft
                for draft, tensor in tensors
                if tensor is not None and (place := extent_of(tensor)).begin < extent.end and place.end > extent.begin
            ]
        if not self._slots:
            for draft in self.drafts.values():
                tensor = draft.tensor
                if tensor is not None:
                    self._slots = self._slots or {-1: -1}
                    self.place(draft, tensor)
            self._slots.pop(-1, None)
        found = self._numbers[(self._starts < extent.end) & (self._ends > extent.begin)]
        return [self.drafts[number] for number in sorted(found.tolist())]
