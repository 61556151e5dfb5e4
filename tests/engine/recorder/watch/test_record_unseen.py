"""What the recorder asks torch for is seen by nobody: no tensor class, no dispatch mode, no tracer, no module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils._python_dispatch import TorchDispatchMode

import engine
from engine.recording import Recording


def both(program: Callable[[], object]) -> Recording:
    """The recording of a program that says the same without it."""
    plain = program()
    with engine.record() as handle:
        assert program() == plain
    assert not [note for note in handle.recording.notes if "failed itself" in note]
    return handle.recording


def test_a_tensor_class_sees_only_the_programs_own_calls() -> None:
    def program() -> list[str]:
        seen: list[str] = []

        class Log(Tensor):
            @classmethod
            def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                seen.append(func.__name__)
                return super().__torch_function__(func, types, args, kwargs or {})

        w = torch.ones(3, requires_grad=True)
        x: Any = torch.ones(3).as_subclass(Log)
        y = (x * w).sum()
        y.backward()
        return seen

    assert [operation.name for operation in both(program).operations][-2:] == ["mul", "sum"]


def test_a_tensor_class_may_refuse_what_it_does_not_know() -> None:
    def program() -> list[float]:
        class Picky(Tensor):
            @classmethod
            def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                if func not in (torch.add, torch.sum):
                    return NotImplemented
                return super().__torch_function__(func, types, args, kwargs or {})

        w = torch.ones(3, requires_grad=True)
        x: Any = torch.ones(3).as_subclass(Picky)
        found = torch.add(x, w)
        with torch._C.DisableTorchFunctionSubclass():
            found.sum().backward()
        assert w.grad is not None
        return w.grad.tolist()  # type: ignore[no-any-return]

    assert [operation.name for operation in both(program).operations][-2:] == ["add", "sum"]


@pytest.mark.parametrize("holds", [True, False], ids=["with memory", "wrapper"])
@pytest.mark.parametrize("again", [True, False], ids=["twice", "once"])
def test_a_tensor_class_that_computes_itself_hears_of_the_programs_own_operations_only(holds: bool, again: bool) -> None:
    def program() -> list[str]:
        seen: list[str] = []

        class Log(Tensor):
            inner: Tensor

            @staticmethod
            def __new__(cls: Any, inner: Tensor) -> Any:
                if holds:
                    made = torch.Tensor._make_subclass(cls, inner)  # type: ignore[attr-defined]
                else:
                    made = torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)  # type: ignore[attr-defined]
                made.inner = inner
                return made

            __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

            @classmethod
            def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                seen.append(str(func))
                plain = [item.inner if isinstance(item, cls) else item for item in args]
                result = func(*plain, **{key: item for key, item in (kwargs or {}).items() if key != "memory_format"})
                return cls(result) if isinstance(result, Tensor) else result

        x = Log(torch.tensor(2.0, dtype=torch.bfloat16)).requires_grad_()
        y = (x * x).exp()
        (slope,) = torch.autograd.grad(y, x, create_graph=again)
        assert isinstance(slope, Log)
        if again:
            slope.backward()
        return [*seen, str(slope.inner)]

    recording = both(program)
    assert [operation.name for operation in recording.operations if operation.name in ("mul", "exp")][-2:] == ["mul", "exp"]
    assert len(recording.passes) == 1 + again


def test_a_dispatch_mode_sees_only_the_programs_own_calls() -> None:
    def program() -> list[str]:
        seen: list[str] = []

        class Log(TorchDispatchMode):
            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                seen.append(str(func))
                return func(*args, **(kwargs or {}))

        w = torch.tensor([2.0], requires_grad=True)
        with Log():
            (w * w).sum().backward()
        return seen

    assert len(both(program).passes) == 1


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.linear(x)).sum(-1)


def test_an_exported_program_is_the_same_and_a_note_says_that_it_is_not_recorded() -> None:
    def program() -> int:
        exported = torch.export.export(Small(), (torch.ones(2, 3),))
        return len(exported.graph.nodes)

    assert any("torch.export" in note for note in both(program).notes)


def test_lengths_that_are_symbols_stay_symbols() -> None:
    """Whoever asks a symbol for its number fixes it in what is traced."""

    def traced(x: Tensor) -> Tensor:
        return (x.view(-1) * 2)[: x.shape[0]].sum()

    both(lambda: make_fx(traced, tracing_mode="symbolic")(torch.ones(3, 4)).code)
    assert "sym_size" in make_fx(traced, tracing_mode="symbolic")(torch.ones(3, 4)).code


def test_tensors_without_numbers_end_no_recording(tmp_path: Path) -> None:
    def program() -> str:
        lengths = ShapeEnv()
        t = FakeTensorMode(shape_env=lengths).from_tensor(torch.ones(5, 7))
        w = nn.Parameter(t)
        made = [t * 2, t.new_zeros(t.shape[0]), t[:, : t.shape[0]], t.clone().mul_(2), torch.zeros(t.shape[1], device="meta")]
        made[-1] += 1
        t.detach().add_(1)
        for loss in ((w * 2).sum(), (w @ t.t()).tanh().sum()):
            loss.backward()
        made += torch.autograd.grad((w**3).sum(), w, create_graph=True)
        torch.optim.SGD([w], 0.1).step()
        return str([*(item.shape for item in made), lengths.guards])

    recording = both(program)
    assert len(recording.passes) == 3
    recording.save(tmp_path / "symbols.gradwalk")
    assert len(engine.open_recording(tmp_path / "symbols.gradwalk").operations) == len(recording.operations)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_modules_take_the_faster_way_that_they_take_without_the_recorder() -> None:
    """It gives zeros where the input is padding, the slower one does not."""

    def program() -> list[Any]:
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        encoder = nn.TransformerEncoder(layer, 1).eval()
        padding = torch.tensor([[False, False, True], [False, True, True]])
        with torch.no_grad():
            found = encoder(torch.randn(2, 3, 8), src_key_padding_mask=padding)
        assert found[0, -1].tolist() == [0.0] * 8
        attention = nn.MultiheadAttention(8, 2, batch_first=True).eval()
        with torch.no_grad():
            return [found.tolist(), attention(found, found, found, need_weights=False)[0].tolist()]

    names = {operation.name for operation in both(program).operations}
    assert {"_transformer_encoder_layer_fwd", "_native_multi_head_attention"} <= names


def test_what_the_programs_own_objects_write_of_themselves_is_not_asked_for() -> None:
    def program() -> list[str]:
        asked: list[str] = []

        class Own:
            def __repr__(self) -> str:
                asked.append("repr")
                return "own"

        class Double(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Tensor, _: Own) -> Tensor:
                return x * 2

            @staticmethod
            def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
                return grads[0] * 2, None

        Double.apply(torch.ones(2, requires_grad=True), Own()).sum().backward()  # type: ignore[no-untyped-call]
        return asked

    constants = [item.constant for operation in both(program).operations for item in operation.inputs if item.value is None]
    assert any("Own" in str(item) for item in constants)
