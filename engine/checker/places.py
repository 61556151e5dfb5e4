"""Where a piece of the syntax tree stands, in lines and characters from 1."""

from __future__ import annotations

import ast
from typing import TypedDict


class Place(TypedDict):
    """Keyword arguments of a ProgramError; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Places:
    """Turns Python's byte columns into character columns of ``text``, whose lines end in \\n."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")

    def span(self, node: ast.AST) -> tuple[int, int, int, int]:
        """(line, column, end line, end column) of a node."""
        line: int = getattr(node, "lineno", 1)
        end_line: int = getattr(node, "end_lineno", None) or line
        return (
            line,
            self._column(line, getattr(node, "col_offset", 0)),
            end_line,
            self._column(end_line, getattr(node, "end_col_offset", 0)),
        )

    def of(self, node: ast.AST) -> Place:
        """The same, as keyword arguments for an error."""
        line, column, end_line, end_column = self.span(node)
        return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}

    def _column(self, line: int, byte_offset: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        if text.isascii():
            return byte_offset + 1
        return len(text.encode("utf-8")[:byte_offset].decode("utf-8", "ignore")) + 1
