"""Tensors whose elements are nowhere, or elsewhere, are recorded as such: no address is read that torch does not vouch for."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import engine
from engine.recorder.keep.elements import NO_MEMORY, elements, has_memory

pytestmark = pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")


class Wrapper(torch.Tensor):
    """Keeps its elements in another tensor, as DTensor does."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Wrapper:
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.shape, strides=inner.stride(), storage_offset=3, dtype=inner.dtype
        )
        made.inner = inner
        return made  # type: ignore[no-any-return]

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Iterable[type], args: Any = (), kwargs: Any = None) -> Any:
        result = function(*[item.inner if isinstance(item, Wrapper) else item for item in args], **(kwargs or {}))
        return Wrapper(result) if isinstance(result, Tensor) else result


def _freed() -> Tensor:
    whole = torch.ones(8)
    part = whole[4:]
    whole.untyped_storage().resize_(0)
    return part


def _shrunk() -> Tensor:
    whole = torch.ones(3, 8)
    part = whole[1:, ::2]
    whole.untyped_storage().resize_(60)
    return part


@pytest.mark.parametrize("make", [_freed, _shrunk, lambda: Wrapper(torch.ones(4)), lambda: torch.ones(4, device="meta")[1:]])
def test_memory_that_is_not_there_is_not_read(make: Callable[[], Tensor]) -> None:
    tensor = make()
    with torch._C.DisableTorchFunction():
        assert not has_memory(tensor)
    with pytest.raises((TypeError, RuntimeError)):
        elements(tensor)
    with engine.record() as handle:
        again = tensor.detach()
        a = torch.tensor(2.0, requires_grad=True)
        (a * a).backward()
    assert again.shape == tensor.shape
    recording = handle.recording
    data = recording.values[recording.operations[0].outputs[0]].data
    assert data.array is None and data.shape == tuple(tensor.shape)
    assert tensor.is_meta or [note.endswith(NO_MEMORY) for note in recording.notes] == [True]
    assert len(recording.passes) == 1


def test_lazy_zeros_are_zeros_wherever_they_begin() -> None:
    zeros = torch._efficientzerotensor((3,))  # type: ignore[attr-defined]
    with engine.record() as handle:
        zeros[1:].detach()
    found = [value.data.array for value in handle.recording.values]
    assert [None if item is None else item.tolist() for item in found] == [[0.0] * 3, [0.0] * 2, [0.0] * 2]


def _saves_and_opens(handle: Any, path: Path) -> None:
    handle.save(path)
    assert engine.open_recording(path).to_json() == handle.to_json()


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
@pytest.mark.parametrize(("rows", "width"), [(2, 3), (2000, 1100)])
def test_nested_tensors_are_recorded_to_the_end(layout: torch.layout, rows: int, width: int, tmp_path: Path) -> None:
    parts = [torch.full((rows, width), 1.0), torch.full((rows + 2, width), 2.0)]
    nested = torch.nested.nested_tensor(parts, layout=layout, requires_grad=True)
    with engine.record() as handle:
        twice = nested * 2
        twice.transpose(1, 2)
        nested.detach().mul_(1)
        torch.nested.to_padded_tensor(twice, 0.0).sum().backward()
        a = torch.tensor(2.0, requires_grad=True)
        (a * a).backward()
    recording = handle.recording
    assert len(recording.passes) == 2
    assert not any("ended early" in note or "could not be read" in note for note in recording.notes)
    doubled = recording.values[recording.operations[0].outputs[0]].data
    numbers = doubled.numbers()
    if numbers is not None:
        assert numbers.sum() == 2 * sum(part.sum().item() for part in parts)
    else:
        assert doubled.summary is not None and doubled.summary.maximum == 4.0
    _saves_and_opens(handle, tmp_path / "nested.gradwalk")


_DISTRIBUTED = """
import os
import torch
import torch.distributed as dist
import engine

os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="{port}", RANK="0", WORLD_SIZE="1")
dist.init_process_group("gloo")
mesh = dist.device_mesh.init_device_mesh("cpu", (1,))

def whole():
    torch.manual_seed(0)
    found = []
    from torch.distributed.tensor import DTensor, Shard
    part = DTensor.from_local(torch.arange(8.0)[4:], mesh, [Shard(0)])
    found.append((part + 1).to_local().tolist())
    from torch.distributed.fsdp import fully_shard
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    for layer in (model[0], model[2], model):
        fully_shard(layer, mesh=mesh)
    for kind in (torch.optim.SGD, torch.optim.AdamW):
        optimizer = kind(model.parameters(), lr=0.1)
        loss = model(torch.ones(3, 4)).pow(2).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        found.append(loss.item())
    found.append(next(model.parameters()).to_local().tolist())
    return found

plain = whole()
with engine.record() as r:
    recorded = whole()
dist.destroy_process_group()
assert plain == recorded, (plain, recorded)
assert len(r.recording.passes) == 2, r.recording.passes
assert not [note for note in r.recording.notes if "ended early" in note], r.recording.notes
print("end")
"""


def test_sharded_training_is_recorded_as_it_runs() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = _DISTRIBUTED.replace("{port}", str(port))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


_CUT = """\
import os, sys, torch, engine
with engine.record() as handle:
    mapped = torch.from_file(sys.argv[1], shared=True, size=100_000)
    mapped.fill_(2)
    x = mapped * 2
    a = torch.ones(2, requires_grad=True)
    os.truncate(sys.argv[1], 0)
    (a * 2).sum().backward()
    a.grad.mul_(2)
    (a * 3).sum().backward()
print([item.name for item in handle.recording.operations], len(handle.recording.passes))
"""


def test_a_mapped_file_that_is_made_shorter_ends_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _CUT, str(tmp_path / "mapped.bin")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout.split("]")[1]) == (0, " 2\n"), done.stderr
