"""When a recording of code of any kind ends by itself, while the code runs on."""

from __future__ import annotations

import torch

from engine.recorder.draft import Draft
from engine.runtime.memory import default_bound, resident_bytes

KEPT_BYTES = 2 * 2**30
"""Bytes that one recording keeps in all; after that it ends, while the code runs on."""
MOST_OPERATIONS = 1_000_000
_LOOKS = 100
"""Operations until the process's memory is measured again."""


class Bounds:
    """Parameters
    ----------
    draft : Draft
    steps : int or None
        Passes of the autograd engine.
    operations : int
    kept : int
        Bytes of tensors kept.
    memory : int or None
        Bytes that the process may use in all; None: half of the machine's memory.
    """

    def __init__(self, draft: Draft, steps: int | None, operations: int, kept: int, memory: int | None) -> None:
        self._draft = draft
        self._steps, self._operations, self._kept = steps, operations, kept
        self._memory = default_bound() if memory is None else memory
        self._unlooked = _LOOKS

    def reached(self, passes: int, within_pass: bool) -> str | None:
        """Why recording ends here, after so many passes: in words, or "" if it was asked to end; None if it does not end."""
        if self._steps is not None and passes >= self._steps and not within_pass and torch.is_grad_enabled():
            return ""
        if len(self._draft.operations) >= self._operations:
            most = f"{self._operations:,} operations outside of backward passes"
            return f"recording ended after {most}, the most that one recording holds"
        if self._draft.snapshots.taken > self._kept:
            return f"recording ended after {self._kept / 2**20:,.0f} MiB of tensors, the most that one recording keeps"
        return self._look_at_memory()

    def _look_at_memory(self) -> str | None:
        self._unlooked += 1
        if self._unlooked <= _LOOKS:
            return None
        self._unlooked = 0
        used = resident_bytes()
        if used <= self._memory:
            return None
        return (
            f"recording ended when the process used {used / 2**20:,.0f} MiB of memory: more than the "
            f"{self._memory / 2**20:,.0f} MiB that it may use while it is recorded"
        )
