"""What has no methods of a tensor: a number or list that the text writes, or the None that ``backward()`` gives back."""

from __future__ import annotations

import ast

from engine.findings.words import Advice, line_of
from engine.recording import Recording
from engine.tables import Span
from engine.text.fix import Fix
from engine.text.fixing import expression_at
from engine.text.places import Places

_MOST_STEPS = 50


def no_tensor(recording: Recording, kind: str, attribute: str) -> Advice | None:
    """Where something of this kind was made, whose ``attribute`` a tensor would have; None where the text does not tell."""
    span = recording.moments[-1].span
    node = None if span is None else expression_at(recording.text, span)
    if isinstance(node, ast.Call):
        node = node.func
    if span is None or not isinstance(node, ast.Attribute):
        return None
    found = _assigned(recording.text, span)
    if kind == "NoneType":
        return _nothing(recording.text, node.value, attribute, found)
    return _number(recording.text, node.value, kind, attribute, found)


def _assigned(text: str, span: Span) -> dict[str, ast.Assign]:
    """The last assignment to each name above ``span``, at the top level; none where that is in a function with its own names."""
    body = ast.parse(text).body
    around = next((item for item in body if item.lineno <= span.line <= (item.end_lineno or item.lineno)), None)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {}
    statements = [item for item in body if isinstance(item, ast.Assign) and item.lineno < span.line]
    return {item.targets[0].id: item for item in statements if len(item.targets) == 1 and isinstance(item.targets[0], ast.Name)}


def _nothing(text: str, value: ast.expr, attribute: str, found: dict[str, ast.Assign]) -> Advice | None:
    places = Places(text)
    if isinstance(value, ast.Attribute) and value.attr == "grad":
        message = f"{places.source(value)} is None, which has no .{attribute}: no backward() has filled it yet"
        return Advice(message, "Call backward() first.")
    if _is_backward(value):
        message = f"backward() gives nothing back, so there is no .{attribute} of it"
        return Advice(message, f"Leave out .{attribute} behind it.")
    made = found.get(value.id) if isinstance(value, ast.Name) else None
    if made is None or not isinstance(value, ast.Name) or not _is_backward(made.value):
        return None
    line, column, end_line, end_column = places.span(made.value)
    inner = places.source(made.value.func.value)  # type: ignore[attr-defined]
    fix = Fix(f"Leave .backward() out in line {line}", line, column, end_line, end_column, places.source(made.value), inner)
    message = f"{value.id} is None, which has no .{attribute}: backward(){line_of(_span(places, made.value))} gives nothing back"
    return Advice(message, "Leave .backward() out there.", fix, _span(places, made.value))


def _number(text: str, value: ast.expr, kind: str, attribute: str, found: dict[str, ast.Assign]) -> Advice | None:
    """The number or list that ``value`` was computed from, by plain Python all the way."""
    places, named, names = Places(text), value.id if isinstance(value, ast.Name) else "", [value]
    for _ in range(_MOST_STEPS):
        if not names or not isinstance(name := names.pop(), ast.Name) or name.id not in found:
            continue
        made = found[name.id].value
        if isinstance(made, ast.List) if kind == "list" else isinstance(getattr(made, "value", None), int | float):
            required = ", requires_grad=True" if attribute == "backward" else ""
            article = "an" if kind == "int" else "a"
            at = _span(places, made)
            message = f"{named or 'this'} is {article} {kind}, which has no .{attribute}: {name.id}{line_of(at)} is no tensor"
            fix = places.write(made, f"torch.tensor({places.source(made)}{required})")
            return Advice(message, f"Make it one: {name.id} = torch.tensor(…{required}).", fix, at)
        names += [part for part in ast.walk(made) if isinstance(part, ast.Name)]
    return None


def _is_backward(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"


def _span(places: Places, node: ast.AST) -> Span:
    return Span(*places.span(node))
