"""What a model says at one snapshot, by the program's own code: its curve or its regions, its errors, its predictions of rows.

Where that was edited and predicts otherwise than the set-up's, its own process says what it predicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from engine.training.choices.choice import CLASSES
from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import TrainingData, training_data
from engine.training.edited.elsewhere import predictions
from engine.training.machine import asides, drawn, made
from engine.training.metrics import errors
from engine.training.program import program

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]

CURVE = 241
"""Places at which a curve is computed."""
REGIONS = 64, 48
"""Places across and up at which the regions of two classes are computed."""
ALL_RESIDUALS = 200
"""Up to so many rows all have their residual; of more, ``SOME_RESIDUALS`` of them."""
SOME_RESIDUALS = 60
MARGIN = 0.06
"""How far beyond the data a curve and regions go, as a share of their range."""


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """A model's answers at one snapshot, scaled as in training.

    Attributes
    ----------
    step : int
        Number of the snapshot.
    axes : tuple of int
        The feature that runs along the curve, or the two of the regions; the other features are at their means.
    x : float64 array [places]
    curve : float64 array [places]
        The prediction there, of class 1 its probability; empty where there are regions.
    truth : float64 array [places]
        What the targets are there without noise; empty where that is not known, or there are regions.
    across, up : float64 arrays
        The places of ``regions``.
    regions : float64 array [up, across]
        The probability of class 1 there; empty where there is a curve.
    rows : int array
        Some rows trained on, evenly chosen.
    predictions : float64 array [rows]
        What the model says of them.
    loss : float
        Of all rows trained on; nan where edited code predicts.
    errors, validation : mapping of str to float
        Of all rows trained on, and of those set aside; empty where there are none.
    gradient_norms : mapping of str to float
        Of each parameter's gradient, as the epoch's last update used it; empty at the start.
    gradient : mapping of str to float array
        Of ``loss``, by torch's autograd: what the next epoch's first update uses where all rows are one batch. Empty where edited
        code predicts.
    """

    step: int
    axes: tuple[int, ...]
    x: Floats
    curve: Floats
    truth: Floats
    across: Floats
    up: Floats
    regions: Floats
    rows: NDArray[np.intp]
    predictions: Floats
    loss: float
    errors: Mapping[str, float]
    validation: Mapping[str, float]
    gradient_norms: Mapping[str, float]
    gradient: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)


class Fitting:
    """Makes the ``Fit`` of one snapshot after the other, with one model.

    Parameters
    ----------
    config : TrainingConfig
    axes : tuple of int, optional
        Features to be shown: one, or two where two classes are told apart by several. Default: the first.

    Raises
    ------
    ValueError
        Where there are no such features, or nothing says what edited code predicts. And as ``training_data``.
    """

    def __init__(self, config: TrainingConfig, axes: tuple[int, ...] = ()) -> None:
        self._config = config
        self.by_code = bool(program(config).no_fit)
        """Whether edited code predicts, in its process."""
        config = drawn(config, program(config).unseen)
        self.data: TrainingData = training_data(config)
        features = self.data.X.shape[1]
        wanted = 2 if self.data.classes and features > 1 else 1
        self.axes = axes or tuple(range(wanted))
        if len(set(self.axes)) != wanted or not all(0 <= axis < features for axis in self.axes):
            raise ValueError(f"axes must be {wanted} different features from 0 to {features - 1}, got {axes!r}")
        self._model, _optimizer, self._parameters = made(config)
        functions = asides(program(config))
        self._predict, self._loss_of = functions["predict"], functions["loss_of"]
        self._classes = CLASSES in config.setup.loss.tasks
        self._y = torch.from_numpy(self.data.y.copy())
        self._X, self._X_val = torch.from_numpy(self.data.X.copy()), torch.from_numpy(self.data.X_val.copy())
        count = len(self.data.X)
        chosen = count if count < ALL_RESIDUALS else SOME_RESIDUALS
        by_x = np.argsort(self.data.X[:, self.axes[0]], kind="stable")
        self._rows: NDArray[np.intp] = by_x[np.linspace(0, count - 1, chosen).round().astype(np.intp)]
        sizes = (CURVE,) if wanted == 1 else REGIONS
        self._places = [_reach(self.data.X[:, axis], size) for axis, size in zip(self.axes, sizes, strict=True)]
        grid = [places.ravel() for places in np.meshgrid(*self._places)]
        table = np.tile(self.data.X.mean(0, dtype=np.float64).astype(np.float32), (len(grid[0]), 1))
        for axis, places in zip(self.axes, grid, strict=True):
            table[:, axis] = places
        self._grid = torch.from_numpy(table)
        known = self.data.truth is not None and wanted == 1
        self._truth = self.data.truth(table.astype(np.float64))[:, 0] if known and self.data.truth is not None else np.empty(0)

    def fit(self, snapshot: TrainingSnapshot, cancel: Callable[[], bool] | None = None) -> Fit:
        """That of ``snapshot``. Where edited code predicts, raises as ``engine.training.edited.elsewhere.predictions``."""
        if not self.by_code:
            came = {name: np.shape(array) for name, array in snapshot.parameters.items()}
            self.by_code = came != {name: tuple(tensor.shape) for name, tensor in self._parameters.items()}
        if self.by_code:
            said = predictions(self._config, snapshot, self.data, self._grid.numpy(), cancel)
            return self._fit(snapshot, *said, math.nan, {})
        for name, tensor in self._parameters.items():
            tensor.data = torch.tensor(np.asarray(snapshot.parameters[name]))
        shape = self._said(self._grid)
        with torch.enable_grad():
            answers = self._predict(self._model, self._X)
            loss = self._loss_of(answers, self._y)
            gradients = torch.autograd.grad(loss, list(self._parameters.values()))
        gradient = {name: found.numpy() for name, found in zip(self._parameters, gradients, strict=True)}
        return self._fit(snapshot, shape, self._scaled(answers.detach()), self._said(self._X_val), float(loss.item()), gradient)

    def _fit(
        self,
        snapshot: TrainingSnapshot,
        shape: Floats,
        train: Floats,
        aside: Floats,
        loss: float,
        gradient: Mapping[str, NDArray[np.floating]],
    ) -> Fit:
        """Of what is said at the places of the picture, of the rows trained on and of those set ``aside``."""
        none, regions = np.empty(0), len(self.axes) == 2
        return Fit(
            step=snapshot.step,
            axes=self.axes,
            x=none if regions else self._places[0],
            curve=none if regions else shape[:, 0],
            truth=self._truth,
            across=self._places[0] if regions else none,
            up=self._places[1] if regions else none,
            regions=shape.reshape(len(self._places[1]), -1) if regions else none.reshape(0, 0),
            rows=self._rows,
            predictions=train[self._rows, 0],
            loss=loss,
            errors=errors(train, self.data.y, self._classes),
            validation=errors(aside, self.data.y_val, self._classes) if len(aside) else {},
            gradient_norms={
                name: float(np.linalg.norm(np.asarray(array, np.float64))) for name, array in snapshot.gradients.items()
            },
            gradient=gradient,
        )

    def _said(self, X: torch.Tensor) -> Floats:
        if not len(X):
            return np.empty((0, 1))
        with torch.no_grad():
            return self._scaled(self._predict(self._model, X))

    def _scaled(self, found: torch.Tensor) -> Floats:
        """Of classes the probability."""
        return np.asarray((found.sigmoid() if self._classes else found).numpy(), np.float64)


def _reach(values: Rows, places: int) -> Floats:
    """So many places over the range of ``values`` and a little beyond."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, places)
