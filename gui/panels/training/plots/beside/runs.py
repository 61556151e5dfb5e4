"""A run as it is drawn beside the one that is trained: its look, its numbers, and where it is at the cursor. Holds no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gui.panels.training.plots.series import Floats, RunSeries, thinned_steps
from gui.session.run_numbers import RunNumbers

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit
    from engine.training.pictures.surfaces import Surface


class Own(NamedTuple):
    """The run that is trained: ``number`` decides its look, ``name`` is what it is called, ``short`` where room is scarce.

    ``begins`` is the epoch of another run at which it branched off.
    """

    number: int = 0
    name: str = ""
    short: str = ""
    begins: int = 0


@dataclass(eq=False)
class Beside:
    """A run that is drawn beside that one.

    Attributes
    ----------
    number : int
        Decides its look.
    name, short : str
        What it is called, and where there is little room.
    numbers : RunNumbers
        Of its steps.
    begins : int
        The epoch from which on it is drawn: its start, or where it branched off another run.
    plots : frozenset of str
        In which plots it can be drawn, by the keys of ``gui.session.comparing.NEEDED``.
    fit : Fit or None
        What its model says at the cursor; None before that is computed.
    path : float64 array [points, 3], or None
        Step, u and v on the surface of a model with many parameters; None where ``numbers`` has them, or before it is computed.
    key : int
        By which the controller tells of ``fit`` and ``path``.
    lead : RunSeries or None
        The run with which it races, or did: while that is looked at where it is newest, so is this one.
    grows : bool
        Whether ``numbers`` grow.
    """

    number: int
    name: str
    short: str
    numbers: RunNumbers
    begins: int = 0
    plots: frozenset[str] = frozenset()
    fit: Fit | None = None
    path: Floats | None = field(default=None, repr=False)
    key: int = 0
    lead: RunSeries | None = field(default=None, repr=False)
    grows: bool = False

    @property
    def last(self) -> int:
        """Its last step."""
        return max(0, len(self.numbers) - 1)

    def step(self, cursor: int) -> int:
        """Where it is when the run that is trained is at step ``cursor``: there, or at its last step if it is shorter."""
        if self.lead is not None and self.lead.shown is None:
            return self.last
        return min(max(cursor, self.begins), self.last)

    @property
    def is_line(self) -> bool:
        """Whether its parameters are one weight and one bias."""
        return self.numbers.places == (("w", 0), ("b", 0))

    def is_over(self, surface: Surface) -> bool:
        """Whether ``surface`` is about as many parameters: until that of other data is computed, the one before is shown."""
        return not self.numbers.places or len(self.numbers.places) == surface.size

    def way(self, surface: Surface) -> Floats:
        """Where it was on ``surface``, as far as that is known: step, u and v of some of its steps, (n, 3)."""
        if self.numbers.places:
            steps = self.begins + thinned_steps(self.last + 1 - self.begins)
            return np.column_stack((steps, surface.places_of(self.numbers.parameters[steps])))
        return np.empty((0, 3)) if self.path is None else self.path[self.path[:, 0] >= self.begins]
