"""How much memory a recording may take, and what happens when it has."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import torch

import engine
from engine.commands import record_parser
from engine.recorder import bounds
from engine.runtime import memory
from engine.scripts import ScriptRun
from tests.engine.scripts.test_scripts import follow

LOOP = """import torch
w = torch.ones(3, requires_grad=True)
for step in range(1000):
    (w * step).sum().backward()
print("ran on to", step)
"""


def test_the_system_says_how_much_there_is() -> None:
    assert 2**24 < memory.resident_bytes() < memory.machine_bytes()
    assert memory.default_bound() == max(memory.machine_bytes() // 2, 2**30)


def test_a_container_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = memory.machine_bytes()
    small, none = tmp_path / "memory.max", tmp_path / "max"
    small.write_text(f"{2**28}\n")
    none.write_text("max\n")
    monkeypatch.setattr(memory, "_CONTAINER", (str(none), str(tmp_path / "missing")))
    assert memory.machine_bytes() >= whole
    if sys.platform != "win32":
        monkeypatch.setattr(memory, "_CONTAINER", (str(none), str(small)))
        assert memory.machine_bytes() == 2**28 and memory.default_bound() == 2**30


def test_a_recording_ends_when_the_process_uses_too_much_and_the_code_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([100 * 2**20] * 3)
    monkeypatch.setattr(bounds, "resident_bytes", lambda: next(used, 700 * 2**20))
    w = torch.ones(3, requires_grad=True)
    with engine.record(max_memory=512 * 2**20) as made:
        for _ in range(300):
            (w * 2).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [600.0] * 3
    recording = made.recording
    assert 100 < len(recording.operations) < 400 and len(recording.passes) > 50
    (note,) = recording.notes
    assert note == (
        "recording ended when the process used 700 MiB of memory: more than the 512 MiB that it may use while it is recorded"
    )
    recording.state(recording.end)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "4G"])
def test_a_bound_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="max_memory"):
        engine.record(max_memory=wrong)  # type: ignore[arg-type]


def test_a_script_whose_recording_reaches_the_bound_runs_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text(LOOP, encoding="utf-8")
    told = follow(ScriptRun(path, recording_memory=2**20))
    assert told.finished.problem is None and told.text("stdout") == "ran on to 999\n"
    assert told.recording is not None and len(told.recording.operations) < 200
    assert any("that it may use while it is recorded" in note for note in told.recording.notes)
    with pytest.raises(ValueError, match="recording_memory"):
        ScriptRun(path, recording_memory=0)
    assert record_parser().parse_args(["x.py", "--recording-memory", "2G"]).recording_memory == 2**31


def trained(steps: int) -> engine.recorder.handle.Handle:
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    with engine.record() as made:
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
    return made


def test_a_recording_is_not_in_memory_once_more_while_it_is_saved(tmp_path: Path) -> None:
    """Its tables were, as lists, which took several times what they take as text."""
    made, path = trained(300), tmp_path / "run.gradwalk"
    tracemalloc.start()
    try:
        made.save(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    text = zipfile.ZipFile(path).getinfo("recording.json").file_size
    assert text > 1_000_000 and peak < 3 * text


def test_what_comes_again_and_again_is_held_once(tmp_path: Path) -> None:
    trained(20).save(tmp_path / "run.gradwalk")
    recording = engine.open_recording(tmp_path / "run.gradwalk")
    for texts in (
        [item.name for item in recording.nodes],
        [item.kind for item in recording.moments],
        [item.phase for item in recording.moments],
        [item.dtype for item in recording.values],
        [item.shape for item in recording.values],
    ):
        assert len({id(item) for item in texts}) == len(set(texts))


def test_a_step_takes_no_more_than_what_is_in_it(tmp_path: Path) -> None:
    """Whole numbers, constants and names are there once, small tensors as their bytes, and a file's tables never as a whole."""
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    inputs, wanted = torch.randn(16, 4), torch.randn(16, 1)

    def train(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(inputs), wanted).backward()
            optimizer.step()

    path, steps = tmp_path / "run.gradwalk", 300
    with engine.record() as few:
        train(2)
    few.save(path)
    engine.open_recording(path)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with engine.record() as made:
            train(steps)
            recorded = tracemalloc.get_traced_memory()[0] - before
        made.save(path)
        moments = len(made.recording.moments)
        del made
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        recording = engine.open_recording(path)
        opened = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert recorded / steps < 28_000  # 31,000 before
    assert opened / steps < 36_000  # 58,000 before
    assert len(recording.moments) == moments == 24 * steps
