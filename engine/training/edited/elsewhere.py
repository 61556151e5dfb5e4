"""Runs, epochs and recordings of edited code, which runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.errors import Cancelled, ProgramError, ProgramFailedError
from engine.training.configs import FloatArray, TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.edited.contract import check
from engine.training.edited.messages import Advance, Begin, End, Hold, Predict, Record
from engine.training.edited.process import EditedProcess, Gone, Stopped, shared
from engine.training.machine import rate_of
from engine.training.program import program

if TYPE_CHECKING:
    from engine.recording import Recording
    from engine.training.data import TrainingData

MAKING = 30.0
"""Seconds that the code has to make its model."""
RECORDING = 120.0
"""Seconds that recording an epoch, or computing it again, may take."""
AHEAD = 0.014
"""Seconds for which the code may go on with epochs before its snapshots are taken."""
QUICK = 0.004
"""Seconds within which whoever trains asks for the next epoch, where more than one is worth making ahead."""
PREDICTING = 10.0
"""Seconds that predictions for one picture may take."""
MOST_AHEAD = 4096

Cancel = Callable[[], bool]


class Controls(Protocol):
    """What steers a run, as ``engine.training.training.Controls`` does."""

    @property
    def learning_rate(self) -> float | None: ...

    @property
    def stop(self) -> bool: ...

    def wait(self) -> bool: ...


def train(
    config: TrainingConfig, controls: Controls | None, start: TrainingSnapshot | None, cancel: Cancel | None
) -> Iterator[TrainingSnapshot]:
    """As ``engine.training.training.train``, of a config with edited code."""
    course = EditedCourse(config, controls, start, cancel)
    try:
        last = course.last
        if start is None:
            yield last
        while made := course.on(MOST_AHEAD):
            for snapshot in made:
                if controls is not None and course.base() != course.made_with:
                    if controls.stop:
                        return
                    course.back_to(last)  # what was made ahead had another rate
                    break
                last = snapshot
                yield snapshot
    finally:
        course.close()


class EditedCourse:
    """A run of edited code, made stretch by stretch by whoever asks for it.

    Attributes
    ----------
    last : TrainingSnapshot
        The newest one: first snapshot 0, or ``start``.
    made_with : float
        The configured rate of the last stretch.
    """

    def __init__(
        self, config: TrainingConfig, controls: Controls | None, start: TrainingSnapshot | None, cancel: Cancel | None
    ) -> None:
        check(config.code)
        self._config, self._controls = config, controls
        self._run = _Run(config, start, cancel)
        self.last = self._run.last
        self.made_with = float(config.learning_rate)
        self._count, self._handed_over = 1, 0.0

    def base(self) -> float | None:
        """The configured rate as it is now, after a pause; None when the run is to end."""
        return _base(self._config, self._controls)

    def on(self, most: int) -> list[TrainingSnapshot]:
        """The next epochs: one at least, and up to ``most`` where they are asked for quickly; none where the run has ended."""
        left = int(self._config.epochs) - self.last.step
        base = self.base() if left > 0 and not self.last.stopped else None
        if base is None:
            return []
        self._count = min(2 * self._count, MOST_AHEAD) if time.perf_counter() - self._handed_over < QUICK else 1
        numbers = range(self.last.step + 1, self.last.step + min(self._count, most, left) + 1)
        made = self._run.advance(tuple(rate_of(self._run.written, base, number) for number in numbers))
        self.made_with = base
        if made:
            self.last = made[-1]
        self._handed_over = time.perf_counter()
        return made

    def back_to(self, snapshot: TrainingSnapshot) -> None:
        """What comes next follows ``snapshot``."""
        self._run.back_to(snapshot)
        self.last = snapshot

    def close(self) -> None:
        """It is not gone on with."""
        self._run.end()


def _base(config: TrainingConfig, controls: Controls | None) -> float | None:
    """The configured rate as it is now, after a pause; None when the run is to end."""
    if controls is None:
        return float(config.learning_rate)
    return (controls.learning_rate or float(config.learning_rate)) if controls.wait() else None


class _Run:
    """A run in its process, which is made anew where something else has ended that."""

    def __init__(self, config: TrainingConfig, start: TrainingSnapshot | None, cancel: Cancel | None) -> None:
        self._config, self._cancel = config, cancel
        self.written = program(config)
        self._data = training_data(config)
        self._process = shared.fresh(config.code) if start is None else shared.of(config.code)
        self._number = self._process.number()
        try:
            begun = self._begin(start)
        except Gone:
            self._process = shared.fresh(config.code)
            begun = self._begin(start)
        found = begun if start is None else start
        assert found is not None
        self.last: TrainingSnapshot = found

    def _begin(self, start: TrainingSnapshot | None) -> TrainingSnapshot | None:
        key = _hold(self._process, self._data, self._cancel)
        request = Begin(self._process.number(), self._number, key, self._config, start)
        made: TrainingSnapshot | None = self._process.ask(request, self._cancel, MAKING)
        return None if made is None else replace(made, config=self._config)

    def back_to(self, snapshot: TrainingSnapshot) -> None:
        """What comes next follows ``snapshot``."""
        self.last = snapshot
        self._begin(snapshot)

    def advance(self, rates: tuple[float, ...]) -> list[TrainingSnapshot]:
        """The next epochs, one with each of these rates; at least one of them, unless it was stopped."""
        try:
            made = self._advance(rates)
        except Gone:
            self._process = shared.of(self._config.code)
            self._begin(self.last)
            made = self._advance(rates)
        shots = [replace(snapshot, config=self._config) for snapshot in made]
        if shots:
            self.last = shots[-1]
        return shots

    def _advance(self, rates: tuple[float, ...]) -> tuple[TrainingSnapshot, ...]:
        request = Advance(self._process.number(), self._number, rates, AHEAD)
        made: tuple[TrainingSnapshot, ...] = self._process.ask(request, self._cancel)
        return made

    def end(self) -> None:
        """The process may forget it."""
        if self._process.usable:
            with suppress(Gone, Cancelled, ProgramError):
                self._process.ask(End(self._process.number(), self._number), None, 1.0)


def _hold(process: EditedProcess, data: Any, cancel: Cancel | None) -> int:
    """The key under which the process has ``data``, which it is given if it has not."""
    key = process.holds(data)
    if key is None:
        key = process.number()
        process.ask(Hold(process.number(), key, replace(data, truth=None)), cancel, RECORDING)
        process.held(key, data)
    return key


def again(config: TrainingConfig, snapshot: TrainingSnapshot, rate: float | None) -> TrainingSnapshot:
    """The snapshot after ``snapshot``: the same as the run's own, as long as a snapshot holds all that the code keeps."""
    return epochs_again([config], snapshot, [_rate(config, snapshot, rate)])


def epochs_again(
    configs: list[TrainingConfig], snapshot: TrainingSnapshot, rates: list[float], cancel: Cancel | None = None
) -> TrainingSnapshot:
    """The snapshot that is as many epochs later as there are ``rates``, each epoch with its config."""
    while rates:
        config = configs[0]
        alike = next((place for place, other in enumerate(configs) if other is not config), len(configs))
        run = _Run(config, snapshot, cancel)
        try:
            wanted = snapshot.step + alike
            while run.last.step < wanted:
                for shot in run.advance(tuple(rates[run.last.step - snapshot.step : alike])):
                    run.last = shot
            configs, rates, snapshot = configs[alike:], rates[alike:], run.last
        finally:
            run.end()
    return snapshot


def trained_again(
    config: TrainingConfig, start: TrainingSnapshot | None, rates: tuple[float, ...], cancel: Cancel | None
) -> Iterator[TrainingSnapshot]:
    """An epoch with each of ``rates`` after ``start``, or after first weights, which then come before them.

    Fewer come where the code or a rule stops the run before.
    """
    check(config.code)
    run = _Run(config, start, cancel)
    try:
        if start is None:
            yield run.last
        while rates:
            made = run.advance(rates[:MOST_AHEAD])
            if not made:
                return
            yield from made
            rates = rates[len(made) :]
    finally:
        run.end()


def record(
    config: TrainingConfig,
    start: TrainingSnapshot,
    rate: float | None,
    cancel: Cancel | None,
    batch: int | None,
    ends_at: Mapping[str, FloatArray] | None = None,
) -> Recording:
    """Record the epoch after ``start``.

    Raises
    ------
    engine.errors.ProgramFailedError
        Where it does not end at the parameters ``ends_at``, so that it is not the run's epoch.
    """
    check(config.code)
    process = shared.of(config.code)
    key = _hold(process, training_data(config), cancel)
    try:
        request = Record(process.number(), key, replace(config), start, _rate(config, start, rate), batch)
        recording, end = process.ask(request, cancel, RECORDING)
    except Gone:
        raise Cancelled("the process that runs the code was ended") from None
    if ends_at is not None and not _same(end, ends_at):
        kept = f"({start.unkept})" if start.unkept else "(as a file, a clock, a default argument or a closure)"
        raise ProgramFailedError(
            f"epoch {start.step + 1} cannot be opened: run once more, it ended at other numbers",
            hint=f"The code keeps something {kept} that a snapshot of the run does not hold. The run itself is as it was.",
        )
    found: Recording = recording
    return found


def predictions(
    config: TrainingConfig, snapshot: TrainingSnapshot, data: TrainingData, places: FloatArray, cancel: Cancel | None = None
) -> tuple[Any, Any, Any]:
    """What the code predicts at ``snapshot``: at ``places`` [places, features], of the rows trained on, of those set aside.

    Each float64 [rows, 1], of two classes the probability of class 1. Raises as ``EditedProcess.ask``.
    """
    process = shared.of(config.code)
    try:
        key = _hold(process, data, cancel)
        request = Predict(process.number(), key, replace(config), snapshot, places)
        found: tuple[Any, Any, Any] = process.ask(request, cancel, PREDICTING)
    except Gone:
        raise Cancelled("the process that runs the code was ended") from None
    return found


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].shape == other[name].shape and np.array_equal(one[name], other[name], equal_nan=True) for name in one
    )


def _rate(config: TrainingConfig, snapshot: TrainingSnapshot, given: float | None) -> float:
    return rate_of(program(config), float(config.learning_rate), snapshot.step + 1) if given is None else given


__all__ = ["EditedCourse", "Stopped", "again", "epochs_again", "predictions", "record", "train"]
