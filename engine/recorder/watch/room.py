"""Room on Python's stack for what the recorder does itself, however deep the program's own code already is.
The recorder raises the limit while it works, and restores it before any of the program's code runs. Since that also happens when
the program has no frame left, raising it is written out where it is needed, without a call of one of our functions:

    limit = limit_now()
    set_limit(limit + ROOM if limit < MOST else limit)
    try:
        …
    finally:
        give_back(limit)
"""

from __future__ import annotations

import ctypes
import sys

from engine.runtime.frames.thread_state import ROOM

__all__ = ["MOST", "ROOM", "found_no_room", "give_back", "limit_now", "set_limit"]

MOST = 2**31 - 1 - 16 * ROOM
"""From this limit on there is room anyway; Python does not accept greater ones."""
limit_now = sys.getrecursionlimit
set_limit = ctypes.pythonapi.Py_SetRecursionLimit
"""``sys.setrecursionlimit`` refuses a limit that the stack has reached, which is exactly when it must be restored. The argument's
type is not declared: an int becomes C's by itself, and a declared one needs one more call, whose RecursionError shows up as an
error of ``ctypes``.
"""
set_limit.restype = None


def give_back(limit: int) -> None:
    """Restore the limit, unless someone has set another one meanwhile."""
    if limit_now() - ROOM == limit:
        set_limit(limit)


def found_no_room(error: BaseException) -> bool:
    """Whether the recorder could not even begin the step that raised ``error``, because the stack was full."""
    trace = error.__traceback__ if isinstance(error, RecursionError) else None
    return trace is not None and (trace.tb_next is None or trace.tb_next.tb_next is None)
