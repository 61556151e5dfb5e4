"""What a page's numbers come from: recordings of its program with any numbers in it, and its trainings. Each is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.errors import Cancelled, ProgramError, ProgramFailedError, TimeLimitError
from engine.lessons.model import LessonRun
from engine.programs.program import run_program
from engine.recording import Recording
from engine.text.literals import find_leaves, set_element
from engine.training.configs import TrainingSnapshot

MOST_EPOCHS = 2000
"""Epochs of a run of a lesson."""
MOST_VARIANTS = 200
"""Recordings of one program with other numbers that are kept."""


def with_values(text: str, values: Mapping[str, float]) -> str:
    """The program ``text`` with these numbers written where its leaves are made.

    Raises
    ------
    ValueError
        Where a leaf is not made from numbers in the text; ``w[0]`` names the first of several.
    """
    for name, value in values.items():
        leaf_name, _, index = name.partition("[")
        leaves = find_leaves(text)
        leaf = next((one for one in leaves if one.name == leaf_name), None)
        if leaf is None:
            known = ", ".join(one.name for one in leaves) or "none"
            raise ValueError(f"“{leaf_name}” is no leaf whose number stands in the program (there is {known})")
        wanted = index.rstrip("]").replace(" ", "")
        elements = [
            one for one in leaf.elements if ",".join(map(str, one.index)) == wanted or (not wanted and len(leaf.elements) == 1)
        ]
        if len(elements) != 1:
            raise ValueError(f"“{leaf_name}” has {len(leaf.elements)} numbers: name one, such as {leaf_name}[0]")
        text = set_element(text, leaf, elements[0], value).apply(text)
    return text


@dataclass(frozen=True, eq=False)
class Trained:
    """A training of a page, run to its end: its snapshots, from number 0, and what is known of its loss, where that is known."""

    run: LessonRun
    snapshots: tuple[TrainingSnapshot, ...]
    limit: float | None
    condition: float | None
    minimum: float | None
    floor: float | None

    @property
    def epochs(self) -> int:
        return len(self.snapshots) - 1

    @property
    def diverged(self) -> bool:
        """Whether its loss left all bounds: it is not finite, or a rule ended it as divergent."""
        last = self.snapshots[-1]
        return last.stopped == "divergence" or last.loss is None or not np.isfinite(last.loss)


class World:
    """The program and runs of a page. Used by one thread at a time.

    Parameters
    ----------
    program : str
        The page's program as it stands on screen, its numbers written in.
    runs : tuple of LessonRun
    cancel : callable, optional
        Asked while something runs; True ends it with ``engine.errors.Cancelled``.
    """

    def __init__(self, program: str, runs: tuple[LessonRun, ...] = (), cancel: Callable[[], bool] | None = None) -> None:
        self.program = program
        self.runs = {run.name: run for run in runs}
        self._cancel = cancel
        self._recorded: dict[str, Recording | ProgramError] = {}
        self._trained: dict[str, Trained] = {}

    def take(self, recording: Recording) -> None:
        """What the window has recorded already: it need not run again here. May be called from another thread."""
        self._recorded[recording.text] = recording

    def about(self, program: str) -> World:
        """The same of another text, such as the program with its sliders moved; what was recorded and trained is shared."""
        other = copy(self)
        other.program = program
        return other

    def outcome(self, values: Mapping[str, float] | None = None) -> Recording | ProgramError:
        """What running the program gives, with ``values`` written into it: a recording, or why it failed."""
        text = with_values(self.program, values) if values else self.program
        found = self._recorded.get(text)
        if found is None:
            try:
                found = run_program(text, cancel=self._cancel)
            except TimeLimitError as error:
                return error  # it may be the machine's: the next one asks again
            except ProgramError as error:
                found = error
            if len(self._recorded) >= MOST_VARIANTS:
                self._recorded.clear()
            self._recorded[text] = found
        return found

    def recording(self, values: Mapping[str, float] | None = None) -> Recording:
        """The recording of the program, up to where it failed if it did.

        Raises
        ------
        ProgramError
            Where nothing of it ran, or it passed a bound.
        """
        found = self.outcome(values)
        if not isinstance(found, ProgramError):
            return found
        if found.recording is None or not isinstance(found, ProgramFailedError):
            raise found  # what a bound ended would say of a slow machine, not of the program
        return found.recording

    def trained(self, name: str) -> Trained:
        """The run called ``name``, to its end. Raises KeyError where there is none, and as ``engine.train``."""
        found = self._trained.get(name)
        if found is None:
            run = self.runs[name]
            from engine.training.figures import NOISE_FLOOR, figures
            from engine.training.training import train

            snapshots = tuple(islice(self._watched(train(run.config)), MOST_EPOCHS + 1))
            known = figures(run.config)
            quadratic, floor = known.quadratic, known.floor
            found = self._trained[name] = Trained(
                run,
                snapshots,
                None if quadratic is None else quadratic.largest_rate(),
                None if quadratic is None else float(quadratic.condition),
                None if quadratic is None else float(quadratic.minimum),
                floor[1] if floor is not None and floor[0] == NOISE_FLOOR else None,
            )
        return found

    def _watched(self, snapshots: Iterator[TrainingSnapshot]) -> Iterator[TrainingSnapshot]:
        for snapshot in snapshots:
            if self._cancel is not None and self._cancel():
                raise Cancelled
            yield snapshot
