"""Searches on a thread of its own: the newest search wins, and the one that runs gives way to it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from threading import Condition

from PySide6.QtCore import Signal

from engine.errors import Cancelled
from engine.recording import Recording
from engine.search import Query, search
from gui.work.threads import Thread

CLOSE_WITHIN = 1000
"""Milliseconds that ``close`` waits."""


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """What to look for, in which recording, after how many moments."""

    recording: Recording
    query: Query
    cursor: int


class SearchThread(Thread):
    """Runs from the first request to ``close``; of the requests that wait only the newest is kept.

    Signals
    -------
    done(object request, object found)
        The Found of a request that no newer one superseded; told from this thread.
    crashed(str traceback)
        A fault of ours; the thread goes on.
    """

    done = Signal(object, object)
    crashed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("search")
        self._waiting: Request | None = None
        self._closed = False
        self._changed = Condition()

    def put(self, request: Request) -> None:
        """Search for this, instead of what waits or runs."""
        with self._changed:
            self._waiting = request
            self._changed.notify()
        if not self.isRunning() and not self._closed:
            self.start()

    def close(self) -> bool:
        """Give up what runs and wait for the thread (at most a second); True when it has ended."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._changed.notify()
        return not self.isRunning() or self.wait(CLOSE_WITHIN)

    def run(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._closed:
                    self._changed.wait()
                if self._closed or self._waiting is None:
                    return
                request, self._waiting = self._waiting, None
            self._do(request)
            del request  # its recording may be left while this waits

    def _do(self, request: Request) -> None:
        def cancelled() -> bool:
            newer = self._waiting
            if newer is None or self._closed:
                return self._closed
            # The index of a recording, the first thing that a search needs, is made once however fast one types.
            return newer.recording is not request.recording or "_search_index" in request.recording.__dict__

        try:
            found = search(request.recording, request.query, request.cursor, cancelled=cancelled)
        except Cancelled:
            return
        except Exception:
            self.crashed.emit(traceback.format_exc())
        else:
            if not self._closed:
                self.done.emit(request, found)
