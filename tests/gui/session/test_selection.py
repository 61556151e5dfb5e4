"""The ring round a selected card ends with what it was selected in: another program, another mode, another selection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import engine
from engine.recording import Recording
from gui.panels.graph.panel import GraphPanel
from gui.session.linking import links_of
from gui.session.selection import Hover, Selection
from gui.session.session import Session
from gui.session.subject import Opened
from tests.engine.plain_torch import PROGRAMS, run
from tests.gui.shown_panels import graph_panel

FIRST = "a = torch.tensor(2.0, requires_grad=True)\ny = a ** 3\ny.backward()\n"
SECOND = "w = torch.tensor(1.0, requires_grad=True)\nloss = w * 4 + 1\nloss.backward()\n"


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    yield from graph_panel(qtbot, session, height=700)


def ringed(panel: GraphPanel) -> list[str]:
    return [item.card.symbol for item in panel.scene.cards.values() if item.look.ringed]


def click(qtbot: QtBot, panel: GraphPanel, symbol: str) -> None:
    item = next(item for item in panel.scene.cards.values() if item.card.symbol == symbol)
    at = panel.view.mapFromScene(item.frame().center())
    panel.view.setFocus()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert ringed(panel) == [symbol]


def shown(session: Session, text: str) -> Recording:
    recording = engine.run_program(text)
    session.show_recording(recording)
    return recording


def test_another_program_has_nothing_selected(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    shown(session, FIRST)
    click(qtbot, panel, "a")
    session.replace_text(SECOND)
    shown(session, SECOND)
    assert ringed(panel) == [] and session.pointed.selection.card is None


def test_an_edit_keeps_what_is_still_there(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    shown(session, FIRST)
    click(qtbot, panel, "a")
    shown(session, FIRST.replace("2.0", "7.0"))
    assert ringed(panel) == ["a"]
    shown(session, FIRST.replace("a ** 3", "a ** 3 + a"))
    assert ringed(panel) == ["a"]
    shown(session, FIRST.replace("a = ", "k = ").replace("a **", "k **"))
    assert ringed(panel) == [] and session.pointed.selection.card is None


def test_another_mode_and_an_opened_recording_have_nothing_selected(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    recording = shown(session, FIRST)
    click(qtbot, panel, "a")
    session.set_mode("train")
    session.show_epoch(engine.run_program(SECOND), 0)
    assert ringed(panel) == []
    session.set_mode("explore")
    assert session.recording is recording
    assert ringed(panel) == []
    click(qtbot, panel, "a")
    session.set_opened(Opened(engine.run_program(SECOND), "", "x", ""))
    assert ringed(panel) == []


@pytest.mark.parametrize("change", ["program", "mode", "opened", "taken away"])
def test_what_the_mouse_rested_on_is_not_outlined_in_what_follows(
    qtbot: QtBot, panel: GraphPanel, session: Session, change: str
) -> None:
    """The third operation of every later program and of Train used to be outlined: Qt does not tell a removed item that the mouse
    left."""
    shown(session, FIRST)
    item = next(iter(panel.scene.cards.values()))
    panel.scene._hover(item)
    assert session.pointed.hovered.card == item.card.id
    if change == "program":
        session.replace_text(SECOND)
        shown(session, SECOND)
    elif change == "mode":
        session.set_mode("train")
        session.show_epoch(engine.run_program(SECOND), 0)
    elif change == "opened":
        session.set_opened(Opened(engine.run_program(SECOND), "", "x", ""))
    else:
        panel.scene.dismiss(
            [item.card.id], [key for key, edge in panel.scene.edges.items() if item in (edge.source, edge.target)]
        )
    assert session.pointed.hovered == Hover() and panel.scene.marks.linked is None


def test_a_focus_that_no_key_gave_rings_no_card_that_nothing_selects(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    """Reset, Train and "Back to operation 3" used to bring back the ring of a card that was selected long before."""
    shown(session, FIRST)
    click(qtbot, panel, "a")
    session.pointed.select_nothing()
    panel.view.clearFocus()
    panel.view.setFocus(Qt.FocusReason.OtherFocusReason)
    assert ringed(panel) == []
    panel.view.clearFocus()
    panel.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert ringed(panel) == ["a"], "a key goes on from where it was"


def test_only_the_last_selection_is_ringed(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    shown(session, FIRST)
    click(qtbot, panel, "a")
    other = next(item.card for item in panel.scene.cards.values() if item.card.symbol != "a")
    session.pointed.select(Selection(card=other.id))
    assert ringed(panel) == [other.symbol], "a link of the inspector, a line of code or a hit selected it"
    edge = next(iter(panel.scene.edges))
    session.pointed.select(Selection(edge=edge))
    assert ringed(panel) == []
    click(qtbot, panel, "a")
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert ringed(panel) == []
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert len(ringed(panel)) == 1, "the keyboard goes on from there"


def test_the_graph_shows_where_the_keyboard_is_at_once(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    """After F6 no ring used to be seen anywhere until Tab."""
    shown(session, FIRST)
    frame, view = panel.canvas.focus_frame, panel.view
    panel.header.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    panel.header.setFocus()
    assert frame.isHidden()
    view.setFocus(Qt.FocusReason.ShortcutFocusReason)
    qtbot.waitUntil(view.hasFocus)
    assert not frame.isHidden() and ringed(panel) == []
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert frame.isHidden() and len(ringed(panel)) == 1, "now a card has it"
    panel.header.setFocus()
    assert frame.isHidden()
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert frame.isHidden()


def test_a_selected_card_and_the_one_that_has_the_keyboard_look_different(
    qtbot: QtBot, panel: GraphPanel, session: Session
) -> None:
    """There used to be two equal rings on the screen."""
    shown(session, FIRST)
    click(qtbot, panel, "a")
    chosen = next(item for item in panel.scene.cards.values() if item.look.ringed)
    assert not chosen.look.thin
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    other = next(item for item in panel.scene.cards.values() if item.look.ringed and item is not chosen)
    assert chosen.look.thin and not other.look.thin
    panel.view.clearFocus()
    assert chosen.look.ringed and chosen.look.thin and not other.look.ringed


@pytest.mark.parametrize("cursor", [0, 5, 12])
def test_every_card_of_a_graph_leads_to_when_it_got_its_gradient(cursor: int) -> None:
    """The card from which the way back starts got its gradient with the seed, and its menu used not to lead there."""
    recording = run(PROGRAMS[0])
    links, grads = links_of(recording), {"a": 11, "b": 9, "a^{3}": 7, "b^{2}": 7, "-": 6, "y": 6}
    assert {card.symbol: links.arrival(card.id, "gradient", cursor) for card in recording.graph.cards} == grads
