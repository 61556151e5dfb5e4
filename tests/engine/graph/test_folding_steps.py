"""A parameter that the calls of several steps share belongs, while they are folded, to the call of the step that it is in."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

import engine
from engine.graph.model import Graph
from tests.engine.trained_net import STEPS, trained_net


def test_the_call_of_the_step_is_active() -> None:
    """When a parameter got its gradient in the first step, the ring was on the third step's card, which had not run yet."""
    recording = trained_net()
    view = recording.folds.view()
    calls = sorted(view.groups, key=lambda card: view.groups[card].call)
    assert len(calls) == STEPS
    parameters = {card.id for card in recording.graph.cards if card.kind == "leaf"}
    seen = {"backward": 0, "update": 0}
    for cursor in range(1, recording.end + 1):
        plain = recording.state(cursor)
        told = view.state(plain)
        active = {card for card in calls if told.cards[card].active is not None}
        assert active == {card for card in calls if card in told.touched}
        codes = told.codes
        assert codes is not None
        lit = codes() >= 5
        assert {card.id for card, on in zip(view.graph.cards, lit.tolist(), strict=True) if on} >= active
        phase = recording.moments[cursor - 1].phase
        if not active or not any(card in parameters for card in plain.touched) or phase == "forward":
            continue
        # The step that a moment is in: so many of the calls have returned something by then.
        ran = [card for card in calls if told.cards[card].value.kind != "not_yet"]
        assert active == {ran[-1]}, (cursor, recording.moments[cursor - 1])
        seen[phase] = seen.get(phase, 0) + 1
    assert seen["backward"] >= 4 * STEPS and seen["update"] >= STEPS


def test_of_two_losses_the_one_whose_gradient_moves_has_its_call_active() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    with engine.record() as made:
        first, second = net(torch.randn(4, 2)).mean(), net(torch.randn(4, 2)).mean()
        first.backward()
        second.backward()
    recording = made.recording
    view = recording.folds.view()
    calls = sorted(view.groups, key=lambda card: view.groups[card].call)
    parameters = {card.id for card in recording.graph.cards if card.kind == "leaf"}
    passes, arrived = 0, [0, 0]
    for cursor in range(1, recording.end + 1):
        passes += recording.moments[cursor - 1].kind == "seed"
        state = recording.state(cursor)
        for card in parameters.intersection(state.touched):
            assert view.card_at(card, cursor) == calls[passes - 1], (cursor, card)
            assert set(view.state(state).touched) == {calls[passes - 1]}
            arrived[passes - 1] += 1
    assert arrived == [4, 4]
    assert {view.card_at(card, 0) for card in parameters} == {calls[0]}, "before anything has run, the first that will"
    assert {view.narrowed(_without(view.graph, calls[0])).card_at(card, 0) for card in parameters} == {calls[1]}


def _without(graph: Graph, card: str) -> Graph:
    return replace(graph, cards=tuple(item for item in graph.cards if item.id != card))
