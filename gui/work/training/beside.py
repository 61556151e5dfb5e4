"""What the training thread computes for plots of the runs that are drawn beside the one that is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.training.configs import FOLLOWED, Stretch, TrainingConfig, TrainingSnapshot
from engine.training.parameters import places_of

if TYPE_CHECKING:
    from engine.training.history import History
    from engine.training.pictures.fits import Fit, Fitting
    from engine.training.pictures.surfaces import Surface

SHARE = 20
"""Between two of these pictures a run that goes on gets so many times what they take."""
READ_SHARE = 80
"""The same where these are lines, which the window draws by itself."""
MOST_A_SECOND = 15.0
"""At most so many of them a second are made then."""
MOST_AT_ONCE = 4
"""Of the steps that a run has made meanwhile, so many are added to its path."""
MOST_PLACES = 2000
"""Up to so many places of a path are kept: then every second one is let go."""


class Watched(NamedTuple):
    """A run that is drawn beside the one that is trained: ``key`` names it, ``over_surface`` says whether its path is drawn.

    One that ``races`` is seen at its own newest step where the newest is looked at.
    """

    key: int
    config: TrainingConfig
    history: History
    over_surface: bool
    races: bool = False


class Seen(NamedTuple):
    """Its fit at the cursor; and step, u and v of some of its steps on the surface, where the window does not know them."""

    fit: Fit
    path: NDArray[np.float64] | None


class BesideViews:
    """Of the runs beside one run; used by the training thread alone."""

    def __init__(self) -> None:
        self._fittings: dict[int, Fitting] = {}
        self._axes: tuple[int, ...] = ()
        self._seen: dict[int, Seen] = {}
        self._over: Surface | None = None
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether a run that goes on has had enough time since the last ones."""
        return time.perf_counter() >= self._next

    def look(
        self,
        watched: tuple[Watched, ...],
        step: int,
        axes: tuple[int, ...],
        surface: Surface | None,
        cancel: Callable[[], bool],
        newest: Mapping[int, TrainingSnapshot] | None = None,
    ) -> Mapping[int, Seen] | None:
        """Each at ``step``, or at its last one, by its key; None where all are as they were, or once ``cancel`` says True.

        ``newest`` has the newest snapshots of those that race, by the ids of their histories; None: ``step`` is not the newest.
        """
        began, known = time.perf_counter(), {item.key for item in watched}
        changed = bool(self._seen.keys() - known)
        self._seen = {key: seen for key, seen in self._seen.items() if key in known}
        self._fittings = {key: fitting for key, fitting in self._fittings.items() if key in known and axes == self._axes}
        moved, self._axes, self._over = surface is not self._over, axes, surface
        for item in watched:
            if cancel():
                self._over = None
                return None
            shot = None if newest is None else newest.get(id(item.history))
            last = len(item.history) - 1
            at = shot.step if shot is not None else last if item.races and newest is not None else min(step, last)
            changed |= self._renew(item, at, shot, surface, moved=moved)
        ended = time.perf_counter()
        lines = all(item.config.model == "line" and not item.config.code for item in watched)
        self._next = ended + max(1 / MOST_A_SECOND, (READ_SHARE if lines else SHARE) * (ended - began))
        return dict(self._seen) if changed else None

    def grow(self, made: Mapping[int, Sequence[Stretch]], watched: tuple[Watched, ...], surface: Surface | None) -> None:
        """Steps were ``made`` of runs that race, by the ids of their histories: their paths over the surface go on."""
        for item in watched:
            seen, stretches = self._seen.get(item.key), made.get(id(item.history), ())
            if seen is None or seen.path is None or surface is None or surface is not self._over:
                continue
            shots = [shot for stretch in stretches for shot in stretch.snapshots if shot.step > seen.path[-1, 0]]
            shots = shots[:: -max(1, len(shots) // MOST_AT_ONCE)][::-1]
            if shots:
                path = np.concatenate((seen.path, surface.places(shots)))
                self._seen[item.key] = seen._replace(
                    path=path if len(path) <= MOST_PLACES else np.append(path[:-1:2], path[-1:], 0)
                )

    def _renew(self, item: Watched, step: int, shot: TrainingSnapshot | None, surface: Surface | None, *, moved: bool) -> bool:
        from engine.errors import ProgramError
        from engine.training.pictures.fits import Fitting

        before, fitting = self._seen.get(item.key), self._fittings.get(item.key)
        fit = before.fit if before is not None and fitting is not None and before.fit.step == step else None
        path = None if before is None else before.path
        if fit is not None and not moved:
            return False
        if fit is None:
            try:
                fitting = fitting or Fitting(item.config, self._axes)
                fit = fitting.fit(shot if shot is not None else item.history.at(step))
            except (ValueError, ProgramError):
                return False  # a file of data is gone, or edited code fails: what the window knows of the run stays drawn
            self._fittings[item.key] = fitting
        if (moved or before is None) and item.over_surface and surface is not None:
            snapshots = item.history.kept()
            few = len(places_of(snapshots[0].parameters)) <= FOLLOWED
            path = None if few else surface.places(snapshots)
        self._seen[item.key] = Seen(fit, path)
        return True
