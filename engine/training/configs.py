"""Settings and snapshots of a training run. Holds no torch, so the window may import it at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]

WHOLE_NUMBERS: Mapping[str, tuple[int, int]] = {
    "epochs": (1, 100_000),
    "seed": (0, 2**31 - 1),
    "n_samples": (2, 1_000_000),
    "data_seed": (0, 2**31 - 1),
}
"""The least and the greatest value of each setting of a ``TrainingConfig`` that is a whole number."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What defines a training run; two runs with the same config are bit-identical.

    Parameters
    ----------
    learning_rate : float, default 0.1
        Step size of gradient descent; finite and greater than 0.
    epochs : int, default 30
        Number of steps (each sees all samples once), from 1 to 100,000.
    seed : int, default 4
        Seed of the generator that draws the first weights, from 0 to 2**31 - 1.
    n_samples : int, default 1500
        Rows of the data set, from 2 to 1,000,000.
    noise : float, default 0.3
        Standard deviation of the noise on y, 0 or more.
    bias : float, default 2.0
        True bias of the data set.
    data_seed : int, default 0
        ``random_state`` of scikit-learn's ``make_regression``, from 0 to 2**31 - 1.
    """

    learning_rate: float = 0.1
    epochs: int = 30
    seed: int = 4
    n_samples: int = 1500
    noise: float = 0.3
    bias: float = 2.0
    data_seed: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class TrainingSnapshot:
    """One point of a run, as read-only numpy copies.

    Attributes
    ----------
    step : int
        0 for the start, then 1, 2, …
    loss : float or None
        Mean squared error as the step's forward computed it, before its update; None at step 0.
    parameters : mapping of str to array
        After the update: ``w`` float32 [1, 1], ``b`` float32 [1].
    gradients : mapping of str to array
        As the update used them; empty at step 0.
    learning_rate : float
        As used by this step (at step 0: the configured one).
    """

    step: int
    loss: float | None
    parameters: Mapping[str, FloatArray]
    gradients: Mapping[str, FloatArray] = field(default_factory=dict)
    learning_rate: float = 0.1
