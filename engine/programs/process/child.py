"""The process that runs programs: warms itself up, then runs one text after the other until its parent is gone.

Two pipes come from the parent. A thread with a large stack takes programs from one and runs them, so that none waits for a second
thread to wake up. The main thread listens at the other, and notices at once when the parent ends or asks it to stop.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from engine.errors import Cancelled, ProgramError, TooLargeError
from engine.programs.limits import DEFAULT_LIMITS, Limits
from engine.programs.process import system, wire
from engine.programs.process.board import IDLE, RUNNING, Board
from engine.runtime import stacks
from engine.tables.quick import quick

LINGER = 120.0
"""Seconds beyond the time limit after which the process ends itself, should it hang while nobody is left to end it. More than any
patience of the parent's, which knows better why."""
MANY_OBJECTS = 50_000
"""New objects after which cycles are collected between two runs."""
IDLE_BEFORE = 0.3
"""Seconds without work after which it prepares for programs of another kind."""
HELD = 192 << 20
"""Bytes that it may keep from earlier runs; with more it asks to be replaced."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the parent sends first: where to import from."""

    path: tuple[str, ...]


@quick
@dataclass(frozen=True, slots=True)
class Task:
    """One run; the default limits when ``limits`` is None."""

    number: int
    text: str
    limits: Limits | None
    local_derivatives: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Cancel the run of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is warm; ``failure`` says what went wrong instead."""

    failure: str = ""


@quick
@dataclass(frozen=True, slots=True)
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


def main(pipe_key: str, orders_key: str, board_key: str) -> None:
    """Entry of the process."""
    # The window's Ctrl+C is not for this process: it goes when the window does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe, orders = connection(pipe_key), connection(orders_key)
    board = Board.open(board_key)
    system.give_way()
    settings = wire.receive(pipe)
    sys.path[:] = settings.path
    server = _Server(pipe, board)
    server.start()
    try:
        while True:
            server.stop(wire.receive(orders))
    except (EOFError, OSError):
        os._exit(0)


def connection(key: str) -> Connection:
    """The pipe that the parent has called ``key``."""
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(int(key))  # type: ignore[return-value]
    return Connection(int(key))


class _Server:
    """Runs programs on a thread of its own."""

    def __init__(self, pipe: Connection, board: Board) -> None:
        self._pipe = pipe
        self._board = board
        self._stopped = -1
        self._allowed = 0
        self._held = 0
        self._prepared = False

    def start(self) -> None:
        stacks.start(threading.Thread(target=self._serve, name="programs", daemon=True), stacks.PROGRAMS)

    def stop(self, order: Stop) -> None:
        """The parent wants no answer any more."""
        self._stopped = order.number

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
            try:
                task = self._next()
            except (EOFError, OSError):
                os._exit(0)
            limits = task.limits or DEFAULT_LIMITS
            with system.ended_after(limits.seconds + LINGER):
                self._answer(task, limits)
            # The parent has its answer, and does not wait for what follows.
            self._board.change(IDLE)
            if gc.get_count()[0] > MANY_OBJECTS:
                gc.collect()
            self._held = system.data_bytes() - self._allowed if self._allowed else 0

    def _warm_up(self) -> None:
        gc.disable()
        from engine.runtime.threads import choose_thread_count, thread_count

        choose_thread_count(thread_count())
        import resources
        from engine.programs.here import run_here

        run_here(resources.read_text("examples/gradients/cubic.py"))
        self._settle()

    def _settle(self) -> None:
        """What exists now stays: it is not searched for garbage, and no program is charged for it."""
        gc.collect()
        gc.freeze()
        self._allowed, self._held = system.data_bytes(), 0

    def _next(self) -> Task:
        """The next task; while none comes, what only large programs need is imported."""
        if not self._prepared and not self._pipe.poll(IDLE_BEFORE):
            self._prepare()
        task: Task = wire.receive(self._pipe)
        return task

    def _prepare(self) -> None:
        """Import piece by piece, until all is there or a program waits: it waits for one piece, not for a second or, where the
        computer is busy, several. What was imported is not charged to programs."""
        from engine.programs.costs import META_PARTS, load_meta

        before = system.data_bytes()
        for name in META_PARTS:
            if name in sys.modules:
                continue
            if self._pipe.poll(0):
                self._allowed += max(0, system.data_bytes() - before)
                return
            with suppress(ImportError):
                importlib.import_module(name)
        load_meta()
        self._prepared = True
        self._settle()

    def _answer(self, task: Task, limits: Limits) -> None:
        """Run a task, and send what came of it."""
        answer = self._run(task, limits)
        try:
            wire.send(self._pipe, answer)
        except MemoryError:
            answer = Answer(task.number, TooLargeError("its recording does not fit into memory", hint="Use smaller sizes."))
            wire.send(self._pipe, answer)
        except OSError:
            os._exit(0)

    def _run(self, task: Task, limits: Limits) -> Answer:
        from engine.programs.here import run_here

        result: object
        cause: BaseException | None = None
        system.bound_memory(self._allowed + limits.memory)
        self._board.change(RUNNING)
        try:
            result = run_here(
                task.text,
                cancel=lambda: self._stopped == task.number,
                limits=limits,
                local_derivatives=task.local_derivatives,
                board=self._board,
            )
        except (ProgramError, Cancelled) as error:
            result, cause = error, error.__cause__
        except Exception as error:
            result = wire.plain(error)
            assert isinstance(result, Exception)
            result.add_note(traceback.format_exc())
        if isinstance(result, Exception):
            result.__cause__ = result.__context__ = result.__traceback__ = None
        return Answer(task.number, result, wire.plain(cause), self._held > HELD)
