"""Sentences that are true as English, too."""

from __future__ import annotations

import re

import pytest
import torch

import engine
from engine.errors import ProgramError, UnknownNameError
from engine.explain import explain_card, explain_edge, explain_moment
from engine.graph.labels import first_view, phases, tone_of
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from engine.mathematics.tree import Call, minus, partial
from engine.operations.symbols import name_symbol
from engine.programs.checker import check_program
from engine.programs.here import run_here


def test_the_gradient_where_the_backward_starts_is_told_as_that() -> None:
    recording = run_here("x = torch.tensor(3., requires_grad=True)\nq = x * x\nr = q * 2.\nr.backward()")
    told = {card.symbol: str(explain_card(recording, recording.end, card.id)) for card in recording.graph.cards}
    starts = {symbol for symbol, text in told.items() if "where the backward starts" in text}
    assert "r" in starts and not {"x", "q"} & starts and "times as fast" not in told["r"], told
    assert any("times as fast" in text for symbol, text in told.items() if symbol != "r")


def test_a_print_is_told_in_no_phase() -> None:
    head = "x = torch.tensor(3., requires_grad=True)\n(x * x).backward()\n"
    recording = run_here(f"{head}with torch.no_grad():\n    x -= x.grad\nprint(x)")
    last = recording.moments[-1]
    assert (last.kind, tone_of(last)) == ("print", "zero")
    assert explain_moment(recording, recording.end).title == f"Operation {recording.end} · print"
    assert {tone_of(moment) for moment in recording.moments[:-1]} == {"forward", "backward", "update"}


def test_a_guess_and_an_advice_are_told_as_two_ways() -> None:
    with pytest.raises(UnknownNameError) as like:
        check_program("value = 1.\ny = valu * 2")
    assert "Did you mean value? Or set it first" in like.value.hint
    with pytest.raises(UnknownNameError) as unlike:
        check_program("y = qqq * 2")
    assert unlike.value.hint.startswith("Set it first")


def shown(text: str, cursor: int) -> tuple[str, list[str]]:
    """The sentence and the lines of a moment."""
    found = explain_moment(run_here(text), cursor)
    return found.sentence, [line.latex for line in found.lines]


def test_a_product_of_vectors_is_no_dot_product() -> None:
    """The sum said Σ(x · x) and "x · x = [1, 4]", while the heading wrote ⊙."""
    text = "x = torch.tensor([1., 2.], requires_grad=True)\ny = (x * x).sum()\nz = (x * 3 * y).sum()\nz.backward()\n"
    sentence, lines = shown(text, 3)
    assert "$x ⊙ x$ = $[1, 4]$" in sentence
    assert lines[0] == "y = \\Sigma (x \\odot x)"
    assert shown(text, 2)[1][0].startswith("x \\odot x")
    assert "3 \\cdot x" in shown(text, 4)[1][0], "a number times a vector"
    assert "\\odot" not in shown(text, 5)[1][0], "a scalar times a vector"
    inplace = "x = torch.tensor([1., 2.])\nx.mul_(x)\n"
    assert shown(inplace, 2)[1][0] == "x \\leftarrow x \\odot x"


def test_a_difference_that_begins_with_a_word_is_bracketed_under_a_derivative() -> None:
    """It said ∂loss/∂ linear − t."""

    def written(over: str, under: Expression) -> str:
        return partial(name_symbol(over), under).to_latex()

    x, y = name_symbol("x"), name_symbol("y")
    mean = Word("mean")
    assert written("L", minus(Word("linear"), name_symbol("t"))) == "\\frac{\\partial L}{\\partial (\\mathrm{linear} - t)}"
    assert written("y", minus(Word("a"), Word("b"))).endswith("{\\partial (\\mathrm{a} - \\mathrm{b})}")
    assert written("y", Call(mean, (minus(x, y),))).endswith("{\\partial \\mathrm{mean}(x - y)}")
    assert written("y", minus(Call(mean, (x,)), y)).endswith("{\\partial (\\mathrm{mean}(x) - y)}")


@pytest.mark.parametrize("program", ["y = a**3 - b**2", "y = a * b", "y = a**2", "y = torch.sin(a)", "y = a - b", "y = -a"])
def test_the_derivative_of_the_root_is_not_explained_by_itself(program: str) -> None:
    """∂y/∂(a³) = ∂y/∂y · ∂y/∂(a³) says nothing."""
    text = f"a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\n{program}\ny.backward()\n"
    recording = run_here(text)
    found = [explain_moment(recording, cursor) for cursor in range(recording.end + 1)]
    found += [explain_card(recording, recording.end, card.id) for card in recording.graph.cards]
    found += [explain_edge(recording, recording.end, edge.id) for edge in recording.graph.edges]
    captions = set[str]()
    for explanation in found:
        for line in explanation.lines:
            left = "".join(piece.latex for piece in line.left)
            right = [piece.latex for piece in line.right]
            assert not left.startswith("\\frac{\\partial y}") or left not in right, line.latex
            captions.update(piece.caption for piece in line.right)
    assert {"came in", "local slope"} <= captions, "each number says what it is"


@pytest.mark.parametrize("last", ["y.backward()", "y.sum().detach().backward()", "torch.autograd.grad(y, x)"])
def test_a_backward_that_fails_is_a_backward_that_failed(last: str) -> None:
    """It counted as forward: "Forward 3 of 3", with the error as one of them."""
    with pytest.raises(ProgramError) as caught:
        run_here(f"x = torch.tensor([5., 6.], requires_grad=True)\ny = x * 2\n{last}\n")
    recording = caught.value.recording
    assert recording is not None
    assert (recording.moments[-1].kind, recording.moments[-1].phase) == ("error", "backward")
    assert [(span.title, span.count) for span in phases(recording)][-1] == ("Backward", 1)
    assert first_view(recording) == recording.end, "it opens where it stopped"


def test_another_failure_is_none_of_backward() -> None:
    with pytest.raises(ProgramError) as caught:
        run_here("x = torch.tensor([5., 6.], requires_grad=True)\ny = x + torch.ones(3)\n")
    recording = caught.value.recording
    assert recording is not None and recording.moments[-1].phase == "forward"


def test_a_shape_of_one_length_is_no_list_and_what_has_no_name_is_no_denominator() -> None:
    """ "net.0.bias = [8]" read as a list that holds 8, and the gradient of a transposed weight was one by "(·)"."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 9), torch.nn.ReLU(), torch.nn.Linear(9, 1))
    with engine.record() as run:
        net(torch.randn(8, 4)).mean().backward()
    told = []
    for cursor in range(1, run.recording.end + 1):
        found = explain_moment(run.recording, cursor)
        told += [found.sentence, *(piece.latex for line in found.lines for piece in (*line.left, *line.right))]
    assert any("of shape [9]" in text for text in told)
    assert not any(re.search(r"(?<!shape )(?<!,)\[9\]", text) for text in told), told
    assert not any("\\partial (\\cdot)" in text for text in told), told
