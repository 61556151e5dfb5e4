"""The rows of the data as points of the plot: where each stands, and the rows with one moved, added or removed. Holds no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import TrainingConfig
from gui.panels.training.plots.series import Floats

if TYPE_CHECKING:
    from engine.training.data import TrainingData

Row = tuple[float, ...]
Rows = tuple[Row, ...]


class Drawing:
    """Of ``data``, which ``config`` was trained on, over the features ``axes``; its rows can be drawn (``data.rows``)."""

    def __init__(self, config: TrainingConfig, data: TrainingData, axes: tuple[int, ...]) -> None:
        assert data.rows is not None
        self._config, self._data = config, data
        self._numbers = data.rows
        features = data.rows.shape[1] - 1
        self._columns = axes[0], axes[1] if len(axes) == 2 else features
        self._mean, self._std = np.zeros(features + 1), np.ones(features + 1)
        for name, columns in (("X", slice(features)), ("y", slice(features, None))):
            if name in data.scales:
                self._mean[columns], self._std[columns] = (np.ravel(part) for part in data.scales[name])
        self.chooses_class = data.classes and len(axes) == 2
        """Whether the plot does not show which class a point is of by where it stands."""

    @property
    def rows(self) -> Rows:
        """All rows as they are written."""
        if self._config.data == "points":
            rows: Rows = self._config.get("points")
            return rows
        return tuple(tuple(map(shortest, row)) for row in self._numbers.tolist())

    def places(self) -> tuple[Floats, Floats]:
        """x and y of each row in the view."""
        x, y = ((self._numbers[:, at] - self._mean[at]) / self._std[at] for at in self._columns)
        return x, y

    def moved(self, rows: Rows, index: int, x: float, y: float) -> Rows:
        """``rows`` with that one at (x, y) of the view; of several features the others stay."""
        row = list(rows[index])
        for at, value in zip(self._columns, (x, y), strict=True):
            row[at] = self._written(at, value)
        return (*rows[:index], tuple(row), *rows[index + 1 :])

    def added(self, rows: Rows, x: float, y: float, of: int) -> Rows:
        """``rows`` and one more at (x, y) of the view, of class ``of``; other features are at their means, as the fit is."""
        features = self._numbers.shape[1] - 1
        row = [float(shortest(value)) for value in self._numbers[:, :features].mean(0).tolist()]
        return self.moved((*rows, (*row, float(of))), len(rows), x, y)

    def of_class(self, rows: Rows, index: int, of: int) -> Rows:
        """``rows`` with that one of class ``of``."""
        return (*rows[:index], (*rows[index][:-1], float(of)), *rows[index + 1 :])

    def _written(self, at: int, value: float) -> float:
        """A number of the view as it is in the rows: not scaled, and of a class 0 or 1."""
        if self._data.classes and at == self._numbers.shape[1] - 1:
            return float(value >= 0.5)
        return shortest(float(np.float32(value * self._std[at] + self._mean[at])))


def without(rows: Rows, index: int) -> Rows:
    """``rows`` but for that one."""
    return (*rows[:index], *rows[index + 1 :])


def shortest(value: float) -> float:
    """A number of float32 with the fewest digits that say it: as float32 it is the same."""
    single = np.float32(value)
    short = float(str(single))
    return short if np.float32(short) == single else float(single)


def nearest(places: NDArray[np.float64], x: float, y: float, reach: float) -> int | None:
    """Which of ``places`` (px) is nearest to (x, y), no farther than ``reach``; the last one of several."""
    if not len(places):
        return None
    away = np.hypot(places[:, 0] - x, places[:, 1] - y)[::-1]
    best = int(np.argmin(np.nan_to_num(away, nan=np.inf)))
    return len(places) - 1 - best if away[best] <= reach else None
