"""Hooks on many Nodes at once leave torch, and the hooks of others, as they were."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch
from torch.autograd import Function

import engine
from engine.recorder.passes.node_hooks import Registered, register, remove


def test_they_run_beside_those_of_others_and_go() -> None:
    x = torch.ones(2, requires_grad=True)
    y = (x * 3).sum()
    node = y.grad_fn
    assert node is not None
    heard: list[str] = []
    first = node.register_hook(lambda *_: heard.append("theirs, before"))
    found: list[Registered] = []
    register([(node, lambda *_: heard.append("pre"), lambda *_: heard.append("post"))], found)
    second = node.register_hook(lambda *_: heard.append("theirs, after"))
    y.backward(retain_graph=True)
    assert heard == ["pre", "theirs, before", "post", "theirs, after"]
    remove(found)
    heard.clear()
    y.backward(retain_graph=True)
    assert heard == ["theirs, before", "theirs, after"]
    first.remove()
    second.remove()
    heard.clear()
    y.backward()
    assert heard == []
    assert "_register_hook" not in vars(Function)


def test_those_put_on_before_something_failed_can_be_taken_off() -> None:
    node: Any = (torch.ones(2, requires_grad=True) * 3).grad_fn
    found: list[Registered] = []
    with pytest.raises(AttributeError):
        register([(node, print, print), (None, print, print)], found)
    assert len(found) == 2 and "_register_hook" not in vars(Function)
    remove(found)
    assert not any(hooks for hooks, _ in found)


def test_nothing_of_torch_is_held_after_the_block() -> None:
    with engine.record() as r:
        x = torch.ones(2, requires_grad=True)
        y = (x * 3).exp().sum()
        y.backward()
    dead = [weakref.ref(item) for item in (x, y)]
    del x, y
    gc.collect()
    assert [item() for item in dead] == [None, None]
    assert len(r.recording.runs) == 4


def test_what_the_code_lets_go_of_is_let_go_at_once_and_its_locals_stay_its_own() -> None:
    with engine.record():
        x = torch.ones(2, requires_grad=True)
        h = x * 3
        loss = h.sum()
        loss.backward()
        dead = weakref.ref(h)
        del h
        assert dead() is None
        mine = locals()
        y = torch.ones(2) * 2
        (y + 1).sum()
        assert mine is locals() and mine["dead"] is dead
    assert y.sum() == 4


def test_the_collector_keeps_its_pace_outside_the_block() -> None:
    pace, before = gc.get_threshold, gc.get_threshold()
    with engine.record(steps=1):
        assert pace() != before
        assert gc.get_threshold() == before  # as the code is told
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
        (x * 2).sum()
        assert pace() == before
    with engine.record():
        gc.set_threshold(5000, 7, 7)
    assert gc.get_threshold() == (5000, 7, 7)
    gc.set_threshold(*before)


def test_a_training_run_holds_no_tensor_of_its_earlier_steps() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    made = []
    with engine.record() as r:
        for _ in range(20):
            optimizer.zero_grad()
            predicted = model(x)
            loss = torch.nn.functional.mse_loss(predicted, y)
            loss.backward()
            optimizer.step()
            made += [weakref.ref(predicted), weakref.ref(loss), *(weakref.ref(item.grad) for item in model.parameters())]
        assert [item() for item in made[:-6]] == [None] * (len(made) - 6)
    assert len(r.recording.passes) == 20 and r.recording.notes == ()
