"""A Recording as JSON text: ``nodes``, ``values``, ``operations``, ``gradients``, ``events``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable
from dataclasses import is_dataclass
from functools import cache, partial
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, cast, get_args, get_origin

import numpy as np

from engine.tables.data import WHOLE_LIMIT, TensorData
from engine.tables.declared import LeftOut, declared, marks_of
from engine.tables.model import Argument, NodeRun, Operation, Value
from engine.tables.tables import Tables

Turn = Callable[[Any], Any]
"""From what a field holds to what JSON says."""

_DOCUMENT = "format version text source_file failed printed notes hooks nodes values operations calls gradients events".split()
_VALUE = "id name version shape dtype requires_grad leaf data".split()
_OPERATION = "id name node nodes inputs outputs source call elsewhere".split()
_EVENT = "pass node node_id".split()
"""The keys that come first, in this order, where it is not that of the fields."""


def recording_to_json(recording: Tables, indent: int | None = None) -> str:
    """Nan and infinities become the strings "nan", "inf", "-inf"; complex numbers become [real, imaginary].

    Each field of the recording and of its rows is said, but for those that are declared to be left out.
    """
    final = FinalGradients(recording)
    own: dict[str, Turn] = {"operations": partial(_operation, recording), "runs": partial(_event, recording)}
    document = dict.fromkeys(_DOCUMENT) | {"format": "gradwalk-recording", "version": 1}
    for name, key, turn in _fields(Tables):
        held = getattr(recording, name)
        document[key] = [own[name](item) for item in held] if name in own else turn(held)
    document["gradients"] = [_gradient(final, value) for value in recording.values]
    return json.dumps(document, indent=indent, allow_nan=False, ensure_ascii=False)


class _Field(NamedTuple):
    """A field that is said, and how."""

    name: str
    key: str
    turn: Turn


@cache
def _fields(model: Hashable) -> list[_Field]:
    """Those of a class that are not declared to be left out."""
    found: list[_Field] = []
    for field in declared(cast(Any, model)):
        if field.mark(LeftOut) is None:
            found.append(_Field(field.name, field.key, _turn(field.type)))
    return found


def _turn(said: Any) -> Turn:
    """How JSON says what a declared type holds."""
    kind, _ = marks_of(said)
    if get_origin(kind) in (Union, UnionType):
        (one,) = (part for part in get_args(kind) if part is not NoneType)
        turn = _turn(one)
        return turn if turn in (_as_it_is, _data, plain) else lambda item: None if item is None else turn(item)
    if kind in (str, bool, int):
        return _as_it_is
    if kind is TensorData:
        return _data
    if get_origin(kind) is tuple:
        turns = [_turn(part) for part in get_args(kind) if part is not Ellipsis]
        if len(turns) < len(get_args(kind)):
            (each,) = turns
            return list if each is _as_it_is else lambda items: [each(item) for item in items]
        return lambda items: [turn(item) for turn, item in zip(turns, items, strict=True)]
    if is_dataclass(kind):
        return _OWN_WORDS.get(kind, _row)
    return plain


def _as_it_is(item: Any) -> Any:
    return item


@cache
def _written(model: Hashable) -> Callable[[Any], dict[str, Any]]:
    """What says the fields of a class: made once, as to go through them for each row takes longer."""
    found = _fields(model)
    names = [item.name for item in found]
    keys = [item.key for item in found]
    turns = [(item.key, item.turn) for item in found if item.turn is not _as_it_is]
    if "id" in cast(Any, model).__dataclass_fields__:
        names, keys = ["id", *names], ["id", *keys]
    get = attrgetter(*names)

    def write(item: Any) -> dict[str, Any]:
        said = dict(zip(keys, get(item), strict=True))
        for key, turn in turns:
            said[key] = turn(said[key])
        return said

    return write


def _row(item: Any) -> dict[str, Any]:
    return _written(type(item))(item)  # type: ignore[arg-type]


def plain(item: object) -> Any:
    """Anything that a recording holds, as JSON can say it."""
    if item is None or isinstance(item, bool | int | str):
        return item
    if isinstance(item, float):
        if math.isnan(item):
            return "nan"
        if math.isinf(item):
            return "inf" if item > 0 else "-inf"
        return item
    if isinstance(item, complex):
        return [plain(item.real), plain(item.imag)]
    if isinstance(item, tuple | list):
        return [plain(part) for part in item]
    return str(item)


def _data(data: TensorData | None) -> Any:
    """The elements as a nested list, or None where there are none or too many."""
    if data is None or data.size > WHOLE_LIMIT or data.array is None:
        return None
    numbers = data.numbers()
    assert numbers is not None
    listed = numbers.tolist()
    if numbers.dtype.kind in "fc" and (numbers.dtype.kind == "c" or not np.isfinite(numbers).all()):
        return plain(listed)
    return listed


def _summary(data: TensorData) -> dict[str, Any]:
    return _row(data.figures())


def _value(value: Value) -> dict[str, Any]:
    said = dict.fromkeys(_VALUE) | _row(value) | {"shape": list(value.shape), "dtype": value.dtype}
    if said["data"] is None:
        said["summary"] = _summary(value.data)
    return said


def _argument(item: Argument) -> dict[str, Any]:
    said = _row(item)
    del said["value" if item.value is None else "constant"]
    if item.keyword is None:
        del said["keyword"]
    return said


_OWN_WORDS: dict[Any, Turn] = {Value: _value, Argument: _argument}
"""Rows that are said otherwise than field by field."""


def _operation(recording: Tables, operation: Operation) -> dict[str, Any]:
    place = recording.elsewhere.get(operation.id)
    return (
        dict.fromkeys(_OPERATION)
        | _row(operation)
        | {"node": _grad_fn(recording, operation.outputs), "elsewhere": None if place is None else _row(place)}
    )


def _grad_fn(recording: Tables, outputs: tuple[int, ...]) -> str | None:
    for number in outputs:
        value = recording.values[number]
        if value.node is not None and not value.leaf:
            return recording.nodes[value.node].name
    return None


def _gradient(final: FinalGradients, value: Value) -> dict[str, Any]:
    """A leaf's final ``.grad``; for others the gradient that the latest pass brought to this value."""
    state, data = final.of(value)
    result: dict[str, Any] = {"value": value.id, "data": _data(data), "state": state}
    if data is not None and result["data"] is None:
        result["summary"] = _summary(data)
    return result


class FinalGradients:
    """The gradients of values at the end of a recording."""

    def __init__(self, recording: Tables) -> None:
        self._variables = recording.variables
        self._runs = {run.node: run for run in recording.runs}
        """The last one of each Node."""
        self._captured = {
            number: (item.id, data) for item in recording.passes for number, data in item.captured if data is not None
        }

    def of(self, value: Value) -> tuple[str, TensorData | None]:
        """State (``value``, ``none`` or ``not_tracked``) and gradient."""
        if not value.requires_grad:
            return "not_tracked", None
        if value.leaf:
            gradients = self._variables[value.variable].gradients
            data = gradients[-1][1] if gradients else None
        else:
            run = None if value.node is None else self._runs.get(value.node)
            captured, data = self._captured.get(value.id, (-1, None))
            if run is not None and run.pass_id >= captured:
                data = run.incoming[value.output]
        return ("none", None) if data is None else ("value", data)


def _event(recording: Tables, run: NodeRun) -> dict[str, Any]:
    node = recording.nodes[run.node]
    said = dict.fromkeys(_EVENT) | _row(run) | {"node": node.name, "node_id": run.node}
    del said["id"]  # it is the event's place in the list
    if node.variable is None:
        del said["grad_before"], said["grad_after"]
    if run.completed:
        del said["completed"]
    return said
