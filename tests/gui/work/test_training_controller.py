"""The training thread: what it trains is what a plain loop trains, whatever is pressed meanwhile."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import gui.work.training.controller as controlling
from engine.training.configs import TrainingConfig, TrainingSnapshot
from gui.session.training_run import TrainingRun
from gui.work.training import thread
from gui.work.training.controller import TrainingController


def one_thread(cancel: object = None) -> bool:
    """In the place of ``engine.warm_up``: quick, and these small tensors on one thread, as there."""
    import torch

    torch.set_num_threads(1)
    return True


@pytest.fixture
def controller(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingController]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    run = TrainingRun()  # kept: it is nobody's child
    made = TrainingController(run)
    made.crashed.connect(lambda text: pytest.fail(text))
    yield made
    made.close()
    assert not controlling._alive


def state(qtbot: QtBot, controller: TrainingController, wanted: str) -> None:
    qtbot.waitUntil(lambda: controller.run.state == wanted, timeout=60_000)


def steps(controller: TrainingController) -> list[int]:
    return [snapshot.step for snapshot in controller.run.snapshots]


def same(first: TrainingSnapshot, second: TrainingSnapshot) -> bool:
    return first.loss == second.loss and all(
        first.parameters[name].tobytes() == second.parameters[name].tobytes() for name in ("w", "b")
    )


def plain(config: TrainingConfig = TrainingConfig()) -> list[TrainingSnapshot]:  # noqa: B008
    from engine.runtime.threads import adopt_thread_count
    from engine.training.training import train

    adopt_thread_count()
    return list(train(config))


def test_prepare_gives_data_surface_and_the_random_start(qtbot: QtBot, controller: TrainingController) -> None:
    assert controller.data is None
    with qtbot.waitSignals([controller.prepared, controller.surface_changed], timeout=60_000):
        controller.prepare()
    assert controller.data is not None and controller.figures is not None and controller.surface is not None
    assert controller.fit is not None and controller.fit.step == 0
    assert steps(controller) == [0]
    assert controller.run.state == "idle"


@pytest.mark.parametrize("speed", [None, 500.0])
def test_a_run_keeps_every_step_and_equals_the_engine(qtbot: QtBot, controller: TrainingController, speed: float | None) -> None:
    controller.set_speed(speed)
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert steps(controller) == list(range(31))
    assert controller.run.state == "finished"
    assert all(same(a, b) for a, b in zip(controller.run.snapshots, plain(), strict=True))


def test_a_long_run_at_full_speed_loses_nothing(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(1500)
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert steps(controller) == list(range(1501))


def test_steps_one_by_one_then_train_on(qtbot: QtBot, controller: TrainingController) -> None:
    for _ in range(3):
        controller.step()
    qtbot.waitUntil(lambda: steps(controller) == [0, 1, 2, 3], timeout=60_000)
    state(qtbot, controller, "paused")
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert all(same(a, b) for a, b in zip(controller.run.snapshots, plain(), strict=True))


def test_pause_rests_and_toggle_goes_on(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(100_000)
    controller.toggle()
    qtbot.waitUntil(lambda: len(steps(controller)) > 20, timeout=60_000)
    controller.toggle()
    state(qtbot, controller, "paused")
    rested = len(steps(controller))
    assert rested < 100_000
    qtbot.wait(60)
    assert len(steps(controller)) == rested
    controller.toggle()
    qtbot.waitUntil(lambda: len(steps(controller)) > rested, timeout=60_000)
    controller.set_epochs(rested + 1)
    qtbot.waitUntil(lambda: controller.run.state == "finished", timeout=60_000)


def test_the_learning_rate_is_live(qtbot: QtBot, controller: TrainingController) -> None:
    controller.step()
    qtbot.waitUntil(lambda: steps(controller) == [0, 1], timeout=60_000)
    controller.set_learning_rate(0.25)
    controller.step()
    qtbot.waitUntil(lambda: steps(controller) == [0, 1, 2], timeout=60_000)
    rates = [snapshot.learning_rate for snapshot in controller.run.snapshots]
    assert rates == [0.1, 0.1, 0.25]
    assert controller.run.config.learning_rate == 0.25


def test_train_after_the_end_starts_over_unless_there_are_more_epochs(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(5)
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    controller.step()
    controller.set_epochs(9)
    assert controller.run.state == "paused"
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert steps(controller) == list(range(10))
    start = controller.run.snapshots[0]
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert steps(controller) == list(range(10))
    assert controller.run.snapshots[0] is not start
    assert same(controller.run.snapshots[0], start)


def test_reset_and_seed_in_the_middle_of_a_run(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(100_000)
    controller.train()
    qtbot.waitUntil(lambda: len(steps(controller)) > 20, timeout=60_000)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.reset()
    assert steps(controller) == [0]
    first = controller.run.snapshots[0]
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.set_seed(11)
    assert not same(first, controller.run.snapshots[0])
    qtbot.wait(60)
    assert steps(controller) == [0] and controller.run.state == "idle"


def test_a_diverging_run_says_so(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_learning_rate(1.5)
    controller.set_epochs(300)
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert controller.run.state == "diverged"
    assert math.isnan(controller.run.latest.loss)
    assert controller.run.numbers.diverges


def test_close_at_any_time(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(100_000)
    controller.set_speed(1.0)
    controller.train()
    qtbot.waitUntil(lambda: len(steps(controller)) >= 1, timeout=60_000)
    controller.close()
    assert not controlling._alive
    controller.close()
    controller.train()
    controller.reset()
    controller.step()
    assert not controlling._alive


def test_a_crash_is_reported_and_reset_recovers(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", lambda cancel=None: 1 / 0)
    run = TrainingRun()
    controller = TrainingController(run)
    with qtbot.waitSignal(controller.crashed, timeout=60_000) as crash:
        controller.train()
    assert "ZeroDivisionError" in crash.args[0] and run.state == "idle"
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.reset()
    controller.close()
    assert not controlling._alive


def test_the_next_epoch_is_waited_for_only_while_something_will_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was read twice: where the epoch came due between the two, with its mail taken, the run stood still for good."""
    now = count(0.0, 0.03)
    monkeypatch.setattr(thread, "time", SimpleNamespace(perf_counter=lambda: next(now)))
    waits: list[float | None] = []
    desk = thread.Desk()
    monkeypatch.setattr(desk.changed, "wait", waits.append)
    worker = thread.TrainingThread(desk)
    monkeypatch.setattr(worker, "_advance", lambda due: None)
    worker._next = -1.0
    for _ in range(3):
        worker._pace(20.0, desk.ticket)
    assert waits and None not in waits


def test_what_torch_refuses_to_compute_ends_the_run_and_not_the_worker(qtbot: QtBot, controller: TrainingController) -> None:
    config = TrainingConfig(
        data="sine", optimizer="lbfgs", learning_rate=1e30, n_samples=20, epochs=5, options={"line_search": "strong_wolfe"}
    )
    controller.run.set_config(config)
    controller.train()
    qtbot.waitUntil(lambda: controller.run.own_code.problem is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not controller.run.running, timeout=60_000)
    controller.run.set_config(replace(config, learning_rate=1.0))
    controller.reset()
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert controller.run.own_code.problem is None


def test_speed_must_be_positive(controller: TrainingController) -> None:
    with pytest.raises(ValueError, match="speed must be greater than 0"):
        controller.set_speed(0.0)


def test_importing_the_worker_imports_no_torch() -> None:
    modules = "gui.work.training.controller, gui.panels.training.panel"
    code = f"import sys, {modules}; print({{'torch', 'sklearn', 'pyqtgraph'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


MINI_BATCHES = TrainingConfig(
    n_samples=60, epochs=6, optimizer="adam", batch_size=16, learning_rate=0.05, options={"validation": 0.2, "clip": 5.0}
)
NETWORK = TrainingConfig(
    data="moons", model="mlp", loss="cross_entropy", optimizer="adamw", n_samples=50, epochs=4, options={"width": 4}
)


@pytest.mark.parametrize(
    "config", [MINI_BATCHES, NETWORK, TrainingConfig(data="sine", model="polynomial", n_samples=40, epochs=3)]
)
def test_any_config_trains_as_the_engine_does(qtbot: QtBot, controller: TrainingController, config: TrainingConfig) -> None:
    controller.run.set_config(config)
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    whole = plain(config)
    assert [shot.loss for shot in controller.run.snapshots] == [shot.loss for shot in whole]
    assert np.array_equal(controller.run.numbers.validation, [shot.validation or math.nan for shot in whole], equal_nan=True)
    last = controller.run.latest
    assert last is not None
    assert all(last.parameters[name].tobytes() == array.tobytes() for name, array in whole[-1].parameters.items())


def test_a_stop_rule_ends_the_run(qtbot: QtBot, controller: TrainingController) -> None:
    controller.run.set_config(TrainingConfig(epochs=5000, options={"tolerance": 1e-3}))
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert controller.run.stopped == "tolerance" and controller.run.state == "finished" and controller.run.made < 100
    controller.set_epochs(6000)
    assert controller.run.state == "finished", "more epochs do not lead on where a rule has stopped it"


def test_what_acts_at_once_goes_on_and_is_kept_so_that_it_can_be_replayed(qtbot: QtBot, controller: TrainingController) -> None:
    run = controller.run
    run.set_config(MINI_BATCHES.choosing(epochs=9))
    changes = [
        replace(run.config, learning_rate=0.2),
        run.config.choosing(options={"clip": 0.5}),
        run.config.choosing(options={"schedule": "step", "decay_every": 2, "beta1": 0.5, "zero_grad": False}),
    ]
    made = 0
    for config in changes:
        for _ in range(3):
            controller.step()
        made += 3
        qtbot.waitUntil(lambda made=made: run.made == made, timeout=60_000)
        run.set_config(config)
    assert run.made == 9 and run.snapshots[4].config != run.snapshots[7].config
    from engine.training.training import step_from

    for step in range(1, 10):
        shown = run.snapshots[step]
        assert shown.config is not None
        again = step_from(shown.config, run.snapshots[step - 1], learning_rate=shown.learning_rate)
        assert again.loss == shown.loss
        assert all(again.parameters[name].tobytes() == array.tobytes() for name, array in shown.parameters.items())


def test_another_choice_begins_another_run(qtbot: QtBot, controller: TrainingController) -> None:
    controller.step()
    qtbot.waitUntil(lambda: steps(controller) == [0, 1], timeout=60_000)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.run.set_config(controller.run.config.choosing(optimizer="adam"))
    assert steps(controller) == [0] and controller.run.state == "idle"
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.run.undo_config()
    assert controller.run.config.optimizer == "gd"


def test_a_config_whose_file_is_not_there_is_refused_and_the_next_one_trains(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    run = controller.run
    controller.prepare()
    qtbot.waitUntil(lambda: steps(controller) == [0], timeout=60_000)
    run.set_config(TrainingConfig(data="file", options={"path": str(tmp_path / "gone.csv")}))
    qtbot.waitUntil(lambda: bool(run.refused), timeout=60_000)
    assert "gone.csv" in run.refused and "Choose the file anew" in run.refused
    controller.train()
    qtbot.waitUntil(lambda: not run.running, timeout=60_000)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        run.undo_config()
    assert run.refused == ""
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.train()
    assert run.made == 30


def test_fast_training_has_fewer_frames(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(100_000)
    controller.train()
    qtbot.waitUntil(lambda: controller._frame.interval() >= controlling.FAST_FRAME, timeout=60_000)
    controller.set_speed(20.0)
    qtbot.waitUntil(lambda: controller._frame.interval() < controlling.FAST_FRAME, timeout=60_000)
    controller.pause()
    state(qtbot, controller, "paused")
    assert len(controller.run.snapshots) == len(controller.run.numbers) == controller.run.made + 1


def test_a_run_that_follows_a_drag_is_shown_trained_and_is_the_plain_one(
    qtbot: QtBot, controller: TrainingController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "AHEAD", 60.0)
    controller.set_speed(5.0)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.prepare()
    run, shown = controller.run, list[int]()
    run.follow(True)
    controller.prepared.connect(lambda: shown.append(run.made))
    config = run.config.choosing(data="points", options={"points": ((0.0, 1.0), (1.0, 3.0), (2.0, 4.5))})
    run.set_config(config)
    state(qtbot, controller, "finished")
    assert shown == [30], "with its first picture it is trained, at any speed"
    assert all(map(same, run.snapshots, plain(config)))
    controller.reset()
    state(qtbot, controller, "idle")
    qtbot.waitUntil(lambda: steps(controller) == [0], timeout=60_000)


def test_a_long_run_that_follows_a_drag_goes_on_after_it_is_shown(qtbot: QtBot, controller: TrainingController) -> None:
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.prepare()
    run = controller.run
    run.follow(True)
    config = replace(run.config, epochs=3000, seed=7)
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        run.set_config(config)
    assert 0 < run.made < 3000 and run.running
    state(qtbot, controller, "finished")
    assert run.made == 3000 and all(map(same, run.snapshots, plain(config)))
