"""Python processes that begin with torch imported: forked from one that has done that, since each would take two seconds for it.

What they do is what ``python script.py`` does: the same command, folder, environment, streams and descriptors, in a child of this
process, which ends as Python ends. It is not for tests whose subject is the start: options and variables that Python reads then,
what is imported when, what the stack looks like below the script, and the command line that others see.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, takewhile
from multiprocessing import util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
AVAILABLE = sys.platform == "linux"
"""Elsewhere all of them start afresh."""
READ_AT_START = ("PYTHON", "LD_", "LC_", "LANG", "TZ", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "MALLOC_", "TORCH")
"""How variables begin that Python and its libraries read when they are loaded."""
_PR_SET_CHILD_SUBREAPER = 36
_flags = util._args_from_interpreter_flags()  # type: ignore[attr-defined]


class _Server:
    """The process that forks. What it has forked becomes a child of this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[bool, socket.socket] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._environment: dict[str, str] = {}

    def start(
        self, command: Sequence[str], recorded: bool, folder: str, environment: dict[str, str], given: dict[int, int]
    ) -> int:
        """Start ``python *command``; ``given`` are our descriptors by the places that it has them at. Gives the process's id."""
        asked = {"command": list(command), "folder": folder, "environment": environment, "places": list(given)}
        with self._lock:
            if self._process is None:
                self._begin()
            if _read_at_start(environment) != _read_at_start(self._environment):
                raise ValueError("the environment has variables that are read at the start: use a fresh process")
            line = self._lines[recorded]
            adopt = ctypes.CDLL(None).prctl
            adopt(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(line, [json.dumps(asked).encode()], [*given.values()])
                return int(line.recv(20))
            except BaseException:  # the next one must not get this one's answer
                self._end()
                raise
            finally:
                adopt(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def _begin(self) -> None:
        self._environment = _environment()
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
        theirs = [pair[1].fileno() for pair in pairs]
        self._process = subprocess.Popen(
            [sys.executable, *_flags, str(Path(__file__).with_name("warm_server.py")), *map(str, theirs), str(ROOT)],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        atexit.register(self._end)
        for recorded, (ours, other) in enumerate(pairs):
            other.close()
            self._lines[bool(recorded)] = ours

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.stdout is None:
            return
        for line in self._lines.values():
            line.close()
        process.stdout.close()
        process.kill()
        process.wait()


_server = _Server()


def _read_at_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def _environment() -> dict[str, str]:
    """What a process inherits: C code, such as readline's, puts variables there that ``os.environ`` does not have."""
    place = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    lines = (os.fsdecode(line) for line in takewhile(bool, map(place.__getitem__, count())))
    return dict(line.split("=", 1) for line in lines)


class Popen(subprocess.Popen[Any]):
    """``subprocess.Popen`` of a Python that is warm: ``args`` is its command without the interpreter."""

    def _execute_child(self, args: Any, *rest: Any) -> None:
        _, _, _, pass_fds, cwd, env, _, _, _, *pipes = rest[:15]
        ends = (pipes[0], pipes[3], pipes[5])
        given = {place: place if end == -1 else end for place, end in enumerate(ends)} | {place: place for place in pass_fds}
        folder = str(Path.cwd() if cwd is None else cwd)
        self.pid = _server.start([str(part) for part in args], False, folder, _environment() if env is None else dict(env), given)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def run(command: Sequence[str | Path], **settings: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run([sys.executable, *command], capture_output=True, …)``, warm."""
    timeout = settings.pop("timeout", None)
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
    if not AVAILABLE:
        return subprocess.run([sys.executable, *command], timeout=timeout, check=False, **settings)
    with Popen(list(command), **settings) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@contextmanager
def starts() -> Iterator[None]:
    """What multiprocessing spawns meanwhile is warm, with all imported that a script's process has when the script begins."""
    usual = util.spawnv_passfds  # type: ignore[attr-defined]

    def spawn(path: Any, command: Sequence[str], passed: Sequence[int]) -> int:
        head = [sys.executable, *_flags, "-c"]
        words = [os.fsdecode(word) for word in command]
        if words[: len(head)] != head or "spawn_main" not in words[len(head)]:
            return int(usual(path, command, passed))
        given = {place: place for place in (0, 1, 2, *passed)}
        return _server.start(words[len(head) - 1 :], True, str(Path.cwd()), _environment(), given)

    if AVAILABLE:
        util.spawnv_passfds = spawn  # type: ignore[attr-defined]
    try:
        yield
    finally:
        util.spawnv_passfds = usual  # type: ignore[attr-defined]
