"""Recordings give their memory back as soon as nobody holds them, without the collector of cycles, and piece by piece."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
import torch

import engine
from engine.explain import explain_card, explain_moment
from engine.explain.formula.formula import formula
from engine.explain.preparing import prepare
from engine.graph.labels import moment_label
from engine.recording import Recording
from engine.runtime.collector import let_go
from engine.search import search


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    yield
    if was_on:
        gc.enable()


def training() -> Callable[[], object]:
    """Two steps. torch may keep the frames of those who make an optimizer, so this is not done where the recording is."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def train() -> None:
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.ones(4, 2)).pow(2).mean().backward()
            optimizer.step()

    return train


def used(train: Callable[[], object]) -> Recording:
    """A recording with all that is kept in one: views, states, explanations, labels, look-ups, a search."""
    with engine.record() as made:
        train()
    recording = made.recording
    del made
    prepare(recording)
    views = [recording.folds.first_view, recording.folds.view(recording.folds.modules)]
    for cursor in range(recording.end + 1):
        state = recording.state(cursor)
        for view in views:
            shown = view.state(state)
            assert all(shown.cards[card.id] for card in view.graph.cards)
            assert state.codes is not None and len(state.codes()) == len(recording.graph.cards)
        explain_moment(recording, cursor)
        for card in recording.graph.cards:
            explain_card(recording, cursor, card.id)
    assert all(moment_label(recording, number) for number in range(recording.end))
    formula(recording)
    assert len(search(recording, "op:linear"))
    assert recording._repr_svg_() and recording.to_json()
    return recording


def test_a_recording_that_nobody_holds_is_gone_at_once() -> None:
    recording = used(training())
    there = [weakref.ref(item) for item in (recording, recording.tables, recording.folds, recording.folds.first_view)]
    there.append(weakref.ref(recording._timeline))
    del recording
    assert [item() for item in there] == [None] * len(there)


class Thing:
    """Whose going is noticed."""


def test_what_someone_else_holds_stays_whole() -> None:
    table = tuple(Thing() for _ in range(2000))
    known = dict(enumerate(table))
    first = weakref.ref(table[0])
    owner = [known, table, [[item] for item in table]]
    del table
    given = [owner]
    del owner
    let_go(given.pop(), patience=0)
    assert len(known) == 2000 and first() is known[0]
    given = [[known]]
    del known
    let_go(given.pop())
    assert first() is None


def test_what_is_in_a_container_goes_one_by_one() -> None:
    """In the loop of ``let_go``, so that other threads have their turns, and not within the container's own end."""
    left: list[int] = []

    class Noting:
        def __del__(self) -> None:
            around = sys._getframe(1)
            left.append(len(around.f_locals["part"]) if around.f_code is let_go.__code__ else -1)

    given: list[object] = [[{number: Noting() for number in range(1500)}]]
    let_go(given.pop())
    assert sorted(left) == list(range(1500, 3000))


def test_it_waits_for_who_else_holds_a_container() -> None:
    """The last one who lets go of it ends all that is in it, in one go: that is to be this thread."""
    kept = [tuple(Thing() for _ in range(2000))]
    first = weakref.ref(kept[0][0])
    given: list[object] = [[kept[0]]]
    thread = threading.Thread(target=lambda: let_go(given.pop()))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive() and first() is not None
    kept.clear()
    thread.join(10)
    assert not thread.is_alive() and first() is None
