"""Snapshots in memory of their own, used again only where they agree bit for bit."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import engine
from engine.recorder.keep import tensors
from engine.recorder.keep.arena import CHUNK, SMALLEST, Arena, same_bits
from engine.recording import Recording
from engine.tables import NodeRun, TensorData

SIDE = 64
"""A square of floats of this side is larger than what is copied apart."""


def laid_out() -> dict[str, Tensor]:
    base = torch.arange(SIDE * SIDE, dtype=torch.float32).reshape(SIDE, SIDE)
    return {
        "plain": base,
        "transposed": base.t(),
        "permuted": base.reshape(8, 8, SIDE).permute(2, 0, 1),
        "every other": base[:, ::2],
        "repeated": base[:1].expand(SIDE, SIDE),
        "a row": base[3],
        "empty": base[:0],
        "one": torch.tensor(3.0),
        "doubles": base.double(),
        "booleans": base > 5,
    }


@pytest.mark.parametrize("name", laid_out())
def test_a_copy_equals_the_tensor_and_does_not_change_with_it(name: str) -> None:
    tensor = laid_out()[name]
    before = tensor.numpy().copy()
    made = Arena().copy(tensor.numpy())
    assert made.shape == before.shape and made.dtype == before.dtype and not made.flags.writeable
    tensor.untyped_storage().fill_(0)
    assert np.array_equal(made, before)


def test_copies_lie_apart_also_where_one_is_larger_than_a_chunk() -> None:
    arena = Arena()
    sizes = (SMALLEST, SMALLEST + 1, CHUNK + 5, SMALLEST, CHUNK - 64)
    arrays = [np.full(size, number, np.uint8) for number, size in enumerate(sizes)]
    made = [arena.copy(array) for array in arrays]
    assert all(np.array_equal(one, two) for one, two in zip(made, arrays, strict=True))
    assert not any(np.shares_memory(one, two) for at, one in enumerate(made) for two in made[:at])


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "complex64", "complex128", "float16"])
@pytest.mark.parametrize("shape", [(3, 4), (SIDE, SIDE), (4 * SIDE, 8 * SIDE)])
def test_bits_are_compared_and_not_numbers(dtype: str, shape: tuple[int, int]) -> None:
    first = np.zeros(shape, dtype)
    second = first.copy()
    assert same_bits(first, second) and same_bits(first.T, second.T) and same_bits(first, np.asfortranarray(second))
    second[-1, -1] = 1
    assert not same_bits(first, second) and not same_bits(first.T, second.T)
    assert not same_bits(first, first[:-1]) and not same_bits(first, np.zeros(shape, "int16"))
    if first.dtype.kind == "f":
        first[-1, -1], second[-1, -1] = 0.0, -0.0
        assert not same_bits(first, second)
        first[-1, -1] = second[-1, -1] = np.nan
        assert same_bits(first, second)


def run_of(recording: Recording, name: str) -> NodeRun:
    return next(run for run in recording.runs if recording.nodes[run.node].name == name)


def array(data: TensorData | None) -> Any:
    assert data is not None and data.array is not None
    return data.array


class Doubles(torch.autograd.Function):
    """Changes the gradient that it is given, behind torch's back, and sends a view of it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.t().clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        np.multiply(gradient.numpy(), 2, out=gradient.numpy())
        return gradient.t()


def test_a_function_of_the_program_may_do_anything_with_what_it_is_given() -> None:
    x, factor = torch.randn(SIDE, SIDE, requires_grad=True), torch.randn(SIDE, SIDE)
    given = factor.numpy().copy()
    with engine.record() as made:
        (Doubles.apply(x) * factor).sum().backward()  # type: ignore[no-untyped-call]
    run = run_of(made.recording, "DoublesBackward")
    assert np.array_equal(array(run.incoming[0]), given)
    assert np.array_equal(array(run.outgoing[0]), 2 * given.T)


def test_a_hook_that_changes_a_gradient_in_place_is_seen() -> None:
    x, factor = torch.randn(SIDE, SIDE, requires_grad=True), torch.randn(SIDE, SIDE)
    y = x.t()
    y.grad_fn.register_prehook(lambda grads: (grads[0].mul_(3),))  # type: ignore[union-attr]
    with engine.record() as made:
        (y * factor).sum().backward()
    run = run_of(made.recording, "TBackward0")
    assert np.allclose(array(run.outgoing[0]), 3 * factor.t().numpy())
    assert x.grad is not None and np.array_equal(array(run.outgoing[0]), x.grad.numpy())


def behind_its_back(gradient: Tensor) -> None:
    """Torch's version counter does not notice."""
    gradient.data.mul_(3)


@pytest.mark.parametrize("side", [2, SIDE])
def test_a_hook_that_changes_a_gradient_behind_torch_s_back_is_seen(side: int) -> None:
    x, factor = torch.randn(side, side, requires_grad=True), torch.randn(side, side)
    with engine.record() as made:
        y = x * 2
        y.register_hook(behind_its_back)
        (y * factor).sum().backward()
    run = [run for run in made.recording.runs if made.recording.nodes[run.node].name == "MulBackward0"][-1]
    assert np.allclose(array(run.incoming[0]), 3 * factor.numpy())
    assert x.grad is not None and np.array_equal(array(run.outgoing[0]), x.grad.numpy())


def test_so_is_one_after_a_gradient_was_added_up() -> None:
    x, factor = torch.randn(SIDE, SIDE, requires_grad=True), torch.randn(SIDE, SIDE)
    x.register_post_accumulate_grad_hook(lambda leaf: behind_its_back(leaf.grad))
    with engine.record() as made:
        (x.t() * factor).sum().backward()
    run = run_of(made.recording, "AccumulateGrad")
    assert x.grad is not None and np.array_equal(array(run.grad_after), x.grad.numpy())
    assert np.array_equal(array(run.incoming[0]), factor.t().numpy())


def test_so_is_one_whose_gradient_is_kept_as_a_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors.Snapshots.__init__, "__defaults__", (0,))
    x, factor = torch.randn(2 * SIDE, SIDE, requires_grad=True), torch.rand(2 * SIDE, SIDE) + 1
    with engine.record() as made:
        y = x * 2
        y.register_hook(behind_its_back)
        (y * factor).sum().backward()
    run = [run for run in made.recording.runs if made.recording.nodes[run.node].name == "MulBackward0"][-1]
    incoming, sent = run.incoming[0], run.outgoing[0]
    assert incoming is not None and incoming.kept is not None and sent is not None and sent.kept is not None
    mean = factor.mean().item()
    assert incoming.kept.mean == pytest.approx(3 * mean) and sent.kept.mean == pytest.approx(6 * mean)


def test_a_gradient_that_torch_conjugates_only_when_it_is_read_is_shown_as_it_is() -> None:
    x, factor = (torch.randn(SIDE, SIDE, dtype=torch.complex64) for _ in range(2))
    x.requires_grad_()
    with engine.record() as made:
        (x.conj().conj() * factor).sum().real.backward()
    first, second = (run for run in made.recording.runs if made.recording.nodes[run.node].name == "ConjBackward0")
    assert x.grad is not None
    true = x.grad.resolve_conj().numpy()
    assert np.array_equal(array(second.outgoing[0]), true)
    assert np.array_equal(array(first.outgoing[0]), true.conj()) and np.array_equal(array(first.incoming[0]), true)


def test_the_memory_of_a_recording_goes_with_it() -> None:
    """Without waiting for Python to look for cycles: the recorder is part of some."""
    weight = torch.ones(SIDE, SIDE, requires_grad=True)
    layer = torch.nn.Linear(SIDE, SIDE)
    gc.collect()
    with engine.record() as made:
        layer(weight * 2).sum().backward()
    kept = [weakref.ref(value.data.array) for value in made.recording.values if value.data.array is not None]
    kept += [weakref.ref(sent.array) for run in made.recording.runs for sent in run.outgoing if sent is not None]
    assert len(kept) > 8
    del made
    assert not [item for item in kept if item() is not None]
