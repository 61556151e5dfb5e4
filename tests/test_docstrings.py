"""Docstrings hold what the house promises: a line for all that is public, and sections that agree with the signature.

The names that users import (``engine.__all__``), and what these give, say all: each parameter with its type, what comes back, and
which errors are raised. Elsewhere a section is not demanded; where there is one it is whole and true.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = "Parameters Attributes Returns Yields Raises Signals Examples Notes".split()
TOLD = {
    "engine.errors": "ProgramError",
    "engine.graph.model": "Card GraphEdge Graph",
    "engine.graph.state": "State CardState EdgeState Row",
    "engine.programs.limits": "Limits",
    "engine.recorder.handle": "Handle record",
    "engine.recording.opening": "open_recording",
    "engine.recording.recording": "Recording",
    "engine.runtime.errors": "RecordingError RecordingFileError",
    "engine.tables.data": "TensorData Summary",
    "engine.tables.model": "Span Read Hook Place Value Variable Argument Operation Call Edge Saved Node Pass NodeRun Moment",
    "engine.tables.tables": "Tables",
    "engine.programs.program": "run_program",
    "engine.programs.warming": "warm_up",
    "engine.training.configs": "TrainingConfig TrainingSnapshot",
    "engine.training.training": "Controls train",
}
"""Whose docstrings say all: what users import, and the classes of what that gives them."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass
class Entry:
    """One entry of a section: ``name : kind`` and what is said of it."""

    name: str
    kind: str
    text: str


@dataclass
class Doc:
    """A docstring taken apart."""

    first: str
    sections: dict[str, list[Entry]] = field(default_factory=dict)


@dataclass
class Thing:
    """A public function, method or class."""

    name: str
    node: Definition
    owner: ast.ClassDef | None

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def kept(self) -> bool:
        """Whether it is asked for as an attribute."""
        names = {ast.unparse(item).rpartition(".")[2] for item in self.node.decorator_list}
        return bool(names & {"property", "cached_property", "setter", "abstractproperty"})


def parsed(text: str) -> Doc:
    lines = text.split("\n")
    found = Doc(lines[0].strip())
    here: list[Entry] | None = None
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line in SECTIONS and re.fullmatch(r"-{3,}", following.strip()):
            here = found.sections.setdefault(line, [])
        elif here is not None and line.strip() and not set(line.strip()) <= {"-"}:
            if not re.match(r" |[*\w]+(, [*\w]+)*( :|$)", line):
                here = None  # a paragraph of its own
            elif not line.startswith(" "):
                names, _, kind = line.partition(" :")
                here += [Entry(name.strip(), kind.strip(), "") for name in names.split(", ")]
            elif here:
                here[-1].text = f"{here[-1].text} {line.strip()}".strip()
    return found


def things(top: str) -> Iterator[Thing]:
    """All public functions and classes of a folder, and the public methods of these classes."""
    for path in sorted((ROOT / top).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, Definition) and not node.name.startswith("_"):
                yield Thing(f"{module}.{node.name}", node, None)
                for inner in node.body if isinstance(node, ast.ClassDef) else ():
                    public = isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                    if public and not any(ast.unparse(item).endswith(".setter") for item in inner.decorator_list):
                        yield Thing(f"{module}.{node.name}.{inner.name}", inner, node)


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool) -> list[str]:
    given = node.args
    static = any(ast.unparse(item) == "staticmethod" for item in node.decorator_list)
    named = [item.arg for item in (*given.posonlyargs, *given.args)][1 if method and not static else 0 :]
    more = [f"*{given.vararg.arg}"] if given.vararg else []
    keywords = [item.arg for item in given.kwonlyargs]
    return [*named, *more, *keywords, *([f"**{given.kwarg.arg}"] if given.kwarg else [])]


def optional(node: Definition) -> dict[str, str]:
    """Parameters that may be left out, and what they are then."""
    if isinstance(node, ast.ClassDef):
        made = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
        return {} if made is None else optional(made)
    given = [*node.args.posonlyargs, *node.args.args]
    pairs = [
        *zip(given[::-1], node.args.defaults[::-1], strict=False),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    return {item.arg: ast.unparse(said) for item, said in pairs if said is not None}


def taken(thing: Thing) -> list[str] | None:
    """What it is called with, in order; None for a class whose parent says that."""
    if not isinstance(thing.node, ast.ClassDef):
        return parameters(thing.node, thing.owner is not None)
    for item in thing.node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return parameters(item, True)
    fields = [item.target.id for item in thing.node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    return fields or None


def held(node: ast.ClassDef) -> set[str]:
    """Names that a class has: fields, properties, methods, and what its methods give ``self``."""
    found = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    for item in ast.walk(node):
        target = item.target if isinstance(item, ast.AnnAssign) else None
        if isinstance(target, ast.Name):
            found.add(target.id)
        if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store):
            found.add(item.attr)
        if isinstance(item, ast.Assign):
            found |= {part.id for part in item.targets if isinstance(part, ast.Name)}
    return found


def raised(node: ast.AST) -> set[str]:
    """Errors that a body raises by name, but for those of functions within it."""
    found: set[str] = set()
    for item in ast.iter_child_nodes(node):
        if isinstance(item, Definition):
            continue
        if isinstance(item, ast.Raise) and isinstance(item.exc, ast.Call) and isinstance(item.exc.func, ast.Name):
            found.add(item.exc.func.id)
        found |= raised(item)
    return found


ENGINE = list(things("engine"))
GUI = list(things("gui"))


def test_all_that_is_public_has_a_line() -> None:
    lacking = [
        thing.name
        for thing in (*ENGINE, *GUI)
        if not isinstance(thing.node, ast.ClassDef) and thing.owner is None and not thing.doc
    ]
    lacking += [thing.name for thing in (*ENGINE, *GUI) if isinstance(thing.node, ast.ClassDef) and not thing.doc]
    assert lacking == []


def test_a_first_line_is_a_sentence() -> None:
    """One line, that ends as sentences do."""
    wrong = [thing.name for thing in (*ENGINE, *GUI) if thing.doc and not re.search(r"[.:;,?!…)]$|\w$", parsed(thing.doc).first)]
    assert wrong == []


def test_parameters_are_those_of_the_signature() -> None:
    wrong = []
    for thing in (*ENGINE, *GUI):
        listed = [entry.name for entry in parsed(thing.doc).sections.get("Parameters", ())]
        given = taken(thing)
        if listed and given is not None and listed != [name for name in given if name in listed]:
            wrong.append(f"{thing.name}: {listed} of {given}")
    assert wrong == []


def test_attributes_are_there() -> None:
    wrong = []
    for thing in (*ENGINE, *GUI):
        if isinstance(thing.node, ast.ClassDef):
            names = {entry.name for entry in parsed(thing.doc).sections.get("Attributes", ())}
            if names - held(thing.node):
                wrong.append(f"{thing.name}: {sorted(names - held(thing.node))}")
    assert wrong == []


PUBLIC = [
    thing
    for thing in ENGINE
    if any(
        thing.name in (f"{module}.{name}",) or thing.name.startswith(f"{module}.{name}.")
        for module, names in TOLD.items()
        for name in names.split()
    )
]


def untold(node: ast.ClassDef) -> list[str]:
    """Public fields of a class of which nothing is said: in a section, in the words above, or in a line below them."""
    doc = ast.get_docstring(node) or ""
    found = []
    for item, following in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name) or item.target.id.startswith("_"):
            continue
        name = item.target.id
        below = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        listed = {entry.name for entries in parsed(doc).sections.values() for entry in entries}
        if name != "id" and not below and name not in listed and f"``{name}``" not in doc:
            found.append(name)
    return found


def test_what_users_import_is_told() -> None:
    names = {name for names in TOLD.values() for name in names.split()}
    assert set(engine.__all__) <= names
    assert {f"{module}.{name}" for module, names in TOLD.items() for name in names.split()} <= {thing.name for thing in PUBLIC}


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.name)
def test_what_users_import_says_all(thing: Thing) -> None:
    found, problems = parsed(thing.doc), []
    above = (
        {entry.name for entry in parsed(ast.get_docstring(thing.owner) or "").sections.get("Attributes", ())}
        if thing.owner
        else set()
    )
    assert found.first or (thing.kept and thing.node.name in above), "no docstring"
    given = taken(thing) or []
    listed = {entry.name: entry for entry in (*found.sections.get("Parameters", ()), *found.sections.get("Attributes", ()))}
    if not isinstance(thing.node, ast.ClassDef) or any(
        item.name == "__init__" for item in thing.node.body if isinstance(item, ast.FunctionDef)
    ):
        problems += [f"says nothing of {name}" for name in given if name.lstrip("*") not in {key.lstrip("*") for key in listed}]
    defaults = optional(thing.node)
    for name, entry in {entry.name: entry for entry in found.sections.get("Parameters", ())}.items():
        said = f"{entry.kind} {entry.text}"
        if name in defaults and not re.search(r"optional|default", said) and defaults[name] not in said:
            problems.append(f"does not say that {name} may be left out, or what it is then: {defaults[name]}")
        if re.match(r"(int|float)\b", entry.kind) and not entry.text:
            problems.append(f"says nothing of the range or unit of {name}")
    if isinstance(thing.node, ast.ClassDef):
        problems += [f"says nothing of {name}" for name in untold(thing.node)]
    problems += [f"does not say what kind {name} is" for name, entry in listed.items() if not entry.kind]
    if isinstance(thing.node, ast.FunctionDef):
        back = "" if thing.node.returns is None else ast.unparse(thing.node.returns)
        if given and back not in ("None", "", "Self") and not {"Returns", "Yields"} & set(found.sections):
            problems.append(f"does not say what comes back: {back}")
        told = {entry.name for entry in found.sections.get("Raises", ())}
        problems += [f"raises {name}" for name in sorted(raised(thing.node) - told) if name not in thing.doc]
    assert problems == []
