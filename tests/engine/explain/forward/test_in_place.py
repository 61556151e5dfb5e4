"""What is said of operations that write into a tensor that is there: no false equation, and whose memory it is."""

from __future__ import annotations

import pytest

from engine.explain import Line, explain_moment
from engine.recording import Recording
from tests.engine.plain_torch import run

LEAF = "a = torch.tensor([2.], requires_grad=True)\n"


def last_write(text: str) -> tuple[Recording, int]:
    recording = run(text)
    writes = [
        number + 1
        for number, moment in enumerate(recording.moments)
        if moment.kind == "operation"
        and (recording.operations[moment.subject].inplace or recording.operations[moment.subject].name == "set_data")
    ]
    return recording, writes[-1]


def written(line: Line) -> str:
    left, right = (" ".join(str(piece.symbol) for piece in pieces) for pieces in (line.left, line.right))
    return f"{left} {line.sign} {right}".strip()


@pytest.mark.parametrize(
    ("program", "sentence", "lines"),
    [
        ("b = a * 1\nb.mul_(2)", "`b.mul_(2)` changes $b$ in place: $2$ becomes $4$.", ["b ← 2 · b", "= 4"]),
        ("b = a * 1\nb.zero_()", "`b.zero_()` writes 0 into all elements of $b$, in place: $2$ becomes $0$.", ["b ← 0"]),
        ("b = a * 1\nb.fill_(3)", "`b.fill_(3)` writes $3$ into all elements of $b$, in place: $2$ becomes $3$.", ["b ← 3"]),
        (
            "b = a * 1\nc = a * 2\nb.copy_(c)",
            "`b.copy_(c)` writes the elements of $c$ into $b$, in place: $2$ becomes $4$.",
            ["b ← 4"],
        ),
        ("b = a * 1\nb[0] = 5", "The assignment to `b[0]` changes $b$ in place: $2$ becomes $5$.", ["b ← 5"]),
        ("b = a * 1\n(b + 1).mul_(3)", "`(b + 1).mul_(3)` changes $b + 1$ in place: $3$ becomes $9$.", ["3 · (b + 1) = 9"]),
    ],
)
def test_what_is_written_in_place_is_no_equation(program: str, sentence: str, lines: list[str]) -> None:
    """``b = 2 · b = 4``, it said, and "takes b = 2 and gives 4"."""
    recording, cursor = last_write(LEAF + program)
    said = explain_moment(recording, cursor)
    assert said.sentence == sentence and [written(line) for line in said.lines] == lines


@pytest.mark.parametrize(("call", "result", "line"), [("zero_()", "0", "y.data ← 0"), ("add_(1)", "1.5", "y.data ← y.data + 1")])
def test_a_write_through_data_says_whose_memory_it_is(call: str, result: str, line: str) -> None:
    """It said ``zero = zero(data(y))``, and that autograd keeps nothing."""
    recording, cursor = last_write(
        f"a = torch.tensor([0.], requires_grad=True)\ny = torch.sigmoid(a)\ny.data.{call}\ny.backward()"
    )
    said = explain_moment(recording, cursor)
    verb = "writes 0 into all elements of $y.data$, in place" if call == "zero_()" else "changes $y.data$ in place"
    assert said.sentence == f"`y.data.{call}` {verb}: $0.5$ becomes ${result}$. $y$ is the same memory, and changes with it."
    assert written(said.lines[0]) == line and said.change is not None and said.change.name == "y.data"
    assert said.note == "Autograd does not see what is written through `.data`: what a Node keeps of $y$ changes with it."
    made = explain_moment(recording, cursor - 1)
    assert [written(item) for item in made.lines] == ["y.data = 0.5"]


def test_a_number_that_was_computed_in_place_keeps_its_formula() -> None:
    """Called by what it was before, it would be another number."""
    recording = run(LEAF + "y = (a * 3).add_(1).sum()\ny.backward()")
    said = next(
        explain_moment(recording, at + 1)
        for at, item in enumerate(recording.moments)
        if item.kind == "operation" and recording.operations[item.subject].name == "sum"
    )
    assert "3 · a + 1" in said.sentence and "= $7$" in said.sentence
