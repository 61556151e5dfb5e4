"""What runs is followed wherever it is, unless the person looks elsewhere: then a bar offers the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import engine
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from gui.session.subject import Opened


def training() -> Recording:
    """Twelve steps of a network, folded into one card each, with an optimizer that computes much that is not shown."""
    torch.manual_seed(0)
    x, t = torch.randn(16, 3), torch.randn(16, 1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    with engine.record() as made:
        for _ in range(12):
            optimizer.zero_grad()
            loss = ((model(x) - t) ** 2).mean()
            loss.backward()
            optimizer.step()
    return made.recording


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GraphPanel]:
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    panel.session.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(744, 460)
    panel.show()
    qtbot.waitExposed(panel)
    recording = training()
    panel.session.set_opened(Opened(recording, "", "t"))
    panel.session.show_recording(recording)
    qtbot.waitUntil(lambda: bool(panel.scene.card_ids()))
    yield panel


def seen(panel: GraphPanel, cards: list[str]) -> bool:
    return any(panel.view.camera.seen().contains(panel.scene.places.frame(card)) for card in cards)


def drag(panel: GraphPanel, dx: int, dy: int) -> None:
    """Take the canvas and move it."""
    port = panel.view.viewport()
    start = next(QPoint(x, y) for y in range(30, 400, 10) for x in range(30, 700, 10) if panel.view.item_at(QPoint(x, y)) is None)
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(port, start + QPoint(round(dx * share), round(dy * share)))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(dx, dy))


def test_a_jump_into_what_is_not_shown_shows_what_moved_before(panel: GraphPanel) -> None:
    """The view stayed at the first step while the optimizer's twelfth ran: nothing that is shown moved at that moment."""
    recording = panel.session.recording
    assert recording is not None
    updates = [at + 1 for at, moment in enumerate(recording.moments) if moment.kind == "operation" and moment.phase == "update"]
    panel.session.set_cursor(updates[-1])
    assert not panel.at_cursor.moving(), "what the optimizer computes is not shown"
    before = panel.at_cursor._before()
    assert before and seen(panel, before)
    panel.session.set_cursor(updates[0])
    assert seen(panel, panel.at_cursor._before())


def test_who_looks_elsewhere_stays_there_and_is_offered_the_way_back(panel: GraphPanel) -> None:
    """Each step used to pull the view back."""
    session, bar = panel.session, panel.canvas.over.elsewhere
    start = session.cursor
    assert seen(panel, panel.at_cursor.moving()) and not bar.isVisible()
    drag(panel, 0, 60)
    drag(panel, 0, -2400)
    assert bar.isVisible() and bar.back.text() == "Follow"
    there = panel.view.camera.seen()
    session.set_cursor(start + 1)
    session.set_cursor(start + 2)
    assert panel.view.camera.seen() == there and bar.isVisible()
    bar.back.click()
    assert seen(panel, panel.at_cursor.moving()) and not bar.isVisible()
    session.set_cursor(session.recording.end - 1 if session.recording is not None else 0)
    assert seen(panel, panel.at_cursor.moving() or panel.at_cursor._before())


def test_looking_back_by_hand_follows_again(panel: GraphPanel) -> None:
    bar = panel.canvas.over.elsewhere
    drag(panel, 0, -2400)
    assert bar.isVisible()
    drag(panel, 0, 2400)
    assert not bar.isVisible()
    where = QPointF(300, 200)
    for across in (-9600, 9600):
        none, plain, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(where, where, QPoint(), QPoint(across, 0), none, plain, phase, False)
        panel.view.wheelEvent(event)
        assert bar.isVisible() == (across < 0)
    drag(panel, 0, -2400)
    panel.fitting.fit_whole()
    assert not bar.isVisible(), "all of it is in view"
