"""Python's garbage collector held back while millions of objects are made that all stay: it would look at them again and again,
and hold up every thread meanwhile."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_gate = threading.RLock()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """For any thread; one at a time. The collector is as it was afterwards."""
    with _gate:
        works = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if works:
                gc.enable()
