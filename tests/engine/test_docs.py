"""The examples of docs/engine.md are run, and say what they say they say; and the engine works where there is no Qt."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "engine.md").read_text(encoding="utf-8"), re.DOTALL)


def expected(lines: list[str], end: int) -> str | None:
    """What the comment right under line ``end`` says that the expression is; None if there is no such comment."""
    found = []
    while end < len(lines) and lines[end].startswith("# "):
        found.append(lines[end][2:])
        end += 1
    return " ".join(found) or None


def test_the_examples_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    names: dict[str, object] = {"__name__": "example"}
    checked = 0
    for number, block in enumerate(BLOCKS):
        file = tmp_path / str(number) / "block.py"
        file.parent.mkdir()
        file.write_text(block, encoding="utf-8")
        lines = block.split("\n")
        for statement in ast.parse(block).body:
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), str(file), "eval"), names)
                wanted = expected(lines, statement.end_lineno or 0)
                if wanted is not None:
                    assert repr(value) == wanted
                    checked += 1
            else:
                exec(compile(ast.Module([statement], []), str(file), "exec"), names)
    assert len(BLOCKS) >= 6
    assert checked >= 10


BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class NoQt(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "gui"):
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, NoQt())
"""

WHOLE = """
import engine
from pathlib import Path
assert "torch" not in sys.modules
[getattr(engine, name) for name in engine.__all__]
import torch
x = torch.ones(2, requires_grad=True)
with engine.record() as r:
    (x * 3).sum().backward()
path = Path(sys.argv[1]) / "run.gradwalk"
r.save(path)
again = engine.open_recording(path)
assert again.to_json() == r.to_json()
assert r._repr_svg_() == again._repr_svg_()
print(len(engine.run_program("a = tensor([5.], requires_grad=True)\\ny = a**3\\ny.backward()").runs), len(again.runs))
"""


def test_everything_works_where_qt_is_not_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + WHOLE, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "3"]
