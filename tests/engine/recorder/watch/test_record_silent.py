"""What torch itself writes without counting it, and what recording must leave as it was: storages, references, values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import engine
from engine.recording import Recording


def held(recording: Recording, name: str) -> list[Any]:
    """What the tensors of that name held, one after the other."""
    return [
        data.array.tolist()
        for variable in recording.variables
        if variable.name == name
        for _, number in variable.values
        if (data := recording.values[number].data).array is not None
    ]


def computed(recording: Recording, name: str) -> list[Any]:
    """What the operations of that name gave."""
    return [recording.values[item.outputs[-1]].data.array.tolist() for item in recording.operations if item.name == name]  # type: ignore[union-attr]


def out_grows() -> Tensor:
    found = torch.empty(0)
    torch.mul(torch.ones(3), 2, out=found)
    return found


def resized() -> Tensor:
    found = torch.ones(2) * 3
    found.resize_(3)
    found[2] = 1
    return found


def storage_is_freed_and_filled() -> Tensor:
    found = torch.ones(3) * 1
    kept = found + 1
    found.untyped_storage().resize_(0)
    found.untyped_storage().resize_(12)
    found.copy_(kept)
    return found


def parameters_are_swapped() -> Tensor:
    first, second = torch.ones(2), torch.zeros(2)
    _ = first + second
    torch.utils.swap_tensors(first, second)
    return torch.stack([first + 1, second + 1])


@pytest.mark.parametrize("code", [out_grows, resized, storage_is_freed_and_filled, parameters_are_swapped])
def test_what_works_without_recording_works_with_it(code: Callable[[], Tensor]) -> None:
    plain = code()
    with engine.record() as made:
        found = code()
    assert torch.equal(found, plain)
    last = made.recording.operations[-1]
    assert made.recording.values[last.outputs[0]].data.array.tolist() == plain.tolist()  # type: ignore[union-attr]


def test_running_means_of_batch_norm_are_followed() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(2)
    means = [norm.running_mean.tolist()]  # type: ignore[union-attr]
    with engine.record() as made:
        for _ in range(2):
            norm(torch.randn(4, 2)).sum().backward()
            means.append(norm.running_mean.tolist())  # type: ignore[union-attr]
        norm.eval()
        norm(torch.zeros(1, 2))
        checked = nn.Sequential(norm, nn.Linear(2, 1))
        norm.train()
        checkpoint(checked, torch.randn(4, 2, requires_grad=True), use_reentrant=False).sum().backward()
        last = norm.running_mean + 0  # type: ignore[operator]
    recording = made.recording
    found = held(recording, "norm.running_mean")
    assert found[:3] == means and found[-1] == last.tolist()
    (evaluated,) = (item for item in recording.operations if item.name == "batch_norm" and item.inputs[5].constant is False)
    assert recording.values[evaluated.inputs[1].value or 0].data.array.tolist() == means[-1]  # type: ignore[union-attr]


def test_changes_of_inference_tensors_which_torch_does_not_count() -> None:
    with engine.record() as made, torch.inference_mode():
        cache = torch.zeros(3)
        cache[0] = 5
        cache.add_(1)
        nn.functional.relu(cache.sub_(3), inplace=True)
        _ = cache * 1
    recording = made.recording
    assert [item.name for item in recording.operations] == ["zeros", "setitem_", "add_", "sub_", "relu", "mul"]
    assert held(recording, "cache") == [[0, 0, 0], [5, 0, 0], [6, 1, 1], [3, -2, -2], [3, 0, 0]]


@pytest.mark.parametrize("make", [lambda p: torch.optim.SGD(p, 0.1, fused=True), lambda p: torch.optim.AdamW(p, 0.1, fused=True)])
def test_fused_steps(make: Callable[[list[Tensor]], torch.optim.Optimizer]) -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = make([w])
    real = [w.tolist()]
    with engine.record() as made:
        for _ in range(2):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
            real.append(w.tolist())
    recording = made.recording
    assert held(recording, "w") == real
    steps = [moment for moment in recording.moments if moment.kind == "update" and moment.subject >= 0]
    assert len(steps) == 2 and all(recording.operations[step.subject].name.startswith("_fused_") for step in steps)


def test_gradients_that_a_scaler_unscales() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    optimizer = torch.optim.SGD([w], 0.1)
    with engine.record() as made:
        scaler.scale((w * 3).sum()).backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
    (variable,) = (item for item in made.recording.variables if item.name == "w")
    found = [data.array.tolist() for _, data in variable.gradients if data is not None and data.array is not None]
    assert found == [[12.0, 12.0], [3.0, 3.0]]


def test_apply_and_what_other_memory_brings_with_it() -> None:
    with engine.record() as made:
        m = torch.ones(2)
        m.apply_(lambda element: element * 2)
        _ = m + 0
        flat = torch.ones(2)
        p = torch.zeros(2, requires_grad=True)
        p.data = flat
        flat.mul_(3)
        _ = p * 1
        numbers = np.zeros(2, np.float32)
        t = torch.as_tensor(numbers)
        _ = t.pow(1)
        numbers += 5
        _ = t.pow(1)
        s = torch.ones(2)
        _ = s.neg()
        s.untyped_storage().fill_(0)
        _ = s.neg()
        b = torch.zeros(2)
        _ = b.exp()
        b.set_(flat)  # type: ignore[call-overload]
        _ = b.exp()
        flat.mul_(0)
        _ = b.exp()
    recording = made.recording
    assert computed(recording, "apply_") == [[2, 2]] and computed(recording, "add") == [[2, 2]]
    assert computed(recording, "mul") == [[3, 3]] and computed(recording, "pow") == [[0, 0], [5, 5]]
    assert computed(recording, "neg") == [[-1, -1], [0, 0]]
    assert computed(recording, "exp") == [torch.full((2,), number).exp().tolist() for number in (0.0, 3.0, 0.0)]
    assert held(recording, "b") == [[0, 0], [3, 3], [0, 0]]


def test_bfloat16_is_compared_too() -> None:
    with engine.record() as made:
        p = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
        p.data = p.data - 0.5
        d = p.data
        d.add_(4)
        _ = p * 1
    (product,) = (item for item in made.recording.operations if item.name == "mul")
    numbers = made.recording.values[product.inputs[0].value or 0].data.numbers()
    assert numbers is not None and numbers.tolist() == [4.5, 4.5]


def test_gradients_of_a_pass_inside_a_pass_and_no_note_where_there_is_none() -> None:
    w = torch.tensor([1.0], requires_grad=True)
    with engine.record() as made:
        torch.autograd.backward([(w * 2).sum(), (w * 3).sum()])
    assert not made.recording.notes
    with engine.record() as made:
        _ = w * 2
        checkpoint(lambda x: x * w, torch.ones(1, requires_grad=True), use_reentrant=True).sum().backward()
    assert any("inside another one" in note for note in made.recording.notes)
    (variable,) = (item for item in made.recording.variables if item.name == "w")
    assert variable.gradients[-1][1].array.tolist() == w.grad.tolist() == [6.0]  # type: ignore[union-attr]


def test_the_engine_adds_to_gradients_in_place_as_it_does_without() -> None:
    versions = []
    for recorded in (False, True):
        v = torch.ones(2, requires_grad=True)
        if recorded:
            with engine.record():
                (v * v).sum().backward()
        else:
            (v * v).sum().backward()
        assert v.grad is not None
        versions.append(v.grad._version)
    assert versions == [1, 1]


def _queue(callback: Any) -> Any:
    return lambda _: torch.autograd.Variable._execution_engine.queue_callback(callback)  # type: ignore[attr-defined]


def test_leaves_that_a_callback_of_the_engine_writes_to_are_read_when_it_has_come_back() -> None:
    with engine.record() as handle:
        first = torch.ones(2, requires_grad=True)
        second = torch.ones(2, requires_grad=True)

        def change() -> None:
            second.data.add_(1)

        (second * 1).sum().backward()
        first.register_hook(_queue(change))
        (first * 3).sum().backward()
    assert second.tolist() == [2, 2]
    assert held(handle.recording, "second")[-1] == [2, 2]


def test_what_an_optimizer_within_a_pass_makes_of_leaves_is_their_value_after_it() -> None:
    with engine.record() as handle:
        weight = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.25)

        def step(_: Tensor) -> None:
            optimizer.step()
            optimizer.zero_grad()

        weight.register_post_accumulate_grad_hook(step)
        (weight * 2).sum().backward()
    assert held(handle.recording, "weight") == [[1, 1], [0.5, 0.5]]
