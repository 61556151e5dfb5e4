"""What differs between operating systems: how much memory another process uses, and bounds that a process sets itself."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.runtime import windows

_jobs: list[Any] = []
"""On Windows the job that bounds this process."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0


def _pages(process: int | str, column: int) -> int:
    """A number of the kernel's about a process's memory. Asked before every program, so without Python's own files."""
    file = os.open(f"/proc/{process}/statm", os.O_RDONLY)
    try:
        return int(os.read(file, 200).split()[column])
    finally:
        os.close(file)


def resident_bytes(process: subprocess.Popen[bytes]) -> int:
    """Memory that ``process``, a child of this one, has in use now; 0 if the system does not say."""
    if sys.platform == "linux":
        try:
            return _pages(process.pid, 1) * _PAGE
        except (OSError, IndexError):
            return 0  # it has just ended
    if sys.platform == "win32":
        return int(windows.counters(int(process._handle)).working_set)  # type: ignore[attr-defined]
    if sys.platform == "darwin":
        return _darwin_memory(process.pid)
    return 0


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Time for which ``process`` has computed, on all cores; infinite if the system does not say."""
    if sys.platform != "linux":
        return math.inf
    try:
        parts = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf  # it has just ended
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """The system ends this process if what is inside takes longer, whatever it does and whoever holds the interpreter's lock."""
    if hasattr(signal, "setitimer"):
        # Nobody listens to this signal here, so it ends the process. Unlike Python's own watchdog it needs no thread.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        return
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def data_bytes() -> int:
    """Memory that this process has asked for and may write to, as the system counts it against ``bound_memory``; 0 if unknown."""
    if sys.platform == "linux":
        return _pages("self", 5) * _PAGE
    if sys.platform == "win32":
        return int(windows.counters().pagefile)
    return 0


_bound = 0
"""What ``bound_memory`` has set last."""


def bound_memory(most: int) -> None:
    """Let allocations fail by which this process would have more than ``most`` bytes of data (Linux and Windows).

    Elsewhere the parent, which looks at ``resident_bytes``, is all there is.
    """
    global _bound
    if most == _bound:
        return
    _bound = most
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    elif sys.platform == "win32":
        if not _jobs:
            _jobs.append(windows.Job())
        _jobs[0].limit(windows.Limits(flags=windows.PROCESS_MEMORY, process_memory=most))


def give_way() -> None:
    """Leave no core file behind a crash, be the first to go when the system runs out of memory, and let ``ended_after`` end this.

    Call it in the main thread, before others are started.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.WinDLL("kernel32").SetErrorMode(0x8003)  # no message box when it crashes
        return
    import resource

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        try:
            Path("/proc/self/oom_score_adj").write_text("1000")
        except OSError:
            return  # some containers forbid it, and then nothing is lost but the order


if sys.platform == "darwin":
    import ctypes

    class _Usage(ctypes.Structure):
        """rusage_info_v0."""

        _fields_ = [("uuid", ctypes.c_uint8 * 16), ("numbers", ctypes.c_uint64 * 9)]

    def _darwin_memory(pid: int) -> int:
        library = ctypes.CDLL("/usr/lib/libproc.dylib")
        usage = _Usage()
        if library.proc_pid_rusage(pid, 0, ctypes.byref(usage)) != 0:
            return 0
        return int(usage.numbers[6])
