"""From the text of a search to what is found, by way of the search thread; asked again when what is shown changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.errors import SearchError
from engine.search import Found, Query, parse
from gui.session.session import Session
from gui.work.newest_wins import NOTICEABLE
from gui.work.searches import Request, Searches


class Searcher(QObject):
    """Searches what the session shows, while it is awake.

    Signals
    -------
    found_changed(bool same)
        ``found`` changed, perhaps to None; ``same``: the text is the one of the search before.
    slow()
        A search takes a noticeable time.
    crashed(str traceback)
        A fault of our own while searching.
    """

    found_changed = Signal(bool)
    slow = Signal()
    crashed = Signal(str)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._query = parse("")
        self._asked: Request | None = None
        self._awake = False
        self.found: Found | None = None
        self.problem: SearchError | None = None
        self._searches = Searches(self)
        self._searches.done.connect(self._take)
        self._searches.crashed.connect(self._crash)
        self._busy_wait = QTimer(self)
        self._busy_wait.setSingleShot(True)
        self._busy_wait.setInterval(NOTICEABLE)
        self._busy_wait.timeout.connect(self.slow)
        session.recording_changed.connect(self._ask)
        session.cursor_changed.connect(self._cursor_changed)

    @property
    def running(self) -> bool:
        """Whether there is a thread: it starts with the first search."""
        return self._searches.running

    @property
    def waiting(self) -> bool:
        """Whether a search is under way whose result is not in ``found`` yet."""
        return self._asked is not None

    def set_text(self, text: str) -> None:
        """Search for ``text``; if it cannot be understood ``problem`` says so, and nothing is found."""
        try:
            self._query, self.problem = parse(text), None
        except SearchError as problem:
            self._query, self.problem = parse(""), problem
        if self._query.terms:
            self._ask()
        else:
            self._forget()

    def wake(self) -> None:
        """Search again, and whenever something changes."""
        if not self._awake:
            self._awake = True
            self._ask()

    def sleep(self) -> None:
        """Stop searching until ``wake``; what was found may go out of date, and is forgotten."""
        self._awake = False
        self._forget()

    def close(self) -> bool:
        """End the thread; True when it has ended."""
        self._busy_wait.stop()
        self._asked = None
        return self._searches.close()

    def _forget(self) -> None:
        self._asked = None
        self._busy_wait.stop()
        if self.found is not None:
            self.found = None
            self.found_changed.emit(False)

    @Slot()
    def _ask(self) -> None:
        recording = self._session.recording
        if not self._awake or not self._query.terms:
            return
        if recording is None:
            self._forget()
            return
        self._asked = Request(recording, self._query, self._session.cursor)
        self._searches.put(self._asked)
        if not self._busy_wait.isActive():
            self._busy_wait.start()

    @Slot()
    def _cursor_changed(self) -> None:
        if self._asked is not None or self._query.depends_on_cursor:
            self._ask()

    @Slot(object, object)
    def _take(self, request: Request, found: Found) -> None:
        if request is not self._asked:
            return
        self._asked = None
        self._busy_wait.stop()
        before = self.found
        self.found = found
        self.found_changed.emit(before is not None and before.query is found.query)

    @Slot(str)
    def _crash(self, trace: str) -> None:
        self._forget()
        self.crashed.emit(trace)

    @property
    def query(self) -> Query:
        """What is searched for; without terms if nothing is, or if the text is not understood."""
        return self._query
