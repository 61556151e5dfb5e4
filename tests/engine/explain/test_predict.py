"""Questions ask for recorded numbers only; answers are read in many forms, and no text can do anything but be a number."""

from __future__ import annotations

import math
from functools import cache

import pytest

from engine.explain.answers import HOW_TO, LONGEST
from engine.explain.predictions import MOST_ELEMENTS, agrees, check_answer, next_question, question
from engine.recording import Recording
from tests.engine.plain_torch import PROGRAMS, run

CUBIC = PROGRAMS[0]
_TWICE = "a = torch.tensor(5., requires_grad=True)\n(a**3).backward()\n(a**3).backward()"
_VECTOR = "w = torch.tensor([2., 3.], requires_grad=True)\ny = (w*w).sum()\ny.backward()"
_SHARED = "x = torch.tensor(3., requires_grad=True)\ny = x*x + x\ny.backward()"
_BIG = "w = torch.ones(5, requires_grad=True)\n(w*w).sum().backward()"
_ODD = "a = torch.tensor(0., requires_grad=True)\ny = a.sqrt()\ny.backward()\n"
_ODD += "b = torch.tensor(0., requires_grad=True)\n(b.sqrt()*0).backward()"


@cache
def recorded(text: str) -> Recording:
    return run(text)


def cursors(recording: Recording) -> list[int]:
    return [at for at in range(recording.end + 1) if question(recording, at) is not None]


def at(recording: Recording, words: str) -> int:
    return next(at for at in cursors(recording) if words in question(recording, at).text)  # type: ignore[union-attr]


def test_asks_before_each_gradient_of_one_element() -> None:
    recording = recorded(CUBIC)
    asked = [question(recording, cursor) for cursor in cursors(recording)]
    kinds = [recording.moments[cursor].kind for cursor in cursors(recording)]
    assert kinds == ["run", "run", "run"]
    texts = [item.text for item in asked if item is not None]
    assert texts[0] == "What is the gradient that goes from $y$ to $b²$?"
    assert texts[1] == "What is the gradient that goes from $b²$ to $b$?"
    assert [item.expected for item in asked if item is not None] == [-1, -12, 75]
    assert all((item.card is None) != (item.edge is None) for item in asked if item is not None)


@pytest.mark.parametrize("text", PROGRAMS[:24])
def test_what_is_expected_stands_in_the_graph_after_the_step_and_not_before(text: str) -> None:
    recording = recorded(text)
    for cursor in cursors(recording):
        asked = question(recording, cursor)
        assert asked is not None and 0 < asked.data.size <= MOST_ELEMENTS
        before, after = recording.state(cursor), recording.state(cursor + 1)
        if asked.card is not None:
            row = after.cards[asked.card].gradient
            assert row.data is asked.data
            assert before.cards[asked.card].gradient.data is not asked.data
        else:
            assert asked.edge is not None
            assert after.edges[asked.edge].contribution is asked.data
            assert before.edges[asked.edge].contribution is None
        numbers = asked.data.numbers()
        assert numbers is not None
        shown = float(numbers[asked.element]) if asked.element else float(numbers.item())
        assert shown == asked.expected or math.isnan(shown)


def test_accumulation_names_what_is_there_already() -> None:
    recording = recorded(_TWICE)
    texts = [question(recording, cursor).text for cursor in cursors(recording)]  # type: ignore[union-attr]
    assert "What will `a.grad` be?" not in texts
    cursor = at(recording, "`a.grad` is 75.")
    assert check_answer(recording, cursor, "150").ok
    assert check_answer(recording, cursor, "a.grad + 3*a**2").ok
    assert not check_answer(recording, cursor, "75").ok


def test_paths_are_told_apart_and_elements_named() -> None:
    recording = recorded(_SHARED)
    assert "(path 1 of 2)" in question(recording, at(recording, "path")).text  # type: ignore[union-attr]
    assert check_answer(recording, at(recording, "x.grad"), "2*x + 1").ok
    vector = recorded(_VECTOR)
    cursor = at(vector, "`w.grad[0]`")
    assert check_answer(vector, cursor, "2*w[0]").ok
    assert check_answer(vector, cursor, "w").said is None
    assert "w[0]" in check_answer(vector, cursor, "w").message
    assert check_answer(vector, cursor, "w[7]").said is None
    assert check_answer(vector, cursor, "w[-1]").said is None


def test_nothing_is_asked_for_large_tensors_or_outside() -> None:
    recording = recorded(_BIG)
    assert all(question(recording, cursor).data.size == 1 for cursor in cursors(recording))  # type: ignore[union-attr]
    assert not any("w.grad" in question(recording, cursor).text for cursor in cursors(recording))  # type: ignore[union-attr]
    assert question(recording, -1) is None and question(recording, recording.end) is None
    with pytest.raises(ValueError, match="no gradient is asked for at 0"):
        check_answer(recording, 0, "1")


def test_the_next_question_is_the_first_in_the_range() -> None:
    recording = recorded(CUBIC)
    first = cursors(recording)[0]
    found = next_question(recording, 0, recording.end)
    assert found is not None and found.cursor == first
    assert next_question(recording, 0, first) is None


@pytest.mark.parametrize(
    "text",
    [
        "75",
        " 75.0 ",
        "3*5**2",
        "3*a**2",
        "3·a²",
        "3×a^2",
        "3*a*a",
        "(a+a+a)*a",
        "150/2",
        "7.5e1",
        "+75",
        "--75",
        "75.05",
        "74.95",
        "3*a**2*exp(0)",
        "sqrt(5625)",
        "abs(-75)",
        "75*sin(pi/2)",
        "3 * a ** 2",
        "−(−75)",
        "150÷2",
        "600*a**-1*0+75",
    ],
)
def test_right_answers_in_all_forms(text: str) -> None:
    recording = recorded(CUBIC)
    answer = check_answer(recording, at(recording, "to $a$"), text)
    assert answer.ok, answer.message
    assert answer.expected == 75 and answer.message == "Yes: 75."


@pytest.mark.parametrize("text", ["-12", "−12", "-2*b", "−2·b", "-b-b", "-12.004"])
def test_minus_signs(text: str) -> None:
    recording = recorded(CUBIC)
    answer = check_answer(recording, at(recording, "to $b$"), text)
    assert answer.ok and answer.message == "Yes: −12."


@pytest.mark.parametrize(
    ("text", "said", "message"),
    [
        ("12", 12.0, "You said 12. It is −12: the size is right, the sign is the other one."),
        ("-2", -2.0, "You said −2. It is −12: 10 less."),
        ("-2*a**2", -50.0, "You said −50. It is −12: 38 more."),
        ("-1.2e1*1.01", -12.12, "You said −12.12. It is −12: 0.12 more."),
        ("nan", math.nan, "You said nan. It is −12."),
        ("inf", math.inf, "You said ∞. It is −12."),
        ("0", 0.0, "You said 0. It is −12: 12 less."),
    ],
)
def test_wrong_answers_show_the_gap(text: str, said: float, message: str) -> None:
    recording = recorded(CUBIC)
    answer = check_answer(recording, at(recording, "to $b$"), text)
    assert not answer.ok and answer.expected == -12
    assert answer.said == pytest.approx(said, nan_ok=True)
    assert answer.message == message
    assert answer.gap is None if not math.isfinite(said) else answer.gap == pytest.approx(said + 12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "9**9**9",
        "9.0**9**9",
        "1e308*1e308**2",
        "2**2**2**2**2**2**2",
        "__import__('os').system('x')",
        "a.__class__",
        "a.grad.data",
        "a.grad",
        "().__class__",
        "x" * 100_000,
        "(" * 100_000,
        "-" * 100_000,
        "1+" * 90 + "1",
        "a if b else 1",
        "[1 for i in a]",
        "lambda: 1",
        "a:=1",
        "print(75)",
        "exec('1')",
        "open('f')",
        "sin(a, b)",
        "sin(*a)",
        "sin(x=1)",
        "'75'",
        "b'75'",
        "1j",
        "True",
        "None",
        "a, b",
        "{1}",
        "a @ b",
        "a // b",
        "a % b",
        "a << 9",
        "~a",
        "not a",
        "a == 75",
        "3a",
        "1/0",
        "0**-1",
        "(-8)**(1/3)",
        "log(-1)",
        "sqrt(-1)",
        "exp(1000)",
        "q",
        "y.grad",
        "a[0][0]",
        "a[b]",
        "a[:]",
        "75\n76",
        "\x00",
        "75 and 76",
        "f'{a}'",
        "...",
        "a[0.5]",
        "1is 1",
        "0777",
        "9" * 199 + "**9",
        "sin",
        "await a",
        "𝟕𝟓x",
        "1_000_",
    ],
)
def test_hostile_and_unreadable_texts_are_refused_without_revealing(text: str) -> None:
    recording = recorded(CUBIC)
    answer = check_answer(recording, at(recording, "to $b$"), text)
    assert answer.said is None and not answer.ok and answer.gap is None
    assert "12" not in answer.message.replace("3*5**2", "")
    assert answer.message and answer.shown == ""


def test_refusals_say_what_to_write() -> None:
    recording = recorded(CUBIC)
    cursor = cursors(recording)[0]
    assert check_answer(recording, cursor, "").message == HOW_TO
    assert check_answer(recording, cursor, "2,5").said == 2.5 and check_answer(recording, cursor, "−75,0").said == -75
    assert check_answer(recording, cursor, "1,234").message == "Is that 1.234 or 1234? Write one of them, without a comma."
    assert "write inf" in check_answer(recording, cursor, "1/0").message
    assert "sigmoid" in check_answer(recording, cursor, "foo(1)").message
    assert "too long" in check_answer(recording, cursor, "1" * (LONGEST + 1)).message


def test_names_stand_for_what_is_known_at_the_cursor() -> None:
    text = "a = torch.tensor(2., requires_grad=True)\ny = a*3\ny.backward()\nwith torch.no_grad():\n    a += 1\na = a.detach()*10"
    recording = recorded(text)
    cursor = cursors(recording)[0]
    answer = check_answer(recording, cursor, "a")
    assert answer.said == 2
    assert check_answer(recording, cursor, "y").said == 6


def test_infinite_and_undefined_numbers() -> None:
    recording = recorded(_ODD)
    cursor = at(recording, "to $a$")
    assert check_answer(recording, cursor, "inf").ok and check_answer(recording, cursor, "∞").ok
    assert not check_answer(recording, cursor, "-inf").ok
    wrong = check_answer(recording, cursor, "5")
    assert wrong.gap is None and wrong.message == "You said 5. It is ∞."
    assert check_answer(recording, at(recording, "to $b$"), "nan").ok
    assert not check_answer(recording, at(recording, "to $b$"), "0").ok


@pytest.mark.parametrize(
    ("said", "expected", "ok"),
    [
        (1.0, 1.0009, True),
        (1.0, 1.002, False),
        (0.0, 0.0, True),
        (1e-9, 0.0, False),
        (0.0, 1e-9, False),
        (-0.0, 0.0, True),
        (0.8776, 0.8775825618903728, True),
        (1.234e-5, 1.23412e-5, True),
        (-1.0, 1.0, False),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (1e308, math.inf, False),
    ],
)
def test_tolerance(said: float, expected: float, ok: bool) -> None:
    assert agrees(said, expected) is ok
