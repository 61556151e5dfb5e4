"""What Nodes keep for their backward, against torch's own ``_saved_`` fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.programs.program import run_program
from engine.recorder.passes.saved import constant
from engine.recorder.recorder import Recorder
from engine.recording import Recording
from engine.tables import Node, Saved, TensorData
from tests.engine.plain_torch import PROGRAMS, run


def saved_of(recording: Recording, name: str) -> dict[str, Saved]:
    node = next(item for item in recording.nodes if item.name == name)
    return {item.name: item for item in node.saved}


def content(recording: Recording, saved: Saved) -> TensorData | None:
    return saved.data if saved.value is None else recording.values[saved.value].data


def plain_nodes(text: str) -> list[Any]:
    """Nodes that a plain run leaves behind from its named tensors, before any backward."""
    scope: dict[str, Any] = {"torch": torch, "F": torch.nn.functional}
    exec("\n".join(line for line in text.splitlines() if "backward" not in line), scope)
    found: dict[int, Any] = {}
    stack = [item.grad_fn for item in scope.values() if isinstance(item, Tensor) and item.grad_fn is not None]
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found[id(node)] = node
            stack += [target for target, _ in node.next_functions if target is not None]
    return sorted((node for node in found.values() if "Accumulate" not in node.name()), key=lambda node: node._sequence_nr())


TEXTS = [
    text
    for number, text in enumerate(PROGRAMS)
    if number not in (3, 5, 9, 18, 19)  # graphs of the past, or none left by the end
]


@pytest.mark.parametrize("text", TEXTS)
def test_all_that_torch_saved_is_recorded(text: str) -> None:
    recording = run(text)
    named = {value.node for value in recording.values if value.name and value.node is not None}
    reached: set[int] = set()
    stack = [number for number in named if number is not None]
    while stack:
        number = stack.pop()
        if number not in reached:
            reached.add(number)
            stack += [edge.to for edge in recording.nodes[number].edges]
    mine: list[Node] = [recording.nodes[number] for number in sorted(reached) if recording.nodes[number].variable is None]
    theirs = plain_nodes(text)
    assert sorted(node.name for node in mine) == sorted(node.name().rpartition("::")[2] for node in theirs)
    for node, other in zip(mine, theirs, strict=True):
        assert node.name == other.name().rpartition("::")[2]
        fields = {name[7:] for name in dir(other) if name.startswith("_saved_") and not name.endswith("_strides")}
        for field in fields:
            kept = getattr(other, f"_saved_{field}")
            item = next((one for one in node.saved if one.name == field), None)
            if isinstance(kept, Tensor):
                assert item is not None
                data = content(recording, item)
                assert data is not None and np.array_equal(data.numbers(), kept.detach().numpy(), equal_nan=True)
            elif item is not None:
                assert item.value is None and item.data is None


def test_a_known_tensor_is_kept_by_reference() -> None:
    recording = run("a = torch.tensor([5.], requires_grad=True)\ny = a**3\nz = torch.exp(y/100)\nz.backward()")
    power = saved_of(recording, "PowBackward0")
    assert power["exponent"].constant == 3
    value = power["self"].value
    assert value is not None and recording.values[value].name == "a"
    result = saved_of(recording, "ExpBackward0")["result"].value
    assert result is not None and recording.values[result].name == "z"


def test_saved_is_what_was_then_not_what_came_later() -> None:
    recording = run("a = torch.tensor([2.], requires_grad=True)\nb = a*1\nz = b*b\nb.add_(1)")
    saved = [node for node in recording.nodes if node.name == "MulBackward0"][1].saved
    assert [content(recording, item).item() for item in saved] == [2.0, 2.0]  # type: ignore[union-attr]
    assert recording.values[-1].data.item() == 3.0


def test_a_helper_result_that_is_no_value_is_copied() -> None:
    recording = run("x = torch.ones(2, 3, requires_grad=True)\ny = F.layer_norm(x*2, (3,))")
    saved = saved_of(recording, "NativeLayerNormBackward0")
    assert saved["result1"].value is None and saved["result1"].data is not None
    assert saved["result1"].data.numbers().tolist() == [[2.0], [2.0]]  # type: ignore[union-attr]
    assert saved["input"].value is not None


def test_unsigned_fields_are_undone() -> None:
    recording = run("x = torch.ones(2, 3, requires_grad=True)\ny = torch.softmax(x, -1)")
    assert saved_of(recording, "SoftmaxBackward0")["dim"].constant == -1
    assert constant((2**64 - 2, 3, True)) == (-2, 3, True)


def test_unpack_hooks_are_not_run() -> None:
    calls: list[int] = []

    def unpack(packed: object) -> object:
        calls.append(1)
        return packed

    recorder = Recorder("", "<program>")
    with recorder, torch.autograd.graph.saved_tensors_hooks(lambda item: item, unpack):
        _y = torch.ones(2, requires_grad=True) ** 2
    recorder.finish()
    assert not calls


def test_it_is_an_option() -> None:
    assert all(node.saved == () for node in run(PROGRAMS[0], saved_tensors=False).nodes)
    assert any(node.saved for node in run_program(PROGRAMS[0]).nodes)
