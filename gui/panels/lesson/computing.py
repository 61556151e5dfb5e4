"""Computes what a page of a lesson shows, and holds answers against it, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.errors import ProgramError
from engine.lessons.model import Asked, Choose, Drag, Draw, Fix, Predict, Stage, View
from engine.lessons.play.judging import Points, Verdict
from engine.lessons.play.worlds import World
from engine.recording import Recording
from gui.work.newest_wins import Cancel, Job, NewestWins

CLOSE_WITHIN = 5000
"""Milliseconds that ``close`` waits."""


@dataclass(frozen=True, eq=False, slots=True)
class Pictured:
    """What a view shows: the numbers of its bars, or a curve with the slopes through the point at ``at``."""

    view: View
    bars: tuple[float, ...] = ()
    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    at: tuple[float, float] | None = None
    slopes: tuple[float, ...] = ()


class LessonWork(QObject):
    """Keeps the world of the page that is shown; what is asked of an older one is forgotten.

    Signals
    -------
    computed(dict)
        Expressions of the page's text and what each is, as it is shown.
    pictured(tuple of Pictured)
    judged(Asked question, Verdict)
    reached(Asked question, bool)
        Whether the goal of a question holds of the program as it is now.
    failed(str)
        Why something could not be computed.
    crashed(str traceback)
        A fault of our own.
    """

    computed = Signal(object)
    pictured = Signal(object)
    judged = Signal(object, object)
    reached = Signal(object, bool)
    failed = Signal(str)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, world: Callable[..., World] = World) -> None:
        super().__init__(parent)
        self._make = world
        self._world = World("")
        self._work = NewestWins("lesson", self)
        self._work.crashed.connect(self.crashed)

    def open(self, stage: Stage, program: str) -> None:
        """From now on it is about ``program``, the text of the page with its numbers written in."""
        self._work.stop()
        self._world = self._make(program, stage.runs)

    def take(self, recording: Recording) -> None:
        """The window has recorded this already."""
        self._world.take(recording)

    def compute(self, expressions: Sequence[str]) -> None:
        """What each of ``expressions`` is at the end of the program."""
        from engine.lessons.play.expressions import evaluate
        from engine.lessons.play.judging import shown

        world, wanted = self._world, tuple(dict.fromkeys(expressions))

        def run(cancel: Cancel) -> dict[str, str]:
            found = {}
            for text in wanted:
                try:
                    found[text] = shown(evaluate(world, text))
                except (ValueError, ProgramError) as error:
                    found[text] = f"({error})"
            return found

        self._put(run, self.computed.emit, "numbers")

    def picture(self, views: Sequence[View], program: str) -> None:
        """The numbers of the page's views, of the text ``program``."""
        world, wanted = self._world.about(program), tuple(views)
        self._put(lambda cancel: tuple(_pictured(world, view) for view in wanted), self.pictured.emit, "views")

    def judge(self, asked: Asked, answer: object, at: str) -> None:
        """Hold an answer against the world: the text of a prediction, the number of a choice, points of a drawing."""
        from engine.lessons.play import judging

        world = self._world

        def run(cancel: Cancel) -> Verdict:
            match asked, answer:
                case Predict(), str():
                    return judging.judge_prediction(world, asked, answer, at)
                case Choose(), int():
                    return judging.judge_choice(world, asked, answer)
                case Draw(), _:
                    points: Points = answer  # type: ignore[assignment]
                    return judging.judge_drawing(world, asked, points)
            raise TypeError(f"{asked.kind} is not answered by {type(answer).__name__}")

        self._put(run, lambda verdict: self.judged.emit(asked, verdict), f"judge {asked.key}")

    def reach(self, asked: Drag | Fix, program: str) -> None:
        """Whether the goal of ``asked`` holds of the text ``program``."""
        from engine.lessons.play.judging import goal_reached

        world = self._world.about(program)
        self._put(lambda cancel: goal_reached(world, asked), lambda held: self.reached.emit(asked, held), f"goal {asked.key}")

    def _put(self, run: Callable[[Cancel], object], done: Callable[..., object], kind: str) -> None:
        expected = (ValueError, ProgramError)
        self._work.put(Job(run, done, self._failed, kind=kind, expected=expected))

    def _failed(self, error: Exception) -> None:
        self.failed.emit(error.message if isinstance(error, ProgramError) else str(error))

    def close(self) -> bool:
        """Give up what is running and wait for the thread; True when it has ended."""
        return self._work.close(CLOSE_WITHIN)


def _pictured(world: World, view: View) -> Pictured:
    from engine.lessons.checking import curve
    from engine.lessons.play.expressions import evaluate

    def number(text: str) -> float:
        return float(np.asarray(evaluate(world, text), np.float64).reshape(-1)[0])

    if view.kind == "bars":
        return Pictured(view, tuple(number(text) for text in view.of))
    x, y = curve(world, view)
    at = number(view.over), number(view.of[0])
    return Pictured(view, x=x, y=y, at=at, slopes=tuple(number(text) for text in view.slope))
