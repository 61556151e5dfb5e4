"""Whatever a script does as it ends, its recording is written and opens, and it ends as without us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.scripts import ScriptRun
from engine.scripts.inside import watcher
from tests.engine.script_runs import BEGIN, PATIENCE, follow, plain, run

ROOT = Path(__file__).resolve().parents[3]

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
WRITERS = """
import sys
class Writer:
    def __init__(self, name): self.name = name
    def __del__(self): print("closes", capitals(self.name), sys.is_finalizing(), torch is None)
def capitals(text): return text.upper()
def uses():
    local = Writer("local")
writer = Writer("log")
uses()
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
        pytest.param(RAISING_HANDLER, -14, "", marks=posix, id="a handler that raises, of a timer that goes on to the end"),
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
    assert not [note for note in told.recording.notes if "failed itself" in note or "could not be read" in note]
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


NO_IMPORTS = """
import builtins
def refuse(name, *rest):
    raise ImportError("no " + name)
builtins.__import__ = refuse
raise ValueError("without its line, which Python imports io for")
"""
NO_NAMES = """
import builtins, sys
del builtins.len
def shows(*error):
    try:
        print(len(error))
    except NameError as lost:
        print(lost)
sys.excepthook = shows
raise ValueError
"""


@pytest.mark.parametrize("text", [NO_IMPORTS, NO_NAMES])
def test_an_error_is_shown_with_python_s_own_names_as_the_script_left_them(text: str, tmp_path: Path) -> None:
    told = run(tmp_path, text)
    usual = plain(tmp_path)
    assert (told.finished.exit_status, told.text()) == (usual.returncode, usual.stdout)
    assert told.text("stderr").replace(str(tmp_path / "script.py"), "script.py") == usual.stderr.replace(
        str(tmp_path / "script.py"), "script.py"
    )
    assert told.recording is not None and len(told.recording.passes) == 1


FILES = """
import os
os.mkfifo("fifo")
os.mkdir("folder.py")
os.truncate(os.open("endless.py", os.O_CREAT | os.O_RDWR), 10**10)
code = "def f():\\n    return (x * 2).sum()\\nf().backward()\\n"
named = [os.path.abspath(name) for name in ("fifo", "folder.py", "endless.py")]
for name in (*named, "/dev/zero", "/dev/stdin", "/proc/kmsg", "/", "/\\ud800", "/" + "n" * 5000):
    exec(compile(code, name, "exec"))
def run():
    pass
made = compile("(x * 3).sum().backward()", "/made.py", "exec")
exec(made.replace(co_linetable=b""))
lines = (lambda: (x * 3).sum().backward()).__code__
type(run)(lines.replace(co_firstlineno=2**31 - 2), globals())()
print(x.grad)
"""


@posix
def test_code_that_says_it_is_from_what_is_no_file(tmp_path: Path) -> None:
    told = run(tmp_path, FILES)
    assert told.finished.exit_status == 0 and "tensor([26., 26., 26.])" in told.text(), told.text("stderr")
    assert told.recording is not None and len(told.recording.passes) == 12
    assert not [note for note in told.recording.notes if "failed itself" in note]


RAW = """
import os, sys
sys.stdout.buffer.write(b"raw \\xff\\xfe bytes\\n\\x00")
os.write(1, b"\\xc3")
os.write(1, b"\\xa9\\n")
print([(item.name, item.mode, item.encoding, item.errors, item.fileno()) for item in (sys.stdin, sys.stdout, sys.stderr)])
try:
    print("\\ud800")
except UnicodeEncodeError as error:
    print(error)
sys.stdout.reconfigure(encoding="latin-1")
print("\\xe9")
sys.stderr.buffer.write(b"\\xfe")
os.write(1, b"ends in half a character: \\xe2\\x82")
"""


@posix
@pytest.mark.parametrize("encoding", ["", "latin-1", "utf-8:surrogateescape", "ascii:replace"])
def test_the_terminal_gets_the_scripts_own_bytes(encoding: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(BEGIN + RAW, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "main", "record", script, "-o", tmp_path / "run.gradwalk", "--no-open"]
    usual = subprocess.run([sys.executable, script], env=environment, capture_output=True, timeout=PATIENCE)
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=PATIENCE)
    assert (told.returncode, told.stdout) == (usual.returncode, usual.stdout)
    assert told.stderr.startswith(usual.stderr)


def test_what_fails_while_saving_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    script = tmp_path / "script.py"
    script.write_text(f"{BEGIN}import shutil\nshutil.rmtree({str(tmp_path / 'there')!r})\n")
    told = follow(ScriptRun(script, output=tmp_path / "there" / "run.gradwalk"))
    assert (told.kind, told.finished.recording) == ("save", tmp_path / "run.gradwalk")
    assert told.finished.problem is not None and "No such file" in told.finished.problem.message


@pytest.mark.parametrize("last", ["", "raise ValueError('end')", "sys.exit(4)", "import torch.nn as nn\nnet = nn.Linear(1, 1)"])
def test_what_python_takes_apart_at_the_end_finds_its_modules_and_functions(last: str, tmp_path: Path) -> None:
    told = run(tmp_path, f"{WRITERS}{last}\n")
    usual = plain(tmp_path)
    assert "closes LOG True" in told.text() and "closes LOCAL" in told.text()
    assert (told.finished.exit_status, told.text(), told.text("stderr")) == (usual.returncode, usual.stdout, usual.stderr)
    assert told.recording is not None and len(told.recording.passes) == 1


def test_where_the_script_is_may_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 may give what is no frame for one that ends meanwhile."""
    monkeypatch.setattr(watcher, "_running", lambda: {1: SimpleNamespace(f_code=watcher.Watcher.line.__code__, f_back=len)})
    assert watcher.Watcher.line(SimpleNamespace(_main=1, _filename="script.py")) is None  # type: ignore[arg-type]
