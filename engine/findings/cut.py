"""Why nothing that a pass was to start from requires a gradient: where the way back was cut, or that it never began."""

from __future__ import annotations

import ast

from engine.errors import Fix
from engine.findings.ancestry import before, leads_to_gradient
from engine.findings.reads import HOW, cut_by_read, rebuilt
from engine.findings.words import Advice, line_of, name_of, subject_of, where, without_call
from engine.operations.registry import plain_name
from engine.recording import Recording
from engine.tables import Operation, Span, Value
from engine.text.fixing import add_keyword, expression_at, itself

_NONE = "nothing here requires a gradient"
_WHOLE = frozenset(("long", "int", "short", "byte", "char", "to", "type", "type_as", "bool"))
_OFF = ("no_grad", "inference_mode", "set_grad_enabled")
_FLOATS = ("float", "bfloat", "complex")


def nothing(recording: Recording, root: Value, said: str = _NONE) -> Advice:
    """What cut ``root`` off from whatever requires a gradient; ``said`` is what that led to."""
    sources: list[Value] = []
    for value, operation in before(recording, root):
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
            return _cut(recording, operation, value, tracked, said)
    for value in sources:
        operation = None if value.operation is None else recording.operations[value.operation]
        found = None if operation is None else rebuilt(recording, operation)
        found = found or _gradient(recording, value, said) or _switched_off(recording, value, said)
        if found is not None:
            return found
    return _no_leaf(recording, root, sources)


def _cut(recording: Recording, operation: Operation, value: Value, tracked: Value, said: str) -> Advice:
    """Which operation made ``value`` of ``tracked``, which requires a gradient, without leading back to it."""
    name, span = plain_name(operation.name), operation.span
    at, of = where(recording, operation), name_of(recording, tracked)
    if name in ("detach", "data"):
        out = {"data": ".data"}.get(name, ".detach_()" if operation.inplace or operation.name.endswith("_") else ".detach()")
        return Advice(f"{said}: {at} cut it off from {of}", f"Leave {out} out there.", without_call(recording, span, name), span)
    if name == "requires_grad":
        return Advice(f"{said}: {at} says that {of} requires none", "Leave it out.", cause=span)
    if name == "grad":
        fix = None if span is None else add_keyword(recording.text, span, "create_graph=True")
        message = f"{said}: {at} computed this gradient without create_graph=True, so it has no graph of its own"
        return Advice(message, "Write create_graph=True there.", fix, span)
    if name in ("tensor", "as_tensor", "asarray"):
        fix = None if span is None else itself(recording.text, span)
        message = f"{said}: {at} makes a new tensor out of the numbers of {of}, which breaks the way back"
        return Advice(message, "Use the tensor itself there.", fix, span)
    if name.endswith("_like") or name.startswith("new_"):
        message = f"{said}: {at} takes only the shape of {of}, not its numbers"
        return Advice(message, f"Compute with {of} itself, or write requires_grad=True there.", cause=span)
    if not operation.grad_enabled:
        how, out = _grad_off(recording.text, span)
        return Advice(f"{said}: {at} ran {how}, which records nothing of {of}", out, cause=span)
    whole = value.dtype.startswith(("int", "uint", "bool"))
    if whole and len(operation.outputs) > 1:
        return Advice(
            f"{said}: the whole numbers that {at} gives have no derivative, so the way back to {of} ends there",
            "Use the values that it gives beside them.",
            cause=span,
        )
    if name in ("argmax", "argmin"):
        message = f"{said}: {at} has no derivative, so the way back to {of} ends there"
        return Advice(message, "Compare the scores themselves, for example with cross_entropy.", cause=span)
    if whole or name in _WHOLE:
        kind = "true or false" if value.dtype == "bool" else "whole numbers"
        message = f"{said}: {at} turns {of} into {kind}, which have no derivative"
        return Advice(message, "Compute the loss with numbers that change smoothly.", cause=span)
    message = f"{said}: {at} has no derivative, so the way back to {of} ends there"
    return Advice(message, "Compute the loss with an operation that has a derivative.", cause=span)


def _grad_off(text: str, span: Span | None) -> tuple[str, str]:
    """How the text turns gradients off where ``span`` stands, and what to do; the recording knows that they were off."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    inner = (
        "while gradients were off",
        "Run it with gradients on: outside of no_grad(), inference_mode() and set_grad_enabled(False).",
    )
    for node in ast.walk(tree):  # outer blocks come before inner ones
        line, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
        within = span is not None and line <= span.line <= end
        if isinstance(node, ast.With) and within:
            found = next((name for item in node.items if (name := _turned_off(item.context_expr))), "")
            if found:
                inner = f"inside {found}()", f"Move it out of the {found}() block."
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and within:
            found = next((name for item in node.decorator_list if (name := _turned_off(item))), "")
            if found:
                inner = f"in {node.name}(), which is marked with {found}()", f"Take the mark off {node.name}()."
        elif isinstance(node, ast.Expr) and _turned_off(node.value) == _OFF[2] and span is not None and line < span.line:
            inner = f"after set_grad_enabled(False) (line {line})", "Leave that out, or turn gradients on again before."
    return inner


def _turned_off(node: ast.expr) -> str:
    """``no_grad`` of ``torch.no_grad()`` and ``@torch.no_grad``, and so on; else nothing."""
    function = node.func if isinstance(node, ast.Call) else node
    name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    return name if name in _OFF else ""


def _gradient(recording: Recording, value: Value, said: str) -> Advice | None:
    """A ``.grad``, which a pass without ``create_graph`` wrote."""
    name = value.name or recording.variables[value.variable].name or ""
    if value.operation is not None or not name.endswith(".grad"):
        return None
    wrote = next((item for item in reversed(recording.passes) if item.accumulates and not item.create_graph), None)
    if wrote is None:
        return None
    fix = None if wrote.span is None else add_keyword(recording.text, wrote.span, "create_graph=True")
    at = f"a backward(){line_of(wrote.span)}"
    message = f"{said}: {name} was written by {at} without create_graph=True, so it has no graph of its own"
    return Advice(message, "Write create_graph=True there, to differentiate a gradient once more.", fix, wrote.span)


def _switched_off(recording: Recording, value: Value, said: str) -> Advice | None:
    """A leaf that required a gradient once, and was told not to."""
    earlier = [recording.values[number] for _, number in recording.variables[value.variable].values if number < value.id]
    if not value.leaf or not any(item.leaf and item.requires_grad for item in earlier):
        return None
    name = name_of(recording, value)
    return Advice(f"{said}: requires_grad of {name} was set to False", f"Leave that out, or set it to True for {name} again.")


def _no_leaf(recording: Recording, root: Value, sources: list[Value]) -> Advice:
    """No way back was cut: there was none from the start."""
    cut = cut_by_read(recording)
    if cut is not None:
        return cut
    told, fix = "", None
    floats = [value for value in sources if value.dtype.startswith(_FLOATS)]
    if len(floats) == 1:
        told, fix = _input(recording, floats[0])
        told = f": the only input is {told}"
    message = f"no tensor that {name_of(recording, root)} depends on has requires_grad{told}"
    if sources == [root]:
        message = f"{subject_of(recording, root)}{told.rpartition(name_of(recording, root))[2]} is a leaf without requires_grad"
    read = next((item for item in reversed(recording.reads) if leads_to_gradient(recording, item.value)), None)
    if read is not None and not all(_written_out(recording, value) for value in sources):
        of, how = name_of(recording, recording.values[read.value]), HOW.get(read.how, f".{read.how}()")
        return Advice(
            message, f"If its numbers are those of {of}, read by {how}{line_of(read.span)}, use the tensor itself there."
        )
    hint = "Write requires_grad=True where it is made." if fix is not None else "Give one of its inputs requires_grad=True."
    return Advice(message, hint, fix)


def _input(recording: Recording, value: Value) -> tuple[str, Fix | None]:
    operation = None if value.operation is None else recording.operations[value.operation]
    span = None if operation is None else operation.span
    fix = None
    if operation is not None and span is not None and operation.creation:
        fix = add_keyword(recording.text, span, "requires_grad=True")
    return f"{name_of(recording, value)}{line_of(span)}", fix


def _written_out(recording: Recording, value: Value) -> bool:
    """Whether the text makes this tensor of numbers that stand there, so that no other's numbers can be in it."""
    operation = None if value.operation is None else recording.operations[value.operation]
    node = None if operation is None or operation.span is None else expression_at(recording.text, operation.span)
    if operation is None or not operation.creation or not isinstance(node, ast.Call):
        return False
    given = (part for item in (*node.args, *(word.value for word in node.keywords)) for part in ast.walk(item))
    return not any(isinstance(part, ast.Name) and part.id != "torch" for part in given)
