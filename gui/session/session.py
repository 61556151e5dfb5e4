"""The one observable state of the window: program, recording, cursor, training run. Signals say what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import ProgramError
from engine.graph.labels import first_view
from engine.graph.state import State
from engine.recording import Recording
from engine.training.configs import TrainingConfig, TrainingSnapshot
from gui.session.linking import Links, links_of
from gui.session.shown import Shown


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is pointed at, by the ids of the shown recording's graph; ``card`` and ``edge`` are None if nothing is."""

    card: str | None = None
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class Hover:
    """What the mouse rests on, wherever it is shown: a card, an edge or a moment (a number from 0); all None if nothing."""

    card: str | None = None
    edge: str | None = None
    moment: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """A recording that is shown in place of the program.

    Attributes
    ----------
    recording : Recording
    path : str
        The ``.gradwalk`` file that it lies in; empty while it lies in none.
    name : str
        What the window calls it.
    script : str
        Path of the script that was recorded in this window, to get it; empty for one that was opened.
    left_at : tuple of two int, optional
        Cursor and end when it was last closed.
    kept : str
        Where the recording of a script lies until it is saved, so that it is not lost if the window is killed.
    ended : str
        Why its script did not go on to its end, where the recording itself does not show that; else empty.
    """

    recording: Recording
    path: str
    name: str
    script: str = ""
    left_at: tuple[int, int] | None = None
    kept: str = ""
    ended: str = ""


def entry_of(recording: Recording, left_at: tuple[int, int] | None) -> int:
    """The cursor that ``recording`` opens at: where it was left (cursor and end), else its first view."""
    return left_at[0] if left_at is not None and left_at[1] == recording.end >= left_at[0] else first_view(recording)


class Session(QObject):
    """The model of the window. Views read it and listen; only its setters change it.

    Signals
    -------
    text_changed(str)
        The program's text is now this.
        ``immediate`` says whether a slider moved (run at once) or a person types (a short wait is better).
    text_replaced(str)
        The text was replaced from outside the editor (open, preset): the editor must load it as a new document.
    run_requested()
        Run the text from the start now, although it did not change.
    recording_changed()
        ``recording`` is another one (and so is ``state``).
    cursor_changed()
        ``cursor`` and ``state`` moved within the same recording.
    problem_changed()
        ``problem`` is another ProgramError, or None.
    busy_changed(bool)
        A program has been running for a noticeable time, or no longer is.
    mode_changed(str)
        ``mode`` is now ``explore`` or ``train``.
    selection_changed()
        ``selection`` is another one.
    reveal_wanted(str)
        Bring the card with this id into view, which is selected.
    hover_changed()
        ``hovered`` is another one.
    guess_changed()
        ``guessing`` or ``asked`` is another one.
    run_changed()
        ``snapshots`` grew or was reset: read ``latest``.
    run_state_changed(str)
        ``run_state`` is now ``idle``, ``running``, ``paused``, ``finished`` or ``diverged``.
    config_changed()
        ``config`` is another one.
    epoch_changed()
        ``epoch`` is another one: Train shows that step of the run, or follows the newest.
    opened_changed()
        ``opened`` is another one: Explore shows that recording, or the program again.
    saved_changed()
        ``opened`` is the same recording, in another file.
    """

    text_changed = Signal(str)
    text_replaced = Signal(str)
    run_requested = Signal()
    recording_changed = Signal()
    cursor_changed = Signal()
    problem_changed = Signal()
    busy_changed = Signal(bool)
    mode_changed = Signal(str)
    selection_changed = Signal()
    reveal_wanted = Signal(str)
    hover_changed = Signal()
    guess_changed = Signal()
    run_changed = Signal()
    run_state_changed = Signal(str)
    config_changed = Signal()
    epoch_changed = Signal()
    opened_changed = Signal()
    saved_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.immediate = True
        """True when the last change of ``text`` is complete in itself (slider, open, preset), False while typing."""
        self.recording: Recording | None = None
        self._opens = False
        """True until a recording of the text that was opened last is there: it shows its first view, or where it was left."""
        self._unseen = False
        """True until anything was shown of the text that was opened last."""
        self._left_at: tuple[int, int] | None = None
        self._before_failure: tuple[Recording, int] | None = None
        """Recording and cursor that a program that failed has taken the place of."""
        self.cursor = 0
        self.state: State | None = None
        self.problem: ProgramError | None = None
        self.stale = False
        """True while ``recording`` is the last valid one and the text has moved on to something that has a problem."""
        self.busy = False
        self.mode = "explore"
        self.shown = Shown(self)
        """Which part of the recording's graph is drawn."""
        self.selection = Selection()
        self.hovered = Hover()
        self.guessing = False
        """True while gradients are guessed: no view shows one before the cursor has come to it."""
        self.asked: str | None = None
        """The card or edge whose gradient is asked for."""
        self.config = TrainingConfig()
        self.snapshots: list[TrainingSnapshot] = []
        self.run_state = "idle"
        self.opened: Opened | None = None
        """The recording from a file that Explore shows; None while it shows the program."""
        self.epoch: int | None = None
        """The step of the run that Train looks at, from 1; None while it follows the newest."""
        self.recorded_step: TrainingSnapshot | None = None
        """The snapshot that the recording that Train shows leads to; of a run that was not trained yet its start."""
        self.awaits_start = False
        """True while the recording of the step that is looked at is on its way, to be shown before its end."""

    # The program -------------------------------------------------------------------------------------------------

    def set_text(self, text: str, *, immediate: bool = False) -> None:
        """The editor's text is now ``text``: typed, or with ``immediate`` a slider's edit, which runs without a wait."""
        if text != self.text:
            self.text = text
            self.immediate = immediate
            self.text_changed.emit(text)

    def replace_text(self, text: str, left_at: tuple[int, int] | None = None) -> None:
        """Another program is loaded: the editor starts a new document with it. ``left_at``: cursor and end when it was left."""
        self.text = text
        self._opens, self._unseen, self._left_at, self._before_failure = True, True, left_at, None
        self.immediate = True
        self.select_nothing()
        self.text_replaced.emit(text)
        self.text_changed.emit(text)

    def request_run(self) -> None:
        """Run the text from the start now."""
        self.run_requested.emit()

    @Slot(object)
    def show_recording(self, recording: Recording) -> None:
        """Show ``recording``; the problem, if there was one, is gone.

        Where only numbers changed (a slider) the cursor stays at its moment; another program shows its first view.
        """
        self.cursor = self.entry(recording)
        self._before_failure, self._unseen = None, False
        stays = self._selected_in(recording)
        self.recording = recording
        self.state = recording.state(self.cursor)
        self.stale = False
        if self.problem is not None:
            self.problem = None
            self.problem_changed.emit()
        self.recording_changed.emit()
        if not stays:
            self.select_nothing()

    def _selected_in(self, recording: Recording) -> bool:
        """Whether what is selected is in ``recording`` too: the same id may belong to something else there."""
        before, nothing = self.recording, self.selection.card is None and self.selection.edge is None
        if nothing or before is None or before.graph.signature == recording.graph.signature:
            return True
        was, now = self._selected_keys(before), self._selected_keys(recording)
        return was is not None and was == now

    def _selected_keys(self, recording: Recording) -> list[str] | None:
        """What the selected card of ``recording`` is called, or the cards at both ends of the edge; None if it has none such."""
        graph, edge = recording.graph, self.selection.edge
        ends = (
            [self.selection.card]
            if edge is None
            else [end for item in graph.edges if item.id == edge for end in (item.source, item.target)]
        )
        keys = {card.id: card.key for card in graph.cards if card.id in ends}
        return [keys[end] for end in ends if end is not None] if ends and all(end in keys for end in ends) else None

    def entry(self, recording: Recording) -> int:
        """The cursor to show the program's ``recording`` at, which comes after the one that is shown."""
        if self._opens:
            self._opens = recording.text != self.text
            return entry_of(recording, self._left_at)
        before, cursor = self._before_failure or (self.recording, self.cursor)
        if before is None:
            return first_view(recording)
        if before.end == recording.end and before.graph.signature == recording.graph.signature:
            return cursor
        # Whoever went to the end stays there while the program grows; an end without a gradient is its first view.
        return recording.end if cursor == before.end > first_view(before) else first_view(recording)

    @Slot(object)
    def show_problem(self, problem: ProgramError) -> None:
        """Show ``problem``: with its partial recording if the program had begun to run, else the last valid one stays, dimmed.

        A program that was opened and does not run has none.
        """
        self.problem = problem
        stays = problem.recording is None or self._selected_in(problem.recording)
        if problem.recording is not None:
            if self._before_failure is None and self.recording is not None and not self.recording.failed:
                self._before_failure = self.recording, self.cursor
            self.recording = problem.recording
            self.cursor = problem.recording.end
            self.state = problem.recording.state(self.cursor)
            self.stale = False
        elif self._unseen:
            # The graph of another program would be taken for this one's.
            self.recording, self.state, self.cursor, self.stale = None, None, 0, False
            stays = False
        else:
            # A program that does nothing leaves no graph that could be shown on.
            self.stale = self.recording is not None and bool(self.recording.graph.cards)
        self.problem_changed.emit()
        self.recording_changed.emit()
        if not stays:
            self.select_nothing()

    def restore(self, recording: Recording | None, cursor: int, problem: ProgramError | None = None, stale: bool = False) -> None:
        """Show what was shown before (a mode comes back); ``cursor`` is clamped to the recording's range."""
        stays = recording is None or self._selected_in(recording)
        self.recording = recording
        self.cursor = 0 if recording is None else max(0, min(recording.end, cursor))
        self.state = None if recording is None else recording.state(self.cursor)
        self.stale = stale
        if problem is not self.problem:
            self.problem = problem
            self.problem_changed.emit()
        self.recording_changed.emit()
        if not stays:
            self.select_nothing()

    def set_cursor(self, cursor: int) -> None:
        """Move to another moment of the shown recording; clamped to its range."""
        if self.recording is None:
            return
        cursor = max(0, min(self.recording.end, cursor))
        if cursor != self.cursor:
            self.cursor = cursor
            self.state = self.recording.state(cursor)
            self.cursor_changed.emit()

    def set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)

    def select(self, selection: Selection) -> None:
        self.selection = selection
        self.selection_changed.emit()

    def select_nothing(self) -> None:
        """What was selected is not shown any more."""
        if self.selection.card is not None or self.selection.edge is not None:
            self.select(Selection())

    def reveal(self, card: str) -> None:
        """Select ``card`` and bring it into view, out of a folded module too."""
        self.select(Selection(card=card))
        self.reveal_wanted.emit(card)

    def hover(self, hovered: Hover) -> None:
        """The mouse rests on this; ids that the shown recording does not have are shown nowhere."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.hover_changed.emit()

    def set_guess(self, guessing: bool, asked: str | None) -> None:
        """Gradients are guessed or not; that of the card or edge ``asked`` right now."""
        if (guessing, asked) != (self.guessing, self.asked):
            self.guessing, self.asked = guessing, asked
            self.guess_changed.emit()

    @property
    def links(self) -> Links | None:
        """Which text, cards and moments of the shown recording belong together."""
        return None if self.recording is None else links_of(self.recording)

    def set_opened(self, opened: Opened | None) -> None:
        """Show a recording from a file in Explore, with the program waiting behind it; or with None the program again."""
        if opened is not self.opened:
            self.select_nothing()
            self.opened = opened
            self.opened_changed.emit()

    def set_saved(self, path: str) -> None:
        """The recording that Explore shows lies in the file ``path`` now."""
        if self.opened is not None:
            self.opened = replace(self.opened, path=path, name=PurePath(path).name)
            self.saved_changed.emit()

    def set_mode(self, mode: str) -> None:
        """Show ``explore`` or ``train``."""
        if mode != self.mode:
            self.select_nothing()
            self.mode = mode
            self.mode_changed.emit(mode)

    # The training run --------------------------------------------------------------------------------------------

    @property
    def latest(self) -> TrainingSnapshot | None:
        """The newest snapshot of the run; snapshot 0 is the random start."""
        return self.snapshots[-1] if self.snapshots else None

    def set_config(self, config: TrainingConfig) -> None:
        if config != self.config:
            self.config = config
            self.config_changed.emit()

    @property
    def shown_step(self) -> int:
        """The step of the run that is looked at: ``epoch``, or the newest; 0 before the first."""
        newest = len(self.snapshots) - 1
        return max(0, newest if self.epoch is None else min(self.epoch, newest))

    def set_epoch(self, epoch: int | None) -> None:
        """Look at step ``epoch`` of the run (clamped to what there is), or with None follow the newest."""
        if epoch is not None:
            epoch = max(1, min(len(self.snapshots) - 1, epoch)) if len(self.snapshots) > 1 else None
        if epoch != self.epoch:
            self.epoch = epoch
            self.epoch_changed.emit()

    def reset_run(self, snapshots: list[TrainingSnapshot]) -> None:
        """Start over with ``snapshots`` (the start only, as a rule)."""
        self.snapshots = list(snapshots)
        self.set_epoch(None)
        self.run_changed.emit()

    def extend_run(self, snapshots: list[TrainingSnapshot]) -> None:
        """More steps were made; one signal however many they are."""
        if snapshots:
            self.snapshots.extend(snapshots)
            self.run_changed.emit()

    def set_run_state(self, state: str) -> None:
        if state != self.run_state:
            self.run_state = state
            self.run_state_changed.emit(state)
