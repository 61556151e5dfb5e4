"""The window's hand on a training run, whose thread hands it snapshots and pictures in a mailbox."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal, Slot

from engine.training.configs import Stretch, TrainingConfig, acts_at_once
from gui.session.run_numbers import RunNumbers
from gui.session.training_run import Racer
from gui.work.training.frame import paint
from gui.work.training.rivals import Joining
from gui.work.training.thread import Desk, TrainingThread
from gui.work.training.views import Found, Looks

if TYPE_CHECKING:
    from engine.errors import ProgramError
    from engine.training.data import TrainingData
    from engine.training.figures import Figures
    from engine.training.history import History
    from engine.training.pictures.fits import Fit
    from engine.training.pictures.spreads import Spread
    from engine.training.pictures.surfaces import Surface
    from gui.session.training_run import Opening, TrainingRun
    from gui.work.training.beside import Seen


FRAME = 16
"""Milliseconds between two looks of the window into the mailbox, where drawing is cheap."""

FAST = 8
"""Steps between two looks from which training is so fast that the eye does not miss frames."""

FAST_FRAME = 50
"""Least milliseconds between two looks then: 20 frames a second, so that the window costs the steps less."""

SLOWEST_FRAME = 50
"""Most milliseconds between two looks, where drawing is slow: 20 frames a second."""

SHARE = 0.08
"""What part of the time the window may draw: every frame is taken out of the steps, which rest meanwhile."""

BUSY_SHARE, BUSY_FRAME = 0.25, 500
"""The same where 20 frames a second take more than this, as on a computer that does much else: there are fewer then."""

MOST_PLACES = 2000
"""Up to so many places of the run on its surface are kept: then every second one is let go."""

CLOSE_WITHIN = 1200
"""Milliseconds that closing waits for the worker."""

_alive: set[QThread] = set()
"""Threads that run: a QThread that is collected while it runs aborts the process."""


class TrainingController(QObject):
    """The window's hand on a training run. Torch is imported on the worker's thread only.

    Every method may be called at any time, also before ``prepare`` and after ``close`` (then it does nothing).

    Signals
    -------
    prepared()
        ``figures`` are there, and ``run`` holds snapshot 0 of a fresh one.
    fit_changed()
        ``fit`` is another one, while the run rests; while it goes on, ``run.changed`` says so.
    surface_changed()
        ``surface`` is another one.
    beside_changed()
        ``beside`` is another one.
    spread_changed()
        ``spread`` is another one.
    asked()
        Training is wanted now: what is still being typed comes first.
    finished()
        The run reached its last epoch (or was found diverged there); ``run`` holds every snapshot.
    crashed(str)
        The worker died of an exception: its traceback. A later ``reset`` starts a new worker.
    """

    prepared = Signal()
    fit_changed = Signal()
    surface_changed = Signal()
    beside_changed = Signal()
    spread_changed = Signal()
    asked = Signal()
    finished = Signal()
    crashed = Signal(str)

    def __init__(self, run: TrainingRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self._desk = Desk(config=run.config)
        self._worker: TrainingThread | None = None
        self._begun_with = run.config
        """What the run was begun with, and its changes since."""
        self._joining: Sequence[Racer | TrainingConfig] = ()
        """What races with the run that is being prepared: it goes on, or begins."""
        self._shown_run = 0
        self._closed = False
        self.figures: Figures | None = None
        """What is known of the run beside its own numbers; None before ``prepared``."""
        self.fit: Fit | None = None
        """What the model says at the step that is looked at, or at one just before it."""
        self.surface: Surface | None = None
        """The loss around the run; None before it is computed."""
        self.spread: Spread | None = None
        """The distribution that is looked at; None before it is computed."""
        self.places: list[tuple[float, float, float]] = []
        """Step, u and v of snapshots on ``surface``."""
        self.beside: Mapping[int, Seen] = {}
        """What is seen of the runs that ``looks`` has beside this one, by their keys."""
        self.speed: float | None = None
        """Epochs a second at most, or None for as fast as it goes."""
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._look)
        self._taken = 0.0
        """Milliseconds that a frame takes, on the clock: what the window waits for is taken out of the steps, too."""
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
        self.asked.emit()
        self.prepare()
        if self.run.ended or self.run.refused:
            self.reset()
        if self.run.own_code.came_with:
            return
        self.run.own_code.set_problem(None)
        self._ask(running=True, ahead=False)
        self.run.set_state("running")
        self._frame.start()

    @Slot()
    def pause(self) -> None:
        """Rest after the step that runs; edited code that does not end it is ended."""
        self._ask(running=False, steps=0, stops=self._desk.stops + 1)

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
        self.asked.emit()
        self.run.own_code.set_problem(None)
        self.prepare()
        if self.run.refused:
            self.reset()
        self._ask(running=False, steps=self._desk.steps + 1)

    @Slot()
    def reset(
        self, *, opening: Opening | None = None, ahead: bool = False, racers: Sequence[Racer | TrainingConfig] = ()
    ) -> None:
        """Back to the first weights of this seed; or, with ``opening``, go on with a run that was, or from a step of it.

        ``ahead``: and train it as far as can be before it is shown, so that it follows a drag. It is trained side by side with
        ``racers``; where the run of ``opening`` races now, that race goes on, with this run shown.
        """
        if self._closed:
            return
        race, goes_on = self.run.race, ahead
        if opening is not None and not racers:
            self._look()  # what was trained until now is part of the race
            opening = race.newest(opening)
            racers = race.shown_instead(opening)
            goes_on = bool(racers) and self.run.running
        if not racers:
            race.end()
        self._joining = racers
        self._frame.stop()
        with self._desk.changed:
            self._desk.run += 1
        self._begun_with = self.run.config if opening is None else opening.config
        if opening is not None:
            self.run.take_config(opening.config)
        self.run.own_code.set_problem(None)
        if self.run.own_code.came_with:
            # Nothing of it runs before a person has said so; what ran before it rests.
            self._ask(running=False, steps=0, stops=self._desk.stops + 1)
            self.run.set_state("idle")
            self.run.set_refused(f"the code came with {self.run.own_code.came_with} and has not run")
            return
        joining = tuple(
            Joining(item.config, cast("History", item.snapshots)) if isinstance(item, Racer) else Joining(item) for item in racers
        )
        self._ask(reset=True, opening=opening, racers=joining, running=goes_on, ahead=ahead, steps=0, config=self.run.config)
        if not goes_on:
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
        """Other first weights, also in place of told ones: the run is reset."""
        self.run.set_config(replace(self.run.config.drawn_from_seed(), seed=value))

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
                self.reset(ahead=run.following)
            return
        self._begun_with = config
        run.race.last_until(int(config.epochs))
        self._ask(config=config)
        latest = run.latest
        if latest is not None and run.ended and latest.step < config.epochs and not run.stopped:
            run.set_state("paused")

    @Slot(object)
    def set_speed(self, rate: float | None) -> None:
        """So many epochs a second at most, more than 0, or None for as fast as it goes; at once, also while it runs."""
        if rate is not None and not rate > 0:
            raise ValueError(f"speed must be greater than 0 epochs per second, or None, got {rate!r}")
        if rate != self.speed:
            self.speed = rate
            self._ask(speed=rate)

    @property
    def looks(self) -> Looks:
        """What of the run is looked at."""
        return self._desk.looks

    def look(self, **wishes: object) -> None:
        """Look at another step, other features, other parameters, another part (the fields of ``Looks``)."""
        looks = replace(self._desk.looks, **wishes)  # type: ignore[arg-type]
        if looks != self._desk.looks:
            with self._desk.changed:
                self._desk.looks = looks
                self._desk.changed.notify_all()

    @Slot()
    def close(self) -> bool:
        """End the worker and wait for it, at most 1.2 s; False while it is still in an import, which nothing can interrupt."""
        if self.run.running and not self._closed:
            self._look()  # what was trained until now is part of the run
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
        worker = TrainingThread(self._desk)
        worker.prepared.connect(self._on_prepared)
        worker.refused.connect(self._on_refused)
        worker.seen.connect(self._on_seen)
        worker.settled.connect(self._on_settled)
        worker.crashed.connect(self._on_crashed)
        self._worker = worker
        _alive.add(worker)
        worker.start()

    def _accept(self, made: Sequence[Stretch], others: Mapping[int, Sequence[Stretch]] | None = None) -> None:
        latest = self.run.latest
        known = -1 if latest is None else latest.step
        self.run.extend([stretch for stretch in made if stretch.first > known], others)

    @Slot()
    def _look(self) -> None:
        desk, began = self._desk, time.perf_counter()
        made = max(sum(map(len, stretches)) for stretches in (desk.mail, *tuple(desk.others.values())))
        least = FAST_FRAME if self.speed is None and made >= FAST else FRAME
        interval = round(max(min(max(self._taken / SHARE, least), SLOWEST_FRAME), min(self._taken / BUSY_SHARE, BUSY_FRAME)))
        if abs(interval - self._frame.interval()) > 3:
            self._frame.setInterval(interval)
        with desk.frame:
            with desk.changed:
                come = desk.mail or desk.others or desk.failed
                if desk.mail_run != self._shown_run or not come or desk.run != self._shown_run:
                    return
                mail, desk.mail = desk.mail, []
                others, desk.others, failed, desk.failed = desk.others, {}, desk.failed, {}
                beside, desk.beside = desk.beside, None
                desk.changed.notify_all()  # it may wait to be seen
                self.fit = desk.fit or self.fit
                places, desk.fit, desk.places = desk.places, None, []
            self.places = _grown(self.places, places)
            for place, why in failed.items():
                self.run.race.racers[place].failed = why
            if beside is not None:
                self.beside = beside
                self.beside_changed.emit()
            self._accept(mail, others)
            paint()
        self._taken = 0.7 * self._taken + 0.3 * 1000 * (time.perf_counter() - began)

    @Slot(int, object, object, object, object)
    def _on_prepared(self, run: int, figures: Figures, history: History, fit: Fit, rivals: tuple[History, ...]) -> None:
        if run != self._desk.run or self._closed:
            return
        self._shown_run = run
        self.figures, self.fit, self.surface, self.spread, self.places = figures, fit, None, None, []
        self.run.set_refused("")
        self.beside = {}
        self.run.reset(history, self._desk.opening, [_racer(*pair) for pair in zip(self._joining, rivals, strict=True)])
        desk = self._desk
        if desk.ahead:
            self._look()  # what was trained before it is shown
        self.prepared.emit()
        follows = desk.ahead and self.run.made < self.run.config.epochs and not self.run.stopped
        if run == desk.run and desk.running and (follows or (rivals and self.run.running)):
            self.run.set_state("running")
            self._frame.start()

    @Slot(int, object)
    def _on_seen(self, run: int, found: Found) -> None:
        if run != self._shown_run or run != self._desk.run or self._closed:
            return
        if found.surface is not None:
            self.surface, self.places = found.surface, [tuple(place) for place in found.surface.path.tolist()]
        if found.place is not None:
            self.places = _with(self.places, found.place)
        if found.spread is not None:
            self.spread = found.spread
            self.spread_changed.emit()
        if found.snapshot is not None:
            self.run.numbers.traces.learn(found.snapshot)
        if found.no_fit and self.figures is not None:
            self.figures = replace(self.figures, no_fit=found.no_fit)
        if found.fit is not None or found.no_fit:
            self.fit = found.fit
            self.fit_changed.emit()
        if found.surface is not None:
            self.surface_changed.emit()
        if found.beside is not None:
            self.beside = found.beside
            self.beside_changed.emit()

    @Slot(int, object)
    def _on_refused(self, run: int, why: str | ProgramError) -> None:
        """Nothing can be trained: the run that was is not this config's, and is not shown as if it were.

        Edited code that fails after that leaves the epochs before.
        """
        if run != self._desk.run or self._closed:
            return
        if not isinstance(why, str):
            why.fix = None  # it would be put into the user's program
            self.run.own_code.set_problem(why)
            if run == self._shown_run:
                if not self.run.race.racers:  # which go on without it
                    self._ask(running=False, steps=0)
                return
            why = why.message
        self._frame.stop()
        self.run.set_state("idle")
        self.run.set_refused(why)

    @Slot(int, int, object, str)
    def _on_settled(self, ticket: int, run: int, rest: tuple[Stretch, ...], state: str) -> None:
        if run != self._shown_run or run != self._desk.run or self._closed:
            return
        self._look()
        self._accept(rest)
        if ticket != self._desk.ticket:
            return
        self._frame.stop()
        ended = state == "finished"
        if ended and self.run.numbers.diverges:
            state = "diverged"
        elif ended and self.run.own_code.problem is not None:
            state = "paused"  # it dropped out of the race that has ended
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
        self.run.race.end()
        self.run.set_state("idle")
        self.crashed.emit(text)


def _racer(joining: Racer | TrainingConfig, history: History) -> Racer:
    """As the session knows it; of one that begins, its start."""
    if isinstance(joining, Racer):
        return joining
    numbers = RunNumbers()
    numbers.start([history.last])
    return Racer(joining, history, numbers)


def _grown(places: list[tuple[float, float, float]], more: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """``places`` with those of ``more`` that are new; every second one, where these are too many."""
    newest = places[-1][0] if places else -1.0
    found = [*places, *(place for place in more if place[0] > newest)]
    return [*found[:-1:2], found[-1]] if len(found) > MOST_PLACES else found


def _with(places: list[tuple[float, float, float]], place: tuple[float, float, float]) -> list[tuple[float, float, float]]:
    """``places`` with one more, in the order of their steps."""
    at = bisect_left(places, place[0], key=lambda item: item[0])
    known = at < len(places) and places[at][0] == place[0]
    return [*places[:at], place, *places[at + known :]]
