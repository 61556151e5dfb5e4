"""Closed forms of a loss that is quadratic in the parameters: Hessian, limit of the learning rate, least squares."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from engine.training.configs import TrainingConfig
from engine.training.data import TrainingData, training_data
from engine.training.machine import asides
from engine.training.program import program

Floats = NDArray[np.float64]


def _least_squares(design: Floats, y: Floats) -> Floats:
    """The parameters with the least loss, the shortest such vector where there are several."""
    sizes = np.linalg.norm(design, axis=0)
    sizes[sizes == 0] = 1
    # Columns of one size first: of the twelfth power of small numbers nothing would be left beside the others.
    solution, _residual, rank, _singular = np.linalg.lstsq(design / sizes, y, rcond=None)
    if rank == design.shape[1]:
        return np.asarray(solution / sizes, np.float64)
    return np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], np.float64)


class Quadratic:
    """Mean squared error of a model that is linear in its parameters, as a function of these: with d from the optimum it is
    ``minimum`` + dᵀ H d / 2.

    The source of every number here is this closed form on exactly the float32 data that are trained on, in float64; not the run.
    ``of`` makes one, where a config has one.

    Attributes
    ----------
    hessian : float64 array [parameters, parameters]
        In the order of all weights ``w``, then ``b``; without weight decay.
    optimum : mapping of str to float64 array
        Least squares: ``w`` [columns, 1] and ``b`` [1] with the least loss; the shortest such vector where there are several.
    minimum : float
        The loss there.
    weight_decay : float
        What each update adds to the gradient, times the parameter.
    """

    def __init__(self, columns: Floats, y: Floats, weight_decay: float = 0.0) -> None:
        design = np.column_stack((columns, np.ones(len(columns))))
        self.hessian: Floats = 2 / len(design) * (design.T @ design)
        solution = _least_squares(design, y)
        residual = y - design @ solution
        self.minimum = float(np.mean(residual * residual))
        self.optimum = {"w": solution[:-1].reshape(-1, 1), "b": solution[-1:]}
        self.weight_decay = weight_decay
        self._solution = solution

    @classmethod
    def of(cls, config: TrainingConfig, data: TrainingData | None = None) -> Quadratic | None:
        """That of ``config``; None where its loss is not quadratic in the parameters, powers leave float32's range, or edited
        code has another loss."""
        setup, config = config.setup, config if program(config).no_surface else config.generated
        if config.code or setup.model.columns is None or not setup.loss.quadratic:
            return None
        data = training_data(config) if data is None else data
        with torch.no_grad():
            columns = asides(program(config))["columns"](torch.from_numpy(data.X.copy())).numpy().astype(np.float64)
        if not np.isfinite(columns).all():
            return None
        decay = float(setup.get("weight_decay")) if setup.optimizer.name in ("gd", "sgd") else 0.0
        return cls(columns, data.y[:, 0].astype(np.float64), decay)

    @property
    def eigenvalues(self) -> Floats:
        """Of the Hessian, rising: how curved the loss is along its axes."""
        return np.asarray(np.linalg.eigvalsh(self.hessian), np.float64)

    @property
    def condition(self) -> float:
        """The greatest of them over the least: how much longer the slowest direction takes; inf where the loss is flat."""
        least, greatest = self.eigenvalues[0], self.eigenvalues[-1]
        return float(greatest / least) if least > 1e-12 * greatest else float("inf")

    def largest_rate(self) -> float:
        """2/λmax: above this learning rate plain gradient descent on all rows runs away. Weight decay lowers it."""
        return float(2 / (self.eigenvalues[-1] + self.weight_decay))

    def value(self, w: ArrayLike, b: ArrayLike) -> Floats:
        """The loss at weights ``w`` [..., columns] and ``b`` [...]; inf where it leaves float64's range, nan for nan."""
        at = np.concatenate((np.asarray(w, np.float64), np.asarray(b, np.float64)[..., None]), -1)
        with np.errstate(over="ignore", invalid="ignore"):
            offset = at - self._solution
            return np.asarray(self.minimum + np.einsum("...i,ij,...j->...", offset, self.hessian, offset) / 2)
