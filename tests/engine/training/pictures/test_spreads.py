"""The distribution of a tensor over the epochs: its order statistics, from the run's own snapshots."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import Cancelled
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.pictures.spreads import Distributed, Spreads
from engine.training.training import train


@pytest.fixture(scope="module")
def run() -> list[TrainingSnapshot]:
    config = TrainingConfig(data="moons", model="mlp", loss="cross_entropy", optimizer="adam", batch_size=300, epochs=8)
    return list(train(config))


def by_sorting(numbers: np.ndarray) -> list[float]:
    """Least, quartiles and greatest, linear between the two numbers that lie around each."""
    order = sorted(map(float, numbers.ravel()))
    found = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        place = share * (len(order) - 1)
        below, rest = int(place), place - int(place)
        found.append(order[below] + rest * (order[min(below + 1, len(order) - 1)] - order[below]))
    return found


@pytest.mark.parametrize("gradient", [False, True])
def test_least_quartiles_and_greatest_are_those_of_each_snapshot(run: list[TrainingSnapshot], gradient: bool) -> None:
    for name in ("0.weight", "0.bias", "2.weight"):
        spread = Spreads().spread(Distributed(name, gradient), run)
        first = 1 if gradient else 0
        assert spread.steps.tolist() == list(range(first, 9)) and spread.every and spread.last == 8
        assert spread.size == run[0].parameters[name].size
        for step, line in zip(spread.steps.tolist(), spread.lines.tolist(), strict=True):
            numbers = (run[step].gradients if gradient else run[step].parameters)[name]
            assert line == pytest.approx(by_sorting(numbers), rel=1e-12)


def test_epochs_between_those_that_were_looked_at_are_told(run: list[TrainingSnapshot]) -> None:
    spread = Spreads().spread(Distributed("0.weight"), [run[0], run[4], run[8]])
    assert not spread.every and (spread.at(4), spread.at(5)) == (1, None)


def test_where_numbers_are_not_finite_there_is_no_distribution() -> None:
    shots = [
        TrainingSnapshot(step, None, {"w": np.array([1.0, bad, 3.0], np.float32)})
        for step, bad in enumerate([2, np.inf, np.nan, 5])
    ]
    lines = Spreads().spread(Distributed("w"), shots).lines
    assert np.isfinite(lines).all(axis=1).tolist() == [True, False, False, True]
    nothing = Spreads().spread(Distributed("absent"), shots)
    assert nothing.lines.shape == (0, 5) and nothing.last == 3


def test_what_was_cancelled_goes_on_where_it_was(run: list[TrainingSnapshot]) -> None:
    spreads, calls = Spreads(), 0

    def after_three() -> bool:
        nonlocal calls
        calls += 1
        return calls > 3

    with pytest.raises(Cancelled):
        spreads.spread(Distributed("0.weight"), run, after_three)
    calls = -3
    spread = spreads.spread(Distributed("0.weight"), run, after_three)
    assert len(spread.steps) == 9, "three of nine epochs had been looked at before"
    assert np.array_equal(spread.lines, Spreads().spread(Distributed("0.weight"), run).lines)
