"""Long rows in few points: no least or greatest number is lost, and all are drawn where there is room."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.configs import Stretch, TrainingSnapshot
from engine.training.pictures import thinned
from engine.training.pictures.thinned import BLOCK, Thinned
from engine.training.pictures.traces import RunTraces

DRAW = np.random.default_rng(0)


def row(count: int) -> np.ndarray:
    made = DRAW.normal(size=count)
    made[DRAW.integers(0, count, count // 50)] = np.nan
    made[: count // 10] += np.linspace(9, 0, count // 10)
    made[count // 2 : count // 2 + 3 * BLOCK] = np.inf
    return made


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("view", [(-5.0, 2e5), (300.5, 90_000.2), (7e4, 7.4e4), (20_000.0, 20_050.0), (150_000.0, 2e5)])
def test_each_column_has_its_least_and_its_greatest(view: tuple[float, float], positive: bool) -> None:
    numbers = row(130_007)
    ends, columns = (1, 120_003), 200
    places, size = Thinned(positive=positive).places(numbers, ends, view, columns)
    first, last = thinned.seen(*ends, view)
    place = np.isfinite(numbers) & (numbers > 0) if positive else np.isfinite(numbers)
    assert (np.diff(places) > 0).all() and place[places].all() and len(places) <= max(4 * columns, 2 * columns + 4 * 2)
    assert (size == 1) == (last - first <= 4 * columns)
    for begin in range(first - first % size, last, size):
        seen = np.arange(max(first, begin), min(last, begin + size))
        seen = seen[place[seen]]
        if len(seen):
            drawn = numbers[np.intersect1d(places, seen)]
            assert drawn.min() == numbers[seen].min() and drawn.max() == numbers[seen].max()
            assert size > 1 or len(drawn) == len(seen)


def test_a_row_that_grows_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn of its beginning comes from the same blocks; only new ones are looked at."""
    numbers, looked, known = row(60_000), list[int](), Thinned()
    look_at = known._look_at

    def counted(row: np.ndarray, first: int, last: int) -> None:
        looked.append(last - first)
        look_at(row, first, last)

    monkeypatch.setattr(known, "_look_at", counted)
    for count in (20_000, 40_000, 40_010, 60_000, 30_000):
        found = known.places(numbers[:count], (1, count), (0.0, 1e6), 60)
        assert np.array_equal(found[0], Thinned().places(numbers[:count].copy(), (1, count), (0.0, 1e6), 60)[0])
        finite = numbers[1:count][np.isfinite(numbers[1:count])]
        assert known.extent(numbers[:count], 1, count) == (finite.min(), finite.max())
    assert sum(looked) == 60_000 // BLOCK


def test_a_number_that_becomes_known_is_drawn() -> None:
    numbers, known = np.full(50_000, np.nan), Thinned()
    numbers[::40] = 1.0
    assert known.extent(numbers, 0, len(numbers)) == (1.0, 1.0)
    numbers[20_001] = 7.0
    known.changed(20_001)
    assert known.extent(numbers, 0, len(numbers)) == (1.0, 7.0)
    assert 20_001 in known.places(numbers, (0, len(numbers)), (0.0, 5e4), 60)[0]


def test_nothing_finite_is_nothing_drawn() -> None:
    numbers = np.full(10_000, np.nan)
    assert Thinned().extent(numbers, 0, 10_000) is None and not len(Thinned().places(numbers, (1, 10_000), (0, 1e4), 60)[0])
    assert Thinned().places(numbers[:0], (1, 0), (0, 1e4), 60)[1] == 1


def test_traces_of_a_file_grow_on() -> None:
    """They had no names, and said of no step whether it is known: the next step was an error."""
    traces = RunTraces.of(["w", "b"], [], np.zeros((3, 2), np.float32), np.full((3, 2), np.nan, np.float32), norms=False)
    more = traces.until(3)
    arrays = {"w": np.ones((1, 1), np.float32), "b": np.ones(1, np.float32)}
    more.extend(Stretch.of([TrainingSnapshot(3, 1.0, arrays, arrays)]))
    assert more.known(4).tolist() == [True, False, False, True] and more.gradients(4)[3].tolist() == [1.0, 1.0]
