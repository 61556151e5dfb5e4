"""Each parameter and its gradient, step by step: every number of a small model, of others how large each tensor is. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import FOLLOWED, FloatArray, Stretch, TrainingSnapshot
from engine.training.parameters import called, places_of
from engine.training.pictures.thinned import Thinned

Numbers = NDArray[np.float32]

MOST_TENSORS = 64
"""Of a larger model the norms of up to so many tensors are."""
_SMALL = 256
"""Up to so many elements tensors of several steps are put together, since numpy's calls are dearer than its sums."""


class RunTraces:
    """Grows with a run. Step 0 is its start, which has no gradient: nan."""

    def __init__(self) -> None:
        self._count = 0
        self._table: Numbers = np.empty((0, 0), np.float32)
        self._known: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._names: tuple[str, ...] = ()
        self._thinned: dict[tuple[int, bool], Thinned] = {}
        self.labels: tuple[str, ...] = ()
        """What is kept: ``w``, ``w[2]`` of a small model, ``0.weight`` of one whose tensors' norms are."""
        self.norms = False
        """Whether they are norms of tensors; else single numbers."""
        self.tensors: tuple[str, ...] = ()
        """The names of all parameters that have more than one number."""

    @classmethod
    def of(cls, labels: Sequence[str], tensors: Sequence[str], values: Numbers, gradients: Numbers, *, norms: bool) -> RunTraces:
        """What was kept of a run that was made elsewhere: ``values`` and ``gradients`` are [steps, labels]."""
        made = cls()
        made._count, made._table = len(values), np.concatenate([values, gradients], axis=1)
        made.labels, made.tensors, made.norms = tuple(labels), tuple(tensors), norms
        made._names = tuple(dict.fromkeys(label if norms else label.split("[")[0] for label in labels))
        made._known = np.asarray(np.isfinite(gradients).any(axis=1))
        made._known[:1] = True
        return made

    def extend(self, made: Stretch) -> None:
        """More steps were made; the first call begins with step 0. What is in snapshots only is nan at a step without one."""
        shots = made.snapshots
        if not self._count:
            self._begin(shots[0])
        needed, wide = self._count + len(made), len(self.labels)
        if needed > len(self._table):
            larger = np.empty((max(256, 2 * len(self._table), needed), 2 * wide), np.float32)
            if self._count:
                larger[: self._count] = self._table[: self._count]
            known = np.zeros(len(larger), np.bool_)
            known[: self._count] = self._known[: self._count]
            self._table, self._known = larger, known
        new, column = self._table[self._count : needed], 0
        there = [shot.step - made.first for shot in shots]
        self._known[self._count : needed] = False
        self._known[[self._count + place for place in there]] = True
        if len(there) < len(made):
            new[:] = math.nan
        for name in self._names:
            size = 1 if self.norms else shots[0].parameters[name].size
            with np.errstate(over="ignore"):
                if self.norms or name not in made.parameters:
                    new[there, column : column + size] = self._made([shot.parameters.get(name) for shot in shots])
                else:
                    new[:, column : column + size] = made.parameters[name]
                new[there, wide + column : wide + column + size] = self._made([shot.gradients.get(name) for shot in shots])
            column += size
        self._count = needed

    def learn(self, shot: TrainingSnapshot) -> None:
        """The snapshot of a step whose own was not there: it was computed again."""
        if not 0 <= shot.step < self._count or self._known[shot.step]:
            return
        row, column, wide = self._table[shot.step], 0, len(self.labels)
        for name in self._names:
            size = 1 if self.norms else shot.parameters[name].size
            with np.errstate(over="ignore"):
                row[column : column + size] = self._made([shot.parameters[name]])[0]
                row[wide + column : wide + column + size] = self._made([shot.gradients.get(name)])[0]
            column += size
        self._known[shot.step] = True
        for thinned in self._thinned.values():
            thinned.changed(shot.step)

    def known(self, count: int) -> NDArray[np.bool_]:
        """Of which of the first ``count`` steps all is there; of the others only the single numbers are."""
        return self._known[: min(count, self._count)]

    def _begin(self, start: TrainingSnapshot) -> None:
        parameters = start.parameters
        places = places_of(parameters) if sum(array.size for array in parameters.values()) <= FOLLOWED else ()
        self.norms = not places and bool(parameters)
        self._names = tuple(parameters)[: MOST_TENSORS if self.norms else None]
        self.labels = tuple(called(place, parameters) for place in places) or self._names
        self.tensors = tuple(name for name, array in parameters.items() if array.size > 1)

    def _made(self, arrays: list[FloatArray | None]) -> NDArray[np.floating]:
        """One row for each of ``arrays``; nan where there is none."""
        there = [array for array in arrays if array is not None]
        if len(there) < len(arrays):
            empty = np.full((1, 1), math.nan)
            rows = [empty if array is None else self._made([array]) for array in arrays]
            widest = max(row.shape[1] for row in rows)
            return np.concatenate([np.broadcast_to(row, (1, widest)) for row in rows])
        if not self.norms:
            return np.array(there).reshape(len(there), -1)
        if there[0].size <= _SMALL:
            return np.asarray(np.linalg.norm(np.array(there, np.float64).reshape(len(there), -1), axis=1))[:, None]
        return np.array([[_norm(array)] for array in there])

    def until(self, count: int) -> RunTraces:
        """Those of the first ``count`` steps, which can grow otherwise."""
        made = RunTraces()
        made._count, made._names, made.norms = min(count, self._count), self._names, self.norms
        made._table, made._known = self._table[: made._count].copy(), self._known[: made._count].copy()
        made.labels, made.tensors = self.labels, self.tensors
        return made

    def thinned(self, line: int, *, gradient: bool, positive: bool) -> Thinned:
        """The number ``line`` of the labels, or its gradient, in few points; with ``positive`` on a logarithmic scale."""
        key = line + gradient * len(self.labels), positive
        return self._thinned.setdefault(key, Thinned(positive=positive))

    def values(self, count: int) -> Numbers:
        """Of the first ``count`` steps: [steps, labels]."""
        return self._table[: min(count, self._count), : len(self.labels)]

    def gradients(self, count: int) -> Numbers:
        """The same of their gradients, as each step's last update used them; nan at step 0."""
        return self._table[: min(count, self._count), len(self.labels) :]


def _norm(array: FloatArray) -> float:
    """Its norm, in the precision that does not lose it."""
    with np.errstate(over="ignore", under="ignore"):
        square = float(np.vdot(array, array))
    return math.sqrt(square) if 1e-30 < square < 1e30 else float(np.linalg.norm(np.asarray(array, np.float64)))
