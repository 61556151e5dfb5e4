"""One piece of advice, and how it names what it speaks of: an operation with its line, a tensor, a shape."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from engine.errors import Fix
from engine.operations.registry import canonical
from engine.recording import Recording
from engine.tables import Operation, Span, Value
from engine.text.fixing import expression_at, statement_at


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened in one sentence, what to do in another, and the change of the text that does it, if one line does.

    ``cause`` is the place in the text that is blamed, where that is known.
    """

    message: str
    hint: str
    fix: Fix | None = None
    cause: Span | None = None


def shape_of(value: Value) -> str:
    """``2×3``; ``single number`` for a tensor without dimensions."""
    return "×".join(map(str, value.shape)) if value.shape else "single number"


def line_of(span: Span | None) -> str:
    """`` (line 3)``, to stand behind what is there."""
    return "" if span is None else f" (line {span.line})"


def where(recording: Recording, operation: Operation) -> str:
    """``argmax(dim=1)`` of the text with its line, else the operation's name; inside a module, that module too."""
    span = operation.span
    lines = recording.text.split("\n")
    call = None if operation.call is None else recording.calls[operation.call]
    if not operation.direct and call is not None and not call.optimizer and not call.function:
        return f"`{canonical(operation.name)}` in the module {call.name} ({call.type}){line_of(span)}"
    code = ""
    if span is not None and span.line == span.end_line and 1 <= span.line <= len(lines):
        code = lines[span.line - 1][span.column - 1 : span.end_column - 1].strip()
        if operation.inplace or not operation.outputs:
            code = statement_at(recording.text, span) or code
    if not code or len(code) > 60 or "`" in code:
        code = canonical(operation.name)
    return f"`{code}`{line_of(span)}"


def name_of(recording: Recording, value: Value) -> str:
    """The program's name for a tensor, else the operation that made it."""
    name = value.name or recording.variables[value.variable].name
    if name:
        return name
    if value.operation is not None and recording.operations[value.operation].span is not None:
        return f"the result of {where(recording, recording.operations[value.operation])}"
    return "a tensor"


def subject_of(recording: Recording, value: Value) -> str:
    """The same for the start of a sentence, where a name that is not marked as one would get a capital."""
    name = value.name or recording.variables[value.variable].name
    return f"`{name}`" if name and "`" not in name else name_of(recording, value)


def without_call(recording: Recording, span: Span | None, name: str) -> Fix | None:
    """``x.detach()`` at ``span`` as ``x``."""
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
