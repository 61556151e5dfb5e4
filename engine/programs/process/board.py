"""What a process that runs programs is doing, in memory that its parent reads even while it hangs or after it was killed."""

from __future__ import annotations

import mmap
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from engine.tables import Span

_LAYOUT = struct.Struct("=QQ4I")
_SIZE = 4096

IDLE, RUNNING, PAUSED, FINISHING = range(4)
"""States: idle; in the program; in an import that does not count as the program's time; making the recording."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands on a Board.

    Attributes
    ----------
    beat : int
        Grows with every operation, every Node of a pass and every turn of a long loop.
    stage : int
        ``IDLE``, ``RUNNING``, ``PAUSED`` or ``FINISHING``.
    span : Span or None
        Where the program is.
    """

    beat: int
    stage: int
    span: Span | None


class Board:
    """Some bytes of memory that two processes share; one writes, the other reads.

    ``key`` is what the other process passes to ``open``: a file descriptor to inherit, or a name on Windows.
    """

    def __init__(self, memory: mmap.mmap, key: str, descriptor: int | None) -> None:
        self._memory = memory
        self.key = key
        self.descriptor = descriptor
        self._beat = 0
        self._stage = IDLE
        self._place = (0, 0, 0, 0)

    @classmethod
    def make(cls) -> Board:
        """New memory, of zeros."""
        if sys.platform == "win32":
            name = f"gradwalk-{os.getpid()}-{uuid4().hex}"
            return cls(mmap.mmap(-1, _SIZE, tagname=name), name, None)
        with tempfile.TemporaryFile() as file:
            file.truncate(_SIZE)
            memory = mmap.mmap(file.fileno(), _SIZE)
            descriptor = os.dup(file.fileno())
        return cls(memory, str(descriptor), descriptor)

    @classmethod
    def open(cls, key: str) -> Board:
        """The memory that the parent made."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, _SIZE, tagname=key), key, None)
        memory = mmap.mmap(int(key), _SIZE)
        os.close(int(key))
        return cls(memory, key, None)

    def handed_over(self) -> None:
        """The other process has the memory: it is kept without the descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def close(self) -> None:
        """Let go of the memory."""
        self.handed_over()
        self._memory.close()

    # The writer --------------------------------------------------------------------------------------------------

    def enter(self, span: Span | None) -> None:
        """The program is at ``span`` (at the last one, if that is not known), and goes on."""
        if span is not None:
            self._place = (span.line, span.column, span.end_line, span.end_column)
        self._beat += 1
        self._write()

    def change(self, stage: int) -> None:
        """Another stage begins; a new run begins without a place."""
        if stage == RUNNING and self._stage != PAUSED:
            self._place = (0, 0, 0, 0)
        self._stage = stage
        self._beat += 1
        self._write()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While something is imported, whose time is not the program's."""
        self.change(PAUSED)
        try:
            yield
        finally:
            self.change(RUNNING)

    def _write(self) -> None:
        _LAYOUT.pack_into(self._memory, 0, self._beat, self._stage, *self._place)

    # The reader --------------------------------------------------------------------------------------------------

    def read(self) -> Sign:
        """What stands there now."""
        beat, stage, *place = _LAYOUT.unpack_from(self._memory)
        return Sign(beat, stage, Span(*place) if place[0] else None)
