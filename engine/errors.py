"""Errors of the engine. Each names the thing, what is allowed and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.runtime.errors import Cancelled, EngineError, RecordingError

if TYPE_CHECKING:
    from engine.recording import Recording

__all__ = [
    "Cancelled",
    "EngineError",
    "Fix",
    "ForbiddenError",
    "ImportRefusedError",
    "LayoutError",
    "ProgramError",
    "ProgramFailedError",
    "ProgramSyntaxError",
    "RecordingError",
    "RecordingFileError",
    "ScriptOnlyError",
    "SearchError",
    "TimeLimitError",
    "TooLargeError",
    "UnknownNameError",
]


@dataclass(frozen=True, slots=True)
class Fix:
    """One change of a program's text that does what a message says is to be written.

    Attributes
    ----------
    label : str
        What it does, for a button: ``Write torch.sin(a)``.
    line, column, end_line, end_column : int
        What is replaced: from 1, in characters, end exclusive.
    before : str
        What stands there; where it does not, the text has moved on and the change is none any more.
    text : str
        What is written in its place.
    """

    label: str
    line: int
    column: int
    end_line: int
    end_column: int
    before: str
    text: str

    def span_in(self, text: str) -> tuple[int, int] | None:
        """Start and end (from 0, end exclusive) of what is replaced; None where ``text`` holds something else there."""
        lines = text.split("\n")
        if not 1 <= self.line <= self.end_line <= len(lines):
            return None
        start = sum(len(line) + 1 for line in lines[: self.line - 1]) + self.column - 1
        end = sum(len(line) + 1 for line in lines[: self.end_line - 1]) + self.end_column - 1
        return (start, end) if text[start:end] == self.before else None

    def apply(self, text: str) -> str:
        """``text`` with the change; as it is where the change does not fit."""
        span = self.span_in(text)
        return text if span is None else text[: span[0]] + self.text + text[span[1] :]


class ProgramError(EngineError):
    """A program was refused or failed.

    Attributes
    ----------
    message : str
        One sentence that says what is wrong.
    hint : str
        One sentence that says what to do; may be empty.
    line, column : int
        Where, from 1; the column counts characters.
    end_line, end_column : int
        End of the marked text, exclusive; equal to the start where only a point is known.
    recording : Recording or None
        What was recorded up to the failure, when the program had begun to run.
    fix : Fix or None
        The change that does what the hint says, where it says what to write.
    cause : tuple of int or None
        Line and column, from 1, of what is to blame, where that is known and is not the place that failed.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        line: int = 1,
        column: int = 1,
        end_line: int | None = None,
        end_column: int | None = None,
        recording: Recording | None = None,
        fix: Fix | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = max(1, int(line))
        self.column = max(1, int(column))
        self.end_line = self.line if end_line is None else max(self.line, int(end_line))
        self.end_column = self.column if end_column is None else max(1, int(end_column))
        self.recording = recording
        self.fix = fix
        self.cause: tuple[int, int] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.message, self.__dict__)

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}: {self.message}"
        return f"{where} ({self.hint})" if self.hint else where


def _again(kind: type[ProgramError], message: str, attributes: dict[str, object]) -> ProgramError:
    """A ProgramError that comes from another process; each kind is made with arguments of its own."""
    error = kind.__new__(kind, message)
    error.__dict__.update(attributes)
    return error


class ProgramSyntaxError(ProgramError):
    """The text is not Python, so nothing ran."""


class ForbiddenError(ProgramError):
    """The text is Python, but uses something programs may not use; nothing ran."""


class ScriptOnlyError(ForbiddenError):
    """The text uses a part of PyTorch that a program does not have; as a script of its own it may."""


class ImportRefusedError(ScriptOnlyError):
    """The text imports what a program does not have; as a script of its own it may."""


class UnknownNameError(ProgramError):
    """A name is used that nothing sets.

    ``name`` is that name; the window offers to make it a leaf. Nothing ran.
    """

    def __init__(self, name: str, message: str, **where: int | str | Fix | None) -> None:
        super().__init__(message, **where)  # type: ignore[arg-type]
        self.name = name


class TooLargeError(ProgramError):
    """A bound was passed (length, nesting, operations, elements, arithmetic, printed text); the message names it."""


class TimeLimitError(TooLargeError):
    """The program ran longer than its time limit."""


class ProgramFailedError(ProgramError):
    """PyTorch or Python raised while the program ran; ``recording`` holds what came before."""


class SearchError(EngineError):
    """A search cannot be understood.

    Attributes
    ----------
    message : str
        What is wrong, in a few words.
    hint : str
        What can be written instead, or an example.
    column, end_column : int
        Where, from 1, counting characters; the end is exclusive, and equal to the start where something is missing.
    """

    def __init__(self, message: str, *, hint: str, column: int = 1, end_column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.column = max(1, int(column))
        self.end_column = self.column if end_column is None else max(self.column, int(end_column))

    def __str__(self) -> str:
        return f"column {self.column}: {self.message} ({self.hint})"


class LayoutError(EngineError):
    """The layout process failed or was too slow; a plain placement stands in for it."""


class RecordingFileError(EngineError):
    """A ``.gradwalk`` file cannot be read or written; the message names the file, what is wrong and what to do."""
