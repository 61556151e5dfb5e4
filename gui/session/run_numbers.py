"""The numbers of a run, step by step, as arrays: loss, validation, rate, parameters of a small model. Holds no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import Stretch, TrainingSnapshot
from engine.training.pictures.thinned import Thinned
from engine.training.pictures.traces import RunTraces

Floats = NDArray[np.float64]

_COLUMNS = ("loss", "validation", "rate")
GROWN, BACK, LOST = 2.0, 0.1, 100.0
"""Times the first loss: beyond the first a run diverges, unless it came back below the second, or is beyond the third."""
SWING = 2.0
"""A loss swings once one is more than so many times the least one before it."""
MANY = 10_000
"""Up to so many new numbers are looked at themselves for the least and the greatest."""


class RunNumbers:
    """Grows with a run. Step 0 is its start, whose loss is nan, because no forward has run."""

    def __init__(self) -> None:
        self._count = 0
        self._numbers = np.empty((0, len(_COLUMNS)))
        self.begun = 0
        """How often another run has begun: until the next one, what is there of a run stays as it is."""
        self.places: tuple[tuple[str, int], ...] = ()
        """The parameters that ``parameter`` knows: names, and places in their flattened arrays; none for a model with many."""
        self.traces = RunTraces()
        """Parameters and gradients to draw; they grow on while a copy of these numbers stays as it is."""
        self._thinned: dict[tuple[str, bool], Thinned] = {}
        self._ends: dict[tuple[str, bool], tuple[int, tuple[float, float] | None]] = {}
        """Of a column (above 0): of how many steps the least and the greatest number are known, and these."""
        self._finite = 1

    def __len__(self) -> int:
        """How many steps there are, including step 0."""
        return self._count

    @property
    def diverges(self) -> bool:
        """Whether the newest loss is not finite, or far above the first one.

        Far above is more than ``GROWN`` times as large. A loss that swings is there again and again: one that has come back below
        ``BACK`` times the first one, after it rose above that, diverges only beyond ``LOST`` times the first one.
        """
        if self._count < 2:
            return False
        losses = self.loss[1:]
        first, last = float(losses[0]), float(losses[-1])
        if not math.isfinite(last) or last > LOST * first:
            return True
        if not last > GROWN * first:
            return False
        after = losses[int(np.argmax(losses > first)) :]
        return not bool((after < BACK * first).any())

    @property
    def swings(self) -> tuple[float, float] | None:
        """The least and the greatest finite loss, once the loss has risen to more than ``SWING`` times the least one before."""
        losses = self.loss[1:]
        losses = losses[np.isfinite(losses)]
        if not (losses > SWING * np.minimum.accumulate(losses)).any():
            return None
        return float(losses.min()), float(losses.max())

    def start(self, snapshots: Iterable[TrainingSnapshot]) -> None:
        """Another run: forget the one before."""
        self.begun += 1
        self._count, self._numbers, self.places, self.traces = 0, np.empty((0, len(_COLUMNS))), (), RunTraces()
        self._thinned, self._ends, self._finite = {}, {}, 1
        self.extend(snapshots)

    @classmethod
    def of(
        cls, losses: Floats, rates: Floats, places: Sequence[tuple[str, int]], parameters: Floats, traces: RunTraces
    ) -> RunNumbers:
        """Those of a run that was made elsewhere.

        ``losses`` are [steps, (loss, validation)], ``parameters`` [steps, places]; all begin with step 0.
        """
        made = cls()
        made._count, made.places, made.traces = len(losses), tuple(places), traces
        made._numbers = np.concatenate([losses, rates[:, None], parameters], axis=1)
        return made

    def restart(self, numbers: RunNumbers) -> None:
        """Another run begins, which has made these steps already."""
        self.begun += 1
        self._count, self.places = numbers._count, numbers.places
        self._numbers = numbers._numbers[: self._count].copy()
        self.traces = numbers.traces.until(self._count)
        self._thinned, self._ends, self._finite = {}, {}, 1

    def until(self, step: int) -> RunNumbers:
        """Those up to ``step``, which can grow otherwise."""
        made = RunNumbers()
        made.restart(self)
        made._count = min(step + 1, self._count)
        made.traces = self.traces.until(made._count)
        return made

    def extend(self, made: Iterable[TrainingSnapshot | Stretch]) -> None:
        """More steps were made."""
        shots: list[TrainingSnapshot] = []
        for item in made:
            if isinstance(item, TrainingSnapshot):
                shots.append(item)
            else:
                self._add(item)
        if shots:
            self._add(Stretch.of(shots))

    def _add(self, made: Stretch) -> None:
        if not self._count:
            sizes = {name: array.shape[1] for name, array in made.parameters.items()}
            self.places = tuple((name, place) for name, size in sizes.items() for place in range(size))
        needed = self._count + len(made)
        if needed > len(self._numbers):
            larger = np.empty((max(256, 2 * len(self._numbers), needed), len(_COLUMNS) + len(self.places)))
            if self._count:
                larger[: self._count] = self._numbers[: self._count]
            self._numbers = larger
        new = self._numbers[self._count : needed]
        for column, values in enumerate((made.losses, made.validation, made.rates)):
            new[:, column] = values
        column = len(_COLUMNS)
        for array in made.parameters.values() if self.places else ():
            new[:, column : column + array.shape[1]] = array
            column += array.shape[1]
        self._count = needed
        self.traces.extend(made)

    def _column(self, name: str) -> Floats:
        return self._numbers[: self._count, _COLUMNS.index(name)]

    @property
    def loss(self) -> Floats:
        """The loss of each step; nan at step 0."""
        return self._column("loss")

    @property
    def validation(self) -> Floats:
        """The loss on the rows set aside, after each step; nan where there are none."""
        return self._column("validation")

    @property
    def rate(self) -> Floats:
        """The learning rate of each step."""
        return self._column("rate")

    @property
    def lost(self) -> int | None:
        """The first step, from 1, whose loss is not finite; None where all are."""
        loss = self.loss
        if self._finite < self._count and math.isfinite(loss[self._finite]):
            bad = ~np.isfinite(loss[self._finite :])
            self._finite += int(np.argmax(bad)) if bad.any() else len(bad)
        return self._finite if self._finite < self._count else None

    def thinned(self, column: str, positive: bool) -> Thinned:
        """``loss`` or ``validation`` in few points; with ``positive`` on a logarithmic scale."""
        return self._thinned.setdefault((column, positive), Thinned(positive=positive))

    def extent(self, column: str, positive: bool, count: int | None = None) -> tuple[float, float] | None:
        """The least and the greatest finite number (above 0) of the first ``count`` steps' (all if None); None: there is none."""
        row = self._column(column)
        last = len(row) if count is None else min(count, len(row))
        known, ends = self._ends.get((column, positive), (0, None))
        if known > last or last - known > MANY:
            known, ends = last, self.thinned(column, positive).extent(row, 0, last)
        elif known < last:
            ends = _wider(ends, row[known:last], positive)
        self._ends[column, positive] = last, ends
        return ends

    @property
    def parameters(self) -> Floats:
        """All that are kept, in the order of ``places``: [steps, places]."""
        return self._numbers[: self._count, len(_COLUMNS) :]

    def parameter(self, name: str, place: int = 0) -> Floats:
        """One parameter after each step; nothing where it is not kept."""
        if (name, place) not in self.places:
            return np.empty(0)
        return self._numbers[: self._count, len(_COLUMNS) + self.places.index((name, place))]


def _wider(ends: tuple[float, float] | None, numbers: Floats, positive: bool) -> tuple[float, float] | None:
    """``ends`` with those of these ``numbers`` that are finite, with ``positive`` above 0."""
    there = numbers[np.isfinite(numbers) & (numbers > 0)] if positive else numbers[np.isfinite(numbers)]
    if not len(there):
        return ends
    low, high = float(there.min()), float(there.max())
    return (low, high) if ends is None else (min(low, ends[0]), max(high, ends[1]))
