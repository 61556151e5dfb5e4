"""A large graph keeps up to date what is in view, and a huge one is placed at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.recording import CardState, EdgeState, Graph, Recording, Row, State
from gui.graph.panel import GraphPanel
from gui.graph.quick_placement import HUGE, quick_placement
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


def test_quick_placement_puts_every_card_right_of_its_inputs_and_none_on_another() -> None:
    cards = tuple(card(key, key, "operation", "node") for key in ("a", "b", "late", "m", "n", "alone"))
    edges = (edge("a", "m", 0), edge("b", "m", 1), edge("m", "n", 0), edge("late", "n", 1), edge("m", "m", 2))
    drawn = Graph(cards, edges, "quick")
    sizes = {item.id: (120.0 + 10 * at, 130.0) for at, item in enumerate(cards)}
    placement = quick_placement(drawn, sizes)
    at = placement.positions
    assert set(at) == {item.id for item in cards} and not placement.routes
    assert all(at[item.source][0] + sizes[item.source][0] < at[item.target][0] for item in edges if item.source != item.target)
    assert at["late"][0] == at["m"][0], "an input stands right before what uses it"
    boxes = [QRectF(*at[key], *sizes[key]) for key in at]
    assert not any(one.intersects(two) for index, one in enumerate(boxes) for two in boxes[index + 1 :])
    box = QRectF()
    for one in boxes:
        box = box.united(one)
    assert (box.left(), box.top(), box.width(), box.height()) == (0, 0, placement.width, placement.height)


def test_huge_graph_is_placed_without_asking_for_more(qtbot: QtBot, session: Session) -> None:
    panel = GraphPanel(session, ThemeManager("light"), place=lambda *_: pytest.fail("too slow for a huge graph"))
    qtbot.addWidget(panel)
    cards = tuple(card(f"c{at}", "x", "operation", "node") for at in range(HUGE + 1))
    session.show_recording(recording(Graph(cards, (), "huge"), [State(0, {}, {})]))
    assert len({(item.x(), item.y()) for item in panel.scene.cards.values()}) == HUGE + 1
