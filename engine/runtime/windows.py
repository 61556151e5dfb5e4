"""What Windows says and does only through its C interface: memory of processes, and jobs that bound or end their members."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_DWORD = ctypes.c_uint32
EXTENDED_LIMITS = 9
"""JobObjectExtendedLimitInformation."""
PROCESS_MEMORY, KILL_ON_CLOSE = 0x100, 0x2000
"""Flags of `Limits`: ``process_memory`` holds; members end when the last handle of the job is closed."""


class Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS, in bytes."""

    _fields_ = [
        ("size", _DWORD),
        ("faults", _DWORD),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("pools", ctypes.c_size_t * 4),
        ("pagefile", ctypes.c_size_t),
        ("peak_pagefile", ctypes.c_size_t),
    ]


class Machine(ctypes.Structure):
    """MEMORYSTATUSEX, in bytes."""

    _fields_ = [
        ("size", _DWORD),
        ("load", _DWORD),
        ("physical", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 5),
    ]


class Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; fields that its flags do not name are ignored."""

    _fields_ = [
        ("times", ctypes.c_int64 * 2),
        ("flags", _DWORD),
        ("working_set", ctypes.c_size_t * 2),
        ("active", _DWORD),
        ("affinity", ctypes.c_size_t),
        ("classes", _DWORD * 2),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("memory", ctypes.c_size_t * 3),
    ]


if sys.platform == "win32":
    from ctypes import wintypes

    def _kernel() -> Any:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        return kernel

    def counters(handle: int | None = None) -> Counters:
        """Memory of the process with ``handle``, or of this one."""
        kernel = _kernel()
        memory = Counters(size=ctypes.sizeof(Counters))
        of = wintypes.HANDLE(kernel.GetCurrentProcess() if handle is None else handle)
        kernel.K32GetProcessMemoryInfo(of, ctypes.byref(memory), memory.size)
        return memory

    def machine() -> Machine:
        """Memory of the machine."""
        memory = Machine(size=ctypes.sizeof(Machine))
        _kernel().GlobalMemoryStatusEx(ctypes.byref(memory))
        return memory

    class Job:
        """A job object with this process as its member, which closes its handle when it ends; so keep this object."""

        def __init__(self) -> None:
            kernel = _kernel()
            self._handle = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
            kernel.AssignProcessToJobObject(self._handle, wintypes.HANDLE(kernel.GetCurrentProcess()))

        def limit(self, limits: Limits) -> None:
            """Hold the members to ``limits``."""
            _kernel().SetInformationJobObject(self._handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
