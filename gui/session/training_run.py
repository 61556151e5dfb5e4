"""The training run: its settings, the steps that were made, and which of them is shown."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Signal

from engine.errors import ProgramError
from engine.training.configs import Stretch, TrainingConfig, TrainingSnapshot
from gui.session.run_numbers import RunNumbers

ONE_CHANGE = 1.0
"""Seconds within which changes of the same thing, as while a slider is dragged, are undone at once."""
MOST_CHANGES = 1000
"""How many changes on the way of one run are marked."""
MOST_UNDONE = 200
"""How many changes of the config can be undone."""


_NO_CHANGE: tuple[frozenset[str], float] = frozenset(), -math.inf
_HELD = frozenset(("held",))
"""In place of what changed: whatever is dragged changes."""


class Deed(NamedTuple):
    """Something that a person did beside changing the config: how it is undone, and done again."""

    undo: Callable[[], None]
    redo: Callable[[], None]


class Opening(NamedTuple):
    """A run that was trained, or the beginning of one, to go on with: its steps, their numbers, what was changed on the way."""

    config: TrainingConfig
    snapshots: Snapshots
    numbers: RunNumbers
    changes: tuple[tuple[int, str], ...] = ()


class Snapshots(Protocol):
    """A run's snapshots, step by step, as ``engine.training.history.History`` keeps them in bounded memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, step: int, /) -> TrainingSnapshot: ...

    def extend(self, more: Iterable[Any], /) -> None: ...


@runtime_checkable
class Branching(Snapshots, Protocol):
    """Snapshots from any of which another run can go on, in as much memory as they are given."""

    def branch(self, epoch: int, /) -> Branching: ...

    def bound(self, most_bytes: int = ..., /) -> None: ...


class TrainingRun(QObject):
    """Part of the session. Whoever trains adds the steps; views read them and listen.

    Signals
    -------
    changed()
        ``snapshots`` grew or was reset: read ``latest``.
    state_changed(str)
        ``state`` is now ``idle``, ``running``, ``paused``, ``finished`` or ``diverged``.
    config_changed()
        ``config`` is another one. Whoever trains goes on with it, or begins anew.
    refused_changed()
        ``refused`` is another one.
    epoch_changed()
        ``epoch`` is another one: Train shows that step, or follows the newest.
    following_changed()
        ``following`` or ``held`` is another one.
    """

    changed = Signal()
    state_changed = Signal(str)
    config_changed = Signal()
    refused_changed = Signal()
    epoch_changed = Signal()
    following_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = TrainingConfig()
        """Of the next run, and of the epochs to come."""
        self._before: list[TrainingConfig | Deed] = []
        self._after: list[TrainingConfig | Deed] = []
        self._last_change = _NO_CHANGE
        self.following = False
        """Whether each change of ``config`` that begins another run is trained out at once, as while points are drawn."""
        self.held = False
        """Whether something is being dragged: all changes until it is let go are undone at once."""
        self.refused = ""
        """Why ``config`` cannot be trained; empty if it can."""
        self.own_code = OwnCode(self)
        """What is known of code that was edited."""
        self.race = Race(self)
        """Those that are trained side by side with this one."""
        self.snapshots: Snapshots = []
        """The random start, and what each step left."""
        self.numbers = RunNumbers()
        """Loss and parameters of each step."""
        self.changes: list[tuple[int, str]] = []
        """From which steps on something else acted, and what: the rate, its schedule, what happens at each update."""
        self.serial = 0
        """Counts the starts, so that a step of one run is not taken for one of another."""
        self.state = "idle"
        self.epoch: int | None = None
        """The step that Train looks at, from 1; None while it follows the newest."""
        self.recorded_step: int | None = None
        """The step of this run that the recording that Train shows leads to; of a run that was not trained yet 0, its start."""
        self.awaits_start = False
        """True while the recording of the step that is looked at is on its way, to be shown before its end."""

    @property
    def latest(self) -> TrainingSnapshot | None:
        """The newest snapshot; snapshot 0 is the random start."""
        return self.snapshots[-1] if len(self.snapshots) else None

    @property
    def made(self) -> int:
        """How many steps were made."""
        return max(0, len(self.snapshots) - 1)

    @property
    def shown_step(self) -> int:
        """The step that is looked at: ``epoch``, or the newest; 0 before the first."""
        return self.made if self.epoch is None else min(self.epoch, self.made)

    @property
    def begun(self) -> bool:
        """Whether the recording that Train shows is of the first epoch, which was not trained yet."""
        return len(self.snapshots) == 1 and self.recorded_step == 0

    @property
    def running(self) -> bool:
        """Whether steps are being made."""
        return self.state == "running"

    @property
    def ended(self) -> bool:
        """Whether the last step was made: only more epochs, or another start, lead on."""
        return self.state in ("finished", "diverged")

    @property
    def recorded_epoch(self) -> int | None:
        """The epoch whose operations are shown; the first one, also before it was trained."""
        return None if self.recorded_step is None else max(1, self.recorded_step)

    @property
    def stopped(self) -> str:
        """The name of the rule that ended the run before its last epoch; empty if none did."""
        latest = self.latest
        return "" if latest is None else latest.stopped

    # The config --------------------------------------------------------------------------------------------------

    def set_config(self, config: TrainingConfig) -> None:
        """What the next run, or the epochs to come, are made with: a person's change, which can be undone."""
        if config == self.config:
            return
        changed, now = _changed(self.config, config), time.monotonic()
        names, when = self._last_change
        if self.held:
            changed, another = _HELD, names != _HELD
        else:
            another = changed != names or now - when > ONE_CHANGE
        if not self._before or another:
            self._before = [*self._before[1 - MOST_UNDONE :], self.config]
        self._last_change, self._after = (changed, now), []
        self.own_code.inherit(config)
        self._show_config(config)

    def take_config(self, config: TrainingConfig) -> None:
        """The config of another run that is shown, which is no change of its own."""
        if config != self.config:
            self._show_config(config)

    def did(self, undo: Callable[[], None], redo: Callable[[], None]) -> None:
        """A person did something else with the training, which ``undo_config`` takes back in its turn."""
        self._before = [*self._before[1 - MOST_UNDONE :], Deed(undo, redo)]
        self._last_change, self._after = _NO_CHANGE, []

    def follow(self, following: bool | None = None, *, held: bool | None = None) -> None:
        """Train each change out at once from now on, or no more; what is dragged is held until it is let go. None: as it was."""
        now = self.following if following is None else following, self.held if held is None else held
        if now[1] != self.held:
            self._last_change = _NO_CHANGE
        if now != (self.following, self.held):
            self.following, self.held = now
            self.following_changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of ``config``, or something else, to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether one was taken back."""
        return bool(self._after)

    def undo_config(self) -> None:
        """Take the last change of ``config``, or what else was done, back; does nothing where there is nothing."""
        self._turn_back(self._before, self._after)

    def redo_config(self) -> None:
        """Do what was taken back once more."""
        self._turn_back(self._after, self._before)

    def _turn_back(self, these: list[TrainingConfig | Deed], others: list[TrainingConfig | Deed]) -> None:
        if not these:
            return
        self._last_change = _NO_CHANGE
        last = these.pop()
        if isinstance(last, Deed):
            others.append(last)
            (last.undo if these is self._before else last.redo)()
        else:
            others.append(self.config)
            self._show_config(last)

    def _show_config(self, config: TrainingConfig) -> None:
        self.own_code.follow(config)
        self.config = config
        self.config_changed.emit()

    def set_refused(self, why: str) -> None:
        """Say why ``config`` cannot be trained, or with nothing that it can."""
        if why != self.refused:
            self.refused = why
            self.refused_changed.emit()

    # Its steps ---------------------------------------------------------------------------------------------------

    def set_epoch(self, epoch: int | None) -> None:
        """Look at step ``epoch`` (clamped to what there is), or with None follow the newest."""
        if epoch is not None:
            epoch = max(1, min(self.made, epoch)) if self.made else None
        if epoch != self.epoch:
            self.epoch = epoch
            self.epoch_changed.emit()

    def reset(self, snapshots: Snapshots, opening: Opening | None = None, racers: Sequence[Racer] = ()) -> None:
        """Start over with ``snapshots`` (the start only, as a rule), which ``extend`` lets grow; or with those of ``opening``.

        From now on it races with ``racers``.
        """
        self.race.racers = tuple(racers)
        self.snapshots, self.recorded_step = snapshots, None
        self.serial += 1
        self.changes = [] if opening is None else list(opening.changes)
        if opening is None:
            self.numbers.start(snapshots[step] for step in range(len(snapshots)))
        else:
            self.numbers.restart(opening.numbers)
        self.set_epoch(None)
        self.changed.emit()

    def extend(
        self, made: Sequence[TrainingSnapshot] | Sequence[Stretch], others: Mapping[int, Sequence[Stretch]] | None = None
    ) -> None:
        """More steps were made, of ``others`` that race by their places, too; one signal however many they are."""
        if made:
            self._note_changes(made)
            self.snapshots.extend(made)
            self.numbers.extend(made)
        for place, more in (others or {}).items():
            racer = self.race.racers[place]
            racer.snapshots.extend(more)
            racer.numbers.extend(more)
        if made or others:
            self.changed.emit()

    def _note_changes(self, made: Sequence[TrainingSnapshot] | Sequence[Stretch]) -> None:
        before = self.latest
        for item in made:
            first, last = (item, item) if isinstance(item, TrainingSnapshot) else (item.snapshots[0], item.last)
            step, rate = (
                (item.step, item.learning_rate) if isinstance(item, TrainingSnapshot) else (item.first, float(item.rates[0]))
            )
            alike = before is not None and first.config is before.config and rate == before.learning_rate
            if not alike and before is not None and before.step and len(self.changes) < MOST_CHANGES:
                what = _what_changed(before, first.config, rate)
                if what:
                    self.changes.append((step, what))
            before = last

    def set_state(self, state: str) -> None:
        """Say that the run is ``idle``, ``running``, ``paused``, ``finished`` or ``diverged`` now."""
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


@dataclass(eq=False)
class Racer:
    """A run that is trained in step with the one that is shown.

    Attributes
    ----------
    config : TrainingConfig
        Of its epochs to come.
    snapshots : Snapshots
    numbers : RunNumbers
        Both grow while it goes on.
    changes : tuple of (int, str)
        As ``TrainingRun.changes``, of the time when it was shown.
    failed : str
        Why it dropped out, where torch refused to compute.
    """

    config: TrainingConfig
    snapshots: Snapshots
    numbers: RunNumbers
    changes: tuple[tuple[int, str], ...] = ()
    failed: str = ""

    @property
    def latest(self) -> TrainingSnapshot:
        """Its newest snapshot."""
        return self.snapshots[-1]

    @property
    def over(self) -> bool:
        """Whether it goes no further: it made its last epoch, a rule stopped it, or it dropped out."""
        return is_over(self.latest, self.config) or bool(self.failed)


class Race(QObject):
    """Those that are trained side by side with the run that is shown, epoch by epoch; none, if that is trained alone.

    Signals
    -------
    ended()
        There is no race any more: all are at their ends, or another run is wanted.
    """

    ended = Signal()

    def __init__(self, run: TrainingRun) -> None:
        super().__init__(run)
        self._run = run
        self.racers: Sequence[Racer] = ()

    @property
    def going(self) -> list[int]:
        """The epochs in which those are that go on, that of the shown run first."""
        run, latest = self._run, self._run.latest
        own = [] if latest is None or is_over(latest, run.config) else [latest.step]
        return own + [racer.latest.step for racer in self.racers if not racer.over]

    @property
    def configs(self) -> list[TrainingConfig]:
        """What the others are made with, to race once more."""
        return [racer.config for racer in self.racers]

    def shown_instead(self, opening: Opening) -> list[Racer]:
        """Who races with the run of ``opening``, once that is shown instead; nobody, if it is not in the race."""
        run = self._run
        others = [racer for racer in self.racers if racer.snapshots is not opening.snapshots]
        if len(others) == len(self.racers):
            return []
        return [Racer(run.config, run.snapshots, copy.copy(run.numbers), tuple(run.changes)), *others]

    def newest(self, opening: Opening) -> Opening:
        """``opening`` with the steps that its run has made meanwhile, where that is in the race."""
        racer = next((racer for racer in self.racers if racer.snapshots is opening.snapshots), None)
        return opening if racer is None else Opening(racer.config, racer.snapshots, racer.numbers, racer.changes)

    def last_until(self, epochs: int) -> None:
        """All go on to this epoch."""
        for racer in self.racers:
            racer.config = replace(racer.config, epochs=epochs)

    def end(self) -> None:
        """There is no race any more; what was trained of it stays."""
        if self.racers:
            self.racers = ()
            self.ended.emit()


def is_over(latest: TrainingSnapshot, config: TrainingConfig) -> bool:
    """Whether no epoch follows ``latest``."""
    return latest.step >= config.epochs or bool(latest.stopped)


class OwnCode(QObject):
    """What is known of the code that a run's config has in place of what its set-up writes.

    Signals
    -------
    problem_changed()
        ``problem`` is another one.
    """

    problem_changed = Signal()

    def __init__(self, run: TrainingRun) -> None:
        super().__init__(run)
        self._run = run
        self.problem: ProgramError | None = None
        """What is wrong with it."""
        self.edited_from: TrainingConfig | None = None
        """The set-up whose code was edited; None while it is as the set-up writes it."""
        self._unread: dict[str, str] = {}
        """Code that came with a file, and that file."""

    def turns(self, *, undo: bool) -> bool:
        """Whether the run's next undo, or else its next redo, changes the code and nothing else."""
        these = self._run._before if undo else self._run._after
        return bool(these) and isinstance(these[-1], TrainingConfig) and these[-1].generated == self._run.config.generated

    @property
    def came_with(self) -> str:
        """The file that it came with, as long as nobody allowed it to run; empty for a person's own."""
        return self.asks_first(self._run.config.code)

    def asks_first(self, code: str) -> str:
        """The file that ``code`` came with, as long as nobody allowed it to run; empty for a person's own."""
        return self._unread.get(code, "")

    def came(self, code: str, file: str) -> None:
        """``code`` came with ``file``: it does not run here before ``allow``, unless it is what runs already."""
        if code and code != self._run.config.code:
            self._unread[code] = file

    def allow(self) -> None:
        """A person has looked at it: it may run."""
        if self.came_with:
            del self._unread[self._run.config.code]
            self._run.config_changed.emit()

    def restore(self, config: TrainingConfig, came_with: str) -> None:
        """Begin with the config of last time; ``came_with`` as it was then."""
        self._run.config = config
        self.edited_from = config.generated if config.code else None
        if came_with and config.code:
            self._unread[config.code] = came_with

    def inherit(self, config: TrainingConfig) -> None:
        """A person has changed it: what is left of a file's code runs no sooner for that."""
        if self.came_with and config.code:
            self._unread[config.code] = self.came_with

    def follow(self, config: TrainingConfig) -> None:
        """``config`` is about to be the run's."""
        before = self._run.config
        if config.code != before.code:
            self.set_problem(None)
        if not config.code:
            self.edited_from = None
        elif self.edited_from is None:
            self.edited_from = before.generated

    def set_problem(self, problem: ProgramError | None) -> None:
        """Say what is wrong with it, or with None that nothing is known to be."""
        if problem is not self.problem:
            self.problem = problem
            self.problem_changed.emit()


def _changed(before: TrainingConfig, after: TrainingConfig) -> frozenset[str]:
    """The fields and knobs that differ."""
    one, other = before.setup.values, after.setup.values
    code = {"code"} if before.code != after.code else set()
    choices = code | {name for name in ("data", "model", "loss", "optimizer") if getattr(before, name) != getattr(after, name)}
    return frozenset(choices | {name for name in {*one, *other} if one.get(name) != other.get(name)})


def _what_changed(before: TrainingSnapshot, new: TrainingConfig | None, rate: float) -> str:
    """What acts on the next step and not on ``before``; empty where nothing changed but what a schedule does."""
    old = before.config
    named = frozenset[str]() if old is new or old is None or new is None else _changed(old, new) - {"epochs"}
    constant = new is None or new.setup.schedule.name == "constant"
    said = []
    if before.learning_rate != rate and (constant or "learning_rate" in named):
        said.append(f"rate {rate:.4g}")
    values = {} if new is None else new.setup.values
    return ", ".join([*said, *(f"{name} {values.get(name)}" for name in sorted(named - {"learning_rate"}))])
