"""What ``torch.jit`` compiled runs without Python: each call of it is one operation, and nothing of the watching stays."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inward = nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.inward(x)) * self.scale


def swish(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x)


@pytest.fixture
def scripted() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        return torch.jit.script(swish), torch.jit.script(Gate()), torch.jit.trace(Gate(), torch.ones(1, 3))  # type: ignore[no-untyped-call]


def test_a_compiled_function_is_one_operation_with_its_nodes(scripted: Any) -> None:
    function = scripted[0]
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    function(w * 3).sum().backward()
    plain, w.grad = w.grad, None
    before = torch._C.ScriptFunction.__call__
    with engine.record() as made:
        function(w * 3).sum().backward()
    assert torch._C.ScriptFunction.__call__ is before
    recording = made.recording
    assert [item.name for item in recording.operations] == ["mul", "swish", "sum"] and recording.notes == ()
    assert {recording.nodes[run.node].name for run in recording.runs} >= {"MulBackward0", "SumBackward0"}
    assert recording.variables[0].gradients[-1][1].array.tolist() == plain.tolist()  # type: ignore[union-attr]
    card = next(card for card in recording.graph.cards if card.symbol == "\\mathrm{swish}")
    flows = [edge.flows for edge in recording.graph.edges if edge.target == card.id]
    assert flows and flows[0], "gradients go back along the edge into it"
    function(w)
    assert len(recording.operations) == 3


def test_a_compiled_module_computes_with_its_parameters(scripted: Any) -> None:
    x = torch.ones(2, 3)
    for module in scripted[1:]:
        for _ in range(3):  # the first runs are profiled, what follows is compiled to one Node
            module(x).sum().backward()
        plain = {name: item.grad.clone() for name, item in module.named_parameters()}
        for item in module.parameters():
            item.grad = None
        with engine.record() as made:
            for _ in range(3):
                module(x).sum().backward()
        recording = made.recording
        calls = [operation for operation in recording.operations if operation.name == "Gate"]
        assert len(calls) == 3 and recording.notes == ()
        assert [(item.name, item.type) for item in recording.calls] == [("module", "Gate")] * 3
        names = [recording.values[item.value].name for item in calls[0].inputs if item.value is not None]
        assert names == ["x", "module.scale", "module.inward.weight", "module.inward.bias"]
        leaves = {card.id: card for card in recording.graph.cards if card.kind == "leaf"}
        first = f"operation-{calls[0].id}"
        assert {edge.source for edge in recording.graph.edges if edge.target == first and edge.flows} == set(leaves)
        for variable in recording.variables:
            if variable.name in {f"module.{name}" for name in plain}:
                data = variable.gradients[-1][1]
                assert data is not None and data.array is not None
                assert data.array.tolist() == plain[variable.name.removeprefix("module.")].tolist()


def test_what_nobody_can_watch_is_said_to_be_missing() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    earlier = w * 2
    with engine.record() as made:
        with torch._C.DisableTorchFunction():  # as code that is not Python
            hidden = w * 3
        (hidden * earlier).sum().backward()
    assert [note for note in made.recording.notes if "cannot be watched" in note] == [
        "`hidden` came out of code that cannot be watched, such as an extension of torch: it is shown as data, without what it "
        "was computed from"
    ]


def backward_in_it(x: Tensor) -> Tensor:
    y = (x * x).sum()
    torch.autograd.backward([y], None)
    return y


def test_what_stands_in_for_functions_that_it_knows_compiles_as_these() -> None:
    table = torch.jit._builtins._get_builtin_table()
    known = dict(table)
    x = torch.ones(2, requires_grad=True)
    with engine.record() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loss = torch.jit.script(nn.CrossEntropyLoss())  # which may call warnings.warn
        attention = torch.jit.script(nn.MultiheadAttention(4, 2))  # which asks for overrides
        runs = torch.jit.script(backward_in_it)
        assert loss(torch.zeros(1, 3), torch.tensor([0])).item() == pytest.approx(1.0986, abs=1e-4)
        assert attention(*[torch.ones(3, 1, 4)] * 3)[0].shape == (3, 1, 4)
        runs(x)
        assert {"warn", "has_torch_function"} <= {name.removeprefix("aten::") for name in table.values()}
        assert torch.autograd.backward.__qualname__ == "backward" and torch.autograd.backward.__module__ == "torch.autograd"
        assert torch.autograd.Function.apply.__qualname__ == "Function.apply"
        assert pickle.loads(pickle.dumps(torch.autograd.backward)) is torch.autograd.backward
    assert x.grad is not None and x.grad.tolist() == [2.0, 2.0]
    assert not made.recording.failed and table == known


def test_a_compiled_function_that_is_traced_leaves_names_and_lines_as_they_are(scripted: Any) -> None:
    function = scripted[0]

    def traced(x: Tensor) -> Tensor:
        inner = x.sin()
        outer = function(inner)
        return torch.add(outer, 1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graphs = [str(torch.jit.trace(traced, torch.ones(2)).graph)]  # type: ignore[no-untyped-call]
        with engine.record():
            graphs.append(str(torch.jit.trace(traced, torch.ones(2)).graph))  # type: ignore[no-untyped-call]
    assert graphs[0] == graphs[1]
    assert "%outer" in graphs[0]  # and "%inner", unless torch has optimized the function for other callers before
