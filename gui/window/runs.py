"""What the graph shows: results of the program in Explore, the recorded training step in Train."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from engine.errors import ProgramError
from engine.graph.labels import first_view
from engine.recording import Recording
from gui.session.session import Session
from gui.widgets.basic import PROBLEM_WAIT
from gui.work.jobs import RecorderJobs

TYPING_WAIT = 150
"""Milliseconds without a key before what was typed runs."""
STEP_WAIT, FAST_WAIT = 250, 1000
"""Milliseconds between two recordings of a step while training runs, and while it is fast: they cost more than the plots."""
FAST = 8
"""Steps between two frames from which it is."""


class ProgramRuns(QObject):
    """Carries the session's text, and the epochs that are looked at, to the recorder, and the results back.

    A result is shown if its id is newer than the one shown, so a drag shows every result that arrives; a problem only
    if no newer text has been submitted since.
    """

    def __init__(self, session: Session, jobs: RecorderJobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._newest = 0
        self._own: set[int] = set()
        """The programs that were asked for here: a lesson asks the same recorder for its own."""
        self._shown = 0
        self._shown_step = 0
        self._step_cursor: dict[int, str] = {}
        self._step_of: dict[int, tuple[int, int]] = {}
        self._opens = "end"
        """Where the step that is recorded next opens: at its ``start``, its ``end``, or ``here``: where the walk is by then."""
        self._chosen: tuple[int | None, bool] | None = None
        """The epoch that was chosen while training ran, which comes to rest first, and whether its end is shown."""
        self._step: tuple[int, int] | None = None
        """Which run's step was asked for last."""
        self._problem: ProgramError | None = None
        self._unopened: ProgramError | None = None
        """Why the epoch that was looked at last could not be opened."""
        self._typing = self._timer(TYPING_WAIT, self.run)
        self._waiting_problem = self._timer(PROBLEM_WAIT, self._show_waiting_problem)
        self._step_wait = self._timer(STEP_WAIT, self._record_step)
        self._made = 0
        """How many steps there were at the last frame."""
        session.text_changed.connect(self._text_changed)
        session.run_requested.connect(self.run)
        session.mode_changed.connect(self._mode_changed)
        session.run.changed.connect(self._run_changed)
        session.run.state_changed.connect(self._run_changed)
        session.run.following_changed.connect(self._run_changed)
        session.run.epoch_changed.connect(self._record_step)
        jobs.recorded.connect(self._recorded)
        jobs.failed.connect(self._failed)
        jobs.stopped.connect(self._stopped)
        jobs.step_recorded.connect(self._step_recorded)
        jobs.step_failed.connect(self._step_failed)
        jobs.busy_changed.connect(session.set_busy)

    def _timer(self, wait: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait)
        timer.timeout.connect(slot)
        return timer

    # The program -------------------------------------------------------------------------------------------------

    @Slot(str)
    def _text_changed(self, text: str) -> None:
        self._problem = None
        if self._session.immediate:
            self._waiting_problem.stop()
            self.run()
        else:
            self._typing.start()
            self._waiting_problem.start()

    @Slot()
    def run(self) -> None:
        """Run the session's text now."""
        self._typing.stop()
        self._newest = self._jobs.submit(self._session.text)
        self._own.add(self._newest)

    @Slot()
    def stop(self) -> None:
        """End the running program."""
        self._jobs.stop()

    def close(self) -> None:
        """Stop waiting for anything."""
        for timer in (self._typing, self._waiting_problem, self._step_wait):
            timer.stop()

    @Slot(int, object)
    def _recorded(self, key: int, recording: Recording) -> None:
        if key <= self._shown or key not in self._own:
            return
        self._shown = key
        self._own = {other for other in self._own if other > key}
        self._problem = None
        self._session.show_recording(recording)

    @Slot(int, object)
    def _failed(self, key: int, problem: ProgramError) -> None:
        if key != self._newest or self._typing.isActive():
            return
        self._shown = key
        if self._waiting_problem.isActive():
            self._problem = problem
        else:
            self._session.show_problem(problem)

    @Slot(int)
    def _stopped(self, key: int) -> None:
        self._failed(key, ProgramError("The program was stopped before it ended.", hint="Press Ctrl+Return to run it again."))

    @Slot()
    def _show_waiting_problem(self) -> None:
        if self._problem is not None:
            self._session.show_problem(self._problem)
            self._problem = None

    # The training step -------------------------------------------------------------------------------------------

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        if self._session.subject.has_epochs:
            self._run_changed()

    @Slot()
    def _run_changed(self) -> None:
        run = self._session.run
        if run.running:
            run.awaits_start = False
            run.set_epoch(None)
        elif self._chosen is not None:
            (epoch, at_end), self._chosen = self._chosen, None
            self.show_epoch(epoch, at_end=at_end)
        if not self._session.subject.has_epochs or run.held:
            return
        if run.running:
            made, self._made = run.made - self._made, run.made
            if not self._step_wait.isActive():
                self._step_wait.start(FAST_WAIT if made >= FAST else STEP_WAIT)
        else:
            self._step_wait.stop()
            self._record_step()

    def show_epoch(self, epoch: int | None, *, at_end: bool = True) -> None:
        """Look at step ``epoch`` of the run, at the end of its moments or before the first; None follows the newest.

        Training that still runs comes to rest before that.
        """
        if self._session.run.running:
            self._chosen = epoch, at_end
            return
        self._open("end" if at_end else "start")
        self._session.run.set_epoch(epoch)

    def opens_at_start(self) -> None:
        """Show the next recorded step before its first moment."""
        self._open("start")

    def opens_here(self) -> None:
        """Show the next recorded step at the cursor: it is the one that was walked through before it was trained."""
        self._open("here")

    def _open(self, where: str) -> None:
        self._opens, self._session.run.awaits_start = where, where != "end"

    @Slot()
    def _record_step(self) -> None:
        """Record the step that is looked at again, from the snapshot that it started from."""
        run = self._session.run
        if not len(run.snapshots) or not self._session.subject.has_epochs:
            return
        number = run.shown_step
        shown = run.serial, number
        if shown == self._step:
            if run.recorded_step == number:
                self._open("end")
            return
        self._step = shown
        if self._unopened is not None and run.own_code.problem is self._unopened:
            run.own_code.set_problem(None)
        key = self._jobs.submit_step(run.snapshots, number)
        self._step_of[key] = shown
        self._step_cursor[key] = "forward" if number == 0 else self._opens
        self._opens = "end"

    @Slot(int, object)
    def _step_failed(self, key: int, problem: ProgramError) -> None:
        """An epoch of edited code cannot be opened: it is said, and no other epoch is shown as if it were this one."""
        run = self._session.run
        if key <= self._shown_step or self._step_of.get(key) != self._step or not run.config.code:
            return
        self._shown_step = key
        run.recorded_step, run.awaits_start = None, False
        self._session.show_epoch(None, 0)
        problem.fix = None
        run.own_code.set_problem(problem)
        self._unopened = problem

    @Slot(int, object)
    def _step_recorded(self, key: int, recording: Recording) -> None:
        if key <= self._shown_step or key not in self._step_of:
            return
        self._shown_step = key
        place = self._step_cursor.get(key, "end")
        session, run = self._session, self._session.run
        serial, number = self._step_of.get(key, (0, 0))
        run.recorded_step = number if serial == run.serial else None
        if (serial, number) == self._step:
            run.awaits_start = False
        self._step_cursor = {later: where for later, where in self._step_cursor.items() if later > key}
        self._step_of = {later: step for later, step in self._step_of.items() if later > key}
        here = min(session.training.cursor, recording.end)
        cursor = {"forward": first_view(recording), "end": recording.end, "start": 0, "here": here}[place]
        session.show_epoch(recording, cursor)
