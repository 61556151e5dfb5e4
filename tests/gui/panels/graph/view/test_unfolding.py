"""What is unfolded is in view and whole, with a frame, also nested and where the panel is small; folding brings it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

import engine
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.ground import Ground
from gui.panels.graph.panel import GraphPanel
from gui.panels.graph.view.unfolded import axis_shift
from gui.session.session import Session


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x + self.net(self.norm(x))
        return found


def blocks() -> Recording:
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(4, 8), Block(), Block(), nn.Linear(8, 1)), torch.randn(16, 4)
    with engine.record() as made:
        model(x).square().mean().backward()
    return made.recording


def transformer() -> Recording:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
    model, x = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), torch.randn(2, 5, 8)
    with engine.record() as made:
        model(x).mean().backward()
    return made.recording


RECORDINGS: dict[str, Recording] = {}


@pytest.fixture(params=["blocks", "transformer"])
def recording(request: pytest.FixtureRequest) -> Recording:
    name = request.param
    if name not in RECORDINGS:
        RECORDINGS[name] = {"blocks": blocks, "transformer": transformer}[name]()
    return RECORDINGS[name]


@pytest.fixture(params=[(744, 460), (1060, 744)])
def panel(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, recording: Recording) -> Iterator[GraphPanel]:
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    panel.session.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(*request.param)
    panel.show()
    qtbot.waitExposed(panel)
    panel.session.show_recording(recording)
    panel.session.shown.fold_all()
    yield panel
    panel.hide()


def frame_of(panel: GraphPanel, call: int) -> QRectF | None:
    return next((item.rect for item in panel.frames.items if item.call == call), None)


def in_view(panel: GraphPanel, rect: QRectF) -> bool:
    return panel.view.viewport().rect().adjusted(-2, -2, 2, 2).contains(panel.view.mapFromScene(rect).boundingRect())


def test_each_module_that_is_unfolded_has_a_frame_and_is_in_view_whole(qtbot: QtBot, panel: GraphPanel) -> None:
    shown, depth = panel.session.shown, 0
    while shown.view is not None and shown.view.groups and depth < 12:
        group = next(iter(shown.view.groups.values()))
        panel.view.setFocus()
        panel.view.walk.go_to(group.id)
        zoom = panel.view.camera.zoom
        qtbot.keyClick(panel.view, "+")
        name = shown._session.recording.calls[group.call].name  # type: ignore[union-attr]
        frame = frame_of(panel, group.call)
        assert frame is not None, name
        assert in_view(panel, frame), name
        outer = [item.rect for item in panel.frames.items if item.rect.contains(frame)]
        extent = panel.view.mapFromScene(panel.scene.places.extent()).boundingRect()
        if extent.height() < panel.view.viewport().height() - 150:
            assert all(panel.view.mapFromScene(rect.topLeft()).y() >= 0 for rect in outer), f"{name}: a frame around it is cut"
        assert panel.view.camera.zoom <= zoom and panel.view.camera.zoom >= 0.34, (name, panel.view.camera.zoom)
        assert panel.view.walk.focused in panel.scene.cards, "the keyboard goes on inside"
        extent = panel.view.mapFromScene(panel.scene.places.extent()).boundingRect()
        port = panel.view.viewport().rect()
        if extent.height() < port.height() - 60:
            assert port.top() <= extent.top() and extent.bottom() <= port.bottom(), f"{name}: cut although there is room"
        depth += 1
    assert depth > 3


def test_folding_brings_zoom_and_card_back(qtbot: QtBot, panel: GraphPanel) -> None:
    shown = panel.session.shown
    assert shown.view is not None
    group = next(group for group in shown.view.groups.values() if group.operations > 3)
    panel.view.setFocus()
    panel.view.walk.go_to(group.id)
    zoom = panel.view.camera.zoom
    qtbot.keyClick(panel.view, "+")
    qtbot.keyClick(panel.view, "-")
    assert group.id in panel.scene.cards and panel.view.walk.focused == group.id
    assert panel.view.camera.zoom == pytest.approx(zoom)
    assert in_view(panel, panel.scene.places.frame(group.id))


def test_all_at_once(panel: GraphPanel) -> None:
    shown = panel.session.shown
    shown.unfold_all()
    assert panel.view.camera.seen().intersects(panel.scene.places.extent())
    shown.fold_all()
    assert panel.view.camera.seen().intersects(panel.scene.places.extent())


def test_the_least_move_that_shows_it() -> None:
    assert axis_shift((100, 300), (150, 200), 0, 400) == 0, "all of it is in view"
    assert axis_shift((-50, 150), (100, 150), 0, 400) == 50, "the graph has room, and is cut"
    assert axis_shift((-1000, 1000), (350, 450), 0, 400) == -50
    assert axis_shift((-1000, 300), (100, 200), 0, 400) == pytest.approx(84), "an empty end"
    assert axis_shift((0, 2000), (100, 900), 0, 400) == -100, "what is longer than the room begins in view"


def test_the_formula_stands_at_an_edge_or_nowhere(panel: GraphPanel) -> None:
    canvas, size = panel.canvas, QSize(200, 60)
    everything = Ground()
    everything.add(QRect(0, 0, canvas.width(), 100))
    everything.add(QRect(0, canvas.height() - 180, canvas.width(), 180))
    assert canvas.arrangement._free_spot(size, everything, None) is None, "the middle is free, but it is the graph's"
    corner = Ground()
    corner.add(QRect(0, 0, 300, 200))
    spot = canvas.arrangement._free_spot(size, corner, None)
    assert spot is not None and spot.x() > canvas.width() / 2 and spot.y() == 24
    assert isinstance(canvas, QWidget)


def test_what_is_left_when_all_is_folded_is_as_large_as_it_has_room_for(qtbot: QtBot, panel: GraphPanel) -> None:
    """Four cards stayed at 50 %, with bars for three numbers, in a canvas that was empty otherwise."""
    shown = panel.session.shown
    shown.unfold_all()
    assert panel.view.camera.zoom < 0.7
    shown.fold_all()
    assert shown.view is not None and len(shown.view.graph.cards) <= 6
    assert panel.view.camera.zoom >= 0.7
    assert all(in_view(panel, panel.scene.places.frame(card.id)) for card in shown.view.graph.cards)
