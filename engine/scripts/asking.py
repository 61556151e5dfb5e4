"""Asks a program a question by starting it, within bounds of time and of words; another thread may take the question back."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.scripts import system

MOST = 100_000
"""Bytes of an answer: a program that is no Python may write without end."""
_EVERY = 0.02
"""Seconds between two looks at whether it has answered."""


class TakenBack(Exception):
    """The question was taken back before it was answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, and whether the time was up before it had come to its end."""

    output: str
    errors: str
    late: bool


class Question:
    """Put to one program after another. ``put`` waits; the rest returns at once and may be used by any thread.

    Attributes
    ----------
    asked : Path or None
        Who was asked last.
    """

    def __init__(self) -> None:
        self.asked: Path | None = None
        self._back = threading.Event()

    def take_back(self) -> None:
        """End the Python that is being asked, and ask no other."""
        self._back.set()

    def put(self, python: Path, arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> Answer:
        """What ``python`` says when it is started with ``arguments``; nothing that it has started is left running.

        It is ended after ``seconds``, or when it has said more than `MOST` bytes. Raises OSError or ValueError if it cannot be
        started, TakenBack after ``take_back``.
        """
        self.asked = python
        if self._back.is_set():
            raise TakenBack
        # Into files: a process that it started may hold a pipe open for ever.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [str(python), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=dict(environment),
                start_new_session=True,
                creationflags=system.NO_CONSOLE,
            )
            end = time.monotonic() + seconds
            try:
                late = False
                while not late and not _has_ended(process) and max(_size(output), _size(errors)) <= MOST:
                    if self._back.wait(_EVERY):
                        raise TakenBack
                    late = time.monotonic() > end
            finally:
                system.end_group(process.pid)
                process.kill()
                process.wait()
            return Answer(_text(output), _text(errors), late)


def _size(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MOST).decode("utf-8", "replace")


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has, without reaping it where the system can do that: its group is to be ended first."""
    if sys.platform == "linux":
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    return process.poll() is not None
