"""Where recording itself fails: the program does not notice, and what was recorded up to there is a recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine
from engine.recorder.follow.gradients import Gradients
from engine.recorder.follow.memories import Memories
from engine.recorder.follow.values import Values
from engine.recorder.keep.tensors import Snapshots
from engine.recorder.operations import Operations
from engine.recorder.passes.made import MadeInPasses
from engine.recorder.passes.nodes import Nodes
from engine.recorder.passes.passes import PassRecorder
from engine.recorder.passes.saved import SavedTensors

PLACES = [
    (Snapshots, "take"),
    (Values, "add"),
    (Nodes, "_draft_of"),
    (Memories, "add"),
    (SavedTensors, "read"),
    (Gradients, "follow"),
    (Operations, "_moment_kind"),
    (PassRecorder, "_start"),
    (MadeInPasses, "add"),
]


def program() -> list[Tensor]:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.ones(4, 2, requires_grad=True)
    out = net(x * 2).sum()
    (slope,) = torch.autograd.grad(out, x, create_graph=True)
    h = torch.zeros(4, 2)
    h[0] = slope[0]
    ((h**2).sum() + out).backward()
    optimizer.step()
    assert x.grad is not None
    return [*net.parameters(), x.grad]


def failing(original: Callable[..., Any], at: int, calls: list[int]) -> Callable[..., Any]:
    def fails(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == at:
            raise RuntimeError("out of luck")
        return original(*args, **kwargs)

    return fails


@pytest.mark.parametrize(("kind", "name"), PLACES)
def test_what_was_recorded_before_recording_failed_opens(
    kind: type, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = program()
    at, step, failed = 1, 1, 0
    while True:
        calls = [0]
        with monkeypatch.context() as patch:
            patch.setattr(kind, name, failing(getattr(kind, name), at, calls))
            with engine.record() as handle:
                after = program()
        assert all(torch.equal(one, other) for one, other in zip(plain, after, strict=True))
        if calls[0] < at:
            break
        failed += 1
        assert any("failed itself: RuntimeError: out of luck" in note for note in handle.recording.notes)
        path = tmp_path / "run.gradwalk"
        handle.save(path)
        recording = engine.open_recording(path)
        for cursor in (0, recording.end // 2, recording.end):
            state = recording.state(cursor)
            assert all(state.cards[card.id] for card in recording.graph.cards)
            assert all(state.edges[edge.id] for edge in recording.graph.edges)
        at += step
        step += failed // 12
    assert failed
