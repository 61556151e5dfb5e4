"""What is no longer shown gives its memory back without the collector of cycles, long recordings in a thread of their own."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import engine
import gui.work.releasing
from engine.explain.preparing import MANY_MOMENTS
from engine.runtime.collector import let_go
from gui.session.selection import Selection
from gui.session.session import Session
from gui.work.releasing import Releaser
from tests.gui.documents.test_recordings import until_shown
from tests.gui.opened import Opened

LONG = f"""x = torch.tensor(1., requires_grad=True)
y = x
for i in range({MANY_MOMENTS // 2}):
    y = y * 1.0001
y.backward()
"""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which recordings were taken apart."""
    names: list[str] = []

    def noting(owner: object) -> None:
        names.append(threading.current_thread().name)
        given = [owner]
        del owner  # so that this is not what holds it
        let_go(given.pop())

    monkeypatch.setattr(gui.work.releasing, "let_go", noting)
    monkeypatch.setattr(gui.work.releasing, "EVERY", 20)
    return names


def test_a_closed_recording_gives_its_memory_back(qtbot: QtBot, taken: list[str], opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    engine.run_program(LONG).save(tmp_path / "long.gradwalk")
    assert not gc.isenabled(), "tests run without the collector"
    window.documents.open(tmp_path / "long.gradwalk")
    shown = until_shown(qtbot, window)
    qtbot.waitUntil(lambda: window.graph.scene.crowd is not None, timeout=20_000)
    window.session.set_cursor(shown.end // 2)
    window.session.pointed.select(Selection(card=shown.graph.cards[7].id))
    window.search.open()
    qtbot.keyClicks(window.search.field, "op:mul")
    qtbot.waitUntil(lambda: window.search.searcher.found is not None, timeout=20_000)
    there = [weakref.ref(item) for item in (shown, shown.tables, shown._timeline, shown.folds)]
    del shown
    assert there[0]() is not None
    window.recordings.close_recording()
    qtbot.waitUntil(lambda: [item() for item in there] == [None] * len(there), timeout=20_000)
    assert taken == ["releasing"]


def test_what_someone_still_holds_is_left_alone(qtbot: QtBot, taken: list[str]) -> None:
    session = Session()
    releaser = Releaser(session)
    first, second = engine.run_program(LONG), engine.run_program("x = torch.ones(1)\n")
    session.show_recording(first)
    session.show_recording(second)
    qtbot.wait(100)
    assert taken == [] and len(first.operations) > MANY_MOMENTS // 2
    session.show_recording(first)
    there = weakref.ref(first)
    del first
    qtbot.wait(100)
    assert taken == [] and there() is session.recording, "it is shown again"
    session.show_recording(second)
    qtbot.waitUntil(lambda: there() is None, timeout=20_000)
    assert taken == ["releasing"]
    qtbot.waitUntil(lambda: not releaser._timer.isActive(), timeout=20_000)
    session.show_recording(engine.run_program("x = torch.ones(2)\n"))
    assert not releaser._timer.isActive(), "a short one goes by itself"
