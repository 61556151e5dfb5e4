"""Answers on their way between two processes: pickles, with the large arrays beside them so that these are never copied twice."""

from __future__ import annotations

import builtins
import pickle
from multiprocessing.connection import Connection
from typing import Any

_BESIDE = 1 << 16
"""Bytes from which an array travels beside the pickle."""


def send(pipe: Connection, content: object) -> None:
    """Send any picklable object."""
    beside: list[memoryview] = []

    def apart(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _BESIDE:
            return True
        beside.append(raw)
        return False

    data = pickle.dumps(content, 5, buffer_callback=apart)
    pipe.send_bytes(len(beside).to_bytes(4, "little") + data)
    for part in beside:
        pipe.send_bytes(part)


def receive(pipe: Connection) -> Any:
    """What ``send`` sent; its arrays cannot be written to. Raises EOFError or OSError when the other side is gone."""
    data = memoryview(pipe.recv_bytes())
    beside = [pipe.recv_bytes() for _ in range(int.from_bytes(data[:4], "little"))]
    return pickle.loads(data[4:], buffers=beside)


def plain(error: BaseException | None) -> Exception | None:
    """``error`` as one that can be sent to a process without torch: of Python's own kind, with the same text."""
    if error is None:
        return None
    kind = getattr(builtins, type(error).__name__, None)
    if kind is type(error) and isinstance(error, Exception) and all(isinstance(part, (str, int)) for part in error.args):
        return type(error)(*error.args)
    return RuntimeError(f"{type(error).__name__}: {error}")
