"""What is said of a leaf's ``.grad``, and what clearing it would do, is what this run did."""

from __future__ import annotations

import pytest
import torch

import engine
from engine.explain import explain_card
from engine.programs.program import run_program
from engine.recording import Recording

MADE = "w = torch.tensor(2., requires_grad=True)\nv = torch.tensor(5., requires_grad=True)\ny = w**3\n"


def said(recording: Recording, name: str, cursor: int | None = None) -> tuple[str, str]:
    card = next(
        card
        for card in recording.graph.cards
        if card.kind == "leaf" and card.variable is not None and recording.variables[card.variable].name == name
    )
    found = explain_card(recording, recording.end if cursor is None else cursor, card.id)
    return found.sentence, found.note


def test_a_cleared_gradient_says_where_it_was_cleared() -> None:
    recording = run_program(f"{MADE}y.backward()\nw.grad = None\n")
    sentence, note = said(recording, "w")
    assert f"`w.grad` is None: it was cleared in operation {recording.end} (line 5)." in sentence
    assert note == (
        "It got its value at operation 1. Nothing changes it after this. "
        "Clearing the gradients would leave its `.grad` None; the value would stay."
    )


def test_what_autograd_grad_returned_fills_no_grad() -> None:
    recording = run_program(f"{MADE}g = torch.autograd.grad(y, [w, v], allow_unused=True)\n")
    at = next(number + 1 for number, moment in enumerate(recording.moments) if moment.kind == "run")
    assert f"`autograd.grad` returned it in operation {at} (line 4), which fills no `.grad`." in said(recording, "w")[0]
    assert "`autograd.grad` found no way to it in operation" in said(recording, "v")[0]
    assert said(recording, "w", 2)[0].endswith("`w.grad` is None: no gradient has arrived.")


def test_the_later_of_two_reasons_is_said() -> None:
    cleared_last = run_program(f"{MADE}torch.autograd.grad(y, w, retain_graph=True)\ny.backward()\nw.grad = None\n")
    assert "it was cleared in operation" in said(cleared_last, "w")[0]
    returned_last = run_program(f"{MADE}y.backward(retain_graph=True)\nw.grad = None\ng = torch.autograd.grad(y, w)\n")
    assert "`autograd.grad` returned it" in said(returned_last, "w")[0]


def test_a_pass_that_has_not_come_yet_and_one_that_never_does() -> None:
    recording = run_program(f"{MADE}y.backward()\n")
    seed = next(number + 1 for number, moment in enumerate(recording.moments) if moment.kind == "seed")
    assert f"the pass that began in operation {seed} has not reached it yet" in said(recording, "w", seed)[0]
    assert "`v.grad` is None: the pass so far did not reach it." in said(recording, "v")[0]
    late = run_program(f"{MADE}y.backward()\nu = torch.tensor(1., requires_grad=True)\nz = u * 2\n")
    assert "`u.grad` is None: no gradient has arrived." in said(late, "u")[0]


@pytest.mark.parametrize(("how", "to"), [("w.grad.zero_()", "0"), ("w.grad = None", "None"), ("", "None")])
def test_clearing_would_set_what_this_run_sets(how: str, to: str) -> None:
    recording = run_program(f"{MADE}y.backward(retain_graph=True)\n{how}\ny.backward()\n")
    assert f"would set only its `.grad` to {to};" in said(recording, "w")[1]


@pytest.mark.parametrize("foreach", [True, False])
@pytest.mark.parametrize("to_none", [True, False])
def test_zero_grad_of_an_optimizer(to_none: bool, foreach: bool) -> None:
    with engine.record() as run:
        net = torch.nn.Linear(1, 1, bias=False)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1, foreach=foreach)
        for _ in range(2):
            (net(torch.ones(4, 1)) - 3).pow(2).mean().backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=to_none)
    sentence, note = said(run.recording, "net.weight")
    if to_none:
        assert "`net.weight.grad` is None: it was cleared in operation" in sentence
    else:
        assert "`net.weight.grad` is $0$. It was cleared in operation" in sentence
        assert "would set only its `.grad` to 0;" in note
