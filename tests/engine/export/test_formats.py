"""The text formats of a recording: what is added to the one list is written by the command line."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

import main
from engine.export import formats
from engine.export.formats import FORMATS, TextFormat
from tests.engine.plain_torch import PROGRAMS, run

COUNT = TextFormat(".count", "Counts", lambda tables: f"{len(tables.operations)} operations")


def test_each_format_writes_a_recording() -> None:
    recording = run(PROGRAMS[0])
    assert len({item.ending for item in FORMATS}) == len(FORMATS)
    for item in FORMATS:
        assert item.ending.startswith(".") and item.content(recording) == item.text(recording).encode()


def test_half_a_surrogate_pair_is_written() -> None:
    recording = dataclasses.replace(run(PROGRAMS[0]), printed="\ud800\n")
    written = FORMATS[0].content(recording).decode("utf-8", "surrogatepass")
    assert json.loads(written)["printed"] == "\ud800\n"


@pytest.mark.parametrize(
    ("arguments", "name", "first"),
    [((), "out.count", False), ((), "out.COUNT", False), (("--format", "count"), "out.json", False), ((), "out", True)],
)
def test_the_command_line_takes_an_added_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], name: str, first: bool
) -> None:
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, COUNT))
    program, output = tmp_path / "program.py", tmp_path / name
    program.write_text(PROGRAMS[0], encoding="utf-8")
    assert main.main(["export", str(program), "-o", str(output), *arguments]) == 0
    text = output.read_text(encoding="utf-8")
    assert (text.startswith("{")) if first else (text == COUNT.text(run(PROGRAMS[0])) + "\n")


def test_the_list_imports_neither_torch_nor_qt() -> None:
    code = "import sys, engine.export.formats; sys.exit(bool({'torch', 'PySide6'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(main.__file__).parent, check=False).returncode == 0
