"""What the training thread computes for the plots beside the run: the fit of a snapshot, and the loss around the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.training.configs import FOLLOWED, TrainingConfig, TrainingSnapshot
from engine.training.parameters import places_of
from gui.work.training.beside import BesideViews, Seen, Watched

if TYPE_CHECKING:
    from engine.training.history import History
    from engine.training.pictures.fits import Fit, Fitting
    from engine.training.pictures.spreads import Distributed, Spread, Spreads
    from engine.training.pictures.surfaces import Chosen, Surface

FITS_A_SECOND = 20.0
"""At most so many fits a second are computed while training runs."""
TEXTS_A_SECOND = 5.0
"""The same of a line, which the window draws by itself: the fit gives its errors, which are texts, and written as often."""
SHARE = 25
"""Between two of them the run gets so many times what one takes: the window's pictures cost it a twenty-fifth at most."""
TEXT_SHARE = 40
"""The same where it is read only."""
SURFACE_SHARE = 40
"""The same of the loss around the run."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What the window looks at.

    Attributes
    ----------
    step : int, optional
        Number of the snapshot whose fit is shown; None follows the newest.
    axes : tuple of int
        The features that are shown; empty for the first.
    chosen : two (name, place), optional
        The parameters that the loss is shown over; None for both, or a slice.
    ends : tuple of four float, optional
        Which part of that is in view; None for what holds the run.
    code : bool
        Whether the code is looked at and edited, which will run in a process of its own: that takes seconds to start.
    beside : tuple of Watched
        The runs that are drawn beside this one.
    spread : Distributed, optional
        The numbers whose distribution over the epochs is shown; None for none.
    """

    step: int | None = None
    axes: tuple[int, ...] = ()
    chosen: Chosen | None = None
    ends: tuple[float, float, float, float] | None = None
    code: bool = False
    beside: tuple[Watched, ...] = ()
    spread: Distributed | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was computed of what is looked at; None for what is as it was.

    Attributes
    ----------
    fit : Fit, optional
    no_fit : str
        Why there is none any more.
    snapshot : TrainingSnapshot, optional
        The one that it is of.
    surface : Surface, optional
    spread : Spread, optional
    place : tuple of three float, optional
        Step, u and v on the surface of the snapshot whose fit is shown; of a model with few parameters the window knows that.
    beside : mapping of int to Seen, optional
        What is seen of the runs beside this one, by their keys.
    """

    fit: Fit | None = None
    snapshot: TrainingSnapshot | None = None
    surface: Surface | None = None
    spread: Spread | None = None
    place: tuple[float, float, float] | None = None
    beside: Mapping[int, Seen] | None = None
    no_fit: str = ""


class Views:
    """Of one run; used by the training thread alone.

    ``history`` may grow in another thread; ``last`` is the newest snapshot that was made.
    """

    def __init__(self, config: TrainingConfig, history: History, no_fit: str = "", no_surface: str = "") -> None:
        self._config = config
        self._no_fit, self._no_surface = no_fit, no_surface
        self.failed = ""
        """Why edited code, of which a fit was to be drawn, has none."""
        self._history = history
        self._fitting: Fitting | None = None
        self._fitted: tuple[int, tuple[int, ...]] | None = None
        self._next_fit = 0.0
        self.surface: Surface | None = None
        self.beside = BesideViews()
        self._around: tuple[object, ...] | None = None
        self._surface_cost = 0.0
        self._surface_at = 0.0
        self.looked: TrainingSnapshot | None = None
        """The snapshot whose fit was computed last."""
        self._spreads: Spreads | None = None
        self._spread_of: tuple[object, ...] | None = None
        self._next_spread = 0.0

    def lags(self, last: TrainingSnapshot) -> bool:
        """Whether the window has not taken all steps yet: what is told of the run would leave some out."""
        return len(self._history) <= last.step

    def fit(self, last: TrainingSnapshot, looks: Looks, cancel: Callable[[], bool] | None = None) -> Fit | None:
        """The fit that is looked at; None if it is the one that was computed last, edited code fails, or ``cancel`` says True."""
        from engine.errors import Cancelled, ProgramError
        from engine.training.pictures.fits import Fitting

        step = last.step if looks.step is None else min(looks.step, last.step)
        if self._no_fit or (step, looks.axes) == self._fitted:
            return None
        began = time.perf_counter()
        if self._fitting is None or self._fitted is None or self._fitted[1] != looks.axes:
            self._fitting = Fitting(self._config, looks.axes)
        self.looked = last if step == last.step else self._history.at(step)
        try:
            found = self._fitting.fit(self.looked, cancel)
        except Cancelled:
            return None
        except ProgramError as error:
            self._no_fit = self.failed = f"what the code predicts cannot be computed: {error.message}"
            return None
        self._fitted = step, looks.axes
        ended = time.perf_counter()
        is_read = len(places_of(last.parameters)) == 2 and not self._fitting.by_code
        most, share = (TEXTS_A_SECOND, TEXT_SHARE) if is_read else (FITS_A_SECOND, SHARE)
        self._next_fit = ended + max(1 / most, share * (ended - began))
        return found

    def look_beside(
        self,
        last: TrainingSnapshot,
        looks: Looks,
        cancel: Callable[[], bool],
        newest: Mapping[int, TrainingSnapshot] | None = None,
    ) -> Mapping[int, Seen] | None:
        """The runs beside this one, at the step that is looked at; None if they are as they were.

        ``newest`` has the newest snapshots of those that race, by the ids of their histories.
        """
        step = last.step if looks.step is None else min(looks.step, last.step)
        follows = (newest or {}) if looks.step is None else None
        return self.beside.look(looks.beside, step, looks.axes, self.surface, cancel, follows)

    def fit_is_due(self) -> bool:
        """Whether the run has had enough time since the last one."""
        return time.perf_counter() >= self._next_fit

    def around(self, last: TrainingSnapshot, looks: Looks, cancel: Callable[[], bool]) -> Surface | None:
        """The loss around the run; None if what was computed last is that still. Raises Cancelled once ``cancel`` says True."""
        from engine.training.pictures.surfaces import surface

        if self._no_surface:
            return None
        # What holds the run changes with it, and a slice goes through its end.
        grows = looks.ends is None and (self.surface is None or self.surface.bowl is None or bool(self.surface.said))
        wanted = (looks.chosen, looks.ends, last.step if grows else 0)
        if wanted == self._around:
            return None
        began = time.perf_counter()
        snapshots = self._history.kept()
        if snapshots[-1].step < last.step:
            snapshots.append(last)
        self.surface = surface(self._config, snapshots, self._history.best(), looks.chosen, looks.ends, cancel)
        self._around = wanted
        self._surface_at = time.perf_counter()
        self._surface_cost = self._surface_at - began
        return self.surface

    def surface_is_due(self, last: TrainingSnapshot) -> bool:
        """Whether the run has come so far since the last one that another is worth its time."""
        if self.surface is None or not self.surface.said or self.surface.chosen is not None:
            return False
        before = int(self.surface.path[-1, 0])
        rested = time.perf_counter() - self._surface_at
        return last.step >= 2 * before + 1 and rested >= max(0.5, SURFACE_SHARE * self._surface_cost)

    def places(self, made: Sequence[TrainingSnapshot], most: int = 4) -> list[tuple[float, float, float]]:
        """Step, u and v of some of the snapshots that were ``made``, evenly chosen, on the surface that is shown.

        None for a model with few parameters: the window knows all of them at each step.
        """
        if self.surface is None or not made or len(places_of(made[0].parameters)) <= FOLLOWED:
            return []
        every = max(1, len(made) // most)
        return [tuple(row) for row in self.surface.places(made[::-1][::every][::-1]).tolist()]

    def place(self) -> tuple[float, float, float] | None:
        """Step, u and v of that snapshot on the surface; None as for ``places``."""
        if self.looked is None:
            return None
        found = self.places([self.looked])
        return found[0] if found else None

    def spread(self, last: TrainingSnapshot, looks: Looks, cancel: Callable[[], bool]) -> Spread | None:
        """The distribution that is looked at; None if it is the one that was computed last, or none is.

        Of snapshots that are kept, and of the one that is looked at. Raises Cancelled once ``cancel`` says True.
        """
        from engine.training.pictures.spreads import MOST, Spreads

        wanted = looks.spread, last.step, looks.step
        if looks.spread is None or wanted == self._spread_of:
            return None
        began = time.perf_counter()
        try:
            snapshots = {snapshot.step: snapshot for snapshot in (*self._history.kept(MOST), last)}
            if looks.step is not None and looks.step <= last.step and looks.step not in snapshots:
                snapshots[looks.step] = self._history.at(looks.step)
            self._spreads = self._spreads or Spreads()
            found = self._spreads.spread(looks.spread, [snapshots[step] for step in sorted(snapshots)], cancel)
        finally:
            ended = time.perf_counter()
            self._next_spread = ended + max(1 / TEXTS_A_SECOND, SHARE * (ended - began))
        self._spread_of = wanted
        return found

    def spread_is_due(self) -> bool:
        """Whether the run has had enough time since the last one."""
        return time.perf_counter() >= self._next_spread
