"""Scripts in the manner of courses: recorded they print what they print plainly, and every recording can be walked through."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from engine.files.recordings import save_recording
from engine.recording.opening import open_recording
from engine.scripts import ScriptRun
from tests.engine.plain_runs import read_all
from tests.engine.script_runs import follow, plainly

SCRIPTS = Path(__file__).parents[1] / "courses"
PASSES = {"first_derivatives": 5, "leaves": 2, "networks": 7, "own_function": 300, "refused": 1, "tensors": 0}


def _said(text: str) -> str:
    """Without the addresses of objects, which differ in every run."""
    return re.sub(r"0x[0-9a-f]+", "0x…", text)


@cache
def _plain(name: str) -> subprocess.CompletedProcess[str]:
    return plainly(SCRIPTS, SCRIPTS / f"{name}.py")


@pytest.mark.parametrize(("name", "steps"), [*((name, None) for name in PASSES), ("own_function", 2), ("networks", 1)])
def test_a_script_of_a_course(name: str, steps: int | None, tmp_path: Path) -> None:
    told, plain = follow(ScriptRun(SCRIPTS / f"{name}.py", steps=steps)), _plain(name)
    assert _said(told.text()) == _said(plain.stdout)
    assert _said(told.text("stderr")) == _said(plain.stderr)
    assert told.finished.exit_status == plain.returncode == (name == "refused")
    recording = told.recording
    assert recording is not None
    assert recording.failed == (name == "refused" and steps != 1)
    assert recording.notes == ()
    assert len(recording.passes) == (PASSES[name] if steps is None else min(steps, PASSES[name]))
    assert all(operation.span for operation in recording.operations)
    written = read_all(recording)
    save_recording(recording, tmp_path / "again.gradwalk")
    assert open_recording(tmp_path / "again.gradwalk").to_json() == written


def test_every_course_is_run() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} == set(PASSES)


def test_a_function_of_ones_own_is_one_operation() -> None:
    told = follow(ScriptRun(SCRIPTS / "own_function.py", steps=1))
    assert told.recording is not None
    names = [operation.name for operation in told.recording.operations]
    assert names.count("Wave") == 1 and "detach" not in names
