"""What plots show of a run: fits against predictions made by hand, the loss around it, and where it lies there."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import engine
from engine.errors import Cancelled
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.history import History
from engine.training.parameters import called, places_of
from engine.training.pictures.fits import ALL_RESIDUALS, REGIONS, SOME_RESIDUALS, Fitting
from engine.training.pictures.surfaces import Surface, surface

POLYNOMIAL = TrainingConfig(data="sine", model="polynomial", n_samples=50, epochs=8, options={"degree": 3, "validation": 0.2})
MOONS = TrainingConfig(
    data="moons", model="mlp", loss="cross_entropy", optimizer="adam", n_samples=40, epochs=12, learning_rate=0.05
)


def test_a_curve_its_errors_and_its_rows() -> None:
    last = list(engine.train(POLYNOMIAL))[-1]
    data, fit = training_data(POLYNOMIAL), Fitting(POLYNOMIAL).fit(last)
    w, b = last.parameters["w"][:, 0].astype(np.float64), float(last.parameters["b"][0])

    def by_hand(x: np.ndarray) -> np.ndarray:
        return w[0] * x + w[1] * x**2 + w[2] * x**3 + b

    assert fit.curve == pytest.approx(by_hand(fit.x), abs=1e-5)
    assert fit.x[0] < data.X.min() and fit.x[-1] > data.X.max()
    assert fit.truth == pytest.approx(np.sin(np.pi * fit.x), abs=1e-6)
    residual = data.y[:, 0] - by_hand(data.X[:, 0].astype(np.float64))
    assert fit.errors["MSE"] == pytest.approx(float(np.mean(residual**2)), rel=1e-5) == pytest.approx(fit.loss, rel=1e-5)
    assert fit.validation["MSE"] == pytest.approx(last.validation, rel=1e-5)
    assert len(fit.rows) == 40 < ALL_RESIDUALS, "of so few rows each has its residual"
    assert fit.predictions == pytest.approx(by_hand(data.X[fit.rows, 0].astype(np.float64)), abs=1e-5)
    assert fit.gradient_norms["w"] == pytest.approx(float(np.linalg.norm(last.gradients["w"])))


def test_of_many_rows_some_have_their_residual_evenly_chosen() -> None:
    config = TrainingConfig()
    fit = Fitting(config).fit(next(iter(engine.train(config))))
    x = training_data(config).X[fit.rows, 0]
    assert len(fit.rows) == SOME_RESIDUALS and (np.diff(x) >= 0).all()
    assert x[0] == training_data(config).X.min() and x[-1] == training_data(config).X.max()


def test_regions_of_two_classes() -> None:
    last = list(engine.train(MOONS))[-1]
    fit = Fitting(MOONS).fit(last)
    assert fit.axes == (0, 1) and fit.regions.shape == REGIONS[::-1] and not len(fit.curve)
    weights = {name: torch.tensor(array) for name, array in last.parameters.items()}
    at = torch.tensor([[fit.across[10], fit.up[30]]], dtype=torch.float32)
    z = torch.tanh(at @ weights["0.weight"].T + weights["0.bias"]) @ weights["2.weight"].T + weights["2.bias"]
    assert fit.regions[30, 10] == pytest.approx(z.sigmoid().item(), abs=1e-6)
    assert set(fit.errors) == {"accuracy"}


def test_a_curve_along_one_of_several_features_has_the_others_at_their_means() -> None:
    config = TrainingConfig(model="features", n_samples=50, epochs=4, options={"n_features": 3})
    last = list(engine.train(config))[-1]
    data, fit = training_data(config), Fitting(config, (2,)).fit(last)
    table = np.tile(data.X.mean(0, dtype=np.float64), (len(fit.x), 1))
    table[:, 2] = fit.x
    assert fit.curve == pytest.approx((table @ last.parameters["w"] + last.parameters["b"])[:, 0], rel=1e-4, abs=1e-4)
    with pytest.raises(ValueError, match=r"axes must be 1 different features from 0 to 2, got \(3,\)"):
        Fitting(config, (3,))
    with pytest.raises(ValueError, match="axes must be 2 different features"):
        Fitting(MOONS, (1, 1))


def around(config: TrainingConfig, **more: object) -> tuple[Surface, list[engine.TrainingSnapshot]]:
    run = list(engine.train(config))
    history = History(run[0])
    history.extend(run[1:])
    return surface(config, run, history.best(), **more), run  # type: ignore[arg-type]


def test_over_two_parameters_it_is_all_of_the_loss() -> None:
    found, run = around(TrainingConfig(n_samples=50))
    assert found.names == ("w", "b") and found.said == "" and found.bowl is not None and not len(found.losses)
    assert found.path[:, 1].tolist() == pytest.approx([shot.parameters["w"].item() for shot in run])
    u0, u1, v0, v1 = found.ends
    assert all(u0 < u < u1 and v0 < v < v1 for _step, u, v in found.path.tolist())
    rows = np.array([[shot.parameters["w"].item(), shot.parameters["b"].item()] for shot in run])
    assert found.places_of(rows) == pytest.approx(found.path[:, 1:])


def test_with_more_parameters_it_is_a_slice_through_the_run_and_says_so() -> None:
    found, run = around(MOONS)
    assert found.chosen is None and found.said.startswith("a slice through start, end and ")
    at_end = found.plane.at(*found.path[-1, 1:])
    assert all(np.allclose(at_end[name], array, atol=1e-5) for name, array in run[-1].parameters.items()), "the end is on it"
    data = training_data(MOONS)
    assert found.losses.shape == (len(found.v), len(found.u)) and np.isfinite(found.losses).all() and len(data.X) == 40
    assert found.places(run[3:5]) == pytest.approx(found.path[3:5])


def test_two_parameters_can_be_chosen_and_a_part_of_the_plane() -> None:
    found, run = around(MOONS, chosen=(("0.weight", 3), ("2.bias", 0)), ends=(-1.0, 1.0, -2.0, 2.0))
    assert found.names == ("0.weight[1, 1]", "2.bias") and found.ends == (-1.0, 1.0, -2.0, 2.0)
    assert found.said == "a slice: 63 other parameters stay"
    assert (found.u[0], found.u[-1], found.v[0], found.v[-1]) == found.ends
    assert found.path[4, 1] == pytest.approx(float(run[4].parameters["0.weight"][1, 1]))
    assert len(places_of(run[0].parameters)) == 65 and called(("2.weight", 5), run[0].parameters) == "2.weight[5]"
    with pytest.raises(Cancelled):
        around(MOONS, cancel=lambda: True)


def test_a_run_that_ran_away_is_shown_where_it_began() -> None:
    config = TrainingConfig(
        data="sine", model="mlp", optimizer="sgd", n_samples=40, learning_rate=3.0, epochs=40, options={"activation": "relu"}
    )
    found, run = around(config)
    last = run[-1]
    assert last.loss is not None and not math.isfinite(last.loss)
    assert "end" not in found.said.partition(" and ")[0] and max(map(abs, found.ends)) < 1e6


def test_before_the_first_epoch_there_is_no_slice_through_the_run() -> None:
    start = next(iter(engine.train(POLYNOMIAL)))
    found = surface(POLYNOMIAL, [start], start)
    assert found.names == ("w[0]", "w[1]") and found.said == "a slice: 2 other parameters stay" and found.bowl is not None


def test_the_best_of_a_history_and_what_it_keeps() -> None:
    config = TrainingConfig(data="sine", model="polynomial", n_samples=30, epochs=300, learning_rate=0.3)
    run = list(engine.train(config))
    history = History(run[0], most_bytes=40_000)
    history.extend(run[1:])
    losses = [shot.loss for shot in run[1:]]
    assert history.best().step == int(np.argmin(losses))
    kept = [shot.step for shot in history.kept(20)]
    assert kept[0] == 0 and kept[-1] == 300 and len(kept) < 45 and kept == sorted(kept)
    assert history[-1].loss == run[-1].loss and [shot.step for shot in history[3:6]] == [3, 4, 5]
