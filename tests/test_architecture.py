"""The rules of docs/architecture.md that a machine can hold."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600
LONGEST_SENTENCE = 160
HEAVY = ("torch", "sklearn", "sympy", "pyqtgraph")
ELSEWHERE = ("/" + "work/", "/" + "opt/", "/" + "tmp/env", "/" + "root/", ".." + "/shared", "python" + "hosted", "py" + "pi.org")
"""Parts of paths and hosts that exist on one machine only; taken apart so that this file may name them."""


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh interpreter that finds our packages."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
    )


def test_the_import_contract_is_kept() -> None:
    code = "import sys; sys.argv = ['lint-imports', '--no-cache']; from importlinter.cli import lint_imports_command as c; c()"
    done = run(code)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("modules", ["engine", "main", "gui.window.main_window", "gui.app"])
def test_start_up_imports_nothing_heavy(modules: str) -> None:
    done = run(f"import sys, {modules}; print(*(set(sys.modules) & {{*{HEAVY!r}}}))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_command_line_does_not_import_qt() -> None:
    done = run("import sys, main; print(*(name for name in sys.modules if name.startswith('PySide6')))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_engine_works_without_qt() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('PySide6', 'shiboken6', 'pyqtgraph', 'gui')));"
        "import engine; [getattr(engine, name) for name in engine.__all__]; import engine.layout.placements, engine.recording;"
        "recording = engine.run_program('a = tensor([5.], requires_grad=True)\\ny = a**3\\ny.backward()');"
        "print(len(recording.runs))"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "2"


def test_no_file_is_longer_than_600_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked_files()
        if path.suffix == ".py"
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_one_sentence_says_what_a_file_holds() -> None:
    """The first line of its docstring; of programs and scripts that are there to be run, their text is the sentence."""
    found = []
    for path in tracked_files():
        name = str(path.relative_to(ROOT))
        if path.suffix != ".py" or name.startswith(("resources/examples/", "tests/engine/scripts_corpus/")):
            continue
        text = path.read_text(encoding="utf-8")
        said = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
        if text.strip() and (not said.endswith((".", ":")) or len(said) > LONGEST_SENTENCE):
            found.append(f"{name}: {said!r}")
    assert found == []


def test_no_file_mentions_one_machine() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {part}" for part in ELSEWHERE if part in text]
    assert found == []


def test_every_package_is_installed() -> None:
    """What is installed is found by its ``__init__.py``: none may lack it."""
    folders = {path.parent for top in ("engine", "gui", "gradwalk") for path in (ROOT / top).rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_colours_have_names() -> None:
    """Colours have names: no hexadecimal ones in the window's code."""
    found = []
    for path in sorted((ROOT / "gui").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"""["']#[0-9a-fA-F]{3,8}["']""", line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_the_picture_of_the_rooms_is_that_of_the_code() -> None:
    """If not: ``python docs/draw_rooms.py``."""
    drawn = run("import runpy; print(runpy.run_path('docs/draw_rooms.py')['draw'](), end='')")
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout == (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8")
