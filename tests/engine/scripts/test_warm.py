"""A warm process and a fresh one are the same to a script, recorded or not: most tests of scripts use warm ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

from engine.scripts import ScriptRun
from tests.engine import warm
from tests.engine.script_runs import follow, plainly

pytestmark = pytest.mark.skipif(not warm.AVAILABLE, reason="there all processes are fresh")
LOOKS = """
import gc, locale, os, resource, signal, sys, threading, traceback
print("started by", os.getppid())
import torch
print(sorted(sys.modules))
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.executable, sys.warnoptions, sys.meta_path)
print({name: str(value) for name, value in globals().items() if name != "__loader__"}, type(__loader__), __loader__.__dict__)
print(os.getcwd(), sorted(os.environ), sorted(os.listdir("/proc/self/fd"), key=int), os.getpgid(0) == os.getpid())
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream, stream.errors, stream.line_buffering, stream.write_through, stream.fileno(), stream.isatty())
print(sys.stdin.read() or "nothing is said")
print([(number, str(signal.getsignal(number))) for number in signal.valid_signals()], signal.pthread_sigmask(0, []))
print(threading.enumerate(), len(sys._current_frames()), sys.getrecursionlimit(), sys.getswitchinterval())
print(gc.isenabled(), gc.get_threshold(), gc.callbacks, locale.setlocale(locale.LC_ALL), os.umask(18))
print([(name, resource.getrlimit(getattr(resource, name))) for name in dir(resource) if name.startswith("RLIMIT")])
print(torch.manual_seed(3).initial_seed(), torch.rand(2), torch.get_num_threads(), torch.is_grad_enabled())
x = torch.rand(3, requires_grad=True)
(x * x).sum().backward()
print(x.grad)
class Told:
    def __init__(self, name): self.name = name
    def __del__(self): print(self.name, "goes", sys.is_finalizing(), torch is None)
kept, cycle = Told("what is kept"), Told("what holds itself")
cycle.itself = cycle
del cycle
import atexit
atexit.register(print, "the end")
def deep(n):
    raise ValueError(n) if n == 3 else deep(n + 1)
"""
TOLD = """
import os, sys
class Told:
    def __del__(self): print(words(), sys.is_finalizing())
def words(): return "goes"
kept = Told()
print("begins")
"""
ENDS = {
    "an error": "deep(0)",
    "words": "sys.exit('words')",
    "a status": "sys.exit(7)",
    "its end": "",
    "Ctrl+C": "raise KeyboardInterrupt",
    "a signal": "os.kill(os.getpid(), 9)",
}


def the_same(fresh: str, warmed: str) -> None:
    """But for addresses and identities of threads; word by word, so that it is seen which differs."""
    one, other = [re.sub(r"0x[0-9a-f]+|\d{12,}", "…", text).splitlines() for text in (fresh, warmed)]
    for first, second in zip(one, other, strict=True):
        differ = [pair for pair in zip_longest(first.split(), second.split()) if pair[0] != pair[1]]
        assert not differ[:3]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "script.py"
    path.write_text(f"{LOOKS}\n{ENDS['an error']}\n", encoding="utf-8")
    return path


def test_a_plain_script_finds_and_ends_the_same(script: Path) -> None:
    fresh, warmed = [plainly(script.parent, "script.py", fresh=fresh) for fresh in (True, False)]
    the_same(fresh.stdout, warmed.stdout)
    the_same(fresh.stderr, warmed.stderr)
    assert fresh.returncode == warmed.returncode == 1 and f"started by {os.getpid()}\n" in warmed.stdout
    assert "what holds itself goes" in warmed.stdout


def test_a_recorded_script_finds_and_ends_the_same(script: Path) -> None:
    fresh, warmed = [follow(ScriptRun(script), fresh=fresh) for fresh in (True, False)]
    the_same(fresh.text(), warmed.text())
    the_same(fresh.text("stderr"), warmed.text("stderr"))
    assert fresh.recording is not None and warmed.recording is not None
    assert fresh.recording.to_json() == warmed.recording.to_json()
    assert fresh.kind == warmed.kind == "failed" and f"started by {os.getpid()}\n" in warmed.text()


@pytest.mark.parametrize("way", ENDS)
def test_every_end_has_the_same_status_and_words(way: str, tmp_path: Path) -> None:
    code = f"{TOLD}def deep(n): raise ValueError(n)\n{ENDS[way]}\n"
    (tmp_path / "script.py").write_text(code, encoding="utf-8")
    for command in (["script.py", "a", "b"], ["-c", code, "a"]):
        fresh, warmed = [plainly(tmp_path, *command, fresh=fresh) for fresh in (True, False)]
        assert (fresh.returncode, fresh.stdout, fresh.stderr) == (warmed.returncode, warmed.stdout, warmed.stderr)


def test_two_processes_draw_other_numbers() -> None:
    code = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1).item(), torch.initial_seed())"
    first, second = [plainly(Path.cwd(), "-c", code).stdout.split() for _ in range(2)]
    assert not set(first) & set(second)


def test_the_environment_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    code = "import os; print(os.environ.get('GIVEN'), os.environ.get('HOME'), os.getcwd(), flush=True); os.system('echo $GIVEN')"
    usual = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = warm.run(["-c", code], cwd=tmp_path, env=usual | {"GIVEN": "here"}, text=True)
    assert done.stdout == f"here None {tmp_path}\nhere\n"
    with pytest.raises(ValueError, match="fresh"):
        warm.run(["-c", code], env=usual | {"PYTHONHASHSEED": "3"})


def test_input_and_other_descriptors_arrive() -> None:
    held, gives = os.pipe()
    code = f"import os, sys; print(input()); os.write({gives}, b'by the pipe')"
    with warm.Popen(["-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[gives], text=True) as process:
        assert process.communicate("a line\n", timeout=60)[0] == "a line\n"
    os.close(gives)
    assert os.read(held, 100) == b"by the pipe"
    os.close(held)
    assert process.returncode == 0 and sys.platform == "linux"
