"""The process that runs programs: warms itself up, then runs one text after the other until its parent is gone.

The main thread listens, so that it notices at once when the parent ends or asks it to stop; another thread, with a large stack,
runs the programs.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from engine import stacks
from engine.errors import Cancelled, ProgramError, TooLargeError
from engine.limits import Limits
from engine.programs import system, wire
from engine.programs.board import IDLE, RUNNING, Board

LINGER = 30.0
"""Seconds beyond the time limit after which the process ends itself, should it hang while nobody is left to end it."""
MANY_OBJECTS = 50_000
"""New objects after which cycles are collected between two runs."""
IDLE_BEFORE = 0.3
"""Seconds without work after which it prepares for programs of another kind."""
HELD = 192 << 20
"""Bytes that it may keep from earlier runs; with more it asks to be replaced."""


@dataclass(frozen=True)
class Settings:
    """What the parent tells first: where to import from."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One run."""

    number: int
    text: str
    limits: Limits
    local_derivatives: bool


@dataclass(frozen=True)
class Stop:
    """Cancel the run of this number."""

    number: int


@dataclass(frozen=True)
class Ready:
    """The process is warm; ``failure`` says what went wrong instead."""

    failure: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of a run: a recording, or what it raised.

    Attributes
    ----------
    result : Recording or Exception
    cause : Exception or None
        What torch or Python raised behind a ProgramError.
    spent : bool
        The process holds too much memory to be used again.
    """

    number: int
    result: object
    cause: Exception | None = None
    spent: bool = False


def main(pipe_key: str, board_key: str) -> None:
    """Entry of the process."""
    # The window's Ctrl+C is not for this process: it goes when the window does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        pipe: Connection = PipeConnection(int(pipe_key))  # type: ignore[assignment]
    else:
        pipe = Connection(int(pipe_key))
    board = Board.open(board_key)
    system.give_way()
    settings = wire.receive(pipe)
    sys.path[:] = settings.path
    server = _Server(pipe, board)
    server.start()
    try:
        while True:
            server.take(wire.receive(pipe))
    except (EOFError, OSError):
        os._exit(0)


class _Server:
    """Runs programs on a thread of its own."""

    def __init__(self, pipe: Connection, board: Board) -> None:
        self._pipe = pipe
        self._board = board
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._stopped = -1
        self._allowed = 0

    def start(self) -> None:
        stacks.start(threading.Thread(target=self._serve, name="programs", daemon=True), stacks.PROGRAMS)

    def take(self, message: object) -> None:
        """What the parent sent."""
        if isinstance(message, Stop):
            self._stopped = message.number
        elif isinstance(message, Task):
            self._tasks.put(message)

    def _serve(self) -> None:
        try:
            self._warm_up()
        except BaseException:
            wire.send(self._pipe, Ready(traceback.format_exc()))
            os._exit(1)
        wire.send(self._pipe, Ready())
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)  # what a crash of torch says there is told by the parent, in other words
            while True:
                task = self._next()
                faulthandler.dump_traceback_later(task.limits.seconds + LINGER, exit=True, file=nowhere)
                answer = self._answer(task)
                faulthandler.cancel_dump_traceback_later()
                self._board.change(IDLE)
                del answer
                if gc.get_count()[0] > MANY_OBJECTS:
                    gc.collect()

    def _warm_up(self) -> None:
        gc.disable()
        from engine.threads import choose_thread_count
        from engine.warming import thread_count

        choose_thread_count(thread_count())
        import resources
        from engine.program import run_here

        run_here(resources.read_text("programs/cubic.py"))
        self._settle()

    def _settle(self) -> None:
        """What there is now stays: it is not searched for garbage, and no program is charged for it."""
        gc.collect()
        gc.freeze()
        self._allowed = system.data_bytes()

    def _next(self) -> Task:
        """The next task; where none comes soon, what only large programs need is imported meanwhile."""
        from engine.costs import load_meta

        if not load_meta.cache_info().currsize:
            try:
                return self._tasks.get(timeout=IDLE_BEFORE)
            except queue.Empty:
                load_meta()
                self._settle()
        return self._tasks.get()

    def _answer(self, task: Task) -> Answer:
        """Run a task, and send what came of it."""
        answer = self._run(task)
        try:
            wire.send(self._pipe, answer)
        except MemoryError:
            answer = Answer(task.number, TooLargeError("its recording does not fit into memory", hint="Use smaller sizes."))
            wire.send(self._pipe, answer)
        except OSError:
            os._exit(0)
        return answer

    def _run(self, task: Task) -> Answer:
        from engine.program import run_here

        result: object
        cause: BaseException | None = None
        held = system.data_bytes() - self._allowed if self._allowed else 0
        system.bound_memory(self._allowed + task.limits.memory)
        self._board.change(RUNNING)
        try:
            result = run_here(
                task.text, cancel=lambda: self._stopped == task.number, limits=task.limits,
                local_derivatives=task.local_derivatives, board=self._board,
            )  # fmt: skip
        except (ProgramError, Cancelled) as error:
            result, cause = error, error.__cause__
        except Exception as error:
            result = wire.plain(error)
            assert isinstance(result, Exception)
            result.add_note(traceback.format_exc())
        if isinstance(result, Exception):
            result.__cause__ = result.__context__ = result.__traceback__ = None
        return Answer(task.number, result, wire.plain(cause), held > HELD)
