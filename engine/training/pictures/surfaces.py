"""The loss around a run, to be drawn: over two parameters, or a slice through three of its points, with the run on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.parameters import called, places_of
from engine.training.planes import Bowl, Plane, along, losses, through
from engine.training.quadratic import Quadratic

Floats = NDArray[np.float64]
Chosen = tuple[tuple[str, int], tuple[str, int]]
"""Two parameters, each by its name and its place in its flattened array."""

GRIDS = (49, 37), (33, 25), (25, 19), (17, 13)
"""Places across and up where the loss is computed, if it has no closed form: the most that take no more than ``LONGEST``."""
LONGEST = 0.8
"""Seconds that a surface takes, but for the coarsest."""
TAME = 10.0
"""A run is shown until its loss is so many times its first: beyond that the start could not be told from the end."""
ROOM = 0.35
"""How far beyond the run the surface goes, as a share of its reach."""


@dataclass(frozen=True, eq=False, slots=True)
class Surface:
    """The loss over a plane.

    Attributes
    ----------
    plane : Plane
    chosen : tuple of two (name, place), or None
        The parameters along u and v; None for a slice through points of the run.
    names : tuple of str
        Of u and v.
    bowl : Bowl or None
        The closed form, where there is one.
    ends : tuple of four float
        The range that is shown: least and greatest u, least and greatest v.
    u, v : float64 arrays
    losses : float64 array [v, u]
        The loss there; empty where there is a ``bowl``.
    path : float64 array [points, 3]
        Step, u and v of snapshots of the run.
    said : str
        What a slice is; empty where the plane is all of the loss.
    """

    plane: Plane
    chosen: Chosen | None
    names: tuple[str, str]
    bowl: Bowl | None
    ends: tuple[float, float, float, float]
    u: Floats
    v: Floats
    losses: Floats
    path: Floats
    said: str
    _basis: Floats = field(repr=False)

    def places(self, snapshots: Sequence[TrainingSnapshot]) -> Floats:
        """Step, u and v of each: [snapshots, 3]."""
        if not snapshots:
            return np.empty((0, 3))
        origin = _flat(self.plane.origin)
        points = np.array([_flat(shot.parameters) for shot in snapshots])
        with np.errstate(invalid="ignore", over="ignore"):
            return np.column_stack(([shot.step for shot in snapshots], (points - origin) @ self._basis))

    @property
    def size(self) -> int:
        """How many parameters it is about."""
        return len(self._basis)

    def places_of(self, rows: Floats) -> Floats:
        """u and v of rows of all parameters, in their order: [rows, 2]."""
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray((rows - _flat(self.plane.origin)) @ self._basis)


def surface(
    config: TrainingConfig,
    snapshots: Sequence[TrainingSnapshot],
    best: TrainingSnapshot,
    chosen: Chosen | None = None,
    ends: tuple[float, float, float, float] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Surface:
    """The loss around a run.

    Parameters
    ----------
    config : TrainingConfig
    snapshots : sequence of TrainingSnapshot
        Of the run, in their order; the first is its start, the last its end.
    best : TrainingSnapshot
        The one with the least loss.
    chosen : two (name, place), optional
        The parameters to go along. Default: both of a model with two; else a slice through start, end and best, as long as the
        end differs from the start.
    ends : tuple of four float, optional
        The range to compute; default: what holds the run.
    cancel : callable, optional
        As ``planes.losses`` asks it.

    Raises
    ------
    engine.errors.Cancelled
        As ``planes.losses``.
    ValueError
        Where ``chosen`` is not there.
    """
    tame = _tame(snapshots)
    start, end = tame[0].parameters, tame[-1].parameters
    known = places_of(start)
    plane, said = None, ""
    if chosen is None and len(known) > 2 and (_flat(end) != _flat(start)).any():
        third, name = _third(tame, best)
        plane = through(start, end, third)
        last = "end" if tame[-1] is snapshots[-1] else f"epoch {tame[-1].step:,}"
        said = f"a slice through start, {last} and {name}"
    if plane is None:
        chosen = chosen or (known[0], known[1])
        plane = along(end, *chosen)
        said = f"a slice: {len(known) - 2:,} other parameters stay" if plane.slice else ""
    names = (called(chosen[0], start), called(chosen[1], start)) if chosen else ("towards the end", "across")
    quadratic = Quadratic.of(config)
    bowl = None if quadratic is None else Bowl.of(quadratic, plane)
    basis = np.column_stack((_flat(plane.first), _flat(plane.second)))
    bare = Surface(
        plane, chosen, names, bowl, ends or (0, 1, 0, 1), *(np.empty(0),) * 2, np.empty((0, 0)), np.empty((0, 3)), said, basis
    )
    path = bare.places(snapshots)
    ends = ends or _ends(bare.places(tame), bowl)
    if bowl is not None:
        return replace(bare, ends=ends, path=path)
    began = time.perf_counter()
    losses(config, plane, np.array(ends[:1]), np.array(ends[2:3]))
    cost = time.perf_counter() - began
    size = next((size for size in GRIDS if size[0] * size[1] * cost <= LONGEST), GRIDS[-1])
    u, v = np.linspace(ends[0], ends[1], size[0]), np.linspace(ends[2], ends[3], size[1])
    return replace(bare, ends=ends, path=path, u=u, v=v, losses=losses(config, plane, u, v, cancel=cancel))


def _tame(snapshots: Sequence[TrainingSnapshot]) -> list[TrainingSnapshot]:
    """The snapshots before the run ran away, if it did."""

    def is_tame(shot: TrainingSnapshot) -> bool:
        first = shot.first if shot.first is not None else shot.loss
        near = shot.loss is not None and first is not None and shot.loss <= TAME * first
        return near and bool(np.isfinite(_flat(shot.parameters)).all())

    return [snapshots[0], *filter(is_tame, snapshots[1:])]


def _third(snapshots: Sequence[TrainingSnapshot], best: TrainingSnapshot) -> tuple[Mapping[str, NDArray[np.floating]], str]:
    """The third point of a slice, and its name: the best, or if that is on the line from start to end, the one farthest off."""
    start, end = _flat(snapshots[0].parameters), _flat(snapshots[-1].parameters)
    way = (end - start) / np.linalg.norm(end - start)

    def off(shot: TrainingSnapshot) -> float:
        offset = _flat(shot.parameters) - start
        away = float(np.linalg.norm(offset - (offset @ way) * way))
        return away if np.isfinite(away) else -1.0

    if off(best) > 1e-3 * np.linalg.norm(end - start):
        return best.parameters, "best"
    farthest = max(snapshots, key=off)
    return farthest.parameters, f"epoch {farthest.step:,}"


def _ends(path: Floats, bowl: Bowl | None) -> tuple[float, float, float, float]:
    """A range that holds the run, with room around it, and the lowest point if that is near."""
    finite = path[np.isfinite(path).all(axis=1), 1:]
    lows, highs = finite.min(axis=0), finite.max(axis=0)
    if bowl is not None:
        reach = np.maximum(highs - lows, 1.0)
        best = np.array(bowl.optimum)
        if ((best > lows - 3 * reach) & (best < highs + 3 * reach)).all():
            lows, highs = np.minimum(lows, best), np.maximum(highs, best)
    room = np.maximum(ROOM * (highs - lows), 0.25 * float((highs - lows).max()) or 1.0)
    (u0, v0), (u1, v1) = (lows - room).tolist(), (highs + room).tolist()
    return u0, u1, v0, v1


def _flat(parameters: Mapping[str, NDArray[np.floating]]) -> Floats:
    return np.concatenate([np.asarray(array, np.float64).ravel() for array in parameters.values()])
