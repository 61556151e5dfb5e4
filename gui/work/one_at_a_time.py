"""Work that a person waits for, on a thread of its own: one at a time, told while it goes on, and given up if wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from gui.work.newest_wins import Cancel, Job, NewestWins

CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits for the thread."""
DONE_WITHIN = 60_000
"""The same where something must be done: the process ends after that, and a save would not be there."""


class OneAtATime(QObject):
    """What is begun takes the place of what goes on, unless that must be done: it is then done before.

    Signals
    -------
    told(str text, str end)
        What goes on, or nothing; and what ``stop`` would do, in words.
    crashed(str traceback)
        A fault of ours on the thread.
    """

    told = Signal(str, str)
    crashed = Signal(str)

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._work = NewestWins(name, self)
        self._work.crashed.connect(self.crashed)

    @property
    def busy(self) -> bool:
        """Whether something goes on."""
        return self._job is not None

    @Slot()
    def stop(self) -> None:
        """Give up what goes on."""
        if self._job is not None:
            self._job.stop()
            self._over(self._job)

    def close(self) -> bool:
        """The same for good, but for what must be done, which is waited for; True when the thread has ended."""
        self._make_way()
        return self._work.close(CLOSE_WITHIN if self._job is None else DONE_WITHIN)

    def _make_way(self) -> None:
        if self._job is not None and not self._job.must:
            self.stop()

    def _begin(
        self,
        run: Callable[[Cancel], Any],
        done: Callable[[Any], object],
        failed: Callable[[str], object],
        told: tuple[str, str],
        expected: tuple[type[Exception], ...],
        *,
        must: bool = False,
    ) -> None:
        """Do ``run`` on the thread; then ``done`` gets its result here, or ``failed`` in words why there is none.

        ``told`` is what is told meanwhile, ``expected`` and ``must`` as in ``Job``.
        """
        self._make_way()

        def finished(result: Any) -> None:
            self._over(job)
            done(result)

        def fails(error: Exception) -> None:
            self._over(job)
            failed("there is not enough memory for it." if isinstance(error, MemoryError) else str(error))

        expected = (*expected, OSError, MemoryError)
        job = self._job = Job(run, finished, fails, lambda _stopped: self._over(job), expected=expected, must=must)
        self.told.emit(*told)
        self._work.put(job)

    def _over(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.told.emit("", "")
