"""What our threads have: how much stack, whatever the system gives a thread by itself, and which signals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable

__all__ = ["LAYOUT", "PROGRAMS", "STACK", "leave_signals_alone", "start"]

STACK = 64 << 20
"""Bytes for a thread that records, trains, reads recordings or lets go of them.

The system's own choice goes from 512 KiB (macOS) over 1 MiB (Windows) to 8 MiB (Linux), and torch frees a Node that Python has
seen recursively, with about 205 bytes each: this is enough for 300,000 in a row. It is address space; memory is only taken for
what is used.
"""
PROGRAMS = (256 << 20, STACK, 16 << 20)
"""For the thread that runs programs, which has a process of its own: the first that the system grants."""
LAYOUT = (512 << 20, 128 << 20, 32 << 20)
"""For the thread that places graphs, which has a process of its own too: its library recurses along the longest chain."""

_FAULTS = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"})
_mask = getattr(signal, "pthread_sigmask", None)
_OTHERS = [number for number in signal.valid_signals() if getattr(number, "name", "") not in _FAULTS]

_lock = threading.Lock()


def leave_signals_alone() -> None:
    """Called in one of our threads beside a script: it gets no signals, since the script may have blocked them and wait for
    them."""
    if _mask is not None:
        _mask(signal.SIG_BLOCK, _OTHERS)


def start(thread: threading.Thread, sizes: Iterable[int] = (STACK,)) -> bool:
    """Start ``thread`` with the first of ``sizes`` (bytes) that the system grants; False, and not started, where it grants none.

    Threads that others start are left as they were: what `threading.stack_size` says is the same afterwards.
    """
    with _lock:
        before = threading.stack_size()
        try:
            for size in sizes:
                try:
                    threading.stack_size(size)
                    thread.start()
                except (ValueError, RuntimeError, MemoryError):
                    continue
                return True
        finally:
            threading.stack_size(before)
    return False
