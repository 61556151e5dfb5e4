"""The rules of docs/architecture.md: files in a folder, methods of a class, no circle among files, one format."""

from __future__ import annotations

import ast
import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_FILES = 13
"""In a folder, ``__init__.py`` among them."""
MOST_METHODS = 25
TOPS = ("engine", "gui", "gradwalk", "resources")

Graph = dict[str, set[str]]


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Every file of ours by the name of its module, parsed."""
    found = {}
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "examples" in path.parts and top == "resources":
                continue  # programs that are there to be shown
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.Module, modules: set[str]) -> Iterator[str]:
    """The modules that a file names: also those imported for types only, and in a function. Our imports have no leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in modules else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def imports(trees: dict[str, ast.Module]) -> Graph:
    modules = set(trees)
    return {name: {one for one in imported(tree, modules) if one in modules and one != name} for name, tree in trees.items()}


def way(graph: Graph, start: str, end: str) -> list[str]:
    """The shortest way along imports from ``start`` to ``end``, both included; nothing if there is none."""
    before: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(graph[here]):
            if there not in before:
                before[there] = here
                queue.append(there)
        if end in before:
            break
    if end not in before:
        return []
    found = [end]
    while found[-1] != start or len(found) == 1:
        found.append(before[found[-1]])
    return found[::-1]


def circles(graph: Graph) -> list[str]:
    """Each circle of imports, by its shortest way round."""
    found: dict[frozenset[str], str] = {}
    for name in sorted(graph):
        there_and_back = way(graph, name, name)
        if there_and_back:
            found.setdefault(frozenset(there_and_back), " → ".join(there_and_back))
    return list(found.values())


def sizes(trees: dict[str, ast.Module]) -> dict[str, int]:
    """How many functions each class has, properties and ``__init__`` among them."""
    found: dict[str, int] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                functions = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
                found[f"{module}.{node.name}"] = len(functions)
    return found


def test_files_do_not_import_each_other_in_a_circle(trees: dict[str, ast.Module]) -> None:
    """A circle is one subject in two files, or a file that asks too much: move what both need, or ask for a Protocol."""
    assert circles(imports(trees)) == []


def test_no_folder_has_more_than_13_files() -> None:
    """One that has more is several rooms: find what some of its files have in common, and say that in one sentence."""
    tops = (*TOPS, "tests", "benchmarks", "docs", "packaging")
    folders = Counter(path.parent for top in tops for path in (ROOT / top).rglob("*.py"))
    assert {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_no_class_has_more_than_25_methods(trees: dict[str, ast.Module]) -> None:
    """One that has more is several objects: name them and let them work together, each with its own state."""
    assert {name: size for name, size in sizes(trees).items() if size > MOST_METHODS} == {}


def test_no_line_is_kept_from_the_formatter() -> None:
    kept = re.compile(r"#\s*fmt:\s*(skip|off)")
    files = [path for top in (*TOPS, "tests", "benchmarks", "docs", "packaging") for path in (ROOT / top).rglob("*.py")]
    found = [path.relative_to(ROOT).as_posix() for path in files if kept.search(path.read_text(encoding="utf-8"))]
    assert len(files) > 500 and found == []


def test_a_circle_is_found() -> None:
    texts = {
        "a.one": "from a.two import x",
        "a.two": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import three",
        "a.three": "def f():\n    import a.one",
        "a.four": "import a.one\nfrom a.five import y",
        "a.five": "import os",
        "a": "",
    }
    graph = imports({name: ast.parse(text) for name, text in texts.items()})
    assert circles(graph) == ["a.one → a.two → a.three → a.one"]
