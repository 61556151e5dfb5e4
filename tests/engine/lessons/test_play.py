"""Moments, expressions and answers, against plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.lessons.checking import check_lesson
from engine.lessons.model import Choose, Drag, Draw, LessonRun, Option, Predict, Words, plain
from engine.lessons.play.expressions import check_expression, evaluate, holds
from engine.lessons.play.judging import (
    goal_reached,
    judge_choice,
    judge_drawing,
    judge_prediction,
    right_options,
    shown,
    target_of,
)
from engine.lessons.play.moments import cursor_of, read_moment
from engine.lessons.play.worlds import World, with_values
from engine.lessons.reading.reading import read_lesson
from engine.training.configs import TrainingConfig
from tests.engine.lessons.here import Here

CUBIC = "a = torch.tensor(2., requires_grad=True)\nb = torch.tensor(3., requires_grad=True)\ny = a**3 - b**2\ny.backward()"
CHAIN = (
    "w = torch.tensor(2., requires_grad=True)\nx = torch.tensor(3.)\ne = w * x - 1\nloss = e**2\nloss.backward()\n"
    "with torch.no_grad():\n    w -= 0.1 * w.grad\nw.grad.zero_()\nloss = (w * x - 1)**2\nloss.backward()"
)


@pytest.fixture(scope="module")
def cubic() -> World:
    return Here(CUBIC)


@pytest.fixture(scope="module")
def chain() -> World:
    return Here(CHAIN)


@pytest.fixture(scope="module")
def trained() -> World:
    config = TrainingConfig(n_samples=50, epochs=5)
    return Here(
        "", (LessonRun("run", (), config), LessonRun("wild", (), TrainingConfig(n_samples=50, learning_rate=3.0, epochs=60)))
    )


def test_moments_are_found_by_their_words(cubic: World, chain: World) -> None:
    recording = cubic.recording()
    kinds = [moment.kind for moment in recording.moments]
    assert cursor_of(recording, "start") == 0 and cursor_of(recording, "end") == recording.end
    assert cursor_of(recording, "forward") == kinds.index("seed") == cursor_of(recording, "before backward")
    assert cursor_of(recording, "after backward") == kinds.index("seed") + 1
    gradient = cursor_of(recording, "after a.grad")
    assert recording.moments[gradient - 1].kind == "accumulate" and cursor_of(recording, "before a.grad") == gradient - 1
    again = chain.recording()
    assert cursor_of(again, "after w.grad 2") > cursor_of(again, "after zero") > cursor_of(again, "after update")
    assert cursor_of(again, "after w.grad") < cursor_of(again, "before update")
    assert again.moments[cursor_of(again, "before line 4")].span.line == 4  # type: ignore[union-attr]
    seeded = again.moments[cursor_of(again, "after e.grad") - 1]
    assert seeded.phase == "backward"


@pytest.mark.parametrize("text", ["", "later", "a.grad", "after", "after a.grad 0", "after a.b.c", "middle"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"moment|counts"):
        read_moment(text)


def test_a_moment_that_does_not_come_is_refused(cubic: World) -> None:
    with pytest.raises(ValueError, match="comes 1 times"):
        cursor_of(cubic.recording(), "after a.grad 2")
    with pytest.raises(ValueError, match="does not come"):
        cursor_of(cubic.recording(), "after q")


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("y", "end", -1.0),
        ("a.grad", "end", 12.0),
        ("a.grad", "forward", None),
        ("a.grad == None", "forward", True),
        ("b.grad", "end", -6.0),
        ("y(a=3)", "end", 18.0),
        ("a.grad(a=3, b=1)", "end", 27.0),
        ("(y(a=2.01) - y) / 0.01", "end", 12.0600700378418),
        ("y.grad", "end", 1.0),
        ("at('after a.grad', a.grad) / 2", "forward", 6.0),
        ("abs(b.grad) ** 2 + max(a, b)", "end", 39.0),
        ("y.shape", "end", ()),
        ("a.grad > 10 and not b.grad > 0", "end", True),
        ("norm([3, 4])", "end", 5.0),
        ("2 < a.grad <= 12", "end", True),
        ("fails()", "end", False),
        ("relu(b.grad) + relu(a.grad)", "end", 12.0),
        ("log10(100 + 0 * a)", "end", 2.0),
    ],
)
def test_expressions_over_a_program(cubic: World, text: str, when: str, expected: object) -> None:
    found = evaluate(cubic, text, when)
    assert found == pytest.approx(expected) if isinstance(expected, float) else found == expected


def test_a_gradient_that_passes_is_asked_for_by_the_name_of_its_value(chain: World) -> None:
    assert evaluate(chain, "e.grad", "after w.grad") == 10.0  # 2e, at e = 5
    assert evaluate(chain, "w.grad", "after w.grad") == 30.0
    assert evaluate(chain, "w.grad", "after zero") == 0.0
    assert evaluate(chain, "w") == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("q", "no “q”"),
        ("a.grad + 1", "None"),
        ("y(q=3)", "no leaf"),
        ("a[3]", "shape"),
        ("y.data", "cannot be asked"),
        ("run.loss(1)", "no “run”"),
        ("abs(y, y)", "takes one"),
        ("not y", "neither true"),
    ],
)
def test_what_cannot_be_computed_says_why(cubic: World, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        evaluate(cubic, text, "forward")


@pytest.mark.parametrize(
    "text", ["", "a +", "lambda: 0", "[x for x in y]", "f'{a}'", "a := 3", "'text'", "a" * 400, "y(**a)", "a if b else c"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression|cannot"):
        check_expression(text)


def test_expressions_over_a_run(trained: World) -> None:
    import engine

    shots = list(engine.train(TrainingConfig(n_samples=50, epochs=5)))
    assert evaluate(trained, "run.loss(5)") == shots[5].loss
    assert evaluate(trained, "run.w(0)") == shots[0].parameters["w"].item()
    assert evaluate(trained, "run.w.grad(3)") == shots[3].gradients["w"].item()
    assert evaluate(trained, "run.epochs") == 5.0 and evaluate(trained, "run.diverged") is False
    assert holds(trained, "wild.diverged or wild.loss(wild.epochs) > 1000 * wild.loss(1)")
    assert evaluate(trained, "run.limit") == pytest.approx(2 / float(np.linalg.eigvalsh(_hessian()).max()))
    assert evaluate(trained, "run.floor") == 0.3**2 and 0 < evaluate(trained, "run.minimum") < evaluate(trained, "run.loss(5)")
    with pytest.raises(ValueError, match="epochs 0 to 5"):
        evaluate(trained, "run.loss(6)")
    with pytest.raises(ValueError, match="before its first"):
        evaluate(trained, "run.loss(0)")
    with pytest.raises(ValueError, match="has no “q”"):
        evaluate(trained, "run.q(1)")


def test_a_bowl_without_noise_has_a_minimum_but_no_floor() -> None:
    points = ((1, 0), (-1, 0))
    config = TrainingConfig(data="points", epochs=2, options={"points": points, "start": (4, 1)})
    bowl = Here("", (LessonRun("bowl", (), config),))
    assert evaluate(bowl, "bowl.minimum") == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="no noise of a known size"):
        evaluate(bowl, "bowl.floor")


def _hessian() -> np.ndarray:
    from sklearn.datasets import make_regression

    X, _ = make_regression(n_samples=50, n_features=1, noise=0.3, random_state=0, bias=2.0)
    design = np.hstack([X, np.ones_like(X)])
    return np.asarray(2 * design.T @ design / len(design))


def question(**fields: Any) -> Predict:
    return Predict(key="1.1", ask=(), **{"answer": "a.grad", "when": "after a.grad", **fields})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12", "right"),
        ("12,0", "right"),
        ("1.2e1", "right"),
        ("3·2²", "right"),
        ("3*a**2", "right"),
        ("−12", "sign"),
        ("3", "misconception"),
        ("11", "wrong"),
        ("abc", "unreadable"),
        ("", "unreadable"),
        ("1" * 1000, "unreadable"),
        ("1,234", "unreadable"),
        ("a.grad", "unreadable"),  # at the moment of asking there is none: the answer cannot be copied
    ],
)
def test_answers_are_read_as_people_write_them(cubic: World, text: str, kind: str) -> None:
    from engine.lessons.model import Misconception

    asked = question(misconceptions=(Misconception("3", (Words("You forgot the rest."),)),))
    verdict = judge_prediction(cubic, asked, text, "forward")
    assert verdict.kind == kind and verdict.ok == (kind == "right")
    assert verdict.expected == ("" if kind == "unreadable" else "12")
    if kind == "misconception":
        assert plain(verdict.say) == "You forgot the rest." and verdict.gap == -9.0


VECTOR = "x = torch.tensor([1., 2.], requires_grad=True)\ny = x * x\ny.backward(torch.tensor([1., 0.]))"


@pytest.mark.parametrize(
    ("form", "answer", "text", "kind"),
    [
        ("vector", "x.grad", "[2, 0]", "right"),
        ("vector", "x.grad", "2 0", "right"),
        ("vector", "x.grad", "2,0; 0", "right"),
        ("vector", "x.grad", "tensor([2., 0.])", "right"),
        ("vector", "x.grad", "2, 4", "wrong"),
        ("vector", "x.grad", "2", "wrong"),
        ("vector", "x.grad", "two", "unreadable"),
        ("shape", "x.grad.shape", "[2]", "right"),
        ("shape", "x.grad.shape", "(2,)", "right"),
        ("shape", "x.grad.shape", "2", "right"),
        ("shape", "x.grad.shape", "2 × 1", "wrong"),
        ("shape", "x.grad.shape", "big", "unreadable"),
    ],
)
def test_vectors_and_shapes(form: Any, answer: str, text: str, kind: str) -> None:
    asked = question(form=form, answer=answer, when="end")
    assert judge_prediction(Here(VECTOR), asked, text).kind == kind


def test_an_error_is_a_choice_too() -> None:
    fails = Here("x = torch.tensor([1., 2.], requires_grad=True)\ny = x * x\ny.backward()")
    options = (Option((), "x.grad[0] == 2"), Option((), error=True, says=(Words("Yes."),)))
    asked = Choose(key="1.1", ask=(), options=options)
    assert right_options(fails, asked) == (1,)
    assert judge_choice(fails, asked, 1).ok and not judge_choice(fails, asked, 0).ok
    assert right_options(Here(VECTOR), asked) == (0,)


def test_a_goal_is_reached_by_the_numbers_of_the_program() -> None:
    goal = Drag(key="1.1", ask=(), goal="abs(a.grad) < 0.05", when="end")
    assert not goal_reached(Here(CUBIC), goal)
    assert goal_reached(Here(with_values(CUBIC, {"a": 0.0})), goal)
    assert not goal_reached(Here("a = torch.tensor(1.)\na.backward()"), goal), "of a program that fails nothing holds"


def test_drawings_are_held_against_the_run(trained: World) -> None:
    line = Draw(key="1.1", ask=(), what="line", run="run", epoch=5)
    target = target_of(trained, line)
    assert judge_drawing(trained, line, list(zip(target.x, target.y, strict=True))).ok
    off = judge_drawing(trained, line, list(zip(target.x, target.y + target.height, strict=True)))
    assert off.kind == "wrong" and off.gap == pytest.approx(target.height)
    left, right = (target.x[0], target.y[0] - 2.0), (target.x[-1], target.y[-1] + 2.0)
    assert judge_drawing(trained, line, [left, right]).gap == pytest.approx(1.0, rel=0.02), "on average: they cross in the middle"
    assert judge_drawing(trained, line, [(0.0, 1.0)]).kind == "unreadable"
    loss = Draw(key="1.2", ask=(), what="loss", run="run", epoch=5)
    curve = target_of(trained, loss)
    assert list(curve.x) == [1, 2, 3, 4, 5] and judge_drawing(trained, loss, list(zip(curve.x, curve.y, strict=True))).ok


def test_numbers_are_written_into_the_program_where_they_stand() -> None:
    assert with_values(CUBIC, {"a": 2.01}).startswith("a = torch.tensor(2.01, requires_grad=True)")
    assert "[1., 5.]" in with_values(VECTOR, {"x[1]": 5.0})
    for values, said in (({"q": 1.0}, "no leaf"), ({"x": 1.0}, "name one"), ({"x[7]": 1.0}, "name one")):
        with pytest.raises(ValueError, match=said):
            with_values(VECTOR, values)


def test_results_are_shown_as_numbers_are_shown() -> None:
    assert [shown(found) for found in (12.0, None, True, (4, 2), np.array([1.0, 0.5]))] == [
        "12",
        "None",
        "true",
        "[4, 2]",
        "[1, 0.5]",
    ]


HEAD = "---\ntitle: A lesson\n---\n"
ASKS = "```predict\nask: What?\nanswer: a.grad\n"
PROGRAM = "```program\na = torch.tensor(2., requires_grad=True)\ny = a**3\ny.backward()\n```\n"


@pytest.mark.parametrize(
    ("page", "line", "said"),
    [
        ("```program\na = torch.ones(2) @ torch.ones(3)\n```\n", 9, "fails"),
        (PROGRAM + "```stage\nat: after q.grad\n```\n", 14, "does not come"),
        (PROGRAM + "```stage\nvalues: {q: 1}\n```\n", 14, "no leaf"),
        (PROGRAM + "`= q`\n", 13, "no “q”"),
        (PROGRAM + "```predict\nask: What?\nanswer: q\n```\n", 13, "no “q”"),
        (PROGRAM + "```predict\nask: What?\nanswer: log(-a)\n```\n", 13, "not a finite number"),
        (
            PROGRAM + "```predict\nask: What?\nanswer: a.grad\nmisconceptions: [{value: 3*a**2, say: No.}]\n```\n",
            13,
            "right answer",
        ),
        (
            PROGRAM + "```choose\nask: What?\noptions: [{text: A, holds: y == 8}, {text: B, holds: y > 1}]\n```\n",
            13,
            "exactly one",
        ),
        (PROGRAM + "```drag\nask: Drag.\ngoal: y > 1\n```\n", 13, "holds already"),
        (PROGRAM + "```fix\nask: Fix.\ngoal: a.grad == 12\n```\n", 13, "holds already"),
        (PROGRAM + "```view\nkind: bars\ntitle: B\nof: [a, q]\n```\n", 13, "no “q”"),
        ("```run\nn_samples: 20\nepochs: 3\n```\n```predict\nask: W?\nanswer: run.loss(9)\n```\n", 12, "epochs 0 to 3"),
    ],
)
def test_checking_plays_the_lesson_and_names_lines(page: str, line: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lessons.checking.World", Here)
    lesson = read_lesson(HEAD + "# One\n\ntext\n\n" + page, "checked")
    problems = check_lesson(lesson)
    assert any(problem.line == line and said in problem.message for problem in problems), problems
