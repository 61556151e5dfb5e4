"""Frozen dataclasses that are made quickly are like any other."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, dataclass, fields, replace

import pytest

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
