"""What differs between operating systems: ends of pipes for a child, groups of processes, refused memory."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.context import get_spawning_popen
from pathlib import Path
from typing import Any

from engine.runtime import windows

WINDOWS = sys.platform == "win32"
NO_CONSOLE = 0x08000000 if WINDOWS else 0
"""CREATE_NO_WINDOW, for what would open a console of its own."""


class PipeEnd:
    """The writing end of a pipe, which travels to a child that is being spawned."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        popen: Any = get_spawning_popen()
        if sys.platform == "win32":
            import msvcrt

            return _from_handle, (popen.duplicate_for_child(msvcrt.get_osfhandle(self.descriptor)),)
        return PipeEnd, (popen.duplicate_for_child(self.descriptor),)


def _from_handle(handle: int) -> PipeEnd:
    if sys.platform == "win32":
        import msvcrt

        return PipeEnd(msvcrt.open_osfhandle(handle, os.O_WRONLY))
    raise OSError("handles exist on Windows only")


_kept: list[Any] = []


def lead_a_group() -> None:
    """Put this process, and all that it will start, into a group that ends as a whole."""
    if sys.platform == "win32":
        _kept.append(windows.Job())
        _kept[-1].limit(windows.Limits(flags=windows.KILL_ON_CLOSE))
    else:
        os.setsid()


def end_group(pid: int) -> None:
    """Kill what is left of the group that process ``pid`` leads. Call it before the process is reaped."""
    if sys.platform == "win32":
        # The job ends its members as soon as the process that holds it is gone.
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # It has not made its group yet, or nothing is left of it.
        pass


def end_own_group() -> None:
    """Kill this process and all that it has started."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(137)


def wait_for_end(pid: int, sentinel: int) -> None:
    """Return when process ``pid``, a child of this one, has ended, without reaping it where the system can do that.

    The sentinel alone would not do on POSIX: what the child forks holds it open too.
    """
    if sys.platform == "linux":
        try:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError:
            pass  # somebody else reaped it
        return
    from multiprocessing.connection import wait

    wait([sentinel])


def refuse_beyond(limit: int | None) -> None:
    """Let allocations fail that go ``limit`` bytes beyond what is in use now; None: no more than before (Linux only).

    The thread that watches the memory sees a sum that grows, but not one allocation that is larger than the machine.
    """
    if sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard
    if limit is not None:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        soft = pages * os.sysconf("SC_PAGE_SIZE") + limit
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def interrupt_main_thread(ident: int) -> None:
    """Deliver SIGINT so that the main thread ``ident`` also leaves a call that waits."""
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:
        signal.pthread_kill(ident, signal.SIGINT)


def signal_name(number: int) -> str:
    """``SIGSEGV (segmentation fault)``, if this system has words for it."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    words = (signal.strsignal(number) or "").lower()
    return f"{name} ({words})" if words else name
