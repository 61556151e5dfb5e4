"""Searches on a thread of its own: the newest search wins, and the one that is running gives way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.recording import Recording
from engine.search import Found, Query, search
from gui.work.newest_wins import Cancel, Job, NewestWins, only_told

CLOSE_WITHIN = 1000
"""Milliseconds that ``close`` waits."""


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """What to look for, in which recording, after how many moments."""

    recording: Recording
    query: Query
    cursor: int


class Searches(QObject):
    """Only the newest of the waiting requests is kept.

    Signals
    -------
    done(object request, object found)
        The Found of a request that no newer one superseded.
    crashed(str traceback)
        A fault of our own; the next search is done all the same.
    """

    done = Signal(object, object)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = NewestWins("search", self)
        self._work.crashed.connect(self.crashed)

    @property
    def running(self) -> bool:
        """Whether there is a thread: it starts with the first search."""
        return self._work.running

    def put(self, request: Request) -> None:
        """Search for this, in place of what waits or runs."""

        def gives_way(waiting: Sequence[Job], seconds: float) -> bool:
            # The index of a recording, the first thing that a search needs, is made once, however fast someone types.
            newest = waiting[-1].about
            other = not isinstance(newest, Request) or newest.recording is not request.recording
            return other or "_search_index" in request.recording.__dict__

        def run(cancel: Cancel) -> tuple[Request, Found]:
            return request, search(request.recording, request.query, request.cursor, cancelled=cancel)

        self._work.put(Job(run, self._tell, failed=only_told, kind="search", gives_way=gives_way, about=request))

    def close(self) -> bool:
        """Give up what is running and wait for the thread (at most a second); True when it has ended."""
        return self._work.close(CLOSE_WITHIN)

    def _tell(self, found: tuple[Request, Found]) -> None:
        self.done.emit(*found)
