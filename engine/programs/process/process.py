"""One process that runs programs, seen from its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from engine.errors import Cancelled
from engine.programs.process import wire
from engine.programs.process.board import Board, Sign
from engine.programs.process.child import Answer, Ready, Settings, Stop, Task
from engine.programs.process.system import processor_seconds, resident_bytes
from gradwalk.own import ROOT

START_LIMIT = 120.0
"""Seconds that a process may take to start and to import torch."""
SLICE = 0.02
"""Seconds between two looks at the board, at the memory, and at whether to cancel."""
_ROOT = str(ROOT)
_HERE = __name__.rpartition(".")[0]
_FIRST = "gradwalk" if _HERE.startswith("gradwalk.") else "engine, resources"

Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a process does.

    Attributes
    ----------
    entry : str
        First argument of the packaged program that makes it such a process.
    module : str
        Whose ``main`` it calls, under the name that it has in this process: what is sent refers to its classes by that name.
    leads : bool
        Whether it, and all that it starts, is a group that ends as a whole.
    """

    entry: str
    module: str
    leads: bool = False

    @property
    def code(self) -> str:
        """What a Python that is not packaged runs for it."""
        return (
            f"import sys; sys.path.insert(0, {_ROOT!r}); import {_FIRST}; from {self.module} import main; "
            f"sys.path.remove({_ROOT!r}); main(*sys.argv[1:])"
        )


PROGRAMS = Kind("--runs-programs", f"{_HERE}.child")


class StartError(RuntimeError):
    """The process could not be started; the text says why, if that is known."""


class ProgramProcess:
    """A child process that imports torch and then runs one program after the other.

    It is started by the constructor, which does not wait for it; raises OSError if the system refuses.
    """

    def __init__(self, kind: Kind = PROGRAMS) -> None:
        self._kind = kind
        self.runs = 0
        self._warm = False
        self._spent = False
        self._board = Board.make()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  what it complains of while it starts
        self._pipe, theirs = multiprocessing.Pipe()
        orders, self._orders = multiprocessing.Pipe(duplex=False)
        try:
            self._process = self._start(theirs, orders)
        except BaseException:
            self._pipe.close()
            self._orders.close()
            self._board.close()
            self._said.close()
            raise
        finally:
            theirs.close()
            orders.close()
        self._board.handed_over()
        self._comes = wire.coming(self._pipe)
        self._send(Settings(tuple(sys.path)))

    def _start(self, theirs: Connection, orders: Connection) -> subprocess.Popen[bytes]:
        # Not by multiprocessing: that would import the user's own main module once more, which need not be made for it.
        packaged = getattr(sys, "frozen", False)
        start = [sys.executable, self._kind.entry] if packaged else [sys.executable, "-P", "-c", self._kind.code]
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self._said}
        command = [*start, str(theirs.fileno()), str(orders.fileno()), self._board.key]
        if sys.platform != "win32":
            inherited = (theirs.fileno(), orders.fileno(), *([] if self._board.descriptor is None else [self._board.descriptor]))
            return subprocess.Popen(command, pass_fds=inherited, start_new_session=self._kind.leads, **streams)
        environment = dict(os.environ)
        if not packaged and sys.executable != sys._base_executable:
            # The python.exe of a virtual environment starts the real one, which would not inherit the pipe.
            environment["__PYVENV_LAUNCHER__"] = sys.executable
            command[0] = sys._base_executable
        os.set_handle_inheritable(theirs.fileno(), True)
        os.set_handle_inheritable(orders.fileno(), True)
        return subprocess.Popen(
            command,
            close_fds=False,
            env=environment,
            creationflags=subprocess.CREATE_NO_WINDOW,
            **streams,
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether another program may run in it. Of one that has run programs it is not asked whether it lives: that shows."""
        return not self._spent and (self.runs > 0 or self._process.poll() is None)

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    @property
    def ended_by(self) -> int:
        """Its exit status, negative for a signal; waits a moment for it."""
        try:
            return self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            return 0

    def sign(self) -> Sign:
        """What it last wrote on its board."""
        return self._board.read()

    def resident(self) -> int:
        """Bytes of memory that it has in use."""
        return resident_bytes(self._process)

    def computed(self) -> float:
        """Seconds for which it has computed; infinite if that is not known."""
        return processor_seconds(self._process)

    def wait_until_ready(self, cancel: Cancel | None = None) -> None:
        """Return when it has imported torch. Raises StartError, or Cancelled if ``cancel`` says so first."""
        if self._warm:
            return
        deadline = time.monotonic() + START_LIMIT
        try:
            while not self._pipe.poll(SLICE):
                if cancel is not None and cancel():
                    raise Cancelled("stopped")
                if time.monotonic() > deadline:
                    raise StartError("the process that runs programs did not start in time")
            ready: Ready = wire.receive(self._pipe)
        except (EOFError, OSError) as error:
            raise StartError(f"the process that runs programs ended while it started: {self._complaint()}") from error
        if ready.failure:
            raise StartError(f"the process that runs programs could not start:\n{ready.failure}")
        self._warm = True

    def _complaint(self) -> str:
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 4000))
        said = self._said.read().decode("utf-8", "replace").strip()
        return said or f"exit status {self.ended_by}"

    def ask(self, task: Task) -> None:
        """Hand a program over. Raises OSError if the process is gone."""
        self.runs += 1
        self._send(task)

    def stop(self, task: Task) -> None:
        """Ask it to cancel a program between two operations."""
        try:
            wire.send(self._orders, Stop(task.number))
        except OSError:
            return  # it has ended, which whoever waits for its answer will see

    def answer(self, seconds: float) -> Answer | None:
        """Its answer, None if there is none after so many seconds. Raises EOFError or OSError when it has ended."""
        if not self._comes(seconds):
            return None
        answer: Answer = wire.receive(self._pipe)
        self._spent = answer.spent
        return answer

    def _send(self, message: object) -> None:
        wire.send(self._pipe, message)

    def kill(self) -> None:
        """End it, with all that it has started if it leads a group, and reap it."""
        if self._kind.leads and sys.platform != "win32":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Let go of all that belongs to it; in a process that was forked, whose child it is not, without ending it."""
        self._process.returncode = self._process.returncode or 0
        self._pipe.close()
        self._orders.close()
        self._board.close()
        self._said.close()
