"""How much memory this process uses, and how much the machine, or the container that it runs in, has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from engine.runtime import windows

SHARE = 2
"""A recording ends, unless told otherwise, when its process uses more than one part in so many of the machine's memory."""
LEAST = 2**30
"""Bytes that are allowed where the system does not say how much it has."""
_CONTAINER = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def resident_bytes() -> int:
    """Memory that this process has in use now (on macOS: had at most); 0 if the system does not say."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return int(windows.counters().working_set)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def machine_bytes() -> int:
    """Memory of the machine, or what its container may use of it if that is less; 0 if the system does not say."""
    if sys.platform == "win32":
        return int(windows.machine().physical)
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0
    return min([max(found, 0), *_container_limits()])


def free_bytes() -> int:
    """Memory that this process can still get without driving others out; a guess where the system does not say."""
    if sys.platform == "win32":
        return int(windows.machine().free)
    found = [machine_bytes() // SHARE or LEAST]
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")] or found
    except (OSError, ValueError, IndexError):
        pass  # macOS has no such file
    return min([*found, *_container_limits()])


def default_bound() -> int:
    """Bytes that a process may use until its recording ends: half of the machine's memory."""
    return max(machine_bytes() // SHARE, LEAST)


def _container_limits() -> list[int]:
    found = []
    for name in _CONTAINER:
        try:
            said = Path(name).read_text().strip()
        except OSError:
            continue
        if said.isdecimal() and int(said) > 0:
            found.append(int(said))
    return found
