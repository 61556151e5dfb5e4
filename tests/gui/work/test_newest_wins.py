"""One kind of background work: of each kind the newest job runs, how it ends is reported on this thread, and nothing stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import Cancelled
from gui.work.newest_wins import Cancel, GivesWay, Job, NewestWins


class Log:
    """Jobs that write down what became of them, and in which thread that was reported."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.heard: list[tuple[str, object]] = []
        self.threads: set[threading.Thread] = set()

    def job(
        self,
        name: str,
        kind: str | None = "k",
        run: Callable[[Cancel], object] | None = None,
        gives_way: GivesWay | None = None,
        must: bool = False,
    ) -> Job:
        def begin(cancel: Cancel) -> object:
            self.ran.append(name)
            return name if run is None else run(cancel)

        job = Job(begin, self._hear("done"), self._hear("failed"), self._hear("dropped"), kind, (ValueError,), must=must)
        if gives_way is not None:
            job.gives_way = gives_way
        return job

    def _hear(self, how: str) -> Callable[[object], None]:
        def hear(what: object) -> None:
            self.threads.add(threading.current_thread())
            self.heard.append((how, what))

        return hear


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def work(qtbot: QtBot) -> Iterator[NewestWins]:
    made = NewestWins("test", starts=False)
    yield made
    assert made.close(5000) and not made.running


def test_of_one_kind_the_newest_runs_and_others_keep_their_turn(qtbot: QtBot, work: NewestWins, log: Log) -> None:
    for job in (log.job("a1", "a"), log.job("b1", "b"), log.job("a2", "a"), log.job("own", None), log.job("own too", None)):
        work.put(job)
    assert not work.empty and not work.running
    work.start()
    qtbot.waitUntil(lambda: len(log.heard) == 4)
    assert log.ran == ["b1", "a2", "own", "own too"]
    assert log.heard == [("done", name) for name in log.ran]
    assert log.threads == {threading.current_thread()}
    assert work.empty


def test_the_newest_comes_first_and_too_many_are_forgotten(qtbot: QtBot, log: Log) -> None:
    work = NewestWins("test", newest_first=True, most=2, starts=False)
    for name in "abc":
        work.put(log.job(name, name))
    work.start()
    qtbot.waitUntil(lambda: len(log.heard) == 2)
    assert log.ran == ["c", "b"] and work.close()


def test_a_fault_of_ours_is_told_twice_what_was_expected_once(qtbot: QtBot, work: NewestWins, log: Log) -> None:
    def fail(error: Exception) -> Callable[[Cancel], object]:
        def run(cancel: Cancel) -> object:
            raise error

        return run

    crashes: list[str] = []
    work.crashed.connect(crashes.append)
    expected, ours = ValueError("expected"), KeyError("ours")
    work.put(log.job("expected", "a", fail(expected)))
    work.put(log.job("ours", "b", fail(ours)))
    work.put(log.job("on", "c"))
    work.start()
    qtbot.waitUntil(lambda: len(log.heard) == 3)
    assert log.heard == [("failed", expected), ("failed", ours), ("done", "on")]
    assert len(crashes) == 1 and "KeyError: 'ours'" in crashes[0]


def test_a_job_gives_way_when_it_says_so_or_is_told(qtbot: QtBot, work: NewestWins, log: Log) -> None:
    begun = threading.Event()

    def until_cancelled(cancel: Cancel) -> object:
        begun.set()
        while not cancel():
            pass
        raise Cancelled

    work.put(log.job("slow", run=until_cancelled, gives_way=lambda waiting, seconds: bool(waiting)))
    work.start()
    assert begun.wait(5)
    work.put(log.job("newer"))
    qtbot.waitUntil(lambda: len(log.heard) == 2)
    assert log.heard == [("dropped", False), ("done", "newer")]
    begun.clear()
    work.put(log.job("stopped", run=until_cancelled))
    assert begun.wait(5)
    work.put(log.job("forgotten"))
    assert [job.kind for job in work.stop()] == ["k"]
    qtbot.waitUntil(lambda: len(log.heard) == 3)
    assert log.heard[-1] == ("dropped", True) and "forgotten" not in log.ran


def test_what_must_be_done_is_done_though_the_thread_closes(qtbot: QtBot, work: NewestWins, log: Log) -> None:
    go = threading.Event()
    work.put(log.job("held", run=lambda cancel: go.wait(5)))
    work.start()
    qtbot.waitUntil(lambda: log.ran == ["held"])
    work.put(log.job("may", "a"))
    work.put(log.job("must", None, must=True))
    assert not work.close(0)
    go.set()
    assert work.wait(5000)
    qtbot.waitUntil(lambda: bool(log.heard))
    assert log.ran == ["held", "must"] and log.heard == [("done", "must")]
    work.put(log.job("late"))
    assert work.empty and not work.running


def test_what_comes_first_is_no_job_that_can_be_stopped_and_rest_is_noticed_once(qtbot: QtBot, log: Log) -> None:
    idle: list[threading.Thread] = []
    first = log.job("first", run=lambda cancel: cancel())
    work = NewestWins("test", starts=False, first=first, when_idle=lambda: idle.append(threading.current_thread()), idle=0.01)
    work.put(log.job("second"))
    assert len(work.stop()) == 1
    work.put(log.job("third"))
    work.start()
    qtbot.waitUntil(lambda: len(idle) == 1)
    qtbot.waitUntil(lambda: len(log.heard) == 2)
    assert log.heard == [("done", False), ("done", "third")] and idle[0] is not threading.current_thread()
    assert work.close()
