"""Handlers of signals run where the code or torch does, never within the recorder: what they raise and record is the code's."""

from __future__ import annotations

import gc
import os
import signal
import time
import weakref
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

import engine
from engine.runtime.frames.untold import unnoticed
from tests.engine.script_runs import plain, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="timers that interrupt are those of POSIX")


class Late(Exception):
    pass


def late(number: int, frame: FrameType | None) -> None:
    raise Late


@pytest.fixture(autouse=True)
def no_timer() -> Any:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_what_a_handler_raises_gets_to_the_code_and_the_recording_goes_on() -> None:
    w = torch.ones(2, requires_grad=True)
    ended = 0
    with engine.record() as handle:
        signal.signal(signal.SIGALRM, late)
        for number in range(60):
            began = time.monotonic()
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.001 + 0.0007 * (number % 20))
                while time.monotonic() - began < 20:
                    (w * 2).sum().backward()
            except Late:
                ended += 1
        w.grad = None
        (w * 5).sum().backward()
    assert ended == 60 and w.grad is not None and w.grad.tolist() == [5.0, 5.0]
    assert not [note for note in handle.recording.notes if "failed itself" in note]
    gradient = handle.recording.variables[0].gradients[-1][1]
    assert gradient is not None and gradient.array is not None and gradient.array.tolist() == [5.0, 5.0]


def test_what_comes_while_python_would_swallow_it_is_sent_again() -> None:
    """Python looks for signals after a callback of a weak reference, too, where it only prints what a handler raises."""
    called = []

    def callback(_: object) -> None:
        called.append(1)
        signal.raise_signal(signal.SIGALRM)

    with engine.record():
        signal.signal(signal.SIGALRM, late)
        tensor = torch.ones(2)
        reference = weakref.ref(tensor, unnoticed(callback, in_callback=True))
        with pytest.raises(Late):
            del tensor
            until = time.monotonic() + 20
            while time.monotonic() < until:
                torch.ones(1)
        assert called and reference() is None


def test_a_handler_that_computes_is_recorded_as_the_code_that_it_is() -> None:
    w = torch.ones(2, requires_grad=True)
    came = 0

    def computes(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        (w * 3).sum().backward()

    with engine.record() as handle:
        signal.signal(signal.SIGALRM, computes)
        signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
        began = time.monotonic()
        while came < 20 and time.monotonic() - began < 30:
            w.sin()
        signal.setitimer(signal.ITIMER_REAL, 0)
        (w * 1).sum().backward()
    assert came >= 20 and w.grad is not None and w.grad.tolist() == [3.0 * came + 1] * 2
    assert not [note for note in handle.recording.notes if "failed itself" in note]
    variable = next(item for item in handle.recording.variables if item.name == "w")
    gradient = variable.gradients[-1][1]
    assert gradient is not None and gradient.array is not None and gradient.array.tolist() == w.grad.tolist()


def test_handlers_are_those_of_the_code() -> None:
    before = signal.getsignal(signal.SIGINT), signal.signal, signal.getsignal
    signal.signal(signal.SIGALRM, late)
    with engine.record():
        assert signal.getsignal(signal.SIGALRM) is late
        assert signal.signal(signal.SIGALRM, signal.SIG_IGN) is late
        assert signal.signal(signal.SIGALRM, print) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is before[0]
        for wrong in ((signal.SIGALRM, 5), ("x", late), (10**6, late), (signal.SIGKILL, late)):
            with pytest.raises((TypeError, ValueError, OSError)):
                signal.signal(*wrong)  # type: ignore[arg-type]
    assert signal.getsignal(signal.SIGALRM) is print
    assert (signal.getsignal(signal.SIGINT), signal.signal, signal.getsignal) == before


SCRIPT = """
import asyncio, os, signal, threading, time
print([item for item in signal.valid_signals() if callable(signal.getsignal(item))], signal.getsignal(signal.SIGINT))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
signal.signal(signal.SIGUSR1, lambda number, frame: print(number, frame.f_code.co_name, (x * 2).sum().item()))
os.kill(os.getpid(), signal.SIGUSR1)
async def waits():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: print("in the loop"))
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.1)
asyncio.run(waits())
threading.Timer(0.1, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)).start()
try:
    while True:
        (x * 2).sum()
except KeyboardInterrupt:
    print("interrupted", signal.getsignal(signal.SIGINT), flush=True)
def ends(number, frame):
    raise ValueError("ended")
signal.signal(signal.SIGTERM, ends)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(5)
"""


def test_a_script_finds_the_handlers_of_a_plain_run_and_blocks_what_it_likes(tmp_path: Path) -> None:
    told = run(tmp_path, SCRIPT, fresh=True)
    usual = plain(tmp_path, fresh=True)
    assert (told.finished.exit_status, told.text(), told.text("stderr")) == (usual.returncode, usual.stdout, usual.stderr)
    assert told.recording is not None and len(told.recording.passes) == 1


class Computes:
    """Goes only when Python looks for cycles, and then runs a pass."""

    def __init__(self, w: torch.Tensor) -> None:
        self.itself = self
        self.w = w
        self.t = w * 1

    def __del__(self) -> None:
        (self.t * 2).sum().backward()


def test_what_python_takes_apart_computes_at_no_wrong_moment(tmp_path: Path) -> None:
    w = torch.ones(2, requires_grad=True)
    before = gc.get_threshold(), gc.isenabled()
    gc.enable()
    with engine.record() as handle:
        gc.set_threshold(50)
        try:
            for _ in range(200):
                Computes(w)
                (w * 2).sum().backward()
            gc.collect()
        finally:
            gc.set_threshold(*before[0])
        assert gc.isenabled()
        with pytest.raises(RuntimeError):
            torch.ones(2) @ torch.ones(3)
        assert gc.isenabled()
    if not before[1]:
        gc.disable()
    assert w.grad is not None and w.grad.tolist() == [800.0, 800.0]
    path = tmp_path / "gone.gradwalk"
    handle.recording.save(path)
    opened = engine.open_recording(path)
    gradient = opened.variables[0].gradients[-1][1]
    assert gradient is not None and gradient.array is not None and gradient.array.tolist() == [800.0, 800.0]
