"""Saves the recording when the process is about to die of a fault in C code, if the process still can."""

from __future__ import annotations

import faulthandler
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

_kept: list[Any] = []
"""The handler, which C code knows only by its address."""


def watch_crashes(report: IO[str], save: Callable[[int], None]) -> None:
    """Write the stack to ``report`` on a fault, and call ``save(signal number)`` before the process dies of it.

    Python's own signal handlers never run on a fault, because the faulting instruction comes again before they could. So the
    handler is a C callback, which takes the interpreter's lock and runs right there. If Python is too damaged for that (or the
    stack is full), the process dies at once, as it would have.
    """
    faulthandler.enable(report, all_threads=False)
    if sys.platform == "win32":
        return
    import ctypes

    library = ctypes.CDLL(None)
    library.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    library.signal.restype = ctypes.c_void_p

    def on_fault(number: int) -> None:
        # A second fault, in here, is the end.
        library.signal(number, None)
        faulthandler.dump_traceback(report, all_threads=False)
        report.flush()
        save(number)
        signal.raise_signal(number)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(on_fault)
    _kept.append(handler)
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT):
        library.signal(number, ctypes.cast(handler, ctypes.c_void_p))


def forget_crashes() -> None:
    """Faults are again what they are in a plain run."""
    faulthandler.disable()
    if sys.platform == "win32":
        return
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT):
        signal.signal(number, signal.SIG_DFL)
