"""``engine.record()``: the handle, errors inside the block, ``steps``, and that nothing stays behind in torch."""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.overrides import _get_current_function_mode_stack

import engine
from engine.errors import RecordingError
from engine.recorder.open_recorder import OpenRecorder
from engine.recording import Recording

HERE = Path(__file__)


def state_of_torch() -> list[Any]:
    """Whatever the recorder puts up."""
    return [
        Function.__dict__["apply"],
        torch.autograd.backward,
        torch.autograd.grad,
        Tensor.backward,
        dict(modules._global_forward_pre_hooks),
        dict(modules._global_forward_hooks),
        dict(optimizers._global_optimizer_pre_hooks),
        dict(optimizers._global_optimizer_post_hooks),
        _get_current_function_mode_stack(),
        torch.is_grad_enabled(),
    ]


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> Iterator[None]:
    before = state_of_torch()
    yield
    assert state_of_torch() == before


def lines_of(recording: Recording) -> list[str]:
    lines = HERE.read_text(encoding="utf-8").split("\n")
    return [lines[item.span.line - 1].strip() for item in recording.operations if item.span is not None]


def test_the_handle_gives_the_recording_after_the_block() -> None:
    x = torch.tensor([2.0], requires_grad=True)
    with engine.record() as r:
        y = x**3
        y.backward()
    recording = r.recording
    assert isinstance(recording, Recording)
    assert r.recording is recording
    assert [recording.nodes[run.node].name for run in recording.runs] == ["PowBackward0", "AccumulateGrad"]
    assert json.loads(r.to_json()) == json.loads(recording.to_json())
    assert not recording.failed
    assert recording.notes == ()
    assert x.grad is not None
    assert x.grad.item() == 12


def test_inside_the_block_there_is_no_recording_yet() -> None:
    with engine.record() as r:
        torch.ones(2).sum()
        for ask in (lambda: r.recording, r.to_json, lambda: r.save("never.gradwalk")):
            with pytest.raises(RecordingError, match="block"):
                ask()
    assert r.recording.operations
    assert not Path("never.gradwalk").exists()


def test_before_the_block_there_is_none_either() -> None:
    with pytest.raises(RecordingError):
        _ = engine.record().recording


def test_a_recording_can_be_saved_and_opened(tmp_path: Path) -> None:
    x = torch.tensor([2.0], requires_grad=True)
    with engine.record() as r:
        (x**2).backward()
    path = tmp_path / "run.gradwalk"
    r.save(path)
    assert engine.open_recording(path).to_json() == r.to_json()


def test_tensors_made_before_the_block_are_inputs_and_leaves() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    data = torch.tensor([3.0, 4.0])
    hidden = w * 2
    with engine.record() as r:
        loss = (hidden * data).sum()
        loss.backward()
    recording = r.recording
    inputs = {recording.values[number].name for number in recording.inputs}
    assert {"hidden", "data", "w"} <= inputs
    leaf = next(item for item in recording.variables if item.name == "w")
    assert leaf.gradients[-1][1] is not None
    assert [recording.nodes[run.node].name for run in recording.runs] == [
        "SumBackward0",
        "MulBackward0",
        "MulBackward0",
        "AccumulateGrad",
    ]
    cards = {card.symbol: card.kind for card in recording.graph.cards}
    assert cards["w"] == "leaf"


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "2"])
def test_steps_must_be_a_whole_number_from_one(steps: Any) -> None:
    with pytest.raises(ValueError, match="steps"):
        engine.record(steps)


def _train(steps: int) -> tuple[nn.Module, list[float]]:
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(torch.ones(1, 2)).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def test_steps_ends_the_recording_while_the_code_runs_on() -> None:
    plain, losses = _train(5)
    with engine.record(steps=2) as r:
        model, seen = _train(5)
    assert seen == losses
    assert all(torch.equal(first, second) for first, second in zip(model.parameters(), plain.parameters(), strict=True))
    recording = r.recording
    assert len(recording.passes) == 2
    assert [call.type for call in recording.calls if call.optimizer] == ["SGD", "SGD"]
    assert [operation.name for operation in recording.operations].count("linear") == 2


def test_the_update_after_the_last_step_belongs_to_it() -> None:
    w = torch.tensor([2.0], requires_grad=True)
    with engine.record(steps=1) as r:
        for _ in range(3):
            (w**2).backward()
            with torch.no_grad():
                w -= 0.1 * w.grad  # type: ignore[operator]
            w.grad = None
    recording = r.recording
    assert len(recording.passes) == 1
    assert [operation.name for operation in recording.operations].count("sub_") == 1


def test_recordings_cannot_be_nested() -> None:
    with engine.record() as outer:
        torch.ones(1) + 1
        with pytest.raises(RecordingError, match="already"), engine.record():
            pass
        torch.ones(1) + 2
    assert [operation.name for operation in outer.recording.operations] == ["ones", "add", "ones", "add"]
    with engine.record() as later:
        torch.ones(1) + 3
    assert len(later.recording.operations) == 2


def test_a_handle_records_once() -> None:
    with engine.record() as r:
        pass
    with pytest.raises(RecordingError, match="again"):
        r.__enter__()


def test_an_exception_goes_on_and_keeps_the_recording() -> None:
    r = engine.record()
    with pytest.raises(ZeroDivisionError), r:
        torch.ones(2) * 2
        1 / 0  # noqa: B018
    recording = r.recording
    assert recording.failed
    assert recording.moments[-1].kind == "error"
    assert "ZeroDivisionError" in recording.moments[-1].text
    span = recording.moments[-1].span
    assert span is not None
    assert HERE.read_text(encoding="utf-8").split("\n")[span.line - 1].strip().startswith("1 / 0")
    assert [operation.name for operation in recording.operations] == ["ones", "mul"]


def test_an_operation_that_fails_is_there_and_says_where() -> None:
    r = engine.record()
    with pytest.raises(RuntimeError, match="shapes"), r:
        torch.ones(2, 3) @ torch.ones(2, 3)
    recording = r.recording
    assert recording.failed
    assert recording.operations[-1].outputs == ()
    assert lines_of(recording)[-1] == "torch.ones(2, 3) @ torch.ones(2, 3)"
    state = recording.state(recording.end)
    assert any(state.cards[card.id].failed for card in recording.graph.cards)


def test_an_error_inside_backward_keeps_what_ran() -> None:
    class Broken(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            raise ArithmeticError("broken on purpose")

    x = torch.ones(2, requires_grad=True)
    r = engine.record()
    with pytest.raises(ArithmeticError, match="on purpose"), r:
        Broken.apply(x).sum().backward()
    recording = r.recording
    assert [(recording.nodes[run.node].name, run.completed) for run in recording.runs] == [
        ("SumBackward0", True),
        ("BrokenBackward", False),
    ]
    assert recording.state(recording.end).cards


def test_an_error_that_the_code_caught_is_not_the_end() -> None:
    with engine.record() as r:
        try:
            torch.ones(2) @ torch.ones(3)
        except RuntimeError:
            pass
        torch.ones(1) + 1
    assert not r.recording.failed
    assert r.recording.operations[-1].name == "add"


@pytest.mark.parametrize(("status", "failed"), [(None, False), (0, False), (3, True), ("words", True)])
def test_sys_exit_ends_the_block(status: Any, failed: bool) -> None:
    r = engine.record()
    with pytest.raises(SystemExit), r:
        torch.ones(2) * 2
        sys.exit(status)
    assert r.recording.failed is failed
    assert len(r.recording.operations) == 2


def test_an_interrupt_keeps_the_recording() -> None:
    r = engine.record()
    with pytest.raises(KeyboardInterrupt), r:
        torch.ones(2) * 2
        raise KeyboardInterrupt
    assert r.recording.failed
    assert len(r.recording.operations) == 2


def test_other_threads_run_undisturbed_and_a_note_says_so() -> None:
    model = nn.Linear(2, 1)
    found: list[Tensor] = []

    def work() -> None:
        y = model(torch.ones(1, 2)).sum()
        y.backward()
        found.append(y)

    with engine.record() as r:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        torch.ones(1) + 1
    assert found
    assert [operation.name for operation in r.recording.operations] == ["ones", "add"]
    assert any("thread" in note for note in r.recording.notes)


def test_a_recording_in_another_thread_records_that_one() -> None:
    made: list[Recording] = []

    def work() -> None:
        x = torch.ones(2, requires_grad=True)
        with engine.record() as r:
            (x * 3).sum().backward()
        made.append(r.recording)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(made[0].runs) == 3


def test_wrappers_that_the_code_put_up_stay_and_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    original = torch.autograd.backward

    def mine(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    with engine.record() as r:
        torch.autograd.backward = mine
    stayed = torch.autograd.backward
    torch.autograd.backward = original
    assert stayed is mine
    assert any("torch.autograd.backward" in note for note in r.recording.notes)


def test_dead_tensors_are_let_go() -> None:
    def alive() -> int:
        gc.collect()
        return sum(1 for item in gc.get_objects() if type(item) is Tensor)

    w = torch.tensor([1.0], requires_grad=True)
    before = alive()
    counts = []
    with engine.record() as r:
        for number in range(300):
            loss = ((w * 2 - 1) ** 2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad  # type: ignore[operator]
            w.grad = None
            if number % 100 == 50:
                counts.append(alive() - before)
    assert counts[0] == counts[-1] < 40
    assert alive() - before < 40
    assert len(r.recording.passes) == 300


def _limited(**limits: int) -> tuple[Recording, Tensor]:
    recorder = OpenRecorder("", "<nowhere>", **limits)
    x = torch.ones(100, requires_grad=True)
    with recorder:
        y = x
        for _ in range(50):
            y = y * 1.5
        y.sum().backward()
    assert x.grad is not None
    return recorder.finish(), x.grad


def test_too_many_operations_end_the_recording_not_the_code() -> None:
    _, plain = _limited()
    recording, grad = _limited(max_operations=10)
    assert torch.equal(grad, plain)
    assert len(recording.operations) == 10
    assert any("10 operations" in note for note in recording.notes)
    assert recording.state(recording.end).cards


def test_too_many_bytes_end_the_recording_not_the_code() -> None:
    _, plain = _limited()
    recording, grad = _limited(max_bytes=4000)
    assert torch.equal(grad, plain)
    assert 5 < len(recording.operations) < 20
    assert any("MiB" in note for note in recording.notes)


def test_ten_thousand_operations_need_no_recursion() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        x = torch.tensor([1.0], requires_grad=True)
        with engine.record() as r:
            y = x
            for _ in range(10_000):
                y = y + 1
            y.backward()
        recording = r.recording
        assert len(recording.operations) == 10_000
        assert len(recording.runs) == 10_001
        assert len(recording.graph.cards) == 10_002
        assert recording.state(recording.end // 2).cards["operation-10"].value.kind == "value"
        assert recording.to_json()
    finally:
        sys.setrecursionlimit(limit)


def test_a_block_without_a_backward_shows_its_forward() -> None:
    with engine.record() as r:
        x = torch.ones(2, requires_grad=True)
        y = x * 2
    assert not r.recording.runs
    assert {card.kind for card in r.recording.graph.cards} == {"leaf", "operation", "result"}
    assert y.requires_grad


def test_an_empty_block_is_a_recording_too() -> None:
    with engine.record() as r:
        pass
    assert r.recording.graph.cards == ()
    assert r.recording.end == 0
    assert r.recording.state(0).cards == {}
    assert json.loads(r.to_json())["operations"] == []
