"""What runs come to, against scikit-learn; limits and closed forms, against numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import engine
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.figures import figures
from engine.training.metrics import errors, predict
from engine.training.quadratic import Quadratic

LINES: list[dict[str, Any]] = [
    {},
    {"data": "sine", "options": {"outliers": 20}},
    {"model": "features", "options": {"n_features": 5}},
    {"data": "diabetes", "model": "features", "options": {"column": "all", "standardise": "x"}},
]


def last(config: TrainingConfig) -> TrainingSnapshot:
    *_before, end = engine.train(config)
    return end


@pytest.mark.parametrize("choices", LINES, ids=str)
def test_lines_come_to_linear_regression(choices: dict[str, Any]) -> None:
    config = TrainingConfig(**{"optimizer": "lbfgs", "learning_rate": 1.0, "epochs": 10} | choices)
    data, end = training_data(config), last(config)
    oracle = LinearRegression().fit(data.X.astype(np.float64), data.y[:, 0].astype(np.float64))
    scale = float(np.abs(data.y).max())
    assert end.parameters["w"][:, 0] == pytest.approx(oracle.coef_, abs=1e-4 * scale)
    assert end.parameters["b"] == pytest.approx([oracle.intercept_], abs=1e-4 * scale)
    closed = Quadratic.of(config)
    assert closed is not None
    assert closed.optimum["w"][:, 0] == pytest.approx(oracle.coef_, rel=1e-8) and closed.optimum["b"] == pytest.approx(
        [oracle.intercept_], rel=1e-8
    )
    assert closed.minimum == pytest.approx(mean_squared_error(data.y[:, 0], oracle.predict(data.X.astype(np.float64))), rel=1e-6)


@pytest.mark.parametrize("degree", [1, 2, 5])
def test_polynomials_come_to_polynomial_features(degree: int) -> None:
    config = TrainingConfig(
        data="sine", model="polynomial", optimizer="lbfgs", learning_rate=1.0, epochs=20, options={"degree": degree}
    )
    data, end = training_data(config), last(config)
    features = PolynomialFeatures(degree, include_bias=False).fit_transform(data.X.astype(np.float64))
    oracle = LinearRegression().fit(features, data.y[:, 0].astype(np.float64))
    at = np.linspace(-1, 1, 50, dtype=np.float32)[:, None]
    wanted = oracle.predict(PolynomialFeatures(degree, include_bias=False).fit_transform(at.astype(np.float64)))
    assert predict(config, end, at)[:, 0] == pytest.approx(wanted, abs=2e-3)
    closed = Quadratic.of(config)
    assert closed is not None and closed.optimum["w"][:, 0] == pytest.approx(oracle.coef_, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("data", ["moons", "xor"])
def test_logistic_comes_to_logistic_regression(data: str) -> None:
    config = TrainingConfig(
        data=data, model="logistic", loss="cross_entropy", optimizer="lbfgs", learning_rate=1.0, epochs=10, n_samples=400
    )
    made, end = training_data(config), last(config)
    oracle = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(made.X.astype(np.float64), made.y[:, 0])
    assert end.parameters["w"][:, 0] == pytest.approx(oracle.coef_[0], abs=1e-3)
    assert end.parameters["b"] == pytest.approx(oracle.intercept_, abs=1e-3)
    chance = predict(config, end, made.X)
    assert chance[:, 0] == pytest.approx(oracle.predict_proba(made.X.astype(np.float64))[:, 1], abs=1e-3)
    found = errors(chance, made.y, classes=True)
    assert found["accuracy"] == pytest.approx(accuracy_score(made.y[:, 0], oracle.predict(made.X.astype(np.float64))), abs=3e-3)


@pytest.mark.parametrize("choices", [*LINES, {"data": "sine", "model": "polynomial", "options": {"degree": 4}}], ids=str)
def test_the_limit_of_the_rate_is_that_of_the_eigenvalues(choices: dict[str, Any]) -> None:
    """The Hessian of torch's own loss, and numpy's eigenvalues of that."""
    config = TrainingConfig(**{"n_samples": 200} | choices)
    data, closed = training_data(config), Quadratic.of(config)
    assert closed is not None
    X, y = torch.tensor(data.X, dtype=torch.float64), torch.tensor(data.y, dtype=torch.float64)
    if config.model == "polynomial":
        X = torch.cat([X**power for power in range(1, config.get("degree") + 1)], 1)
    start = torch.zeros(X.shape[1] + 1, dtype=torch.float64)

    def loss(at: torch.Tensor) -> torch.Tensor:
        return ((y - (X @ at[:-1, None] + at[-1:])) ** 2).mean()

    hessian = torch.autograd.functional.hessian(loss, start).numpy()  # type: ignore[no-untyped-call]
    assert closed.hessian == pytest.approx(hessian, rel=1e-5, abs=1e-6)
    assert closed.largest_rate() == pytest.approx(2 / np.linalg.eigvals(hessian).real.max(), rel=1e-5)
    at = np.random.default_rng(0).normal(0, 3, (5, len(start)))
    assert closed.value(at[:, :-1], at[:, -1]) == pytest.approx([loss(torch.tensor(row)).item() for row in at], rel=1e-5)


@pytest.mark.parametrize("optimizer", ["gd", "sgd"])
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_beyond_the_limit_a_run_grows_and_below_it_does_not(optimizer: str, decay: float) -> None:
    config = TrainingConfig(optimizer=optimizer, n_samples=300, epochs=400, options={"weight_decay": decay, "divergence": 1e6})
    closed = Quadratic.of(config)
    assert closed is not None
    limit = closed.largest_rate()
    below, above = (last(config.choosing(learning_rate=limit * factor)) for factor in (0.97, 1.05))
    assert below.stopped == "" and below.loss is not None and below.first is not None and below.loss < below.first
    assert above.stopped == "divergence"


@pytest.mark.parametrize(
    "choices",
    [{"loss": "mae"}, {"loss": "huber"}, {"model": "mlp"}, {"data": "moons", "model": "logistic", "loss": "cross_entropy"}],
)
def test_no_other_loss_has_one(choices: dict[str, Any]) -> None:
    assert Quadratic.of(TrainingConfig(**choices)) is None


@pytest.mark.parametrize("degree", [3, 12, 20])
def test_high_powers_of_small_numbers_have_their_least_squares_too(degree: int) -> None:
    """Against a projection onto these columns, in which none is lost because it is small."""
    config = TrainingConfig(data="diabetes", model="polynomial", options={"degree": degree})
    closed, data = Quadratic.of(config), training_data(config)
    assert closed is not None
    X = torch.tensor(data.X)
    columns = torch.cat([X**power for power in range(1, degree + 1)], 1).double().numpy()
    y = data.y[:, 0].astype(np.float64)
    base, _ = np.linalg.qr(np.column_stack((columns / np.abs(columns).max(0), np.ones(len(y)))))
    least = float(np.mean((y - base @ (base.T @ y)) ** 2))
    assert closed.minimum == pytest.approx(least, rel=1e-6)
    assert float(np.mean((columns @ closed.optimum["w"][:, 0] + closed.optimum["b"] - y) ** 2)) == pytest.approx(least, rel=1e-6)


def test_a_constant_feature_and_a_single_point_have_a_flat_direction() -> None:
    for points in ([[2.0, 1.0], [2.0, 3.0]], [[2.0, 3.0]]):
        closed = Quadratic.of(TrainingConfig(data="points", options={"points": points}))
        assert closed is not None and closed.condition == math.inf
        assert closed.largest_rate() == pytest.approx(2 / (2 * (4 + 1)))
        assert float(closed.value(closed.optimum["w"][:, 0], closed.optimum["b"][0])) == pytest.approx(closed.minimum)
        assert closed.optimum["w"].item() * 2 + closed.optimum["b"].item() == pytest.approx(np.mean([y for _x, y in points]))


def test_standardising_is_scikit_learns_and_lowers_the_condition_number() -> None:
    plain = TrainingConfig(data="diabetes", model="features", options={"column": "all"})
    scaled = plain.choosing(options={"standardise": "x and y"})
    before, after = training_data(plain), training_data(scaled)
    scaler = StandardScaler().fit(before.X.astype(np.float64))
    assert np.allclose(after.X, scaler.transform(before.X.astype(np.float64)), atol=1e-5)
    mean, deviation = after.scales["X"]
    assert mean == pytest.approx(scaler.mean_, abs=1e-6) and deviation == pytest.approx(scaler.scale_, rel=1e-5)
    assert after.y.mean() == pytest.approx(0, abs=1e-5) and after.y.std() == pytest.approx(1, abs=1e-5)
    assert before.scales == {}
    first, second = Quadratic.of(plain), Quadratic.of(scaled)
    assert first is not None and second is not None and second.condition < first.condition


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7, 1e6])
def test_a_constant_feature_becomes_zero(value: float) -> None:
    points = [[value, 1.0, 0.5], [value, 2.0, 1.5], [value, 4.0, -1.0]]
    data = training_data(TrainingConfig(data="points", model="features", options={"points": points, "standardise": "x"}))
    assert np.abs(data.X[:, 0]).max() <= 1e-6 * max(1, abs(value)) and data.X[:, 1].std() == pytest.approx(1, abs=1e-6)


def test_rows_set_aside_are_not_trained_on() -> None:
    config = TrainingConfig(n_samples=50, options={"validation": 0.3})
    whole, data = training_data(TrainingConfig(n_samples=50)), training_data(config)
    assert len(data.X) == 35 and len(data.X_val) == 15
    together = np.vstack((np.hstack((data.X, data.y)), np.hstack((data.X_val, data.y_val))))
    assert np.array_equal(np.sort(together, 0), np.sort(np.hstack((whole.X, whole.y)), 0))
    run = list(engine.train(config))
    for shot in run:
        residual = data.y_val - data.X_val @ shot.parameters["w"] - shot.parameters["b"]
        assert shot.validation == pytest.approx(float(np.mean(residual.astype(np.float64) ** 2)), rel=1e-5)
    assert all(shot.validation is None for shot in engine.train(TrainingConfig(epochs=1)))
    changed = config.choosing(data_seed=0, seed=9)
    assert training_data(changed) is data


def test_errors_are_scikit_learns() -> None:
    config = TrainingConfig(n_samples=80, epochs=5)
    data, end = training_data(config), last(config)
    found, prediction = errors(predict(config, end, data.X), data.y), predict(config, end, data.X)
    assert found["MSE"] == pytest.approx(mean_squared_error(data.y, prediction), rel=1e-6)
    assert found["RMSE"] == pytest.approx(math.sqrt(found["MSE"]))
    assert found["MAE"] == pytest.approx(mean_absolute_error(data.y, prediction), rel=1e-6)
    assert found["R²"] == pytest.approx(r2_score(data.y, prediction), rel=1e-6)
    assert math.isnan(errors(np.zeros((2, 1)), np.ones((2, 1)))["R²"])
    assert all(map(math.isnan, errors(np.zeros((0, 1)), np.zeros((0, 1))).values()))


def test_the_data_of_the_mission_are_those_of_before() -> None:
    data = training_data(TrainingConfig())
    X, y, coefficient = make_regression(n_samples=1500, n_features=1, noise=0.3, bias=2.0, coef=True, random_state=0)
    assert data.X.shape == data.y.shape == (1500, 1)
    assert data.X.dtype == data.y.dtype == np.float32
    assert np.array_equal(data.X, X.astype(np.float32))
    assert np.array_equal(data.y[:, 0], y.astype(np.float32))
    assert figures(TrainingConfig()).truth == pytest.approx((float(coefficient), 2.0), rel=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        data.X[0, 0] = 1.0


def test_data_are_made_once() -> None:
    data = training_data(TrainingConfig())
    assert training_data(TrainingConfig(seed=9, epochs=3, optimizer="adam")) is data
    assert training_data(TrainingConfig(noise=0.5)) is not data


@pytest.mark.parametrize(
    "config",
    [
        TrainingConfig(noise=0.0, n_samples=50),
        TrainingConfig(noise=0.0, n_samples=50, options={"standardise": "x and y", "validation": 0.2}),
        TrainingConfig(data="sine", noise=0.0, n_samples=50, options={"standardise": "x and y", "periods": 1.5}),
        TrainingConfig(model="features", noise=0.0, n_samples=50, options={"n_features": 4}),
        TrainingConfig(noise=0.0, n_samples=50, options={"stretch": 0.5, "shift": -3.0}),
        TrainingConfig(noise=0.0, n_samples=50, options={"stretch": 5.0, "shift": 20.0, "standardise": "x"}),
    ],
)
def test_without_noise_the_truth_is_the_data(config: TrainingConfig) -> None:
    data = training_data(config)
    assert data.truth is not None
    assert data.truth(data.X.astype(np.float64)) == pytest.approx(data.y, abs=2e-5)


def test_what_a_loss_does_not_fall_below() -> None:
    def floor(**choices: Any) -> tuple[str, float] | None:
        return figures(TrainingConfig(n_samples=60, **choices)).floor

    assert floor(noise=0.3) == ("noise floor", 0.09)
    known = floor(data="diabetes")
    assert known is not None and known[0] == "least squares" and known[1] == pytest.approx(3890.5, rel=1e-3)
    assert floor(loss="mae") is None and floor(data="moons", model="logistic", loss="cross_entropy") is None
    assert floor(options={"outliers": 3}) != ("noise floor", 0.09)


def test_networks_learn_what_lines_cannot() -> None:
    config = TrainingConfig(
        data="xor", model="mlp", loss="cross_entropy", optimizer="adam", batch_size=50, epochs=40, n_samples=300, noise=0.0
    )
    data = training_data(config)
    assert errors(predict(config, last(config), data.X), data.y, classes=True)["accuracy"] > 0.95
