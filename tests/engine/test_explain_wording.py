"""Sentences that are true as English, too."""

from __future__ import annotations

import pytest

from engine.checker import check_program
from engine.errors import UnknownNameError
from engine.explain import explain_card, explain_moment
from engine.labels import tone_of
from engine.program import run_here


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
