"""What the training thread computes of the epoch that is looked at: exact for each, also of snapshots that were let go."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.history import History
from engine.training.pictures.spreads import SHARES, Distributed
from engine.training.training import train
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController
from tests.gui.work.test_training_controller import one_thread

CONFIG = TrainingConfig(
    data="moons", model="mlp", loss="cross_entropy", optimizer="adam", n_samples=60, batch_size=20, epochs=900, learning_rate=0.01
)


@pytest.fixture
def controller(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingController]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    monkeypatch.setattr("engine.training.history.History", functools.partial(History, most_bytes=1_000_000))
    run = TrainingRun()
    run.config = CONFIG
    made = TrainingController(run)
    made.crashed.connect(lambda text: pytest.fail(text))
    yield made
    made.close()


def test_place_and_distribution_are_those_of_the_epoch_that_is_looked_at(qtbot: QtBot, controller: TrainingController) -> None:
    """On the surface a large model's run stood at the last of some two hundred epochs before the one that was looked at."""
    what = Distributed("0.weight")
    with qtbot.waitSignal(controller.prepared, timeout=60_000):
        controller.prepare()
    controller.look(spread=what)
    controller.train()
    qtbot.waitUntil(lambda: controller.spread is not None and controller.spread.last < 900, timeout=60_000)
    qtbot.waitUntil(lambda: controller.run.state == "finished", timeout=120_000)
    plain = list(train(CONFIG))
    assert len(controller.run.snapshots._kept) < 300  # type: ignore[attr-defined]
    for epoch in (900, 1, 555, 556, 123):
        controller.look(step=None if epoch == 900 else epoch)
        qtbot.waitUntil(
            lambda: controller.spread is not None and controller.spread.at(epoch) is not None and controller.spread.last == 900,  # noqa: B023
            timeout=30_000,
        )
        qtbot.waitUntil(lambda: controller.fit is not None and controller.fit.step == epoch, timeout=30_000)  # noqa: B023
        qtbot.waitUntil(lambda: any(place[0] == epoch for place in controller.places), timeout=30_000)  # noqa: B023
        spread, surface = controller.spread, controller.surface
        assert spread is not None and surface is not None
        row = spread.at(epoch)
        assert np.array_equal(spread.lines[row], np.quantile(plain[epoch].parameters["0.weight"].astype(np.float64), SHARES))
        place = next(place for place in controller.places if place[0] == epoch)
        assert place == tuple(surface.places([plain[epoch]])[0])
    assert [place[0] for place in controller.places] == sorted({place[0] for place in controller.places})
    for step, line in zip(spread.steps.tolist(), spread.lines, strict=True):
        assert np.array_equal(line, np.quantile(plain[step].parameters["0.weight"].astype(np.float64), SHARES))
