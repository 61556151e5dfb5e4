"""Every number of a lesson computed once: what cannot be shown, asked or reached is named with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from functools import partial

import numpy as np

from engine.errors import Cancelled, EngineError, ProgramError
from engine.lessons.model import (
    Asked,
    Choose,
    Computed,
    Drag,
    Draw,
    Fix,
    Lesson,
    Misconception,
    Option,
    Page,
    Paragraph,
    Points,
    Predict,
    Question,
    Stage,
    View,
)
from engine.lessons.play.expressions import evaluate
from engine.lessons.play.judging import expected, goal_reached, right_options, target_of
from engine.lessons.play.moments import cursor_of
from engine.lessons.play.worlds import World, with_values
from engine.lessons.reading.problems import Problem
from engine.lessons.reading.reading import look_at_lesson
from engine.training.choices.knobs import LARGE

MOST_POINTS = 41
"""Points of a curve."""


def check_lesson(lesson: Lesson, cancel: Callable[[], bool] | None = None) -> tuple[Problem, ...]:
    """Play ``lesson`` without its reader: run every program and training, and compute every number and answer.

    Returns
    -------
    tuple of Problem
        What is wrong, in the file's order; none if all is well.

    Raises
    ------
    Cancelled
        ``cancel`` gave True.
    """
    found: list[Problem] = []
    for page in lesson.pages:
        _Checking(page, found, cancel).check()
    return tuple(sorted(set(found)))


def read_and_check(text: str, name: str, cancel: Callable[[], bool] | None = None) -> tuple[Lesson | None, tuple[Problem, ...]]:
    """The lesson in ``text``, as much of it as can be read, and its mistakes; it is played once it is written right.

    Raises
    ------
    Cancelled
        ``cancel`` gave True.
    """
    lesson, problems = look_at_lesson(text, name)
    if lesson is not None and not problems:
        problems = check_lesson(lesson, cancel)
    return lesson, problems


def staged(stage: Stage) -> str:
    """The program that a page opens with. Raises ValueError where its values do not fit it."""
    return with_values(stage.program, stage.values) if stage.program else ""


def world_of(stage: Stage, cancel: Callable[[], bool] | None = None) -> World:
    """The world of a page as it opens. Raises as ``staged``."""
    return World(staged(stage), stage.runs, cancel)


def curve(world: World, view: View) -> tuple[np.ndarray, np.ndarray]:
    """The curve of a view: ``MOST_POINTS`` numbers of the leaf, and what the value is at each. Raises as ``evaluate``."""
    x = np.linspace(view.start, view.end, MOST_POINTS)
    y = [evaluate(world, view.of[0], values={view.over: float(at)}) for at in x]
    return x, np.array(y, np.float64)


class _Checking:
    def __init__(self, page: Page, problems: list[Problem], cancel: Callable[[], bool] | None) -> None:
        self._page, self._problems, self._cancel = page, problems, cancel

    def _wrong(self, line: int, message: str) -> None:
        self._problems.append(Problem(line, message))

    def _try(self, line: int, what: Callable[[], object]) -> object:
        """What ``what`` gives; None where it fails, which is then said."""
        try:
            return what()
        except ProgramError as error:
            stage = self._page.stage
            self._wrong(stage.program_line + error.line - 1, f"the program: {error.message}")
        except (ValueError, IndexError) as error:
            self._wrong(line, str(error))
        except Cancelled:
            raise
        except EngineError as error:
            self._wrong(line, str(error))
        return None

    def check(self) -> None:
        stage = self._page.stage
        try:
            world = world_of(stage, self._cancel)
        except ValueError as error:
            self._wrong(stage.at_line or self._page.line, str(error))
            return
        for run in stage.runs:
            self._try(run.line, partial(world.trained, run.name))
        asks_for_error = any(
            isinstance(question, Fix) or (isinstance(question, Choose) and any(option.error for option in question.options))
            for question in self._page.questions
        )
        if stage.program:
            outcome = self._try(stage.program_line, world.outcome)
            if isinstance(outcome, ProgramError) and not asks_for_error:
                self._wrong(stage.program_line + outcome.line - 1, f"the program fails: {outcome.message}")
                return
            if not isinstance(outcome, ProgramError):
                self._try(stage.at_line or self._page.line, lambda: cursor_of(world.recording(), stage.at))
        for computed in computed_of(self._page):
            self._try(computed.line, partial(evaluate, world, computed.expression))
        for view in self._page.views:
            self._view(world, view)
        for question in self._page.questions:
            self._question(world, question)

    def _view(self, world: World, view: View) -> None:
        if view.kind == "curve":
            self._try(view.line, lambda: curve(world, view))
        for text in (*(view.of if view.kind == "bars" else ()), *view.slope):
            self._try(view.line, partial(_single, world, text))

    def _question(self, world: World, question: Asked) -> None:
        match question:
            case Predict():
                self._prediction(world, question)
                for other in self._fresh(question):
                    self._prediction(other, replace(question, misconceptions=()))
            case Choose():
                self._choice(world, question)
                for other in self._fresh(question):
                    self._choice(other, question)
            case Draw():
                self._try(question.line, lambda: target_of(world, question))
            case Drag() | Fix():
                if isinstance(question, Drag):
                    self._try(question.line, lambda: evaluate(world, question.goal, question.when))
                if goal_reached(world, question):
                    self._wrong(question.line, f"the goal “{question.goal}” holds already when the page opens")

    def _fresh(self, question: Predict | Choose) -> Iterator[World]:
        """The world at the first and the last of the numbers to draw from."""
        for which in (0, -1):
            values = {item.leaf: item.values[which] for item in question.fresh if item.values}
            if not values:
                continue
            stage = replace(self._page.stage, values={**self._page.stage.values, **values})
            world = self._try(question.line, partial(world_of, stage, self._cancel))
            if isinstance(world, World):
                yield world

    def _prediction(self, world: World, question: Predict) -> None:
        right = self._try(question.line, lambda: expected(world, question))
        if right is None:
            return
        array = np.asarray(right, np.float64)
        if not np.all(np.isfinite(array)) or np.any(np.abs(array) > LARGE):
            self._wrong(question.line, f"the answer “{question.answer}” is not a finite number: nobody can predict it")
            return
        for wrong in question.misconceptions:
            value = self._try(question.line, partial(evaluate, world, wrong.value, question.when))
            if value is not None and np.array_equal(np.asarray(value, np.float64), array):
                self._wrong(question.line, f"the misconception “{wrong.value}” is the right answer")

    def _choice(self, world: World, question: Choose) -> None:
        right = self._try(question.line, lambda: right_options(world, question))
        if isinstance(right, tuple) and len(right) != 1:
            self._wrong(question.line, f"of the options exactly one has to be right, not {len(right)}")


def computed_of(page: Page) -> Iterator[Computed]:
    """All numbers in the text of a page, wherever they stand."""
    yield from _within((page.title, *page.blocks))


def _within(item: object) -> Iterator[Computed]:
    if isinstance(item, Computed):
        yield item
    elif isinstance(item, tuple):
        for one in item:
            yield from _within(one)
    elif isinstance(item, _WITH_TEXT):
        for field in fields(item):
            yield from _within(getattr(item, field.name))


_WITH_TEXT = (Paragraph, Points, View, Question, Option, Misconception)


def _single(world: World, text: str) -> float:
    """A number, as a bar or a slope needs it."""
    array = np.asarray(evaluate(world, text), np.float64)
    if array.size != 1:
        raise ValueError(f"“{text}” has {array.size} numbers: write which one, or norm({text})")
    return float(array.reshape(-1)[0])


def problems_text(file: str, problems: Iterable[Problem]) -> str:
    """Each problem on a line, as compilers write them: ``file:line: message``."""
    return "\n".join(f"{file}:{problem.line}: {problem.message}" for problem in problems)
