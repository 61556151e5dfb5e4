"""The mean squared error of a straight line as a function of (w, b): an exact quadratic. Holds no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.training.datasets import RegressionData


class LossSurface:
    """Mean squared error of ``y = w x + b`` on ``data``, for any w and b, from sums that are taken once, in float64.

    With d = (w − w*, b − b*) from the least-squares optimum, the loss is ``minimum`` + dᵀ Q d, Q = [[mean x², mean x],
    [mean x, 1]].
    The sums are centred, so that nothing cancels. The source of every number here is this closed form, not the run.

    Attributes
    ----------
    optimum : tuple of float
        (w*, b*), the least-squares solution.
    minimum : float
        The loss there, 0 or more.
    """

    def __init__(self, data: RegressionData) -> None:
        x, y = data.X[:, 0].astype(np.float64), data.y[:, 0].astype(np.float64)
        self.optimum = data.least_squares()
        w = self.optimum[0]
        residual = (y - y.mean()) - w * (x - x.mean())
        self.minimum = float(np.mean(residual * residual))
        mean = float(x.mean())
        self._variance = float(np.mean((x - mean) ** 2))
        self._mean = mean

    def value(self, w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
        """The loss at (w, b), arrays of any shapes that broadcast; inf where it leaves float64's range, nan for nan."""
        with np.errstate(over="ignore", invalid="ignore"):
            dw = np.asarray(w, np.float64) - self.optimum[0]
            db = np.asarray(b, np.float64) - self.optimum[1]
            shift = db + self._mean * dw
            return np.asarray(self.minimum + self._variance * dw * dw + shift * shift)

    def largest_rate(self) -> float:
        """The learning rate above which gradient descent on all samples runs away: 2 / the greatest eigenvalue of its Hessian."""
        second = self._variance + self._mean**2
        greatest = second + 1 + np.hypot(second - 1, 2 * self._mean)  # of 2 [[mean x², mean x], [mean x, 1]]
        return float(2 / greatest)

    def levels(self, w: float, b: float, count: int = 5) -> tuple[float, ...]:
        """``count`` losses, rising: their ellipses are evenly spaced and the last one passes through (w, b).

        Where (w, b) is the optimum itself, or not finite, the last ellipse reaches one unit of b instead.
        """
        excess = float(self.value(w, b)) - self.minimum
        reach = float(np.sqrt(excess)) if np.isfinite(excess) and excess > 1e-12 else 1.0
        return tuple(self.minimum + (reach * k / count) ** 2 for k in range(1, count + 1))

    def ellipse(self, level: float, points: int = 180) -> NDArray[np.float64]:
        """The closed curve of equal loss, [points, 2] of (w, b); first and last point are equal.

        Raises
        ------
        ValueError
            If ``level`` is below ``minimum``: the loss is that low nowhere.
        """
        if not level >= self.minimum:
            raise ValueError(f"level must be at least the minimum {self.minimum:.6g}, got {level!r}")
        angle = np.linspace(0.0, 2.0 * np.pi, points)
        reach = np.sqrt(level - self.minimum)
        dw = reach * np.cos(angle) / np.sqrt(self._variance)
        db = reach * np.sin(angle) - self._mean * dw
        return np.column_stack((self.optimum[0] + dw, self.optimum[1] + db))
