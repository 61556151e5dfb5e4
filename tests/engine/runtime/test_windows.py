"""The structures that Windows fills in and reads: their sizes are known, and a wrong one would be refused or written past."""

from __future__ import annotations

import ctypes

from engine.runtime import windows


def test_the_structures_have_the_sizes_that_windows_states() -> None:
    assert ctypes.sizeof(ctypes.c_size_t) == 8
    assert ctypes.sizeof(windows.Counters) == 72
    assert ctypes.sizeof(windows.Machine) == 64
    assert ctypes.sizeof(windows.Limits) == 144


def test_the_fields_lie_where_windows_puts_them() -> None:
    assert (windows.Counters.working_set.offset, windows.Counters.pagefile.offset) == (16, 56)
    assert windows.Machine.physical.offset == 8
    assert (windows.Limits.flags.offset, windows.Limits.process_memory.offset) == (16, 112)
