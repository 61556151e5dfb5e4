"""Data sets: what each holds is what scikit-learn gives."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.configs import TrainingConfig
from engine.training.datasets import regression_data


def test_shapes_types_and_source() -> None:
    from sklearn.datasets import make_regression

    data = regression_data(TrainingConfig())
    X, y, coefficient = make_regression(n_samples=1500, n_features=1, noise=0.3, bias=2.0, coef=True, random_state=0)
    assert data.X.shape == data.y.shape == (1500, 1)
    assert data.X.dtype == data.y.dtype == np.float32
    assert np.array_equal(data.X, X.astype(np.float32))
    assert np.array_equal(data.y[:, 0], y.astype(np.float32))
    assert data.coefficient == pytest.approx(float(coefficient)) and data.bias == 2.0 and data.noise == 0.3


def test_one_object_per_setting_and_read_only() -> None:
    data = regression_data(TrainingConfig())
    assert regression_data(TrainingConfig(seed=9, epochs=3)) is data
    assert regression_data(TrainingConfig(noise=0.5)) is not data
    with pytest.raises(ValueError, match="read-only"):
        data.X[0, 0] = 1.0


def test_least_squares_against_numpy() -> None:
    data = regression_data(TrainingConfig(data_seed=3))
    matrix = np.column_stack((data.X[:, 0].astype(np.float64), np.ones(1500)))
    oracle = np.linalg.lstsq(matrix, data.y[:, 0].astype(np.float64), rcond=None)[0]
    assert data.least_squares() == pytest.approx(tuple(oracle), abs=1e-12)


def test_without_noise_least_squares_is_the_true_line() -> None:
    data = regression_data(TrainingConfig(noise=0.0, n_samples=50))
    assert data.least_squares() == pytest.approx((data.coefficient, 2.0), rel=1e-5)
