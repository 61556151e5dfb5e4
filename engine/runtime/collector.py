"""Many objects at once: no garbage collection while they are made, and no single step in which they go.

Both would hold up all threads.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_lock = threading.Lock()
_resting = 0
_was_on = False
_MANY = 1000
"""Elements from which a container is taken apart."""
_MOST_OWNERS = 10_000
_OWN = 2
"""References to what is only in a list: the list's, and that of the call that counts them."""
_WAIT = 0.05
_OURS = ("engine.", "gui.", "gradwalk.")


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


def let_go(owner: object, patience: float = 30.0) -> None:
    """Give back the memory of ``owner``, which nothing else may refer to, piece by piece.

    While one object goes with the million that are in it, no other thread has its turn. So its large containers are held here
    first, each behind all that is in it: they then go one after the other, and what was in them element by element. A container
    that someone else holds, too, is waited for (``patience`` seconds): its end would be in that thread.
    """
    held: list[list[object]] = []
    with collector_at_rest():  # it would look at all that is held here
        _gather(owner, held, set())
        del owner
        until = time.monotonic() + patience
        while held:
            alone = [at for at, part in enumerate(held) if sys.getrefcount(part[-1]) <= _OWN]
            if not alone and time.monotonic() < until:
                time.sleep(_WAIT)
                continue
            for at in reversed(alone or range(len(held))):
                part = held.pop(at)
                while part:
                    part.pop()


def _gather(owner: object, held: list[list[object]], seen: set[int]) -> None:
    waiting = [owner]
    while waiting:
        for part in gc.get_referents(waiting.pop()):
            if id(part) in seen or isinstance(part, type | ModuleType):
                continue
            if isinstance(part, tuple | list | dict | set | frozenset):
                seen.add(id(part))
                if len(part) > _MANY:
                    held.append([*part, *part.values(), part] if isinstance(part, dict) else [*part, part])
                else:
                    waiting.append(part)
            elif type(part).__module__.startswith(_OURS) and len(seen) < _MOST_OWNERS:
                seen.add(id(part))
                waiting.append(part)
