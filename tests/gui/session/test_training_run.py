"""The training's run: which step is looked at, whether it goes on, whether it runs away."""

from __future__ import annotations

import pytest

from engine.training.configs import TrainingSnapshot
from gui.session.training_run import TrainingRun


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
        ((2.0, 3.0), True),
        ((2.0, float("nan")), True),
        ((float("inf"),), True),
    ],
)
def test_a_run_diverges_when_its_loss_is_above_the_first_or_no_number(losses: tuple[float, ...], diverges: bool) -> None:
    assert run_of(*losses).diverges is diverges


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
