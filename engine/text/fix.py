"""One change of a program's text."""

from __future__ import annotations

from dataclasses import dataclass


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
