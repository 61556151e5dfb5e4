"""Drives ``engine.training`` on a thread of its own, in time slices, and hands the snapshots to a run."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal, Slot

from engine.training.configs import TrainingConfig, TrainingSnapshot, acts_at_once
from gui.work.threads import Thread

if TYPE_CHECKING:
    from engine.training.data import TrainingData
    from engine.training.figures import Figures
    from engine.training.history import History
    from engine.training.planes import Bowl
    from engine.training.training import Controls
    from gui.session.training_run import TrainingRun


@dataclass
class Desk:
    """What the window asks for and what the worker has made; every field is read and written under ``changed``."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    closed: bool = False
    ticket: int = 0
    """Counts the window's wishes, so that an answer to an older one is known as such."""
    run: int = 0
    """Counts the resets, so that snapshots of an earlier run are dropped."""
    reset: bool = False
    running: bool = False
    steps: int = 0
    speed: float | None = None
    config: TrainingConfig = field(default_factory=TrainingConfig)
    mail: list[TrainingSnapshot] = field(default_factory=list)
    mail_run: int = 0


SLICE = 0.014
"""Seconds of steps between two looks at the desk: handing over more often costs throughput, less often is seen."""

FRAME = 16
"""Milliseconds between two looks of the window into the mailbox, where drawing is cheap."""

SLOWEST_FRAME = 66
"""Most milliseconds between two looks, where drawing is slow."""

SHARE = 0.15
"""What part of the time the window may draw: every frame is taken out of the steps, since both need the interpreter lock."""

CLOSE_WITHIN = 1200
"""Milliseconds that closing waits for the worker."""

_alive: set[QThread] = set()
"""Threads that run: a QThread that is collected while it runs aborts the process."""


class _Worker(Thread):
    """Signals

    prepared(int, object, object, object)
        A run was reset: its number, its figures, its loss surface, its history with snapshot 0.
    refused(int, str)
        A run was reset whose config cannot be trained: its number, and why.
    settled(int, int, object, str)
        The worker rests: ticket it has answered, number of the run, snapshots that were still in the mailbox, state of the run.
    crashed(str)
        An exception ended the worker: its traceback.
    """

    prepared = Signal(int, object, object, object)
    refused = Signal(int, str)
    settled = Signal(int, int, object, str)
    crashed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("training")
        self._desk = desk
        self._run = 0
        self._config = TrainingConfig()
        self._controls: Controls | None = None
        self._steps: Iterator[TrainingSnapshot] = iter(())
        self._last: TrainingSnapshot | None = None
        self._answered = 0

    def run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception:
            self.crashed.emit(traceback.format_exc())

    def _turn(self) -> bool:
        desk = self._desk
        with desk.changed:
            if desk.closed:
                return False
            reset, desk.reset = desk.reset, False
            config, ticket, run, speed = desk.config, desk.ticket, desk.run, desk.speed
            ended = self._last is not None and (self._last.step >= config.epochs or bool(self._last.stopped))
            if (ended or self._last is None) and not reset:
                desk.running, desk.steps = False, 0
            busy = desk.running or desk.steps > 0
            single = desk.steps > 0
            if single and not reset:
                desk.steps -= 1
        if reset:
            self._reset(config, run)
        elif busy:
            self._adopt(config)
            self._advance(1 if single or speed is not None else None)
            if speed is not None and not single:
                self._pace(1.0 / speed)
        elif ticket != self._answered:
            self._answered = ticket
            self._settle(ticket, "idle" if self._last is None or self._last.step == 0 else "finished" if ended else "paused")
        else:
            self._rest()
        return True

    def _reset(self, config: TrainingConfig, run: int) -> None:
        from engine.programs.warming import warm_up

        self._last, self._run, self._config = None, run, config
        if not warm_up(self._is_closed):
            return
        from engine.errors import Cancelled
        from engine.runtime.threads import adopt_thread_count
        from engine.training.data import training_data
        from engine.training.figures import figures
        from engine.training.history import History
        from engine.training.planes import Bowl, along
        from engine.training.training import Controls, train

        adopt_thread_count()
        self._controls = Controls()
        try:
            training_data(config, self._is_outdated)
            self._steps = train(config, self._controls)
            self._last = next(self._steps)
        except Cancelled:
            return
        except ValueError as error:
            self.refused.emit(run, str(error))
            return
        known, surface = figures(config), None
        if known.quadratic is not None and known.data.X.shape[1] == 1 and config.model == "line":
            surface = Bowl.of(known.quadratic, along(self._last.parameters, ("w", 0), ("b", 0)))
        self.prepared.emit(run, known, surface, History(self._last))

    def _adopt(self, config: TrainingConfig) -> None:
        """What changed while the run goes on acts from its next epoch on."""
        from engine.training.training import train

        assert self._controls is not None
        if config == self._config or self._last is None:
            return
        if replace(config, learning_rate=self._config.learning_rate) == self._config:
            # The rate alone, which a slider changes many times a second, needs no new machine.
            self._controls.learning_rate = config.learning_rate
        else:
            self._controls.learning_rate = None
            self._steps = train(config, self._controls, start=self._last)
        self._config = config

    def _advance(self, limit: int | None) -> None:
        desk, made = self._desk, []
        ticket, until = desk.ticket, time.perf_counter() + SLICE
        for snapshot in self._steps:
            made.append(snapshot)
            if len(made) == limit or desk.ticket != ticket or time.perf_counter() >= until:
                break
        if made:
            self._last = made[-1]
        with desk.changed:
            if desk.mail_run != self._run:
                desk.mail, desk.mail_run = [], self._run
            desk.mail += made

    def _pace(self, seconds: float) -> None:
        desk, until = self._desk, time.perf_counter() + seconds
        with desk.changed:
            ticket = desk.ticket
            desk.changed.wait_for(lambda: desk.ticket != ticket or desk.closed, until - time.perf_counter())

    def _settle(self, ticket: int, state: str) -> None:
        with self._desk.changed:
            rest = tuple(self._desk.mail) if self._desk.mail_run == self._run else ()
        self.settled.emit(ticket, self._run, rest, state)

    def _rest(self) -> None:
        desk = self._desk
        with desk.changed:
            desk.changed.wait_for(lambda: desk.closed or desk.ticket != self._answered)

    def _is_closed(self) -> bool:
        return self._desk.closed

    def _is_outdated(self) -> bool:
        """Whether the run that is prepared is not wanted any more."""
        return self._desk.closed or self._desk.reset


class TrainingController(QObject):
    """The window's hand on a training run. Torch is imported on the worker's thread only.

    Every method may be called at any time, also before ``prepare`` and after ``close`` (then it does nothing).

    Signals
    -------
    prepared()
        ``figures`` and ``surface`` are there, and ``run`` holds snapshot 0 of a fresh one.
    finished()
        The run reached its last epoch (or was found diverged there); ``run`` holds every snapshot.
    speed_changed()
        ``speed`` is another one.
    crashed(str)
        The worker died of an exception: its traceback. A later ``reset`` starts a new worker.
    """

    prepared = Signal()
    finished = Signal()
    speed_changed = Signal()
    crashed = Signal(str)

    def __init__(self, run: TrainingRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self._desk = Desk(config=run.config)
        self._worker: _Worker | None = None
        self._begun_with = run.config
        """What the run was begun with, and its changes since."""
        self._shown_run = 0
        self._closed = False
        self.figures: Figures | None = None
        """What is known of the run beside its own numbers; None before ``prepared``."""
        self.surface: Bowl | None = None
        self.speed: float | None = None
        """Steps per second, or None for as fast as it goes."""
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._look)
        self._used = 0.0
        run.config_changed.connect(self._config_changed)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def data(self) -> TrainingData | None:
        """What the run is trained on; None before ``prepared``."""
        return None if self.figures is None else self.figures.data

    # What the user asks for --------------------------------------------------------------------------------------

    @Slot()
    def prepare(self) -> None:
        """Make the data set and the first weights, on the worker's thread; does nothing when that was asked for before."""
        if self._worker is None:
            self.reset()

    @Slot()
    def train(self) -> None:
        """Train on; from a finished or diverged run start over with the same first weights."""
        if self._closed or self.run.running:
            return
        self.prepare()
        if self.run.ended or self.run.refused:
            self.reset()
        self._ask(running=True)
        self.run.set_state("running")
        self._used = time.thread_time()
        self._frame.start()

    @Slot()
    def pause(self) -> None:
        """Rest after the step that runs."""
        self._ask(running=False, steps=0)

    @Slot()
    def toggle(self) -> None:
        """Pause if it runs, else train."""
        if self.run.running:
            self.pause()
        else:
            self.train()

    @Slot()
    def step(self) -> None:
        """Make one step and rest; a finished run stays as it is."""
        if self._closed or self.run.ended:
            return
        self.prepare()
        if self.run.refused:
            self.reset()
        self._ask(running=False, steps=self._desk.steps + 1)

    @Slot()
    def reset(self) -> None:
        """Back to the first weights of this seed."""
        if self._closed:
            return
        self._frame.stop()
        with self._desk.changed:
            self._desk.run += 1
        self._begun_with = self.run.config
        self._ask(reset=True, running=False, steps=0, config=self.run.config)
        self.run.set_state("idle")
        self._start_worker()

    @Slot(float)
    def set_learning_rate(self, value: float) -> None:
        """Set the learning rate of the steps to come, also while it runs."""
        self.run.set_config(replace(self.run.config, learning_rate=value))

    @Slot(int)
    def set_epochs(self, value: int) -> None:
        """The step to end at. A finished run that gets more of them can be trained on."""
        self.run.set_config(replace(self.run.config, epochs=value))

    @Slot(int)
    def set_seed(self, value: int) -> None:
        """Other first weights: the run is reset."""
        self.run.set_config(replace(self.run.config, seed=value))

    @Slot()
    def _config_changed(self) -> None:
        """The run goes on with what acts at once; anything else is another run, which begins."""
        config, run = self.run.config, self.run
        if self._closed:
            return
        if not acts_at_once(self._begun_with, config) or run.refused:
            if self._worker is None:
                self._begun_with = config
                self._ask(config=config)
            else:
                self.reset()
            return
        self._begun_with = config
        self._ask(config=config)
        latest = run.latest
        if latest is not None and run.ended and latest.step < config.epochs and not run.stopped:
            run.set_state("paused")

    @Slot(object)
    def set_speed(self, steps_per_second: float | None) -> None:
        """Greater than 0, or None for as fast as it goes."""
        if steps_per_second is not None and not steps_per_second > 0:
            raise ValueError(f"speed must be greater than 0 epochs per second, or None, got {steps_per_second!r}")
        if steps_per_second != self.speed:
            self.speed = steps_per_second
            self._ask(speed=steps_per_second)
            self.speed_changed.emit()

    @Slot()
    def close(self) -> bool:
        """End the worker and wait for it, at most 1.2 s; False while it is still in an import, which nothing can interrupt."""
        self._closed = True
        self._frame.stop()
        with self._desk.changed:
            self._desk.closed = True
            self._desk.changed.notify_all()
        if self._worker is not None:
            self._worker.requestInterruption()
            if not self._worker.wait(CLOSE_WITHIN):
                return False
            _alive.discard(self._worker)
            self._worker = None
        return True

    # Between the threads -----------------------------------------------------------------------------------------

    def _ask(self, **wishes: object) -> None:
        with self._desk.changed:
            for name, value in wishes.items():
                setattr(self._desk, name, value)
            self._desk.ticket += 1
            self._desk.changed.notify_all()

    def _start_worker(self) -> None:
        if self._worker is not None:
            return
        worker = _Worker(self._desk)
        worker.prepared.connect(self._on_prepared)
        worker.refused.connect(self._on_refused)
        worker.settled.connect(self._on_settled)
        worker.crashed.connect(self._on_crashed)
        self._worker = worker
        _alive.add(worker)
        worker.start()

    def _accept(self, snapshots: Sequence[TrainingSnapshot]) -> None:
        latest = self.run.latest
        known = -1 if latest is None else latest.step
        self.run.extend([snapshot for snapshot in snapshots if snapshot.step > known])

    @Slot()
    def _look(self) -> None:
        desk, used = self._desk, time.thread_time()
        drawing, self._used = 1000 * (used - self._used), used
        interval = round(min(max(drawing / SHARE, FRAME), SLOWEST_FRAME))
        if abs(interval - self._frame.interval()) > 3:
            self._frame.setInterval(interval)
        with desk.changed:
            if desk.mail_run != self._shown_run or not desk.mail or desk.run != self._shown_run:
                return
            mail, desk.mail = desk.mail, []
        self._accept(mail)

    @Slot(int, object, object, object)
    def _on_prepared(self, run: int, figures: Figures, surface: Bowl | None, history: History) -> None:
        if run != self._desk.run or self._closed:
            return
        self._shown_run = run
        self.figures, self.surface = figures, surface
        self.run.set_refused("")
        self.run.reset(history)
        self.prepared.emit()

    @Slot(int, str)
    def _on_refused(self, run: int, why: str) -> None:
        """Nothing can be trained: the run that was is not this config's, and is not shown as if it were."""
        if run != self._desk.run or self._closed:
            return
        self._frame.stop()
        self.run.set_state("idle")
        self.run.set_refused(why)

    @Slot(int, int, object, str)
    def _on_settled(self, ticket: int, run: int, rest: tuple[TrainingSnapshot, ...], state: str) -> None:
        if run != self._shown_run or run != self._desk.run or self._closed:
            return
        self._look()
        self._accept(rest)
        if ticket != self._desk.ticket:
            return
        self._frame.stop()
        ended = state == "finished"
        if ended and self.run.diverges:
            state = "diverged"
        was_running = self.run.running
        self.run.set_state(state)
        if ended and was_running:
            self.finished.emit()

    @Slot(str)
    def _on_crashed(self, text: str) -> None:
        self._frame.stop()
        if self._worker is not None:
            self._worker.wait()
            _alive.discard(self._worker)
            self._worker = None
        self._desk = Desk(config=self.run.config, run=self._desk.run, speed=self.speed)
        self.run.set_state("idle")
        self.crashed.emit(text)
