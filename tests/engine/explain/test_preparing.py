"""What the window asks of a long recording is made before, in another thread, and in a time that follows its length."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
import torch

import engine
from engine.explain.preparing import MANY_MOMENTS, prepare
from engine.recording import Recording
from engine.tables import NodeRun, Overwriting, Saved, Value, overwriting


def trained(steps: int) -> Recording:
    """One parameter with a state for each step, which two Nodes of each had saved."""
    with engine.record() as r:
        w = torch.tensor([1.0], requires_grad=True)
        for _ in range(steps):
            (w * w).backward()
            with torch.no_grad():
                w -= 0.001 * w.grad
                w.grad.zero_()
    return r.recording


def test_what_was_overwritten_is_known_before_a_card_is_drawn() -> None:
    recording = trained(MANY_MOMENTS // 6)
    assert recording.end > MANY_MOMENTS
    prepare(recording)
    assert "runs" in overwriting(recording).__dict__


def test_what_a_card_asks_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeline asked of a recording of its own: all Nodes were looked through in the window's thread when it was opened."""
    recording = trained(MANY_MOMENTS // 6)
    asked: list[int] = []
    looked = Overwriting._kept

    def counted(self: Overwriting, run: NodeRun, saved: Saved) -> Iterator[Value]:
        asked.append(run.id)
        return looked(self, run, saved)

    monkeypatch.setattr(Overwriting, "_kept", counted)
    prepare(recording)
    before = len(asked)
    assert before > 0
    state = recording.state(recording.end)
    assert all(state.edges[edge.id].gradient for edge in recording.graph.edges)
    assert len(asked) == before


def test_a_timeline_answers_when_its_recording_is_gone() -> None:
    recording = trained(3)
    edges = [edge.id for edge in recording.graph.edges]
    state = recording.state(recording.end)
    del recording
    gc.collect()
    assert all(state.edges[edge].gradient for edge in edges)


def test_finding_it_takes_a_time_that_follows_the_length() -> None:
    took = []
    for steps in (400, 3200):
        recording = trained(steps)
        began = time.process_time()
        assert overwriting(recording).runs == {}
        took.append(time.process_time() - began)
    assert took[1] < 24 * took[0]
