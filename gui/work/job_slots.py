"""What waits for the recorder thread and what runs there: one waiting job of each kind, the newest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLOW = 0.3
"""Seconds after which a running job gives way to a newer one of its kind; a quicker one is left to finish."""
CHECK = "check"
"""A finite difference: nice to know, so it gives way to anything else at once."""

Cancel = Callable[[], bool]


@dataclass(eq=False)
class Job:
    id: int
    kind: str
    run: Callable[[Cancel], object]
    began: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)


class JobSlots:
    """What waits and what runs, shared by the two threads under one lock; one waiting job of each kind."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: dict[str, Job] = {}
        self._running: Job | None = None
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    @property
    def empty(self) -> bool:
        with self._change:
            return self._running is None and not self._waiting

    def put(self, job: Job) -> None:
        with self._change:
            self._waiting.pop(job.kind, None)
            self._waiting[job.kind] = job
            self._change.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Wait for a job; True when none came within so many seconds."""
        with self._change:
            return not self._change.wait_for(lambda: bool(self._waiting) or self.closed, seconds)

    def take(self) -> Job | None:
        """Wait for the oldest waiting job; None when closed."""
        with self._change:
            while not self._waiting and not self.closed:
                self._change.wait()
            if self.closed:
                return None
            job = self._waiting.pop(next(iter(self._waiting)))
            job.began = time.monotonic()
            self._running = job
            return job

    def done(self) -> None:
        with self._change:
            self._running = None

    def stop(self) -> list[Job]:
        """Tell the running job to stop; the waiting ones, which are forgotten."""
        with self._change:
            forgotten = list(self._waiting.values())
            self._waiting.clear()
            if self._running is not None:
                self._running.stopped.set()
            return forgotten

    def close(self) -> None:
        with self._change:
            self._closed.set()
            self._waiting.clear()
            if self._running is not None:
                self._running.stopped.set()
            self._change.notify_all()

    def gives_way(self, job: Job) -> bool:
        """Whether ``job`` should end: told to, or slow while a newer one of its kind waits."""
        if job.stopped.is_set() or self.closed:
            return True
        if job.kind == CHECK and self._waiting:
            return True
        return job.kind in self._waiting and time.monotonic() - job.began > SLOW
