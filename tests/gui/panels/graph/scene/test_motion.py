"""What moves on a step: it travels, arrives, and ends in the final state whenever it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractAnimation, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.graph.model import Graph
from engine.graph.state import CardState, EdgeState, Row, State
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.panels.graph.scene.motion import EMPHASIS_MS, SETTLE_MS, TravelDot
from gui.session.session import Session
from tests.gui.factory import card, cubic, edge, number, recording

TRAVEL = 420


def walk() -> Recording:
    """``s = a²; y = s``: nothing; a; then s (the value travels a → s → y); the gradient travels back y → s; and s → a."""
    cards = (
        card("a", "a", "leaf", "AccumulateGrad"),
        card("s", "a^{2}", "operation", "PowBackward0"),
        card("y", "y", "result", "result"),
    )
    edges = (edge("a", "s"), edge("s", "y"))
    wait = Row("not_yet")
    three, nine, one, six = (Row("value", number(at)) for at in (3, 9, 1, 6))
    states = [
        State(0, dict.fromkeys("asy", CardState(wait, wait)), {item.id: EdgeState("idle", "none") for item in edges}),
        State(
            1,
            {"a": CardState(three, wait, "forward", "value"), "s": CardState(wait, wait), "y": CardState(wait, wait)},
            {item.id: EdgeState("idle", "none") for item in edges},
        ),
        State(
            2,
            {
                "a": CardState(three, wait),
                "s": CardState(nine, wait, "forward", "value"),
                "y": CardState(nine, wait, "forward", "value"),
            },
            {item.id: EdgeState("active", "pending") for item in edges},
        ),
        State(
            3,
            {
                "a": CardState(three, wait),
                "s": CardState(nine, one, "backward", "gradient"),
                "y": CardState(nine, one, "backward", "gradient"),
            },
            {"a-s-0": EdgeState("done", "pending"), "s-y-0": EdgeState("done", "active", number(1))},
        ),
        State(
            4,
            {"a": CardState(three, six, "backward", "gradient"), "s": CardState(nine, one), "y": CardState(nine, one)},
            {"a-s-0": EdgeState("done", "active", number(6), number(6)), "s-y-0": EdgeState("done", "done", number(1))},
        ),
    ]
    return recording(Graph(cards, edges, "walk"), states)


@pytest.fixture
def session() -> Session:
    return Session()


def shown(qtbot: QtBot, session: Session, reduced: bool = False, travel: int = TRAVEL) -> GraphPanel:
    panel = GraphPanel(session, ThemeManager("light"), reduced_motion=lambda: reduced)
    panel.set_travel(lambda: travel)
    qtbot.addWidget(panel)
    panel.resize(700, 500)
    panel.show()
    qtbot.waitExposed(panel)
    session.show_recording(walk())
    panel.scene.finish_motion()
    session.set_cursor(0)
    return panel


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    panel = shown(qtbot, session)
    yield panel
    panel.hide()
    assert panel.scene.motion.animation.state() == QAbstractAnimation.State.Stopped


def at(panel: GraphPanel, ms: int) -> None:
    """Hold the running motion at ``ms``."""
    animation = panel.scene.motion.animation
    assert animation.state() != QAbstractAnimation.State.Stopped
    animation.pause()
    animation.setCurrentTime(ms)


def dots(panel: GraphPanel) -> list[TravelDot]:
    return [item for item in panel.scene.items() if isinstance(item, TravelDot) and item.isVisible()]


def picture(panel: GraphPanel) -> QImage:
    image = QImage(panel.view.viewport().size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    panel.scene.render(painter, QRectF(image.rect()), panel.view.mapToScene(image.rect()).boundingRect())
    painter.end()
    return image


def test_gradient_travels_left_along_its_edge_and_arrives(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(3)
    before = picture(panel)
    session.set_cursor(4)
    item = panel.scene.edges["a-s-0"]
    seen = []
    for ms in (0, 105, 210, 315, 419):
        at(panel, ms)
        (dot,) = dots(panel)
        seen.append(dot.x())
        assert item.boundingRect().contains(dot.pos())
    assert seen == sorted(seen, reverse=True)
    ends = item.rails.gradient.pointAtPercent(0).x(), item.rails.gradient.pointAtPercent(1).x()
    assert seen[0] == pytest.approx(ends[0]) and seen[-1] == pytest.approx(ends[1], abs=1)
    share = (seen[0] - seen[1]) / (ends[0] - ends[1])
    assert share == pytest.approx(0.125, abs=0.01), "a quarter of the time is an eighth of the way: it eases in"
    leaf = panel.view.mapFromScene(panel.scene.cards["a"].frame()).boundingRect().adjusted(4, 4, -4, -4)
    at(panel, 300)
    assert picture(panel).copy(leaf) == before.copy(leaf), "the leaf waits for its gradient"
    at(panel, TRAVEL + SETTLE_MS // 2)
    assert not dots(panel)
    half = picture(panel)
    panel.scene.finish_motion()
    final = picture(panel)
    assert len({bytes(image.copy(leaf).constBits()) for image in (before, half, final)}) == 3


def test_end_of_the_motion_is_what_a_jump_shows(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(4)
    jumped = picture(panel)
    for cursor in (0, 1, 2, 3, 4):
        session.set_cursor(cursor)
    at(panel, TRAVEL + SETTLE_MS)
    assert not panel.scene.motion.running
    assert picture(panel) == jumped


def test_edges_that_follow_each_other_travel_one_after_the_other(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(1)
    session.set_cursor(2)
    at(panel, 100)
    first, second = panel.scene.edges["a-s-0"], panel.scene.edges["s-y-0"]
    (dot,) = dots(panel)
    assert first.rails.value.boundingRect().adjusted(-1, -1, 1, 1).contains(dot.pos())
    at(panel, 300)
    (dot,) = dots(panel)
    assert second.rails.value.boundingRect().adjusted(-1, -1, 1, 1).contains(dot.pos())


def test_seed_shows_at_once_and_goes_on_from_there(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(2)
    session.set_cursor(3)
    at(panel, SETTLE_MS)
    final = picture(panel)
    panel.scene.finish_motion()
    result, power = (panel.view.mapFromScene(panel.scene.cards[key].frame()).boundingRect() for key in "ys")
    assert picture(panel).copy(result) == final.copy(result)
    assert picture(panel).copy(power) != final.copy(power)


@pytest.mark.parametrize("moves", [(4, 3), (0, 2), (0, 4), (2, 1)])
def test_jumps_and_steps_back_show_the_final_state(panel: GraphPanel, session: Session, moves: tuple[int, int]) -> None:
    for cursor in moves:
        session.set_cursor(cursor)
    assert not panel.scene.motion.running and not dots(panel)


def test_another_recording_ends_it(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(1)
    assert panel.scene.motion.running
    session.show_recording(walk())
    assert not panel.scene.motion.running


def test_next_step_ends_the_last_one(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(3)
    session.set_cursor(4)
    session.set_cursor(3)
    assert not panel.scene.motion.running and not dots(panel)
    session.set_cursor(4)
    assert len(dots(panel)) == 1


def test_any_key_or_click_anywhere_ends_it_and_then_acts(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    class Elsewhere(QWidget):
        seen: list[bool]

        def keyPressEvent(self, event: object) -> None:
            self.seen.append(panel.scene.motion.running)

        mousePressEvent = keyPressEvent  # type: ignore[assignment]

    elsewhere = Elsewhere()
    elsewhere.seen = []
    qtbot.addWidget(elsewhere)
    for act in (
        lambda: qtbot.keyClick(elsewhere, Qt.Key.Key_A),
        lambda: qtbot.mouseClick(elsewhere, Qt.MouseButton.LeftButton),
    ):
        session.set_cursor(0)
        session.set_cursor(1)
        assert panel.scene.motion.running
        act()
        assert not panel.scene.motion.running
    assert elsewhere.seen == [False, False]


def test_no_time_to_travel_means_no_motion(qtbot: QtBot, session: Session) -> None:
    panel = shown(qtbot, session, travel=0)
    session.set_cursor(1)
    session.set_cursor(2)
    assert not panel.scene.motion.running
    assert panel.scene.cards["y"].state.value.data is not None


def test_hiding_the_panel_stops_it(panel: GraphPanel, session: Session) -> None:
    session.set_cursor(1)
    panel.hide()
    assert not panel.scene.motion.running


def test_reduced_motion_marks_the_row_and_the_edge_instead(qtbot: QtBot, session: Session) -> None:
    panel = shown(qtbot, session, reduced=True)
    session.set_cursor(4)
    jumped = picture(panel)
    session.set_cursor(3)
    session.set_cursor(4)
    assert panel.scene.motion.animation.duration() == EMPHASIS_MS
    marked = picture(panel)
    at(panel, EMPHASIS_MS - 1)
    assert not dots(panel) and picture(panel) == marked != jumped
    at(panel, EMPHASIS_MS)
    assert not panel.scene.motion.running
    assert picture(panel) == jumped


def shown_anew(qtbot: QtBot) -> tuple[Session, GraphPanel]:
    """A panel that is on the screen, with a recording in it."""
    session = Session()
    panel = GraphPanel(session, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(746, 788)
    panel.show()
    qtbot.waitExposed(panel)
    session.show_recording(cubic())
    return session, panel


def test_cards_of_another_program_do_not_glide_to_where_those_of_the_same_name_are(qtbot: QtBot) -> None:
    """On the way from the training back to the program, b used to fly across the graph."""
    session, panel = shown_anew(qtbot)
    session.set_mode("train")
    session.show_epoch(cubic(extra=True), 0)
    assert all(item.pos() == panel.scene.places.goal(card) for card, item in panel.scene.cards.items())
    session.set_mode("explore")
    assert all(item.pos() == panel.scene.places.goal(card) for card, item in panel.scene.cards.items())
    session.show_recording(cubic(extra=True))
    assert any(item.pos() != panel.scene.places.goal(card) for card, item in panel.scene.cards.items()), (
        "an edit of the same one glides"
    )
    panel.scene.finish_motion()
    panel.hide()


def test_a_graph_that_is_taken_away_while_its_cards_glide_leaves_nothing_to_move(qtbot: QtBot) -> None:
    """The glide used to go on with cards that were gone, which gave a KeyError at its next frame."""
    session, panel = shown_anew(qtbot)
    session.show_recording(cubic(extra=True))
    glide = panel.scene._glide.animation
    assert glide.state() == QAbstractAnimation.State.Running
    session.set_mode("train")
    assert session.recording is None and not panel.scene.cards
    assert glide.state() == QAbstractAnimation.State.Stopped
