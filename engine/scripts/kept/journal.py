"""The journal of a recording that is being made: a file that outlives the process, whatever ends it.

A record is a head (mark, length of the plain data, length of the block of arrays), what ``marshal`` writes of the plain data, and
the block. Everything that writing needs is taken by reference when this module is imported, before a script can change it.
"""

from __future__ import annotations

import marshal
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from engine.runtime.frames import own_code
from engine.scripts.events import ScriptProblem

if TYPE_CHECKING:
    from engine.recorder.entries import Entries
    from engine.recorder.open_recorder import OpenRecorder

SOONEST, LATEST = 0.02, 0.9
"""Seconds between two entries: as few as cost little, but never more than a second with what writing takes."""
SHARE = 0.04
"""The share of the time that entries may cost, if possible."""
FREE = 0.1
"""Seconds that they may cost at first, while one is written before each operation: a short script loses nothing."""
_AFTER_FAILURE = 5.0
_AT_ONCE = 1 << 22
_MARK = b"GWj1"
_HEAD = struct.Struct("<4sQQ")
_PROBLEM = ("kind", "message", "hint", "line", "traceback")
_OURS = own_code.folder()

_open, _write, _close, _fstat, _ftruncate, _getpid = os.open, os.write, os.close, os.fstat, os.ftruncate, os.getpid
_dumps, _clock, _memoryview = marshal.dumps, time.monotonic, memoryview
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Journal:
    """Writes what becomes known. Its methods may be called by the script's main thread and by the watcher.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._owner = _getpid()
        self._file = _open(self._path, _FLAGS, 0o600)
        self._identity = self._who(self._file)
        self._size = 0
        self._entries: Entries | None = None
        self._stamp: tuple[int, ...] | None = None
        self._writing = threading.Lock()
        self._said = ""
        self._spent = 0.0
        self.due = 0.0
        self.trouble = ""
        """Why it could not be written last time, if it could not."""

    @property
    def descriptor(self) -> int:
        """The file's descriptor."""
        return self._file

    def close(self) -> None:
        """Write no more."""
        self._entries = None
        _close(self._file)

    @staticmethod
    def _who(descriptor: int) -> tuple[int, int]:
        found = _fstat(descriptor)
        return found.st_dev, found.st_ino

    def follow(self, recorder: OpenRecorder, text: str, filename: str, source: str) -> None:
        """Write what becomes known to ``recorder``, which was made with the rest."""
        from engine.recorder.entries import Entries

        self._record(("begin", (text, filename, source), ""), ())
        self._entries = Entries(recorder)

    def forget(self) -> None:
        """The recording is not made in this process any more."""
        self._entries = None

    def keep_up(self) -> None:
        """For the main thread, between two operations: write if it is time to."""
        if _clock() >= self.due:
            self.write()

    def write(self, why: str = "", *, last: bool = False) -> None:
        """Add an entry, if something became known; ``why`` says what is about to end the process, ``last`` that it has ended.

        Raises only what one of the script's signal handlers raised meanwhile.
        """
        if self._entries is None or _getpid() != self._owner or not self._writing.acquire(blocking=False):
            return
        began = _clock()
        try:
            self._add(self._entries, why, last)
            took = _clock() - began
            self._spent += took
            if self._spent > FREE:
                self.due = _clock() + min(LATEST, max(SOONEST, took / SHARE))
        except BaseException as error:
            self._entries.undo()
            self.due = _clock() + _AFTER_FAILURE
            if not _is_own(error.__traceback__):
                raise
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self._writing.release()

    def tend(self) -> None:
        """For the watcher: write what the main thread did not, because it waits for something."""
        if _clock() > self.due + SOONEST:
            self.write()

    def _add(self, entries: Entries, why: str, last: bool) -> None:
        before = entries.stamp()
        if before == self._stamp and not (why or last or self._said):
            return
        entry, blocks, written = entries.take()
        if entries.stamp() != before:
            entries.undo()  # the script went on meanwhile, and will write it itself
            return
        self._record(("entry", entry, why), blocks)
        written()
        self._stamp, self._said = before, why

    def report(self, saved: bool, problem: ScriptProblem | None, status: int, trouble: str) -> None:
        """How the script ended; the parent reads it if its connection is lost."""
        told = None if problem is None else tuple(getattr(problem, name) for name in _PROBLEM)
        try:
            self._record(("report", (saved, told, status, trouble), ""), ())
        except (OSError, ValueError, MemoryError) as error:
            self.trouble = f"{type(error).__name__}: {error}"

    def _record(self, plain: Any, blocks: Any) -> None:
        data = _dumps(plain)
        self._check_descriptor()
        size = sum(block.nbytes for block in blocks)
        try:
            self._put(_HEAD.pack(_MARK, len(data), size) + data)
            small: list[Any] = []
            waiting = 0
            for block in blocks:
                if block.nbytes >= _AT_ONCE:
                    self._put(b"".join(small))
                    self._put(block)
                    small, waiting = [], 0
                    continue
                small.append(block)
                waiting += block.nbytes
                if waiting >= _AT_ONCE:
                    self._put(b"".join(small))
                    small, waiting = [], 0
            self._put(b"".join(small))
        except BaseException:
            _ftruncate(self._file, self._size)
            raise
        self._size += _HEAD.size + len(data) + size

    def _put(self, data: Any) -> None:
        rest = _memoryview(data).cast("B") if len(data) else b""
        while rest:
            rest = rest[_write(self._file, rest) :]

    def _check_descriptor(self) -> None:
        """The script may have closed the file, and even have another one there now."""
        try:
            if self._who(self._file) == self._identity:
                return
        except OSError:
            pass
        self._file = _open(self._path, _FLAGS, 0o600)
        self._identity = self._who(self._file)


def _is_own(trace: TracebackType | None) -> bool:
    """Whether an error arose in our code, not in a signal handler that interrupted it."""
    filename = ""
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    return filename.startswith(_OURS)


def records(journal: Path | int) -> Iterator[tuple[str, Any, str, bytes]]:
    """Kind, plain data, what was about to happen, and block of each record; a last one that is not whole is left out.

    ``journal`` is the file's path, or a descriptor of it, which is there also when the path is not any more.
    """
    descriptor = os.dup(journal) if isinstance(journal, int) else os.open(journal, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            mark, length, size = _HEAD.unpack(head)
            if mark != _MARK:
                return
            data, block = file.read(length), file.read(size)
            if len(data) < length or len(block) < size:
                return
            kind, plain, why = marshal.loads(data)
            yield kind, plain, why, block


def read_report(journal: Path | int) -> tuple[bool, ScriptProblem | None, int, str] | None:
    """What ``Journal.report`` wrote, if it came to that."""
    found = None
    for kind, plain, _, _ in records(journal):
        if kind == "report":
            saved, told, status, trouble = plain
            found = saved, None if told is None else ScriptProblem(*told), status, trouble
    return found
