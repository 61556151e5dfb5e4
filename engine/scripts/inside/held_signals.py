"""Signals while a recording is written: they wait, and are delivered afterwards."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_set, _get, _raise = signal.signal, signal.getsignal, signal.raise_signal
_timer = getattr(signal, "setitimer", None)
_TIMERS = tuple(
    (getattr(signal, which), getattr(signal, number))
    for which, number in (("ITIMER_REAL", "SIGALRM"), ("ITIMER_VIRTUAL", "SIGVTALRM"), ("ITIMER_PROF", "SIGPROF"))
    if hasattr(signal, which)
)
_FAULTS = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGKILL", "SIGSTOP", "SIGTSTP", "SIGCONT", "SIGTRAP"}
_NUMBERS = tuple(number for number in signal.valid_signals() if getattr(number, "name", "") not in _FAULTS)
_IGNORED_UNLESS_HANDLED = {getattr(signal, name) for name in ("SIGCHLD", "SIGURG", "SIGWINCH", "SIGIO") if hasattr(signal, name)}


class HeldSignals:
    """Between ``hold`` and ``release`` none of the script's handlers runs, and no signal that can be held ends the process.

    The functions of ``signal`` are those from before the script could change them. Only the main thread may use it.

    Parameters
    ----------
    put_there : callable(handler) returning a handler
        The script's own, of what Python has for a signal while it is recorded.
    """

    def __init__(self, put_there: Callable[[Any], Any]) -> None:
        self._put_there = put_there
        self._handlers: dict[int, Any] = {}
        self._timers: list[tuple[int, tuple[float, float]]] = []
        self._came: list[int] = []

    def hold(self) -> None:
        """From now on signals wait; the script's timers stand still."""
        for which, _ in _TIMERS:
            assert _timer is not None
            left = _timer(which, 0)
            if left[0]:
                self._timers.append((which, left))
        for number in _NUMBERS:
            known = _get(number)
            # None: a handler that C code put there, which is not ours to take away; what is ignored stays so.
            if known in (None, signal.SIG_IGN) or (known == signal.SIG_DFL and number in _IGNORED_UNLESS_HANDLED):
                continue
            try:
                _set(number, self._note)
            except (OSError, ValueError):
                continue  # the system does not let go of this one
            self._handlers[number] = self._put_there(known)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came.append(number)

    def release(self) -> None:
        """Handlers are the script's again, its timers go on; what came meanwhile and would have ended the process ends it now.

        Python is about to end: a timer that is due before it has ended ends the process, as after any script.
        """
        came = [number for number in dict.fromkeys(self._came) if self._handlers[number] == signal.SIG_DFL]
        for number, handler in self._handlers.items():
            _set(number, handler)
        for which, left in self._timers:
            assert _timer is not None
            _timer(which, *left)
        for number in came:
            _raise(number)
