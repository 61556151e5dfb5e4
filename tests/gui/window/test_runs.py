"""What the graph shows: typing waits, sliders do not, each mode keeps its own."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError
from engine.graph.labels import first_view
from engine.training.configs import TrainingSnapshot
from gui.session.session import Session
from gui.session.training_run import Snapshots
from gui.window import runs
from gui.window.runs import ProgramRuns


class FakeMoment:
    def __init__(self, phase: str) -> None:
        self.phase, self.kind = phase, "operation"


class FakeRecording:
    """Two moments of the forward, one of the backward."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.moments = [FakeMoment("forward"), FakeMoment("forward"), FakeMoment("backward")]
        self.end = 3
        self.failed = False
        self.graph = SimpleNamespace(signature=text, cards=[] if text == "nothing" else [text])

    def state(self, cursor: int) -> str:
        return f"{self.text} at {cursor}"


class FakeJobs(QObject):
    """Keeps what is submitted; the test answers."""

    recorded = Signal(int, object)
    failed = Signal(int, object)
    step_recorded = Signal(int, object)
    step_failed = Signal(int, object)
    stopped = Signal(int)
    busy_changed = Signal(bool)
    submitted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def submit(self, text: str) -> int:
        self.asked.append(text)
        self.submitted.emit(text)
        return len(self.asked)

    def submit_step(self, snapshots: Snapshots, number: int) -> int:
        self.asked.append((max(0, number - 1), snapshots[number].learning_rate))
        self.submitted.emit("step")
        return len(self.asked)

    def stop(self) -> None:
        self.stopped.emit(len(self.asked))


class Stage:
    def __init__(self) -> None:
        self.session = Session()
        self.jobs = FakeJobs()
        self.runs = ProgramRuns(self.session, self.jobs)  # type: ignore[arg-type]

    def shown(self) -> str | None:
        recording: Any = self.session.recording
        return None if recording is None else recording.text


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage()
    yield made
    made.runs.close()


def snapshots(*rates: float) -> list[TrainingSnapshot]:
    return [TrainingSnapshot(step, None, {}, {}, rate) for step, rate in enumerate(rates)]


def test_a_slider_runs_at_once_and_typing_waits(qtbot: QtBot, stage: Stage) -> None:
    stage.session.set_text("slid", immediate=True)
    assert stage.jobs.asked == ["slid"]
    with qtbot.waitSignal(stage.jobs.submitted):
        stage.session.set_text("typed 1")
        stage.session.set_text("typed 2")
        assert stage.jobs.asked == ["slid"]
    assert stage.jobs.asked == ["slid", "typed 2"]


def test_every_result_of_a_drag_is_shown_and_none_twice_or_backwards(stage: Stage) -> None:
    for text in ("one", "two", "three"):
        stage.session.set_text(text, immediate=True)
    stage.jobs.recorded.emit(1, FakeRecording("one"))
    assert stage.shown() == "one"
    stage.jobs.recorded.emit(3, FakeRecording("three"))
    stage.jobs.recorded.emit(2, FakeRecording("two"))
    assert stage.shown() == "three"


def test_where_the_last_program_had_no_graph_none_is_said_to_be_shown(stage: Stage) -> None:
    stage.session.set_text("nothing", immediate=True)
    stage.jobs.recorded.emit(1, FakeRecording("nothing"))
    stage.session.set_text("bad", immediate=True)
    stage.jobs.failed.emit(2, ProgramError("bad"))
    assert stage.session.problem is not None and not stage.session.stale


def test_a_problem_of_typed_text_waits_for_the_hands_to_rest(qtbot: QtBot, stage: Stage) -> None:
    stage.session.set_text("good", immediate=True)
    stage.jobs.recorded.emit(1, FakeRecording("good"))
    with qtbot.waitSignal(stage.jobs.submitted):
        stage.session.set_text("bad")
    with qtbot.waitSignal(stage.session.problem_changed):
        stage.jobs.failed.emit(2, ProgramError("bad"))
        assert stage.session.problem is None
    assert stage.session.problem is not None
    assert stage.session.stale
    assert stage.shown() == "good"
    stage.session.set_text("good again", immediate=True)
    stage.jobs.recorded.emit(3, FakeRecording("good again"))
    assert stage.session.problem is None
    assert not stage.session.stale


def test_a_problem_of_an_older_text_is_not_shown(stage: Stage) -> None:
    stage.session.set_text("bad", immediate=True)
    stage.session.set_text("good", immediate=True)
    stage.jobs.failed.emit(1, ProgramError("bad"))
    assert stage.session.problem is None


def test_stopping_is_said_as_a_problem_of_the_program(stage: Stage) -> None:
    stage.session.set_text("long", immediate=True)
    stage.runs.stop()
    assert stage.session.problem is not None
    assert "stopped" in stage.session.problem.message


def test_each_mode_keeps_what_it_shows(stage: Stage) -> None:
    stage.session.set_text("mine", immediate=True)
    stage.jobs.recorded.emit(1, FakeRecording("mine"))
    stage.session.set_cursor(1)
    stage.session.set_mode("train")
    assert stage.shown() is None
    stage.session.run.reset(snapshots(0.1))
    stage.jobs.step_recorded.emit(2, FakeRecording("step"))
    assert stage.shown() == "step"
    stage.session.set_mode("explore")
    assert (stage.shown(), stage.session.cursor) == ("mine", 1)
    stage.session.set_mode("train")
    assert stage.shown() == "step"


def test_a_result_that_comes_while_training_is_shown_waits_for_explore(stage: Stage) -> None:
    stage.session.set_text("mine", immediate=True)
    stage.session.set_mode("train")
    stage.jobs.recorded.emit(1, FakeRecording("mine"))
    assert stage.shown() is None
    stage.session.set_mode("explore")
    assert stage.shown() == "mine"


def test_the_recorded_step_leads_from_the_snapshot_before_with_the_rate_it_used(stage: Stage) -> None:
    stage.session.set_mode("train")
    stage.session.run.reset(snapshots(0.1))
    stage.session.run.extend(snapshots(0.1, 0.1, 0.7)[1:])
    assert stage.jobs.asked == [(0, 0.1), (1, 0.7)]


def test_before_the_first_step_the_graph_shows_its_forward_only(stage: Stage) -> None:
    stage.session.set_mode("train")
    stage.session.run.reset(snapshots(0.1))
    stage.jobs.step_recorded.emit(1, FakeRecording("step"))
    assert stage.session.cursor == 2 == first_view(stage.session.recording)  # type: ignore[arg-type]
    stage.session.run.extend(snapshots(0.1, 0.1)[1:])
    stage.jobs.step_recorded.emit(2, FakeRecording("step"))
    assert stage.session.cursor == 3


def test_while_running_steps_are_recorded_now_and_then_and_at_the_end(qtbot: QtBot, stage: Stage) -> None:
    stage.session.set_mode("train")
    stage.session.run.set_state("running")
    made = snapshots(*[0.1] * 50)
    with qtbot.waitSignal(stage.jobs.submitted):
        for snapshot in made:
            stage.session.run.extend([snapshot])
        assert stage.jobs.asked == []
    assert stage.jobs.asked == [(48, 0.1)]
    stage.session.run.extend([TrainingSnapshot(50, None, {}, {}, 0.1)])
    stage.session.run.set_state("finished")
    assert stage.jobs.asked == [(48, 0.1), (49, 0.1)]


def test_in_explore_no_step_is_recorded(stage: Stage) -> None:
    stage.session.run.reset(snapshots(0.1, 0.1))
    assert stage.jobs.asked == []


def test_an_epoch_that_is_chosen_while_training_runs_is_shown_once_it_rests(stage: Stage) -> None:
    """Steps that arrived between the choice and the pause led back to the newest."""
    stage.session.set_mode("train")
    run = stage.session.run
    run.set_state("running")
    run.extend(snapshots(*[0.1] * 20))
    for epoch in (7, 6, 5):  # as a drag of the cursor, which pauses the training, has come so far
        stage.runs.show_epoch(epoch)
        run.extend([TrainingSnapshot(run.made + 1, None, {}, {}, 0.1)])
    run.set_state("paused")
    assert (run.epoch, run.shown_step) == (5, 5)
    assert stage.jobs.asked[-1] == (4, 0.1)
    run.set_state("running")
    run.extend([TrainingSnapshot(run.made + 1, None, {}, {}, 0.1)])
    assert run.epoch is None, "training that goes on is followed"
    run.set_state("paused")
    assert run.epoch is None


def test_the_graph_of_a_fast_training_follows_it_less_often(stage: Stage) -> None:
    """It costs more than the plots; at rest the last epoch is shown at once."""
    stage.session.set_mode("train")
    run = stage.session.run
    run.reset([])
    run.set_state("running")
    made = snapshots(*[0.1] * 200)
    for snapshot in made[:3]:
        run.extend([snapshot])
    assert stage.runs._step_wait.interval() == runs.STEP_WAIT
    stage.runs._step_wait.stop()
    run.extend(made[3:])
    assert stage.runs._step_wait.interval() == runs.FAST_WAIT
    run.set_state("finished")
    assert stage.jobs.asked[-1] == (198, 0.1)
    assert not stage.runs._step_wait.isActive()
