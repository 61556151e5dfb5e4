"""What the process that runs edited code is asked, and what it answers. Holds no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.training.configs import FloatArray, TrainingConfig, TrainingSnapshot

if TYPE_CHECKING:
    from engine.training.data import TrainingData

MEMORY = 2 << 30
"""Bytes that the code may use, beside torch and the data."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep these data under ``key`` for what follows."""

    number: int
    key: int
    data: TrainingData


@dataclass(frozen=True, slots=True)
class Begin:
    """Make run ``run`` on the data ``key``, from its first weights or from ``start``; the answer is snapshot 0, or None."""

    number: int
    run: int
    key: int
    config: TrainingConfig
    start: TrainingSnapshot | None


@dataclass(frozen=True, slots=True)
class Advance:
    """Go on with a run, an epoch with each of these rates, for about so many seconds; the answer is the snapshots."""

    number: int
    run: int
    rates: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """Forget a run."""

    number: int
    run: int


@dataclass(frozen=True, slots=True)
class Record:
    """Record the epoch after ``start``, or one of its batches; the answer is the Recording and the parameters at its end."""

    number: int
    key: int
    config: TrainingConfig
    start: TrainingSnapshot
    rate: float | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class Predict:
    """Say what the code predicts at ``snapshot``: of ``places`` [places, features], of the rows trained on, of those set aside.

    The answer is three float64 arrays [rows, 1], of two classes the probability of class 1.
    """

    number: int
    key: int
    config: TrainingConfig
    snapshot: TrainingSnapshot
    places: FloatArray


Request = Hold | Begin | Advance | End | Record | Predict


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes
    ----------
    result : object
        What was asked for, or the exception.
    printed : str
        The end of what the code has printed since the last answer.
    left_out : int
        How many characters before that were left out.
    spent : bool
        Always False: the process may go on.
    """

    number: int
    result: object
    printed: str = ""
    left_out: int = 0
    spent: bool = False
