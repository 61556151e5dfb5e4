"""Data as points that can be drawn: the same numbers as those that were made, and what odd points lead to."""

from __future__ import annotations

import itertools
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.training.choices.knobs import MOST_ROWS
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.figures import figures
from engine.training.pictures.fits import Fitting
from engine.training.pictures.surfaces import surface
from engine.training.program import program
from engine.training.training import train


def drawn(config: TrainingConfig) -> TrainingConfig:
    """The same data as points."""
    rows = training_data(config).rows
    assert rows is not None
    return config.choosing(data="points", options={"points": rows.tolist()})


def losses(config: TrainingConfig) -> list[float | None]:
    return [shot.loss for shot in train(config)]


MADE: list[dict[str, Any]] = [
    {},
    {"options": {"validation": 0.25}},
    {"options": {"validation": 0.25, "standardise": "x and y"}, "batch_size": 7},
    {"data": "moons", "model": "logistic", "loss": "cross_entropy", "options": {"standardise": "x", "validation": 0.1}},
    {"data": "diabetes", "model": "features", "options": {"column": "all"}},
]


@pytest.mark.parametrize("choices", MADE, ids=str)
def test_made_data_as_points_are_trained_bit_by_bit_as_before(choices: dict[str, Any]) -> None:
    config = TrainingConfig(**{"n_samples": 60, "epochs": 4} | choices)
    assert losses(drawn(config)) == losses(config)


def test_a_file_as_points_is_trained_bit_by_bit_as_before(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n0.1,1\n0.7,2.3\n,3\n1.9,1e-3\n")
    config = TrainingConfig(data="file", epochs=4, options={"path": str(path), "validation": 0.3})
    assert training_data(config).rows is not None and len(drawn(config).get("points")) == 3
    assert losses(drawn(config)) == losses(config)


def test_points_are_read_as_the_programs_own_lines_read_them() -> None:
    config = TrainingConfig(data="points", options={"points": [[0.1, 1 / 3], [1e-30, 2e38], [-7, 16777217]]})
    names: dict[str, Any] = {}
    exec("import torch\n" + program(config).data, names)
    data = training_data(config)
    assert np.array_equal(data.X, names["X"].numpy()) and np.array_equal(data.y, names["y"].numpy())


def test_more_rows_than_can_be_drawn_are_not_offered() -> None:
    assert training_data(TrainingConfig(n_samples=MOST_ROWS)).rows is not None
    assert training_data(TrainingConfig(n_samples=MOST_ROWS + 1)).rows is None


@pytest.mark.parametrize("points", [[[1.0, 10**400]], [[math.nan, 1.0]], [[1.0, -math.inf]], [[3.5e38, 1.0]]])
def test_points_that_are_no_numbers_are_refused(points: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="points must be a sequence of 1 to 10000 rows of two or more finite numbers"):
        TrainingConfig(data="points", options={"points": points})


def test_a_config_of_many_points_is_made_fast_enough_to_be_dragged() -> None:
    config = drawn(TrainingConfig(n_samples=MOST_ROWS))
    points = list(config.get("points"))
    best = math.inf
    for place in range(5):
        points[7] = (0.1 * place, 1.0)
        began = time.thread_time()
        training_data(config.choosing(options={"points": tuple(points)}))
        best = min(best, time.thread_time() - began)
    assert best < 0.12, "it took 0.36 s of this thread"


ODD: list[list[list[float]]] = [
    [[2.0, 3.0]],
    [[0.0, 0.0]],
    [[1.0, 1.0], [1.0, 2.0], [1.0, 5.0]],
    [[0.0, 4.0], [1.0, 4.0]],
    [[1e-20, 1e-20], [2e-20, 3e-20]],
    [[1e15, 1.0], [2e15, 0.0]],
]


@pytest.mark.parametrize("points", ODD, ids=str)
@pytest.mark.parametrize(
    "choices",
    [{}, {"options": {"standardise": "x and y"}}, {"model": "mlp"}, {"options": {"validation": 0.5}}, {"model": "polynomial"}],
    ids=str,
)
def test_odd_points_are_trained_and_shown(points: list[list[float]], choices: dict[str, Any]) -> None:
    """One point, a constant feature, a constant target, far and near numbers."""
    config = TrainingConfig(epochs=3, data="points").choosing(
        **{**choices, "options": {**choices.get("options", {}), "points": points}}
    )
    shots = list(train(config))
    known, fitting = figures(config), Fitting(config)
    for shot in shots:
        fit = fitting.fit(shot)
        assert np.isfinite(fit.x).all() and (fit.curve.shape == fit.x.shape)
    assert known.data.X.shape[1] == 1 and np.isfinite(known.data.X).all()
    drawn_over = surface(config, shots, shots[-1])
    assert all(map(math.isfinite, drawn_over.ends)) and drawn_over.ends[0] < drawn_over.ends[1]


@pytest.mark.parametrize("points", [[[0.0, 1.0, 1.0]], [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]], [[1.0, 2.0, 0.0], [1.0, 3.0, 1.0]]])
def test_so_are_odd_points_of_classes(points: list[list[float]]) -> None:
    config = TrainingConfig(epochs=3, data="points", model="logistic", loss="cross_entropy", options={"points": points})
    shots = list(train(config))
    fit = Fitting(config).fit(shots[-1])
    assert np.isfinite(fit.regions).all()


@pytest.mark.parametrize("config", [TrainingConfig(n_samples=200), TrainingConfig(n_samples=200, model="mlp", optimizer="adam")])
def test_the_gradient_at_a_snapshot_is_the_one_that_the_next_update_uses(config: TrainingConfig) -> None:
    fitting, shots = Fitting(config), list(itertools.islice(train(config), 5))
    for shot, following in itertools.pairwise(shots):
        found = fitting.fit(shot).gradient
        assert list(found) == list(following.gradients)
        assert all(np.array_equal(found[name], array) for name, array in following.gradients.items())
