"""Whatever a script does as it ends, its recording is written and opens, and it ends as without us."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.scripts import ScriptRun
from tests.engine.script_runs import BEGIN, follow, plain, run

posix = pytest.mark.skipif(os.name == "nt", reason="signals and descriptors are those of POSIX")


RAISING_HANDLER = """
import signal
def late(*_):
    raise TimeoutError("too slow")
signal.signal(signal.SIGALRM, late)
for _ in range(2000):
    w = x * 2
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
"""
BAD_STR = """
class Bad(Exception):
    def __str__(self):
        raise ValueError("no")
raise Bad
"""
WORSE_STR = """
class Worse(Exception):
    def __str__(self):
        raise SystemExit(3)
    __repr__ = __str__
try:
    raise Worse
except Worse as error:
    raise RuntimeError("second") from error
"""
RECURSION = """
import sys
sys.setrecursionlimit(30)
w = x * 2
z = w.sum()
z.backward()
sys.setrecursionlimit(1000)
"""
ENDLESS = """
def deeper():
    global y
    y = y * 1.0
    deeper()
deeper()
"""
DAEMON = """
import threading, time
def prints():
    while True:
        print("x")
threading.Thread(target=prints, daemon=True).start()
time.sleep(0.2)
"""


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        pytest.param(RAISING_HANDLER, 0, "", marks=posix, id="a handler that raises while saving"),
        pytest.param(BAD_STR, 1, "Bad", id="an error that cannot be printed"),
        pytest.param("raise ValueError('x' * 10**7)", 1, "ValueError: xxx", id="an endless error"),
        pytest.param(RECURSION, 0, "", id="no room for the recorder"),
        pytest.param(ENDLESS, 1, "RecursionError", id="endless recursion"),
        pytest.param(DAEMON, 0, "", id="a daemon thread that prints"),
    ],
)
def test_the_recording_is_kept_and_opens(text: str, status: int, words: str, tmp_path: Path) -> None:
    told = run(tmp_path, text)
    assert told.finished.exit_status == status, told.text("stderr")[-500:]
    assert told.recording is not None and len(told.recording.passes) >= 1
    assert told.recording.failed == bool(words)
    if words:
        assert words in told.recording.moments[-1].text and len(told.recording.moments[-1].text) < 3000


@pytest.mark.parametrize(
    "code",
    ["7", "-1", "2**70", "True", "'words'", "(1, 2)", "torch.ones(2)", "float('nan')", "BAD"],
)
def test_sys_exit_with_any_object_ends_as_it_does_in_python(code: str, tmp_path: Path) -> None:
    odd = "import sys\nclass Odd:\n    def __str__(self): raise KeyError\n    __eq__ = lambda *_: 1 / 0\nBAD = Odd()\n"
    told = run(tmp_path, f"{odd}sys.exit({code})")
    usual = plain(tmp_path)
    assert (told.finished.exit_status, told.text(), told.text("stderr")) == (usual.returncode, usual.stdout, usual.stderr)
    assert told.kind == "exited" and told.recording is not None and len(told.recording.passes) == 1
    assert told.recording.failed


def test_what_fails_while_saving_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    script = tmp_path / "script.py"
    script.write_text(f"{BEGIN}import shutil\nshutil.rmtree({str(tmp_path / 'there')!r})\n")
    told = follow(ScriptRun(script, output=tmp_path / "there" / "run.gradwalk"))
    assert (told.kind, told.recording) == ("save", None)
    assert told.finished.problem is not None and "No such file" in told.finished.problem.message
