"""The loss surface against the losses that torch computes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.configs import TrainingConfig
from engine.training.datasets import regression_data
from engine.training.loss_surface import LossSurface


@pytest.fixture
def surface() -> LossSurface:
    return LossSurface(regression_data(TrainingConfig()))


def test_value_is_the_mean_squared_error(surface: LossSurface) -> None:
    data = regression_data(TrainingConfig())
    x, y = data.X.astype(np.float64), data.y.astype(np.float64)
    rng = np.random.default_rng(1)
    for w, b in rng.normal(0, 4, (20, 2)):
        assert float(surface.value(w, b)) == pytest.approx(float(np.mean((y - w * x - b) ** 2)), rel=1e-11)


def test_far_from_the_origin_nothing_cancels() -> None:
    from engine.training.datasets import RegressionData

    base = regression_data(TrainingConfig())
    shifted = RegressionData((base.X + np.float32(4096)).astype(np.float32), base.y, 0.0, 0.0, 0.3)
    surface = LossSurface(shifted)
    x, y = shifted.X.astype(np.float64), shifted.y.astype(np.float64)
    w, b = surface.optimum
    assert surface.minimum == pytest.approx(float(np.mean((y - w * x - b) ** 2)), rel=1e-6)


def test_the_optimum_is_lowest_and_near_the_noise_floor(surface: LossSurface) -> None:
    w, b = surface.optimum
    assert float(surface.value(w, b)) == surface.minimum
    assert surface.minimum == pytest.approx(0.09, rel=0.1)
    around = surface.value(np.array([w - 1e-3, w + 1e-3, w, w]), np.array([b, b, b - 1e-3, b + 1e-3]))
    assert (around > surface.minimum).all()


def test_ellipses_lie_on_their_level(surface: LossSurface) -> None:
    levels = surface.levels(-1.2, -0.8)
    assert list(levels) == sorted(levels) and len(levels) == 5
    assert levels[-1] == pytest.approx(float(surface.value(-1.2, -0.8)))
    for level in levels:
        curve = surface.ellipse(level)
        assert np.allclose(surface.value(curve[:, 0], curve[:, 1]), level, rtol=1e-12)
        assert np.allclose(curve[0], curve[-1])


def test_not_finite_is_no_error(surface: LossSurface) -> None:
    assert np.isnan(surface.value(np.nan, 1.0))
    assert np.isinf(surface.value(1e300, 1.0))
    assert np.isfinite(surface.levels(float("inf"), 0.0)).all()
    with pytest.raises(ValueError, match="at least the minimum"):
        surface.ellipse(surface.minimum - 1)
