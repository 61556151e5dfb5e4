"""One word, one thing: what the window says calls a moment of the timeline an operation, and what the training does an epoch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAYING = [
    *sorted((ROOT / "gui").rglob("*.py")), *sorted((ROOT / "engine" / "explain").glob("*.py")),
    ROOT / "engine" / "labels.py", ROOT / "engine" / "predict.py",
]  # fmt: skip
STEP = re.compile(r"\b[Ss]teps?\b|\b[Ss]tepping\b")
CODE = {
    "It is flat between its steps, so the gradient is 0.",
    "script/steps", "steps", "step", "train_step", "step_back",
}  # fmt: skip
"""Steps of a staircase, and names that only code reads."""


def said(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in ``path`` that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SAYING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_window_says_calls_no_moment_of_the_timeline_a_step(path: Path) -> None:
    found = [(line, text) for line, text in said(path) if STEP.search(text) and text not in CODE]
    assert not found, "an operation of the timeline, an epoch of the training"
