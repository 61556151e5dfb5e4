"""What moves at the moment that is shown is in view whole: at opening, at every step, and after the window got another size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
import torch
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

import engine
from engine.layout.placements import plain_placement
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_face import card_size
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from gui.session.subject import Opened
from tests.engine.trained_net import trained_net


@cache
def steps() -> Recording:
    w = torch.tensor([1.0], requires_grad=True)
    with engine.record() as made:
        for _ in range(15):
            loss = (w * 3 - 6).pow(2).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            with torch.no_grad():
                w -= 0.01 * w.grad  # type: ignore[operator]
                w.grad.zero_()  # type: ignore[union-attr]
    return made.recording


@cache
def layers() -> Recording:
    torch.manual_seed(0)
    x, t = torch.randn(16, 3), torch.randn(16, 1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with engine.record() as made:
        for _ in range(5):
            optimizer.zero_grad()
            loss = ((model(x) - t) ** 2).mean()
            loss.backward()
            optimizer.step()
    return made.recording


SIZES = [(744, 400), (744, 460), (1060, 744)]


CASES = [(made, size) for made in (trained_net, steps, layers) for size in SIZES]


@pytest.fixture(params=CASES, ids=[f"{made.__name__} {width}x{height}" for made, (width, height) in CASES])
def panel(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[GraphPanel]:
    made, size = request.param
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    panel.session.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    recording = made()
    panel.session.set_opened(Opened(recording, "", "t"))
    panel.session.show_recording(recording)
    qtbot.waitUntil(lambda: bool(panel.scene.card_ids()))
    yield panel


def moving(panel: GraphPanel, cards: list[str]) -> None:
    view, box = panel.view, QRectF()
    room = view.viewport().rect().adjusted(0, view.reveal.covered, 0, -view.reveal.foot)
    for card in cards:
        both = box.united(panel.scene.places.frame(card))
        if both.width() * view.camera.zoom < room.width() - 30 and both.height() * view.camera.zoom < room.height() - 30:
            box = both
    shown = view.mapFromScene(box).boundingRect()
    assert room.contains(shown), (panel.session.cursor, cards)
    fits_beside = shown.height() < view.reveal.corner.top() - 40 or shown.width() < view.reveal.corner.left() - 40
    assert not shown.intersects(view.reveal.corner) or not fits_beside, "under the overview"


def test_what_moves_is_in_view_whole(panel: GraphPanel) -> None:
    """The graph used to open on the last step of a script while the first one was running; cards half above the edge stayed
    there."""
    session = panel.session
    assert session.recording is not None and session.cursor > 0 and session.shown.state is not None
    moving(panel, list(session.shown.state.touched))
    for cursor in (*range(session.cursor, session.recording.end + 1), *range(session.recording.end, -1, -3)):
        session.set_cursor(cursor)
        moving(panel, list(session.shown.state.touched))
    panel.resize(700, 420)
    session.set_cursor(5)
    moving(panel, list(session.shown.state.touched))


def test_the_name_of_a_frame_is_not_cut_where_the_graph_begins(panel: GraphPanel) -> None:
    """The head of the first step's frame used to stand half above the edge, although its cards were in view."""
    view = panel.view
    port = view.viewport().rect()
    for item in panel.frames.items:
        shown = view.mapFromScene(item.rect).boundingRect()
        if shown.intersects(port) and shown.bottom() > 40:
            assert shown.top() >= 0, item.name


def test_home_shows_what_will_move_first(panel: GraphPanel) -> None:
    session = panel.session
    assert session.recording is not None and session.shown.view is not None
    session.set_cursor(session.recording.end)
    session.set_cursor(0)
    first = [session.shown.view.card(card) for card in session.recording.state(1).touched]
    moving(panel, [card for card in first if card is not None])


def test_fit_shows_edges_whole_and_off_the_legend(panel: GraphPanel) -> None:
    """Edges that go round below the lowest card used to run off the bottom, behind the legend."""
    scene, view = panel.scene, panel.view
    assert scene.graph is not None
    placed = plain_placement(scene.graph, {card.id: card_size(card) for card in scene.graph.cards})
    extent, edge = scene.places.extent(), scene.graph.edges[0].id
    way = ((extent.left() + 200.0, extent.bottom() + 150.0), (extent.left() + 300.0, extent.bottom() + 150.0))
    scene.arrange(replace(placed, routes={**placed.routes, edge: way}))
    panel.fitting.fit_whole()
    room = view.viewport().rect().adjusted(0, 0, 0, -view.reveal.foot)
    assert scene.edges[edge].rails.box().bottom() > extent.bottom() + 100
    for item in scene.edges.values():
        assert room.contains(view.mapFromScene(item.rails.box()).boundingRect().adjusted(1, 1, -1, -1)), item.edge.id
