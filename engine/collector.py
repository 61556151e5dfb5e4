"""Python's garbage collector, held back while many objects are made that are no garbage: looking at them holds up all threads."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting = 0
_was_on = False


def resting() -> bool:
    """Whether some thread makes many objects that are no garbage right now."""
    return _resting > 0


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No collection by itself meanwhile, in any thread. Threads may overlap; the last one out turns it on again, if it was on."""
    global _resting, _was_on
    with _lock:
        if _resting == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if _resting == 0 and _was_on:
                gc.enable()
