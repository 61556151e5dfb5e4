"""A race in the window: all go on together epoch by epoch, each exactly as alone; what a person does then acts on all of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from engine.training.history import History
from gui.session.runs import Run
from gui.window.main_window import MainWindow
from tests.gui.window.test_laboratory import lab

__all__ = ["lab"]

WAIT = 60_000
BASE = {"n_samples": 60, "epochs": 30, "options": {"validation": 0.2}}


def configs(epochs: int = 30, *rates: float) -> list[TrainingConfig]:
    rates = rates or (0.2, 0.05, 0.2)
    names = ("sgd", "momentum", "adam")
    base = {**BASE, "epochs": epochs}
    return [TrainingConfig(optimizer=name, learning_rate=rate, **base) for name, rate in zip(names, rates, strict=True)]


def begin(qtbot: QtBot, lab: MainWindow, these: Sequence[TrainingConfig]) -> list[Run]:
    """All of them, once each has made an epoch."""
    lab.runs_panel.race_wanted.emit(list(these))
    runs = lab.session.runs
    qtbot.waitUntil(lambda: len(runs.racing) == len(these) and all(run.epochs for run in runs.racing), timeout=WAIT)
    return list(runs.racing)


def exact(run: Run, config: TrainingConfig) -> None:
    """All of ``run`` is what the engine makes of ``config`` alone."""
    alone = list(engine.train(config))
    assert run.numbers.loss[1:].tolist() == [shot.loss for shot in alone[1:]]
    assert isinstance(run.snapshots, History) and len(run.snapshots) == len(alone)
    for step, (own, other) in enumerate(zip(run.snapshots, alone, strict=True)):
        assert {name: array.tobytes() for name, array in own.parameters.items()} == {
            name: array.tobytes() for name, array in other.parameters.items()
        }, step
        assert repr(own.optimizer_state) == repr(other.optimizer_state), step
        assert own.random_state == other.random_state, step


def test_they_go_on_together_and_each_is_as_it_is_alone(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(20.0)
    steps: list[tuple[int, ...]] = []
    states: list[tuple[str, ...]] = []
    said: list[str] = []

    def note() -> None:
        steps.append(tuple(run.epochs for run in lab.session.runs.racing))
        states.append(tuple(run.state for run in lab.session.runs.racing))
        said.append(lab.training.said.message()[0])

    these = configs(8)
    begin(qtbot, lab, these)
    lab.session.run.changed.connect(note)
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    assert steps and all(len(set(step)) == 1 for step in steps), "epoch k of every run, then k + 1"
    assert ("running",) * 3 in states and "racing 3 runs, epoch 5 of 8" in said
    rows = lab.session.runs.rows
    assert [(run.name, run.epochs, run.state) for run in rows] == [
        ("SGD 0.20", 8, "done"),
        ("Momentum 0.05", 8, "done"),
        ("Adam 0.20", 8, "done"),
    ]
    assert " won: it reached the lowest validation loss, " in lab.runs_panel.said
    for run, config in zip(rows, these, strict=True):
        exact(run, config)


@pytest.mark.parametrize("speed", [200.0, None])
def test_at_other_speeds_too_with_batches_and_in_lockstep(qtbot: QtBot, lab: MainWindow, speed: float | None) -> None:
    lab.controller.set_speed(speed)
    base = {"n_samples": 60, "epochs": 120, "batch_size": 16, "data": "moons", "model": "mlp", "loss": "cross_entropy"}
    these = [TrainingConfig(optimizer=name, learning_rate=0.05, **base) for name in ("adam", "rmsprop", "sgd")]
    seen: list[set[int]] = []
    lab.session.run.changed.connect(lambda: seen.append({run.epochs for run in lab.session.runs.racing}))
    lab.runs_panel.race_wanted.emit(these)
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    assert seen and all(len(epochs) <= 1 for epochs in seen)
    for run, config in zip(lab.session.runs.rows, these, strict=True):
        exact(run, config)


def test_all_of_it_pauses_steps_and_goes_on(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(200.0)
    these = configs(60)
    racing = begin(qtbot, lab, these)
    lab.controller.pause()
    qtbot.waitUntil(lambda: not lab.session.run.running, timeout=WAIT)
    (epoch,) = {run.epochs for run in racing}
    assert [run.state for run in racing] == ["paused"] * 3 and lab.laboratory.race.goes_on
    assert lab.training.said.message()[0] == f"race of 3 runs, paused at epoch {epoch} of 60"
    lab.controller.step()
    qtbot.waitUntil(lambda: {run.epochs for run in racing} == {epoch + 1}, timeout=WAIT)
    qtbot.waitUntil(lambda: not lab.session.run.running, timeout=WAIT)
    lab.session.run.set_epoch(2)
    assert lab.training.loss is None or [run.step(2) for run in lab.training.overlay.runs] == [2, 2]
    lab.session.run.set_epoch(None)
    lab.training.controls.going_on.toggle()
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    for run, config in zip(racing, these, strict=True):
        exact(run, config)


def test_one_that_meets_its_stop_rule_drops_out_and_the_others_go_on(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(None)
    base = {**BASE, "epochs": 40, "options": {"divergence": 100.0}}
    these = [TrainingConfig(optimizer=name, learning_rate=rate, **base) for name, rate in (("sgd", 50.0), ("adam", 0.2))]
    lab.runs_panel.race_wanted.emit(these)
    qtbot.waitUntil(lambda: lab.session.runs.rows[-1].state == "done", timeout=WAIT)
    sgd, adam = lab.session.runs.rows
    assert sgd.state == "diverged" and sgd.epochs < 40 == adam.epochs
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    exact(adam, these[1])


def test_reset_begins_all_of_them_anew_and_is_undone(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(200.0)
    racing = begin(qtbot, lab, configs(500))
    lab.training.controls.going_on.reset()
    qtbot.waitUntil(lambda: len(lab.session.runs.rows) == 6, timeout=WAIT)
    again = list(lab.session.runs.racing)
    assert [run.config for run in again] == [run.config for run in racing] and not any(run.epochs for run in again)
    assert [run.state for run in again] == ["waiting"] * 3 and all(run.state == "paused" for run in racing)
    lab.session.run.undo_config()
    qtbot.waitUntil(lambda: list(lab.session.runs.racing) == racing, timeout=WAIT)
    assert lab.session.runs.rows == racing, "those without an epoch are gone"
    before = racing[1].epochs
    lab.training.controls.going_on.toggle()
    qtbot.waitUntil(lambda: all(run.epochs > before for run in racing), timeout=WAIT)
    lab.controller.pause()
    qtbot.waitUntil(lambda: not lab.session.run.running, timeout=WAIT)


def test_another_one_can_be_shown_on_the_way_and_knobs_act_on_it(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(200.0)
    these = configs(120)
    sgd, momentum, adam = begin(qtbot, lab, these)
    lab.runs_panel.show_run(adam)
    qtbot.waitUntil(lambda: lab.session.runs.current is adam, timeout=WAIT)
    assert lab.session.run.running and set(lab.session.runs.racing) == {sgd, momentum, adam}
    assert lab.session.run.config.optimizer == "adam"
    lab.controller.set_learning_rate(0.01)
    qtbot.waitUntil(lambda: bool(adam.changes), timeout=WAIT)
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    assert {run.epochs for run in (sgd, momentum, adam)} == {120} and not sgd.changes and not momentum.changes
    exact(sgd, these[0])
    exact(momentum, these[1])
    assert adam.snapshots is not None and adam.snapshots[120].learning_rate == 0.01


def test_more_epochs_are_more_for_all(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(200.0)
    these = configs(40)
    begin(qtbot, lab, these)
    lab.controller.set_epochs(50)
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    for run, config in zip(lab.session.runs.rows, configs(50), strict=True):
        exact(run, config)


def test_a_racing_run_is_not_deleted_and_closing_keeps_what_was_trained(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(20.0)
    racing = begin(qtbot, lab, configs(3000))
    lab.session.runs.delete(racing[1])
    lab.runs_panel._tell_deleted()
    assert racing[1] in lab.session.runs.rows and "once their race is over" in lab.runs_panel.said
    lab.controller.close()
    assert all(run.epochs for run in racing)


def test_the_plots_grow_with_all_of_them(qtbot: QtBot, lab: MainWindow) -> None:
    lab.controller.set_speed(20.0)
    begin(qtbot, lab, configs(3000))
    overlay = lab.training.overlay
    qtbot.waitUntil(lambda: len(overlay.runs) == 2 and overlay.runs[0].last > 3, timeout=WAIT)
    assert {run.last for run in overlay.runs} == {lab.session.run.made}, "they stand at one epoch"
    qtbot.waitUntil(lambda: all(run.fit is not None and run.fit.step == run.last for run in overlay.runs), timeout=WAIT)
    lab.controller.pause()
    qtbot.waitUntil(lambda: not lab.session.run.running, timeout=WAIT)
