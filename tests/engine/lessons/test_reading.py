"""Lesson files: what is read from them, and which line each mistake is named with."""

from __future__ import annotations

import pytest

from engine.lessons.model import Choose, Code, Computed, Draw, Maths, Paragraph, Predict, Shown, View, Words, plain
from engine.lessons.reading.formulas import read_formula
from engine.lessons.reading.problems import LessonError
from engine.lessons.reading.reading import LONGEST, MOST_PAGES, look_at_lesson, read_lesson

HEAD = "---\ntitle: A lesson\n---\n"
PROGRAM = "```program\na = torch.tensor(2., requires_grad=True)\ny = a**3\ny.backward()\n```\n"
LESSON = (
    "---\ntitle: Why `zero_grad`?\ngroup: Gradients\nminutes: 9\nsummary: It adds.\n---\n"
    "# One\n\nSome *text* with $a^2$ and `= y`.\n\n" + PROGRAM + "\n```shown\n```\n\n"
    "```predict\nask: What is `a.grad`?\nanswer: a.grad\nfresh: {a: [2, 3]}\nhints: Look.\n```\n"
    "# Two\n\n```stage\nat: after a.grad\nvalues: {a: 4}\nshow: graph\n```\n\nMore.\n\n"
    "```run\nname: fast\nlearning_rate: 0.5\nepochs: 5\nperiods: 2\ndata: sine\n```\n\n"
    "```draw\nask: Draw it.\nwhat: loss\nepoch: 5\n```\n\n"
    "```choose\nask: Which?\noptions:\n  - {text: yes, holds: y == 8}\n  - {error: true}\n```\n\n"
    "```view\nkind: bars\ntitle: Bars\nof: [a.grad, y]\nscale: log\n```\n"
)


def test_a_lesson_is_read_into_pages_that_set_up_and_ask() -> None:
    lesson = read_lesson(LESSON, "zero")
    assert (lesson.name, plain(lesson.title), lesson.group, lesson.minutes) == ("zero", "Why zero_grad?", "Gradients", 9)
    first, second = lesson.pages
    assert first.stage.program.startswith("a = torch.tensor(2.") and first.stage.at == "forward"
    text = first.blocks[0]
    assert isinstance(text, Paragraph)
    assert [type(piece) for piece in text.line] == [Words, Words, Words, Maths, Words, Computed, Words]
    assert text.line[1] == Words("text", emphasised=True) and text.line[5] == Computed("y", 9)
    assert isinstance(first.blocks[1], Shown)
    asked = first.questions[0]
    assert isinstance(asked, Predict) and asked.key == "1.1" and asked.answer == "a.grad" and asked.fresh[0].values == (2.0, 3.0)
    assert second.stage.program == first.stage.program, "what a page does not set up stays as it was"
    assert (second.stage.at, second.stage.values, second.stage.show) == ("after a.grad", {"a": 4.0}, ("graph",))
    run = second.stage.runs[0]
    assert (run.name, run.config.learning_rate, run.config.epochs, run.config.data, run.config.get("periods")) == (
        "fast",
        0.5,
        5,
        "sine",
        2.0,
    )
    draw, choose = second.questions
    assert isinstance(draw, Draw) and draw.run == "fast" and draw.key == "2.1"
    assert isinstance(choose, Choose) and choose.options[1].error and choose.key == "2.2"
    view = second.views[0]
    assert isinstance(view, View) and view.of == ("a.grad", "y") and view.log
    assert lesson.page_at(1) == 0 and lesson.page_at(second.line) == 1 and lesson.page_at(second.line - 1) == 0


BROKEN = [
    ("", 1, "empty"),
    ("# One\n\ntext\n", 1, "begins with a head"),
    (HEAD, 1, "no page"),
    ("---\ntitel: A\n---\n# One\n\ntext\n", 2, "no key “titel”"),
    ("---\ngroup: A\n---\n# One\n\ntext\n", 2, "needs the key “title”"),
    ("---\ntitle: A\nminutes: soon\n---\n# One\n\ntext\n", 3, "whole number"),
    ("---\ntitle: [A\n---\n# One\n\ntext\n", 2, "not YAML"),
    ("---\ntitle: A\ntitle: B\n---\n# One\n\ntext\n", 3, "there twice"),
    ("---\ntitle: &x A\n---\n# One\n\ntext\n", 2, "anchors"),
    (HEAD + "text\n\n# One\n\ntext\n", 4, "before the first page"),
    (HEAD + "# One\n\n# Two\n\ntext\n", 4, "page is empty"),
    (HEAD + "# One\n\n```progam\na = 1\n```\n", 6, "no block “progam”"),
    (HEAD + "# One\n\ntext\n\n```program\nimport os\n```\n", 9, "import"),
    (HEAD + "# One\n\ntext\n\n```program\na = torch.tensor(1.)\nb = (\n```\n", 10, "the program"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\n```\n", 9, "needs the key “answer”"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\nanswer: a.grad +\n```\n", 10, "cannot be read"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\nanswer: __import__('os')\n```\n", 10, "text where none"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\nanswer: a.grad\nwhen: later\n```\n", 11, "is no moment"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\nanswer: a\ntolerance: 200%\n```\n", 11, "up to 100%"),
    (HEAD + "# One\n\ntext\n\n```predict\nask: What?\nanswer: a\nhints:\n  - it is: this\n```\n", 12, "goes in quotes"),
    (HEAD + "# One\n\ntext\n\n```choose\nask: Which?\noptions:\n  - {text: A, holds: y > 1}\n```\n", 11, "two to six"),
    (HEAD + "# One\n\ntext\n\n```choose\nask: Which?\noptions:\n  - {text: A}\n  - {error: true}\n```\n", 11, "needs “holds”"),
    (HEAD + "# One\n\ntext\n\n```draw\nask: Draw.\nwhat: line\nepoch: 3\n```\n", 9, "no run"),
    (HEAD + "# One\n\ntext\n\n```run\noptimizer: sdg\n```\n", 9, "sdg"),
    (HEAD + "# One\n\ntext\n\n```run\nperiods: 3\n```\n", 9, "periods"),
    (HEAD + "# One\n\ntext\n\n```run\ndata: file\n```\n", 9, "not on a file"),
    (HEAD + "# One\n\ntext\n\n```run\nepochs: 5000\n```\n", 9, "at most"),
    (HEAD + "# One\n\n![](a.png)\n", 6, "needs words"),
    (HEAD + "# One\n\n![a](../../etc/passwd.png)\n", 6, "beside the lesson"),
    (HEAD + "# One\n\nA [link](other.md).\n", 6, "leads to https"),
    (HEAD + "# One\n\nWith $a +$ here.\n", 6, "like Python"),
    (HEAD + "# One\n\nWith\n`= y +` here.\n", 7, "cannot be read"),
    (HEAD + "# One\n\n> said\n", 6, "quotation"),
    (HEAD + "# One\n\n```predict\nask: What?\nanswer: a", 6, "not closed"),
    (HEAD + "# One\n\n```view\nkind: curve\ntitle: C\nof: y\nfrom: 3\nto: 1\n```\n", 10, "from a smaller number"),
]


@pytest.mark.parametrize(("text", "line", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
def test_each_mistake_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(LessonError) as caught:
        read_lesson(text, "broken")
    assert any(problem.line == line and said in problem.message for problem in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    "text",
    [
        "x" * (LONGEST + 1),
        HEAD + "# One\n\n" + "- " * 3000 + "x\n",
        HEAD + "# One\n\n" + "*" * 50_000 + "\n",
        HEAD + "# One\n\n```predict\nask: " + "[" * 5000 + "\n```\n",
        HEAD + "# One\n\n```predict\nask: " + "a" * 30_000 + "\n```\n",
        HEAD + "".join(f"# {number}\n\ntext\n\n" for number in range(MOST_PAGES + 1)),
        HEAD + "# One\n\n<script>alert(1)</script>\n\n```predict\n- 1\n```\n",
        "\0\0\0",
    ],
    ids=["long", "nested list", "stars", "nested yaml", "long text", "pages", "html", "zeros"],
)
def test_hostile_files_are_refused_and_end(text: str) -> None:
    lesson, problems = look_at_lesson(text, "hostile")
    assert problems and (lesson is None or len(lesson.pages) <= MOST_PAGES + 1)


def test_points_and_first_weights_of_a_run_are_lists() -> None:
    text = "# One\n\n```run\ndata: points\npoints: [[0, 1], [1, 3.5]]\nstart: [0.5, -1]\nepochs: 3\n```\n\ntext\n"
    (run,) = read_lesson(HEAD + text, "points").pages[0].stage.runs
    assert run.config.get("points") == ((0.0, 1.0), (1.0, 3.5)) and run.config.get("start") == (0.5, -1.0)
    for wrong in ("points: {a: 1}", "points: [[0, 1], [1]]", "points: [[0, x], [1, 2]]"):
        _, problems = look_at_lesson(HEAD + text.replace("points: [[0, 1], [1, 3.5]]", wrong), "points")
        assert any(problem.line == 8 and "points" in problem.message for problem in problems), (wrong, problems)


def test_a_formula_may_begin_a_text_that_ends_with_a_digit() -> None:
    lesson = read_lesson(HEAD + "# One\n\n$w$ becomes 1.6\n", "digit")
    block = lesson.pages[0].blocks[0]
    assert isinstance(block, Paragraph) and isinstance(block.line[0], Maths)


def test_html_is_text() -> None:
    lesson = read_lesson(HEAD + "# One\n\n<b>bold</b>\n", "html")
    assert plain(lesson.pages[0].blocks[0].line) == "<b>bold</b>"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("3*a^2", "3a²"),
        ("d(y)/d(a) == 75", "∂y/∂a = 75"),
        ("y == a**3 - b**2", "y = a³ − b²"),
        ("2 * 2 * 0.01", "2 · 2 · 0.01"),
        ("a * a * a", "a · a · a"),
        ("y_hat == X @ w + b", "ŷ = Xw + b"),
        ("sqrt(x) > -1", "√x > −1"),
        ("w[1]", "w₁"),
        ("abs(a - b)", "|a − b|"),
    ],
)
def test_formulas_are_written_like_python(text: str, shown: str) -> None:
    assert read_formula(text).to_plain() == shown
    assert read_formula(text).to_spoken()


@pytest.mark.parametrize("text", ["", "a +", "lambda: 0", "a if b else c", "x" * 400, "f()", "{1}", "a.b.c", "\\frac{1}{2}"])
def test_what_is_no_formula_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        read_formula(text)


def test_code_that_begins_with_an_equals_sign_is_computed_and_other_code_is_shown() -> None:
    lesson = read_lesson(HEAD + "# One\n\n`=y` and `a = 3` and `= a`\n", "code")
    block = lesson.pages[0].blocks[0]
    assert isinstance(block, Paragraph)
    assert [piece for piece in block.line if not isinstance(piece, Words)] == [Code("=y"), Code("a = 3"), Computed("a", 6)]
