"""The recorder thread: waits there for programs, and runs training steps; of what waits, only the newest is kept."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from engine.errors import Cancelled, ProgramError
from engine.recording import Recording
from engine.training.configs import TrainingConfig, TrainingSnapshot
from gui.session.linking import prepare_to_show
from gui.work.threads import Thread

if TYPE_CHECKING:
    from engine.explain import FiniteDifference

SLOW = 0.3
"""Seconds after which a running job gives way to a newer one of its kind; a quicker one is left to finish."""
CHECK = "check"
"""A finite difference: nice to know, so it gives way to anything else at once."""

Cancel = Callable[[], bool]


@dataclass(eq=False)
class Job:
    id: int
    kind: str
    run: Callable[[Cancel], object]
    began: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)


class JobSlots:
    """What waits and what runs, shared by the two threads under one lock; one waiting job of each kind."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: dict[str, Job] = {}
        self._running: Job | None = None
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    @property
    def empty(self) -> bool:
        with self._change:
            return self._running is None and not self._waiting

    def put(self, job: Job) -> None:
        with self._change:
            self._waiting.pop(job.kind, None)
            self._waiting[job.kind] = job
            self._change.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Wait for a job; True when none came within so many seconds."""
        with self._change:
            return not self._change.wait_for(lambda: bool(self._waiting) or self.closed, seconds)

    def take(self) -> Job | None:
        """Wait for the oldest waiting job; None when closed."""
        with self._change:
            while not self._waiting and not self.closed:
                self._change.wait()
            if self.closed:
                return None
            job = self._waiting.pop(next(iter(self._waiting)))
            job.began = time.monotonic()
            self._running = job
            return job

    def done(self) -> None:
        with self._change:
            self._running = None

    def stop(self) -> list[Job]:
        """Tell the running job to stop; the waiting ones, which are forgotten."""
        with self._change:
            forgotten = list(self._waiting.values())
            self._waiting.clear()
            if self._running is not None:
                self._running.stopped.set()
            return forgotten

    def close(self) -> None:
        with self._change:
            self._closed.set()
            self._waiting.clear()
            if self._running is not None:
                self._running.stopped.set()
            self._change.notify_all()

    def gives_way(self, job: Job) -> bool:
        """Whether ``job`` should end: told to, or slow while a newer one of its kind waits."""
        if job.stopped.is_set() or self.closed:
            return True
        if job.kind == CHECK and self._waiting:
            return True
        return job.kind in self._waiting and time.monotonic() - job.began > SLOW


NOTICEABLE = 150
"""Milliseconds of work before the window says that it is busy."""
IDLE = 5.0
"""Seconds without work after which the thread prepares for what may go wrong."""
CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits for the thread."""

_RUNS = frozenset({"program", "step"})
"""Kinds of jobs that run code."""


class _Worker(Thread):
    """Waits for the process that runs programs, then does one job after the other until closed."""

    finished_job = Signal(object, object)
    failed_job = Signal(object, object)
    dropped_job = Signal(object)
    crashed = Signal(str)
    warmed = Signal()

    def __init__(self, slots: JobSlots, warm_up: Callable[[Cancel], object], when_idle: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("recorder")
        self._slots = slots
        self._warm_up = warm_up
        self._when_idle = when_idle

    def run(self) -> None:
        try:
            self._warm_up(self._is_closed)
        except Exception:
            self.crashed.emit(traceback.format_exc())
        if self._slots.closed:
            return
        self.warmed.emit()
        prepared = False
        while True:
            if not prepared and self._slots.quiet(IDLE):
                prepared = True
                self._when_idle()
            job = self._slots.take()
            if job is None:
                return
            self._do(job)
            del job  # its recording may be left while this waits

    def _is_closed(self) -> bool:
        return self._slots.closed

    def _do(self, job: Job) -> None:
        def cancel() -> bool:
            return self._slots.gives_way(job)

        try:
            result = job.run(cancel)
            if self._slots.closed:
                return
            if isinstance(result, Recording):
                # The graph and the state are built here, lazily cached in the recording, to keep the window's thread free.
                prepare_to_show(result)
        except Cancelled:
            self._end(self.dropped_job, job)
        except ProgramError as problem:
            self._end(self.failed_job, job, problem)
        except Exception:
            self._end(self.dropped_job, job)
            self.crashed.emit(traceback.format_exc())
        else:
            self._end(self.finished_job, job, result)

    def _end(self, signal: SignalInstance, *arguments: object) -> None:
        self._slots.done()
        if not self._slots.closed:
            signal.emit(*arguments)


def _warm_engine(cancel: Cancel) -> object:
    from engine.programs.process.runner import shared

    return shared.wait_until_ready(cancel)


def _keep_spare() -> None:
    from engine.programs.process.runner import shared

    shared.keep_spare()


def _run_program(text: str, cancel: Cancel) -> Recording:
    import engine

    return engine.run_program(text, cancel=cancel)


def _run_step(config: TrainingConfig, snapshot: TrainingSnapshot, cancel: Cancel) -> Recording:
    from engine.training.training import record_step

    return record_step(config, snapshot, cancel=cancel)


def _run_check(recording: Recording, variable: int, cancel: Cancel) -> tuple[Recording, int, FiniteDifference]:
    from engine.explain import finite_difference
    from engine.programs.program import run_program

    found = finite_difference(lambda text: run_program(text, cancel=cancel, local_derivatives=False), recording, variable)
    return recording, variable, found


class RecorderJobs(QObject):
    """Runs programs in the process for them, from one background thread. The newest request wins; ids grow with every request.

    Signals
    -------
    recorded(int id, object recording)
        A program ran; ``recording`` is its Recording. Results of a drag all arrive, in the order of their ids.
    failed(int id, object problem)
        A program was refused or failed; ``problem`` is a ProgramError.
    step_recorded(int id, object recording)
        The training step asked for with ``submit_step`` was recorded.
    checked(object recording, int variable, object found)
        The FiniteDifference asked for with ``submit_check``.
    stopped(int id)
        A program ended, or did not begin, because ``stop`` was called; superseded ones end without a word.
    busy_changed(bool)
        True once work has lasted for a noticeable time (150 ms), False when all is done.
    crashed(str traceback)
        A fault of ours on the recorder thread; the thread goes on.
    warmed()
        The process that runs programs is ready, the first job begins.
    """

    recorded = Signal(int, object)
    failed = Signal(int, object)
    step_recorded = Signal(int, object)
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
        run_step: Callable[[TrainingConfig, TrainingSnapshot, Cancel], Recording] = _run_step,
        warm_up: Callable[[Cancel], object] = _warm_engine,
        when_idle: Callable[[], object] = _keep_spare,
    ) -> None:
        super().__init__(parent)
        self._run_program = run_program
        self._run_step = run_step
        self._slots = JobSlots()
        self._next = 0
        self._busy = False
        self._worker = _Worker(self._slots, warm_up, when_idle)
        self._worker.finished_job.connect(self._finished)
        self._worker.failed_job.connect(self._failed)
        self._worker.dropped_job.connect(self._dropped)
        self._worker.crashed.connect(self.crashed)
        self._worker.warmed.connect(self.warmed)
        self._notice = QTimer(self)
        self._notice.setSingleShot(True)
        self._notice.setInterval(NOTICEABLE)
        self._notice.timeout.connect(self._became_noticeable)

    def start(self) -> None:
        """Start the thread; requests made before wait for it."""
        if not self._slots.closed and not self._worker.isRunning():
            self._worker.start()

    def submit(self, text: str) -> int:
        """Run ``text``, instead of a text that still waits; the request's id, from 1 up."""
        return self._put("program", lambda cancel: self._run_program(text, cancel))

    def submit_step(self, config: TrainingConfig, snapshot: TrainingSnapshot) -> int:
        """Record the training step that leads from ``snapshot``, instead of one that still waits; the request's id."""
        return self._put("step", lambda cancel: self._run_step(config, snapshot, cancel))

    @Slot(object, int)
    def submit_check(self, recording: Recording, variable: int) -> None:
        """Compare the gradient of leaf ``variable`` with runs in which its number is nudged; gives way to everything else."""
        self._put(CHECK, lambda cancel: _run_check(recording, variable, cancel))

    def stop(self) -> None:
        """End the running program and forget what waits."""
        for job in self._slots.stop():
            if job.kind in _RUNS:
                self.stopped.emit(job.id)
        self._settle()

    def close(self) -> bool:
        """Cancel everything and wait for the thread (at most 1.2 s); True when it has ended."""
        self._notice.stop()
        self._slots.close()
        return not self._worker.isRunning() or self._worker.wait(CLOSE_WITHIN)

    def _put(self, kind: str, run: Callable[[Cancel], object]) -> int:
        self._next += 1
        self._slots.put(Job(self._next, kind, run))
        if not self._busy and not self._notice.isActive():
            self._notice.start()
        return self._next

    @Slot(object, object)
    def _finished(self, job: Job, result: Any) -> None:
        if job.kind == CHECK:
            self.checked.emit(*result)
        else:
            signal = self.recorded if job.kind == "program" else self.step_recorded
            signal.emit(job.id, result)
        self._settle()

    @Slot(object, object)
    def _failed(self, job: Job, problem: ProgramError) -> None:
        if job.kind in _RUNS:
            self.failed.emit(job.id, problem)
        self._settle()

    @Slot(object)
    def _dropped(self, job: Job) -> None:
        if job.stopped.is_set() and job.kind in _RUNS:
            self.stopped.emit(job.id)
        self._settle()

    @Slot()
    def _became_noticeable(self) -> None:
        if not self._slots.empty:
            self._set_busy(True)

    def _settle(self) -> None:
        if self._slots.empty:
            self._notice.stop()
            self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)


class ImportJob(Thread):
    """Imports a module (named by its dotted ``name``) away from the window's thread; ``finished`` says when it is there.

    Signals
    -------
    crashed(str traceback)
        The import failed.
    """

    crashed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"import {name}")
        self._name = name

    def run(self) -> None:
        try:
            __import__(self._name)  # Python's, or the one that knows our modules by private names
        except Exception:
            self.crashed.emit(traceback.format_exc())
