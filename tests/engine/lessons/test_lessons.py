"""The twelve lessons, played from end to end: right and wrong answers, held against plain torch and closed forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import resources
from engine.lessons.checking import check_lesson, staged
from engine.lessons.model import Asked, Choose, Drag, Draw, Fix, Lesson, Page, Paragraph, Predict, plain
from engine.lessons.play.expressions import evaluate
from engine.lessons.play.judging import goal_reached, judge_choice, judge_drawing, judge_prediction, right_options, target_of
from engine.lessons.play.worlds import with_values
from engine.lessons.shipped import shipped_lessons
from tests.engine.lessons.here import Here
from tests.engine.lessons.plain_lessons import CHOSEN, DRAGGED, DRAWN, MENDED, PREDICTED

LISTED = [
    ("Gradients", 6, "A nudge is the gradient"),
    ("Gradients", 8, "The chain rule, edge by edge"),
    ("Gradients", 9, "Why zero_grad?"),
    ("Gradients", 7, "What detach and no_grad cut"),
    ("Gradients", 9, "Vectors and the VJP"),
    ("Gradients", 10, "Broadcasting and matmul"),
    ("Gradients", 8, "Derivatives of derivatives"),
    ("Training", 9, "A line learns"),
    ("Training", 8, "The learning rate and its limit"),
    ("Training", 8, "Canyons, and standardising"),
    ("Training", 10, "SGD, momentum, Adam"),
    ("Depth", 9, "Vanishing gradients"),
]


def questions(*kinds: type) -> list[Any]:
    """Lesson, page and question of each of these kinds."""
    found = []
    for lesson in shipped_lessons():
        for page in lesson.pages:
            for question in page.questions:
                if isinstance(question, kinds):
                    found.append(pytest.param(lesson, page, question, id=f"{lesson.name} {question.key}"))
    return found


def world(page: Page, **values: float) -> Here:
    """The page's world, with these numbers in place of some of its own."""
    stage = replace(page.stage, values={**page.stage.values, **values})
    return Here(staged(stage), stage.runs)


def test_they_are_those_of_home() -> None:
    lessons = shipped_lessons()
    assert [(lesson.group, lesson.minutes, plain(lesson.title)) for lesson in lessons] == LISTED
    assert [lesson.name[:2] for lesson in lessons] == [f"{number:02}" for number in range(1, 13)]
    for lesson in lessons:
        assert f"pictures/lessons/{lesson.picture}.svg" in resources.names("pictures/lessons"), lesson.name
        assert lesson.summary and 5 <= len(lesson.pages) <= 9


@pytest.mark.parametrize("lesson", shipped_lessons(), ids=lambda lesson: lesson.name)
def test_nothing_is_wrong_with_it(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lessons.checking.World", Here)
    assert check_lesson(lesson) == ()


@pytest.mark.parametrize("lesson", shipped_lessons(), ids=lambda lesson: lesson.name)
def test_each_page_is_short_and_asks_one_thing_with_help(lesson: Lesson) -> None:
    kinds = set()
    for page in lesson.pages:
        (question,) = page.questions
        kinds.add(question.kind)
        words = sum(len(plain(block.line).split()) for block in page.blocks if isinstance(block, Paragraph))
        assert words <= 95, (plain(page.title), words)
        assert question.hints and question.solution, question.key
        assert question.right or isinstance(question, Choose), question.key
        if isinstance(question, Predict):
            assert question.misconceptions, question.key
        if isinstance(question, Choose):
            assert all(option.says or option.error for option in question.options), question.key
    assert len(kinds) >= 2
    assert not re.search(r"\b(simply|obvious\w*|trivial\w*|of course)\b", _prose(lesson), re.IGNORECASE)
    assert any(question.fresh for question in lesson.questions if isinstance(question, Predict)) or lesson.name[:2] in _WITHOUT


_WITHOUT = ("06", "08", "12")
"""Lessons whose numbers are those of a table, a run or ten layers: none of them is a leaf that could be drawn anew."""


def _prose(lesson: Lesson) -> str:
    return re.sub(r"```program.*?```", "", lesson.text, flags=re.DOTALL)


def test_every_answer_is_known_here_too() -> None:
    tables = {Predict: PREDICTED, Choose: CHOSEN, Draw: DRAWN, Drag: DRAGGED, Fix: MENDED}
    for kind, table in tables.items():
        asked = {(lesson.name, one.key) for lesson in shipped_lessons() for one in lesson.questions if isinstance(one, kind)}
        assert asked == {(name, key) for name, keys in table.items() for key in keys}


# Predictions ---------------------------------------------------------------------------------------------------------


def written(answer: Any) -> str:
    """An answer as somebody types it."""
    if isinstance(answer, tuple):
        return f"[{', '.join(map(str, answer))}]"
    return ", ".join(f"{float(number):.7g}" for number in np.ravel(np.asarray(answer, np.float64)))


def fresh(question: Predict) -> Iterator[dict[str, float]]:
    """No other numbers, then each of those that the question has to draw from."""
    yield {}
    for item in question.fresh:
        for value in item.values:
            yield {item.leaf: value}


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Predict))
def test_a_right_prediction_is_right_and_others_are_not(lesson: Lesson, page: Page, question: Predict) -> None:
    for values in fresh(question):
        right = PREDICTED[lesson.name][question.key](**{re.sub(r"[\[\]]", "", leaf): value for leaf, value in values.items()})
        there = world(page, **values)
        assert judge_prediction(there, question, written(right), page.stage.at).kind == "right", (values, right)
        wrong: Any = (*right, 7) if isinstance(right, tuple) else np.asarray(right) + 0.371 * (1 + np.abs(np.asarray(right)))
        assert judge_prediction(there, question, written(wrong), page.stage.at).kind == "wrong", values
        if isinstance(right, float) and right:
            assert judge_prediction(there, question, written(-right), page.stage.at).kind in ("sign", "misconception")
        assert judge_prediction(there, question, "abc", page.stage.at).kind == "unreadable"


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Predict))
def test_each_misconception_gets_its_sentence(lesson: Lesson, page: Page, question: Predict) -> None:
    for wrong in question.misconceptions:
        there = world(page)
        said = written(evaluate(there, wrong.value, question.when))
        verdict = judge_prediction(there, question, said, page.stage.at)
        assert (verdict.kind, verdict.say) == ("misconception", wrong.say), (said, plain(wrong.say))


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Predict))
def test_what_is_asked_for_cannot_be_seen_yet(lesson: Lesson, page: Page, question: Predict) -> None:
    if not page.stage.program or not re.fullmatch(r"\w+(\.grad)?(\[[\d, ]+\])?", question.answer):
        return
    try:
        before = evaluate(world(page), question.answer, page.stage.at)
    except ValueError:
        return
    after = evaluate(world(page), question.answer, question.when)
    assert before is None or not np.array_equal(np.asarray(before), np.asarray(after))


# Choices, drawings, goals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Choose))
def test_one_option_is_right(lesson: Lesson, page: Page, question: Choose) -> None:
    which, why = CHOSEN[lesson.name][question.key]
    assert why()
    there = world(page)
    assert right_options(there, question) == (which,)
    for at, option in enumerate(question.options):
        verdict = judge_choice(there, question, at)
        assert verdict.ok == (at == which)
        assert at == which or verdict.say == option.says != ()


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Draw))
def test_a_drawing_is_held_against_the_run(lesson: Lesson, page: Page, question: Draw) -> None:
    run = DRAWN[lesson.name][question.key]()
    there = world(page)
    height = target_of(there, question).height
    if question.what == "line":
        _, w, b = run[question.epoch]
        points = [(x, w * x + b) for x in (-2.0, 2.0)]
    else:
        points = [(float(epoch), run[epoch][0]) for epoch in range(1, question.epoch + 1)]
    assert judge_drawing(there, question, points).ok
    verdict = judge_drawing(there, question, points)
    assert verdict.gap is not None and verdict.gap < 0.005 * height
    assert judge_drawing(there, question, [(x, y + 0.4 * height) for x, y in points]).kind == "wrong"
    flat = [(points[0][0], points[0][1]), (points[-1][0], points[0][1])]
    assert judge_drawing(there, question, flat).kind == "wrong"


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Drag))
def test_a_goal_is_reached_where_it_is(lesson: Lesson, page: Page, question: Drag) -> None:
    assert not goal_reached(world(page), question)
    for values, reached in DRAGGED[lesson.name][question.key]:
        assert set(values) <= set(question.leaves)
        assert goal_reached(Here(with_values(staged(page.stage), values)), question) == reached, values


@pytest.mark.parametrize(("lesson", "page", "question"), questions(Fix))
def test_code_is_mended_or_not(lesson: Lesson, page: Page, question: Fix) -> None:
    program = staged(page.stage)
    assert not goal_reached(Here(program), question)
    for place, text, reached in MENDED[lesson.name][question.key]:
        assert place in program
        assert goal_reached(Here(program.replace(place, text, 1)), question) == reached, text


def test_torch_says_what_the_lessons_quote() -> None:
    quoted = {"04-detach": ("4.1", "6.1"), "05-vjp": ("2.1",)}
    for lesson in shipped_lessons():
        for page in lesson.pages:
            for question in page.questions:
                if question.key in quoted.get(lesson.name, ()):
                    with pytest.raises(RuntimeError, match=re.escape(_said(question))):
                        exec(page.stage.program, {"torch": torch})


def _said(question: Asked) -> str:
    assert isinstance(question, Choose)
    text = next(plain(option.says) for option in question.options if option.error)
    return text.partition("“")[2].partition("”")[0]
