"""Any epoch of a run in the window opens into operations that end at the run's own next snapshot, to the last bit."""

from __future__ import annotations

import functools
import random
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.recording import Recording
from engine.training.configs import TrainingConfig
from engine.training.history import History
from engine.training.training import train
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened


def newest(recording: Recording) -> dict[str, bytes]:
    """The last value of each variable, by its name."""
    found = {}
    for value in recording.values:
        name = recording.variables[value.variable].name
        if name is not None and value.data.array is not None:
            found[name] = value.data.array.tobytes()
    return found


def trained(qtbot: QtBot, opened: Opened, config: TrainingConfig) -> MainWindow:
    """The window in Train, after all epochs of ``config``."""
    window = opened.with_graph()
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.controller.data is not None, timeout=60_000)
    window.controller.set_speed(None)
    window.session.run.set_config(config)
    with qtbot.waitSignal(window.controller.finished, timeout=120_000):
        window.controller.train()
    assert window.session.run.made == config.epochs
    return window


def go(qtbot: QtBot, window: MainWindow, epoch: int) -> Recording:
    """Open ``epoch`` as a drag of the cursor does, and wait until its operations are shown."""
    run = window.session.run
    over = window.training.over_epochs
    assert over is not None
    over.cursor_over[over.loss].epoch_wanted.emit(epoch)
    qtbot.waitUntil(lambda: run.shown_step == epoch == run.recorded_step, timeout=60_000)
    recording = window.session.recording
    assert recording is not None
    return recording


def assert_exact(window: MainWindow, recording: Recording, epoch: int) -> None:
    run = window.session.run
    found = newest(recording)
    for name, array in run.snapshots[epoch].parameters.items():
        assert found[name] == array.tobytes(), (epoch, name)


def test_a_thousand_epochs_of_mini_batch_adam_back_and_forth(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of them are not kept: they are computed again, and what the plots show of them is that of the run itself."""
    monkeypatch.setattr("engine.training.history.History", functools.partial(History, most_bytes=200_000))
    config = TrainingConfig(optimizer="adam", batch_size=32, n_samples=100, epochs=1000, learning_rate=0.01)
    window = trained(qtbot, opened, config)
    run = window.session.run
    plain = list(train(config))
    assert run.numbers.loss.tolist()[1:] == [shot.loss for shot in plain[1:]]
    assert len(run.snapshots._kept) < 200  # type: ignore[attr-defined]
    for epoch in (1000, 1, 999, 2, 500, 501, 500, *random.Random(3).sample(range(1, 1001), 12)):
        recording = go(qtbot, window, epoch)
        assert len(recording.passes) == 4
        assert_exact(window, recording, epoch)
        assert all(
            np.array_equal(run.snapshots[epoch].parameters[name], plain[epoch].parameters[name]) for name in plain[0].parameters
        )
        qtbot.waitUntil(lambda: window.controller.fit is not None and window.controller.fit.step == epoch, timeout=30_000)  # noqa: B023
        fit, series = window.controller.fit, window.training._series
        assert fit is not None
        assert (float(series.w[-1]), float(series.b[-1])) == tuple(plain[epoch].parameters[name].item() for name in "wb")
        gradients = run.numbers.traces.gradients(1001)[epoch].tolist()
        assert gradients == [plain[epoch].gradients[name].item() for name in "wb"]
        assert fit.gradient_norms["b"] == pytest.approx(abs(plain[epoch].gradients["b"].item()))
    assert opened.crashes == []


@pytest.mark.parametrize(
    "choices",
    [
        {"n_samples": 100_000, "optimizer": "momentum"},
        {"n_samples": 20_000, "batch_size": 5_000, "optimizer": "rmsprop"},
        {
            "data": "moons",
            "model": "mlp",
            "loss": "cross_entropy",
            "optimizer": "adamw",
            "batch_size": 500,
            "options": {"layers": 2},
        },
        {"optimizer": "lbfgs", "options": {"max_iter": 3}},
    ],
    ids=["all rows", "batches", "network", "lbfgs"],
)
def test_so_it_is_however_the_run_is_made(qtbot: QtBot, opened: Opened, choices: dict[str, Any]) -> None:
    window = trained(qtbot, opened, TrainingConfig(epochs=5, learning_rate=0.05, **choices))
    for epoch in (5, 1, 3, 4, 2):
        assert_exact(window, go(qtbot, window, epoch), epoch)
    assert opened.crashes == []
