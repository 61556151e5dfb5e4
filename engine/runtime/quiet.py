"""Python warnings of programs stay inside programs."""
# ruff: noqa: E501 (tables and messages, one a line)

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_filters = warnings.catch_warnings()


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Ignore warnings meanwhile, and leave the filters as they were.

    The filters belong to the whole process: when several threads are inside, the first one changes them and the last one restores them.
    """
    global _inside, _filters
    with _lock:
        _inside += 1
        if _inside == 1:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.simplefilter("ignore")
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _filters.__exit__(None, None, None)
