"""docs/writing-lessons.md: its tables are those of the declared keys, and every example in it is read and played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.lessons.checking import check_lesson
from engine.lessons.play.expressions import HOW_TO as EXPRESSIONS
from engine.lessons.play.expressions import check_expression
from engine.lessons.play.moments import read_moment
from engine.lessons.reading.formulas import read_formula
from engine.lessons.reading.keys import BLOCKS, KINDS, MISCONCEPTION, OPTION
from engine.lessons.reading.page import rendered
from engine.lessons.reading.reading import read_lesson
from tests.engine.lessons.here import Here

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "writing-lessons.md").read_text(encoding="utf-8")
LONG = re.findall(r"^````markdown\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)
SHORT = re.findall(
    r"^```markdown\n(.*?)^```$",
    re.sub(r"^````markdown\n.*?^````$", "", PAGE, flags=re.DOTALL | re.MULTILINE),
    re.DOTALL | re.MULTILINE,
)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
HEAD = "---\ntitle: An example\n---\n\n# One\n\nText.\n\n"
PROGRAM = "```program\na = torch.tensor(2., requires_grad=True)\ny = a**3\ny.backward()\n```\n\n"


def test_the_page_has_the_tables_of_the_keys() -> None:
    assert rendered() in PAGE, "`python docs/write_tables.py` puts it there"


@pytest.mark.parametrize("text", [*LONG, *(PROGRAM + one for one in SHORT)])
def test_each_example_is_a_lesson_without_mistakes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lessons.checking.World", Here)
    lesson = read_lesson(text if text.startswith("---") else HEAD + text, "example")
    assert check_lesson(lesson) == ()


def test_the_examples_have_every_kind_of_question() -> None:
    text = "".join(LONG)
    assert len(LONG) >= 6 and SHORT
    for name in (*BLOCKS, "program", "shown"):
        assert f"```{name}\n" in text, name


def test_the_template_is_checked_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.lessons.checking.World", Here)
    monkeypatch.chdir(tmp_path)
    Path("my-lesson.md").write_text(LONG[0], encoding="utf-8")
    (code,) = PYTHON
    exec(code, {})
    assert capsys.readouterr().out == "\n"
    Path("my-lesson.md").write_text(LONG[0].replace("answer: y", "answer: q"), encoding="utf-8")
    exec(code, {})
    assert re.match(r"my-lesson.md:\d+: .*“q”", capsys.readouterr().out)


def test_what_it_says_can_be_written_can_be_read() -> None:
    for formula in re.findall(r"`\$([^`$]+)\$`", PAGE):
        assert read_formula(formula).to_plain()
    for expression in re.findall(r"`` `= ([^`]+)` ``", PAGE):
        check_expression(expression)
    moments = re.search(r"## Moments\n(.*?)\n## ", PAGE, re.DOTALL)
    assert moments is not None
    for row in re.findall(r"^\| (`.*?) \|", moments[1], re.MULTILINE):
        for moment in re.findall(r"`([^`]+)`", row):
            read_moment(moment if " " in moment or moment in ("start", "end", "forward") else f"after {moment}")
    said = re.search(r"## Expressions\n(.*?)\n## ", PAGE, re.DOTALL)
    assert said is not None
    for expression in re.findall(r"`([a-zA-Z]\w*[.(\[][^`]*)`", said[1]):
        check_expression(expression)
    assert "fails()" in EXPRESSIONS


def test_every_key_is_of_a_kind_that_is_explained() -> None:
    assert {key.is_ for keys in (*BLOCKS.values(), OPTION, MISCONCEPTION) for key in keys} <= set(KINDS)
