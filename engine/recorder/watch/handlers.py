"""The program's signal handlers run while its own code or torch's runs, not while the recorder's does.
They may raise, as those do that end what takes too long, or compute with torch: a recorder in the middle of a step could stand
neither, and would swallow what they raise. A signal that comes at a wrong moment is sent again a moment later.
"""

from __future__ import annotations

import _thread
import functools
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, MethodType
from typing import Any

from engine.recorder.watch.stack import is_ours, within_recorder
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import untold
from engine.runtime.stacks import leave_signals_alone

_set, _get, _none = signal.signal, signal.getsignal, signal.default_int_handler
_kill = getattr(signal, "pthread_kill", None)
_SOON, _LATER = 0.0005, 0.005
"""Seconds until a signal is sent again: at first, and at most after many times."""


class Handlers:
    """Put on and taken off again, in the main thread: in others Python lets nobody set handlers, and calls none."""

    def __init__(self) -> None:
        self._own: tuple[Any, Any] | None = None
        self._kept: dict[int, Any] = {}
        """Our own handlers, which a script is not to see: in a plain run, Python's own is in their place."""
        self._waiting: dict[int, float] = {}
        """Signals that came at a wrong moment, and the seconds that they wait."""
        self._lock = threading.RLock()  # a signal may come while it is held

    def apply(self) -> None:
        """Stand in front of the program's handlers: those that it has and those that it will set."""
        if threading.current_thread() is not threading.main_thread():
            return

        @functools.wraps(_set)
        def set_handler(signalnum: Any, handler: Any) -> Any:
            number = int(signalnum) if isinstance(signalnum, int) else 0  # else Python refuses it
            self._settle(number)
            if handler is _none and number in self._kept:
                handler = self._kept[number]
            elif callable(handler):
                handler = _Delivers(self, handler).deliver
            return _theirs(_set(signalnum, handler))

        @functools.wraps(_get)
        def get_handler(signalnum: Any) -> Any:
            return _theirs(_get(signalnum))

        for number in signal.valid_signals():
            known = _get(number)
            if is_ours(known):
                self._kept[number] = known
            elif callable(known):
                _set(number, _Delivers(self, known).deliver)
        self._own = set_handler, get_handler
        signal.signal, signal.getsignal = self._own

    def undo(self) -> None:
        """The handlers are the program's own again."""
        if self._own is None:
            return
        if signal.signal is self._own[0]:
            signal.signal = _set
        if signal.getsignal is self._own[1]:
            signal.getsignal = _get
        if threading.current_thread() is threading.main_thread():
            for number in signal.valid_signals():
                before = _before(_get(number))
                if before is not None:
                    self._settle(number)
                    _set(number, before.handler)
        self._own = None

    def _settle(self, number: int) -> None:
        """Deliver what waits for the handler that is being removed."""
        before = _before(_get(number)) if number in self._waiting else None
        self.arrived(number)
        if before is not None:
            before.handler(number, None)

    def postpone(self, number: int) -> None:
        """Let the signal come again."""
        with self._lock:
            wait = self._waiting[number] = min(self._waiting.get(number, _SOON / 2) * 2, _LATER)
        _thread.start_new_thread(self._again, (number, wait))

    def _again(self, number: int, wait: float, sleep: Callable[[float], None] = time.sleep) -> None:
        leave_signals_alone()
        sleep(wait)
        with self._lock:
            if number not in self._waiting or _before(_get(number)) is None:
                return
            main = threading.main_thread().ident
            if _kill is not None and main is not None:
                _kill(main, number)
            else:
                _thread.interrupt_main(signal.Signals(number))

    def arrived(self, number: int) -> None:
        """The signal has reached its handler."""
        if number in self._waiting:
            with self._lock:
                self._waiting.pop(number, None)


class _Delivers:
    """What stands in front of a ``handler`` of the program."""

    def __init__(self, handlers: Handlers, handler: Any) -> None:
        self._handlers = handlers
        self.handler = handler

    @unlisted
    def deliver(self, number: int, frame: FrameType | None) -> Any:
        """Python calls this instead of the handler."""
        if untold.callbacks or within_recorder(frame):
            self._handlers.postpone(number)
            if untold.profiled.value:
                untold.begin()
                _until = untold.until_gone()
            return None
        self._handlers.arrived(number)
        try:
            return self.handler(number, frame)
        finally:
            if untold.profiled.value:
                untold.begin()
                _until = untold.until_gone()


def _before(known: Any) -> _Delivers | None:
    """The object standing in front of a handler, given what Python has in its place; None if there is none."""
    owner = known.__self__ if type(known) is MethodType else None
    return owner if type(owner) is _Delivers else None


def put_there(known: Any) -> Any:
    """What was put in that place, where Python has ``known``."""
    before = _before(known)
    return known if before is None else before.handler


def _theirs(known: Any) -> Any:
    """What a plain run has in that place."""
    before = _before(known)
    return before.handler if before is not None else _none if is_ours(known) else known
