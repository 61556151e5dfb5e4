"""Room on Python's stack for what the recorder does itself, wherever the program's own code has come to on it.

The recorder takes the limit up while it works, and gives it back before any code of the program's runs. As that also happens
where the program has no frame left, taking it up is written out where it is needed, without a call of a function of ours:

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

from engine.runtime.thread_state import ROOM

__all__ = ["MOST", "ROOM", "found_no_room", "give_back", "limit_now", "set_limit"]

MOST = 2**31 - 1 - 16 * ROOM
"""A limit from which on there is room anyway, and Python knows no greater ones."""
limit_now = sys.getrecursionlimit
set_limit = ctypes.pythonapi.Py_SetRecursionLimit
"""``sys.setrecursionlimit`` refuses a limit that the stack has reached, which is where it is to be given back.

Its argument is not declared: an int becomes C's by itself, and a declared one needs a call more, whose RecursionError is told as
an error of ``ctypes``.
"""
set_limit.restype = None


def give_back(limit: int) -> None:
    """The limit is what it was, unless someone has set another one meanwhile."""
    if limit_now() - ROOM == limit:
        set_limit(limit)


def found_no_room(error: BaseException) -> bool:
    """Whether the recorder could not even begin with what raised ``error``, since the stack was at its end."""
    trace = error.__traceback__ if isinstance(error, RecursionError) else None
    return trace is not None and (trace.tb_next is None or trace.tb_next.tb_next is None)
