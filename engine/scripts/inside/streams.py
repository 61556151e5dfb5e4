"""The script's standard streams: pipes to the parent instead of a terminal, and an empty standard input."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

PRINTED = 20_000
"""Characters of standard output that become part of the recording."""


class _Whole(io.FileIO):
    """A descriptor to which ``write`` gives all, or waits.

    Where lines are shown as they come there is no buffer behind the text, as with ``python -u``: the buffer of Python's own has
    a lock, and a daemon thread that prints as the process ends dies with it, at which Python aborts. Lines are collected by the
    text stream.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self.name = name

    def write(self, data: Any) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        while rest:
            rest = rest[super().write(rest) or 0 :]
        return size

    @property
    def raw(self) -> _Whole:
        """What a buffer has."""
        return self


def as_python_writes(own: Any, errors: str) -> tuple[str, str]:
    """Encoding of a stream and what becomes of characters that it lacks, as Python has chosen for its ``own``, if there is one.

    On Windows UTF-8, as in a terminal there, not what Python takes for a pipe.
    """
    if own is None or sys.platform == "win32":
        return "utf-8", errors
    return own.encoding or "utf-8", own.errors or errors


class ScriptOutput(io.TextIOWrapper):
    """Standard output, which also tells what the main thread prints.

    Parameters
    ----------
    descriptor : int
        Where it is written.
    note : callable(str)
        Called with each piece of whole lines.
    blocks : bool
        Whether it is written as Python writes into a file or a pipe: what other processes and C code write meanwhile comes in
        between as in a plain run, and what Python loses, when the process dies, is lost.
    """

    def __init__(self, descriptor: int, note: Callable[[str], None], *, blocks: bool) -> None:
        encoding, errors = as_python_writes(sys.__stdout__, "strict")
        unbuffered = blocks and bool(getattr(sys.__stdout__, "write_through", False))  # the user has set PYTHONUNBUFFERED
        whole = _Whole(descriptor, "<stdout>")
        super().__init__(
            io.BufferedWriter(whole) if blocks and not unbuffered else whole,
            encoding=encoding,
            errors=errors,
            line_buffering=not blocks,
            write_through=unbuffered,
        )
        self._note = note
        self._line = ""
        self._room = PRINTED
        # By reference: the script's objects may print when Python has already taken modules apart.
        self._process, self._owner = os.getpid, os.getpid()
        self._thread, self._main = threading.get_ident, threading.main_thread().ident

    def write(self, text: str) -> int:
        written = super().write(text)
        if self._room > 0 and self._thread() == self._main and self._process() == self._owner:
            self._line += text[: self._room - len(self._line)]
            if self._line.endswith("\n") or len(self._line) >= self._room:
                line, self._line = self._line, ""
                self._room -= len(line)
                if self._room <= 0:
                    line += "…\n"
                self._note(line)
        return written


def connect(output: int, errors: int, note: Callable[[str], None], *, blocks: bool) -> None:
    """Make descriptors ``output`` and ``errors`` this process's standard ones, for C code too; its input is empty."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    encoding, policy = as_python_writes(sys.__stdin__, "strict")
    given = io.FileIO(0, "rb", closefd=False)
    given.name = "<stdin>"
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(given), encoding=encoding, errors=policy)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = ScriptOutput(1, note, blocks=blocks)  # type: ignore[misc]
    encoding, policy = as_python_writes(sys.__stderr__, "backslashreplace")
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(  # type: ignore[misc]
        _Whole(2, "<stderr>"), encoding=encoding, errors=policy, line_buffering=True
    )
    for stream, mode in ((sys.stdin, "r"), (sys.stdout, "w"), (sys.stderr, "w")):
        stream.mode = mode  # type: ignore[misc]


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
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass
