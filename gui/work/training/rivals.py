"""The runs that are trained side by side with the one that is shown: all go on to an epoch before any goes further."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from engine.training.configs import Stretch, TrainingConfig, TrainingSnapshot

if TYPE_CHECKING:
    from engine.training.history import History
    from engine.training.training import Course

ROUND = 0.02
"""Seconds that a round takes about: it is as many epochs of each run as fit into that, and at least one."""
MOST_A_ROUND = 20_000
"""Epochs of each run in a round at most."""


class Joining(NamedTuple):
    """A run that joins a race: with first weights, or where its ``history`` ends."""

    config: TrainingConfig
    history: History | None = None


@dataclass
class Rival:
    """One of them; it has no course where it dropped out."""

    config: TrainingConfig
    history: History
    last: TrainingSnapshot
    course: Course | None

    def goes_on(self, epochs: int) -> bool:
        """Whether another epoch follows, if there are so many."""
        return self.course is not None and self.last.step < epochs and not self.last.stopped


class Rivals:
    """Used by the training thread alone. Each has a machine, an optimizer and an order of rows of its own.

    Parameters
    ----------
    joining : sequence of Joining
    cancel : callable
        Asked while edited code computes.

    Raises
    ------
    ValueError, ProgramError, Cancelled
        Where one of them cannot be trained.
    """

    def __init__(self, joining: Sequence[Joining], cancel: Callable[[], bool]) -> None:
        from engine.training.history import History
        from engine.training.training import Controls, Course

        self._cancel = cancel
        self._rivals: list[Rival] = []
        self._most = 1
        """Epochs of each run in the next round."""
        self._began = 0.0
        self._full = False
        self.failed: dict[int, str] = {}
        """Why those dropped out that did, by their places; the window is told once."""
        for config, history in joining:
            course = Course(config, Controls(), start=None if history is None else history.last, cancel=cancel)
            self._rivals.append(Rival(config, History(course.last) if history is None else history, course.last, course))

    @property
    def histories(self) -> tuple[History, ...]:
        """The steps that the window knows of them."""
        return tuple(rival.history for rival in self._rivals)

    @property
    def newest(self) -> Mapping[int, TrainingSnapshot]:
        """The newest snapshot of each by its history's id: the window need not have taken it yet."""
        return {id(rival.history): rival.last for rival in self._rivals}

    def go_on(self, epochs: int) -> bool:
        """Whether one of them makes another epoch, if there are so many."""
        return any(rival.goes_on(epochs) for rival in self._rivals)

    def adopt(self, epochs: int) -> None:
        """From now on there are so many epochs."""
        from engine.training.training import Controls, Course

        for rival in self._rivals:
            if rival.config.epochs != epochs and rival.course is not None:
                rival.course.close()
                rival.config = replace(rival.config, epochs=epochs)
                rival.course = Course(rival.config, Controls(), start=rival.last, cancel=self._cancel)

    def begin_round(self, lead: int | None, most: int) -> int:
        """The epoch to which all go next, by ``most`` at most: those that are behind go first.

        ``lead`` is the epoch in which the run is that is shown; None where it goes no further.
        """
        self._began, count = time.perf_counter(), min(most, self._most)
        self._full = count == self._most
        places = [rival.last.step for rival in self._rivals if rival.goes_on(int(rival.config.epochs))]
        return min([*places, *([] if lead is None else [lead])], default=0) + count

    def go_to(self, epoch: int, gives_up: Callable[[], bool]) -> dict[int, list[Stretch]]:
        """Those that are behind ``epoch`` go on to it, unless ``gives_up``: what they made, by their places."""
        from engine.errors import Cancelled, ProgramError

        made: dict[int, list[Stretch]] = {}
        for place, rival in enumerate(self._rivals):
            if gives_up():
                return made
            while rival.course is not None and rival.last.step < epoch:
                try:
                    stretch = rival.course.on(epoch - rival.last.step, _always)
                except (ProgramError, Cancelled) as error:
                    rival.course = None
                    self.failed[place] = error.message if isinstance(error, ProgramError) else "it was stopped"
                    break
                if stretch is None:
                    break
                rival.last = stretch.last
                made.setdefault(place, []).append(stretch)
        took = time.perf_counter() - self._began
        if took > 1.5 * ROUND:
            self._most = max(1, self._most // 2)
        elif took < 0.6 * ROUND and self._full:
            self._most = min(MOST_A_ROUND, 2 * self._most)
        return made

    def close(self) -> None:
        """They are not gone on with."""
        for rival in self._rivals:
            if rival.course is not None:
                rival.course.close()
                rival.course = None


def _always() -> bool:
    return True
