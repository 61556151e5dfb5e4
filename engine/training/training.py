"""Training as a generator of snapshots: pause, stop, another rate; any epoch again, plainly or under the recorder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import TooLargeError
from engine.runtime.threads import adopt_thread_count
from engine.training.choices.common import FIELDS
from engine.training.configs import FloatArray, Stretch, TrainingConfig, TrainingSnapshot, check_is
from engine.training.data import training_data
from engine.training.machine import FILENAME, Machine, assigned, told
from engine.training.program import program_text

if TYPE_CHECKING:
    from engine.recording import Recording
    from engine.training.edited.elsewhere import EditedCourse

MOST_OPERATIONS = 30_000
"""How many operations of an epoch are recorded: more could not be looked at."""

__all__ = ["FILENAME", "Controls", "Course", "program_text", "record_epoch", "record_step", "step_from", "train"]


class Controls:
    """Steers a run from another thread; ``train`` reads it once per step, between two steps.

    Attributes
    ----------
    learning_rate : float or None, default None
        Step size of the steps to come, finite and greater than 0; None leaves the configured one.
    paused : bool, default False
        While True the run waits before its next step.
    stop : bool, default False
        True ends the run before its next step, also while it is paused.
    """

    def __init__(self, learning_rate: float | None = None) -> None:
        self._changed = threading.Condition()
        self._learning_rate = _checked_rate(learning_rate)
        self._paused = False
        self._stop = False

    @property
    def learning_rate(self) -> float | None:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | None) -> None:
        self._learning_rate = _checked_rate(value)

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        with self._changed:
            self._paused = value
            self._changed.notify_all()

    @property
    def stop(self) -> bool:
        return self._stop

    @stop.setter
    def stop(self, value: bool) -> None:
        with self._changed:
            self._stop = value
            self._changed.notify_all()

    def wait(self) -> bool:
        """Block while paused; False when the run is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop or not self._paused)
            return not self._stop


def train(
    config: TrainingConfig = TrainingConfig(),  # noqa: B008 - frozen, so one shared default is safe
    controls: Controls | None = None,
    *,
    start: TrainingSnapshot | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Iterator[TrainingSnapshot]:
    """Train what ``config`` describes, by the code of ``program_text(config)``.

    Parameters
    ----------
    config : TrainingConfig, optional
        The data, the model and the steps; the default is that of the window.
    controls : Controls, optional
        Pause, stop and a new learning rate, read once per epoch.
    start : TrainingSnapshot, optional
        Go on after this snapshot of a run (up to ``config.epochs``) as that run itself would have. ``config`` may be another than
        the run's: a knob that was changed acts from there on; another optimizer begins with nothing in its memory.
    cancel : callable, optional
        Asked while edited code computes, which may never end; True ends its process and raises ``engine.errors.Cancelled``.

    Yields
    ------
    TrainingSnapshot
        Snapshot 0 (the first weights; not when ``start`` is given), then one an epoch up to ``config.epochs``, or to the first at
        which a rule of ``config`` stops it. A run that diverges goes on through inf and nan.

    Raises
    ------
    TypeError
        Where an argument is of the wrong type.
    ValueError
        At the first snapshot: where the data cannot be used, or ``start`` is of a model with other parameters.
    engine.errors.ProgramError
        Where edited code fails, with line and column; or torch refuses to compute, as L-BFGS may with numbers without bound.
    """
    check_is("config", config, TrainingConfig)
    check_is("controls", controls, Controls, optional=True)
    check_is("start", start, TrainingSnapshot, optional=True)
    if config.code:
        from engine.training.edited.elsewhere import train as train_edited

        return train_edited(config, controls, start, cancel)
    return _run(config, controls, start)


class Course:
    """The run that ``train`` yields, made stretch by stretch by whoever asks for it: with the same numbers, in less time.

    Parameters, and what is raised, as of ``train``.

    Attributes
    ----------
    last : TrainingSnapshot
        The newest one: first snapshot 0, or ``start``.
    """

    def __init__(
        self,
        config: TrainingConfig,
        controls: Controls,
        *,
        start: TrainingSnapshot | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> None:
        self._config, self._controls = config, controls
        self._ended = False
        self._edited: EditedCourse | None = None
        self._machine: Machine | None = None
        if config.code:
            from engine.training.edited.elsewhere import EditedCourse

            self._edited = EditedCourse(config, controls, start, cancel)
            self.last = self._edited.last
        else:
            self._machine = Machine(config, start)
            self.last = self._machine.start() if start is None else start

    def close(self) -> None:
        """It is not gone on with: a process that runs edited code is free for something else."""
        if self._edited is not None:
            self._edited.close()

    def on(self, most: int, goes_on: Callable[[], bool]) -> Stretch | None:
        """The next epochs: one at least, ``most`` at most, fewer where ``goes_on`` says False; None where the run has ended."""
        left = int(self._config.epochs) - self.last.step
        if self._ended or left <= 0 or not self._controls.wait():
            return None
        if self._machine is not None:
            base = self._controls.learning_rate or float(self._config.learning_rate)
            with told():
                made = self._machine.stretch(base, min(most, left), goes_on)
        else:
            assert self._edited is not None
            shots = self._edited.on(min(most, left))
            if not shots:
                return None
            made = Stretch.of(shots)
        self.last = made.last
        self._ended = bool(self.last.stopped)
        return made


def step_from(config: TrainingConfig, snapshot: TrainingSnapshot, *, learning_rate: float | None = None) -> TrainingSnapshot:
    """The snapshot after ``snapshot``, bit-identical to the run's own.

    ``learning_rate`` is that of the epoch, as its snapshot says (what ``config`` says if None).
    """
    if config.code:
        from engine.training.edited.elsewhere import again

        return again(config, snapshot, _checked_rate(learning_rate))
    machine = Machine(config, snapshot)
    return machine.epoch(_rate(machine, snapshot, learning_rate))


def record_step(
    config: TrainingConfig,
    snapshot: TrainingSnapshot,
    *,
    learning_rate: float | None = None,
    cancel: Callable[[], bool] | None = None,
    batch: int | None = None,
) -> Recording:
    """Run the epoch that follows ``snapshot`` once more, under the recorder: the same code object, the same numbers.

    Parameters
    ----------
    learning_rate : float, optional
        Of that epoch, as its snapshot says; what ``config`` says if None.
    cancel : callable, optional
        Asked between operations; True ends the recording with ``engine.errors.Cancelled``.
    batch : int, optional
        Record this batch of the epoch only, from 1; those before it run as they did. Default: the whole epoch.

    Raises
    ------
    ValueError
        Where there is no such batch.
    engine.errors.TooLargeError
        Where the epoch has more operations than a recording holds: record its batches.
    """
    if config.code:
        return _record_edited(config, snapshot, _checked_rate(learning_rate), cancel, batch)
    if threading.current_thread() is not threading.main_thread():
        adopt_thread_count()
    machine = Machine(config, snapshot)
    return record_machine(machine, _rate(machine, snapshot, learning_rate), cancel, batch)


def record_machine(
    machine: Machine, rate: float, cancel: Callable[[], bool] | None = None, batch: int | None = None
) -> Recording:
    """Record the next epoch of ``machine``, or one of its batches, as ``record_step`` says."""
    from engine.recorder.recorder import Recorder

    values = machine.arguments(rate, machine.order())
    function = machine.written.function
    text = machine.written.text
    with torch.enable_grad():
        if batch is not None:
            function, values = "step", _up_to(machine, values, batch)
        given = {name: values[name] for name in ("X", "y", "order") if values[name] is not None}
        names = {**machine.parameters, **given, **machine.kept()}
        recorder = Recorder(text, FILENAME, assigned=assigned(text), names=names, cancel=cancel, max_operations=MOST_OPERATIONS)
        try:
            with recorder:
                machine.run(function, values)
        except TooLargeError as error:
            batches = batch is None and machine.config.batch_size is not None
            raise TooLargeError(
                f"the {'batch' if batch else 'epoch'} makes more than {MOST_OPERATIONS:,} operations",
                line=error.line,
                column=error.column,
                hint="Open its batches one by one." if batches else "Choose fewer iterations in an update, or a smaller history.",
            ) from None
    recording: Recording = recorder.finish()
    return recording


def record_epoch(start: TrainingSnapshot, shown: TrainingSnapshot, *, cancel: Callable[[], bool] | None = None) -> Recording:
    """Run the epoch that led from ``start`` to ``shown`` once more, under the recorder; the first, where both are the start.

    With the config and the rate that it had, so it ends at the same numbers. Where the epoch has more operations than a recording
    holds, it is its last batch, whose end is the epoch's.

    Raises
    ------
    ValueError
        Where ``shown`` was made by no run.
    engine.errors.ProgramFailedError
        Where edited code keeps something beside its snapshots, so that this epoch ended elsewhere when it ran again.
    engine.errors.TooLargeError
        Where even a batch has too many operations.
    """
    config = shown.config
    if config is None:
        raise ValueError(f"shown must be a snapshot of a run, got number {shown.step} without its config")
    rate = shown.learning_rate if shown.step > start.step else None
    ends_at = shown.parameters if shown.step > start.step else None
    try:
        if config.code:
            return _record_edited(config, start, rate, cancel, None, ends_at)
        return record_step(config, start, learning_rate=rate, cancel=cancel)
    except TooLargeError:
        if config.batch_size is None:
            raise
        count = -(-len(training_data(config).X) // config.batch_size)
        if config.code:
            return _record_edited(config, start, rate, cancel, count, ends_at)
        return record_step(config, start, learning_rate=rate, cancel=cancel, batch=count)


def _record_edited(
    config: TrainingConfig,
    start: TrainingSnapshot,
    rate: float | None,
    cancel: Callable[[], bool] | None,
    batch: int | None,
    ends_at: Mapping[str, FloatArray] | None = None,
) -> Recording:
    from engine.training.edited.elsewhere import record

    return record(config, start, rate, cancel, batch, ends_at)


def _up_to(machine: Machine, values: dict[str, Any], batch: int) -> dict[str, Any]:
    """Run all batches before ``batch``; what its own update takes."""
    order, size = values["order"], machine.config.batch_size
    batches = (None,) if order is None else order.split(size)
    if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= len(batches):
        raise ValueError(f"batch must be an integer from 1 to {len(batches)}, or None (the whole epoch), got {batch!r}")
    if order is None:
        return values
    parts = [{**values, "X": values["X"][rows], "y": values["y"][rows], "order": None} for rows in batches[:batch]]
    for part in parts[:-1]:
        machine.run("step", part)
    return parts[-1]


def _checked_rate(value: float | None) -> float | None:
    if value is None:
        return None
    next(knob for knob in FIELDS if knob.name == "learning_rate").check(value)
    return float(value)


def _rate(machine: Machine, snapshot: TrainingSnapshot, given: float | None) -> float:
    """The rate of the epoch after ``snapshot``."""
    given = _checked_rate(given)
    return machine.rate(float(machine.config.learning_rate), snapshot.step + 1) if given is None else given


def _run(config: TrainingConfig, controls: Controls | None, start: TrainingSnapshot | None) -> Iterator[TrainingSnapshot]:
    machine = Machine(config, start)
    if start is None:
        yield machine.start()
    for number in range(1 if start is None else start.step + 1, int(config.epochs) + 1):
        base = float(config.learning_rate)
        if controls is not None:
            if not controls.wait():
                return
            base = controls.learning_rate or base
        with told():
            snapshot = machine.epoch(machine.rate(base, number))
        yield snapshot
        if snapshot.stopped:
            return
