"""Training as a generator of snapshots. The code that trains is ``resources/programs/regression.py``, compiled once, here."""

from __future__ import annotations

import ast
import math
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import resources
from engine.runtime.threads import adopt_thread_count
from engine.training.configs import WHOLE_NUMBERS, FloatArray, TrainingConfig, TrainingSnapshot
from engine.training.datasets import regression_data

if TYPE_CHECKING:
    from engine.recording import Recording

FILENAME = "regression.py"
"""The file name that the training program is compiled under: tracebacks and source spans carry it."""


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
) -> Iterator[TrainingSnapshot]:
    """Gradient descent on ``regression_data(config)`` with the program text of ``resources/programs/regression.py``.

    Parameters
    ----------
    config : TrainingConfig, optional
        The data, the model and the steps; the default is that of the window.
    controls : Controls, optional
        Pause, stop and a new learning rate, read once per step.
    start : TrainingSnapshot, optional
        Go on after this snapshot of a run (up to ``config.epochs``) as that run itself would have.

    Yields
    ------
    TrainingSnapshot
        Snapshot 0 (the first weights; not when ``start`` is given), then one a step up to ``config.epochs``. A run that diverges
        goes on through inf and nan.

    Raises
    ------
    ValueError
        At the call, where a setting is out of its range (see ``TrainingConfig``).
    TypeError
        At the call, where a setting is of the wrong type.
    """
    validate(config)
    return _run(config, controls, start)


def step_from(config: TrainingConfig, snapshot: TrainingSnapshot, *, learning_rate: float | None = None) -> TrainingSnapshot:
    """The snapshot after ``snapshot``, bit-identical to the run's own.

    ``learning_rate`` is the one of that step (``config``'s if None).
    """
    validate(config)
    model = _restored(snapshot)
    return _Stepper(config, model)(snapshot.step + 1, _checked_rate(learning_rate) or config.learning_rate)


def record_step(
    config: TrainingConfig,
    snapshot: TrainingSnapshot,
    *,
    learning_rate: float | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Recording:
    """Run the step that follows ``snapshot`` once more, under the recorder: the same code object, the same numbers.

    Parameters
    ----------
    learning_rate : float, optional
        Of that step, as its snapshot says; ``config``'s if None.
    cancel : callable, optional
        Asked between operations; True ends the recording with ``engine.errors.Cancelled``.
    """
    from engine.recorder.recorder import Recorder

    validate(config)
    if threading.current_thread() is not threading.main_thread():
        adopt_thread_count()
    model = _restored(snapshot)
    X, y = _tensors(config)
    rate = _checked_rate(learning_rate) or config.learning_rate
    names = {"w": model.w, "b": model.b, "X": X, "y": y}
    with torch.enable_grad(), Recorder(program_text(), FILENAME, assigned=_assigned(), names=names, cancel=cancel) as recorder:
        _program()["step"](model, X, y, rate)
    recording: Recording = recorder.finish()
    return recording


@lru_cache(maxsize=1)
def program_text() -> str:
    """The training program, as it is shown and as it runs."""
    return resources.read_text("programs/regression.py")


def validate(config: TrainingConfig) -> None:
    """Raise ValueError (or TypeError) where a setting of ``config`` is out of the range that ``TrainingConfig`` states."""
    _number("learning_rate", config.learning_rate, above=0.0)
    for name, (least, greatest) in WHOLE_NUMBERS.items():
        _integer(name, getattr(config, name), least, greatest)
    _number("noise", config.noise, least=0.0)
    _number("bias", config.bias)


def _integer(name: str, value: object, least: int, greatest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer from {least} to {greatest}, got {value!r}")
    if not least <= int(value) <= greatest:
        raise ValueError(f"{name} must be an integer from {least} to {greatest}, got {value!r}")


def _number(name: str, value: object, *, above: float | None = None, least: float | None = None) -> None:
    bound = " greater than 0" if above is not None else " of 0 or more" if least is not None else ""
    allowed = f"{name} must be a finite number{bound}, got {value!r}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(allowed)
    number = float(value)
    if not math.isfinite(number) or (above is not None and number <= above) or (least is not None and number < least):
        raise ValueError(allowed)


def _checked_rate(value: float | None) -> float | None:
    if value is None:
        return None
    _number("learning_rate", value, above=0.0)
    return float(value)


@lru_cache(maxsize=1)
def _program() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "regression"}
    exec(compile(program_text(), FILENAME, "exec"), namespace)
    return namespace


@lru_cache(maxsize=1)
def _assigned() -> dict[tuple[int, int, int, int], tuple[str | None, ...]]:
    """Where the right-hand sides of the program's assignments stand, and the name each gets: columns from 1, end exclusive."""
    found: dict[tuple[int, int, int, int], tuple[str | None, ...]] = {}
    for node in ast.walk(ast.parse(program_text())):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            place = value.lineno, value.col_offset + 1, value.end_lineno or 0, (value.end_col_offset or 0) + 1
            found[place] = (node.targets[0].id,)
    return found


def _tensors(config: TrainingConfig) -> tuple[torch.Tensor, torch.Tensor]:
    data = regression_data(config)
    return torch.tensor(data.X), torch.tensor(data.y)


def _copy(tensor: torch.Tensor) -> FloatArray:
    array: FloatArray = tensor.detach().numpy().copy()
    array.setflags(write=False)
    return array


def _restored(snapshot: TrainingSnapshot) -> Any:
    """A model in the state that the run had after ``snapshot``: from step 1 on its gradients are zeros, not None."""
    linear = _program()["Linear"]
    model = linear.__new__(linear)
    for name, array in snapshot.parameters.items():
        parameter = torch.tensor(np.asarray(array)).requires_grad_()
        if snapshot.step > 0:
            parameter.grad = torch.zeros_like(parameter)
        setattr(model, name, parameter)
    return model


class _Stepper:
    """Runs the program's ``step`` and says what it did. The gradients are copied as they arrive: the program clears them."""

    def __init__(self, config: TrainingConfig, model: Any) -> None:
        self._step = _program()["step"]
        self._X, self._y = _tensors(config)
        self._model = model
        self._gradients: dict[str, FloatArray] = {}
        model.w.register_post_accumulate_grad_hook(self._keep("w"))
        model.b.register_post_accumulate_grad_hook(self._keep("b"))

    def _keep(self, name: str) -> Callable[[torch.Tensor], None]:
        gradients = self._gradients

        def keep(parameter: torch.Tensor) -> None:
            assert parameter.grad is not None
            gradients[name] = _copy(parameter.grad)

        return keep

    def __call__(self, number: int, learning_rate: float) -> TrainingSnapshot:
        with torch.enable_grad():
            loss = self._step(self._model, self._X, self._y, learning_rate)
        gradients = {name: self._gradients[name] for name in ("w", "b")}
        return TrainingSnapshot(number, loss, self.parameters(), gradients, learning_rate)

    def parameters(self) -> dict[str, FloatArray]:
        return {"w": _copy(self._model.w), "b": _copy(self._model.b)}


def _run(config: TrainingConfig, controls: Controls | None, start: TrainingSnapshot | None) -> Iterator[TrainingSnapshot]:
    if start is None:
        model = _program()["Linear"](torch.Generator().manual_seed(int(config.seed)))
        stepper = _Stepper(config, model)
        yield TrainingSnapshot(0, None, stepper.parameters(), {}, float(config.learning_rate))
        first = 1
    else:
        stepper = _Stepper(config, _restored(start))
        first = start.step + 1
    for number in range(first, int(config.epochs) + 1):
        rate = float(config.learning_rate)
        if controls is not None:
            if not controls.wait():
                return
            rate = controls.learning_rate or rate
        yield stepper(number, rate)
