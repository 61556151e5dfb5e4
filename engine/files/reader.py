"""Tables back to a Recording. Everything is checked: whatever passes can be drawn, stepped and exported."""

from __future__ import annotations

import math
import sys
from array import array as Numbers
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.files.meaning import check_acyclic, check_meaning, check_outputs, check_results
from engine.files.tables import (
    ALIGNMENT,
    CALLS,
    ELSEWHERE,
    HISTORIES,
    MOMENTS,
    NODES,
    OPERATIONS,
    PASSES,
    READS,
    RUNS,
    VALUES,
    VARIABLES,
)
from engine.files.values import (
    LARGEST_INTEGER,
    Malformed,
    constant,
    listing,
    maybe,
    maybe_name,
    need,
    number,
    table,
    text,
    truth,
    whole,
)
from engine.files.values import name as a_name
from engine.recording import (
    STORED,
    Argument,
    Call,
    Edge,
    Filed,
    History,
    Moment,
    Node,
    NodeRun,
    Operation,
    Pass,
    Place,
    Read,
    Recording,
    Saved,
    Span,
    Summary,
    TensorData,
    Value,
    Variable,
    Written,
    kind_of_dtype,
)

_TYPES = {kind: np.dtype(kind) for kind in STORED.values()}
SUBJECTS = {
    "operation": "operations",
    "update": "operations",
    "zero": "operations",
    "seed": "passes",
    "free": "passes",
    "run": "runs",
    "accumulate": "runs",
    "print": "",
    "error": "values",
}
OPTIONAL_SUBJECT = frozenset({"update", "zero", "error", "print"})
PHASES = frozenset({"forward", "backward", "update", "zero"})
MOST_DIMENSIONS = 64
MOST_BINS = 1_000
_Constant = TypeVar("_Constant", Argument, Saved)


class Reader:
    """Reads one document with its block of bytes; calls ``between`` between two of its tables."""

    def __init__(self, document: dict[str, Any], block: bytes, between: Callable[[], object]) -> None:
        self._document = document
        self._block = block
        self._between = between
        self._count: dict[str, int] = {
            name: len(table(document, name, columns)[0])
            for name, columns in (
                ("values", VALUES),
                ("variables", VARIABLES),
                ("operations", OPERATIONS),
                ("nodes", NODES),
                ("passes", PASSES),
                ("runs", RUNS),
                ("moments", MOMENTS),
                ("calls", CALLS),
            )
        }
        self._numbers: list[int] = [*range(max(self._count.values()) + 2)]
        """Each once: an id stands at many places."""
        self._constants: dict[Any, Any] = {}
        self._lines = text(document.get("text"), "text").split("\n")
        self._lost_spans = 0
        self._shapes: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._spans = [self._span(item) for item in listing(document.get("spans"), "spans")]
        between()
        self._kinds: list[np.dtype[Any]] = []
        self._lengths: list[tuple[int, ...]] = []
        self._offsets = Numbers("q")
        for kind, lengths, offset in zip(*table(document, "arrays", "type shape offset"), strict=True):
            self._place(kind, lengths, offset)
        between()
        self._histories: list[History] = []
        if "histories" in document:
            self._histories = [self._history(*row) for row in zip(*table(document, "histories", HISTORIES), strict=True)]
            between()
        names = "dtype shape array summary"
        self._tensors = [
            self._tensor(*row)
            for row in zip(*table(document, "tensors", f"{names} written" if self._histories else names), strict=True)
        ]

    def _done(self, *names: str) -> None:
        """What these tables held is read: it goes, column by column, so that the recording is not there twice."""
        for name in names:
            part = self._document.pop(name, None)
            while part:
                part.popitem() if isinstance(part, dict) else part.pop()

    def recording(self) -> Recording:
        """The recording; the document is empty then. Raises Malformed."""
        document = self._document
        self._done("spans", "arrays", "tensors")
        notes = [text(item, "notes") for item in listing(document.get("notes"), "notes")]
        nodes = self._nodes()
        self._done("nodes")
        self._between()
        moments = self._moments()
        self._done("moments")
        self._between()
        values = self._values()
        self._done("values")
        self._between()
        variables = self._variables(values)
        self._done("variables")
        self._between()
        if self._lost_spans:
            notes.append(f"{self._lost_spans} places lie outside the text and are not shown")
        runs = self._runs(nodes)
        self._done("runs")
        check_outputs(values, runs)
        operations = self._operations()
        self._done("operations")
        check_results(moments, operations, SUBJECTS)
        passes, calls = self._passes(), self._calls()
        check_meaning(values, variables, operations, nodes, runs, calls)
        failed = truth(document.get("failed"), "failed")
        need(not failed or (bool(moments) and moments[-1].kind == "error"), "it failed, but does not end with an error")
        return Recording(
            text(document.get("text"), "text"),
            values,
            variables,
            operations,
            nodes,
            passes,
            runs,
            moments,
            text(document.get("printed"), "printed"),
            failed,
            tuple(notes),
            tuple(self._id("values", item) for item in listing(document.get("inputs"), "inputs")),
            calls,
            text(document.get("source"), "source"),
            self._elsewhere(),
            self._reads(len(moments)),
        )

    # Parts that others refer to ----------------------------------------------------------------------------------

    def _id(self, name: str, item: object) -> int:
        if type(item) is int and 0 <= item < self._count[name]:
            return self._numbers[item]
        return whole(item, f"a reference to {name}", self._count[name])

    def _moment(self, item: object, end: int) -> int:
        return self._numbers[whole(item, "moment", end)]

    def _maybe_id(self, name: str, item: object) -> int | None:
        return None if item is None else self._id(name, item)

    def _span(self, item: object) -> Span | None:
        line, column, end_line, end_column = (whole(part, "spans", 10**9, 1) for part in listing(item, "spans", 4))
        if end_line > len(self._lines) or (end_line, end_column) < (line, column):
            self._lost_spans += 1
            return None
        if column > len(self._lines[line - 1]) + 1 or end_column > len(self._lines[end_line - 1]) + 1:
            self._lost_spans += 1
            return None
        return Span(line, column, end_line, end_column)

    def _span_of(self, item: object) -> Span | None:
        return None if item is None else self._spans[whole(item, "span", len(self._spans))]

    def _shape(self, item: object) -> tuple[int, ...]:
        shape = tuple(whole(part, "shape") for part in listing(item, "shape"))
        need(len(shape) <= MOST_DIMENSIONS, f"a tensor has {len(shape)} dimensions")
        return self._shapes.setdefault(shape, shape)

    def _place(self, kind: object, shape: object, offset: object) -> None:
        """Where an array lies, and how."""
        if type(kind) is not str or kind not in _TYPES:
            raise Malformed(f"an array is of the unknown type {str(kind)[:20]}")
        dtype = _TYPES[kind]
        lengths = self._shape(shape)
        size = math.prod(lengths)
        start = whole(offset, "offset", len(self._block) + 1)
        inside = start % ALIGNMENT == 0 and size * dtype.itemsize <= len(self._block) - start
        need(inside, "an array lies outside the file's data")
        if not size:
            start = 0
            need(max(lengths, default=0) < LARGEST_INTEGER // 16, "an empty tensor has an impossible shape")
            np.zeros(lengths, dtype)  # raises what numpy would raise whenever it is asked for
        self._kinds.append(dtype)
        self._lengths.append(lengths)
        self._offsets.append(start)

    def _array(self, number: int) -> NDArray[np.generic]:
        """Read-only."""
        return np.ndarray(self._lengths[number], self._kinds[number], self._block, self._offsets[number])

    def _history(self, *parts: object) -> History:
        base, starts, ends, elements = (self._array(whole(part, "histories", len(self._kinds))) for part in parts)
        need(base.ndim == starts.ndim == ends.ndim == elements.ndim == 1, "a history is not of one dimension")
        need(starts.dtype == ends.dtype == np.dtype("<i8") and base.dtype == elements.dtype, "a history is of the wrong types")
        need(len(starts) == len(ends) and (int(ends[-1]) if len(ends) else 0) == len(elements), "a history is not whole")
        lengths = np.diff(ends.astype(np.int64), prepend=0)
        places = starts.astype(np.int64)
        inside = (lengths > 0) & (lengths <= len(base)) & (places >= 0) & (places <= len(base) - lengths)
        need(bool(inside.all()), "a history writes outside of its tensor")
        return History(base, starts, ends, elements)

    def _written(self, name: str, shape: tuple[int, ...], place: object) -> Written:
        number, runs, offset, strides = listing(place, "written", 4)
        history = self._histories[whole(number, "written", len(self._histories))]
        kind = np.dtype(STORED.get(name, "<f4"))
        steps = tuple(whole(part, "written") for part in listing(strides, "written", len(shape)))
        begin = whole(offset, "written")
        last = begin + kind.itemsize + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
        need(all(n > 0 for n in shape) and last <= history.base.nbytes, "a tensor lies outside of what was written")
        return Written(shape, name, history, whole(runs, "written", history.runs + 1), kind, begin, steps)

    def _tensor(self, dtype: object, shape: object, array: object, summary: object, written: object = None) -> TensorData:
        name = text(dtype, "dtype")
        need(name.isidentifier() and len(name) < 40, f"{name[:40]!r} is no dtype")
        lengths = self._shape(shape)
        if written is not None:
            return self._written(name, lengths, written)
        if array is None:
            return TensorData(lengths, name, None, self._summary(summary))
        number = whole(array, "array", len(self._kinds))
        need(self._lengths[number] == lengths, "an array has another shape than its tensor")
        kind = self._kinds[number]
        need(kind is kind_of_dtype(name) or kind == kind_of_dtype(name), f"a tensor of {name} is stored as {kind.str}")
        return Filed(lengths, name, self._block, self._offsets[number])

    def _summary(self, item: object) -> Summary:
        parts = listing(item, "summary", 9)
        least, most, mean, std, norm = (None if part is None else number(part, "summary") for part in parts[:5])
        for said in (least, most, mean, std, norm):
            need(said is None or not math.isnan(said), "a summary over numbers is none")
        need((least is None) == (most is None) and (least is None or least <= (most or 0.0)), "a summary ends before it begins")
        counts = tuple(whole(part, "summary") for part in listing(parts[7], "summary"))
        need(len(counts) <= MOST_BINS, "a summary has too many bins")
        corner = maybe(parts[8], "summary", len(self._kinds))
        return Summary(
            least,
            most,
            mean,
            std,
            norm,
            whole(parts[5], "summary"),
            whole(parts[6], "summary"),
            counts,
            None if corner is None else self._array(corner),
        )

    def _data(self, item: object) -> TensorData:
        return self._tensors[whole(item, "a reference to tensors", len(self._tensors))]

    def _maybe_data(self, item: object) -> TensorData | None:
        return None if item is None else self._data(item)

    def _datas(self, item: object) -> tuple[TensorData | None, ...]:
        return tuple(self._maybe_data(part) for part in listing(item, "gradients"))

    def _locals(self, item: object) -> tuple[TensorData | None, ...]:
        """Local derivatives; one of which only a summary was kept says nothing."""
        return tuple(None if part is None or (part.size == 1 and part.array is None) else part for part in self._datas(item))

    # The tables --------------------------------------------------------------------------------------------------

    def _values(self) -> tuple[Value, ...]:
        return tuple(
            Value(
                at,
                self._id("variables", variable),
                whole(version, "version"),
                maybe_name(name, "name"),
                self._data(data),
                truth(requires_grad, "requires_grad"),
                truth(leaf, "leaf"),
                self._maybe_id("nodes", node),
                whole(output, "output", 2**31),
                self._maybe_id("operations", operation),
            )
            for at, (variable, version, name, data, requires_grad, leaf, node, output, operation) in enumerate(
                zip(*table(self._document, "values", VALUES), strict=True)
            )
        )

    def _variables(self, values: tuple[Value, ...]) -> tuple[Variable, ...]:
        found = []
        end = self._count["moments"] + 2
        for at, (name, listed, gradients, gradient_of) in enumerate(
            zip(*table(self._document, "variables", VARIABLES), strict=True)
        ):
            own = tuple(
                (self._moment(moment, end), self._id("values", value))
                for moment, value in (listing(pair, "variables.values", 2) for pair in listing(listed, "variables.values"))
            )
            kept = tuple(
                (self._moment(moment, end), self._maybe_data(data))
                for moment, data in (listing(pair, "gradients", 2) for pair in listing(gradients, "variables.gradients"))
            )
            need(bool(own), "a variable has no value")
            need(all(values[number].variable == at for _, number in own), "a value belongs to two variables")
            need(_rising(own) and _rising(kept), "the changes of a variable are not in order")
            found.append(Variable(at, maybe_name(name, "name"), own, kept, self._maybe_id("variables", gradient_of)))
        listed_values = {number for item in found for _, number in item.values}
        need(len(listed_values) == len(values), "a value belongs to no variable")
        return tuple(found)

    def _operations(self) -> tuple[Operation, ...]:
        return tuple(
            Operation(
                at,
                a_name(name, "operations.name"),
                tuple(self._argument(part) for part in listing(inputs, "inputs")),
                tuple(self._id("values", part) for part in listing(outputs, "outputs")),
                tuple(self._id("nodes", part) for part in listing(nodes, "nodes")),
                self._span_of(span),
                truth(creation, "creation"),
                truth(inplace, "inplace"),
                truth(enabled, "grad_enabled"),
                self._maybe_id("calls", call),
                truth(direct, "direct"),
            )
            for at, (name, inputs, outputs, nodes, span, creation, inplace, enabled, call, direct) in enumerate(
                zip(*table(self._document, "operations", OPERATIONS), strict=True)
            )
        )

    def _argument(self, item: object) -> Argument:
        value, content, keyword = listing(item, "inputs", 3)
        made = Argument(self._maybe_id("values", value), constant(content, "inputs"), maybe_name(keyword, "inputs"))
        return made if value is not None else self._once(made, content, keyword)

    def _once(self, made: _Constant, content: object, name: object) -> _Constant:
        """The same object for each constant that is the same; not for fractions, where 0 equals −0."""
        if type(content) is not int and type(content) is not bool and content is not None:
            return made
        return self._constants.setdefault((type(made), type(content), content, name), made)  # type: ignore[no-any-return]

    def _nodes(self) -> tuple[Node, ...]:
        found = []
        for at, (name, edges, operation, variable, saved, made_in, made_by) in enumerate(
            zip(*table(self._document, "nodes", NODES), strict=True)
        ):
            found.append(
                Node(
                    at,
                    a_name(name, "nodes.name"),
                    tuple(self._edge(edge) for edge in listing(edges, "edges")),
                    self._maybe_id("operations", operation),
                    self._maybe_id("variables", variable),
                    tuple(self._saved(part) for part in listing(saved, "saved")),
                    self._maybe_id("passes", made_in),
                    self._maybe_id("nodes", made_by),
                )
            )
        check_acyclic(found)
        return tuple(found)

    def _edge(self, item: object) -> Edge:
        slot, to, output = listing(item, "edges", 3)
        return Edge(whole(slot, "edges", 2**31), self._id("nodes", to), whole(output, "edges", 2**31))

    def _saved(self, item: object) -> Saved:
        name, value, data, content = listing(item, "saved", 4)
        number, tensor = self._maybe_id("values", value), self._maybe_data(data)
        made = Saved(a_name(name, "saved"), number, tensor, constant(content, "saved"))
        return made if number is not None or tensor is not None else self._once(made, content, name)

    def _passes(self) -> tuple[Pass, ...]:
        found = []
        for at, (roots, seeds, span, retain, create, accumulates, captured) in enumerate(
            zip(*table(self._document, "passes", PASSES), strict=True)
        ):
            starts = tuple(self._id("values", part) for part in listing(roots, "roots"))
            kept = tuple(
                (self._id("values", value), self._maybe_data(data))
                for value, data in (listing(pair, "captured", 2) for pair in listing(captured, "captured"))
            )
            given = self._datas(seeds)
            need(len(given) == len(starts), "a pass has more seeds than roots, or fewer")
            found.append(
                Pass(
                    at,
                    starts,
                    given,
                    self._span_of(span),
                    truth(retain, "retain_graph"),
                    truth(create, "create_graph"),
                    truth(accumulates, "accumulates"),
                    kept,
                )
            )
        return tuple(found)

    def _runs(self, nodes: tuple[Node, ...]) -> tuple[NodeRun, ...]:
        return tuple(
            NodeRun(
                at,
                self._id("passes", pass_id),
                self._id("nodes", node),
                self._datas(incoming),
                self._datas(outgoing),
                self._locals(local),
                self._maybe_data(before),
                self._maybe_data(after),
                truth(completed, "completed"),
            )
            for at, (pass_id, node, incoming, outgoing, local, before, after, completed) in enumerate(
                zip(*table(self._document, "runs", RUNS), strict=True)
            )
        )

    def _moments(self) -> tuple[Moment, ...]:
        found = []
        for kind, phase, subject, span, words in zip(*table(self._document, "moments", MOMENTS), strict=True):
            need(type(kind) is str and kind in SUBJECTS, f"there is no moment of the kind {str(kind)[:20]!r}")
            need(type(phase) is str and phase in PHASES, f"there is no phase {str(phase)[:20]!r}")
            least = -1 if kind in OPTIONAL_SUBJECT else 0
            target = SUBJECTS[kind]
            number = whole(subject, "subject", self._count[target] if target else 0, least)
            number = number if number < 0 else self._numbers[number]
            found.append(Moment(sys.intern(kind), sys.intern(phase), number, self._span_of(span), text(words, "moments.text")))
        return tuple(found)

    def _elsewhere(self) -> dict[int, Place]:
        if "elsewhere" not in self._document:
            return {}
        rows = zip(*table(self._document, "elsewhere", ELSEWHERE), strict=True)
        found = {}
        for item, file, line, words, direct in rows:
            place = text(file, "elsewhere"), whole(line, "elsewhere.line", start=1), text(words, "elsewhere")
            found[self._id("operations", item)] = Place(*place, truth(direct, "elsewhere"))
        return found

    def _reads(self, moments: int) -> tuple[Read, ...]:
        if "reads" not in self._document:
            return ()
        rows = zip(*table(self._document, "reads", READS), strict=True)
        found = []
        for value, how, at, span in rows:
            when = whole(at, "reads.moments", moments + 1)
            found.append(Read(self._id("values", value), a_name(how, "reads.how"), when, self._span_of(span)))
        return tuple(found)

    def _calls(self) -> tuple[Call, ...]:
        found = []
        for at, (name, kind, parent, optimizer) in enumerate(zip(*table(self._document, "calls", CALLS), strict=True)):
            outer = maybe(parent, "calls.parent", at)
            found.append(Call(at, a_name(name, "calls"), a_name(kind, "calls"), outer, truth(optimizer, "calls")))
        return tuple(found)


def extent(document: dict[str, Any]) -> int:
    """Bytes up to the end of the last array. Raises Malformed."""
    end = 0
    for kind, shape, offset in zip(*table(document, "arrays", "type shape offset"), strict=True):
        if type(kind) is str and kind in _TYPES:
            size = math.prod(whole(part, "shape") for part in listing(shape, "shape", None)[:MOST_DIMENSIONS])
            end = max(end, whole(offset, "offset") + size * np.dtype(kind).itemsize)
    return end


def _rising(changes: tuple[tuple[int, object], ...]) -> bool:
    return all(first[0] <= second[0] for first, second in pairwise(changes))
