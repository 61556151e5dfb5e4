"""A run that is made in stretches, as the window makes it, has every number of the one that is made epoch by epoch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import engine.training.machine as machine
from engine.training.configs import FOLLOWED, Stretch, TrainingConfig, TrainingSnapshot
from engine.training.history import History
from engine.training.pictures.traces import RunTraces
from engine.training.training import Controls, Course, train

RUNS: dict[str, dict[str, Any]] = {
    "the mission's": {},
    "weight decay": {"options": {"weight_decay": 0.01}},
    "gradients that add up": {"options": {"zero_grad": False}, "learning_rate": 0.01},
    "clipped": {"options": {"clip": 0.5}},
    "validation": {"options": {"validation": 0.2}},
    "a schedule": {"optimizer": "sgd", "options": {"schedule": "cosine"}},
    "a schedule by hand": {"options": {"schedule": "step", "decay_every": 7}},
    "stopped": {"options": {"tolerance": 1e-3}},
    "diverged": {"learning_rate": 1.5},
    "adam in batches": {"optimizer": "adam", "batch_size": 16},
    "momentum": {"optimizer": "momentum", "learning_rate": 0.01},
    "L-BFGS": {"optimizer": "lbfgs"},
    "a polynomial": {"data": "sine", "model": "polynomial"},
    "a network": {"data": "moons", "model": "mlp", "loss": "cross_entropy", "optimizer": "adamw", "options": {"width": 12}},
}


@pytest.fixture(autouse=True)
def sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots are made seldom from the fifth epoch on, not from the 257th."""
    monkeypatch.setattr(machine, "EACH", 4)
    monkeypatch.setattr(machine, "EVERY", 6)
    monkeypatch.setattr(machine, "APART", 1000.0)


def same(one: TrainingSnapshot, other: TrainingSnapshot) -> bool:
    """Bit for bit, with all that the next epoch needs."""
    return _flat(one) == _flat(other)


def _flat(shot: TrainingSnapshot) -> object:
    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.dtype.str, value.shape, value.tobytes()
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(map(plain, value))
        return repr(value) if isinstance(value, float) else value

    names = ("step", "loss", "parameters", "gradients", "learning_rate", "optimizer_state", "random_state", "validation")
    return tuple(plain(getattr(shot, name)) for name in (*names, "first", "stopped"))


def counted(*sizes: int) -> Iterator[Callable[[], bool]]:
    """What says again and again after how many questions a stretch is over."""
    for size in itertools.cycle(sizes):
        numbers = itertools.count(1)
        yield lambda numbers=numbers, size=size: next(numbers) < size


def course(config: TrainingConfig, *sizes: int) -> tuple[TrainingSnapshot, list[Stretch]]:
    going = Course(config, Controls())
    start, made = going.last, []
    for goes_on in counted(*sizes):
        stretch = going.on(1000, goes_on)
        if stretch is None:
            return start, made
        made.append(stretch)
    raise AssertionError


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("sizes", [(1,), (100,), (2, 13, 1, 8)])
def test_the_numbers_are_those_of_every_epoch(name: str, sizes: tuple[int, ...]) -> None:
    config = TrainingConfig(**{"n_samples": 60, "epochs": 40, "learning_rate": 0.05} | RUNS[name])
    whole = list(train(config))
    start, made = course(config, *sizes)
    assert same(start, whole[0])
    losses = np.concatenate([stretch.losses for stretch in made])
    assert losses.tobytes() == np.array([shot.loss for shot in whole[1:]]).tobytes()
    rates = np.concatenate([stretch.rates for stretch in made])
    assert rates.tolist() == [shot.learning_rate for shot in whole[1:]]
    aside = np.concatenate([stretch.validation for stretch in made])
    expected = [math.nan if shot.validation is None else shot.validation for shot in whole[1:]]
    assert np.array_equal(aside, expected, equal_nan=True)
    small = sum(array.size for array in start.parameters.values()) <= FOLLOWED
    for key, array in start.parameters.items() if small else ():
        rows = np.concatenate([stretch.parameters[key] for stretch in made])
        assert rows.dtype == array.dtype and rows.tobytes() == b"".join(shot.parameters[key].tobytes() for shot in whole[1:])
    if not small:
        assert all(not stretch.parameters for stretch in made)
    shots = [shot for stretch in made for shot in stretch.snapshots]
    assert all(same(shot, whole[shot.step]) for shot in shots)
    assert all(stretch.last.step == stretch.first + len(stretch) - 1 for stretch in made)
    history = History(start)
    history.extend(made)
    assert len(history) == len(whole)
    assert all(same(one, other) for one, other in zip(history, whole, strict=True))
    assert all(same(history.at(step), whole[step]) for step in (0, 3, 5, 11, len(whole) - 2))
    assert [shot.step for shot in history[len(whole) - 9 : 2 : -3]] == list(range(len(whole) - 9, 2, -3))


def test_most_epochs_have_no_snapshot_and_the_first_and_the_last_have() -> None:
    _, made = course(TrainingConfig(epochs=60), 1000)
    assert [shot.step for shot in made[0].snapshots] == [1, 2, 3, 4, 10, 16, 22, 28, 34, 40, 46, 52, 58, 60]


def test_epochs_that_take_long_have_one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "APART", 0.0)
    _, made = course(TrainingConfig(epochs=30), 1000)
    assert [shot.step for shot in made[0].snapshots] == list(range(1, 31))


def test_no_more_are_made_than_were_asked_for_and_a_rate_acts_on_the_next() -> None:
    controls = Controls()
    going = Course(TrainingConfig(epochs=30), controls)
    assert [len(going.on(most, lambda: True) or ()) for most in (1, 7, 2)] == [1, 7, 2]
    controls.learning_rate = 0.25
    stretch = going.on(100, lambda: True)
    assert stretch is not None and set(stretch.rates) == {0.25} and stretch.last.step == 30
    assert going.on(1, lambda: True) is None
    again = Course(TrainingConfig(epochs=31), controls, start=going.last).on(9, lambda: False)
    assert again is not None and again.first == 31


def test_a_gradient_of_an_epoch_without_snapshot_is_not_known_and_its_parameters_are() -> None:
    start, made = course(TrainingConfig(epochs=20), 1000)
    traces = RunTraces()
    traces.extend(Stretch.of([start]))
    for stretch in made:
        traces.extend(stretch)
    assert np.isfinite(traces.values(21)).all()
    kept = [shot.step for shot in made[0].snapshots]
    assert [step for step in range(21) if np.isfinite(traces.gradients(21)[step]).all()] == kept


def test_a_stretch_of_no_snapshot_is_refused() -> None:
    with pytest.raises(ValueError, match="one at least"):
        Stretch.of([])


def test_nothing_is_left_at_the_parameters_that_torch_asks_in_every_backward() -> None:
    going = Course(TrainingConfig(n_samples=60, epochs=2_000), Controls())
    stretch = going.on(400, lambda: True)
    assert stretch is not None and len(stretch.snapshots) < len(stretch)
    assert going._machine is not None
    for tensor in going._machine.parameters.values():
        assert getattr(tensor, "_post_accumulate_grad_hooks", None) is None and not tensor._backward_hooks
