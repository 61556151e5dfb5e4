"""Data sets: what each holds, its shapes and its source. scikit-learn is imported when one is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import TrainingConfig


@dataclass(frozen=True, eq=False, slots=True)
class RegressionData:
    """One feature, one target, a straight line with noise.

    Source: ``sklearn.datasets.make_regression(n_features=1, coef=True)``, converted to float32. The numbers have no units.

    Attributes
    ----------
    X : read-only float32 array [n_samples, 1]
        Drawn by scikit-learn from the standard normal distribution.
    y : read-only float32 array [n_samples, 1]
        ``coefficient * X + bias`` plus normal noise.
    coefficient, bias : float
        Of the line that the data were made from, as scikit-learn reports them.
    noise : float
        Standard deviation of the noise on y; ``noise ** 2`` is the mean squared error to be expected of the true line.
    """

    X: NDArray[np.float32]
    y: NDArray[np.float32]
    coefficient: float
    bias: float
    noise: float

    def least_squares(self) -> tuple[float, float]:
        """Coefficient and bias with the least mean squared error on exactly these float32 data.

        Closed form from centred sums in float64: cov(x, y) / var(x). Raises ValueError if all x are equal.
        """
        x, y = self.X[:, 0].astype(np.float64), self.y[:, 0].astype(np.float64)
        centred = x - x.mean()
        variance = float(centred @ centred)
        if variance == 0:
            raise ValueError("least squares needs at least two different x; all are equal")
        w = float(centred @ (y - y.mean())) / variance
        return w, float(y.mean() - w * x.mean())


def regression_data(config: TrainingConfig) -> RegressionData:
    """The data set that ``config`` names by ``n_samples``, ``noise``, ``bias`` and ``data_seed``; the same object each time.

    Raises
    ------
    ValueError
        Where one of these settings is out of its range (see ``TrainingConfig``).
    """
    return _make(config.n_samples, float(config.noise), float(config.bias), config.data_seed)


@lru_cache(maxsize=4)
def _make(n_samples: int, noise: float, bias: float, data_seed: int) -> RegressionData:
    from sklearn.datasets import make_regression

    X, y, coefficient = make_regression(
        n_samples=n_samples, n_features=1, noise=noise, bias=bias, coef=True, random_state=data_seed
    )
    features = X.astype(np.float32)
    targets = y.astype(np.float32).reshape(-1, 1)
    features.setflags(write=False)
    targets.setflags(write=False)
    return RegressionData(features, targets, float(coefficient), bias, noise)
