"""One word, one thing: what the window says calls a moment of the timeline an operation, and what the training does an epoch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import engine
from gui.documents.recorded_bar import described

ROOT = Path(__file__).parents[3]
SAYING = [
    *sorted((ROOT / "gui").rglob("*.py")),
    *sorted((ROOT / "engine" / "explain").rglob("*.py")),
    ROOT / "engine" / "graph" / "labels.py",
]
STEP = re.compile(r"\b[Ss]teps?\b|\b[Ss]tepping\b")
CODE = {
    "It is flat between its steps, so the gradient is 0.",
    "script/steps",
    "steps",
    "step",
    "train_step",
    "step_back",
}
"""Steps of a staircase, and names that only code reads."""


def said(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in ``path`` that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SAYING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_window_says_calls_no_moment_of_the_timeline_a_step(path: Path) -> None:
    found = [(line, text) for line, text in said(path) if STEP.search(text) and text not in CODE]
    assert not found, "an operation of the timeline, an epoch of the training"


def test_as_many_operations_are_counted_as_the_timeline_has() -> None:
    """A recording's bar used to say 60 operations, its timeline 151 of 151; formulas and modules counted something else again."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    with engine.record() as made:
        loss = model(torch.randn(3, 2)).sum()
        loss.backward()
    recording = made.recording
    assert recording.end > len(recording.operations)
    assert described(recording) == f"{recording.end} operations · 1 backward pass"
    assert f": {recording.end} operations, " in repr(recording) and made.moments == recording.end
    view = recording.folds.view()
    folded = [card.subtitle for card in view.graph.cards if card.kind == "module"]
    assert folded
    assert all("operation" not in subtitle for subtitle in folded)
