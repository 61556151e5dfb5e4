"""A thread beside the script: sends progress, watches the memory, and stops the script when asked."""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from engine.runtime.frames import own_code
from engine.runtime.frames.unlisted import unlisted
from engine.runtime.frames.untold import tell_nothing
from engine.runtime.memory import resident_bytes
from engine.runtime.stacks import leave_signals_alone
from engine.scripts import system
from engine.scripts.kept.journal import Journal
from engine.scripts.troubles import megabytes

INTERVAL = 0.1
"""Seconds between two messages about progress."""
INSIST = 0.05
"""Seconds between two interrupts of a script that was asked to stop."""
PATIENCE = 0.6
"""Seconds for the script to end after it was asked to; then the recording is taken from under it."""
_RECORDER = tuple(own_code.folder() + name for name in ("recorder", "recording", "handle.py"))
_handler_of, _running = signal.getsignal, sys._current_frames
_clock, _sleep, _parent_of_this, _status_of, _exit = time.monotonic, time.sleep, os.getppid, os.fstat, os._exit
_anything = BaseException
_lock, _wait_for = threading.Lock, None if system.WINDOWS else select.select
"""By reference: while a script is recorded, others are in their place, and what a script puts there is not ours to use."""


class Watcher:
    """Parameters
    ----------
    control : Connection
        To the parent.
    filename : str
        Of the script, as its frames have it.
    memory_limit : int or None
        Bytes of resident memory.
    counts : callable() -> (operations, passes)
    take_over : callable()
        Called by the watcher's own thread when the script does not answer: saves what there is and ends the process.
    journal : Journal
        Of the recording; written while the script runs.
    """

    def __init__(
        self,
        control: Connection,
        filename: str,
        memory_limit: int | None,
        counts: Callable[[], tuple[int, int]],
        take_over: Callable[[], None],
        journal: Journal,
    ) -> None:
        self._control = control
        self._filename = filename
        self._limit = memory_limit
        self._counts = counts
        self._take_over = take_over
        self._journal = journal
        self._place = self._who()
        self._parent = _parent_of_this()
        self._sending = _lock()
        self._main = threading.main_thread().ident or 0
        self.phase = "starting"
        self.phase_lock = _lock()
        """Held while the script's end is decided: by itself, or by the watcher."""
        self.why = ""
        """Why the script was asked to stop: ``stopped``, ``memory``, or empty."""
        self.said = ""

    def start(self) -> None:
        """Begin to watch, in a thread that ``threading`` does not count: the script may print how many there are."""
        _thread.start_new_thread(self._run, ())

    def send(self, *message: Any) -> None:
        """Tell the parent; nothing happens if it has gone."""
        with self._sending:
            if self._lost():
                return
            try:
                self._control.send(message)
            except Exception:
                pass  # also where the script has spoiled what sending uses: the parent then reads the journal's report

    def _who(self) -> tuple[int, int] | None:
        """What the connection's descriptor is."""
        if system.WINDOWS:
            return None
        try:
            found = _status_of(self._control.fileno())
        except (OSError, ValueError):
            return None
        return found.st_dev, found.st_ino

    def _lost(self) -> bool:
        """Whether the script closed the connection, and may have a file of its own in its place."""
        return self._who() != self._place

    def send_progress(self) -> None:
        """Tell the parent how far the script is."""
        self.send("progress", *self._counts(), self.phase, self.line())

    def detach(self) -> None:
        """In a forked process, where the thread does not exist: locks that it may have held are new."""
        self._sending = _lock()
        self.phase_lock = _lock()
        self.why = ""
        self._journal.forget()

    def asked(self) -> bool:
        """For the recorder, which asks before each operation: ends the script there if it was asked to stop."""
        if self.phase == "running":
            if self.why:
                raise KeyboardInterrupt
            self._journal.keep_up()
        return False

    def on_interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handles SIGINT: ends the script, but never in the middle of recording an operation, which ``asked`` does soon."""
        if self.phase != "running":
            return
        if not self.why:
            self.why = "stopped"
        if not self._in_recorder(frame):
            raise KeyboardInterrupt

    def _in_recorder(self, frame: FrameType | None) -> bool:
        while frame is not None:
            name = frame.f_code.co_filename
            if name == self._filename:
                return False
            if name.startswith(_RECORDER):
                return True
            frame = frame.f_back
        return False

    # The thread, whose frames are not listed: torch's profiler looks at those of all threads ----------------------

    @unlisted
    def _run(self) -> None:
        leave_signals_alone()
        tell_nothing()
        told = asked_at = 0.0
        while True:
            try:
                told, asked_at = self._turn(told, asked_at)
            except _anything:  # the script has spoiled something: whatever can be done still is
                _sleep(INSIST)

    @unlisted
    def _turn(self, told: float, asked_at: float) -> tuple[float, float]:
        """What is due now; when progress was told last, and since when the script has been asked to stop (0: it was not)."""
        now = _clock()
        if now - told >= INTERVAL:
            told = now
            self.send_progress()
            self._check_memory()
        if self.phase == "running":
            self._journal.tend()
        if self.why and self.phase in ("starting", "running", "ending"):
            asked_at = asked_at or now
            self._insist(now - asked_at)
        if self._lost() and _parent_of_this() == self._parent:
            _sleep(INSIST)
            return told, asked_at
        try:
            if self._told(INSIST) and not self.why:
                self.why = "stopped"
        except (EOFError, OSError):
            if self._lost() and _parent_of_this() == self._parent:
                return told, asked_at
            # The parent is gone: nobody would ever stop this script again. Its keeper writes the recording.
            if self.phase == "running":
                self._journal.write()
            system.end_own_group()
        return told, asked_at

    @unlisted
    def _told(self, seconds: float) -> bool:
        """Whether the parent wants the script to stop, the only thing that it ever says; waits for that so long."""
        control = self._control
        if not (control.poll(seconds) if _wait_for is None else _wait_for((control,), (), (), seconds)[0]):
            return False
        try:
            return bool(control.recv() == "stop")
        except (EOFError, OSError):
            raise
        except Exception:
            return True  # the script has spoiled what reading it uses

    def _insist(self, waited: float) -> None:
        if self.phase == "ending":
            _exit(130)
        if self.phase == "starting" or waited > PATIENCE:
            with self.phase_lock:
                if self.phase in ("starting", "running"):
                    self._take_over()
        elif _handler_of(signal.SIGINT) == self.on_interrupt:
            system.interrupt_main_thread(self._main)

    def _check_memory(self) -> None:
        if self._limit is None or self.why or self.phase not in ("starting", "running"):
            return
        used = resident_bytes()
        if used > self._limit:
            before = " before the script began" if self.phase == "starting" else ""
            self.said = f"the memory limit of {megabytes(self._limit)} was passed{before} ({megabytes(used)} were in use)"
            self.why = "memory"
            self.send("asked")

    def line(self) -> int | None:
        """Where the script's main thread is now."""
        frame = _running().get(self._main)
        try:
            while frame is not None and frame.f_code.co_filename != self._filename:
                frame = frame.f_back
            return None if frame is None else frame.f_lineno
        except AttributeError:  # its stack changed meanwhile: Python 3.11 then gives what is no longer a frame
            return None
