"""Which part of the shown recording's graph is drawn: folded modules, and the paths from or to one card."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal, Slot

from engine.graph.fold_view import View
from engine.graph.folding import Paths
from engine.graph.state import State
from engine.recording import Recording
from gui.session.linking import Links, RowName
from gui.session.selection import Pointed


class Looked(QObject):
    """What a graph shows: a recording, and the place in it."""

    pointed: Pointed

    @property
    def recording(self) -> Recording | None:
        """The recording that is shown; None before there is one."""
        raise NotImplementedError

    @property
    def cursor(self) -> int:
        """How many of its moments have happened."""
        raise NotImplementedError

    @property
    def state(self) -> State | None:
        """What is known at the cursor."""
        raise NotImplementedError

    @property
    def links(self) -> Links | None:
        """What belongs together in it."""
        raise NotImplementedError

    def set_cursor(self, cursor: int) -> None:
        """Go to another moment."""
        raise NotImplementedError


class Shown(QObject):
    """Part of the session: the graph that views draw, and its state. Each recording keeps its own folding.

    Signals
    -------
    changed()
        ``view`` changed, within the same recording.
    """

    changed = Signal()

    def __init__(self, session: Looked) -> None:
        super().__init__(session)
        self._session = session
        self._views: WeakKeyDictionary[Recording, tuple[View, Paths | None]] = WeakKeyDictionary()
        self._last: Recording | None = None
        self._told: tuple[View, State, State] | None = None
        self.pivot: tuple[str, str] | None = None
        """The card that the last change was about, as it was drawn before and as it is drawn now: it should stay where it is."""
        self.unfolded: int | None = None
        """The call that the last change unfolded; None after any other change."""

    @property
    def view(self) -> View | None:
        """The part that is drawn; None without a recording."""
        found = self._entry()
        return None if found is None else found[0]

    @property
    def paths(self) -> Paths | None:
        """The paths that the graph is cut down to; None while the whole graph is shown."""
        found = self._entry()
        return None if found is None else found[1]

    @property
    def state(self) -> State | None:
        """The session's state, for the cards and edges of ``view``."""
        view, state = self.view, self._session.state
        if view is None or state is None:
            return None
        if self._told is None or self._told[0] is not view or self._told[1] is not state:
            self._told = (view, state, view.state(state))
        return self._told[2]

    def _entry(self) -> tuple[View, Paths | None] | None:
        recording = self._session.recording
        if recording is None:
            return None
        known = self._views.get(recording)
        if known is None:
            known = self._views[recording] = self._first(recording)
        self._last = recording
        return known

    def _first(self, recording: Recording) -> tuple[View, Paths | None]:
        """The view of a new recording; the paths stay if only numbers changed (a slider)."""
        before = self._views.get(self._last) if self._last is not None else None
        view = recording.folds.first_view
        if before is None or before[1] is None or self._last is None:
            return view, None
        if self._last.graph.signature != recording.graph.signature:
            return view, None
        return recording.folds.view(before[0].unfolded, before[1]), before[1]

    def _set(self, unfolded: frozenset[int], paths: Paths | None, pivot: str | None = None, call: int | None = None) -> None:
        recording, now = self._session.recording, self._entry()
        if recording is None or now is None or (unfolded, paths) == (now[0].unfolded, now[1]):
            return
        view = recording.folds.view(unfolded, paths, call)
        self._views[recording] = view, paths
        before, after = now[0].card(pivot), view.card(pivot)
        self.pivot = (before, after) if before is not None and after is not None else None
        self.unfolded = call
        self.changed.emit()
        selected = self._session.pointed.selection
        if selected.card in now[0].groups and selected.card not in view.groups:
            self._session.pointed.select(replace(selected, card=None))  # the card is no longer drawn

    # Modules -----------------------------------------------------------------------------------------------------

    def unfold(self, call: int, everything: bool = False) -> None:
        """Show what ran in a module's call instead of one card; with ``everything``, also what ran in the modules within it."""
        view, recording = self.view, self._session.recording
        if view is not None and recording is not None:
            cards = recording.folds.cards_in(call)
            more = recording.folds.inside(call) if everything else {call}
            self._set(view.unfolded | more, self.paths, cards[0] if cards else None, call)

    @Slot(int)
    def fold(self, call: int) -> None:
        """Show one card for all that ran in a module's call."""
        view, recording = self.view, self._session.recording
        if view is not None and recording is not None:
            cards = recording.folds.cards_in(call)
            self._set(view.unfolded - {call}, self.paths, cards[0] if cards else None)

    @Slot(str, bool)
    def turn(self, card: str, unfold: bool) -> None:
        """Unfold the module that ``card`` is, or fold the innermost one around it."""
        view, recording = self.view, self._session.recording
        if view is None or recording is None:
            return
        group = view.groups.get(card)
        if unfold and group is not None:
            self.unfold(group.call)
        elif not unfold:
            calls = recording.folds.around(group.face if group is not None else card)
            around = calls[: calls.index(group.call)] if group is not None else calls
            if around:
                self.fold(around[-1])

    def unfold_all(self) -> None:
        """Show every operation; what optimizers computed stays as it is."""
        if self.view is not None and self._session.recording is not None:
            self._set(self.view.unfolded | self._session.recording.folds.modules, self.paths)

    def fold_all(self) -> None:
        """Show one card for each module that the program itself calls."""
        if self.view is not None:
            self._set(frozenset(), self.paths)

    def show_optimizers(self, shown: bool) -> None:
        """Also show what the steps of optimizers computed, or hide that again."""
        if self.view is not None and self._session.recording is not None:
            steps = self._session.recording.folds.optimizers
            self._set(self.view.unfolded | steps if shown else self.view.unfolded - steps, self.paths)

    def cards_of(self, call: int) -> list[str]:
        """The drawn cards of what ran in a call, and of the parameters that are in it."""
        recording, view = self._session.recording, self.view
        if recording is None or view is None:
            return []
        if view.graph.within:
            return [card.id for card, calls in zip(view.graph.cards, view.graph.within, strict=True) if call in calls]
        faces = ((card.id, view.groups[card.id].face if card.id in view.groups else card.id) for card in view.graph.cards)
        return [card for card, face in faces if call in recording.folds.around(face)]

    def depths(self, call: int | None) -> tuple[int, int]:
        """How deep frames of unfolded calls are nested: from ``call`` inwards (0 for None), and in the whole graph."""
        recording, view = self._session.recording, self.view
        if recording is None or view is None:
            return 0, 0
        within = deepest = 0
        for frames in view.graph.within:
            deepest = max(deepest, len(frames))
            within = max(within, len(frames) - frames.index(call) if call in frames else 0)
        return within, deepest

    def arrival(self, card: str, row: RowName) -> int | None:
        """The cursor at which a drawn card got its value or gradient; None if it never does."""
        view, links = self.view, self._session.links
        group = view.groups.get(card) if view is not None else None
        return None if links is None else links.arrival(card if group is None else group.face, row, self._session.cursor)

    @Slot(str, str)
    def go_to_arrival(self, card: str, row: RowName) -> None:
        """Go to when a drawn card got its value or gradient, if it ever does."""
        at = self.arrival(card, row)
        if at is not None:
            self._session.set_cursor(at)

    def newest(self) -> str | None:
        """The shown card that the newest pass started from."""
        recording, view = self._session.recording, self.view
        roots = recording.passes[-1].roots if recording is not None and recording.passes else ()
        cards = reversed(view.graph.cards) if view is not None and roots else ()
        return next((card.id for card in cards if any(number == roots[0] for _, number in card.values)), None)

    # Paths -------------------------------------------------------------------------------------------------------

    def show_paths(self, card: str, to: bool, onward: bool) -> None:
        """Show only what leads to ``card``, what it leads to, or both."""
        if self.view is not None:
            self._set(self.view.unfolded, Paths(card, to, onward), card)

    def show_whole(self) -> None:
        """Show all paths again."""
        if self.view is not None and self.paths is not None:
            self._set(self.view.unfolded, None, self.paths.card)

    def reveal(self, card: str) -> str | None:
        """Unfold what is around a card of the recording, and all paths if it is on none of those shown; the card that now draws
        it."""
        recording, view = self._session.recording, self.view
        if recording is None or view is None:
            return None
        unfolded = view.unfolded | frozenset(recording.folds.around(card))
        paths = self.paths
        if paths is not None and recording.folds.view(unfolded, paths).card(card) is None:
            paths = None
        self._set(unfolded, paths, card)
        return self.view.card(card) if self.view is not None else None
