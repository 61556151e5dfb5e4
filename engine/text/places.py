"""Where a piece of the syntax tree stands, in lines and characters from 1."""

from __future__ import annotations

import ast
import re
from typing import TypedDict

from engine.text.fix import Fix


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

    def imports_torch(self) -> bool:
        """Whether a line of the text imports torch."""
        return any(re.match(r"\s*(?:import|from)\s+torch\b", line) for line in self._lines)

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

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.between(*self.span(node))

    def write(self, node: ast.AST, text: str, label: str = "") -> Fix:
        """The change that writes ``text`` where ``node`` stands."""
        return self._fix(self.span(node), text, label or f"Write {_short(text)}")

    def remove_lines(self, node: ast.stmt, label: str = "Remove this line") -> Fix | None:
        """The change that takes a statement out; None where others share its lines."""
        line, column, end_line, end_column = self.span(node)
        if self._lines[line - 1][: column - 1].strip() or self._lines[end_line - 1][end_column - 1 :].split("#")[0].strip():
            return None
        if end_line < len(self._lines):
            return self._fix((line, 1, end_line + 1, 1), "", label)
        return self._fix((line, 1, end_line, len(self._lines[end_line - 1]) + 1), "", label)

    def leave_out(self, keyword: ast.keyword, call: ast.Call) -> Fix | None:
        """The change that takes one keyword argument out of a call, with its comma."""
        parts = sorted([*call.args, *call.keywords], key=lambda part: self.span(part)[:2])
        at = parts.index(keyword)
        line, column, end_line, end_column = self.span(keyword)
        if at > 0:
            _, _, line, column = self.span(parts[at - 1])
        elif len(parts) > 1:
            end_line, end_column = self.span(parts[1])[:2]
        if set("()") & set(self.between(line, column, *self.span(keyword)[:2])):
            return None  # a bracket around the argument before
        return self._fix((line, column, end_line, end_column), "", f"Leave out {keyword.arg}")

    def _fix(self, span: tuple[int, int, int, int], text: str, label: str) -> Fix:
        return Fix(label, *span, self.between(*span), text)

    def between(self, line: int, column: int, end_line: int, end_column: int) -> str:
        """The text from one place to another."""
        lines = self._lines[line - 1 : end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: end_column - 1]
        lines[0] = lines[0][column - 1 :]
        return "\n".join(lines)

    def _column(self, line: int, byte_offset: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        if text.isascii():
            return byte_offset + 1
        return len(text.encode("utf-8")[:byte_offset].decode("utf-8", "ignore")) + 1


def _short(text: str) -> str:
    """``text`` for a button: long arguments become an ellipsis."""
    if len(text) <= 32 and "\n" not in text:
        return text
    head = text.split("(")[0]
    return f"{head}(…)" if "(" in text and len(head) <= 28 and "\n" not in head else f"{text.split(chr(10))[0][:30]}…"
