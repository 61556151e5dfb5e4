"""Answers held against what the engine computed: what is right, by how much an answer is off, and what it betrays."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from engine.explain.answers import NotAnAnswer, answer_value
from engine.explain.predictions import agrees
from engine.lessons.model import Choose, Drag, Draw, Fix, Line, Predict
from engine.lessons.play.expressions import Found, evaluate, holds
from engine.lessons.play.moments import cursor_of
from engine.lessons.play.worlds import World
from engine.mathematics.numbers import format_number
from engine.recording import Recording

Kind = Literal["right", "wrong", "sign", "misconception", "unreadable"]
_SEPARATORS = re.compile(r"[\s,;×x]+")
_BRACKETS = re.compile(r"\s*(?:torch\.)?(?:size|tensor)?\s*[\[(]{0,2}(.*?)[\])]{0,2}\s*", re.IGNORECASE | re.DOTALL)
MOST_ELEMENTS = 16
"""Elements of a vector that is asked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """An answer held against the recording.

    Attributes
    ----------
    kind : str
        ``right``; ``wrong``; ``sign``: the size is right; ``misconception``: ``say`` tells what was thought; ``unreadable``:
        ``expected`` is empty and nothing is revealed, ``refusal`` says what to write.
    said, expected : str
        As they are shown.
    gap : float or None
        What was said minus what is right, of a number.
    say : Line
        What the lesson says of this answer.
    refusal : str
    computed : tuple of (float, float)
        Of a drawing: what it is held against.
    """

    kind: Kind
    said: str = ""
    expected: str = ""
    gap: float | None = None
    say: Line = ()
    refusal: str = ""
    computed: tuple[tuple[float, float], ...] = ()

    @property
    def ok(self) -> bool:
        return self.kind == "right"


def shown(found: Found) -> str:
    """A result as it is shown: a number, ``[1, 0]``, ``None``, ``true``, or the shape ``[4, 2]``."""
    if found is None:
        return "None"
    if isinstance(found, (bool, np.bool_)):
        return "true" if found else "false"
    if isinstance(found, tuple):
        return f"[{', '.join(map(str, found))}]"
    if isinstance(found, np.ndarray):
        return _array(found)
    return format_number(float(found))


def _array(array: NDArray[np.float64]) -> str:
    if array.ndim == 0:
        return format_number(float(array))
    if array.size > MOST_ELEMENTS:
        return f"{array.size:,} numbers"
    return f"[{', '.join(_array(np.asarray(item)) for item in array)}]"


# Predictions ---------------------------------------------------------------------------------------------------------


def expected(world: World, question: Predict) -> Found:
    """What is right. Raises as ``evaluate``, and ValueError where it is not what the question's form says."""
    found = evaluate(world, question.answer, question.when)
    if question.form == "shape":
        if not isinstance(found, tuple):
            raise ValueError(f"“{question.answer}” is no shape: write .shape behind a name")
        return found
    if found is None or isinstance(found, (bool, np.bool_, tuple)):
        raise ValueError(f"“{question.answer}” is {shown(found)}, which is no number to predict")
    array = np.asarray(found, np.float64)
    if question.form == "number" and array.size != 1:
        raise ValueError(f"“{question.answer}” has {array.size} numbers: write which one, or “form: vector”")
    if array.size > MOST_ELEMENTS:
        raise ValueError(f"“{question.answer}” has {array.size} numbers: at most {MOST_ELEMENTS} are asked for")
    return found


def judge_prediction(world: World, question: Predict, text: str, at: str = "start") -> Verdict:
    """Hold the typed ``text`` against the world; ``at`` is the moment at which it is answered: its names are looked up there.

    Raises as ``expected``.
    """
    right = expected(world, question)
    recording = _recorded(world)
    cursor = 0 if recording is None else cursor_of(recording, at)
    try:
        said = _said(question, text, recording, cursor)
    except NotAnAnswer as refusal:
        return Verdict("unreadable", text, refusal=str(refusal))
    said_text, right_text = shown(said), shown(right)
    if _fits(question, said, right):
        return Verdict("right", said_text, right_text, say=question.right)
    if said_text == right_text and isinstance(said, float):
        said_text = f"{said:.9g}".replace("-", "−")
    gap = said - right if isinstance(said, float) and isinstance(right, float) else None
    gap = gap if gap is not None and math.isfinite(gap) else None
    for wrong in question.misconceptions:
        value = evaluate(world, wrong.value, question.when)
        if value is not None and _fits(question, said, value):
            return Verdict("misconception", said_text, right_text, gap, wrong.say)
    if isinstance(said, float) and isinstance(right, float) and said and _fits(question, -said, right):
        return Verdict("sign", said_text, right_text, gap)
    return Verdict("wrong", said_text, right_text, gap)


def _recorded(world: World) -> Recording | None:
    return world.recording() if world.program else None


def _said(question: Predict, text: str, recording: Recording | None, cursor: int) -> Found:
    if question.form == "number":
        return answer_value(text, recording, cursor)
    if len(text) > 200:
        raise NotAnAnswer("That is too long.")
    inner = _BRACKETS.fullmatch(text)
    parts = [part for part in _SEPARATORS.split(inner[1] if inner else text) if part]
    if question.form == "shape":
        if text.strip() == "" or not all(part.isdecimal() for part in parts):
            raise NotAnAnswer("Write the length of each dimension, such as [4, 2]; [] for a single number.")
        return tuple(int(part[:9]) for part in parts)
    if not parts:
        raise NotAnAnswer("Write the numbers with commas between, such as [1, 0].")
    if ";" in text:
        parts = [part.strip() for part in (inner[1] if inner else text).split(";") if part.strip()]
    numbers = [answer_value(part, recording, cursor) for part in parts]
    return np.array(numbers, np.float64)


def _fits(question: Predict, said: Found, right: Found) -> bool:
    if question.form == "shape":
        return isinstance(right, tuple) and said == right
    if isinstance(said, float) and isinstance(right, (int, float)):
        return agrees(said, float(right)) or abs(said - float(right)) <= question.tolerance * abs(float(right))
    one, other = np.ravel(np.asarray(said, np.float64)), np.ravel(np.asarray(right, np.float64))
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(other), initial=0.0))
    near = np.abs(one - other) <= question.tolerance * scale
    return bool(np.all(near | ((one == other) | (np.isnan(one) & np.isnan(other)))))


# Choices and goals ---------------------------------------------------------------------------------------------------


def right_options(world: World, question: Choose) -> tuple[int, ...]:
    """Which options hold, from 0. Raises as ``holds``."""
    return tuple(at for at, option in enumerate(question.options) if _holds(world, question, option.holds, option.error))


def _holds(world: World, question: Choose, text: str, error: bool) -> bool:
    failed = bool(evaluate(world, "fails()")) if world.program else False
    return failed if error else not failed and holds(world, text, question.when)


def judge_choice(world: World, question: Choose, chosen: int) -> Verdict:
    """Hold option ``chosen`` (from 0) against the world. Raises as ``right_options``, and IndexError."""
    option = question.options[chosen]
    right = right_options(world, question)
    letters = ", ".join(chr(ord("A") + at) for at in right)
    letter = chr(ord("A") + chosen)
    if chosen in right:
        return Verdict("right", letter, letters, say=option.says or question.right)
    return Verdict("misconception" if option.says else "wrong", letter, letters, say=option.says)


def goal_reached(world: World, question: Drag | Fix) -> bool:
    """Whether what has to hold holds of the world's program; False while it cannot be computed, as of a program that fails."""
    try:
        return not evaluate(world, "fails()") and holds(world, question.goal, question.when)
    except ValueError:
        return False


LINE_POINTS = 101
"""Places over a line at which a drawn one is compared with it."""

# Drawings ------------------------------------------------------------------------------------------------------------

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """What is to be drawn: ``y`` at each ``x``, and the ``height`` that a gap is measured by."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height: float


def target_of(world: World, question: Draw) -> Target:
    """What is right. Raises ValueError where the run has no such epoch, or no line."""
    trained = world.trained(question.run)
    if question.epoch > trained.epochs:
        raise ValueError(f"the run “{question.run}” has {trained.epochs} epochs, not {question.epoch}")
    if question.what == "loss":
        losses = [cast(float, snapshot.loss) for snapshot in trained.snapshots[1 : question.epoch + 1]]
        y = np.array(losses, np.float64)
        return Target(np.arange(1, len(losses) + 1, dtype=np.float64), y, float(np.ptp(y)) or 1.0)
    from engine.training.data import training_data

    data = training_data(trained.run.config)
    parameters = trained.snapshots[question.epoch].parameters
    if trained.run.config.model != "line" or data.X.shape[1] != 1:
        raise ValueError(f"the run “{question.run}” fits no straight line that could be drawn")
    x = np.linspace(data.X.min(), data.X.max(), LINE_POINTS, dtype=np.float64)  # lines may cross: their ends alone would not tell
    y = x * float(parameters["w"].reshape(-1)[0]) + float(parameters["b"].reshape(-1)[0])
    return Target(x, y, float(np.ptp(data.y)) or 1.0)


def judge_drawing(world: World, question: Draw, drawn: Points) -> Verdict:
    """Hold drawn points, in the plot's own units, against the run; ``gap`` is the mean distance. Raises as ``target_of``."""
    target = target_of(world, question)
    points = sorted((float(x), float(y)) for x, y in drawn if math.isfinite(x) and math.isfinite(y))
    if len({x for x, _ in points}) < min(2, len(target.x)):
        return Verdict("unreadable", refusal="Draw from the left to the right of the plot.")
    at, heights = np.array(points).T
    if question.what == "line":  # drawn as far as one likes: what is meant is the line through its ends
        slope = (heights[-1] - heights[0]) / (at[-1] - at[0])
        found = heights[0] + slope * (target.x - at[0])
    else:
        found = np.interp(target.x, at, heights)
    gap = float(np.mean(np.abs(found - target.y)))
    kind: Kind = "right" if gap <= question.tolerance * target.height else "wrong"
    computed = tuple(zip(target.x.tolist(), target.y.tolist(), strict=True))
    return Verdict(kind, gap=gap, say=question.right if kind == "right" else (), computed=computed)
