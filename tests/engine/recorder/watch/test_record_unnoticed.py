"""What a script can see of its surroundings is what it sees in a plain run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from torch.utils.hooks import RemovableHandle

import engine

CORPUS = Path(__file__).parents[2] / "scripts_corpus"


def test_a_script_that_looks_around_prints_what_it_prints_without(tmp_path: Path) -> None:
    script = str(CORPUS / "looks_around.py")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=280)
    command = [sys.executable, "main.py", "record", script, "-o", str(tmp_path / "x.gradwalk"), "--no-open"]
    recorded = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd=CORPUS.parent.parent.parent)
    assert plain.returncode == recorded.returncode == 1
    assert "ends here" in plain.stderr
    assert "no way back" in plain.stderr
    assert recorded.stdout == plain.stdout
    said = [line for line in recorded.stderr.splitlines() if not line.startswith("gradwalk: ")]
    assert [line for line in said if not line.startswith("USDT:")] == [
        line for line in plain.stderr.splitlines() if not line.startswith("USDT:")
    ]


def test_a_script_that_looks_to_the_end_of_the_stack_prints_what_it_prints_without(tmp_path: Path) -> None:
    script = str(CORPUS / "looks_to_the_end.py")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=280, check=True)
    command = [sys.executable, "main.py", "record", script, "-o", str(tmp_path / "x.gradwalk"), "--no-open"]
    recorded = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd=CORPUS.parent.parent.parent)
    assert recorded.stdout == plain.stdout
    assert "signal 15" in plain.stdout
    said = [line for line in recorded.stderr.splitlines() if not line.startswith("gradwalk: ")]
    assert said == plain.stderr.splitlines()


def test_hooks_of_the_program_have_the_numbers_that_they_have_without() -> None:
    layer = torch.nn.Linear(2, 2)
    before = RemovableHandle.next_id
    with engine.record():
        first = layer.register_forward_hook(lambda *_: None)
        layer(torch.ones(1, 2)).sum().backward()
        second = layer.register_forward_hook(lambda *_: None)
    assert (first.id, second.id) == (before, before + 1)
    assert list(layer._forward_hooks) == [before, before + 1]


def test_hooks_of_all_modules_run_beside_the_recorders() -> None:
    seen: list[str] = []
    with engine.record() as r:
        handle = torch.nn.modules.module.register_module_forward_hook(lambda module, *_: seen.append(type(module).__name__))
        torch.nn.Linear(2, 2)(torch.ones(1, 2))
        handle.remove()
    assert seen == ["Linear"]
    assert [call.type for call in r.recording.calls] == ["Linear"]
