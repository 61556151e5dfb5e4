"""What a program lets go of is let go of while it is recorded; nothing that is shown changes by that."""

from __future__ import annotations

import gc
import re
import warnings
import weakref
from typing import Any

import pytest
import torch
from torch import Tensor

import engine
from engine.recorder.passes.sweeping import Sweeper
from engine.recording import Recording
from tests.engine.kinds import KINDS
from tests.engine.plain_runs import recorded, seeded

SHAPE = (256, 256)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def test_graphs_that_no_pass_runs_through_are_let_go() -> None:
    """As those of an evaluation without ``no_grad``: each Node keeps what its backward would need."""
    w = torch.ones(SHAPE, requires_grad=True)
    kept: list[weakref.ref[Tensor]] = []
    with engine.record() as handle:
        held = (w * 3).exp()
        for _ in range(300):
            other = torch.ones(SHAPE)
            kept.append(weakref.ref(other))
            (w * other).exp().sum()
            del other
        gc.collect()
        assert sum(item() is not None for item in kept) < 100
        held.sum().backward()
    run = [handle.recording.nodes[item.node].name for item in handle.recording.runs]
    assert run == ["SumBackward0", "ExpBackward0", "MulBackward0", "AccumulateGrad"]
    assert len([node for node in handle.recording.nodes if node.name == "MulBackward0"]) == 301


def test_a_node_that_the_program_holds_stays_itself() -> None:
    w = torch.ones(SHAPE, requires_grad=True)
    with engine.record() as handle:
        h = w * 2
        node: Any = h.grad_fn
        del h
        for _ in range(100):
            (w * 2).sum()
        torch.autograd.grad((w * 2).sum(), w)
        draft = handle.recorder.draft
        assert draft.nodes.object_of(draft.nodes.id_of(node)) is node
    assert [item.name for item in handle.recording.nodes].count("MulBackward0") == 102


def _structure(recording: Recording) -> str:
    return _ADDRESS.sub(
        "",
        str(
            (
                [(node.name, node.edges, node.operation, node.variable, node.made_in, node.made_by) for node in recording.nodes],
                [
                    (value.variable, value.name, value.node, value.output, value.operation, value.leaf)
                    for value in recording.values
                ],
                [(run.pass_id, run.node, run.completed) for run in recording.runs],
                [(item.name, item.inputs, item.outputs, item.nodes) for item in recording.operations],
                recording.notes,
                recording.inputs,
            )
        ),
    )


@pytest.mark.parametrize("name", KINDS)
def test_a_recording_is_the_same_however_often_it_is_swept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seeded(KINDS[name])  # what torch makes once only is made
        monkeypatch.setattr(Sweeper, "due", lambda *_: False)
        _, never = recorded(KINDS[name])
        monkeypatch.setattr(Sweeper, "due", lambda *_: True)
        _, often = recorded(KINDS[name])
    assert _structure(often) == _structure(never)
