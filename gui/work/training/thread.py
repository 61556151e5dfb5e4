"""The thread that trains: it drives ``engine.training`` in time slices, and computes what plots show meanwhile."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal

from engine.training.configs import Stretch, TrainingConfig, TrainingSnapshot
from gui.session.speeds import EACH
from gui.work.threads import Thread
from gui.work.training.frame import Frame
from gui.work.training.rivals import Joining, Rivals
from gui.work.training.views import Found, Looks, Views

if TYPE_CHECKING:
    from engine.training.history import History
    from engine.training.pictures.fits import Fit
    from engine.training.training import Controls, Course
    from gui.session.training_run import Opening
    from gui.work.training.beside import Seen


@dataclass
class Desk:
    """What the window asks for and what the worker has made; every field is read and written under ``changed``."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    frame: Frame = field(default_factory=Frame)
    closed: bool = False
    ticket: int = 0
    """Counts the window's wishes, so that an answer to an older one is known as such."""
    run: int = 0
    """Counts the resets, so that snapshots of an earlier run are dropped."""
    reset: bool = False
    opening: Opening | None = None
    """What the run that is reset goes on with; None for its first weights."""
    racers: tuple[Joining, ...] = ()
    """What is trained side by side with the run that is reset."""
    running: bool = False
    ahead: bool = False
    """Whether the run is trained as fast as it goes, and a part of it before it is shown."""
    steps: int = 0
    stops: int = 0
    """Counts how often the window wanted the run to rest: code that does not come to an end is then ended."""
    speed: float | None = None
    """Epochs a second at most; None for as fast as it goes."""
    config: TrainingConfig = field(default_factory=TrainingConfig)
    mail: list[Stretch] = field(default_factory=list)
    others: dict[int, list[Stretch]] = field(default_factory=dict)
    """The same of those that race with the run, by their places."""
    failed: dict[int, str] = field(default_factory=dict)
    """Why those of them dropped out that did."""
    beside: Mapping[int, Seen] | None = None
    """What is seen of the runs beside one that races; the window takes it with the mail."""
    mail_run: int = 0
    looks: Looks = field(default_factory=Looks)
    fit: Fit | None = None
    """The newest fit of a run that goes on; the window takes it with the mail."""
    places: list[tuple[float, float, float]] = field(default_factory=list)
    """Step, u and v of snapshots on the surface that is shown, the same."""


AHEAD = 0.04
"""Seconds of steps before a run that follows a drag is shown: longer would be felt."""

LAG = 0.02
"""Seconds between two looks whether the window has taken all steps."""

MOST_AT_ONCE = 100_000
"""Epochs of one time slice at most."""

SLICE, FAST_SLICE = 0.014, 0.05
"""Seconds of steps between two looks at the desk: handing over more often costs throughput, less often is seen.

At full speed they are as long as it is from frame to frame; one that begins ends them.
"""


PATIENCE = 1.0
"""Seconds that an epoch of edited code has to come to its end, once the run is to rest."""

LATE = 0.25
"""Seconds that a run may be behind its speed and still catch up: a pause or a slow window is not made up for."""


class TrainingThread(Thread):
    """Does what the desk asks for, in time slices.

    Signals
    -------
    prepared(int, object, object, object, object)
        A run was reset: its number, its figures, its history with snapshot 0, the fit of that, the histories of those that
        race with it.
    refused(int, object)
        A run was reset whose config cannot be trained: its number, and why, in a sentence. Or edited code has failed: a
        ProgramError; what was trained before stays.
    settled(int, int, object, str)
        The worker rests: ticket it has answered, number of the run, snapshots that were still in the mailbox, state of the run.
    seen(int, object)
        What of the run with that number was computed of what is looked at: a ``Found``.
    crashed(str)
        An exception ended the worker: its traceback.
    """

    prepared = Signal(int, object, object, object, object)
    refused = Signal(int, object)
    seen = Signal(int, object)
    settled = Signal(int, int, object, str)
    crashed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("training")
        self._desk = desk
        self._run = 0
        self._config = TrainingConfig()
        self._controls: Controls | None = None
        self._course: Course | None = None
        """What comes next; None where that begins anew after the last step."""
        self._last: TrainingSnapshot | None = None
        self._rivals: Rivals | None = None
        """Those that race with it."""
        self._out = False
        """Whether it dropped out of its race, as torch refused to compute."""
        self._views: Views | None = None
        self._answered = 0
        self._next = 0.0
        """When the next epoch is due, where there is a speed."""
        self._stops = 0
        """The window's ``stops`` when what goes on was begun."""
        self._to_rest = 0.0
        """Since when it should rest."""
        self._expects_code = False

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
            reset, desk.reset, opening = desk.reset, False, desk.opening
            racers = desk.racers
            config, ticket, run, ahead = desk.config, desk.ticket, desk.run, desk.ahead
            speed = None if ahead else desk.speed
            ended = self._last is not None and (self._last.step >= config.epochs or bool(self._last.stopped) or self._out)
            ended = ended and not (self._rivals is not None and self._rivals.go_on(int(config.epochs)))
            if (ended or self._last is None) and not reset:
                desk.running, desk.steps = False, 0
            busy = desk.running or desk.steps > 0
            self._stops, self._to_rest = desk.stops, 0.0
            single = desk.steps > 0
            if single and not reset:
                desk.steps -= 1
        if desk.looks.code and not self._expects_code:
            from engine.training.edited.process import shared

            self._expects_code = True
            shared.keep_spare()
        if reset:
            self._reset(config, run, opening, ahead, racers)
        elif busy:
            self._adopt(config)
            if single or speed is None:
                self._advance(1 if single else None)
            else:
                self._pace(speed, ticket)
        elif ticket != self._answered:
            self._answered = ticket
            self._settle(ticket, "idle" if self._last is None or self._last.step == 0 else "finished" if ended else "paused")
        elif not self._look():
            self._rest()
        return True

    def _reset(self, config: TrainingConfig, run: int, opening: Opening | None, ahead: bool, racers: tuple[Joining, ...]) -> None:
        from engine.programs.warming import warm_up

        before, self._last, self._views, self._run, self._config = self._config, None, None, run, config
        if not warm_up(self._is_closed):
            return
        from engine.errors import Cancelled, ProgramError
        from engine.runtime.threads import adopt_thread_count
        from engine.training.data import training_data
        from engine.training.figures import figures
        from engine.training.history import History
        from engine.training.training import Controls, Course

        adopt_thread_count()
        self._controls = Controls()
        self._let_go()
        if self._rivals is not None:
            self._rivals.close()
        self._rivals, self._out = None, False
        try:
            training_data(config, self._is_outdated)
            if opening is None:
                self._course = Course(config, self._controls, cancel=self._gives_up)
                self._last = self._course.last
            else:
                self._last = opening.snapshots[-1]
                self._course = Course(config, self._controls, start=self._last, cancel=self._gives_up)
            self._rivals = Rivals(racers, self._gives_up) if racers else None
        except (Cancelled, ProgramError) as error:
            self._last = None
            if not self._is_outdated():
                self.refused.emit(run, _stopped(error) if isinstance(error, Cancelled) else error)
            return
        except ValueError as error:
            self._last = None
            self.refused.emit(run, str(error))
            return
        history = History(self._last) if opening is None else cast("History", opening.snapshots)
        known = figures(config, self._last)
        until = time.perf_counter() + AHEAD
        # Edited code may take as long as it likes, and is not waited for.
        made = self._course.on(MOST_AT_ONCE, lambda: time.perf_counter() < until) if ahead and not config.code else None
        self._last = self._course.last
        self._views = Views(config, history, known.no_fit, known.no_surface)
        one, other = before.setup, config.setup
        alike = (one.data, one.features, one.model) == (other.data, other.features, other.model)
        with self._desk.changed:
            # Features and parameters that were chosen of another set-up need not be there in this one.
            looks = self._desk.looks = replace(self._desk.looks, step=None, ends=None, beside=()) if alike else Looks()
            self._desk.fit, self._desk.places = None, []
            self._desk.others, self._desk.failed, self._desk.beside = {}, {}, None
            if made is not None:
                self._desk.mail, self._desk.mail_run = [made], run
        fit = self._views.fit(self._last, looks, self._gives_up)
        if self._views.failed:
            known = replace(known, no_fit=self._views.failed)
        self.prepared.emit(run, known, history, fit, () if self._rivals is None else self._rivals.histories)
        self._look()

    def _adopt(self, config: TrainingConfig) -> None:
        """What changed while the run goes on acts from its next epoch on."""
        from engine.errors import Cancelled, ProgramError
        from engine.training.training import Course

        assert self._controls is not None
        if self._last is None or (config == self._config and (self._course is not None or self._out)):
            return
        self._out = False
        if self._rivals is not None:
            self._rivals.adopt(int(config.epochs))
        if self._course is not None and replace(config, learning_rate=self._config.learning_rate) == self._config:
            # The rate alone, which a slider changes many times a second, needs no new machine.
            self._controls.learning_rate = config.learning_rate
        else:
            self._controls.learning_rate = None
            self._let_go()
            try:
                self._course = Course(config, self._controls, start=self._last, cancel=self._gives_up)
            except (Cancelled, ProgramError) as error:
                self._fail(error)
        self._config = config

    def _let_go(self) -> None:
        """What was to come next will not: a process that runs it is free for what comes instead."""
        course, self._course = self._course, None
        if course is not None:
            course.close()

    def _advance(self, limit: int | None) -> None:
        from engine.errors import Cancelled, ProgramError

        desk, made, last = self._desk, None, self._last
        frame = desk.frame
        frame.give_way()
        clock = time.perf_counter
        ticket, until = desk.ticket, clock() + (FAST_SLICE if limit is None and not desk.ahead else SLICE)
        rivals, most = self._rivals, MOST_AT_ONCE if limit is None else limit
        assert last is not None
        if rivals is not None:
            leads = self._course is not None and last.step < self._config.epochs and not last.stopped
            goal = rivals.begin_round(last.step if leads else None, most)
            most = goal - last.step if leads else 0

        def goes_on() -> bool:
            return rivals is not None or (clock() < until and desk.ticket == ticket and not frame.wanted)

        def gives_up() -> bool:
            frame.give_way()
            return self._is_outdated()

        try:
            made = None if self._course is None or most < 1 else self._course.on(most, goes_on)
        except (ProgramError, Cancelled) as error:
            self._fail(error)
        others = {} if rivals is None else rivals.go_to(goal, gives_up)
        failed = {} if rivals is None else rivals.failed
        fit: Fit | None = None
        beside: Mapping[int, Seen] | None = None
        places: list[tuple[float, float, float]] = []
        if made is not None:
            self._last = made.last
            fit, places = self._seen(made)
        elif not others and not failed:
            return
        if rivals is not None:
            rivals.failed, beside = {}, self._seen_beside(rivals, others)
        with desk.changed:
            if desk.mail_run != self._run:
                desk.mail, desk.others, desk.failed, desk.mail_run = [], {}, {}, self._run
            if made is not None:
                desk.mail.append(made)
            for place, stretches in others.items():
                desk.others.setdefault(place, []).extend(stretches)
            desk.failed.update(failed)
            desk.places += places
            desk.fit, desk.beside = fit or desk.fit, beside or desk.beside

    def _fail(self, error: Exception) -> None:
        """Edited code cannot go on, or torch does not: the run rests at its last step, or others race on without it."""
        from engine.errors import Cancelled

        self._let_go()
        self._out = self._rivals is not None
        if self._rivals is None:
            with self._desk.changed:
                self._desk.running, self._desk.steps = False, 0
        if not self._is_outdated():
            self.refused.emit(self._run, _stopped(error) if isinstance(error, Cancelled) else error)

    def _seen(self, made: Stretch) -> tuple[Fit | None, list[tuple[float, float, float]]]:
        """What the window shows of the steps that were made, as far as the run has time for it."""
        views, last = self._views, made.last
        if views is None:
            return None, []
        speed = self._desk.speed
        is_due = views.fit_is_due() or (speed is not None and speed <= EACH)
        fit = self._fit(views, last, Looks(axes=self._desk.looks.axes)) if is_due else None
        if views.surface_is_due(last):
            self._look()
        elif self._rivals is None and self._desk.looks.beside and views.beside.is_due():
            self._look_beside(views, replace(self._desk.looks, step=None), lambda: False)
        elif self._desk.looks.spread is not None and views.spread_is_due():
            self._spread(views, last)
        return fit, views.places(made.snapshots)

    def _seen_beside(self, rivals: Rivals, made: Mapping[int, list[Stretch]]) -> Mapping[int, Seen] | None:
        """What the window shows of those that race, which made these steps, and of others; None where it is as it was."""
        views, looks, speed = self._views, replace(self._desk.looks, step=None), self._desk.speed
        if views is None or self._last is None or not looks.beside:
            return None
        by_history = {id(rivals.histories[place]): stretches for place, stretches in made.items()}
        views.beside.grow(by_history, looks.beside, views.surface)
        if not views.beside.is_due() and (speed is None or speed > EACH):
            return None
        return views.look_beside(self._last, looks, lambda: False, rivals.newest)

    def _fit(self, views: Views, last: TrainingSnapshot, looks: Looks) -> Fit | None:
        """The fit that is looked at; that there is none any more is told, once."""
        before = views.failed
        fit = views.fit(last, looks, self._gives_up)
        if views.failed != before:
            self.seen.emit(self._run, Found(no_fit=views.failed))
        return fit

    def _spread(self, views: Views, last: TrainingSnapshot) -> None:
        """The distribution while the run goes on; one that takes longer is computed piece by piece."""
        from engine.errors import Cancelled

        until = time.perf_counter() + SLICE
        try:
            spread = views.spread(last, self._desk.looks, lambda: time.perf_counter() >= until)
        except Cancelled:
            return
        if spread is not None:
            self.seen.emit(self._run, Found(spread=spread))

    def _look(self) -> bool:
        """Compute what the window looks at; whether there was anything to do."""
        from engine.errors import Cancelled

        views, last, desk = self._views, self._last, self._desk
        if views is None or last is None:
            return False
        looks, ticket = desk.looks, desk.ticket

        def is_outdated() -> bool:
            return desk.ticket != ticket or desk.looks is not looks or desk.closed

        fit = self._fit(views, last, looks)
        if fit is not None:
            self.seen.emit(self._run, Found(fit, views.looked, place=views.place()))
        if views.lags(last) and not desk.running:
            return fit is not None
        try:
            spread = views.spread(last, looks, is_outdated)
            if spread is not None:
                self.seen.emit(self._run, Found(spread=spread))
            surface = views.around(last, looks, is_outdated)
        except Cancelled:
            return True
        if surface is not None:
            self.seen.emit(self._run, Found(surface=surface, place=views.place()))
        beside = self._look_beside(views, looks, is_outdated)
        return beside or any(found is not None for found in (fit, spread, surface))

    def _look_beside(self, views: Views, looks: Looks, cancel: Callable[[], bool]) -> bool:
        """Compute what is seen of the runs beside this one; whether that has changed."""
        assert self._last is not None
        seen = views.look_beside(self._last, looks, cancel, None if self._rivals is None else self._rivals.newest)
        if seen is not None:
            self.seen.emit(self._run, Found(beside=seen))
        return seen is not None

    def _pace(self, speed: float, ticket: int) -> None:
        """Make what is due at this speed, and wait for what comes next; where each epoch is seen, until the window has this one.

        Whatever is asked for after ``ticket`` ends the wait.
        """
        desk, each, now = self._desk, speed <= EACH, time.perf_counter()
        if now - self._next > LATE:
            self._next = now
        due = 1 if each else 1 + int(max(0.0, now - self._next) * speed)
        self._advance(due)
        self._next = max(self._next + due / speed, now) if each else self._next + due / speed
        until = max(self._next, now + SLICE)

        with desk.changed:
            while desk.ticket == ticket and not desk.closed:
                left = until - time.perf_counter()
                if left > 0:
                    desk.changed.wait(left)
                elif each and (desk.mail or desk.others) and desk.mail_run == self._run:
                    desk.changed.wait()  # the window says so when it takes it
                else:
                    break

    def _settle(self, ticket: int, state: str) -> None:
        with self._desk.changed:
            rest = tuple(self._desk.mail) if self._desk.mail_run == self._run else ()
        self.settled.emit(ticket, self._run, rest, state)

    def _rest(self) -> None:
        desk = self._desk
        with desk.changed:
            looks, views, last = desk.looks, self._views, self._last
            lags = views is not None and last is not None and views.lags(last)
            desk.changed.wait_for(
                lambda: desk.closed or desk.ticket != self._answered or desk.looks is not looks, LAG if lags else None
            )

    def _is_closed(self) -> bool:
        return self._desk.closed

    def _gives_up(self) -> bool:
        """Whether nobody wants what edited code computes now: another run is wanted, or it was to rest and did not."""
        if self._is_outdated():
            return True
        if self._desk.stops == self._stops or self._desk.running:
            return False
        self._to_rest = self._to_rest or time.monotonic()
        return time.monotonic() - self._to_rest > PATIENCE

    def _is_outdated(self) -> bool:
        """Whether the run that is prepared is not wanted any more."""
        return self._desk.closed or self._desk.reset


def _stopped(error: Exception) -> Exception:
    """What to say of code that was ended because it did not rest."""
    from engine.errors import ProgramError

    seconds, place = getattr(error, "seconds", 0.0), getattr(error, "place", {})
    return ProgramError(
        f"stopped here, after {seconds:.0f} s in which this did not end",
        hint="Look for a loop that has no end. Train begins the epoch anew.",
        **place,
    )
