"""What programs and recordings become on their way between two processes, and what ends a process that nobody is left to end."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.programs.process import wire


@pytest.mark.parametrize(
    "array",
    [
        np.float32([1.5, -2.0]),
        np.array(3.0),
        np.zeros((0, 3), np.int64),
        np.array([[True], [False]]),
        np.arange(6, dtype=np.int16).reshape(2, 3).T,
        np.broadcast_to(np.float32(7), (4, 5)),
        np.complex64([1 + 2j]),
        np.arange(20_000, dtype=np.float64),
        np.arange(20_000, dtype=np.float64)[::2],
    ],
)
def test_an_array_arrives_as_it_was_and_read_only(array: np.ndarray) -> None:
    array.flags.writeable = False
    near, far = multiprocessing.Pipe()
    with near, far:
        sender = threading.Thread(target=wire.send, args=(near, {"one": array, "again": array}))
        sender.start()
        assert wire.coming(far)(60)
        arrived = wire.receive(far)
        sender.join()
        assert not wire.coming(far)(0)
    assert arrived["one"] is arrived["again"]
    assert arrived["one"].dtype == array.dtype and arrived["one"].shape == array.shape
    assert np.array_equal(arrived["one"], array) and not arrived["one"].flags.writeable


def test_small_arrays_are_sent_as_their_bytes() -> None:
    near, far = multiprocessing.Pipe()
    with near, far:
        wire.send(near, [np.float32([number]) for number in range(100)])
        assert b"_frombuffer" not in far.recv_bytes()  # numpy's own way takes a call of Python's for each


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a clock of the system's that ends processes")
def test_a_process_that_holds_the_interpreter_ends_itself() -> None:
    code = (
        "import ctypes\nfrom engine.programs.process import system\nsystem.give_way()\n"
        "with system.ended_after(60): pass\n"
        "with system.ended_after(0.2): ctypes.PyDLL(None).sleep(100)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[4], timeout=90)
    assert done.returncode == -signal.SIGALRM
