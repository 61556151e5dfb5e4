"""From hit to hit: which one is shown, which row is marked, and where next and previous lead."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Signal, Slot

from gui.panels.search.bar import SearchBar
from gui.panels.search.results import HitList
from gui.panels.search.searcher import Searcher
from gui.panels.search.words import count_text, spoken
from gui.session.session import Session


class HitWalk(QObject):
    """Goes through what ``searcher`` found, marks it in the list and says in the bar which hit is shown.

    Signals
    -------
    asked()
        The user wants to go on, but nothing has been searched for yet.
    begun()
        The user wants to go on: show the bar.
    misunderstood()
        The user wants to go on with a search that cannot be understood.
    rows_wanted(bool)
        Show the rows, or hide them.
    """

    asked = Signal()
    begun = Signal()
    misunderstood = Signal()
    rows_wanted = Signal(bool)

    def __init__(self, session: Session, searcher: Searcher, bar: SearchBar, rows: HitList, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._searcher, self._bar, self._rows = session, searcher, bar, rows
        self._at: int | None = None
        """The hit that was gone to, and its card."""
        self._card: str | None = None
        self._pending = 0
        """The direction to go in as soon as something is found."""
        bar.field.go.connect(self.go)
        bar.field.moved.connect(self._move_mark)
        bar.previous.clicked.connect(self.find_previous)
        bar.next.clicked.connect(self.find_next)
        rows.clicked.connect(self._clicked)

    @property
    def arrived(self) -> bool:
        """Whether a hit is shown, or will be as soon as there is one: the rows are not needed then."""
        return self._card is not None or self._pending != 0

    def start_over(self) -> None:
        """Another text is searched for."""
        self._at = self._card = None
        self._pending = 0

    def rest(self) -> None:
        """Do not go on when something is found."""
        self._pending = 0

    def take(self, same: bool) -> None:
        """``found`` changed, perhaps within the ``same`` search: find the shown hit in it, and the marked row."""
        found, marked = self._searcher.found, self._rows.marked
        self._rows.hits.show(found)
        self._at = None if found is None else found.place_of(self._card)
        if found is not None and len(found):
            kept = marked if same and marked is not None else found.place_of(self._session.pointed.selection.card)
            self._rows.mark(min(kept or 0, len(found) - 1))

    def go_on(self) -> None:
        """Go where the user wanted to go before anything was found."""
        if self._searcher.found is not None and self._pending:
            direction, self._pending = self._pending, 0
            self.go(direction)

    def show_count(self) -> None:
        """Say in the bar how many were found, and which one is shown."""
        found = self._searcher.found
        text = "" if found is None else count_text(found, self._at)
        self._bar.show_count(text, found is not None and len(found) > 0)
        if found is not None:
            self._bar.announce(text if self._at is None else f"{text}: {spoken(found, found[self._at])}")

    @Slot()
    def find_next(self) -> None:
        """Go to the next hit; opens the bar where nothing has been searched for yet."""
        self._find(1)

    @Slot()
    def find_previous(self) -> None:
        """Go to the previous hit; opens the bar where nothing has been searched for yet."""
        self._find(-1)

    def _find(self, direction: int) -> None:
        if not self._bar.field.text().strip():
            self.asked.emit()
            return
        self.begun.emit()
        self.go(direction)

    @Slot(int)
    def go(self, direction: int) -> None:
        """Go to the marked hit, else to the next (1) or previous (-1) one; after the last comes the first."""
        found = self._searcher.found
        if self._searcher.problem is not None:
            self.misunderstood.emit()
        elif self._searcher.waiting:
            self._pending = direction
        elif found is not None and len(found):
            marked = None if self._rows.isHidden() else self._rows.marked
            if marked is not None and marked != self._at:
                at = marked if direction > 0 else marked - 1
            elif self._at is None:
                at = 0 if direction > 0 else -1
            else:
                at = self._at + direction
            self._go_to(at % len(found))

    def _go_to(self, at: int) -> None:
        found = self._searcher.found
        assert found is not None
        self._at, self._card = at, found.card(at)
        self._rows.mark(at)
        self.rows_wanted.emit(False)
        self.show_count()
        self._session.pointed.reveal(self._card)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self._go_to(index.row())

    @Slot(int)
    def _move_mark(self, by: int) -> None:
        """Mark a row further down (or up); a list that is hidden is shown first."""
        found = self._searcher.found
        if found is None or not len(found):
            return
        if self._rows.isHidden():
            self.rows_wanted.emit(True)
        else:
            self._rows.mark(max(0, min(len(found) - 1, (self._rows.marked or 0) + by)))
        self._bar.announce(spoken(found, found[self._rows.marked or 0]))
