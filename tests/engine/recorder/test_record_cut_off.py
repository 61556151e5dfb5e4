"""What ends a recording anywhere leaves one that opens; and what the engine calls after its last Node is seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import engine

_EVERYWHERE = """
import os, sys, traceback
import torch
import engine

def train():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    loss = (model(torch.ones(3, 2)) ** 2).sum()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    w = torch.ones(3, requires_grad=True)
    v = w * 2
    v[0] = 1.0
    (g,) = torch.autograd.grad((v * v).sum(), w, create_graph=True)
    g.sum().backward()

def cut(at, path):
    handle, count = engine.record(), 0

    def ends():
        sys.settrace(None)
        try:
            handle.take(RuntimeError("cut off"))
            handle.save(path)
            assert engine.open_recording(path).to_json() == handle.to_json()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def trace(frame, event, argument):
        nonlocal count
        if "recorder" not in frame.f_code.co_filename:
            return None
        if event == "line":
            count += 1
            if count == at:
                ends()
        return trace

    with handle:
        watch(trace)
        train()
        watch(None)
    return count

watch = sys.settrace  # the plain one: that of a recording does not show the recorder's lines
train()
lines = cut(-1, "")
assert lines > 1000, lines
for at in range(7, lines, max(1, lines // 20)):
    child = os.fork()
    if not child:
        cut(at, sys.argv[1])
        os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0 or (status == 2 and at > 0.9 * lines), at  # the second time is a little shorter
print("end")
"""


def test_a_recording_that_is_cut_off_anywhere_opens(tmp_path: Path) -> None:
    """As where the process crashes, before any line that the recorder runs: each in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", _EVERYWHERE, str(tmp_path / "cut.gradwalk")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


@pytest.mark.parametrize("counted", [True, False])
def test_gradients_that_change_after_the_last_node_are_read_again(counted: bool) -> None:
    u = torch.ones(2, requires_grad=True)
    run_once: Any = torch.autograd.Variable._execution_engine

    def average() -> None:
        assert u.grad is not None
        (u.grad if counted else u.grad.data).mul_(10)

    u.register_hook(lambda gradient: run_once.queue_callback(average))
    optimizer = torch.optim.SGD([u], lr=0.1)
    with engine.record() as handle:
        for _ in range(2):
            (u * 3).sum().backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
    recording = handle.recording
    leaf = next(item for item in recording.variables if item.gradients)
    shown = [None if data is None or data.array is None else data.array.tolist() for _, data in leaf.gradients]
    assert shown == [[3.0, 3.0], [30.0, 30.0], [0.0, 0.0]] * 2
    kinds = [recording.moments[moment - 1].kind for moment, _ in leaf.gradients]
    assert kinds == ["accumulate", "free", "zero"] * 2
    assert len([note for note in recording.notes if "after a pass had run its last Node" in note]) == 1


def test_what_a_pass_within_a_pass_adds_is_not_taken_for_a_callbacks() -> None:
    """Reentrant checkpointing runs a pass inside the pass: it writes to ``.grad`` before the last Node of the outer one."""
    layer = torch.nn.Linear(2, 2)
    x = torch.ones(1, 2, requires_grad=True)
    with engine.record() as handle:
        y = torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=True)
        (y.sum() + layer.weight.sum()).backward()
    assert layer.weight.grad is not None
    leaf = next(item for item in handle.recording.variables if item.name == "layer.weight" and item.gradients)
    _, gradient = leaf.gradients[-1]
    assert gradient is not None and gradient.array is not None
    assert gradient.array.tolist() == layer.weight.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert not [note for note in handle.recording.notes if "had run its last Node" in note]


def test_the_note_of_many_gradients_names_a_few() -> None:
    run_once: Any = torch.autograd.Variable._execution_engine
    layers = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(20)])

    def average() -> None:
        for leaf in layers.parameters():
            assert leaf.grad is not None
            leaf.grad.mul_(0.5)

    with engine.record() as handle:
        y = layers(torch.ones(1, 2))
        y.register_hook(lambda gradient: run_once.queue_callback(average))
        y.sum().backward()
    (note,) = [note for note in handle.recording.notes if "had run its last Node" in note]
    assert " and 37 more were changed after a pass had run its last Node" in note and note.count("`") == 6


def test_a_pass_without_callbacks_reads_nothing_twice() -> None:
    u = torch.ones(2, requires_grad=True)
    with engine.record() as handle:
        (u * 3).sum().backward()
    leaf = next(item for item in handle.recording.variables if item.gradients)
    assert len(leaf.gradients) == 1
    assert not handle.recording.notes
