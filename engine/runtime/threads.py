"""How many threads torch computes with, the same on every thread that runs it.

The OpenMP runtime keeps the number per thread, and matrix products do not ask torch: on a thread that never set it these small
tensors are shared out to all cores, which made a step up to 30 times slower on a busy machine with two cores. The order of a
sum depends on it too: a step is bit-identical only to one that ran with as many threads.
"""

from __future__ import annotations

import os
import threading

import torch

_lock = threading.Lock()
_count: int | None = None


def thread_count() -> int:
    """How many threads torch computes with: half as many as the computer has, at most 4."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))


def choose_thread_count(count: int) -> None:
    """Decide the number (1 or more) for the process, unless it is decided already, and use it on this thread."""
    global _count
    with _lock:
        if _count is None:
            _count = count
    adopt_thread_count()


def adopt_thread_count() -> None:
    """Use the process's number on this thread too; the first one to ask decides it as what torch has here."""
    global _count
    with _lock:
        if _count is None:
            _count = torch.get_num_threads()
        torch.set_num_threads(_count)
