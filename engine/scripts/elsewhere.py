"""Starts a process in another Python than this program's, with this installation's code and no other of its modules.

Not by multiprocessing: what that sends to a process it spawns is bound to the modules and the version of the Python here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from engine.scripts import system
from engine.scripts.interpreters import LEAVE_PATH, Interpreter, environment, packaged
from engine.scripts.job import Job
from gradwalk.own import ROOT

SHIPPED = "for_other_pythons"
"""Folder of the packaged program with the source of ``gradwalk`` and ``engine``."""
_CODE = (
    LEAVE_PATH + "from importlib.util import module_from_spec as make, spec_from_file_location as at; "
    "spec = at('gradwalk', sys.argv[1]); sys.modules['gradwalk'] = made = make(spec); spec.loader.exec_module(made); "
    "from gradwalk.script import begin; begin(*sys.argv[2:])"
)
"""Takes ``gradwalk`` from its file: the path stays the other Python's own."""


def source() -> Path:
    """The folder with the source that the other Python imports."""
    return ROOT / SHIPPED if packaged() else ROOT


class OtherProcess:
    """A process in another Python, with as much of ``multiprocessing.Process`` as is needed.

    Parameters
    ----------
    python : Interpreter
    entry : str
        ``serve`` or ``keep`` of ``gradwalk.script``.
    job : Job
    streams : two int, or empty
        Descriptors to write output and errors to.

    Raises OSError if the system refuses.
    """

    def __init__(self, python: Interpreter, entry: str, job: Job, streams: Sequence[int] = ()) -> None:
        self.control, theirs = Pipe()
        self._sentinel, ends = os.pipe() if sys.platform != "win32" else (-1, -1)
        command = [str(python.path), "-c", _CODE, str(source() / "gradwalk" / "__init__.py"), entry, str(theirs.fileno())]
        given = environment()
        output, errors = streams or (subprocess.DEVNULL, subprocess.DEVNULL)
        try:
            if sys.platform == "win32":
                if python.base != python.path:
                    # The python.exe of a virtual environment starts the real one, which would not inherit the pipe.
                    given["__PYVENV_LAUNCHER__"] = command[0]
                    command[0] = str(python.base)
                os.set_handle_inheritable(theirs.fileno(), True)
                self._popen = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env=given,
                    close_fds=False,
                    creationflags=subprocess.CREATE_NO_WINDOW,
                )
            else:
                self._popen = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env=given,
                    pass_fds=(theirs.fileno(), ends),
                )
        except BaseException:
            self.control.close()
            self._close_sentinel()
            raise
        finally:
            theirs.close()
            if ends >= 0:
                os.close(ends)
        self.pid = self._popen.pid
        try:
            self.control.send((job.told(), len(streams)))
        except OSError:
            pass  # it has ended already: it will be judged like any that does

    @property
    def sentinel(self) -> int:
        """What becomes ready when the process ends."""
        if sys.platform == "win32":
            return int(self._popen._handle)  # type: ignore[attr-defined]
        return self._sentinel

    @property
    def exitcode(self) -> int:
        """Its status, −n for signal n; call ``join`` first."""
        assert self._popen.returncode is not None
        return self._popen.returncode

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return
        self._close_sentinel()

    def kill(self) -> None:
        """End it; whoever joins it reaps it."""
        if self._popen.returncode is not None:
            return
        if sys.platform == "win32":
            self._popen.kill()
            return
        import signal

        try:
            # Not by ``Popen.kill``, which would reap it: its group must be ended before its number is free.
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _close_sentinel(self) -> None:
        if self._sentinel >= 0:
            os.close(self._sentinel)
            self._sentinel = -1


def begin(entry: str, key: str) -> None:
    """Entry of the process: ``entry`` of ``gradwalk.script`` with the connection that ``key`` names."""
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        control: Connection = PipeConnection(int(key))  # type: ignore[assignment]
    else:
        control = Connection(int(key))
    told, streams = control.recv()
    job = Job.of(told)
    ends = [system.PipeEnd(os.dup(number)) for number in (1, 2)] if streams else []
    getattr(import_module("gradwalk.script"), entry)(job, control, *ends)
