"""What a script is about to do to its process, and the processes that it starts: told by Python's audit events, and counted."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

_ENDS = frozenset({"os.kill", "os.killpg", "signal.pthread_kill", "os.abort"})
_C_ENDS = frozenset(
    """
    exit _exit _Exit quick_exit abort kill raise tgkill syscall pthread_exit Py_Exit execl execle execlp execv execve
    execvp execvpe fexecve ExitProcess TerminateProcess
""".split()
)
_PYTHON = ("python", "pypy")
_LOADER_WORKERS = "torch.utils.data"
_getpid, _getframe = os.getpid, sys._getframe


class Deeds:
    """Parameters
    ----------
    about_to_end : callable(str)
        Called before something that may end the process: with what will have ended it, or with nothing where that will be seen.
    """

    def __init__(self, about_to_end: Callable[[str], None]) -> None:
        self._about_to_end = about_to_end
        self._owner = _getpid()
        self._started: Counter[str] = Counter()
        self.active = True

    def watch(self) -> None:
        """From now on, for as long as the process lives: Python has no way back."""
        sys.addaudithook(self._hear)
        _follow_multiprocessing(self._process_started)

    def _hear(
        self,
        event: str,
        given: tuple[Any, ...],
        wanted: frozenset[str] = frozenset(
            {
                *_ENDS,
                "os.exec",
                "ctypes.dlsym",
                "os.fork",
                "os.forkpty",
                "subprocess.Popen",
                "os.posix_spawn",
                "os.spawn",
                "os.system",
            }
        ),
    ) -> None:
        if event not in wanted or not self.active or _getpid() != self._owner:
            return
        if event == "os.exec":
            self._about_to_end(f"the script replaced itself with another program: {_text(given[0])}")
        elif event in _ENDS or (event == "ctypes.dlsym" and given[1] in _C_ENDS):
            self._about_to_end("")
        elif event in ("os.fork", "os.forkpty"):
            if not _is_called_by("multiprocessing"):
                self._started[event] += 1
        elif event == "subprocess.Popen":
            if any(_is_python(item) for item in (given[0], *_programs(given[1]))) and not _is_called_by("torch"):
                self._started["subprocess"] += 1
        elif event in ("os.posix_spawn", "os.spawn"):
            if _is_python(given[0 if event == "os.posix_spawn" else 1]) and not _is_called_by("subprocess"):
                self._started[event] += 1
        elif event == "os.system" and any(_is_python(item) for item in _text(given[0]).split()):
            self._started["os.system"] += 1

    def _process_started(self, process: Any, method: str) -> None:
        """``multiprocessing`` starts ``process``; the workers of a ``DataLoader`` only load."""
        if not self.active or _getpid() != self._owner:
            return
        if getattr(getattr(process, "_target", None), "__module__", "").startswith(_LOADER_WORKERS):
            return
        way = next((name for module, name in _WAYS if _is_called_by(module)), "multiprocessing.Process")
        self._started[f"{way}, {method}"] += 1

    def add_workers(self, count: int) -> None:
        """Count workers of a ``DataLoader`` that computed gradients."""
        if count:
            self._started["workers of a DataLoader, which compute gradients"] += count

    def note(self) -> str:
        """What a recording says of it; empty if there is nothing to say."""
        if not self._started:
            return ""
        total = sum(self._started.values())
        ways = "; ".join(f"{count} by {way}" if len(self._started) > 1 else f"by {way}" for way, count in self._started.items())
        processes, them = ("1 process", "it") if total == 1 else (f"{total} processes", "them")
        return f"the script started {processes} ({ways}): what ran in {them} is not recorded"


_WAYS = (
    ("torch.multiprocessing.spawn", "torch.multiprocessing.spawn"),
    ("torch.distributed", "torch.distributed"),
    ("concurrent.futures", "concurrent.futures"),
    ("multiprocessing.pool", "multiprocessing.Pool"),
    ("multiprocessing.managers", "multiprocessing.Manager"),
)


def _follow_multiprocessing(started: Callable[[Any, str], None]) -> None:
    """Let ``started(process, method)`` know of each process that multiprocessing starts, in whatever way."""
    from multiprocessing import context

    for name, method in (("ForkProcess", "fork"), ("SpawnProcess", "spawn"), ("ForkServerProcess", "forkserver")):
        kind = getattr(context, name, None)
        if kind is not None:
            kind._Popen = staticmethod(_telling(kind._Popen, method, started))


def _telling(popen: Callable[[Any], Any], method: str, started: Callable[[Any, str], None]) -> Callable[[Any], Any]:
    def _Popen(process_obj: Any) -> Any:
        made = popen(process_obj)
        started(process_obj, method)
        return made

    return _Popen


def _is_called_by(package: str) -> bool:
    """Whether code of ``package`` is on the stack, before any code of the script."""
    frame: FrameType | None = _getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and (name == package or name.startswith(f"{package}.")):
            return True
        if name == "__main__":
            return False
        frame = frame.f_back
    return False


def _text(item: object) -> str:
    if isinstance(item, bytes):
        return os.fsdecode(item)
    return item if isinstance(item, str) else str(item)


def _programs(given: object) -> list[object]:
    """The program of a command, and those that a shell is told to run."""
    if not isinstance(given, list | tuple):
        return [*_text(given).split()[:1]]
    return [given[0], *(_text(given[2]).split() if len(given) == 3 and given[1] == "-c" else ())] if given else []


def _is_python(program: object) -> bool:
    if not isinstance(program, str | bytes | os.PathLike):
        return False
    name = os.path.basename(os.fsdecode(program)).lower()  # noqa: PTH119  it may be no path at all
    return name.startswith(_PYTHON) or os.fsdecode(program) == sys.executable
