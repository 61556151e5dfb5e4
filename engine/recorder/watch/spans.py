"""Where in the program's text an operation stands."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal

from engine.recorder.watch.frames import BOUNDARIES, OURS, is_own
from engine.tables import Place, Span
from engine.text.sources import lines_of

_WRAPPERS = (
    "functional.py",
    "_tensor.py",
    "overrides.py",
    "_jit_internal.py",
    "function.py",
    "_contextlib.py",
    str(Path("autograd") / "__init__.py"),
)


_LONGEST = 200
"""Most characters of an expression in another file."""
Position = tuple[int | None, int | None, int | None, int | None]
"""First and last line, from 1, and the columns between them, in bytes, from 0."""
_NOWHERE: Position = (None, None, None, None)
_LAST_LINE = 10**9
"""No text has so many lines, but code can be made to claim so."""
_known_files: dict[str, Literal["user", "operation", "library"]] = {}


def _whose(filename: str) -> Literal["user", "operation", "library"]:
    """Whose file it is; "operation" if it only passes a call on to the operation of the same name."""
    passes = filename.startswith(OURS) or ("torch" in filename and filename.endswith(_WRAPPERS))
    found = _known_files[filename] = "operation" if passes else "user" if is_own(filename) else "library"
    return found


def _position(positions: list[Position], instruction: int) -> Position:
    """The position of the bytecode at a byte offset; none if the code does not know it, or has lines that no text has."""
    found = positions[instruction // 2] if instruction // 2 < len(positions) else _NOWHERE
    return found if found[0] is not None and 0 < found[0] <= (found[1] or found[0]) < _LAST_LINE else _NOWHERE


class Spans:
    """Finds the piece of text that the program is executing.

    Parameters
    ----------
    text : str
        The program.
    filename : str
        Frames whose code carries this file name are the program's.
    """

    def __init__(self, text: str, filename: str) -> None:
        self._filename = filename
        self._known_text = bool(text)
        self._lines = text.split("\n")
        self._positions: dict[int, list[Position]] = {}
        self._known: dict[tuple[int, int], Span | None] = {}
        self._codes: list[CodeType] = []
        self._places: dict[tuple[int, int, bool], Place | None] = {}
        self._near = False
        self.direct = False
        """Whether the frame found last called the operation itself, not through other code such as a module's."""

    def frame(self, depth: int = 2) -> FrameType | None:
        """The innermost frame of the program, looking from ``depth`` calls up; None if it is not running."""
        return self.frames(depth + 1)[0]

    def frames(self, depth: int = 2) -> tuple[FrameType | None, FrameType | None, FrameType | None]:
        """Three frames, each None if there is none, looking from ``depth`` calls up.
        These are the innermost frame of the program; the user's innermost function on the way to it, itself included, unless
        someone else's module runs; and the innermost frame in another of the user's files.
        """
        frame: FrameType | None = sys._getframe(depth)
        filename = self._filename
        direct, inner, other = True, None, None
        self._near = False
        while frame is not None:
            code = frame.f_code
            name = code.co_filename
            if name == filename:
                inner = frame
                break
            whose = _known_files.get(name) or _whose(name)
            if whose == "user":
                inner = other = frame
                self._near, direct = direct, False
                break
            if id(code) in BOUNDARIES:
                direct = False
                break
            direct = direct and whose == "operation"
            frame = frame.f_back
        while frame is not None and (name := frame.f_code.co_filename) != filename:
            if other is None and (_known_files.get(name) or _whose(name)) == "user":
                other = frame
            frame = frame.f_back
        self.direct = direct
        return frame, inner, other

    def place(self, frame: FrameType) -> Place | None:
        """Where ``frame``, the third that ``frames`` found last, stands in its file."""
        code = frame.f_code
        key = (id(code), frame.f_lasti, self._near)
        if key not in self._places:
            self._codes.append(code)
            line, end_line, column, end_column = _position([*code.co_positions()], frame.f_lasti)
            self._places[key] = None if line is None else self._place(code.co_filename, line, end_line, column, end_column)
        return self._places[key]

    def _place(self, filename: str, line: int, end_line: int | None, column: int | None, end_column: int | None) -> Place:
        lines = lines_of(filename)
        text = lines[line - 1].rstrip() if 1 <= line <= len(lines) else ""
        one = end_line in (None, line)
        piece = text.encode("utf-8", "surrogatepass")[column or 0 : end_column if one else None].decode("utf-8", "replace")
        path, folder = Path(filename), Path(self._filename).parent
        name = path.relative_to(folder).as_posix() if folder in path.parents else path.name
        if filename.startswith("<"):
            name = "another cell"
        return Place(name, line, piece[:_LONGEST].strip() + ("" if one and len(piece) <= _LONGEST else " …"), self._near)

    def span(self, frame: FrameType | None) -> Span | None:
        """Span of the instruction that ``frame`` is executing."""
        return None if frame is None or not self._known_text else self.span_at(frame.f_code, frame.f_lasti)

    def raised_at(self, traceback: TracebackType | None) -> Span | None:
        """Where the program's own code was when an error passed through it."""
        span = None
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == self._filename and self._known_text:
                span = self.span_at(code, traceback.tb_lasti)
            traceback = traceback.tb_next
        return span

    def span_at(self, code: CodeType, instruction: int) -> Span | None:
        """Span of the bytecode ``instruction`` (byte offset) of ``code``."""
        key = (id(code), instruction)
        if key in self._known:
            return self._known[key]
        positions = self._positions.get(id(code))
        if positions is None:
            positions = self._positions[id(code)] = list(code.co_positions())
            self._codes.append(code)
        line, end_line, column, end_column = _position(positions, instruction)
        span = None
        if line is not None:
            end_line = line if end_line is None else end_line
            span = Span(line, self._characters(line, column), end_line, self._characters(end_line, end_column))
        self._known[key] = span
        return span

    def _characters(self, line: int, byte_column: int | None) -> int:
        """Column in characters, from 1, of a column in UTF-8 bytes, from 0."""
        if byte_column is None:
            return 1
        if not 1 <= line <= len(self._lines):
            return byte_column + 1
        text = self._lines[line - 1]
        if text.isascii():
            return byte_column + 1
        return len(text.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "replace")) + 1


def where(span: Span | None) -> dict[str, Any]:
    """``span`` as the keywords of an error."""
    if span is None:
        return {}
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}
