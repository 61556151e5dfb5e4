"""A Recording as JSON text: ``nodes``, ``values``, ``operations``, ``gradients``, ``events``."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from engine.tables.data import WHOLE_LIMIT, TensorData
from engine.tables.model import Argument, NodeRun, Place, Span, Value
from engine.tables.tables import Tables


def recording_to_json(recording: Tables, indent: int | None = None) -> str:
    """Nan and infinities become the strings "nan", "inf", "-inf"; complex numbers become [real, imaginary]."""
    nodes = recording.nodes
    final = FinalGradients(recording)
    document = {
        "format": "gradwalk-recording",
        "version": 1,
        "text": recording.text,
        "source_file": recording.source,
        "failed": recording.failed,
        "printed": recording.printed,
        "notes": list(recording.notes),
        "hooks": [{"how": hook.how, "source": _span(hook.span)} for hook in recording.hooks],
        "nodes": [
            {
                "id": node.id,
                "name": node.name,
                "edges": [{"slot": edge.slot, "to": edge.to, "output": edge.output} for edge in node.edges],
            }
            for node in nodes
        ],
        "values": [_value(value) for value in recording.values],
        "operations": [
            {
                "id": operation.id,
                "name": operation.name,
                "node": _grad_fn(recording, operation.outputs),
                "nodes": list(operation.nodes),
                "inputs": [_argument(item) for item in operation.inputs],
                "outputs": list(operation.outputs),
                "source": _span(operation.span),
                "call": operation.call,
                "elsewhere": _elsewhere(recording.elsewhere.get(operation.id)),
            }
            for operation in recording.operations
        ],
        "calls": [
            {"id": call.id, "name": call.name, "type": call.type, "parent": call.parent, "optimizer": call.optimizer}
            for call in recording.calls
        ],
        "gradients": [_gradient(final, value) for value in recording.values],
        "events": [_event(recording, run) for run in recording.runs],
    }
    return json.dumps(document, indent=indent, allow_nan=False, ensure_ascii=False)


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
    kept = data.figures()
    return {
        "min": kept.minimum,
        "max": kept.maximum,
        "mean": kept.mean,
        "std": kept.std,
        "norm": kept.norm,
        "nan": kept.nan,
        "infinite": kept.infinite,
    }


def _value(value: Value) -> dict[str, Any]:
    result = {
        "id": value.id,
        "name": value.name,
        "version": value.version,
        "shape": list(value.shape),
        "dtype": value.dtype,
        "requires_grad": value.requires_grad,
        "leaf": value.leaf,
        "data": _data(value.data),
    }
    if result["data"] is None:
        result["summary"] = _summary(value.data)
    return result


def _argument(item: Argument) -> dict[str, Any]:
    result: dict[str, Any] = {"value": item.value} if item.value is not None else {"constant": plain(item.constant)}
    if item.keyword is not None:
        result["keyword"] = item.keyword
    return result


def _span(span: Span | None) -> dict[str, int] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


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
    result: dict[str, Any] = {
        "pass": run.pass_id,
        "node": node.name,
        "node_id": run.node,
        "incoming": [_data(item) for item in run.incoming],
        "outgoing": [_data(item) for item in run.outgoing],
    }
    if node.variable is not None:
        result["grad_before"] = _data(run.grad_before)
        result["grad_after"] = _data(run.grad_after)
    if not run.completed:
        result["completed"] = False
    return result


def _elsewhere(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.file, "line": place.line, "text": place.text}
