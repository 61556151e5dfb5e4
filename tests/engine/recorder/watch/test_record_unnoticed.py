"""What a script can see of its surroundings is what it sees in a plain run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

import engine
from engine.recorder.watch.patches import _TELLS

ROOT = Path(__file__).resolve().parents[4]
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
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=280)
    command = [sys.executable, "main.py", "record", script, "-o", str(tmp_path / "x.gradwalk"), "--no-open"]
    recorded = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd=CORPUS.parent.parent.parent)
    assert plain.returncode == recorded.returncode == 1
    assert recorded.stdout == plain.stdout
    assert "signal 15" in plain.stdout and "hook [" in plain.stdout
    said = [line for line in recorded.stderr.splitlines() if not line.startswith("gradwalk: ")]
    assert said == plain.stderr.splitlines()


RECORDS = """\
import sys
import torch
from gradwalk import engine
from gradwalk.engine.errors import RecordingError

x = torch.ones(2, requires_grad=True)
(x * 2).sum().backward()


def step():
    (x * 3).sum().backward()


for _ in range(2):
    with engine.record() as r:
        step()
    print(r.to_json())
try:
    with engine.record(), engine.record():
        print("never")
except RecordingError as error:
    print(error)
"""


def test_a_script_that_makes_recordings_of_its_own_makes_them_as_without(tmp_path: Path) -> None:
    (tmp_path / "records.py").write_text(RECORDS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "main.py"), "record", "records.py", "-o", "x.gradwalk", "--no-open"]
    outputs = [
        subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280, check=True).stdout
        for line in ([sys.executable, "records.py"], command)
    ]
    assert outputs[0] == outputs[1]
    recording = engine.open_recording(tmp_path / "x.gradwalk")
    assert recording.operations[-1].name == "sum" and len(recording.passes) == 1
    assert any("in line 15" in note and "ends there" in note for note in recording.notes)


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


def _modes() -> tuple[Any, ...]:
    count = torch._C._len_torch_function_stack()
    return (
        count,
        [type(torch._C._get_function_stack_at(at)).__name__ for at in range(count)],
        torch._C._is_torch_function_mode_enabled(),
        type(torch.overrides._get_current_function_mode()).__name__,
        [type(mode).__name__ for mode in torch.overrides._get_current_function_mode_stack()],
        torch.get_default_device().type,
    )


class _Mode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def _all_modes() -> list[tuple[Any, ...]]:
    told = [_modes()]
    with _Mode(), torch.device("meta"):
        told.append(_modes())
    torch.set_default_device("cpu")  # which puts its mode below all others
    told.append(_modes())
    with _Mode():
        told.append(_modes())
    torch.set_default_device(None)
    return [*told, _modes()]


def test_whoever_asks_for_the_function_modes_hears_of_their_own() -> None:
    asked = [getattr(module, name) for module, name in _TELLS]
    plain = _all_modes()
    with engine.record() as r:
        recorded = _all_modes()
        x = torch.ones(2, requires_grad=True)
        (x * 2).sum().backward()
    assert recorded == plain and plain[0] == (0, [], False, "NoneType", [], "cpu")
    assert len(r.recording.passes) == 1 and r.recording.notes == ()
    assert [getattr(module, name) for module, name in _TELLS] == asked
