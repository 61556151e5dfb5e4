"""``gradwalk lesson check``: twenty broken lessons, each named with its line, and files that cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine.lessons.files as files
from engine.lessons.commands import lesson
from main import main
from tests.engine.lessons.test_reading import HEAD, PROGRAM

PAGE = HEAD + "# One\n\ntext\n\n" + PROGRAM + "\n"
GOOD = PAGE + "```predict\nask: What?\nanswer: a.grad\n```\n"
assert PAGE.count("\n") == 13
BROKEN = {
    # How the file is written.
    "empty": ("", 1, "empty"),
    "no-head": ("# One\n\ntext\n", 1, "head"),
    "no-page": (HEAD, 1, "no page"),
    "unknown-key": ("---\ntitel: A\n---\n# One\n\ntext\n", 2, "no key “titel”"),
    "not-yaml": ("---\ntitle: [A\n---\n# One\n\ntext\n", 2, "not YAML"),
    "cyclic": ("---\ntitle: &x [*x]\n---\n# One\n\ntext\n", 2, "anchors"),
    "block": (PAGE + "```predit\nask: What?\n```\n", 14, "no block “predit”"),
    "open-block": (PAGE + "```predict\nask: What?\nanswer: y\n", 14, "not closed"),
    "no-answer": (PAGE + "```predict\nask: What?\n```\n", 15, "needs the key “answer”"),
    "moment": (PAGE + "```predict\nask: What?\nanswer: y\nwhen: later\n```\n", 17, "is no moment"),
    "imports": (HEAD + "# One\n\ntext\n\n```program\nimport os\n```\n", 9, "import"),
    "file-data": (PAGE + "```run\ndata: file\n```\n", 15, "not on a file"),
    "escapes": (PAGE + "![a](../a.png)\n", 14, "beside the lesson"),
    "formula": (PAGE + "With $a +$ here.\n", 14, "like Python"),
    "code": (PAGE + "```predict\nask: What?\nanswer: open('x')\n```\n", 16, "text where none"),
    # What only playing it shows.
    "nan": (PAGE + "```predict\nask: What?\nanswer: log(-y)\n```\n", 14, "log(-y)"),
    "no-name": (PAGE + "With `= q` here.\n", 14, "q"),
    "fails": (
        HEAD + "# One\n\ntext\n\n```program\na = torch.tensor([1., 2.], requires_grad=True)\na.backward()\n```\n",
        10,
        "program",
    ),
    "all-right": (
        PAGE + "```choose\nask: Which?\noptions:\n  - {text: A, holds: y > 1}\n  - {text: B, holds: y > 2}\n```\n",
        14,
        "exactly one",
    ),
    "reached": (PAGE + "```drag\nask: Drag.\ngoal: y > 1\n```\n", 14, "already"),
    "wrong-right": (
        PAGE + "```predict\nask: What?\nanswer: y\nmisconceptions:\n  - {value: a**3, say: No.}\n```\n",
        14,
        "is the right answer",
    ),
    "no-leaf": (PAGE + "# Two\n\n```stage\nvalues: {q: 3}\n```\n\ntext\n", 17, "q"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lesson_is_refused_with_its_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, line, said = BROKEN[name]
    file = tmp_path / f"{name}.md"
    file.write_text(text, encoding="utf-8")
    assert lesson(["check", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(one.startswith(f"{file}:{line}: ") and said in one for one in lines), lines


def test_a_lesson_without_mistakes_is_passed_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "good.md"
    file.write_text(GOOD, encoding="utf-8")
    assert main(["lesson", "check", str(file)]) == 0
    assert capsys.readouterr() == ("", "")


def test_each_file_is_checked_and_the_worst_is_the_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = tmp_path / "bad.md", tmp_path / "good.md"
    bad.write_text("", encoding="utf-8")
    good.write_text(GOOD, encoding="utf-8")
    assert lesson(["check", str(tmp_path / "none.md"), str(bad), str(good)]) == 2
    told = capsys.readouterr()
    assert "none.md cannot be read" in told.err and f"{bad}:1: " in told.out


def _unreadable(kind: str, folder: Path) -> Path:
    file = folder / "a.md"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "large":
        file.write_bytes(b"x" * (files.LARGEST + 1))
    elif kind == "latin":
        file.write_bytes("Größe".encode("latin-1"))
    elif kind == "null":
        file.write_bytes(b"a\0b")
    return file


UNREADABLE = {
    "missing": "cannot be read",
    "folder": "is a folder",
    "pipe": "pipe or a device",
    "large": "larger than",
    "latin": "UTF-8",
    "null": "null bytes",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_told_in_one_sentence(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if kind == "pipe" and not hasattr(os, "mkfifo"):
        pytest.skip("there are no such pipes here")
    assert lesson(["check", str(_unreadable(kind, tmp_path))]) == 2
    told = capsys.readouterr()
    assert not told.out and told.err.count("\n") == 1 and UNREADABLE[kind] in told.err


def test_help_has_an_example_and_nothing_of_it_needs_qt() -> None:
    code = (
        "import sys, contextlib\nfrom main import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['lesson', 'check', '--help'])\n"
        "assert not [name for name in sys.modules if name.startswith(('PySide6', 'torch', 'gui'))]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Example: gradwalk lesson check" in done.stdout
