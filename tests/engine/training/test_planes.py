"""The loss over a plane against the losses of runs, the surface of the mission's line, and plain code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine
from engine.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.planes import Bowl, Plane, along, losses, through
from engine.training.quadratic import Quadratic

NETWORK = TrainingConfig(data="sine", model="mlp", optimizer="adam", n_samples=50, epochs=6, options={"width": 3})


def test_over_both_parameters_it_is_the_mean_squared_error() -> None:
    config = TrainingConfig()
    run = list(engine.train(config))
    plane = along(run[0].parameters, ("w", 0), ("b", 0))
    u, v = np.linspace(-3, 3, 7), np.linspace(-2, 4, 5)
    data = training_data(config)
    x, y = data.X.astype(np.float64), data.y.astype(np.float64)
    by_hand = [[float(np.mean((y - w * x - b) ** 2)) for w in u] for b in v]
    assert losses(config, plane, u, v) == pytest.approx(np.array(by_hand), rel=1e-9)
    assert not plane.slice
    assert plane.place(run[7].parameters) == pytest.approx(
        (run[7].parameters["w"].item(), run[7].parameters["b"].item()), rel=1e-12
    )


@pytest.mark.parametrize(
    "config",
    [
        NETWORK,
        TrainingConfig(model="features", n_samples=50, epochs=6, options={"n_features": 3}),
        NETWORK.choosing(loss="huber"),
    ],
    ids=["network", "features", "huber"],
)
def test_through_three_points_of_a_run_it_has_their_losses(config: TrainingConfig) -> None:
    run = list(engine.train(config))
    start, end, best = run[0].parameters, run[5].parameters, run[3].parameters
    plane = through(start, end, best)
    assert plane.slice
    places = np.array([plane.place(point) for point in (start, end, best)])
    assert places[0] == pytest.approx([0, 0], abs=1e-12) and places[1][1] == pytest.approx(0, abs=1e-9)
    found = losses(config, plane, places[:, 0], places[:, 1])
    for index, epoch in enumerate((0, 5, 3)):
        assert found[index, index] == pytest.approx(run[epoch + 1].loss, rel=1e-5)
        at = plane.at(*places[index])
        assert all(np.allclose(at[name], run[epoch].parameters[name], atol=1e-6) for name in at)


def test_along_two_weights_of_a_network_the_rest_stays() -> None:
    run = list(engine.train(NETWORK))
    here = run[4].parameters
    plane = along(here, ("0.weight", 1), ("2.bias", 0))
    u, v = plane.place(here)
    assert (u, v) == pytest.approx((here["0.weight"][1, 0], here["2.bias"][0]))
    assert losses(NETWORK, plane, [u], [v])[0, 0] == pytest.approx(run[5].loss, rel=1e-5)
    data = training_data(NETWORK)
    hidden = torch.tanh(torch.tensor(data.X) @ torch.tensor(here["0.weight"]).T + torch.tensor(here["0.bias"]))
    prediction = hidden @ torch.tensor(here["2.weight"]).T + 7.0
    wanted = ((prediction - torch.tensor(data.y)) ** 2).mean().item()
    assert losses(NETWORK, plane, [u], [7.0])[0, 0] == pytest.approx(wanted, rel=1e-5)


def test_points_on_one_line_and_refusals() -> None:
    run = list(engine.train(NETWORK))
    start, end = run[0].parameters, run[5].parameters
    plane = through(start, end, end)
    assert np.dot(
        *(np.concatenate([item[name].ravel() for name in start]) for item in (plane.first, plane.second))
    ) == pytest.approx(0)
    with pytest.raises(ValueError, match="end must be another point than start"):
        through(start, start, end)
    with pytest.raises(ValueError, match=r"a parameter must be a name and a place within its size, of .*got \('w', 0\)"):
        along(start, ("w", 0), ("2.bias", 0))
    with pytest.raises(ValueError, match="second must be another parameter than first"):
        along(start, ("2.bias", 0), ("2.bias", 0))
    with pytest.raises(Cancelled):
        losses(NETWORK, plane, [0.0], [0.0], cancel=lambda: True)
    assert np.isinf(
        losses(TrainingConfig(), along({"w": np.ones((1, 1)), "b": np.ones(1)}, ("w", 0), ("b", 0)), [1e300], [0])
    ).all()


def bowl_of(config: TrainingConfig, plane: Plane | None = None) -> Bowl:
    start = next(iter(engine.train(config)))
    quadratic = Quadratic.of(config)
    assert quadratic is not None
    made = Bowl.of(quadratic, plane or along(start.parameters, ("w", 0), ("b", 0)))
    assert made is not None
    return made


def test_the_optimum_is_lowest_and_near_the_noise_floor() -> None:
    bowl, oracle = bowl_of(TrainingConfig()), training_data(TrainingConfig())
    matrix = np.column_stack((oracle.X[:, 0].astype(np.float64), np.ones(1500)))
    w, b = bowl.optimum
    assert (w, b) == pytest.approx(np.linalg.lstsq(matrix, oracle.y[:, 0].astype(np.float64), rcond=None)[0], abs=1e-12)
    assert float(bowl.value(w, b)) == bowl.minimum == pytest.approx(0.09, rel=0.1)
    around = bowl.value(np.array([w - 1e-3, w + 1e-3, w, w]), np.array([b, b, b - 1e-3, b + 1e-3]))
    assert (around > bowl.minimum).all()


def test_ellipses_lie_on_their_level() -> None:
    bowl = bowl_of(TrainingConfig())
    levels = bowl.levels(-1.2, -0.8)
    assert list(levels) == sorted(levels) and len(levels) == 5
    assert levels[-1] == pytest.approx(float(bowl.value(-1.2, -0.8)))
    for level in levels:
        curve = bowl.ellipse(level)
        assert np.allclose(bowl.value(curve[:, 0], curve[:, 1]), level, rtol=1e-12)
        assert np.allclose(curve[0], curve[-1])


def test_a_slice_through_more_parameters_has_its_own_lowest_point() -> None:
    config = TrainingConfig(data="sine", model="polynomial", n_samples=60, epochs=5)
    run = list(engine.train(config))
    for plane in (along(run[3].parameters, ("w", 2), ("b", 0)), through(run[0].parameters, run[5].parameters, run[2].parameters)):
        bowl = bowl_of(config, plane)
        u, v = np.linspace(-2, 2, 5), np.linspace(-1, 1, 3)
        assert bowl.value(u[None, :], v[:, None]) == pytest.approx(losses(config, plane, u, v), rel=1e-8)
        assert (
            bowl.value(*np.array(bowl.optimum) + 0.01 * np.random.default_rng(0).normal(size=(50, 2)).T[:, :1]) > bowl.minimum
        ).all()
        assert bowl.minimum == pytest.approx(losses(config, plane, [bowl.optimum[0]], [bowl.optimum[1]]).item(), rel=1e-8)


def test_a_flat_valley_is_no_bowl() -> None:
    config = TrainingConfig(data="points", options={"points": ((1.0, 0.0), (1.0, 2.0), (1.0, 1.0))})
    quadratic = Quadratic.of(config)
    assert quadratic is not None
    assert Bowl.of(quadratic, along({"w": np.zeros((1, 1)), "b": np.zeros(1)}, ("w", 0), ("b", 0))) is None


def test_not_finite_is_no_error() -> None:
    bowl = bowl_of(TrainingConfig())
    assert np.isnan(bowl.value(np.nan, 1.0))
    assert np.isinf(bowl.value(1e300, 1.0))
    assert np.isfinite(bowl.levels(float("inf"), 0.0)).all()
    with pytest.raises(ValueError, match="at least the minimum"):
        bowl.ellipse(bowl.minimum - 1)
