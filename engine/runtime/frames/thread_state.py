"""What Python keeps of the running thread in memory of its own: how deep its stack may become, and which frame is its innermost.

Neither can be set otherwise. Where each stands differs from one Python to the next, so it is found by what it holds, and where it
is not found nothing is touched.
"""

from __future__ import annotations

import ctypes
import sys
from types import FrameType
from typing import Any

_state_of_this_thread = ctypes.pythonapi.PyThreadState_Get
_state_of_this_thread.restype = ctypes.c_void_p
ROOM = 500
"""Levels that the recorder may have beyond the program's own limit."""
_INTS, _WORDS = 24, 20
"""How many bytes of it are read; every Python has more."""
_HEAD = object.__basicsize__
"""Bytes of what every object begins with."""
_POINTER = ctypes.sizeof(ctypes.c_void_p)
_FIRST_WITHOUT_CALLS_OF_C = 13
"""Python 3.12 and earlier keep the innermost frame in a structure of its own for each time that C calls Python."""
_CALL_OF_C = 7
"""There the thread has the place of that structure as its word of this number."""
_PROFILER = _CALL_OF_C + 1
"""And in Python 3.11 in the next one what a profiler is told by, if there is one."""


class Constant:
    """In the place of a number or pointer that was not found: it can be set, and nothing comes of it."""

    def __init__(self, value: Any) -> None:
        self.value = value


NOWHERE: Any = Constant(1 << 20)


def _deeper(ints: Any) -> list[int]:
    return list(ints)


def levels_left() -> Any:
    """How many calls this thread may still make within one another, as ``value``: Python counts it down and up.

    What is added to it is room that ``sys.getrecursionlimit`` says nothing of.
    """
    ints = (ctypes.c_int * _INTS).from_address(_state_of_this_thread())
    limit = sys.getrecursionlimit()
    here = list(ints)
    deeper = _deeper(ints)
    for index in range(4, _INTS - 1):
        if here[index + 1] == deeper[index + 1] == limit and deeper[index] == here[index] - 1:
            return ctypes.c_int.from_address(ctypes.addressof(ints) + index * ctypes.sizeof(ctypes.c_int))
    return NOWHERE


def frame_of(frame: FrameType) -> Any:
    """Where Python has the frame that ``frame`` shows."""
    return ctypes.c_void_p.from_address(id(frame) + _HEAD + _POINTER).value


def innermost_frame() -> Any:
    """Python's pointer to the innermost frame of what C called last, as ``value``; its frames share it.

    If that is ``frame_of`` the caller's own, it may be set to None for a call of a function of C's: Python finds no frames around
    what that runs. It is to be set back before anything else is called.
    """
    inner = frame_of(sys._getframe())
    state = _state_of_this_thread()
    words = (ctypes.c_void_p * _WORDS).from_address(state)
    if sys.version_info < (3, _FIRST_WITHOUT_CALLS_OF_C):
        places = [(words[_CALL_OF_C] or 0) + offset for offset in (0, _POINTER)]
    else:
        places = [state + index * _POINTER for index in range(_WORDS)]
    for place in places:
        found = ctypes.c_void_p.from_address(place)
        if inner and found.value == inner:
            return found
    return NOWHERE


def profiler() -> Any:
    """Whether this thread has a profiler, as ``value``, in Python 3.11."""
    words = (ctypes.c_void_p * _WORDS).from_address(_state_of_this_thread())
    if sys.version_info >= (3, 12) or (words[_PROFILER] is None) is not (sys.getprofile() is None):
        return Constant(0)
    return ctypes.c_void_p.from_address(ctypes.addressof(words) + _PROFILER * _POINTER)
