"""Compiled code runs, and is recorded, as it is written, but for what torch itself compiles: branches of ``torch.cond``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._higher_order_ops.while_loop import while_loop

import engine
from engine.recorder.watch.compiled import NOTE
from engine.scripts import ScriptRun
from tests.engine.script_runs import follow, plainly

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


EXPORTS = """
import torch


class Branches(torch.nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda v: v.sin(), lambda v: v.cos(), [x])


print(torch.export.export(Branches(), (torch.ones(3, 3),)))
x = torch.ones(3, requires_grad=True)
torch.cond(x.sum() > 0, lambda v: v * 2, lambda v: v * 3, [x]).sum().backward()
print(x.grad)
"""


def _twice(v: torch.Tensor) -> torch.Tensor:
    return v * 2


def _thrice(v: torch.Tensor) -> torch.Tensor:
    return v * 3


def test_a_branch_is_one_operation_and_its_backward_works() -> None:
    x = torch.ones(3, requires_grad=True)
    with engine.record() as r:
        y = torch.cond(x.sum() > 0, _twice, _thrice, (x,))
        y.sum().backward()
        begin = (torch.tensor(0), torch.ones(2))
        end, power = while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), begin)  # type: ignore[no-untyped-call]
    assert x.grad is not None and x.grad.tolist() == [2.0, 2.0, 2.0]
    assert int(end) == 3 and power.tolist() == [8.0, 8.0]
    names = [operation.name for operation in r.recording.operations]
    assert names.count("cond") == 1 and names.count("while_loop") == 1 and "mul" not in names
    (leaf,) = [variable for variable in r.recording.variables if variable.name == "x"]
    arrived: Any = leaf.gradients[-1][1]
    assert arrived.numbers().tolist() == [2.0, 2.0, 2.0]
    assert torch.compiler.is_compiling() is False and torch._C._len_torch_function_stack() == 0


def test_an_exported_graph_with_branches_is_that_of_a_plain_run(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(EXPORTS, encoding="utf-8")
    told = follow(ScriptRun(script))
    plain = plainly(tmp_path, "script.py")
    assert "cond = torch.ops.higher_order.cond(" in plain.stdout
    assert told.text().replace(f"{tmp_path}/", "") == plain.stdout.replace(f"{tmp_path}/", "")
    assert told.finished.exit_status == plain.returncode == 0
    assert told.recording is not None and len(told.recording.passes) == 1
