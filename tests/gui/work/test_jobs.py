"""The recorder thread: newest wins, slow and superseded ones end, nothing lingers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import Cancelled, ProgramError
from engine.programs.program import run_program
from engine.training.configs import TrainingSnapshot
from gui.work.imports import Import
from gui.work.jobs import RecorderJobs
from gui.work.newest_wins import Cancel


class FakeRecording:
    """Enough of a Recording for the thread, which builds graph and state ahead of time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.graph = None
        self.end = 0

    def state(self, cursor: int) -> None:
        return None


class Engine:
    """Stands in for the engine: programs are ``ok``, ``bad``, ``broken``, ``wait`` (until told) and ``forever``."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.threads: set[int] = set()

    def run(self, text: str, cancel: Cancel) -> Any:
        self.ran.append(text)
        self.threads.add(threading.get_ident())
        self.begun.set()
        if text == "bad":
            raise ProgramError("it is bad")
        if text == "broken":
            raise RuntimeError("a fault of ours")
        if text == "wait":
            assert self.go_on.wait(10)
        while text == "forever":
            if cancel():
                raise Cancelled("told to")
            time.sleep(0.001)
        return FakeRecording(text)

    def step(self, start: TrainingSnapshot, shown: TrainingSnapshot, cancel: Cancel) -> Any:
        return self.run(f"step {start.step} to {shown.step}", cancel)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def jobs(qtbot: QtBot, engine: Engine) -> Iterator[RecorderJobs]:
    made = RecorderJobs(run_program=engine.run, run_step=engine.step, warm_up=lambda cancel: None)
    made.start()
    yield made
    engine.go_on.set()
    assert made.close()


def test_a_program_is_recorded_on_another_thread_and_heard_on_this_one(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    heard: list[int] = []
    jobs.recorded.connect(lambda key, recording: heard.append(threading.get_ident()))
    with qtbot.waitSignal(jobs.recorded) as signal:
        key = jobs.submit("ok")
    assert signal.args is not None
    assert signal.args[0] == key
    assert signal.args[1].text == "ok"
    assert threading.get_ident() not in engine.threads
    assert heard == [threading.get_ident()]


def test_of_what_waits_only_the_newest_runs(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    keys: list[int] = []
    jobs.recorded.connect(lambda key, recording: keys.append(key))
    first = jobs.submit("wait")
    assert engine.begun.wait(5)
    for number in range(20):
        last = jobs.submit(f"text {number}")
    with qtbot.waitSignals([jobs.recorded, jobs.recorded]):
        engine.go_on.set()
    assert engine.ran == ["wait", "text 19"]
    assert keys == [first, last]


def test_a_slow_program_gives_way_to_a_newer_one(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    stopped: list[int] = []
    jobs.stopped.connect(stopped.append)
    jobs.submit("forever")
    assert engine.begun.wait(5)
    with qtbot.waitSignal(jobs.recorded) as signal:
        last = jobs.submit("ok")
    assert signal.args is not None
    assert signal.args[0] == last
    assert stopped == []


def test_a_waiting_step_does_not_replace_a_waiting_program(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    jobs.submit("wait")
    assert engine.begun.wait(5)
    jobs.submit("ok")
    jobs.submit_step([TrainingSnapshot(step, None, {}) for step in range(4)], 3)
    with qtbot.waitSignals([jobs.recorded, jobs.recorded, jobs.step_recorded]):
        engine.go_on.set()
    assert engine.ran == ["wait", "ok", "step 2 to 3"]


def test_stop_ends_the_running_program_and_says_so(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    key = jobs.submit("forever")
    assert engine.begun.wait(5)
    with qtbot.waitSignal(jobs.stopped) as signal:
        jobs.stop()
    assert signal.args == [key]


def test_a_problem_and_a_fault_are_told_and_the_thread_goes_on(qtbot: QtBot, jobs: RecorderJobs) -> None:
    with qtbot.waitSignal(jobs.failed) as failed:
        jobs.submit("bad")
    assert failed.args is not None
    assert failed.args[1].message == "it is bad"
    with qtbot.waitSignal(jobs.crashed) as crashed:
        jobs.submit("broken")
    assert crashed.args is not None
    assert "a fault of ours" in crashed.args[0]
    with qtbot.waitSignal(jobs.recorded):
        jobs.submit("ok")


def test_busy_is_said_for_long_work_only(qtbot: QtBot, jobs: RecorderJobs, engine: Engine) -> None:
    said: list[bool] = []
    jobs.busy_changed.connect(said.append)
    with qtbot.waitSignal(jobs.recorded):
        jobs.submit("ok")
    assert said == []
    with qtbot.waitSignal(jobs.busy_changed) as begun:
        jobs.submit("wait")
    assert begun.args == [True]
    with qtbot.waitSignal(jobs.busy_changed) as ended:
        engine.go_on.set()
    assert ended.args == [False]


def test_closing_ends_a_program_that_would_run_forever(qtbot: QtBot, engine: Engine) -> None:
    jobs = RecorderJobs(run_program=engine.run, warm_up=lambda cancel: None)
    jobs.start()
    jobs.submit("forever")
    assert engine.begun.wait(5)
    assert jobs.close()
    assert jobs.close()


def test_closing_while_warming_up_runs_nothing(qtbot: QtBot, engine: Engine) -> None:
    begun = threading.Event()

    def warm_up(cancel: Cancel) -> None:
        begun.set()
        while not cancel():
            time.sleep(0.001)

    jobs = RecorderJobs(run_program=engine.run, warm_up=warm_up)
    jobs.submit("ok")
    jobs.start()
    assert begun.wait(5)
    assert jobs.close()
    assert engine.ran == []


def test_what_is_submitted_before_the_start_runs_after_it(qtbot: QtBot, engine: Engine) -> None:
    jobs = RecorderJobs(run_program=engine.run, warm_up=lambda cancel: None)
    jobs.submit("ok")
    with qtbot.waitSignals([jobs.warmed, jobs.recorded], order="strict"):
        jobs.start()
    assert jobs.close()


def test_an_import_that_fails_is_told(qtbot: QtBot) -> None:
    job = Import("gui.no_such_module")
    with qtbot.waitSignals([job.crashed, job.finished]):
        job.start()
    assert job.close(5000)


def test_a_check_runs_on_the_recorder_thread_and_compares(qtbot: QtBot) -> None:
    jobs = RecorderJobs(warm_up=lambda cancel: None)
    recording = run_program("a = torch.tensor([5.], requires_grad=True)\ny = a**3\ny.backward()")
    jobs.start()
    try:
        with qtbot.waitSignal(jobs.checked, timeout=20_000) as checked:
            jobs.submit_check(recording, 0)
        assert checked.args[0] is recording and checked.args[1] == 0
        assert checked.args[2].possible and checked.args[2].agrees
    finally:
        assert jobs.close()
