"""How well a model fits: errors of its predictions, and the predictions themselves, at any snapshot of a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from engine.training.edited.elsewhere import predictions
from engine.training.machine import asides, drawn, made
from engine.training.program import program

Floats = NDArray[np.floating]


def predict(config: TrainingConfig, snapshot: TrainingSnapshot, X: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model of ``snapshot`` says of ``X`` [rows, features], scaled as in training: [rows, 1].

    Where two classes are told apart it is the probability of class 1. Computed by the program's own code; where that was edited,
    in its process.
    """
    written = program(config)
    if written.no_fit and written.own.text:
        said = predictions(config, snapshot, training_data(config), np.asarray(X, np.float32))[0]
        return np.asarray(said, np.float32)
    config = drawn(config, written.unseen)
    model, _optimizer, parameters = made(config)
    for name, tensor in parameters.items():
        tensor.data = torch.tensor(np.asarray(snapshot.parameters[name]))
    with torch.no_grad():
        found: torch.Tensor = asides(program(config))["predict"](model, torch.tensor(np.asarray(X, np.float32)))
        if "classes" in config.setup.loss.tasks:
            found = found.sigmoid()
    return found.numpy()


def errors(prediction: Floats, y: Floats, classes: bool = False) -> Mapping[str, float]:
    """Of predictions and targets [rows, 1], in float64.

    ``MSE``, ``RMSE``, ``MAE`` and ``R²`` (nan where all targets are equal); for classes ``accuracy``, the share of rows on whose
    side of 1/2 the prediction lies. All nan where there are no rows.
    """
    if not len(y):
        return dict.fromkeys(("accuracy",) if classes else ("MSE", "RMSE", "MAE", "R²"), float("nan"))
    wanted, found = y.astype(np.float64), prediction.astype(np.float64)
    if classes:
        return {"accuracy": float(np.mean((found >= 0.5) == (wanted == 1)))}
    with np.errstate(over="ignore", invalid="ignore"):
        residual = wanted - found
        mse = float(np.mean(residual * residual))
        spread = float(np.mean((wanted - wanted.mean()) ** 2))
        return {
            "MSE": mse,
            "RMSE": float(np.sqrt(mse)),
            "MAE": float(np.mean(np.abs(residual))),
            "R²": 1 - mse / spread if spread > 0 else float("nan"),
        }
