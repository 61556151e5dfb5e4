"""Advice on the rows of ``layers`` and ``arguments``: which of the recorded tensors does not fit, with its shape or dtype."""

from __future__ import annotations

import ast

from engine.findings.refused import given_to
from engine.findings.said.kinds import Failure
from engine.findings.words import Advice, line_of, name_of, shape_of, where
from engine.recording import Recording
from engine.tables import Operation, Span, Value
from engine.text.fixing import expression_at


def on_given(recording: Recording, operation: Operation | None, failure: Failure) -> Advice | None:
    """Names what was given, if a recorded tensor is as torch says; else nothing.

    A module may refuse its input before any operation has begun; then the tensors are those of the failing line.
    """
    told, span = failure.told, recording.moments[-1].span
    if told is None or span is None or _raises(recording.text, span):
        return None
    at = f"`{_code(recording.text, span)}`{line_of(span)}" if operation is None else where(recording, operation)
    words = {"at": at, "it": "", "shaped": "", "n": "", "dtype": "", "first": "", "first_dtype": ""}
    fix = None if told.mends is None else told.mends(recording.text, span, failure.parts)
    if told.fits is None:
        return Advice(*told.filled(failure.parts, words), fix)
    given = _in_line(recording, span) if operation is None else given_to(recording, operation)
    value = next((item for item in given if told.fits(item, failure.parts, given)), None)
    if value is None:
        return None
    words |= {"it": name_of(recording, value), "n": str(len(value.shape)), "dtype": value.dtype}
    words |= {"shaped": _shaped(recording, value), "first": _shaped(recording, given[0]), "first_dtype": given[0].dtype}
    return Advice(*told.filled(failure.parts, words), fix)


def _shaped(recording: Recording, value: Value) -> str:
    return f"{name_of(recording, value)} ({shape_of(value)})"


def _in_line(recording: Recording, span: Span) -> list[Value]:
    """The tensors that the failing expression names, and what was computed last, which it may have been given unnamed."""
    node = expression_at(recording.text, span)
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)] if node is not None else []
    newest = {value.name: value for value in recording.values if value.name in names}
    found = [newest[name] for name in dict.fromkeys(names) if name in newest]
    ran = next((item for item in reversed(recording.operations) if item.outputs), None)
    found += [recording.values[number] for number in (ran.outputs if ran is not None else ())]
    return [value for number, value in enumerate(found) if value not in found[:number]]


def _code(text: str, span: Span) -> str:
    lines = text.split("\n")
    code = lines[span.line - 1][span.column - 1 : span.end_column - 1].strip() if span.line == span.end_line else ""
    return code if code and len(code) <= 60 and "`" not in code else "this line"


def _raises(text: str, span: Span) -> bool:
    """Whether the text itself raised the error: then it may say what it likes."""
    lines = text.split("\n")
    return not 0 < span.line <= len(lines) or lines[span.line - 1].lstrip().startswith("raise")
