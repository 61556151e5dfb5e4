"""Runs that were trained stay with their set-up and numbers; names, deletions and what tells them apart."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.history import History
from engine.training.program import program_text
from engine.training.training import train as trained
from gui.look.runs import run_dashes, run_marker
from gui.look.theme import tokens
from gui.session.runs import MOST, Run, Runs
from gui.session.training_run import Opening, Racer, TrainingRun

ADAM = TrainingConfig(learning_rate=0.2, optimizer="adam")


def snapshots(config: TrainingConfig, *losses: float) -> list[TrainingSnapshot]:
    values = {"w": np.zeros((1, 1), np.float32), "b": np.zeros(1, np.float32)}
    return [
        TrainingSnapshot(step, loss, values, config=config, validation=None if loss is None else 2 * loss)
        for step, loss in enumerate((None, *losses))
    ]


@pytest.fixture
def run() -> TrainingRun:
    return TrainingRun()


@pytest.fixture
def runs(run: TrainingRun) -> Runs:
    return Runs(run, run)


def train(run: TrainingRun, config: TrainingConfig, *losses: float, state: str = "finished") -> None:
    shots = snapshots(config, *losses)
    run.set_state("idle")
    run.reset(shots[:1])
    run.set_state("running")
    run.extend(shots[1:])
    run.set_state(state)


def test_what_was_trained_stays_when_another_run_begins(run: TrainingRun, runs: Runs) -> None:
    train(run, TrainingConfig(epochs=3), 3.0, 2.0, 1.0)
    train(run, ADAM, 3.0, 0.5, state="paused")
    assert [item.name for item in runs.rows] == ["By hand 0.10", "Adam 0.20"]
    first, second = runs.rows
    assert (first.state, second.state) == ("done", "paused") and runs.current is second
    assert first.at(2) == (2.0, 4.0) and first.at(None) == (1.0, 2.0) and second.at(9) == (0.5, 1.0)
    assert (first.epochs, second.epochs, second.wanted) == (3, 2, 30)
    run.extend(snapshots(ADAM, 3.0, 0.5, 0.4)[3:])
    assert second.epochs == 3 and first.numbers.loss[1:].tolist() == [3.0, 2.0, 1.0], "kept numbers stay as they are"


def test_what_was_not_trained_is_not_kept(run: TrainingRun, runs: Runs) -> None:
    train(run, TrainingConfig(), state="idle")
    train(run, ADAM, state="idle")
    assert [item.config for item in runs.rows] == [ADAM]
    train(run, ADAM, 3.0, 2.0, 1.0)
    train(run, TrainingConfig(), state="idle")
    assert [item.epochs for item in runs.rows] == [3, 0]


@pytest.mark.parametrize("state", ["paused", "finished", "diverged"])
def test_a_run_that_repeats_another_or_its_beginning_stays(run: TrainingRun, runs: Runs, state: str) -> None:
    """A race over runs that had been trained longer left a winner of which there was no row."""
    train(run, ADAM, 3.0, 2.0, 1.0, 0.5)
    train(run, ADAM, 3.0, 2.0, state=state)
    train(run, ADAM, 3.0, 2.0, 1.0, 0.5, state=state)
    train(run, ADAM, 3.0, 2.0, 1.0, 0.5, 0.25)
    train(run, TrainingConfig(), state="idle")
    assert [item.epochs for item in runs.rows] == [4, 2, 4, 5, 0]


def test_a_run_that_is_gone_on_with_is_not_doubled(run: TrainingRun, runs: Runs) -> None:
    train(run, ADAM, 3.0, 2.0)
    first, opening = runs.rows[0], Opening(ADAM, run.snapshots, runs.rows[0].numbers)
    train(run, TrainingConfig(), 4.0)
    run.reset(opening.snapshots, opening)
    assert runs.current is first and [item.epochs for item in runs.rows] == [2, 1]
    run.extend(snapshots(ADAM, 3.0, 2.0, 1.0)[3:])
    assert [item.epochs for item in runs.rows] == [3, 1]


def test_a_run_that_diverged_says_where_and_one_that_a_rule_ended_which(run: TrainingRun, runs: Runs) -> None:
    train(run, TrainingConfig(), 3.0, 1e30, float("nan"), float("nan"), state="diverged")
    assert runs.rows[0].state == "diverged" and runs.rows[0].bad_epoch == 3
    shots = snapshots(ADAM, 3.0)
    run.reset(shots[:1])
    run.extend([replace(shots[1], stopped="tolerance")])
    run.set_state("finished")
    assert runs.rows[1].state == "stopped" and runs.rows[1].stopped == "tolerance"


def test_names_places_and_deletions(run: TrainingRun, runs: Runs) -> None:
    for rate in (0.1, 0.2, 0.3):
        train(run, replace(ADAM, learning_rate=rate), 3.0, rate)
    first, second, third = runs.rows
    assert [item.number for item in runs.rows] == [0, 1, 2]
    runs.rename(first, "  slow ")
    runs.rename(second, second.name)
    assert first.name == "slow" and second.own_name == ""
    runs.rename(first, "")
    assert first.name == "Adam 0.10"
    runs.delete(third)
    assert third in runs.rows, "the one that is shown stays"
    runs.delete(first)
    assert runs.rows == [second, third] and list(runs.deleted) == [first]
    train(run, replace(ADAM, learning_rate=0.4), 3.0, 0.4)
    assert runs.rows[-1].number == 0, "the place of the deleted one"
    runs.undelete()
    assert runs.rows[0] is first and first.number == 3 and not runs.deleted


def test_so_many_are_kept_and_no_more(run: TrainingRun, runs: Runs) -> None:
    for number in range(MOST + 3):
        train(run, replace(ADAM, seed=number), 1.0)
    assert len(runs.rows) == MOST and runs.rows[0].config.seed == 3


def test_runs_are_told_apart_by_colour_marker_and_dashes_together() -> None:
    looks = [(number % 5, run_marker(number), tuple(run_dashes(number))) for number in range(25)]
    assert len(set(looks)) == 25
    assert [run_marker(number) for number in range(6)] == [*tokens()["run"]["marker"], "square"]
    assert {f"run_{number}" for number in range(1, 6)} <= set(tokens()["light"]) & set(tokens()["dark"])


def test_a_run_is_hidden_and_shown_again_in_the_order_in_which_it_is_undone(run: TrainingRun, runs: Runs) -> None:
    train(run, TrainingConfig(), 3.0, 2.0)
    train(run, ADAM, 3.0, 0.5)
    first, second = runs.rows
    assert list(runs.beside) == [first]
    runs.show(first, False)
    run.set_config(ADAM)
    runs.delete(first)
    assert list(runs.beside) == [] and runs.rows == [second]
    run.undo_config()
    assert runs.rows == [first, second] and not first.shown
    run.undo_config()
    assert run.config == TrainingConfig() and not first.shown
    run.undo_config()
    assert list(runs.beside) == [first]
    for _ in range(3):
        run.redo_config()
    assert runs.rows == [second] and not first.shown and run.config == ADAM and not run.can_redo
    runs.show(second, False)
    assert second.shown, "the run that is trained is always drawn"


def test_five_runs_are_drawn_unless_the_user_asks_for_more(run: TrainingRun, runs: Runs) -> None:
    for seed in range(6):
        train(run, TrainingConfig(seed=seed), 3.0, 2.0 + seed)
    assert [item.shown for item in runs.rows] == [False] + [True] * 5
    runs.show(runs.rows[0], True)
    assert all(item.shown for item in runs.rows)
    train(run, TrainingConfig(seed=7), 3.0, 1.0)
    assert [item.shown for item in runs.rows] == [True, False, False, True, True, True, True]


def test_of_the_runs_while_something_is_drawn_the_last_one_stays(run: TrainingRun, runs: Runs) -> None:
    train(run, TrainingConfig(epochs=3), 3.0, 2.0, 1.0)
    run.follow(True)
    for noise in (0.1, 0.2, 0.3):
        train(run, replace(ADAM, noise=noise), 3.0, 0.5)
    assert [item.config.noise for item in runs.rows] == [0.3, 0.3] and len(runs.rows) == 2
    run.follow(False)
    train(run, ADAM, 3.0)
    assert [item.epochs for item in runs.rows] == [3, 2, 1]


def test_a_run_is_named_after_what_its_first_epoch_was_made_with(run: TrainingRun, runs: Runs) -> None:
    """The rate was changed before it was trained: its steps have that rate, and the config that they were set up with."""
    run.take_config(TrainingConfig(learning_rate=0.2, n_samples=20, epochs=2))
    shots = list(trained(replace(run.config, learning_rate=0.05)))
    run.reset(History(next(iter(trained(run.config)))))
    assert runs.rows[0].name == "By hand 0.20"
    heard: list[str] = []
    runs.changed.connect(lambda: heard.append(runs.rows[0].name))
    run.set_config(replace(run.config, learning_rate=0.05))
    assert heard == ["By hand 0.05"]
    run.extend([replace(shot, config=replace(run.config, learning_rate=0.2)) for shot in shots[1:]])  # whose rate was dragged
    assert runs.rows[0].name == heard[-1] == "By hand 0.05" and runs.rows[0].config == run.config
    run.set_config(replace(run.config, learning_rate=0.4))
    assert runs.rows[0].name == "By hand 0.05", "from now on it is what it was"


def test_a_change_that_begins_another_run_does_not_rename_the_one_before(run: TrainingRun, runs: Runs) -> None:
    run.take_config(TrainingConfig())
    train(run, TrainingConfig(), state="idle")
    run.set_config(ADAM)
    assert runs.rows[0].name == "By hand 0.10"


def test_a_branch_is_named_after_what_its_first_own_epoch_was_made_with(run: TrainingRun, runs: Runs) -> None:
    config = TrainingConfig(learning_rate=0.05, n_samples=20, epochs=3)
    shots = list(trained(config))
    history = History(shots[0])
    run.take_config(config)
    run.reset(history)
    run.extend(shots[1:])
    opening = runs.rows[0].opening(replace(config, learning_rate=0.2), 2)
    assert opening is not None
    run.take_config(opening.config)
    run.reset(opening.snapshots, opening)
    run.set_config(replace(config, learning_rate=0.4))
    assert runs.rows[1].name == "By hand 0.40 from 2"
    run.extend(list(trained(run.config, start=shots[2]))[:1])
    assert runs.rows[1].name == "By hand 0.40 from 2" and runs.rows[0].name == "By hand 0.05"


def test_a_run_of_a_file_stays_and_takes_no_place_when_the_same_set_up_is_trained_further(run: TrainingRun, runs: Runs) -> None:
    """That of a file has numbers only, so it does not stand for one that can be gone on with, either."""
    train(run, ADAM, 3.0, 2.0)
    mine = runs.rows[0]
    short, long = copy.copy(mine), Run(5, ADAM, copy.copy(mine.numbers), told={1: ADAM})
    short.number, short.told, short.snapshots = 4, {1: ADAM}, None
    runs.add([short, long])
    train(run, TrainingConfig(), 3.0)
    assert runs.rows[:3] == [mine, short, long]
    train(run, ADAM, 3.0, 2.0, 1.0)
    train(run, TrainingConfig(seed=4), 4.0)
    assert runs.rows[:3] == [mine, short, long] and len(runs.rows) == 6


def test_runs_of_earlier_sessions_stand_above_the_others_a_row_for_each(run: TrainingRun, runs: Runs) -> None:
    """Of two alike one went, and the other had its name."""
    train(run, ADAM, 3.0, 2.0)
    mine = runs.rows[0]
    numbers = mine.numbers
    first, again = (
        Run(number, ADAM, copy.copy(numbers), told={1: ADAM}, own_name=name) for number, name in ((0, "first"), (1, ""))
    )
    assert runs.restore([first, again]) == 0
    assert runs.rows == [first, again, mine] and [item.own_name for item in runs.rows] == ["first", "", ""]
    assert [first.number, again.number] == [0, 1] and mine.number == 2, "each has its look"
    train(run, TrainingConfig(), 3.0, 2.0)
    assert runs.rows[:3] == [first, again, mine]
    many = [Run(n, replace(ADAM, seed=100 + n), copy.copy(numbers), told={1: ADAM}) for n in range(60)]
    assert runs.restore(many) == 4 and runs.rows[0] is many[4] and len(runs.rows) == 60


def test_all_runs_are_deleted_and_brought_back_at_once(run: TrainingRun, runs: Runs) -> None:
    for seed in (1, 2, 3):
        train(run, replace(ADAM, seed=seed), 3.0 + seed)
    before = list(runs.rows)
    runs.delete(*runs.rows)
    assert runs.rows == before[2:] and list(runs.deleted) == before[:2]
    run.undo_config()
    assert runs.rows == before and not runs.deleted
    run.redo_config()
    assert runs.rows == before[2:]
    runs.undelete()
    assert runs.rows == before


def test_the_set_ups_of_a_run_of_a_file_that_was_gone_on_with_are_those_of_its_steps() -> None:
    config = TrainingConfig(learning_rate=0.05, n_samples=20, epochs=2)
    shots = list(trained(config))
    history = History(shots[0])
    history.extend(shots[1:])
    item = Run(0, config, told={1: config})
    assert item.configs == {1: config}
    item.snapshots = history
    later = replace(config, learning_rate=0.4, epochs=3)
    history.extend(trained(later, start=shots[2]))
    assert item.configs == {1: config, 3: later}


def test_runs_that_would_be_called_the_same_say_in_what_they_differ(run: TrainingRun, runs: Runs) -> None:
    sgd = TrainingConfig(learning_rate=0.1, optimizer="sgd")
    others = [
        sgd.choosing(model="mlp"),
        sgd.choosing(model="mlp", seed=5),
        replace(sgd, options={"zero_grad": False}),
        replace(sgd, options={"standardise": "x and y"}),
        replace(sgd, code=program_text(sgd)),
        replace(sgd, batch_size=16),
        sgd,
        sgd,
    ]
    for config in (sgd, *others):
        train(run, config, 3.0, 2.0)
    assert [item.name for item in runs.rows] == [
        "SGD 0.10",
        "SGD 0.10 · MLP",
        "SGD 0.10 · MLP, seed 5",
        "SGD 0.10 · no zero_grad",
        "SGD 0.10 · standardised",
        "SGD 0.10 · own code",
        "SGD 0.10 · batch 16",
        "SGD 0.10 · 2",
        "SGD 0.10 · 3",
    ]
    kept = [Run(item.number, item.config, copy.copy(item.numbers), told={1: item.config}) for item in runs.rows]
    again = Runs(TrainingRun())
    again.restore(kept)
    assert [item.name for item in again.rows] == [item.name for item in runs.rows], "as they were called before"


def test_a_name_is_undone(run: TrainingRun, runs: Runs) -> None:
    train(run, ADAM, 3.0)
    first = runs.rows[0]
    runs.rename(first, "mine")
    runs.rename(first, "yours")
    run.undo_config()
    assert first.name == "mine"
    run.undo_config()
    assert first.name == "Adam 0.20"
    run.redo_config()
    assert first.name == "mine"


def test_the_oldest_are_hidden_before_those_that_race_or_were_shown_last(run: TrainingRun, runs: Runs) -> None:
    for seed in range(4):
        train(run, TrainingConfig(seed=seed), 3.0, 2.0 + seed)
    raced = runs.rows[:2]
    numbers = [Opening(item.config, item.snapshots or [], item.numbers) for item in raced]
    racers = [Racer(item.config, item.snapshots, item.numbers) for item in numbers]
    for seed in (5, 6):
        shots = snapshots(TrainingConfig(seed=seed), 3.0, 1.0)
        run.reset(shots[:1], racers=racers)
        run.extend(shots[1:])
    assert [item.shown for item in runs.rows] == [True, True, False, True, True, True]
    assert [item.gave_way for item in runs.rows] == [False, False, True, False, False, False]
    run.race.end()
    assert not runs.racing
    opening = Opening(raced[0].config, raced[0].snapshots or [], raced[0].numbers)
    run.reset(opening.snapshots, opening)
    train(run, TrainingConfig(seed=7), 3.0, 1.5)
    assert raced[0].shown and not raced[1].shown, "what was shown when it began, as a branch does, is drawn beside it"
    runs.show(raced[1], True)
    assert not raced[1].gave_way
