"""A Recording as tables of plain columns and one block of bytes, and back. The layout is told in ``docs/file-format.md``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.recording import History, Recording, Span, Summary, TensorData, Written

ALIGNMENT = 8
"""Every array begins at a multiple of this many bytes."""
_SHARED = 2048
"""Bytes from which on it is looked whether two arrays are over the same memory."""


class Writer:
    """Collects tensors, arrays and spans once each, and turns parts of a recording into rows of plain JSON."""

    def __init__(self) -> None:
        self.tensors: list[list[Any]] = []
        self.arrays: list[list[Any]] = []
        self.spans: list[list[int]] = []
        self.blocks: list[bytes] = []
        self.size = 0
        self._known: dict[int, int] = {}
        self._known_arrays: dict[int, int] = {}
        self._known_memory: dict[tuple[int, int], int] = {}
        self._known_spans: dict[int, int] = {}
        self.histories: list[list[Any]] = []
        self._known_histories: dict[int, int] = {}
        self._held: list[NDArray[np.generic]] = []

    def tensor(self, data: TensorData | None) -> int | None:
        """Number of a tensor; the same object gets the same number."""
        if data is None:
            return None
        known = self._known.get(id(data))
        if known is None:
            known = self._known[id(data)] = len(self.tensors)
            if isinstance(data, Written):
                place = [self._history(data.history), data.runs, data.offset, list(data.strides)]
                self.tensors.append([data.dtype, list(data.shape), None, None, place])
            else:
                array = None if data.array is None else self.array(data.array)
                self.tensors.append([data.dtype, list(data.shape), array, self._summary(data.kept), None])
        return known

    def _history(self, history: History) -> int:
        known = self._known_histories.get(id(history))
        if known is None:
            known = self._known_histories[id(history)] = len(self.histories)
            parts = (
                np.frombuffer(history.starts, np.int64), np.frombuffer(history.ends, np.int64),
                np.frombuffer(history.elements, history.base.dtype),
            )  # fmt: skip
            self._held += parts  # else others get their ids
            self.histories.append([self.array(part) for part in (history.base, *parts)])
        return known

    def array(self, array: NDArray[np.generic]) -> int:
        """Number of an array, whose bytes are in C order, little endian."""
        known = self._known_arrays.get(id(array))
        if known is None:
            kind = array.dtype.newbyteorder("<")
            known = self._known_arrays[id(array)] = len(self.arrays)
            self.arrays.append([kind.str, list(array.shape), self._place(array, kind)])
        return known

    def _place(self, array: NDArray[np.generic], kind: np.dtype[Any]) -> int:
        """Where its bytes are in the file; two arrays over the same memory are there once."""
        key = (array.ctypes.data, array.nbytes) if array.nbytes >= _SHARED and array.flags.c_contiguous else None
        offset = None if key is None else self._known_memory.get(key)
        if offset is None:
            offset = self.size
            block = np.ascontiguousarray(array, kind).tobytes()
            padding = -len(block) % ALIGNMENT
            self.blocks.append(block + bytes(padding))
            self.size += len(block) + padding
            if key is not None:
                self._known_memory[key] = offset
        return offset

    def _summary(self, kept: Summary | None) -> list[Any] | None:
        if kept is None:
            return None
        numbers = [constant(item) for item in (kept.minimum, kept.maximum, kept.mean, kept.std, kept.norm)]
        corner = None if kept.corner is None else self.array(kept.corner)
        return [*numbers, kept.nan, kept.infinite, list(kept.counts), corner]

    def span(self, span: Span | None) -> int | None:
        """Number of a span; the same object gets the same number."""
        if span is None:
            return None
        known = self._known_spans.get(id(span))
        if known is None:
            known = self._known_spans[id(span)] = len(self.spans)
            self.spans.append([span.line, span.column, span.end_line, span.end_column])
        return known


def constant(item: object) -> Any:
    """A constant as JSON: what JSON lacks is an object with one key that says what it is."""
    if item is None or isinstance(item, bool | int | str):
        return item
    if isinstance(item, float):
        return item if math.isfinite(item) else {"float": repr(item)}
    if isinstance(item, complex):
        return {"complex": [constant(item.real), constant(item.imag)]}
    if isinstance(item, tuple | list):
        return {"tuple": [constant(part) for part in item]}
    return str(item)


def columns(names: str, rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows turned into columns of these names."""
    # In Python, not by one zip(*rows): of a long recording that call would keep other threads waiting.
    return {name: [row[number] for row in rows] for number, name in enumerate(names.split())}


VALUES = "variable version name data requires_grad leaf node output operation"
VARIABLES = "name values gradients gradient_of"
OPERATIONS = "name inputs outputs nodes span creation inplace grad_enabled call direct"
NODES = "name edges operation variable saved made_in made_by"
PASSES = "roots seeds span retain_graph create_graph accumulates captured"
RUNS = "pass node incoming outgoing local grad_before grad_after completed"
MOMENTS = "kind phase subject span text"
CALLS = "name type parent optimizer"
HISTORIES = "base starts ends elements"
ELSEWHERE = "operation file line text direct"


def to_tables(recording: Recording) -> tuple[dict[str, Any], list[bytes]]:
    """The document (plain JSON) and the blocks of bytes of its arrays."""
    writer = Writer()
    tensor, span = writer.tensor, writer.span
    document: dict[str, Any] = {
        "text": recording.text,
        "source": recording.source,
        "printed": recording.printed,
        "failed": recording.failed,
        "notes": list(recording.notes),
        "inputs": list(recording.inputs),
        "values": columns(VALUES, [
            (item.variable, item.version, item.name, tensor(item.data), item.requires_grad, item.leaf, item.node, item.output,
             item.operation) for item in recording.values
        ]),
        "variables": columns(VARIABLES, [
            (item.name, [list(pair) for pair in item.values], [[at, tensor(data)] for at, data in item.gradients],
             item.gradient_of) for item in recording.variables
        ]),
        "operations": columns(OPERATIONS, [
            (item.name, [_argument(part) for part in item.inputs], list(item.outputs), list(item.nodes), span(item.span),
             item.creation, item.inplace, item.grad_enabled, item.call, item.direct) for item in recording.operations
        ]),
        "nodes": columns(NODES, [
            (item.name, [[edge.slot, edge.to, edge.output] for edge in item.edges], item.operation, item.variable,
             [[part.name, part.value, tensor(part.data), constant(part.constant)] for part in item.saved], item.made_in,
             item.made_by) for item in recording.nodes
        ]),
        "passes": columns(PASSES, [
            (list(item.roots), [tensor(part) for part in item.seeds], span(item.span), item.retain_graph, item.create_graph,
             item.accumulates, [[value, tensor(part)] for value, part in item.captured]) for item in recording.passes
        ]),
        "runs": columns(RUNS, [
            (item.pass_id, item.node, [tensor(part) for part in item.incoming], [tensor(part) for part in item.outgoing],
             [tensor(part) for part in item.local], tensor(item.grad_before), tensor(item.grad_after), item.completed)
            for item in recording.runs
        ]),
        "moments": columns(MOMENTS, [
            (item.kind, item.phase, item.subject, span(item.span), item.text) for item in recording.moments
        ]),
        "calls": columns(CALLS, [(item.name, item.type, item.parent, item.optimizer) for item in recording.calls]),
        "elsewhere": columns(ELSEWHERE, [
            (number, place.file, place.line, place.text, place.direct) for number, place in recording.elsewhere.items()
        ]),
    }  # fmt: skip
    document["tensors"] = columns("dtype shape array summary", [tuple(row[:4]) for row in writer.tensors])
    if writer.histories:  # which older readers do not know
        document["tensors"]["written"] = [row[4] for row in writer.tensors]
        document["histories"] = columns(HISTORIES, [tuple(row) for row in writer.histories])
    document["arrays"] = columns("type shape offset", [tuple(row) for row in writer.arrays])
    document["spans"] = writer.spans
    return document, writer.blocks


def _argument(item: Any) -> list[Any]:
    return [item.value, constant(item.constant), item.keyword]
