"""How the numbers of a parameter, or of its gradient, are distributed epoch by epoch: least, quartiles, greatest. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.training.configs import TrainingSnapshot

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the numbers that are below each line: least, lower quartile, median, upper quartile, greatest."""
MOST = 240
"""About so many epochs are looked at."""


@dataclass(frozen=True, slots=True)
class Distributed:
    """Which numbers: those of the parameter ``name``, or of its ``gradient``."""

    name: str
    gradient: bool = False

    def of(self, snapshot: TrainingSnapshot) -> NDArray[np.floating] | None:
        """What ``snapshot`` holds of it; None where that is nothing, as gradients at the start."""
        return (snapshot.gradients if self.gradient else snapshot.parameters).get(self.name)


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """The distribution over the epochs that were looked at.

    Attributes
    ----------
    what : Distributed
    size : int
        How many numbers there are.
    steps : int array [epochs]
        The epochs that were looked at, in order.
    lines : float64 array [epochs, 5]
        ``SHARES`` of the numbers of each, linear between two; nan where not all are finite.
    last : int
        The newest epoch that there was.
    """

    what: Distributed
    size: int
    steps: NDArray[np.int64]
    lines: NDArray[np.float64]
    last: int

    @property
    def every(self) -> bool:
        """Whether each epoch was looked at."""
        return len(self.steps) > self.last - int(self.what.gradient)

    def at(self, step: int) -> int | None:
        """The place of epoch ``step`` in ``steps``; None where it was not looked at."""
        place = int(np.searchsorted(self.steps, step))
        return place if place < len(self.steps) and self.steps[place] == step else None


class Spreads:
    """Of one run. What was computed of an epoch is kept, as long as the same numbers are looked at."""

    def __init__(self) -> None:
        self._what: Distributed | None = None
        self._known: dict[int, NDArray[np.float64]] = {}
        self._size = 0

    def spread(
        self, what: Distributed, snapshots: Sequence[TrainingSnapshot], cancel: Callable[[], bool] | None = None
    ) -> Spread:
        """Of ``snapshots``, in order. Raises engine.errors.Cancelled once ``cancel`` says True, and keeps what it has."""
        if what != self._what:
            self._what, self._known, self._size = what, {}, 0
        steps = []
        for snapshot in snapshots:
            array = what.of(snapshot)
            if array is None:
                continue
            self._size = array.size
            steps.append(snapshot.step)
            if snapshot.step not in self._known:
                if cancel is not None and cancel():
                    raise Cancelled
                self._known[snapshot.step] = _shares(array)
        self._known = {step: self._known[step] for step in steps}
        lines = np.array([self._known[step] for step in steps]).reshape(len(steps), len(SHARES))
        return Spread(what, self._size, np.array(steps, np.int64), lines, snapshots[-1].step if snapshots else 0)


def _shares(array: NDArray[np.floating]) -> NDArray[np.float64]:
    numbers = np.asarray(array, np.float64).ravel()
    if not len(numbers) or not np.isfinite(numbers).all():
        return np.full(len(SHARES), np.nan)
    return np.asarray(np.quantile(numbers, SHARES))
