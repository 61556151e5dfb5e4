"""Errors of the engine. Each names the thing, what is allowed and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.errors import Cancelled, EngineError, LayoutError, RecordingError, RecordingFileError
from engine.text.fix import Fix

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.recording import Recording
    from engine.tables import Span

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
    mending : callable or None
        Makes the ``fix`` from the text and the Span that failed, where what refused it knows how; gone once it was asked.
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
        mending: Callable[[str, Span], Fix | None] | None = None,
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
        self.mending = mending
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
