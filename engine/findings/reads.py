"""Numbers that were taken out of a tensor and lost the way back: what the recording knows of each ``.item()`` and its kin."""

from __future__ import annotations

import ast

import numpy as np

from engine.errors import Fix
from engine.findings.ancestry import leads_to_gradient
from engine.findings.words import Advice, line_of, name_of, where
from engine.recording import Recording
from engine.tables import Operation, Read, TensorData
from engine.text.fixing import expression_at, itself, without_reads

HOW = {"numpy": "numpy", "float": "float()", "int": "int()"}
"""How reads are written that are no method of a tensor."""


def taken_out(recording: Recording, kind: str, attribute: str, function: str) -> Advice | None:
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
        how, of = HOW.get(read.how, f".{read.how}()"), name_of(recording, recording.values[read.value])
        numbers = "the number" if read.how in ("item", "float", "int") else "the numbers"
        took = f"{how}{line_of(read.span)} took {numbers} out of {of}"
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
        if there and (not tracked or leads_to_gradient(recording, item.value)):
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
        [item.span for item in alike if item.span is not None and leads_to_gradient(recording, item.value)] or [read.span],
    )


def rebuilt(recording: Recording, operation: Operation) -> Advice | None:
    """A tensor that was made anew out of the numbers of one that requires a gradient: by ``.item()``, numpy or ``float``."""
    found = _read_for(recording, operation)
    if found is None:
        return None
    at, of = where(recording, operation), name_of(recording, recording.values[found.value])
    how = HOW.get(found.how, f".{found.how}()")
    read = f" by {how}{line_of(found.span)}" if found.span != operation.span and _elsewhere(found, operation) else f" by {how}"
    return Advice(
        f"nothing here requires a gradient: {at} makes a new tensor out of the numbers of {of}, read{read}, "
        "which breaks the way back",
        "Compute it with torch instead of numpy." if found.how == "numpy" else "Use the tensor itself there.",
        None if operation.span is None or _elsewhere(found, operation) else itself(recording.text, operation.span),
        operation.span,
    )


def _elsewhere(read: Read, operation: Operation) -> bool:
    return read.span is None or operation.span is None or read.span.line != operation.span.line


def _read_for(recording: Recording, operation: Operation) -> Read | None:
    """The recorded read that a new tensor's numbers come from: the same numbers, or one that its expression is computed from."""
    kinds, count = ("operation", "update"), len(recording.moments)
    own = (at for at, item in enumerate(recording.moments) if item.kind in kinds and item.subject == operation.id)
    ran = next(own, count)
    reads = [item for item in recording.reads if item.moments <= ran and leads_to_gradient(recording, item.value)]
    made = recording.values[operation.outputs[0]].data if operation.outputs else None
    if not reads:
        return None
    for item in reversed(reads):
        if made is not None and _same_numbers(recording.values[item.value].data, made):
            return item
    node = None if operation.span is None else expression_at(recording.text, operation.span)
    return None if node is None or operation.span is None else _read_in(recording, node, operation.span.line, ran)


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


def cut_by_read(recording: Recording) -> Advice | None:
    """A number that was taken out of a tensor and computed with: the text says that what failed is made of it."""
    moment = recording.moments[-1]
    node = None if moment.span is None else expression_at(recording.text, moment.span)
    read = None if node is None or moment.span is None else _read_in(recording, node, moment.span.line, len(recording.moments))
    if read is None:
        return None
    how, of = HOW.get(read.how, f".{read.how}()"), name_of(recording, recording.values[read.value])
    return Advice(
        f"nothing here requires a gradient: {how}{line_of(read.span)} took the numbers out of {of}, which breaks the way back",
        f"Leave {how} out there.",
        _without_read(recording, read),
        read.span,
    )
