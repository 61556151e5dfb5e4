"""Work on a thread of its own: the newest job of each kind wins, and how each ends is reported on the window's thread."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import Cancelled
from gui.work.threads import Thread

Cancel = Callable[[], bool]
"""Asked by a job while it runs: whether it should end, by raising Cancelled."""
NOTICEABLE = 150
"""Milliseconds of work after which the window says that something is going on."""
GivesWay = Callable[[Sequence["Job"], float], bool]
"""Given what waits, oldest first, and how many seconds the job has been running: whether it should make way."""


def _never(waiting: Sequence[Job], seconds: float) -> bool:
    return False


def _nothing(stopped: bool) -> None:
    pass


def only_told(error: Exception) -> None:
    """The ``failed`` of a job that shows nothing when it fails; ``NewestWins.crashed`` says why."""


@dataclass(eq=False)
class Job:
    """What is to be done, and what is called when it is over.

    Attributes
    ----------
    run : callable
        Called on the thread with a Cancel; what it returns goes to ``done``.
    done, failed : callable
        One of them is called on the window's thread: with the result, or with the exception that ``run`` raised.
    dropped : callable
        Called there if ``run`` raised Cancelled, with whether the job had been told to stop.
    kind : hashable or None
        A newer job of the same kind takes the place of one that waits; None: there is no other of its kind.
    expected : tuple of exception classes
        Those that are no fault of ours. Any other is reported by ``NewestWins.crashed`` as well.
    gives_way : callable
        Whether it should end for what waits; by default it never does.
    about : object
        What others may have to know about it to decide whether they give way.
    must : bool
        It goes before others, and is done even when the thread is told to close.
    """

    run: Callable[[Cancel], Any]
    done: Callable[[Any], object]
    failed: Callable[[Exception], object]
    dropped: Callable[[bool], object] = _nothing
    kind: Hashable = None
    expected: tuple[type[Exception], ...] = ()
    gives_way: GivesWay = _never
    about: object = None
    must: bool = False
    stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def stop(self) -> None:
        """Ask the job to end; one that has not begun is given up at once."""
        self.stopped.set()


@dataclass(eq=False)
class _Outcome:
    job: Job
    result: Any = None
    error: Exception | None = None
    trace: str = ""


class _Slots:
    """What waits and what runs, shared by two threads under one lock."""

    def __init__(self, newest_first: bool, most: int | None) -> None:
        self._newest_first = newest_first
        self._most = most
        self._change = threading.Condition()
        self._waiting: dict[Hashable, Job] = {}
        self._running: Job | None = None
        self._began = 0.0
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def empty(self) -> bool:
        with self._change:
            return self._running is None and not self._waiting

    def put(self, job: Job) -> None:
        key = job if job.kind is None else job.kind
        with self._change:
            self._waiting.pop(key, None)
            self._waiting[key] = job
            if self._most is not None and len(self._waiting) > self._most:
                del self._waiting[next(iter(self._waiting))]
            self._change.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Wait for a job; True if none came within this many seconds."""
        with self._change:
            return not self._change.wait_for(lambda: bool(self._waiting) or self._closed, seconds)

    def take(self) -> Job | None:
        """Wait for a job; None when closed and nothing is left that must be done."""
        with self._change:
            while not self._waiting and not self._closed:
                self._change.wait()
            if not self._waiting:
                return None
            keys = list(self._waiting)
            key = next((key for key in keys if self._waiting[key].must), keys[-1] if self._newest_first else keys[0])
            self._running = self._waiting.pop(key)
            self._began = time.monotonic()
            return self._running

    def ended(self) -> None:
        with self._change:
            self._running = None

    def stop(self) -> list[Job]:
        """Tell the running job to stop; returns those that waited, which are forgotten."""
        with self._change:
            forgotten = [job for job in self._waiting.values() if not job.must]
            self._waiting = {key: job for key, job in self._waiting.items() if job.must}
            if self._running is not None and not self._running.must:
                self._running.stop()
            return forgotten

    def close(self) -> None:
        self.stop()
        with self._change:
            self._closed = True
            self._change.notify_all()

    def gives_way(self, job: Job) -> bool:
        if job.stopped.is_set() or (self._closed and not job.must):
            return True
        if not self._waiting:
            return False  # asked before every operation
        with self._change:
            waiting = list(self._waiting.values())
        return bool(waiting) and job.gives_way(waiting, time.monotonic() - self._began)


class _Thread(Thread):
    """Does one job after the other until closed. Signals: ended(_Outcome)."""

    ended = Signal(object)

    def __init__(self, name: str, slots: _Slots, first: Job | None, when_idle: Callable[[], object] | None, idle: float) -> None:
        super().__init__()
        self.setObjectName(name)
        self._slots = slots
        self._first = first
        self._when_idle = when_idle
        self._idle = idle

    def run(self) -> None:
        if self._first is not None:
            self._do(self._first)
        when_idle = self._when_idle
        while True:
            if when_idle is not None and self._slots.quiet(self._idle):
                when_idle()
                when_idle = None
            job = self._slots.take()
            if job is None:
                return
            self._do(job)
            del job  # its recording can be released while this waits

    def _do(self, job: Job) -> None:
        outcome = _Outcome(job)
        try:
            outcome.result = job.run(lambda: self._slots.gives_way(job))
        except Exception as error:
            outcome.error = error
            if not isinstance(error, (Cancelled, *job.expected)):
                outcome.trace = traceback.format_exc()
        self._slots.ended()
        if job.must or not self._slots.closed:
            self.ended.emit(outcome)


class NewestWins(QObject):
    """Does jobs on one thread, which starts with the first of them; whoever made it closes it.

    Signals
    -------
    crashed(str traceback)
        A fault of our own in a job; its ``failed`` has been called, and the thread goes on.
    """

    crashed = Signal(str)

    def __init__(
        self,
        name: str,
        parent: QObject | None = None,
        *,
        newest_first: bool = False,
        most: int | None = None,
        starts: bool = True,
        first: Job | None = None,
        when_idle: Callable[[], object] | None = None,
        idle: float = 0.0,
    ) -> None:
        """
        Parameters
        ----------
        name : str
            The thread's name.
        parent : QObject or None
        newest_first : bool
            Among jobs of several kinds the newest comes first; by default the oldest does.
        most : int or None
            Jobs that may wait; of more than that, the oldest are forgotten.
        starts : bool
            Start the thread with the first job that is put; else ``start`` does.
        first : Job or None
            Done before all others. ``stop`` does not reach it.
        when_idle : callable or None
            Called once on the thread, when there has been no job for ``idle`` seconds.
        idle : float
            Seconds.
        """
        super().__init__(parent)
        self._starts = starts
        self._slots = _Slots(newest_first, most)
        self._thread = _Thread(name, self._slots, first, when_idle, idle)
        self._thread.ended.connect(self._deliver)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._slots.closed

    @property
    def empty(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return self._slots.empty

    @property
    def running(self) -> bool:
        """Whether the thread runs."""
        return self._thread.isRunning()

    def start(self) -> None:
        """Start the thread, unless it runs or was closed."""
        if not self._slots.closed and not self._thread.isRunning():
            self._thread.start()

    def put(self, job: Job) -> None:
        """Do ``job``, in place of one of its kind that waits; not after ``close``, unless it must be done."""
        if self._slots.closed and not job.must:
            return
        self._slots.put(job)
        if self._starts and not self._thread.isRunning():
            self._thread.start()

    def stop(self) -> list[Job]:
        """Tell the running job to end, and forget what waits, which is returned."""
        return self._slots.stop()

    def wait(self, milliseconds: int | None = None) -> bool:
        """Wait until the thread has ended; True when it has."""
        return not self._thread.isRunning() or (self._thread.wait() if milliseconds is None else self._thread.wait(milliseconds))

    def close(self, milliseconds: int | None = None) -> bool:
        """Cancel what runs and what waits, except what must be done, and wait for the thread; True when it has ended.

        ``milliseconds`` is how long to wait at most; None waits for as long as it takes. After that, only the outcome of jobs
        that had to be done is reported.
        """
        self._slots.close()
        return self.wait(milliseconds)

    @Slot(object)
    def _deliver(self, outcome: _Outcome) -> None:
        job = outcome.job
        if self._slots.closed and not job.must:
            return
        if outcome.error is None:
            job.done(outcome.result)
        elif isinstance(outcome.error, Cancelled):
            job.dropped(job.stopped.is_set())
        else:
            job.failed(outcome.error)
            if outcome.trace:
                self.crashed.emit(outcome.trace)
