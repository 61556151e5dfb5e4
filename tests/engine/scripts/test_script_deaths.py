"""Whatever ends a script's process, what was recorded before is kept, and what ended it is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from engine.recording.opening import open_recording
from engine.scripts import ScriptRun
from tests.engine.script_runs import BEGIN, PATIENCE, ends, follow, plain, run

ROOT = Path(__file__).parents[3]
IMPORTS = "import ctypes, os, resource, signal, sys, time\n"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, exec and descriptors are those of POSIX")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("signal.raise_signal(signal.SIGTERM)", "SIGTERM"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("signal.alarm(1)\nwhile True: z = x * 2", "SIGALRM"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 60))\nwhile True: pass", "SIGXCPU"),
        ("os.execv('/bin/sh', ['sh', '-c', 'echo over; exit 3'])", "replaced itself with another program: /bin/sh"),
        ("ctypes.CDLL(None).exit(3)", "from C code, with status 3"),
        ("ctypes.CDLL(None)._exit(0)", "from C code, with status 0"),
        ("time.sleep(0.3)\nctypes.PyDLL(None).syscall(231, 5)", "from C code, with status 5"),
    ],
)
def test_an_end_without_a_word(text: str, said: str, tmp_path: Path) -> None:
    if "syscall" in text and (sys.platform != "linux" or os.uname().machine != "x86_64"):
        text, said = "ctypes.CDLL(None)._exit(5)", "with status 5"
    told = run(tmp_path, IMPORTS + text)
    usual = plain(tmp_path)
    assert (told.finished.exit_status, told.text(), told.text("stderr")) == (usual.returncode, usual.stdout, usual.stderr)
    assert told.finished.problem is not None and told.kind == "ended" and said in told.finished.problem.message
    assert told.recording is not None and len(told.recording.passes) == 1 and told.recording.printed == "begun\n"
    assert any(said in note for note in told.recording.notes)
    assert told.recording.failed == said.startswith("SIG")


@pytest.mark.parametrize(
    "text",
    [
        "sys.modules.clear()",
        "import json, zipfile, tempfile\njson.dumps = json.JSONEncoder = zipfile.ZipFile = tempfile.mkstemp = None",
        "os.replace = os.rename = os.fsync = os.fdopen = None",
        "import builtins\nbuiltins.open = None",
        "os.getpid = lambda: 1 / 0",
        "import pathlib\npathlib.Path.replace = pathlib.Path.chmod = None",
        "os.closerange(3, 300)",
        "os.closerange(3, 300)\nkept = [open('own.txt', 'w') for _ in range(20)]\nw = x * 2\ntime.sleep(0.5)",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))",
        "os.chdir('/')\nos.environ.clear()\nsys.path.clear()",
        "import struct\nstruct.pack = struct.unpack = None\ntime.sleep(0.3)",
        "time.monotonic = time.perf_counter = None\ntime.sleep(0.3)",
        "import builtins\nfor name in ('len', 'isinstance', 'bool', 'any', 'dict', 'type', 'OSError'): delattr(builtins, name)",
    ],
)
def test_a_script_that_breaks_what_saving_uses(text: str, tmp_path: Path) -> None:
    told = run(tmp_path, IMPORTS + text)
    if "own.txt" in text:
        assert (tmp_path / "own.txt").read_bytes() == b"", "nothing of ours went into a file of the script's"
    usual = plain(tmp_path)
    assert (told.finished.exit_status, told.text(), told.text("stderr")) == (usual.returncode, usual.stdout, usual.stderr)
    assert told.finished.problem is None, told.finished.problem
    assert told.recording is not None and len(told.recording.passes) == 1 and not told.recording.failed


def test_a_script_after_which_nothing_can_be_imported(tmp_path: Path) -> None:
    told = run(tmp_path, f"{IMPORTS}import builtins\nbuiltins.__import__ = lambda *_, **__: 1 / 0")
    assert (told.finished.exit_status, told.finished.problem, told.text()) == (plain(tmp_path).returncode, None, "begun\n")
    assert told.recording is not None and len(told.recording.passes) == 1 and not told.recording.notes


@pytest.mark.parametrize("end", ["", "raise ValueError('boom')", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_where_it_was_to_be_written_is_gone(end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "script.gradwalk").write_bytes(b"another one")
    script = tmp_path / "script.py"
    script.write_text(f"{BEGIN}{IMPORTS}import shutil\nshutil.rmtree('runs')\n{end}\n", encoding="utf-8")
    told = follow(ScriptRun(script, output=tmp_path / "runs" / "script.gradwalk"))
    assert told.finished.recording == tmp_path / "script-2.gradwalk" and told.recording is not None
    assert len(told.recording.passes) == 1 and told.recording.failed == bool(end)
    problem = told.finished.problem
    assert problem is not None and f"kept as {tmp_path / 'script-2.gradwalk'}" in problem.hint
    assert "the folder" in problem.hint + problem.message
    assert problem.kind == {"": "save", "r": "failed", "o": "ended"}[end[:1]]
    assert (tmp_path / "script.gradwalk").read_bytes() == b"another one"


def test_whoever_sweeps_the_temporary_folder_takes_no_recording_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept = tmp_path / "temporary"
    swept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(swept))
    script = tmp_path / "script.py"
    text = f"import shutil\ntime.sleep(1.5)\nshutil.rmtree({str(swept)!r})\nos.kill(os.getpid(), signal.SIGKILL)\n"
    script.write_text(BEGIN + IMPORTS + text, encoding="utf-8")
    told = follow(ScriptRun(script, output=tmp_path / "run.gradwalk"))
    assert told.finished.recording == tmp_path / "run.gradwalk" and told.recording is not None
    assert len(told.recording.passes) == 1 and told.kind == "ended"


def test_broken_or_not_an_exception_is_the_last_moment(tmp_path: Path) -> None:
    told = run(tmp_path, f"{IMPORTS}import json, tempfile\ntempfile.mkstemp = json.dumps = None\nraise ValueError('boom')")
    assert (told.kind, told.finished.exit_status) == ("failed", 1)
    assert told.recording is not None and told.recording.failed
    assert told.recording.moments[-1].text == "ValueError: boom"


def test_a_parent_that_is_killed_takes_the_script_with_it_and_the_recording_is_written(tmp_path: Path) -> None:
    script, file = tmp_path / "script.py", tmp_path / "run.gradwalk"
    text = "import re\nprint(os.getpid(), flush=True)\nre.match(r'(a+)+$', 'a' * 40 + 'b')\n"
    script.write_text(BEGIN + IMPORTS + text, encoding="utf-8")
    command = [sys.executable, ROOT / "main.py", "record", "--no-open", script, "-o", file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "begun\n"
        pid = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.kill()
    assert ends(pid)
    deadline = time.monotonic() + PATIENCE
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    recording = open_recording(file)
    assert len(recording.passes) == 1 and any("Gradwalk itself was ended" in note for note in recording.notes)


def test_what_came_up_to_a_second_before_is_kept(tmp_path: Path) -> None:
    text = "began = time.time()\nwhile time.time() < began + 3:\n    z = x * 2\n    n = int(z.numel())\n"
    told = run(tmp_path, f"{IMPORTS}{text}print(time.time(), flush=True)\ntime.sleep(1.5)\nsignal.raise_signal(signal.SIGKILL)")
    assert told.recording is not None and told.finished.exit_status == -signal.SIGKILL
    assert told.recording.printed.count("\n") == 2, "also the last that it printed"
