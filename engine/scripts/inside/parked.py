"""Holds the script's main thread still, while another thread takes the recording from under it."""

from __future__ import annotations

import ctypes
import threading
import time

PATIENCE = 0.2
"""Seconds to wait for it to stand still: where it is in a call in C it does so as soon as that returns."""
_FULL = -1
_add_pending_call = ctypes.pythonapi.Py_AddPendingCall
_sleep, _clock, _ident, _anything = time.sleep, time.monotonic, threading.get_ident, BaseException
_MAIN = threading.main_thread().ident
"""By reference: a script may put anything in their place."""
_stands: list[bool] = []


def _park(argument: int | None) -> int:
    """Runs on the main thread, between two of the script's instructions, and never returns."""
    _stands.append(True)
    while True:
        try:
            _sleep(1000)
        except _anything:  # one of the script's signal handlers raised
            pass


_callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(_park)


def park_main_thread() -> None:
    """Let the main thread run nothing any more; for another thread, which then ends the process. Nothing happens on the main one.

    A longer switch interval would not do instead: whatever lets go of the interpreter's lock, as torch and writing do, would wait
    that long for a main thread that computes.
    """
    if _ident() == _MAIN:
        return
    deadline = _clock() + PATIENCE
    asked = False
    while not _stands and _clock() < deadline:
        asked = asked or _add_pending_call(_callback, None) != _FULL
        _sleep(0.001)
