"""The process that runs programs: what it gives is what a run here gives; whatever ends it is told, and the next program runs."""

from __future__ import annotations

import builtins
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import (
    Cancelled,
    ForbiddenError,
    ProgramError,
    ProgramFailedError,
    TimeLimitError,
    TooLargeError,
    UnknownNameError,
)
from engine.programs.here import run_here
from engine.programs.limits import Limits
from engine.programs.process.board import RUNNING, Board
from engine.programs.process.runner import Runner

WIDE = Limits(arithmetic=10**18, elements=10**12, total_elements=10**13, call_seconds=0.3)
"""Bounds that let through what only the system can end."""
HANGS = "x = torch.ones(1, 1, 2000000)\ny = F.avg_pool1d(x, 1000000, 1)\n"
GROWS = "xs = []\nfor i in range(100):\n    xs = xs + [torch.ones(10000000)]\n"
CUBE = "a = torch.tensor([5.], requires_grad=True)\ny = a**3\ny.backward()\nprint(a.grad)\n"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    made.start()
    yield made
    made.shut()


def kill(runner: Runner, number: int) -> Callable[[], bool]:
    """A ``cancel`` that does not cancel, but ends the process from outside."""

    def cancel() -> bool:
        process = runner._current
        sign = None if process is None else process.sign()
        if process is not None and sign is not None and sign.stage == RUNNING and sign.span is not None and sign.span.line == 2:
            os.kill(process.pid, number)
        return False

    return cancel


def assert_works(runner: Runner) -> None:
    assert runner.run(CUBE).printed == "tensor([75.])\n"


@pytest.mark.parametrize(
    "text",
    [
        CUBE,
        "x = torch.randn(300, 300, requires_grad=True)\ny = (x @ x).sum()\ny.backward(retain_graph=True)\ny.backward()",
        "x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)\n(x * 2).sum().backward()\nprint(x.grad, [1, 'a'], None)",
        "x = torch.zeros(0, 3)\ny = x.sum()\nz = torch.tensor([1.])",
        "x = torch.ones(3)\nprint(x)\ny = x @ torch.ones(4)",
    ],
)
def test_a_recording_arrives_as_it_is_made(runner: Runner, text: str) -> None:
    def outcome(run: Callable[[str], object]) -> tuple[str, str, object]:
        try:
            recording = run(text)
        except ProgramError as error:
            return type(error).__name__ + str(error), repr(error.__cause__), error.recording
        return "", "", recording

    there, here = outcome(runner.run), outcome(run_here)
    assert there[:2] == here[:2]
    assert (there[2] is None) == (here[2] is None)
    if there[2] is not None:
        assert there[2].to_json() == here[2].to_json()  # type: ignore[attr-defined]
        for value in there[2].values:  # type: ignore[attr-defined]
            array = value.data.array
            assert isinstance(array, np.ndarray) and not array.flags.writeable


def test_errors_keep_their_kind(runner: Runner) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        runner.run("y = c**2")
    assert unknown.value.name == "c" and unknown.value.column == 5
    with pytest.raises(ForbiddenError):
        runner.run("x = open('a')")


def test_a_call_that_hangs_ends_the_process_and_not_more(runner: Runner) -> None:
    assert_works(runner)
    before = runner.pids
    with pytest.raises(TimeLimitError) as caught:
        runner.run(HANGS, limits=WIDE)
    error = caught.value
    assert (error.line, error.column, error.end_column) == (2, 5, 32) and "0.3 seconds" in error.message and error.hint
    assert before[0] not in runner.pids
    assert_works(runner)


def test_memory_is_bounded(runner: Runner) -> None:
    with pytest.raises(TooLargeError) as caught:
        runner.run(GROWS, limits=Limits(elements=10**12, total_elements=10**13, seconds=60, memory=200 << 20))
    assert caught.value.line == 3 and "memory" in caught.value.message
    assert_works(runner)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_told_with_its_place(runner: Runner, number: int) -> None:
    assert_works(runner)
    with pytest.raises(ProgramFailedError) as caught:
        runner.run(HANGS, limits=WIDE, cancel=kill(runner, number))
    assert caught.value.line == 2 and signal.Signals(number).name in caught.value.message and caught.value.hint
    assert_works(runner)


def test_a_crash_that_an_earlier_program_has_caused_is_not_seen(runner: Runner) -> None:
    assert_works(runner)
    killed = []

    def once() -> bool:
        if not killed:
            killed.append(runner.pids[0])
            os.kill(killed[0], signal.SIGSEGV)
        return False

    text = "for i in range(3000):\n    x = torch.ones(300)\nprint(x[0])"
    assert runner.run(text, cancel=once, limits=Limits(seconds=60)).printed == "tensor(1.)\n"
    assert killed and killed[0] not in runner.pids


def test_cancelling_ends_one_call_too(runner: Runner) -> None:
    assert_works(runner)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        runner.run(HANGS, limits=Limits(arithmetic=10**18, elements=10**12, call_seconds=100, seconds=100), cancel=lambda: True)
    assert time.monotonic() - began < 60
    kept = runner.pids
    runner.wait_until_ready()
    with pytest.raises(Cancelled):
        runner.run("for i in range(10**12):\n    pass", cancel=lambda: True, limits=Limits(seconds=100))
    assert runner.pids == kept  # between two operations the process need not be ended


def test_a_spare_process_takes_over(runner: Runner) -> None:
    assert_works(runner)
    runner.keep_spare()
    first, spare = runner.pids
    with pytest.raises(TimeLimitError):
        runner.run(HANGS, limits=WIDE)
    assert runner.pids[0] == spare and len(runner.pids) == 2 and first not in runner.pids
    assert_works(runner)


def test_programs_of_several_threads_wait_for_each_other(runner: Runner) -> None:
    printed: list[str] = []
    texts = [f"print({number})" for number in range(8)]
    threads = [threading.Thread(target=lambda text=text: printed.append(runner.run(text).printed)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(printed) == [f"{number}\n" for number in range(8)]


def test_closing_ends_a_run_and_leaves_no_process() -> None:
    runner = Runner()
    runner.wait_until_ready()
    pid = runner.pids[0]
    ended: list[object] = []

    def run() -> None:
        try:
            ended.append(runner.run(HANGS, limits=Limits(arithmetic=10**18, elements=10**12, call_seconds=100, seconds=100)))
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    runner.shut()
    thread.join(30)
    assert len(ended) == 1 and isinstance(ended[0], Cancelled)
    assert runner.pids == ()
    if sys.platform == "linux":
        assert not Path(f"/proc/{pid}").exists()


SCRIPT = """
import os, sys
import engine
from engine.programs.process.runner import shared
print(engine.run_program("print(6 * 7)").printed, end="")
print("torch" in sys.modules, shared.pids[0], flush=True)
if sys.argv[1] == "dies":
    os.kill(os.getpid(), 9)
if sys.argv[1] == "forks" and os.fork() == 0:
    print(engine.run_program("print(7 * 7)").printed, shared.pids[0], flush=True)
    sys.exit()
if sys.argv[1] == "forks":
    os.wait()
    print(engine.run_program("print(8 * 8)").printed, end="", flush=True)
"""
"""A script without ``if __name__ == "__main__"``; the window's process would be such a parent, too."""


@pytest.mark.parametrize("end", ["ends", "dies", "forks"] if hasattr(os, "fork") else ["ends", "dies"])
def test_a_plain_script_can_run_programs_and_leaves_no_process(end: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    root = str(Path(__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "script.py", end],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=200,
    )
    words = done.stdout.split()
    assert words[:2] == ["42", "False"], done.stdout + done.stderr
    assert done.stderr == ""
    pids = [int(words[2])]
    if end == "forks":
        assert words[3] == "49" and words[5] == "64"
        pids.append(int(words[4]))
    deadline = time.monotonic() + 60
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False
    return True


def test_a_program_that_comes_while_torch_is_imported_waits_for_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was imported at once: a program that was typed just then was told of its time limit up to five seconds late."""
    from engine.programs import costs
    from engine.programs.process import child

    ours, theirs = multiprocessing.Pipe()
    (tmp_path / "piece_one.py").write_text("asked.send_bytes(b'a program')")
    (tmp_path / "piece_two.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(costs, "META_PARTS", ("piece_one", "piece_not_there", "piece_two"))
    loaded: list[str] = []
    monkeypatch.setattr(costs, "load_meta", lambda: loaded.append("all"))
    monkeypatch.setattr(builtins, "asked", ours, raising=False)
    board = Board.make()
    try:
        server = child._Server(theirs, board)
        monkeypatch.setattr(server, "_settle", lambda: loaded.append("settled"))
        server._prepare()
        assert "piece_one" in sys.modules and "piece_two" not in sys.modules and not loaded
        assert theirs.recv_bytes() == b"a program"
        server._prepare()
        assert "piece_two" in sys.modules and loaded == ["all", "settled"]
    finally:
        for name in ("piece_one", "piece_two"):
            sys.modules.pop(name, None)
        board.close()
        ours.close()
        theirs.close()
