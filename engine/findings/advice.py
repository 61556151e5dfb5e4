"""Why a pass was refused or failed, told from what was recorded: where the way back was cut, which line wrote over what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.errors import Fix
from engine.operations.registry import canonical, plain_name
from engine.recording import Recording
from engine.tables import OF_OPERATIONS, NodeRun, Operation, Read, Span, TensorData, Value
from engine.text.fixing import add_keyword, expression_at, itself, rewrite_in_place, statement_at, under_no_grad, without_reads

_IN_PLACE = re.compile(r"modified by an inplace operation")
_LEAF = re.compile(r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place")
_FREED = re.compile(r"Trying to backward through the graph a second time")
_NO_TENSOR = re.compile(
    r"'(?P<kind>float|int|complex|list|numpy\.\w+)' object has no attribute '(?P<attribute>\w+)'"
    r"|(?P<function>\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not (?:float|int|complex|list)"
)
_WHOLE = frozenset(("long", "int", "short", "byte", "char", "to", "type", "type_as", "bool"))
_DEPTH = 200_000
_NEAR = 50
"""How many values back a search goes for one that requires a gradient."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened in one sentence, what to do in another, and the change of the text that does it, if one line does.

    ``cause`` is the place in the text that is blamed, where that is known.
    """

    message: str
    hint: str
    fix: Fix | None = None
    cause: Span | None = None


def advise(recording: Recording, said: str) -> Advice | None:
    """What the recording knows about why a pass failed that torch refused with ``said``; None where it knows nothing."""
    if not recording.moments or recording.moments[-1].kind != "error":
        return None
    root = recording.moments[-1].subject
    if root >= 0 and not recording.values[root].requires_grad:
        return _nothing(recording, recording.values[root])
    if _LEAF.search(said):
        return _leaf(recording)
    plain = _NO_TENSOR.search(said)
    if plain is not None:
        return _taken_out(recording, plain["kind"] or "", plain["attribute"] or "", plain["function"] or "")
    failed = next((run for run in reversed(recording.runs) if not run.completed), None)
    if failed is None:
        return None
    if _IN_PLACE.search(said):
        return _written(recording, failed, said)
    return _freed(recording, failed) if _FREED.search(said) else None


# A plain number where a tensor is needed ------------------------------------------------------------------------------


def _taken_out(recording: Recording, kind: str, attribute: str, function: str) -> Advice | None:
    """Where something that is not a tensor was taken out of one, by the recorded reads; None if it was not."""
    span = recording.moments[-1].span
    node = None if span is None else expression_at(recording.text, span)
    if isinstance(node, ast.Call) and attribute:
        node = node.func
    if node is None or span is None:
        return None
    parts: list[ast.expr] = [node.value] if isinstance(node, ast.Attribute) else node.args if isinstance(node, ast.Call) else []
    for part in parts:
        read = _read_in(recording, part, span.line, len(recording.moments), tracked=attribute == "backward")
        if read is None:
            continue
        how, of = _HOW.get(read.how, f".{read.how}()"), _name(recording, recording.values[read.value])
        took = (
            f"{how}{_line(read.span)} took {'the number' if read.how in ('item', 'float', 'int') else 'the numbers'} out of {of}"
        )
        if function:
            message = f"{function}() needs a tensor: {took}"
        else:
            source = ast.unparse(part)
            article = "an" if kind == "int" else "a"
            said = f"`{source}`" if len(source) <= 20 and "`" not in source else "this"
            message = f"{said} is {article} {kind}, which has no .{attribute}: {took}"
        return Advice(message, f"Leave {how} out there.", _without_read(recording, read), read.span)
    return None


def _read_in(recording: Recording, node: ast.AST, line: int, moments: int, *, tracked: bool = True) -> Read | None:
    """The last recorded read by which ``node``, in ``line``, got its numbers; ``tracked``: of what leads to a gradient."""
    places = _read_places(recording.text, node, line, 0)
    for item in reversed(recording.reads):
        there = item.moments <= moments and item.span is not None and (item.span.line, item.how) in places
        if there and (not tracked or _leads_to_gradient(recording, item.value)):
            return item
    return None


def _without_read(recording: Recording, read: Read) -> Fix | None:
    """The change that leaves ``.item()`` out where it was called, wherever else it was called in that line, too."""
    if read.span is None or read.how not in ("item", "tolist"):
        return None
    alike = [
        item for item in recording.reads if item.span is not None and (item.span.line, item.how) == (read.span.line, read.how)
    ]
    return without_reads(
        recording.text,
        [item.span for item in alike if item.span is not None and _leads_to_gradient(recording, item.value)] or [read.span],
    )


# Nothing requires a gradient -----------------------------------------------------------------------------------------


def _nothing(recording: Recording, root: Value) -> Advice:
    sources: list[Value] = []
    for value, operation in _before(recording, root):
        if operation is None or operation.creation or not any(item.value is not None for item in operation.inputs):
            sources.append(value)
            continue
        tracked = next(
            (
                recording.values[item.value]
                for item in operation.inputs
                if item.value is not None and recording.values[item.value].requires_grad
            ),
            None,
        )
        if tracked is not None:
            return _cut(recording, operation, tracked)
    for value in sources:
        operation = None if value.operation is None else recording.operations[value.operation]
        rebuilt = None if operation is None else _rebuilt(recording, operation)
        if rebuilt is not None:
            return rebuilt
    return _no_leaf(recording, root, sources)


def _before(recording: Recording, root: Value) -> Iterator[tuple[Value, Operation | None]]:
    """What a value was computed from, the nearest first, each with the operation that made it."""
    waiting, seen = [root.id], {root.id}
    for number in waiting:
        if len(seen) > _DEPTH:
            return
        value = recording.values[number]
        operation = None if value.operation is None else recording.operations[value.operation]
        yield value, operation
        for item in operation.inputs if operation is not None else ():
            if item.value is not None and item.value not in seen:
                seen.add(item.value)
                waiting.append(item.value)


def _cut(recording: Recording, operation: Operation, tracked: Value) -> Advice:
    name = plain_name(operation.name)
    where, of = _where(recording, operation), _name(recording, tracked)
    if name in ("detach", "data"):
        fix = _without_call(recording, operation.span, name)
        return Advice(
            f"nothing here requires a gradient: {where} cut it off from {of}",
            f"Leave {'.detach()' if name == 'detach' else '.data'} out there.",
            fix,
            operation.span,
        )
    if name in ("tensor", "as_tensor", "asarray"):
        fix = None if operation.span is None else itself(recording.text, operation.span)
        return Advice(
            f"nothing here requires a gradient: {where} makes a new tensor out of the numbers of {of}, which breaks the way back",
            "Use the tensor itself there.",
            fix,
            operation.span,
        )
    if not operation.grad_enabled:
        return Advice(
            f"nothing here requires a gradient: {where} ran inside no_grad(), which records nothing of {of}",
            "Move it out of the no_grad() block.",
            cause=operation.span,
        )
    output = recording.values[operation.outputs[0]] if operation.outputs else None
    if name in _WHOLE or (output is not None and output.dtype.startswith(("int", "uint", "bool")) and name != "argmax"):
        kind = "true or false" if output is not None and output.dtype == "bool" else "whole numbers"
        return Advice(
            f"nothing here requires a gradient: {where} turns {of} into {kind}, which have no derivative",
            "Compute the loss with numbers that change smoothly.",
            cause=operation.span,
        )
    hint = (
        "Compare the scores themselves, for example with cross_entropy."
        if name in ("argmax", "argmin")
        else ("Compute the loss with an operation that has a derivative.")
    )
    message = f"nothing here requires a gradient: {where} has no derivative, so the way back to {of} ends there"
    return Advice(message, hint, cause=operation.span)


def _rebuilt(recording: Recording, operation: Operation) -> Advice | None:
    """A tensor that was made anew out of the numbers of one that requires a gradient: by ``.item()``, numpy or ``float``."""
    found = _read_for(recording, operation)
    if found is None:
        return None
    where, of = _where(recording, operation), _name(recording, recording.values[found.value])
    how = _HOW.get(found.how, f".{found.how}()")
    read = f" by {how}{_line(found.span)}" if found.span != operation.span and _elsewhere(found, operation) else f" by {how}"
    return Advice(
        f"nothing here requires a gradient: {where} makes a new tensor out of the numbers of {of}, read{read}, "
        "which breaks the way back",
        "Compute it with torch instead of numpy." if found.how == "numpy" else "Use the tensor itself there.",
        None if operation.span is None or _elsewhere(found, operation) else itself(recording.text, operation.span),
        operation.span,
    )


_HOW = {"numpy": "numpy", "float": "float()", "int": "int()"}


def _elsewhere(read: Read, operation: Operation) -> bool:
    return read.span is None or operation.span is None or read.span.line != operation.span.line


def _read_for(recording: Recording, operation: Operation) -> Read | None:
    """The recorded read that a new tensor's numbers come from: the same numbers, or one that its expression is computed from."""
    kinds, count = ("operation", "update"), len(recording.moments)
    own = (at for at, item in enumerate(recording.moments) if item.kind in kinds and item.subject == operation.id)
    ran = next(own, count)
    reads = [item for item in recording.reads if item.moments <= ran and _leads_to_gradient(recording, item.value)]
    made = recording.values[operation.outputs[0]].data if operation.outputs else None
    if not reads:
        return None
    for item in reversed(reads):
        if made is not None and _same_numbers(recording.values[item.value].data, made):
            return item
    node = None if operation.span is None else expression_at(recording.text, operation.span)
    return None if node is None or operation.span is None else _read_in(recording, node, operation.span.line, ran)


def _leads_to_gradient(recording: Recording, number: int) -> bool:
    """Whether a value, or one that it was computed from, requires a gradient."""
    for steps, (value, _) in enumerate(_before(recording, recording.values[number])):
        if value.requires_grad:
            return True
        if steps > _NEAR:
            return False
    return False


def _same_numbers(read: TensorData, made: TensorData) -> bool:
    """Whether what was made holds just the numbers that were read; such that anyone may write, as 0, 1 and 2, say nothing."""
    one, other = read.numbers(), made.numbers()
    if one is None or other is None or not one.size or not other.size or {one.dtype.kind, other.dtype.kind} - {"f", "c"}:
        return False
    one, other = np.asarray(one).ravel(), np.asarray(other).ravel()
    if not np.isfinite(one).all() or (np.abs(one) * 4 % 1 == 0).all():
        return False
    if one.size == other.size:
        return bool(np.allclose(one, other, rtol=2e-7, atol=0))
    return one.size == 1 and bool(np.isclose(other, one[0], rtol=2e-7, atol=0).any())


def _read_places(text: str, node: ast.AST, line: int, depth: int) -> set[tuple[int, str]]:
    """Lines in which an expression reads a tensor's numbers, and how, also through names and functions of the text."""
    found: set[tuple[int, str]] = set()
    for part in ast.walk(node):
        if not isinstance(part, ast.Call):
            continue
        if isinstance(part.func, ast.Attribute) and part.func.attr in ("item", "tolist", "numpy"):
            found.add((part.lineno, part.func.attr))
        elif isinstance(part.func, ast.Name) and part.func.id in ("float", "int", "round"):
            found.add((part.lineno, "int" if part.func.id == "int" else "float"))
        elif isinstance(part.func, ast.Attribute) and part.func.attr in ("asarray", "array"):
            found.add((part.lineno, "numpy"))
    if depth >= 4:
        return found
    for name in sorted({part.id for part in ast.walk(node) if isinstance(part, ast.Name)}):
        for value in _assigned(text, name, line):
            found |= _read_places(text, value, getattr(value, "lineno", line), depth + 1)
    return found


def _assigned(text: str, name: str, line: int) -> list[ast.AST]:
    """What the text last gives ``name`` before ``line``: an expression, what is added to it, or the function of that name."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    given: list[tuple[int, ast.AST]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return [node]
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.For | ast.Expr) or node.lineno >= line:
            continue
        if isinstance(node, ast.Expr):
            call = node.value
            method = call.func if isinstance(call, ast.Call) else None
            adds = isinstance(method, ast.Attribute) and method.attr in ("append", "extend")
            if adds and isinstance(method, ast.Attribute) and isinstance(method.value, ast.Name) and method.value.id == name:
                given.append((node.lineno, call))
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        if name in names:
            given.append((node.lineno, node.iter if isinstance(node, ast.For) else node.value))
    return [value for _, value in sorted(given, key=lambda item: item[0])[-3:]]


def _no_leaf(recording: Recording, root: Value, sources: list[Value]) -> Advice:
    named = _name(recording, root)
    floats = [value for value in sources if value.dtype.startswith(("float", "bfloat", "complex"))]
    told, fix = "", None
    for value in floats[:1] if len(floats) == 1 else []:
        operation = None if value.operation is None else recording.operations[value.operation]
        line = "" if operation is None or operation.span is None else f" (line {operation.span.line})"
        told = f": the only input is {_name(recording, value)}{line}"
        if operation is not None and operation.span is not None and operation.creation:
            fix = add_keyword(recording.text, operation.span, "requires_grad=True")
    cut = _cut_by_read(recording)
    if cut is not None:
        return cut
    read = next((item for item in reversed(recording.reads) if _leads_to_gradient(recording, item.value)), None)
    if read is not None and any(item.requires_grad for item in recording.values):
        of, how = _name(recording, recording.values[read.value]), _HOW.get(read.how, f".{read.how}()")
        return Advice(
            f"no tensor that {named} depends on has requires_grad{told}",
            f"If its numbers are those of {of}, read by {how}{_line(read.span)}, use the tensor itself there.",
        )
    return Advice(
        f"no tensor that {named} depends on has requires_grad{told}",
        "Write requires_grad=True where it is made." if fix is not None else "Give one of its inputs requires_grad=True.",
        fix,
    )


def _cut_by_read(recording: Recording) -> Advice | None:
    """A number that was taken out of a tensor and computed with: the text says that what failed is made of it."""
    moment = recording.moments[-1]
    node = None if moment.span is None else expression_at(recording.text, moment.span)
    read = None if node is None or moment.span is None else _read_in(recording, node, moment.span.line, len(recording.moments))
    if read is None:
        return None
    how, of = _HOW.get(read.how, f".{read.how}()"), _name(recording, recording.values[read.value])
    return Advice(
        f"nothing here requires a gradient: {how}{_line(read.span)} took the numbers out of {of}, which breaks the way back",
        f"Leave {how} out there.",
        _without_read(recording, read),
        read.span,
    )


# Changed in place, freed ---------------------------------------------------------------------------------------------


def _written(recording: Recording, run: NodeRun, said: str) -> Advice | None:
    """Which operation wrote to what the Node that failed had saved."""
    node = recording.nodes[run.node]
    shape = re.search(r"Tensor (\[[\d, ]*\])\]", said)
    made = None if node.operation is None else recording.operations[node.operation]
    saver = f"`{node.name.rpartition('::')[2]}`{_line(made.span if made is not None else None)} had saved it"
    for value in _kept(recording, run):
        if shape is not None and sorted(value.shape) != sorted(map(int, re.findall(r"\d+", shape[1]))):
            continue
        later = [
            recording.values[number]
            for _, number in recording.variables[value.variable].values
            if number > value.id and recording.values[number].version > value.version
        ]
        if not later:
            continue
        writer = next((made for item in later if (made := _writer(recording, item)) is not None), None)
        if writer is None:
            return Advice(f"{_name(recording, value)} was changed in place after {saver}", "clone() it before it is changed.")
        step = writer.call is not None and recording.calls[writer.call].optimizer
        hint = (
            "Run every backward() before the step, or the forward again after it."
            if step
            else "Write the result to a new tensor there, or clone() it first."
        )
        fix = None if writer.span is None or step else rewrite_in_place(recording.text, writer.span)
        return Advice(
            f"{_where(recording, writer)} changed {_name(recording, value)} in place after {saver}", hint, fix, writer.span
        )
    return None


def _kept(recording: Recording, run: NodeRun) -> Iterator[Value]:
    """What a Node may have saved: the recorded values, then what its operation took, then what is behind a view of that."""
    node = recording.nodes[run.node]
    for saved in node.saved:
        if saved.value is not None:
            yield recording.values[saved.value]
    made = None if node.operation is None else recording.operations[node.operation]
    for item in made.inputs if made is not None else ():
        if item.value is not None:
            yield recording.values[item.value]
    for edge in node.edges:
        inner, steps = recording.nodes[edge.to], 0
        while inner.variable is None and len(inner.edges) == 1 and steps < 4:
            inner, steps = recording.nodes[inner.edges[0].to], steps + 1
        if inner.variable is not None and made is not None:
            first = made.outputs[0] if made.outputs else 0
            before = [number for _, number in recording.variables[inner.variable].values if number < first]
            if before:
                yield recording.values[before[-1]]


def _writer(recording: Recording, value: Value) -> Operation | None:
    if value.operation is not None and recording.operations[value.operation].inplace:
        return recording.operations[value.operation]
    cursor = next((at for at, number in recording.variables[value.variable].values if number == value.id), 0)
    moment = recording.moments[cursor - 1] if cursor > 0 else None
    if moment is None or moment.kind not in OF_OPERATIONS or moment.subject < 0:
        return None
    operation = recording.operations[moment.subject]
    return operation if operation.inplace else None


def _leaf(recording: Recording) -> Advice | None:
    """Which leaf an operation was to write to."""
    operation = recording.operations[-1] if recording.operations else None
    if operation is None or operation.outputs:
        return None
    tracked = next(
        (
            recording.values[item.value]
            for item in operation.inputs
            if item.value is not None and recording.values[item.value].requires_grad
        ),
        None,
    )
    steps = 0
    while tracked is not None and not tracked.leaf and tracked.operation is not None and steps < 20:
        inputs = [item.value for item in recording.operations[tracked.operation].inputs if item.value is not None]
        values = (recording.values[number] for number in inputs)
        tracked, steps = next((value for value in values if value.requires_grad), None), steps + 1
    if tracked is None or not tracked.leaf:
        return None
    made = None if tracked.operation is None else recording.operations[tracked.operation]
    leaf = f"{_name(recording, tracked)}{_line(made.span if made is not None else None)}"
    span = operation.span
    return Advice(
        f"{_where(recording, operation)} writes to the leaf {leaf} while gradients are recorded",
        "Put it under with torch.no_grad():, or write to a clone() of the leaf.",
        None if span is None else under_no_grad(recording.text, span),
    )


def _freed(recording: Recording, run: NodeRun) -> Advice | None:
    """Which pass let go of what the Node that failed had saved, and where that Node was made."""
    earlier = (item for item in recording.runs if item.node == run.node and item.pass_id < run.pass_id)
    before = next((item for item in earlier if item.completed), None)
    if before is None:
        return None
    first = recording.passes[before.pass_id]
    node = recording.nodes[run.node]
    made = None if node.operation is None else recording.operations[node.operation]
    through = f"`{node.name.rpartition('::')[2]}`{_line(made.span if made is not None else None)}"
    where = "an earlier backward()" if first.span is None else f"the backward() in line {first.span.line}"
    fix = None if first.span is None else add_keyword(recording.text, first.span, "retain_graph=True")
    same = first.span is not None and recording.moments[-1].span == first.span
    hint = (
        "In a loop, cut what is carried on with x = x.detach() at the start of each round."
        if same
        else "Write retain_graph=True in the first backward."
    )
    return Advice(f"{where} went through {through} and freed what it had saved", hint, None if same else fix, first.span)


# Words ---------------------------------------------------------------------------------------------------------------


def _line(span: Span | None) -> str:
    return "" if span is None else f" (line {span.line})"


def _where(recording: Recording, operation: Operation) -> str:
    """``argmax(dim=1)`` of the text with its line, else the operation's name; inside a module, that module too."""
    span = operation.span
    lines = recording.text.split("\n")
    call = None if operation.call is None else recording.calls[operation.call]
    if not operation.direct and call is not None and not call.optimizer and not call.function:
        return f"`{canonical(operation.name)}` in the module {call.name} ({call.type}){_line(span)}"
    code = ""
    if span is not None and span.line == span.end_line and 1 <= span.line <= len(lines):
        code = lines[span.line - 1][span.column - 1 : span.end_column - 1].strip()
        if operation.inplace or not operation.outputs:
            code = statement_at(recording.text, span) or code
    if not code or len(code) > 60 or "`" in code:
        code = canonical(operation.name)
    return f"`{code}`{_line(span)}"


def _name(recording: Recording, value: Value) -> str:
    name = value.name or recording.variables[value.variable].name
    if name:
        return name
    if value.operation is not None and recording.operations[value.operation].span is not None:
        return f"the result of {_where(recording, recording.operations[value.operation])}"
    return "a tensor"


def _without_call(recording: Recording, span: Span | None, name: str) -> Fix | None:
    node = None if span is None else expression_at(recording.text, span)
    if span is None or node is None:
        return None
    inner = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name and not node.args:
        inner = node.func.value
    elif isinstance(node, ast.Attribute) and node.attr == name:
        inner = node.value
    if inner is None:
        return None
    before, after = ast.get_source_segment(recording.text, node), ast.get_source_segment(recording.text, inner)
    if before is None or after is None:
        return None
    shown = after if len(after) <= 24 else "it without detach()"
    return Fix(f"Write {shown}", span.line, span.column, span.end_line, span.end_column, before, after)
