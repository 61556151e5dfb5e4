"""The runs of the training: each that was trained stays, with its set-up and its numbers, until it is deleted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig, acts_at_once
from gui.session.run_numbers import RunNumbers
from gui.session.training_run import Branching, Opening, Racer, Snapshots, TrainingRun, is_over

MOST = 60
"""How many runs are kept; beyond that the oldest one goes."""
KEPT_BYTES = 4 * 1024 * 1024
"""How much the snapshots of a run take that is not trained any more: those between are computed again."""
RACING_BYTES = 256 * 1024 * 1024
"""How much the snapshots of all take that race beside the current run."""
FEW = 2
"""How many differences a name tells, unless another one tells the same."""
MOST_SHOWN = 5
"""How many runs are drawn unless the user asks for more: so many have a colour of their own."""


@dataclass(eq=False)
class Run:
    """One training with its set-up and its numbers.

    Attributes
    ----------
    number : int
        From 0; it decides the run's colour, marker and dashes.
    config : TrainingConfig
        What its first epoch was made with, or, before that, is going to be made with.
    numbers : RunNumbers
        Loss, validation and small parameters of each step, as far as it has come.
    latest : TrainingConfig
        The config in force at its last step.
    own_name : str
        What the user called it; empty: it is named after what it is made with.
    state : str
        ``waiting``, ``running``, ``paused``, ``done``, ``stopped`` or ``diverged``.
    stopped : str
        The rule that ended it early; empty if none did.
    failed : str
        Why it dropped out of a race, where torch refused to compute.
    shown : bool
        Whether it is drawn beside the one that is trained.
    asked_for : bool
        Whether the user wanted it shown, so that it stays so however many runs there are.
    gave_way : bool
        Whether it is not drawn because there are so many others, and not because the user hid it.
    apart : str
        What its name says beside optimizer and rate, where another run had that name.
    begins : int
        The epoch of another run at which it branched off; 0: it begins with first weights.
    snapshots : Snapshots or None
        Of its steps, in little memory while it is not the current one.
    changes : tuple of (int, str)
        From which steps on something else acted, and what.
    passing : bool
        Whether it was begun while something was dragged or drawn: the next one takes its place.
    told : mapping of int to TrainingConfig
        Of a run that was opened from a file: its set-ups by the epoch from which each acted, as long as it has no snapshots.
    data, rows, torch : str, int, str
        The hash of its data, how many rows they are, and the torch that trained it; nothing where that was not asked yet.
    """

    number: int
    config: TrainingConfig
    numbers: RunNumbers = field(default_factory=RunNumbers)
    latest: TrainingConfig | None = None
    own_name: str = ""
    state: str = "waiting"
    stopped: str = ""
    failed: str = ""
    shown: bool = True
    asked_for: bool = False
    gave_way: bool = False
    apart: str = ""
    begins: int = 0
    snapshots: Snapshots | None = None
    changes: tuple[tuple[int, str], ...] = ()
    passing: bool = False
    told: Mapping[int, TrainingConfig] = field(default_factory=dict)
    data: str = ""
    rows: int = 0
    torch: str = ""

    @property
    def configs(self) -> Mapping[int, TrainingConfig]:
        """Its set-ups, by the epoch from which each acted; nothing where that is not known."""
        return getattr(self.snapshots, "configs", None) or self.told

    def config_at(self, epoch: int) -> TrainingConfig | None:
        """The set-up that ``epoch`` was made with; None where that is not known."""
        starts = [start for start in self.configs if start <= epoch]
        return self.configs[max(starts)] if starts else None

    @property
    def name(self) -> str:
        """``Adam 0.20``: optimizer and rate, and what tells it apart, unless the user called it something else."""
        return self.own_name or self.usual_name + (f" · {self.apart}" if self.apart else "")

    @property
    def usual_name(self) -> str:
        """Optimizer and rate, and where it branched off."""
        rate, begins = self.config.learning_rate, f" from {self.begins:,}" if self.begins else ""
        number = f"{rate:.2f}" if 0.005 <= rate < 100 else f"{rate:.2g}"
        return f"{self.config.setup.optimizer.label} {number}{begins}"

    @property
    def label(self) -> str:
        """``Adam``: what it is called where there is little room."""
        return self.own_name or self.config.setup.optimizer.label

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return max(0, len(self.numbers) - 1)

    @property
    def is_trained(self) -> bool:
        """Whether it has an epoch of its own."""
        return self.epochs > self.begins

    @property
    def can_go_on(self) -> bool:
        """Whether its snapshots are there, so that it can be shown again and branched; of a run from a file they are not."""
        return isinstance(self.snapshots, Branching)

    def opening(self, config: TrainingConfig | None = None, epoch: int | None = None) -> Opening | None:
        """All of it, to go on with, or with ``config`` from ``epoch`` on; None where its snapshots are not known."""
        if not isinstance(self.snapshots, Branching):
            return None
        if epoch is None:
            return Opening(config or self.latest or self.config, self.snapshots, self.numbers, self.changes)
        changes = tuple(change for change in self.changes if change[0] <= epoch)
        return Opening(config or self.config, self.snapshots.branch(epoch), self.numbers.until(epoch), changes)

    @property
    def wanted(self) -> int:
        """How many epochs it was meant to train."""
        return (self.latest or self.config).epochs

    def at(self, epoch: int | None) -> tuple[float, float]:
        """Loss and validation at ``epoch`` (None: the last), or at its last if it is shorter; nan where there is none."""
        if not self.epochs:
            return float("nan"), float("nan")
        step = self.epochs if epoch is None else min(max(1, epoch), self.epochs)
        return float(self.numbers.loss[step]), float(self.numbers.validation[step])

    @property
    def bad_epoch(self) -> int:
        """The first epoch whose loss is not a finite number; the last one if all are finite."""
        return self.numbers.lost or self.epochs


def tell_apart(run: Run, others: Sequence[Run]) -> None:
    """Have the name of ``run`` say how it differs from those of ``others`` that are called the same."""
    run.apart = ""
    taken = {other.name for other in others}
    if run.own_name or run.name not in taken:
        return
    from gui.session.comparing import differences  # with the first two that are called the same

    first = next(other for other in others if other.name == run.name)
    twin = next((other for other in others if replace(other.config, epochs=run.config.epochs) == run.config), None)
    words = differences(run.config, first.config)
    told = ", ".join(words[:FEW]) if twin is None else twin.apart
    for more in range(FEW, len(words)):
        if f"{run.usual_name} · {told}" in taken and twin is None:
            told = ", ".join(words[: more + 1])
    run.apart, number = told, 2
    while not run.apart or run.name in taken:
        run.apart, number = f"{told} {number}".strip(), number + 1


def _rest(run: Run, rows: list[Run]) -> None:
    """``run`` is not trained any more: what there is of it stays in little memory, unless it has no epoch of its own."""
    if run.state in ("running", "waiting"):
        run.state = "paused"
    if isinstance(run.snapshots, Branching):
        run.snapshots.bound(KEPT_BYTES)
    if not run.is_trained or run.passing:
        rows.remove(run)


class Field:
    """Those that race beside the current run, and stay together with it at the end of their race until another one begins."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._racers: list[Racer] = []

    def begin(self, racers: Sequence[Racer], rows: list[Run], free: Callable[[], int]) -> None:
        """These race now; each that has no row gets one, with the number that is ``free``."""
        self._racers, self.runs = list(racers), []
        for racer in racers:
            run = next((run for run in rows if run.snapshots is racer.snapshots), None)
            if run is None:
                run = Run(free(), racer.config, snapshots=racer.snapshots)
                tell_apart(run, rows)
                rows.append(run)
            if isinstance(racer.snapshots, Branching):
                racer.snapshots.bound(RACING_BYTES // len(racers))
            self.runs.append(run)

    def numbers_of(self, run: Run) -> RunNumbers | None:
        """Those that grow while ``run`` races; None where it does not."""
        return next((racer.numbers for racer, other in zip(self._racers, self.runs, strict=False) if other is run), None)

    def follow(self, shown: TrainingRun, state: str) -> bool:
        """Each is where its racer is; ``state`` is that of the race. Whether one has another state now, or its first epoch."""
        changed = False
        for racer, run in zip(self._racers, self.runs, strict=False):
            before = run.state, run.stopped, run.failed, run.is_trained
            run.numbers = copy.copy(racer.numbers)
            run.latest, run.changes, run.failed, run.stopped = racer.config, racer.changes, racer.failed, racer.latest.stopped
            if not run.is_trained:
                run.config = racer.config
            if not racer.over:
                rests = not shown.race.racers or (state != "running" and (state != "waiting" or run.is_trained))
                run.state = "paused" if rests else state
            elif racer.numbers.diverges or run.stopped == "divergence":
                run.state = "diverged"
            else:
                run.state = "stopped" if run.stopped else "paused" if racer.failed else "done"
            changed |= (run.state, run.stopped, run.failed, run.is_trained) != before
        if self._racers and not shown.race.racers:
            for run in self.runs:
                if isinstance(run.snapshots, Branching):
                    run.snapshots.bound(KEPT_BYTES)
            self._racers, changed = [], True
        return changed


_STATES = {"idle": "waiting", "running": "running", "paused": "paused", "finished": "done", "diverged": "diverged"}


class Runs(QObject):
    """Part of the session. Follows its training: what was trained stays when another run begins.

    Signals
    -------
    changed()
        The runs changed, or the name or state of one. Numbers grow with ``TrainingRun.changed``.
    dropped(str name)
        There are too many: the oldest one, of that name, gave way.
    raced(object)
        These were trained side by side, each to its end.
    """

    changed = Signal()
    dropped = Signal(str)
    raced = Signal(object)

    def __init__(self, run: TrainingRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._serial = run.serial
        self.rows: list[Run] = []
        """The runs, in the order in which they began."""
        self.current: Run | None = None
        """The one that is shown and trained."""
        self._leaves = False
        """Whether another run is about to begin in place of the current one."""
        self._deleted: list[tuple[int, Run]] = []
        self._together: tuple[Run, ...] = ()
        """What was deleted last, which is one run or all of them."""
        self.racing: Sequence[Run] = ()
        """Those of a race that goes on, the current one first, which are drawn before others are."""
        self.field = Field()
        """The others of the race, or of the last one."""
        run.changed.connect(self._follow)
        run.config_changed.connect(self._take_config)
        run.state_changed.connect(self._show_state)
        run.following_changed.connect(self._keep)
        run.race.ended.connect(self._show_state)

    @Slot()
    def _follow(self) -> None:
        if self._run.serial != self._serial or self.current is None:
            self._begin()
        current, latest = self.current, self._run.latest
        if current is not None:
            current.numbers = copy.copy(self._run.numbers)  # whose rows stay as they are: more are added after them
            current.latest = current.config if latest is None or latest.step <= current.begins else latest.config
            current.changes = tuple(self._run.changes)
            self._show_state()

    def _is_given_newest(self, current: Run) -> bool:
        """Give a run without an epoch of its own the newest config, if it goes on with that; True if it had another."""
        config = self._run.config if acts_at_once(current.config, self._run.config) else current.config
        is_another, current.config = config != current.config, config
        return is_another

    @Slot()
    def _take_config(self) -> None:
        """A run of which no epoch is made yet is going to be made with the newest config."""
        current = self.current
        if current is not None and not current.is_trained and self._is_given_newest(current):
            current.latest = current.config
            tell_apart(current, [run for run in self.rows if run is not current])
            self.changed.emit()

    def _begin(self) -> None:
        """Another run begins: the last one stays, also where it repeats another, unless it has no epoch of its own."""
        start = self._run.latest
        again = next((run for run in self.rows if run.snapshots is not None and run.snapshots is self._run.snapshots), None)
        last, self._serial = self.current, self._run.serial
        for run in dict.fromkeys([*([] if last is None else [last]), *self.field.runs]):
            races = any(run.snapshots is racer.snapshots for racer in self._run.race.racers)
            if run in self.rows and run is not again and not races:
                _rest(run, self.rows)
        if again is None and len(self.rows) >= MOST:
            self.dropped.emit(self.rows[0].name)
            del self.rows[0]
        self.current, self._leaves = again, False
        if again is None and start is not None:
            config = self._run.config if start.step else start.config or self._run.config
            self.current = Run(self._free(), config, begins=start.step, snapshots=self._run.snapshots)
            self.current.passing = self._run.following and not start.step
            tell_apart(self.current, self.rows)
            self.rows.append(self.current)
        elif again is not None and isinstance(again.snapshots, Branching):
            again.snapshots.bound()
        self.field.begin(self._run.race.racers, self.rows, self._free)
        self.racing = (self.current, *self.field.runs) if self.current is not None and self.field.runs else ()
        self._hide_oldest(last)
        self.changed.emit()

    def _hide_oldest(self, last: Run | None = None) -> None:
        """Draw no more than ``MOST_SHOWN``, but for what the user asked for: what races, or was shown ``last``, goes last."""
        shown = [run for run in self.rows if run.shown]
        yielding = [run for run in shown if run is not self.current and not run.asked_for]
        yielding.sort(key=lambda run: run is last or run in self.racing)
        for run in yielding[: max(0, len(shown) - MOST_SHOWN)]:
            run.shown, run.gave_way = False, True

    @Slot()
    def _keep(self) -> None:
        """What was drawn last stays."""
        if self.current is not None and not self._run.following:
            self.current.passing = False

    def _free(self) -> int:
        """The smallest number that no run has."""
        taken = {run.number for run in self.rows}
        return next(number for number in range(len(self.rows) + 1) if number not in taken)

    @Slot()
    def _show_state(self) -> None:
        current = self.current
        if current is None:
            return
        state = _STATES.get(self._run.state, "waiting")
        if self.field.follow(self._run, state):
            self.changed.emit()
        if self._run.race.racers:
            latest = self._run.latest
            if state in ("running", "paused") and latest is not None and is_over(latest, self._run.config):
                state = "diverged" if self._run.numbers.diverges else "done"
        elif self.field.runs:
            self.racing = ()
        if self._leaves and state == "running":
            return  # so is the one that is about to begin, not this one
        self._leaves = state == "waiting" and current.is_trained
        if state == "waiting" and current.is_trained:  # another run is about to begin
            state = "paused" if current.state in ("running", "waiting") else current.state
            if state == current.state:
                return
        if state == "done" and self._run.stopped:
            state = "diverged" if self._run.stopped == "divergence" else "stopped"
        if (state, self._run.stopped) != (current.state, current.stopped):
            current.state, current.stopped = state, self._run.stopped
            self.changed.emit()

    @property
    def trained(self) -> Sequence[Run]:
        """The runs that have at least one epoch."""
        return [run for run in self.rows if run.is_trained]

    @property
    def beside(self) -> Sequence[Run]:
        """Those that are drawn beside the current one, in the order in which they began."""
        return [run for run in self.trained if run.shown and run is not self.current]

    def restore(self, runs: Sequence[Run]) -> int:
        """Put runs of earlier sessions above the others, a row for each; how many of the oldest were too many."""
        left_out = max(0, len(runs) + len(self.rows) - MOST)
        these = list(runs[left_out:])
        taken = {run.number for run in these}
        for run in [run for run in self.rows if run.number in taken]:
            used = taken | {other.number for other in self.rows}
            run.number = next(number for number in range(len(used) + 1) if number not in used)
        rows = [*these, *self.rows]
        self.rows.clear()
        for run in rows:
            if run in these or not run.is_trained:
                tell_apart(run, self.rows)
            self.rows.append(run)
        self._hide_oldest()
        self.changed.emit()
        return left_out

    def add(self, runs: Sequence[Run]) -> None:
        """Put runs that were opened from a file below the others; those that began first give way where there are too many."""
        for run in runs:
            gone = [old for old in self.rows if old is not self.current]
            if len(self.rows) >= MOST and gone:
                self.dropped.emit(gone[0].name)
                self.rows.remove(gone[0])
            if any(other.number == run.number for other in self.rows):
                run.number = self._free()
            tell_apart(run, self.rows)
            self.rows.append(run)
        self._hide_oldest()
        self.changed.emit()

    # What a person does --------------------------------------------------------------------------------------------

    def show(self, run: Run, shown: bool) -> None:
        """Draw ``run`` beside the current one, or not, which can be undone; the current one is always drawn."""
        if run is not self.current and shown != run.shown:
            self._show(run, shown)
            self._run.did(lambda: self._show(run, not shown), lambda: self._show(run, shown))

    def _show(self, run: Run, shown: bool) -> None:
        run.shown = run.asked_for = shown
        run.gave_way = False
        self.changed.emit()

    def rename(self, run: Run, name: str) -> None:
        """Name ``run``, which can be undone; an empty name gives it the usual one back."""
        before, name = run.own_name, name.strip()
        if name != before and (before or name != run.name):
            self._name(run, name)
            self._run.did(lambda: self._name(run, before), lambda: self._name(run, name))

    def _name(self, run: Run, name: str) -> None:
        run.own_name = name
        if not name:
            tell_apart(run, [other for other in self.rows if other is not run])
        self.changed.emit()

    def delete(self, *runs: Run) -> None:
        """Forget these, which is undone at once; the current one stays."""
        these = tuple(run for run in runs if run not in (self.current, *self.racing) and run in self.rows)
        if these:
            self._take_out(these)
            self._run.did(lambda: self._put_back(these), lambda: self._take_out(these))

    def take_out(self, run: Run) -> None:
        """Forget ``run``, until it is put back; nothing to undo."""
        self._take_out((run,))

    def _take_out(self, runs: tuple[Run, ...]) -> None:
        these = tuple(run for run in runs if run is not self.current and run in self.rows)
        for run in these:
            self._deleted.append((self.rows.index(run), run))
            self.rows.remove(run)
        if these:
            self._together = these
            self.changed.emit()

    @property
    def deleted(self) -> Sequence[Run]:
        """What ``undelete`` brings back."""
        return [run for run in self._together if run not in self.rows]

    def undelete(self) -> None:
        """Bring back what was deleted last."""
        self._put_back(self._together)

    def _put_back(self, runs: tuple[Run, ...]) -> None:
        for run in reversed(runs):
            self.put_back(run)

    def undelete_begun_with(self, snapshots: Snapshots) -> None:
        """Bring back the run that began with ``snapshots``, if it was deleted."""
        for _place, run in self._deleted:
            if run.snapshots is snapshots:
                self.put_back(run)
                return

    def put_back(self, run: Run) -> None:
        """Bring back ``run``, which was deleted; nothing to undo."""
        place = next((place for place, deleted in self._deleted if deleted is run), None)
        if place is None:
            return
        self._deleted = [item for item in self._deleted if item[1] is not run]
        if any(other.number == run.number for other in self.rows):
            run.number = self._free()
        self.rows.insert(min(place, len(self.rows)), run)
        self.changed.emit()
