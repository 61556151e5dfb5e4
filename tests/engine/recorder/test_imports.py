"""The recorder's files import each other in one direction, for types too."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import engine

ROOT = Path(engine.__file__).parent.parent


def imported(path: Path) -> set[str]:
    """The modules that a file names in its imports, wherever these stand."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
    return found


def test_no_file_of_the_recorder_imports_itself_through_others() -> None:
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "engine/recorder").rglob("*.py")}
    graph = {name: imported(path) & files.keys() for name, path in files.items()}
    assert len([*TopologicalSorter(graph).static_order()]) == len(files) > 40  # raises CycleError, which names the circle
