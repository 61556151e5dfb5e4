"""The training thread: what it trains is what a plain loop trains, whatever is pressed meanwhile."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from pytestqt.qtbot import QtBot

import gui.work.training_worker as training_worker
from engine.training.configs import TrainingConfig, TrainingSnapshot
from gui.session.training_run import TrainingRun
from gui.work.training_worker import TrainingController


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
    assert not training_worker._alive


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
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.prepare()
    assert controller.data is not None and controller.surface is not None
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
    assert controller.run.diverges


def test_close_at_any_time(qtbot: QtBot, controller: TrainingController) -> None:
    controller.set_epochs(100_000)
    controller.set_speed(1.0)
    controller.train()
    qtbot.waitUntil(lambda: len(steps(controller)) >= 1, timeout=60_000)
    controller.close()
    assert not training_worker._alive
    controller.close()
    controller.train()
    controller.reset()
    controller.step()
    assert not training_worker._alive


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
    assert not training_worker._alive


def test_speed_must_be_positive(controller: TrainingController) -> None:
    with pytest.raises(ValueError, match="speed must be greater than 0"):
        controller.set_speed(0.0)


def test_importing_the_worker_imports_no_torch() -> None:
    modules = "gui.work.training_worker, gui.panels.training.panel"
    code = f"import sys, {modules}; print({{'torch', 'sklearn', 'pyqtgraph'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
