"""A selected card leads to when it got its value and its gradient: from its menu, the inspector and by key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import engine
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.panels.inspector.panel import InspectorPanel
from gui.session.selection import Selection
from gui.session.session import Session
from tests.gui.shown_panels import graph_panel

PROGRAM = """a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
c = a * b
y = c ** 2
y.backward()
"""


@pytest.fixture
def session(qapp: QApplication) -> Session:
    session = Session()
    session.show_recording(engine.run_program(PROGRAM))
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    yield from graph_panel(qtbot, session, height=700)


def card(recording: Recording, name: str) -> str:
    return next(item.id for item in recording.graph.cards if name in (item.name, item.symbol) and item.kind != "result")


def first(recording: Recording, name: str, row: str) -> int:
    """The first cursor at which the card's row shows a number, by looking at all."""
    found = card(recording, name)
    states = (recording.state(cursor) for cursor in range(recording.end + 1))
    return next(state.cursor for state in states if getattr(state.cards[found], row).kind == "value")


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_the_menu_leads_to_both(panel: GraphPanel, session: Session, name: str) -> None:
    recording = session.recording
    assert recording is not None
    session.set_cursor(recording.end)
    item = panel.scene.cards[card(recording, name)]
    for row in ("value", "gradient"):
        session.set_cursor(0)
        actions = {action.text(): action for action in panel.menu_for(item).actions()}
        actions[f"When it got its {row}"].trigger()
        assert session.cursor == first(recording, name, row), row


def test_keys_lead_to_both(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    recording = session.recording
    assert recording is not None
    panel.view.setFocus()
    panel.view.walk.go_to(card(recording, "c"))
    qtbot.keyClick(panel.view, "g")
    assert session.cursor == first(recording, "c", "gradient")
    qtbot.keyClick(panel.view, "v")
    assert session.cursor == first(recording, "c", "value")


def test_the_inspector_leads_to_both(qtbot: QtBot, session: Session) -> None:
    recording = session.recording
    assert recording is not None
    inspector = InspectorPanel(session, ThemeManager("light"))
    qtbot.addWidget(inspector)
    inspector.show()
    session.pointed.select(Selection(card=card(recording, "c")))
    for label, row in (("got its value", "value"), ("got its gradient", "gradient")):
        session.set_cursor(recording.end)
        line = next(line for title, line in inspector.rows if title == "When" and line.texts()[0] == label)
        qtbot.mouseClick(line._way, Qt.MouseButton.LeftButton)
        assert session.cursor == first(recording, "c", row)
    inspector.hide()


def test_what_never_comes_is_not_offered(panel: GraphPanel, session: Session) -> None:
    session.show_recording(engine.run_program("x = torch.ones(3)\ny = x * 2\n"))
    item = next(iter(panel.scene.cards.values()))
    actions = {action.text(): action for action in panel.menu_for(item).actions()}
    assert not actions["When it got its gradient"].isEnabled()
