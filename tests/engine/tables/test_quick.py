"""Frozen dataclasses that are made quickly are like any other."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace
from pathlib import Path

import pytest

import engine
from engine.tables import model
from engine.tables.quick import changed, quick


@dataclass(frozen=True, eq=False, slots=True)
class Plain:
    first: int
    second: str = "b"
    third: tuple[int, ...] = ()


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Quick:
    first: int
    second: str = "b"
    third: tuple[int, ...] = ()


def test_it_takes_the_same_arguments_and_keeps_the_same_values() -> None:
    for arguments, named in (((1,), {}), ((1, "x"), {"third": (2,)}), ((), {"first": 3})):
        made, plain = Quick(*arguments, **named), Plain(*arguments, **named)  # type: ignore[arg-type]
        assert [getattr(made, field.name) for field in fields(Quick)] == [getattr(plain, field.name) for field in fields(Plain)]
    assert list(inspect.signature(Quick.__init__).parameters) == list(inspect.signature(Plain.__init__).parameters)
    assert repr(Quick(1)) == repr(Plain(1)).replace("Plain", "Quick")
    assert replace(Quick(1), second="y").second == changed(Quick(1), second="y").second == "y"


def test_it_refuses_what_the_other_refuses() -> None:
    with pytest.raises(TypeError, match="first"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick(1, "b", (), 4)  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        Quick(1).first = 2  # type: ignore[misc]


def test_the_parts_of_a_recording_are_frozen() -> None:
    for part in (model.Moment("run", "backward", 0, None), model.Edge(0, 1, 0), model.Argument(1), model.Saved("self", 1, None)):
        name = fields(part)[0].name
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, 5)


def test_no_row_is_copied_field_by_field() -> None:
    """A field that is declared later would be lost there, in silence if it has a default: ``changed`` copies all."""
    rows = {
        name: {field.name for field in fields(kind)}
        for name, kind in vars(model).items()
        if is_dataclass(kind) and len(fields(kind)) > 3
    }
    copies = []
    for path in sorted(Path(engine.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in rows:
                continue
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            of = Counter(
                ast.unparse(part.value) for part in given if isinstance(part, ast.Attribute) and part.attr in rows[node.func.id]
            )
            if of and max(of.values()) > len(rows[node.func.id]) / 2:
                copies.append(f"{path.name}:{node.lineno}: {node.func.id}")
    assert not copies
    assert {"Operation", "Value", "Node"} <= {*rows}
