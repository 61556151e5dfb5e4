"""Compiled code runs, and is recorded, as it is written; the recording says so, and nothing of it stays."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine
from engine.recorder.watch.compiled import NOTE

eval_frame = pytest.importorskip("torch._dynamo.eval_frame")


def _compiled(function: Any) -> Any:
    return torch.compile(function, backend=_counting)


compilations: list[Any] = []


def _counting(graph: Any, inputs: Any) -> Callable[..., Any]:
    compilations.append(graph)
    return graph.forward  # type: ignore[no-any-return]


def square(x: Tensor) -> Tensor:
    return (x * x).sum()


def test_compiled_before_and_inside_the_block() -> None:
    before = dict(vars(torch)), eval_frame._stance, eval_frame._callback_from_stance, list(warnings.filters)
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    early = _compiled(square)
    x = torch.ones(2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with engine.record() as r:
            early(x).backward()
            model = _compiled(net)
            model(x).sum().backward()
    recording = r.recording
    assert recording.notes == (NOTE,)
    assert compilations == []
    assert [call.name for call in recording.calls if not call.function] == ["model", "model.0", "model.1"]
    assert {"model.0.weight", "model.0.bias"} <= {variable.name for variable in recording.variables}
    assert [operation.name for operation in recording.operations] == ["mul", "sum", "linear", "relu", "sum"]
    assert len(recording.passes) == 2
    assert (torch.compile, eval_frame._stance, eval_frame._callback_from_stance) == (before[0]["compile"], *before[1:3])
    assert list(warnings.filters) == before[3]
    early(x)
    assert len(compilations) == 1


def test_nothing_is_said_where_nothing_is_compiled() -> None:
    with engine.record() as r:
        torch.ones(2, requires_grad=True).sum().backward()
    assert r.recording.notes == ()
