"""What is known of a run beside its own numbers: its data, closed forms of its loss, and what its loss cannot well fall below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import TrainingData, training_data
from engine.training.edited.contract import OTHER_MODEL
from engine.training.machine import made
from engine.training.program import program
from engine.training.quadratic import Quadratic

NOISE_FLOOR = "noise floor"
"""What the floor is called that is the square of the noise."""


@dataclass(frozen=True, eq=False, slots=True)
class Figures:
    """What the window shows of a run's set-up.

    Attributes
    ----------
    data : TrainingData
    quadratic : Quadratic or None
        Closed forms, where the loss is quadratic in the parameters.
    truth : tuple of two float, or None
        Weight and bias of the straight line that the data were made from.
    floor : tuple of (str, float), or None
        A loss that the run does not fall much below, and its name: that of the noise, or the least there is.
    limits : bool
        Whether 2/λmax is a limit for this run: it is plain gradient descent on all rows.
    no_fit, no_surface : str
        Why edited code has no fit, or no loss around the run, that could be shown; empty where it has.
    by_code : bool
        Whether the fit is what edited code predicts itself, and not the set-up's model.
    """

    data: TrainingData
    quadratic: Quadratic | None
    truth: tuple[float, float] | None
    floor: tuple[str, float] | None
    limits: bool
    no_fit: str = ""
    no_surface: str = ""
    by_code: bool = False

    @property
    def largest_rate(self) -> float | None:
        """2/λmax; None where the loss has no constant curvature."""
        return None if self.quadratic is None else self.quadratic.largest_rate()


def figures(config: TrainingConfig, start: TrainingSnapshot | None = None) -> Figures:
    """Of a run of ``config``, of which ``start`` is a snapshot. Raises as ``training_data``."""
    data, setup = training_data(config), config.setup
    quadratic = Quadratic.of(config, data)
    plain = (
        setup.optimizer.name in ("gd", "sgd") and config.batch_size is None and config.get("zero_grad") and not config.get("clip")
    )
    written = program(config)
    no_fit, no_surface, by_code = written.unseen, written.no_surface, bool(written.no_fit and written.own.text)
    if written.by_hand and not written.no_fit and start is not None and not _alike(config, start):
        by_code = bool(written.own.text)
        no_fit, no_surface = "" if by_code else written.own.missing, OTHER_MODEL
    if no_surface:
        quadratic = None
    limits = quadratic is not None and plain and not written.by_hand
    floor = None if no_surface else _floor(config, quadratic)
    return Figures(data, quadratic, _true_line(config, data), floor, limits, no_fit, no_surface, by_code)


def _alike(config: TrainingConfig, start: TrainingSnapshot) -> bool:
    """Whether a run has the parameters of the set-up's model."""
    parameters = made(config.generated)[2]
    found = {name: array.shape for name, array in start.parameters.items()}
    return {name: tuple(tensor.shape) for name, tensor in parameters.items()} == found


def _true_line(config: TrainingConfig, data: TrainingData) -> tuple[float, float] | None:
    if data.truth is None or config.data != "regression" or data.X.shape[1] != 1:
        return None
    at = data.truth(np.array([[0.0], [1.0]]))[:, 0]
    return float(at[1] - at[0]), float(at[0])


def _floor(config: TrainingConfig, quadratic: Quadratic | None) -> tuple[str, float] | None:
    """The square of the noise is known only where the data are made with it, and not scaled afterwards."""
    made = "noise" in config.setup.data.fields and not config.setup.values.get("outliers")
    if made and config.loss == "mse" and config.get("standardise") != "x and y":
        return NOISE_FLOOR, float(config.noise) ** 2
    return None if quadratic is None else ("least squares", quadratic.minimum)
