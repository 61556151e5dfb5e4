"""Our code that no profiler is told of: not Python's (``cProfile``) or torch's, nor one set by ``sys.setprofile``.

Python tells a profiler of each function that begins and ends, unless a thread is said to be at the profiler's own work. Of one
that is not listed (``engine/runtime/frames/unlisted.py``) it tells the end only, so it says so first:

    if untold.profiled.value:
        untold.begin()
        untold.until_gone()  # held by a variable of the function: Python tells again when the function has ended
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from weakref import ref

from engine.runtime.frames.thread_state import NOWHERE, ROOM, Constant, levels_left, profiler
from engine.runtime.frames.unlisted import unlisted

__all__ = ["passes_on", "tell_nothing", "unnoticed", "untold"]

_NEVER = Constant(0)


class _Token(ref[Any]):
    """Refers to what is held."""

    __slots__ = ()


class _Held:
    __slots__ = ("__weakref__", "token")
    token: _Token


class _State:
    """Stands for the thread, whatever a function is given for it."""

    def __init__(self, state: int) -> None:
        self._state = ctypes.c_void_p(state)
        self.from_param = partial(getattr, self, "_state")


class Untold:
    """What the thread of a recording says, while that is made; nothing in threads that may end before it."""

    def __init__(self) -> None:
        self.profiled: Any = _NEVER
        """Whether there is a profiler, as ``value``, which is no call that it would be told of."""
        self.levels: Any = NOWHERE
        """What room is to be taken from: see ``levels_left``."""
        self.begin: Any = None
        """From now on no profiler is told of anything."""
        self.end: Any = None
        """What ended that; the argument is not looked at."""
        self.callbacks = 0
        """How many functions run that Python calls where it swallows what is raised."""

    def follow(self) -> None:
        """This thread makes a recording."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.levels = levels_left()
        if sys.version_info >= (3, 12):
            return  # since then other means tell a profiler
        state = _State(ctypes.pythonapi.PyThreadState_Get())
        kind = ctypes.PYFUNCTYPE(None, state)  # type: ignore[arg-type]
        self.begin = kind(("PyThreadState_EnterTracing", ctypes.pythonapi), ((1, "state", None),))
        self.end = kind(("PyThreadState_LeaveTracing", ctypes.pythonapi))
        self.profiled = profiler()

    def leave(self) -> None:
        """It is made."""
        self.profiled, self.levels = _NEVER, NOWHERE

    def until_gone(self) -> Any:
        """What ends it when it is gone."""
        held = _Held()
        held.token = _Token(held, self.end)
        return held


untold = Untold()
"""One recording is made at a time."""


def tell_nothing() -> None:
    """From now on no profiler or debugger is told of what this thread does, even if one is set for all threads."""
    state = _State(ctypes.pythonapi.PyThreadState_Get())
    ctypes.PYFUNCTYPE(None, state)(("PyThreadState_EnterTracing", ctypes.pythonapi))(None)  # type: ignore[arg-type]


def unnoticed(function: Callable[..., Any], *, in_callback: bool = False) -> Callable[..., Any]:
    """Calls ``function`` untold, however full the stack is; its frames are listed, but not that of the result.

    ``in_callback``: Python calls it where it swallows what is raised, so handlers of signals do not run meanwhile. Python looks
    for signals after the call of ``function``, too, and what it then finds around is not ours.
    """
    callbacks = int(in_callback)

    @unlisted
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        untold.callbacks += callbacks
        levels = untold.levels
        levels.value += ROOM
        if untold.profiled.value:
            untold.begin()
            _until = untold.until_gone()
        try:
            return function(*args, **kwargs)
        finally:
            levels.value -= ROOM
            untold.callbacks -= callbacks

    return call


def passes_on(function: Callable[..., Any], how: Callable[..., Callable[[], Any]]) -> Callable[..., Any]:
    """In the place of ``function``: ``how(…)`` says what to call instead, of which all are told, but not of the two."""

    @unlisted
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        profiled = untold.profiled.value
        if profiled:
            untold.begin()
            _until = untold.until_gone()
        instead = how(*args, **kwargs)
        if profiled:
            _until = None
        try:
            return instead()
        finally:
            if untold.profiled.value:
                untold.begin()
                _until = untold.until_gone()

    return call
