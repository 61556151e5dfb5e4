"""Who won a race is said with the number it is judged by; and the button that adds a run is inked by a new set-up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.training.configs import TrainingConfig, TrainingSnapshot
from gui.panels.runs.panel import RunsPanel
from gui.panels.runs.told.winner import verdict
from gui.session.run_numbers import RunNumbers
from gui.session.runs import Run
from tests.gui.panels.runs.test_runs_panel import panel
from tests.gui.session.test_runs import snapshots, train

__all__ = ["panel"]

NONE = float("nan")


def run(optimizer: str, *losses: float, aside: float = NONE, state: str = "done") -> Run:
    made = Run(0, TrainingConfig(optimizer=optimizer), state=state)
    values = {"w": np.zeros((1, 1), np.float32), "b": np.zeros(1, np.float32)}
    validation = None if aside != aside else aside
    made.numbers = RunNumbers()
    made.numbers.start([TrainingSnapshot(step, loss, values, validation=validation) for step, loss in enumerate((None, *losses))])
    return made


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (
            [run("sgd", 2.0, 0.5), run("adam", 2.0, 0.0877), run("momentum", 2.0, 0.3)],
            "Adam 0.10 won: it reached the lowest training loss, 0.0877 after 2 epochs; Momentum 0.10 is second with 0.300.",
        ),
        (
            [run("sgd", 0.1, aside=0.4), run("adam", 0.2, aside=0.25)],
            "Adam 0.10 won: it reached the lowest validation loss, 0.250 after 1 epoch; SGD 0.10 is second with 0.400.",
        ),
        (
            [run("sgd", 0.123442), run("adam", 0.123441)],
            "Adam 0.10 and SGD 0.10 are equal: training loss 0.1234 after 1 epoch.",
        ),
        (
            [run("sgd", 0.0462022), run("momentum", 0.04620221), run("adam", 0.0463)],
            "SGD 0.10 and Momentum 0.10 are equal: training loss 0.0462 after 1 epoch.",
        ),
        (
            [run("sgd", 0.0462), run("adam", 0.04618)],
            "Adam 0.10 won: it reached the lowest training loss, 0.04618 after 1 epoch; SGD 0.10 is second with 0.04620.",
        ),
        (
            [run("sgd", 0.5), run("adam", 0.5), run("momentum", 0.7)],
            "SGD 0.10 and Adam 0.10 are equal: training loss 0.500 after 1 epoch.",
        ),
        (
            [run("sgd", 2.0, float("inf"), NONE, state="diverged"), run("adam", 2.0, 1.0, 0.5)],
            "Adam 0.10 won: it reached the lowest training loss, 0.500 after 3 epochs. SGD 0.10 diverged in epoch 2.",
        ),
        (
            [run("sgd", 9.0, float("inf"), state="diverged"), run("adam", 9.0, NONE, state="diverged")],
            "Nobody won the race. SGD 0.10 (epoch 2) and Adam 0.10 (epoch 2) diverged.",
        ),
        ([run("sgd", 2.0, 0.1)], ""),
    ],
)
def test_the_lowest_loss_at_the_end_wins_and_ties_and_losers_are_told(runs: list[Run], said: str) -> None:
    assert verdict(runs) == said


def test_a_race_is_told_below_the_table(panel: RunsPanel) -> None:
    panel._runs.raced.emit([run("sgd", 2.0, 0.5), run("adam", 2.0, 0.1)])
    assert panel._said.text().startswith("Adam 0.10 won") and panel._foot.isVisible()


def test_what_was_said_of_the_runs_goes_once_another_one_is_trained(panel: RunsPanel) -> None:
    panel.race.begun.emit((("sgd", 0.1), ("adam", 0.1)))
    panel._run.set_state("paused")
    panel._runs.raced.emit([run("sgd", 2.0, 0.5), run("adam", 2.0, 0.1)])
    assert panel._said.text()
    panel._run.set_state("running")
    assert not panel._said.text()
    panel._run.set_state("paused")
    panel.say("There is no epoch to branch from yet: train first.")
    panel._run.set_state("running")
    assert not panel._said.text()
    panel._run.set_state("paused")
    panel.say("SGD was deleted.", undo=True)
    panel._run.set_state("running")
    assert panel._said.text(), "a deletion can still be undone"


def test_the_button_that_adds_a_run_is_inked_as_soon_as_the_set_up_differs_from_every_run(panel: RunsPanel) -> None:
    session_run, button = panel._run, panel.again
    session_run.set_config(TrainingConfig(epochs=2))
    assert button.property("kind") == "normal"
    usual = button.toolTip()
    session_run.set_config(TrainingConfig(epochs=9))
    assert button.property("kind") == "normal", "how long it is trained makes no other run"
    session_run.set_config(replace(session_run.config, learning_rate=0.3))
    assert button.property("kind") == "primary" and "differs" in button.toolTip()
    session_run.undo_config()
    assert button.property("kind") == "normal" and button.toolTip() == usual
    session_run.set_config(TrainingConfig(optimizer="rmsprop"))
    assert button.property("kind") == "primary"
    session_run.set_state("idle")
    session_run.reset(snapshots(TrainingConfig(optimizer="rmsprop")))
    assert button.property("kind") == "primary", "it is not trained yet"
    session_run.set_state("running")
    assert button.property("kind") == "normal", "it is being trained, though it has no epoch yet"
    train(session_run, TrainingConfig(optimizer="rmsprop"), 3.0, 1.0)
    assert button.property("kind") == "normal", "it is a run now"
