"""What a script writes comes out of the command as out of plain Python: the same bytes in the same order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.scripts import ScriptRun
from tests.engine.script_runs import BEGIN, PATIENCE, follow

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")

MIXED = """
import os, subprocess, sys
print("first")
os.write(1, b"from C\\n")
subprocess.run([sys.executable, "-c", "print('from another process')"])
print("x" * 9000)
os.write(1, b"from C again\\n")
"""
BYTES = """
import sys
sys.stdout.buffer.write(bytes(range(256)) + "é☃".encode("utf-16"))
sys.stderr.buffer.write(b"\\xff\\xfe not UTF-8\\n")
"""
SURROGATE = """
try:
    print("\\ud800")
except UnicodeEncodeError as error:
    print(error)
print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.line_buffering, sys.stdout.write_through, sys.stderr.errors)
print("é")
"""
LOST = """
import os
print("lost or not")
os._exit(3)
"""


def of_command(folder: Path, settings: dict[str, str], *command: str | Path) -> tuple[int, bytes, bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONUNBUFFERED", "PYTHONIOENCODING")}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, timeout=PATIENCE, env=environment | settings
    )
    errors = b"".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith(b"gradwalk: "))
    return done.returncode, done.stdout, errors


@posix
@pytest.mark.parametrize(
    ("text", "settings"),
    [
        pytest.param(MIXED, {}, id="in blocks"),
        pytest.param(MIXED, {"PYTHONUNBUFFERED": "1"}, id="unbuffered"),
        pytest.param(BYTES, {}, id="bytes that are no text"),
        pytest.param("import sys" + SURROGATE, {"LC_ALL": "C.UTF-8"}, id="what no encoding has"),
        pytest.param("import sys" + SURROGATE, {"PYTHONIOENCODING": "latin-1:replace"}, id="another encoding"),
        pytest.param(LOST, {}, id="in a buffer as the process ends"),
    ],
)
def test_the_command_writes_what_plain_python_writes(text: str, settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(BEGIN + text, encoding="utf-8")
    plain = of_command(tmp_path, settings, "script.py")
    assert of_command(tmp_path, settings, ROOT / "main.py", "record", "--no-open", "script.py") == plain


def test_a_window_gets_each_line_as_it_is_printed(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(f"{BEGIN}print('é')\n{LOST}", encoding="utf-8")
    told = follow(ScriptRun(tmp_path / "script.py"))
    assert told.text() == "begun\né\nlost or not\n" and told.finished.exit_status == 3
