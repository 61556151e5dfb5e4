"""The loss over a plane against the losses of runs, the surface of the mission's line, and plain code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine
from engine.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.datasets import regression_data
from engine.training.loss_surface import LossSurface
from engine.training.planes import along, losses, through

NETWORK = TrainingConfig(data="sine", model="mlp", optimizer="adam", n_samples=50, epochs=6, options={"width": 3})


def test_over_both_parameters_it_is_the_loss_surface() -> None:
    config = TrainingConfig()
    run = list(engine.train(config))
    plane = along(run[0].parameters, ("w", 0), ("b", 0))
    u, v = np.linspace(-3, 3, 7), np.linspace(-2, 4, 5)
    surface = LossSurface(regression_data(config))
    assert losses(config, plane, u, v) == pytest.approx(surface.value(u[None, :], v[:, None]), rel=1e-9)
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
