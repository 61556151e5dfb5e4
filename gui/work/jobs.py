"""The recorder thread: it waits for programs and runs training steps; of requests that wait, only the newest is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from engine.errors import ProgramError
from engine.recording import Recording
from engine.training.configs import TrainingSnapshot
from gui.session.linking import prepare_to_show
from gui.session.training_run import Snapshots
from gui.work.newest_wins import NOTICEABLE, Cancel, GivesWay, Job, NewestWins

if TYPE_CHECKING:
    from engine.explain import FiniteDifference

SLOW = 0.3
"""Seconds after which a running job gives way to a newer one of its kind; a quicker one is left to finish."""
IDLE = 5.0
"""Seconds without work after which the thread prepares for what may go wrong."""
CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits for the thread."""


def _when_slow(kind: str) -> GivesWay:
    """For jobs that run code: a slow one gives way to a newer one of its kind."""
    return lambda waiting, seconds: seconds > SLOW and any(job.kind == kind for job in waiting)


def _at_once(waiting: Sequence[Job], seconds: float) -> bool:
    """For jobs that are merely nice to have: they give way to anything else."""
    return True


def _warm_engine(cancel: Cancel) -> object:
    from engine.programs.process.runner import shared

    return shared.wait_until_ready(cancel)


def _keep_spare() -> None:
    from engine.programs.process.runner import shared

    shared.keep_spare()


def _run_program(text: str, cancel: Cancel) -> Recording:
    import engine

    return engine.run_program(text, cancel=cancel)


def _run_step(start: TrainingSnapshot, shown: TrainingSnapshot, cancel: Cancel) -> Recording:
    from engine.training.training import record_epoch

    return record_epoch(start, shown, cancel=cancel)


def _run_check(recording: Recording, variable: int, cancel: Cancel) -> FiniteDifference:
    from engine.explain import finite_difference
    from engine.programs.program import run_program

    return finite_difference(lambda text: run_program(text, cancel=cancel, local_derivatives=False), recording, variable)


class RecorderJobs(QObject):
    """Has programs run in their process, from one background thread. The newest request wins; ids grow with every request.

    Signals
    -------
    recorded(int id, object recording)
        A program ran; ``recording`` is its Recording. Results of a drag all arrive, in the order of their ids.
    failed(int id, object problem)
        A program was refused or failed; ``problem`` is a ProgramError.
    step_recorded(int id, object recording)
        The training step asked for with ``submit_step`` was recorded.
    step_failed(int id, object problem)
        It could not be recorded; ``problem`` is a ProgramError.
    checked(object recording, int variable, object found)
        The FiniteDifference asked for with ``submit_check``.
    stopped(int id)
        A program ended, or did not begin, because ``stop`` was called; superseded ones end silently.
    busy_changed(bool)
        True once work has lasted for a noticeable time (150 ms), False when all is done.
    crashed(str traceback)
        A fault of ours on the recorder thread; the thread goes on.
    warmed()
        The process that runs programs is ready; the first job begins.
    """

    recorded = Signal(int, object)
    failed = Signal(int, object)
    step_recorded = Signal(int, object)
    step_failed = Signal(int, object)
    checked = Signal(object, int, object)
    stopped = Signal(int)
    busy_changed = Signal(bool)
    crashed = Signal(str)
    warmed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        run_program: Callable[[str, Cancel], Recording] = _run_program,
        run_step: Callable[[TrainingSnapshot, TrainingSnapshot, Cancel], Recording] = _run_step,
        warm_up: Callable[[Cancel], object] = _warm_engine,
        when_idle: Callable[[], object] = _keep_spare,
    ) -> None:
        super().__init__(parent)
        self._run_program = run_program
        self._run_step = run_step
        self._next = 0
        self._busy = False
        first = Job(warm_up, self._warm, self._warm)
        self._work = NewestWins("recorder", self, starts=False, first=first, when_idle=when_idle, idle=IDLE)
        self._work.crashed.connect(self.crashed)
        self._notice = QTimer(self)
        self._notice.setSingleShot(True)
        self._notice.setInterval(NOTICEABLE)
        self._notice.timeout.connect(self._became_noticeable)

    def start(self) -> None:
        """Start the thread; requests made before wait for it."""
        self._work.start()

    def submit(self, text: str) -> int:
        """Run ``text``, in place of a text that still waits; the request's id, from 1 up."""
        return self._run_code("program", self.recorded, lambda cancel: self._run_program(text, cancel))

    def submit_step(self, snapshots: Snapshots, number: int) -> int:
        """Record step ``number`` of a run, for 0 the first, in place of one that still waits; the request's id."""

        def record(cancel: Cancel) -> Recording:
            # Step i leads from snapshot i − 1; before the first one, the graph shows what the first forward computes.
            return self._run_step(snapshots[max(0, number - 1)], snapshots[number], cancel)

        return self._run_code("step", self.step_recorded, record, self.step_failed)

    @Slot(object, int)
    def submit_check(self, recording: Recording, variable: int) -> None:
        """Compare the gradient of leaf ``variable`` with runs in which its number is nudged; gives way to everything else."""

        def run(cancel: Cancel) -> FiniteDifference:
            return _run_check(recording, variable, cancel)

        def done(found: FiniteDifference) -> None:
            self.checked.emit(recording, variable, found)
            self._settle()

        self._put(Job(run, done, self._settled, self._settled, "check", (ProgramError,), _at_once))

    def stop(self) -> None:
        """End the running program and forget what waits."""
        for job in self._work.stop():
            if job.kind in ("program", "step"):
                job.dropped(True)
        self._settle()

    def wait(self, milliseconds: int | None = None) -> bool:
        """Wait until the thread has ended; True when it has."""
        return self._work.wait(milliseconds)

    def close(self) -> bool:
        """Cancel everything and wait for the thread (at most 1.2 s); True when it has ended."""
        self._notice.stop()
        return self._work.close(CLOSE_WITHIN)

    def _run_code(
        self, kind: str, recorded: SignalInstance, record: Callable[[Cancel], Recording], refused: SignalInstance | None = None
    ) -> int:
        self._next += 1
        number = self._next

        def run(cancel: Cancel) -> Recording:
            recording = record(cancel)
            if isinstance(recording, Recording) and not self._work.closed:
                # The graph and the state are built here, lazily cached in the recording, to keep the window's thread free.
                prepare_to_show(recording)
            return recording

        def done(recording: Recording) -> None:
            recorded.emit(number, recording)
            self._settle()

        def failed(error: Exception) -> None:
            if isinstance(error, ProgramError):
                (refused or self.failed).emit(number, error)
            self._settle()

        def dropped(stopped: bool) -> None:
            if stopped:
                self.stopped.emit(number)
            self._settle()

        self._put(Job(run, done, failed, dropped, kind, (ProgramError,), _when_slow(kind)))
        return number

    def _put(self, job: Job) -> None:
        self._work.put(job)
        if not self._busy and not self._notice.isActive():
            self._notice.start()

    def _warm(self, ready: object) -> None:
        self.warmed.emit()

    def _settled(self, how: object) -> None:
        self._settle()

    @Slot()
    def _became_noticeable(self) -> None:
        if not self._work.empty:
            self._set_busy(True)

    def _settle(self) -> None:
        if self._work.empty:
            self._notice.stop()
            self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)
