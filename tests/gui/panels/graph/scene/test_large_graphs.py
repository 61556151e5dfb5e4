"""A large graph keeps up to date what is in view; one of many cards has items for that only, and an overview."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.graph.model import Graph
from engine.graph.state import NOTHING, VALUE, CardState, EdgeState, Row, State
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.metrics import detail
from gui.panels.graph.panel import GraphPanel
from gui.panels.graph.scene.crowd import MOST_EDGES
from gui.panels.graph.scene.crowd_item import CrowdItem
from gui.session.selection import Selection
from gui.session.session import Session
from gui.work.layouts import LayoutClient
from tests.gui.factory import card, edge, number, recording, recording_of
from tests.gui.shown_panels import graph_panel


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    yield from graph_panel(qtbot, session)


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

    return recording_of(Graph(cards, edges, f"chain{count}"), count, state)


def test_large_graph_keeps_what_is_seen_up_to_date_and_the_rest_when_it_is_seen(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.fitting.zoom_reset()
    panel.view.walk.go_to("c199")
    panel.view.walk.go_to("c0")
    session.set_cursor(0)
    cards = panel.scene.cards
    seen, _ = panel.scene.in_view.items()
    assert 2 <= len(seen) < 20 and cards["c0"] in seen and cards["c199"] not in seen
    assert cards["c0"].state.value.kind == "not_yet"
    assert cards["c199"].state.value.kind == "value", "not looked at, so not asked for"
    panel.view.walk.go_to("c199")
    assert cards["c199"].state.value.kind == "not_yet"
    assert panel.view.accessibleDescription().endswith("value not yet; gradient not yet")


@pytest.mark.parametrize("count", [200, 2000])
def test_a_card_that_is_asked_for_is_shown_so_large_that_it_can_be_read(panel: GraphPanel, session: Session, count: int) -> None:
    session.show_recording(chain(count))
    panel.canvas.fitting.fit()
    assert detail(panel.view.camera.zoom) == "dot"
    for asked in ("c150", "c3", f"c{count - 1}"):
        session.pointed.reveal(asked)
        assert detail(panel.view.camera.zoom) != "dot"
        shown = panel.view.mapFromScene(panel.scene.places.frame(asked)).boundingRect()
        assert panel.view.viewport().rect().contains(shown)
        assert panel.view.walk.selected_card == asked


def test_picture_of_a_large_graph_is_up_to_date_everywhere(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.fitting.zoom_reset()
    session.set_cursor(100)
    panel.scene.refresh_all()
    kinds = [item.state.value.kind for item in panel.scene.cards.values()]
    assert kinds == ["value"] * 100 + ["not_yet"] * 100


def test_legend_of_a_large_graph_names_what_is_in_view(panel: GraphPanel, session: Session) -> None:
    session.show_recording(chain(200))
    panel.canvas.fitting.zoom_reset()
    session.set_cursor(5)
    panel.view.walk.go_to("c199")
    assert panel.canvas.over.legend.entries == ()
    panel.view.walk.go_to("c2")
    assert panel.canvas.over.legend.entries == ("value", "moving_value")


COUNT = 2000


def many(count: int = COUNT, name: str = "") -> Recording:
    """``count`` cards in a row, all of which ``w`` feeds; before (cursor 0) and after (cursor 1) there are values."""
    cards = (card("w", "w", "leaf", "AccumulateGrad"), *(card(f"c{at}", "x", "operation", "Mul") for at in range(count - 1)))
    edges = [edge(f"c{at}", f"c{at + 1}") for at in range(count - 2)]
    edges += [edge("w", f"c{at}", 1) for at in range(count - 1)]
    wait, done = Row("not_yet"), Row("value", number(2.0))
    states = []
    for cursor, row in enumerate((wait, done)):
        shown = {item.id: CardState(row, wait) for item in cards}
        rails = {item.id: EdgeState("done" if cursor else "idle", "none") for item in edges}
        codes = np.full(count, VALUE if cursor else NOTHING, np.uint8)
        states.append(State(cursor, shown, rails, "", lambda codes=codes: codes))  # type: ignore[misc]
    return recording(Graph(cards, tuple(edges), f"many{count}{name}"), states)


def settle(qtbot: QtBot, panel: GraphPanel) -> None:
    crowd = panel.scene.crowd
    assert crowd is not None
    qtbot.waitUntil(lambda: crowd.complete)


def items(panel: GraphPanel) -> int:
    return sum(isinstance(item, (CardItem, EdgeItem)) for item in panel.scene.items())


def test_items_are_made_for_what_is_in_view_only(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.canvas.fitting.fit()
    assert panel.scene.crowd is not None and panel.canvas.view.camera.zoom < 0.2
    assert not panel.scene.cards, "from far away all of them are drawn together"
    panel.canvas.fitting.zoom_reset()
    for _ in range(12):
        panel.view.camera.pan(QPointF(-180, -60))
        settle(qtbot, panel)
        assert 0 < len(panel.scene.cards) < 80 and len(panel.scene.edges) <= MOST_EDGES
        assert items(panel) == len(panel.scene.cards) + len(panel.scene.edges), "what went out of view is gone"
    panel.canvas.fitting.fit()
    assert items(panel) == 0


def test_another_graph_leaves_nothing_behind(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.canvas.fitting.zoom_reset()
    settle(qtbot, panel)
    session.show_recording(many(COUNT + 10))
    assert panel.scene.crowd is not None and len(panel.scene.crowd.field.left) == COUNT + 10
    session.show_recording(chain(20))
    assert panel.scene.crowd is None and len(panel.scene.cards) == 20
    assert items(panel) == 20 + 19
    assert not any(isinstance(item, CrowdItem) for item in panel.scene.items())


def test_same_structure_keeps_places_and_shows_the_new_numbers(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.canvas.fitting.zoom_reset()
    settle(qtbot, panel)
    crowd, shown = panel.scene.crowd, set(panel.scene.cards)
    session.show_recording(many())
    assert panel.scene.crowd is crowd and shown <= set(panel.scene.cards)
    session.set_cursor(0)
    assert {item.state.value.kind for item in panel.scene.cards.values()} == {"not_yet"}


def test_selection_and_keyboard_reach_cards_out_of_view(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.canvas.fitting.zoom_reset()
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    far = f"c{COUNT // 2}"
    session.pointed.select(Selection(card=far))
    port = panel.view.viewport().rect()
    assert port.contains(panel.view.mapFromScene(panel.scene.places.frame(far)).boundingRect())
    assert panel.scene.cards[far].look.ringed
    panel.view.walk.go_to(far)
    qtbot.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert panel.view.walk.focused == f"c{COUNT // 2 + 1}"
    assert "value 2" in panel.view.accessibleDescription()
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.view.walk.focused == f"c{COUNT // 2 + 2}"


def test_a_click_finds_a_card_that_has_no_item(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.view.camera.zoom_to(0.12)
    panel.view.camera.centre_on(panel.scene.places.extent().center())
    assert not panel.scene.cards
    at = panel.view.mapFromScene(panel.scene.places.frame("c900").center())
    panel.view.camera.centre_on(panel.scene.places.frame("c900").center())
    at = panel.view.mapFromScene(panel.scene.places.frame("c900").center())
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.pointed.selection.card == "c900"


def test_colours_of_what_has_no_item_follow_the_cursor(panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    after = panel.view.grab().toImage()
    session.set_cursor(0)
    assert panel.view.grab().toImage() != after


def test_edges_from_far_away_are_drawn_beside_their_target(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    session.show_recording(many())
    panel.canvas.fitting.zoom_reset()
    panel.view.walk.go_to("c500")
    settle(qtbot, panel)
    rail = panel.scene.edges["w-c500-1"]
    assert rail.rails.tethered and rail.boundingRect().width() < 300
    assert not panel.scene.edges["c499-c500-0"].rails.tethered


def test_overview_shows_while_the_graph_does_not_fit_and_moves_the_view(
    qtbot: QtBot, panel: GraphPanel, session: Session
) -> None:
    session.show_recording(many())
    minimap = panel.canvas.over.minimap
    panel.canvas.fitting.fit()
    assert not minimap.isVisible(), "everything is in view"
    panel.canvas.fitting.zoom_reset()
    assert minimap.isVisible()
    for other in (panel.canvas.over.zoom_box, panel.canvas.over.legend):
        assert not other.isVisible() or not minimap.geometry().intersects(other.geometry())
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=minimap.rect().center())
    whole, seen = panel.scene.places.extent(), panel.view.camera.seen()
    assert abs(seen.center().x() - whole.center().x()) < whole.width() / 50
    assert abs(seen.center().y() - whole.center().y()) < whole.height() / 25
    qtbot.keyClick(minimap, Qt.Key.Key_Right)
    assert panel.view.camera.seen().left() > seen.left()
    panel.canvas.arrangement.allow_minimap(False)
    assert not minimap.isVisible()


def test_the_overview_hides_no_card(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    """The overview used to lie over cards, and took most of a small canvas's right side."""
    session.show_recording(many())
    panel.canvas.fitting.zoom_reset()
    settle(qtbot, panel)
    minimap, canvas = panel.canvas.over.minimap, panel.canvas
    assert minimap.width() <= 0.16 * canvas.width() + 12 and minimap.height() <= 0.22 * canvas.height() + 12
    for over in (False, True):
        minimap.set_over(over)
        image = QImage(minimap.size(), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        minimap.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        seen = image.pixelColor(4, minimap.height() // 2).alpha()
        assert (seen < 100) is over is minimap.faint
    panel.view.walk.go_to("c500")
    canvas.arrangement.place()
    assert minimap.faint is canvas.arrangement._taken().touches(minimap.geometry())
    minimap.setFocus()
    assert not minimap.faint


def test_layout_thread_places_it_and_cancel_gives_rows(qtbot: QtBot, session: Session) -> None:
    layouts = LayoutClient()
    panel = GraphPanel(session, ThemeManager("light"), layouts, reduced_motion=lambda: True)
    qtbot.addWidget(panel)
    panel.resize(746, 788)
    panel.show()
    try:
        session.show_recording(many())
        assert panel.scene.crowd is None and panel.canvas.over.working.isVisible(), "the window does not wait for it"
        qtbot.waitUntil(lambda: panel.scene.crowd is not None, timeout=20000)
        assert not panel.canvas.over.working.isVisible()
        graph = many(60_000, "large").graph
        sizes = {item.id: (126.0, 137.0) for item in graph.cards}
        with qtbot.waitSignal(layouts.placed, timeout=20000) as found:
            layouts.request(graph, sizes)
            layouts.cancel()
        assert found.args[1].field is not None and not found.args[1].field.routes
    finally:
        panel.hide()
        layouts.close()


def test_a_leaf_with_hundreds_of_uses_takes_no_edge_from_the_cards_in_view(
    qtbot: QtBot, panel: GraphPanel, session: Session
) -> None:
    """At the end of 3,000 steps the graph had but stray edges: those from ``w`` came first, and only so many have items."""
    rows = 2 * MOST_EDGES
    cards = (
        card("w", "w", "leaf", "AccumulateGrad"),
        *(card(f"a{at}", "x", "operation", "Mul") for at in range(rows)),
        *(card(f"b{at}", "x", "operation", "Mul") for at in range(rows)),
    )
    edges = (*(edge("w", f"a{at}") for at in range(rows)), *(edge(f"a{at}", f"b{at}") for at in range(rows)))
    wait = CardState(Row("not_yet"), Row("not_yet"))
    state = State(0, {item.id: wait for item in cards}, {item.id: EdgeState("idle", "none") for item in edges})
    session.show_recording(recording(Graph(cards, edges, "fan"), [state]))
    panel.canvas.fitting.zoom_reset()
    panel.view.walk.go_to("w")
    settle(qtbot, panel)
    seen = [at for at in range(rows) if f"a{at}" in panel.scene.cards and f"b{at}" in panel.scene.cards]
    assert len(seen) > 1 and all(f"a{at}-b{at}-0" in panel.scene.edges for at in seen)
