"""The script's standard streams: pipes to the parent instead of a terminal, and an empty standard input."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable

PRINTED = 20_000
"""Characters of standard output that become part of the recording."""


class ScriptOutput(io.TextIOWrapper):
    """Standard output, which also tells what the main thread prints.

    Parameters
    ----------
    note : callable(str)
        Called with each piece of whole lines.
    """

    def __init__(self, descriptor: int, note: Callable[[str], None]) -> None:
        super().__init__(
            os.fdopen(descriptor, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self._note = note
        self._line = ""
        self._room = PRINTED
        self._owner = os.getpid()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._room > 0 and threading.current_thread() is threading.main_thread() and os.getpid() == self._owner:
            self._line += text[: self._room - len(self._line)]
            if self._line.endswith("\n") or len(self._line) >= self._room:
                line, self._line = self._line, ""
                self._room -= len(line)
                if self._room <= 0:
                    line += "…\n"
                self._note(line)
        return written


def connect(output: int, errors: int, note: Callable[[str], None]) -> None:
    """Make descriptors ``output`` and ``errors`` this process's standard ones, for C code too; its input is empty."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False), encoding="utf-8")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = ScriptOutput(1, note)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(  # type: ignore[misc]
        os.fdopen(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def flush() -> None:
    """Send what is left in the buffers; a script may have closed or replaced the streams."""
    for stream in {id(item): item for item in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__)}.values():
        try:
            if stream is not None:
                stream.flush()
        except (AttributeError, ValueError, OSError):
            pass


def tell(text: str) -> None:
    """Write ``text`` to the error stream, whatever the script has made of it."""
    flush()
    data = text.encode("utf-8", "backslashreplace")
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass
