"""Imports modules that make types from Qt's: away from the window's thread, but in turns with it."""

from __future__ import annotations

import _imp
import sys
import threading
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.work.newest_wins import Cancel, Job, NewestWins

SLICE = 0.008
"""Seconds after which an import lets the window go on, at the next module."""
EVERY = 2
"""Milliseconds between two slices, in which the window answers."""
WAITS = 0.05
"""Seconds after which an import that has no turn looks whether the window waits for it."""
_BOOTSTRAP = "<frozen importlib._bootstrap>"
_WAITING = {"acquire", "__enter__", "_get_module_lock", "_lock_unlock_module"}
"""Where in it a thread waits for another one's import."""
_QT: tuple[ModuleType, ...] = (QtCore, QtGui, QtWidgets, QtSvg)


def _let_go() -> int:
    """Let go of Python's lock of all imports, which a finder is called with, so that the window can import; how often it was
    held."""
    held = 0
    while True:
        try:
            _imp.release_lock()
        except RuntimeError:
            return held
        held += 1


def _window_imports() -> bool:
    """Whether the window's thread is within an import, which may wait for a module that is being imported here."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    return frame is not None and frame.f_code.co_filename == _BOOTSTRAP and frame.f_code.co_name in _WAITING


class _Turns:
    """Two threads that take turns, so that only one runs at a time: the window's, and that of an import."""

    def __init__(self) -> None:
        self._window = threading.Semaphore(0)
        self._import = threading.Semaphore(0)
        self._until = 0.0
        self._last = False
        self._unasked = False
        """Whether the import runs without having been given a turn."""
        self.over = False

    def give(self) -> None:
        """For the window's thread: let the import run until it pauses."""
        self._import.release()
        self._window.acquire()

    def give_last(self, seconds: float | None) -> None:
        """For the window's thread: let the import run to its end, and wait for that no longer than this many seconds."""
        self._last = True
        self._import.release()
        self._window.acquire(timeout=seconds)

    def take(self) -> bool:
        """For the import's thread: wait for a turn; False if it is the last one."""
        self._unasked = False
        while not self._import.acquire(timeout=WAITS):
            if _window_imports():
                self._unasked = True
                break
        self._until = time.perf_counter() + SLICE
        return not self._last

    def pause(self) -> None:
        """For the import's thread: let the window go on if the turn is over."""
        if not self._last and time.perf_counter() >= self._until:
            if not self._unasked:
                self._window.release()
            held = _let_go()
            self.take()
            for _ in range(held):
                _imp.acquire_lock()

    def end(self) -> None:
        """For the import's thread: it needs no further turn."""
        self.over = True
        self._window.release()


class _Pauses:
    """A finder that finds nothing: before each module of an import it lets the window go on if it is time."""

    def __init__(self, turns: _Turns) -> None:
        self._turns = turns
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if threading.get_ident() == self._thread:
            self._turns.pause()
        return None


class Import(QObject):
    """The import of one module, named by its dotted ``name``, that may use Qt and make classes of its own from Qt's.

    Such classes must not be made while the window's thread is within Qt. PySide looks up what it knows about a type, even for any
    event of a widget that is written in Python, without holding the interpreter's lock; while a new type is entered into that
    table it finds nothing, and the process ends in a segmentation fault (PySide6 6.11; about one start in 50 on a busy computer).
    On the
    window's thread the import would hold it up for 0.2 s. So it runs on a thread whose every slice the window's thread waits for.
    First it asks for each type of the Qt modules in use: PySide makes them when they are first asked for, which may be on any
    thread.

    Signals
    -------
    finished()
        The module was imported, or could not be.
    crashed(str traceback)
        The import failed.
    """

    finished = Signal()
    crashed = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._work = NewestWins(f"import {name}", self)
        self._work.crashed.connect(self.crashed)
        self._turns = _Turns()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._give)

    def start(self) -> None:
        """Begin; ``finished`` tells when it is done."""
        if not self._work.closed and not self._timer.isActive():
            self._turns = _Turns()
            self._work.put(Job(self._import, self._end, self._end))
            self._timer.start()

    def close(self, milliseconds: int | None = None) -> bool:
        """Wait for an import that has begun, at most this many milliseconds; True when it has ended. Nothing is reported after
        that."""
        if self._timer.isActive():
            self._timer.stop()
            self._turns.give_last(None if milliseconds is None else milliseconds / 1000)
        return self._work.close(milliseconds)

    @Slot()
    def _give(self) -> None:
        self._turns.give()
        if self._turns.over:
            self._timer.stop()

    def _import(self, cancel: Cancel) -> None:
        turns = self._turns
        pauses = _Pauses(turns)
        try:
            if not turns.take():
                return
            for module in _QT:
                for name in dir(module):
                    getattr(module, name)
                    turns.pause()
            sys.meta_path.insert(0, pauses)
            try:
                __import__(self._name)  # Python's own, or the one that knows our modules by private names
            finally:
                sys.meta_path.remove(pauses)
        finally:
            turns.end()

    def _end(self, how: object) -> None:
        self.finished.emit()
