"""Hooks that change gradients: a note says so, and no sentence takes what they made for a derivative."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine
from engine.explain import explain_moment
from engine.explain.model import Explanation
from engine.recording import Recording


def explained(recording: Recording) -> list[str]:
    found: list[str] = []
    for cursor in range(1, recording.end + 1):
        item: Explanation = explain_moment(recording, cursor)
        found += [item.sentence, item.note]
    return found


def leaf_times_two(hook: bool) -> Recording:
    w = torch.tensor(1.0, requires_grad=True)
    with engine.record() as handle:
        y = w * 2
        if hook:
            y.register_hook(lambda grad: grad * 10)
        y.backward()
    return handle.recording


def test_what_a_raised_leaf_does_is_told_only_where_gradients_are_derivatives() -> None:
    assert any("Try it: raise" in text for text in explained(leaf_times_two(False)))
    recording = leaf_times_two(True)
    assert any("a hook may change a gradient" in note for note in recording.notes)
    assert [(hook.how, hook.span is not None) for hook in recording.hooks] == [("register_hook", True)]
    assert not any("Try it" in text for text in explained(recording))


def test_a_note_that_speaks_of_hooks_is_none() -> None:
    """What decides is the recording's own field, not the words of a note, which a script may say, too."""
    w = torch.tensor(1.0, requires_grad=True)
    with engine.record() as handle:
        handle.note("it says: a hook may change a gradient")
        (w * 2).backward()
    assert handle.recording.hooks == ()
    assert any("Try it: raise" in text for text in explained(handle.recording))


def test_a_place_that_registers_many_hooks_is_told_once(tmp_path: Path) -> None:
    w = torch.tensor(1.0, requires_grad=True)
    with engine.record() as handle:
        for _ in range(3):
            (w * 2).register_hook(lambda grad: grad)
    (hook,) = handle.recording.hooks
    handle.recording.save(tmp_path / "hooks.gradwalk")
    again = engine.open_recording(tmp_path / "hooks.gradwalk").hooks
    assert [(item.how, item.span) for item in again] == [(hook.how, hook.span)]
    assert json.loads(handle.recording.to_json())["hooks"][0]["source"]["line"] == hook.span.line  # type: ignore[union-attr]


def test_a_modules_backward_hook_is_no_formula_of_torchs() -> None:
    net = nn.Linear(1, 1, bias=False)
    net.register_full_backward_hook(lambda *args: (args[1][0] * 7,))
    x = torch.ones(1, requires_grad=True)
    with engine.record() as handle:
        net(x * 2).sum().backward()
    recording = handle.recording
    assert [note for note in recording.notes if note.startswith("register_full_backward_hook: a hook may change a gradient")]
    assert [(hook.how, hook.span) for hook in recording.hooks] == [("register_full_backward_hook", None)]
    texts = explained(recording)
    assert any("One of the program's hooks is called here" in text for text in texts)
    assert not any("BackwardHookFunction" in text and "own backward formula" in text for text in texts)
    assert not any("Try it" in text for text in texts)


def test_a_function_of_the_programs_own_has_its_own_backward() -> None:
    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x.flip(0)

        @staticmethod
        def backward(ctx: Any, *grads: Tensor) -> Tensor:
            return grads[0] * 3

    x = torch.ones(2, requires_grad=True)
    with engine.record() as handle:
        y: Any = Odd.apply(x)  # type: ignore[no-untyped-call]
        y.sum().backward()
    texts = explained(handle.recording)
    assert any("`OddBackward`, a `backward` that is written in Python, computed it." in text for text in texts)


def test_what_a_pass_that_fails_has_written_to_grad_is_recorded() -> None:
    def bad(parameter: Tensor) -> None:
        assert parameter.grad is not None
        parameter.grad.mul_(2)
        raise ValueError("no more")

    a = torch.ones(2, requires_grad=True)
    a.register_post_accumulate_grad_hook(bad)
    with engine.record() as handle, pytest.raises(ValueError, match="no more"):
        (a * 3).sum().backward()
    assert a.grad is not None
    leaf = next(item for item in handle.recording.variables if item.gradients)
    last = leaf.gradients[-1][1]
    assert last is not None and last.array is not None and last.array.tolist() == a.grad.tolist() == [6.0, 6.0]
