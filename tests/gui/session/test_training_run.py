"""The training's run: which step is looked at, whether it goes on, whether it runs away."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import replace

import numpy as np
import pytest

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.training import train
from gui.session.run_numbers import RunNumbers
from gui.session.training_run import ONE_CHANGE, TrainingRun


def run_of(*losses: float) -> TrainingRun:
    """A run that has made a step with each of these losses."""
    made = TrainingRun()
    made.reset([TrainingSnapshot(0, None, {})])
    made.extend([TrainingSnapshot(at, loss, {}) for at, loss in enumerate(losses, start=1)])
    return made


def test_the_newest_step_is_looked_at_until_one_is_chosen() -> None:
    run = run_of(3.0, 2.0, 1.0)
    assert (run.made, run.shown_step) == (3, 3)
    run.set_epoch(2)
    run.extend([TrainingSnapshot(4, 0.5, {})])
    assert (run.made, run.shown_step) == (4, 2)
    run.set_epoch(None)
    assert run.shown_step == 4


@pytest.mark.parametrize(("asked", "shown"), [(-1, 1), (0, 1), (2, 2), (9, 2)])
def test_a_step_that_was_not_made_is_not_looked_at(asked: int, shown: int) -> None:
    run = run_of(2.0, 1.0)
    run.set_epoch(asked)
    assert run.epoch == shown


def test_before_the_first_step_its_start_is_looked_at() -> None:
    for run in (TrainingRun(), run_of()):
        run.set_epoch(1)
        assert (run.epoch, run.made, run.shown_step) == (None, 0, 0)


def test_another_start_is_followed_from_its_beginning() -> None:
    run = run_of(2.0, 1.0)
    run.set_epoch(1)
    run.reset([TrainingSnapshot(0, None, {})])
    assert (run.epoch, run.shown_step) == (None, 0)


@pytest.mark.parametrize(
    ("losses", "diverges"),
    [
        ((), False),
        ((2.0,), False),
        ((2.0, 3.0, 1.0), False),
        ((2.0, 3.0), False),
        ((4.63, 0.07, 4.73), False),
        ((2.0, 4.1), True),
        ((2.0, 0.01, 1.0, 4.1), True),
        ((2.0, 2.1, 0.1, 4.1), False),
        ((2.0, 2.1, 0.1, 201.0), True),
        ((2.0, float("nan")), True),
        ((float("inf"),), True),
    ],
)
def test_a_run_diverges_when_its_loss_is_no_number_or_far_above_the_first_and_never_came_back(
    losses: tuple[float, ...], diverges: bool
) -> None:
    assert run_of(*losses).numbers.diverges is diverges


def test_a_loss_swings_once_it_is_twice_the_least_one_before() -> None:
    assert run_of().numbers.swings is None and run_of(4.0, 2.0, 1.0, 1.9).numbers.swings is None
    assert run_of(4.63, 0.07, 4.7, 0.08).numbers.swings == (0.07, 4.7)
    assert run_of(4.0, 1.0, math.inf, 3.0).numbers.swings == (1.0, 4.0)


@pytest.mark.parametrize(
    ("state", "running", "ended"),
    [
        ("idle", False, False),
        ("running", True, False),
        ("paused", False, False),
        ("finished", False, True),
        ("diverged", False, True),
    ],
)
def test_its_state_says_whether_it_runs_and_whether_it_has_ended(state: str, running: bool, ended: bool) -> None:
    run = run_of(1.0)
    run.set_state(state)
    assert (run.running, run.ended) == (running, ended)


def test_changes_of_the_config_are_undone_and_made_again() -> None:
    run, said = TrainingRun(), list[str]()
    run.config_changed.connect(lambda: said.append(run.config.optimizer))
    first = run.config
    run.set_config(first.choosing(optimizer="adam"))
    run.set_config(run.config.choosing(data="moons"))
    moons = run.config
    assert run.can_undo and not run.can_redo
    run.undo_config()
    assert (run.config.data, run.config.optimizer) == ("regression", "adam")
    run.undo_config()
    assert run.config == first and not run.can_undo
    run.undo_config()
    run.redo_config()
    run.redo_config()
    assert run.config == moons and not run.can_redo
    run.undo_config()
    run.set_config(run.config.choosing(optimizer="rmsprop"))
    assert not run.can_redo, "what was taken back is gone with another change"
    assert said == ["adam", "adam", "adam", "gd", "adam", "adam", "adam", "rmsprop"]


def test_a_drag_is_one_change() -> None:
    run = TrainingRun()
    for rate in (0.2, 0.3, 0.4):
        run.set_config(run.config.choosing(learning_rate=rate))
    run.set_config(run.config.choosing(epochs=50))
    run.undo_config()
    assert run.config.learning_rate == 0.4
    run.undo_config()
    assert run.config == TrainingConfig() and not run.can_undo


def test_numbers_grow_with_the_run_and_hold_the_parameters_of_a_small_model() -> None:
    run = TrainingRun()
    shots = [
        TrainingSnapshot(
            step, step or None, {"w": np.full((2, 1), step), "b": np.full(1, -step)}, learning_rate=0.5, validation=9
        )
        for step in range(700)
    ]
    run.reset(shots[:1])
    run.extend(shots[1:3])
    run.extend(shots[3:])
    numbers = run.numbers
    assert len(numbers) == 700 and numbers.places == (("w", 0), ("w", 1), ("b", 0))
    assert numbers.parameter("b").tolist() == [-step for step in range(700)] and numbers.parameter("w", 1)[-1] == 699
    assert math.isnan(numbers.loss[0]) and numbers.loss[5] == 5 and set(numbers.validation) == {9} and set(numbers.rate) == {0.5}
    run.reset([TrainingSnapshot(0, None, {"w": np.zeros((40, 1))})])
    assert len(numbers) == 1 and numbers.places == ()


def test_a_copy_of_the_numbers_keeps_what_it_had() -> None:
    snapshots = list(train(TrainingConfig(epochs=4)))
    numbers = RunNumbers()
    numbers.start(snapshots[:3])
    kept = copy.copy(numbers)
    numbers.extend(snapshots[3:])
    assert len(kept.traces.values(len(kept))) == len(kept) == 3
    numbers.start(snapshots[:1])
    assert np.array_equal(kept.traces.values(len(kept)), [[shot.parameters[k].item() for k in "wb"] for shot in snapshots[:3]])


def test_a_drag_is_one_change_whatever_it_takes_and_two_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    run, now = TrainingRun(), [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    begun = run.config
    for bias in (3.0, 5.0):
        run.follow(held=True)
        for step in range(4):
            now[0] += 2 * ONE_CHANGE * (step == 2)
            run.set_config(replace(run.config, bias=bias + step / 10, n_samples=100 + step))
        run.follow(held=False)
    run.set_config(replace(run.config, bias=9.0))
    run.undo_config()
    assert run.config.bias == 5.3
    run.undo_config()
    assert run.config.bias == 3.3
    run.undo_config()
    assert run.config == begun and not run.can_undo
    run.redo_config()
    run.redo_config()
    assert run.config.bias == 5.3
