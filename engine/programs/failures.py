"""What torch and Python say when a running program fails, turned into one sentence and one hint. No torch."""

from __future__ import annotations

import re

from engine.errors import ProgramError, ProgramFailedError, TooLargeError
from engine.findings.advice import advise, given_hint
from engine.findings.said.kinds import Kind, failure_in
from engine.recording import Recording
from engine.tables import Span

UNKNOWN = "Print the shapes and values of what this line uses."
"""What can be done about an error that is not known."""


def as_program_error(error: Exception, span: Span | None) -> ProgramError:
    """The ProgramError for what a running program raised at ``span``."""
    failure = error if isinstance(error, ProgramError) else _translate(error)
    if span is not None:
        failure.line, failure.column = span.line, span.column
        failure.end_line, failure.end_column = span.end_line, span.end_column
    return failure


def advised(failure: ProgramError, error: Exception, text: str, span: Span | None, recording: Recording) -> ProgramError:
    """``failure`` with what the recording knows: which line cut the way back or wrote over something, and what mends it."""
    if isinstance(error, ProgramError):
        if failure.fix is None and failure.mending is not None and span is not None:
            failure.fix = failure.mending(text, span)
        failure.mending = None
        return failure
    said = str(error)[:2000]
    found = advise(recording, said)
    if found is not None:
        failure.message, failure.fix = found.message, found.fix
        failure.hint = f"{found.hint} {_speaker(error)} said: {_first_sentence(said)}"
        failure.args = (found.message,)
        if found.cause is not None:
            failure.cause = found.cause.line, found.cause.column
    elif failure.hint == UNKNOWN:
        failure.hint = given_hint(recording) or UNKNOWN
    return failure


def _translate(error: Exception) -> ProgramError:
    said = _first_sentence(str(error))
    known = failure_in(str(error))
    if isinstance(error, MemoryError) or (known is not None and known.kind is Kind.MEMORY):
        return TooLargeError("there is not enough memory for this", hint="Use smaller sizes.")
    if isinstance(error, RecursionError):
        return TooLargeError("this is nested more deeply than Python allows", hint="Split it into several steps.")
    if known is not None:
        return ProgramFailedError(known.message, hint=f"{known.hint} {_speaker(error)} said: {said}" if said else known.hint)
    return ProgramFailedError(said or type(error).__name__, hint=UNKNOWN)


_PYTHON = re.compile(
    r"unsupported operand type|is not (?:subscriptable|iterable|callable)|values to unpack|not supported between instances"
    r"|^(?:list|tuple|string) (?:index|indices)|can only concatenate|division by zero|modulo by zero"
)
"""What Python itself says in kinds of errors that torch raises, too."""


def _speaker(error: Exception) -> str:
    """Whose words an error's are."""
    own = isinstance(error, AttributeError | NameError | ZeroDivisionError | KeyError) or (
        isinstance(error, TypeError | ValueError | IndexError) and _PYTHON.search(str(error)[:2000]) is not None
    )
    return "Python" if own else "Torch"


def _first_sentence(text: str) -> str:
    """The first line of a message, at most 300 characters."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= 300 else line[:299] + "…"
