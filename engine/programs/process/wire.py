"""Answers on their way between two processes: pickles, with the large arrays beside them so that these are never copied twice."""

from __future__ import annotations

import builtins
import io
import pickle
import select
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BESIDE = 1 << 16
"""From so many bytes on, an array travels beside the pickle."""


def _array(array: NDArray[Any]) -> Any:
    """How an array is pickled: a small one as its bytes, which is quicker than numpy's way. It cannot be written to, either."""
    if array.nbytes < _BESIDE:
        return np.ndarray, (array.shape, array.dtype.str, array.tobytes())
    return (array if array.flags.c_contiguous else array.copy("C")).__reduce_ex__(5)


class _Pickler(pickle.Pickler):
    dispatch_table = {np.ndarray: _array}


def send(pipe: Connection, content: object) -> None:
    """Send any picklable object."""
    beside: list[memoryview] = []

    def apart(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _BESIDE:
            return True
        beside.append(raw)
        return False

    written = io.BytesIO()
    written.write(bytes(4))
    _Pickler(written, 5, buffer_callback=apart).dump(content)
    data = written.getbuffer()
    data[:4] = len(beside).to_bytes(4, "little")
    pipe.send_bytes(data)
    for part in beside:
        pipe.send_bytes(part)


def receive(pipe: Connection) -> Any:
    """What ``send`` sent; its arrays cannot be written to. Raises EOFError or OSError when the other side is gone."""
    data = memoryview(pipe.recv_bytes())
    beside = [pipe.recv_bytes() for _ in range(int.from_bytes(data[:4], "little"))]
    return pickle.loads(data[4:], buffers=beside)


def coming(pipe: Connection) -> Callable[[float], bool]:
    """``pipe.poll``, prepared once: that one asks the system for something new each time, which takes longer than the waiting."""
    if sys.platform == "win32" or not hasattr(select, "poll"):
        return pipe.poll
    waiting = select.poll()
    waiting.register(pipe.fileno(), select.POLLIN)
    return lambda seconds: bool(waiting.poll(seconds * 1000))


def plain(error: BaseException | None) -> Exception | None:
    """``error`` as one that can be sent to a process without torch: of Python's own kind, with the same text."""
    if error is None:
        return None
    kind = getattr(builtins, type(error).__name__, None)
    if kind is type(error) and isinstance(error, Exception) and all(isinstance(part, (str, int)) for part in error.args):
        return type(error)(*error.args)
    return RuntimeError(f"{type(error).__name__}: {error}")
