"""A large graph keeps up to date what is in view, and a huge one is placed at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.recording import CardState, EdgeState, Graph, Recording, Row, State
from gui.graph.panel import GraphPanel
from gui.session import Session
from gui.theme import ThemeManager
from tests.gui.factory import card, edge, number, recording


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    panel = GraphPanel(session, ThemeManager("light"), reduced_motion=lambda: True)
    qtbot.addWidget(panel)
    panel.resize(746, 788)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.hide()


def chain(count: int) -> Recording:
    """``count`` cards in a row; moment k computes card k − 1."""
    cards = tuple(card(f"c{at}", "x", "operation", "MulBackward0") for at in range(count))
    edges = tuple(edge(f"c{at}", f"c{at + 1}") for at in range(count - 1))
    wait, done = Row("not_yet"), [Row("value", number(at)) for at in range(count)]

    def state(cursor: int) -> State:
        shown = {
            item.id: CardState(done[at], wait, "forward" if at == cursor - 1 else None, "value" if at == cursor - 1 else None)
            if at < cursor
            else CardState(wait, wait)
            for at, item in enumerate(cards)
        }
        rails = {
            item.id: EdgeState("idle" if at + 1 >= cursor else "active" if at + 2 == cursor else "done", "none")
            for at, item in enumerate(edges)
        }
        return State(cursor, shown, rails)

    return recording(Graph(cards, edges, f"chain{count}"), [state(cursor) for cursor in range(count + 1)])


def test_large_graph_keeps_what_is_seen_up_to_date_and_the_rest_when_it_is_seen(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.zoom_reset()
    panel.view.focus_card("c199")
    panel.view.focus_card("c0")
    session.set_cursor(0)
    cards = panel.scene.cards
    seen, _ = panel.scene.seen()
    assert 2 <= len(seen) < 20 and cards["c0"] in seen and cards["c199"] not in seen
    assert cards["c0"].state.value.kind == "not_yet"
    assert cards["c199"].state.value.kind == "value", "not looked at, so not asked for"
    panel.view.focus_card("c199")
    assert cards["c199"].state.value.kind == "not_yet"
    assert panel.view.accessibleDescription().endswith("value not yet; gradient not yet")


def test_picture_of_a_large_graph_is_up_to_date_everywhere(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.zoom_reset()
    session.set_cursor(100)
    panel.scene.refresh_all()
    kinds = [item.state.value.kind for item in panel.scene.cards.values()]
    assert kinds == ["value"] * 100 + ["not_yet"] * 100


def test_legend_of_a_large_graph_names_what_is_in_view(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.zoom_reset()
    session.set_cursor(5)
    panel.view.focus_card("c199")
    assert panel.canvas.legend.entries == ()
    panel.view.focus_card("c2")
    assert panel.canvas.legend.entries == ("value", "moving_value")


