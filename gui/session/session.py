"""The one observable state of the window: program, recording, cursor, training run. Signals say what changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import ProgramError
from engine.graph.state import State
from engine.recording import Recording
from gui.session.kept_config import came_with, from_text
from gui.session.linking import Links, links_of
from gui.session.runs import Runs
from gui.session.selection import Hover, Pointed
from gui.session.settings import Settings
from gui.session.shown import Looked, Shown
from gui.session.subject import Opened, OpenedRecording, Program, Subject, Training
from gui.session.training_run import TrainingRun


class Session(Looked):
    """The model of the window. Views read it and listen; only its setters change it.

    Signals
    -------
    text_changed(str)
        The program's text is now this.
        ``immediate`` says whether a slider moved (run at once) or someone is typing (a short wait is better).
    text_replaced(str)
        The text was replaced from outside the editor (open, preset): the editor must load it as a new document.
    run_requested()
        Run the text from the start now, although it did not change.
    recording_changed()
        ``recording`` changed, and with it ``state``.
    cursor_changed()
        ``cursor`` and ``state`` moved within the same recording.
    problem_changed()
        ``problem`` is another ProgramError, or None.
    busy_changed(bool)
        A program has been running for a noticeable time, or no longer is.
    mode_changed(str)
        ``mode`` is now ``explore`` or ``train``.
    guess_changed()
        ``guessing`` or ``asked`` changed.
    opened_changed()
        ``opened`` changed: Explore shows that recording, or the program again.
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
    guess_changed = Signal()
    opened_changed = Signal()
    saved_changed = Signal()

    def __init__(self, parent: QObject | None = None, settings: Settings | None = None) -> None:
        super().__init__(parent)
        self.settings = settings if settings is not None else Settings(parent=self)
        """The user's settings: a view that obeys one follows it."""
        self.immediate = True
        """True when the last change of ``text`` is complete in itself (slider, open, preset), False while typing."""
        self.program = Program()
        self.training = Training()
        self.opened_recording: OpenedRecording | None = None
        """The recording that Explore shows in the program's place; None while it shows the program."""
        self.busy = False
        self.mode = "explore"
        self.shown = Shown(self)
        """Which part of the recording's graph is drawn."""
        self.pointed = Pointed(self)
        self.guessing = False
        """True while gradients are guessed: no view shows one before the cursor has come to it."""
        self.asked: str | None = None
        """The card or edge whose gradient is asked for."""
        self.run = TrainingRun(self)
        self.runs = Runs(self.run, self)
        kept = self.settings.value("training/config")
        self.run.own_code.restore(from_text(kept), came_with(kept))
        self.run.own_code.problem_changed.connect(self._training_problem)

    # What is shown -----------------------------------------------------------------------------------------------

    @property
    def subject(self) -> Subject:
        """What is shown: in Train the training, in Explore the program, or the recording that was opened in its place."""
        return self.training if self.mode == "train" else self.opened_recording or self.program

    @property
    def recording(self) -> Recording | None:
        """The subject's recording; None before there is one."""
        return self.subject.recording

    @property
    def cursor(self) -> int:
        """How many moments of ``recording`` have happened."""
        return self.subject.cursor

    @property
    def state(self) -> State | None:
        """What is known at the cursor; None without a recording."""
        return self.subject.state

    @property
    def problem(self) -> ProgramError | None:
        """What is wrong with the text that is shown."""
        return self.subject.problem

    @property
    def stale(self) -> bool:
        """True while ``recording`` is the last valid one and the text has moved on to something that has a problem."""
        return self.subject.stale

    @property
    def opened(self) -> Opened | None:
        """The recording that Explore shows in the program's place; None while it shows the program."""
        return None if self.opened_recording is None else self.opened_recording.opened

    @contextmanager
    def _changing(self, subject: Subject) -> Iterator[None]:
        """Report what changes in ``subject`` within the block, if it is what is shown."""
        before, problem = subject.recording, subject.problem
        yield
        if subject is not self.subject:
            return
        stays = self.pointed.stays(before, subject.recording)
        other = self.pointed.is_other(before, subject.recording)
        self._tell(problem)
        if not stays:
            self.pointed.select_nothing()
        if other:
            self.pointed.hover(Hover())

    def _tell(self, problem: ProgramError | None) -> None:
        """Something else is shown now; ``problem`` is what was wrong before."""
        if self.problem is not problem:
            self.problem_changed.emit()
        self.recording_changed.emit()

    # The program -------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The program's text."""
        return self.program.text

    def set_text(self, text: str, *, immediate: bool = False) -> None:
        """The editor's text is now ``text``: typed or, with ``immediate``, edited by a slider, which runs without a wait."""
        if text != self.text:
            self.program.text = text
            self.immediate = immediate
            self.text_changed.emit(text)

    def replace_text(self, text: str, left_at: tuple[int, int] | None = None) -> None:
        """Another program is loaded: the editor starts a new document with it. ``left_at``: cursor and end when it was left."""
        self.program.begin(text, left_at)
        self.immediate = True
        self.pointed.point_nowhere()
        self.text_replaced.emit(text)
        self.text_changed.emit(text)

    def request_run(self) -> None:
        """Run the text from the start now."""
        self.run_requested.emit()

    @Slot(object)
    def show_recording(self, recording: Recording) -> None:
        """The program ran and gave ``recording``; the problem, if there was one, is gone."""
        with self._changing(self.program):
            self.program.ran(recording)

    @Slot(object)
    def show_problem(self, problem: ProgramError) -> None:
        """The program has a ``problem``, with its partial recording if it had begun to run."""
        with self._changing(self.program):
            self.program.failed(problem)

    def show_epoch(self, recording: Recording | None, cursor: int) -> None:
        """Train shows ``recording``, an epoch of the run, after ``cursor`` of its moments; None if it has none yet."""
        with self._changing(self.training):
            self.training.take(recording, cursor)

    @Slot()
    def _training_problem(self) -> None:
        self.training.problem = self.run.own_code.problem
        if self.subject is self.training:
            self.problem_changed.emit()

    def set_cursor(self, cursor: int) -> None:
        """Move to another moment of the shown recording; clamped to its range."""
        if self.subject.move(cursor):
            self.cursor_changed.emit()

    def set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)

    def set_guess(self, guessing: bool, asked: str | None) -> None:
        """Say whether gradients are guessed, and of which card or edge the gradient is ``asked`` right now."""
        if (guessing, asked) != (self.guessing, self.asked):
            self.guessing, self.asked = guessing, asked
            self.guess_changed.emit()

    @property
    def links(self) -> Links | None:
        """Which text, cards and moments of the shown recording belong together."""
        return None if self.recording is None else links_of(self.recording)

    def set_opened(self, opened: Opened | None) -> None:
        """Show a recording from a file in Explore, with the program waiting behind it; with None, show the program again."""
        if opened is not self.opened:
            self.pointed.point_nowhere()
            problem = self.problem
            self.opened_recording = None if opened is None else OpenedRecording(opened)
            self.opened_changed.emit()
            if not self.subject.has_epochs:
                self._tell(problem)

    def set_saved(self, path: str) -> None:
        """The recording that Explore shows was saved in the file ``path``."""
        if self.opened_recording is not None:
            self.opened_recording.saved(path)
            self.saved_changed.emit()

    def set_mode(self, mode: str) -> None:
        """Show ``explore`` or ``train``."""
        if mode != self.mode:
            self.pointed.point_nowhere()
            problem = self.problem
            self.mode = mode
            self.mode_changed.emit(mode)
            self._tell(problem)
