"""Frames around what unfolded modules hold."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

import engine
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.metrics import readable
from gui.panels.graph.panel import GraphPanel
from gui.panels.graph.scene.frames import FrameHead, Module, framed, modules_of
from gui.session.session import Session


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x + self.second(torch.relu(self.first(x)))
        return found


@pytest.fixture(scope="module")
def recording() -> Recording:
    torch.manual_seed(0)
    model, x = nn.Sequential(Block(), Block(), nn.Linear(4, 1)), torch.randn(8, 4)
    with engine.record() as made:
        model(x).pow(2).mean().backward()
    return made.recording


@pytest.fixture
def panel(qtbot: QtBot, recording: Recording) -> GraphPanel:
    session = Session()
    made = GraphPanel(session, ThemeManager("light"), reduced_motion=lambda: True)
    session.setParent(made)
    qtbot.addWidget(made)
    made.resize(1400, 700)
    made.show()
    session.show_recording(recording)
    return made


def call(recording: Recording, name: str) -> int:
    return next(item.id for item in recording.calls if item.name.endswith(name))


def box(x: float, y: float, width: float = 100, height: float = 60) -> QRectF:
    return QRectF(x, y, width, height)


def test_a_frame_holds_its_cards_the_rails_between_them_and_inner_frames() -> None:
    places = {"a": box(0, 0), "b": box(200, 0), "c": box(400, 0), "far": box(1000, 0)}
    inner, outer = Module(2, "m.0", "Block", ("a", "b")), Module(1, "m", "Net", ("a", "b", "c"))
    below = [("a", "b", box(50, 60, 200, 90)), ("c", "far", box(450, 20, 600, 300))]
    rects = framed([outer, inner], places, below)
    assert set(rects) == {1, 2}
    assert all(rects[2].contains(places[card]) for card in "ab") and rects[2].contains(below[0][2])
    assert rects[1].contains(rects[2]) and rects[1].contains(places["c"])
    assert not rects[1].intersects(places["far"]) and rects[1].bottom() < 300, "a rail that leaves does not widen it"


def test_of_two_that_hold_the_same_the_one_that_called_the_other_is_around_it() -> None:
    places = {"a": box(0, 0), "b": box(200, 0)}
    rects = framed([Module(1, "m", "Expert", ("a", "b")), Module(2, "m.net", "Net", ("a", "b"))], places, [])
    assert rects[1].contains(rects[2]) and rects[1] != rects[2]


def test_no_frame_holds_a_card_of_others_or_cuts_another_frame() -> None:
    places = {"a": box(0, 0), "x": box(200, 0), "b": box(400, 0)}
    assert framed([Module(1, "m", "M", ("a", "b"))], places, []) == {}
    assert set(framed([Module(1, "m", "M", ("a", "b"), ("x",))], places, [])) == {1}, "its own parameter may stand there"
    near = {"a": box(0, 0), "b": box(200, 0), "c": box(110, 80, 60), "d": box(110, 200, 60)}
    rects = framed([Module(1, "m", "M", ("a", "b")), Module(2, "n", "N", ("c", "d"))], near, [])
    assert len(rects) <= 1


def test_modules_are_those_that_are_unfolded_with_all_that_is_shown_in_them(recording: Recording) -> None:
    folds = recording.folds
    whole = folds.view(folds.modules)
    names = {module.name.rpartition(".")[2]: module for module in modules_of(recording, whole)}
    assert set(names) == {"model", "0", "1"}, "a module of one operation needs no frame"
    assert len(names["0"].cards) == 4 and len(names["0"].leaves) == 4
    assert set(names["0"].cards) < set(names["model"].cards)
    assert modules_of(recording, folds.view(frozenset())) == []
    one = folds.view(frozenset({call(recording, "model"), call(recording, "model.1")}))
    assert {module.name.rpartition(".")[2] for module in modules_of(recording, one)} == {"model", "1"}


def test_the_frames_shown_hold_what_they_should(qtbot: QtBot, panel: GraphPanel) -> None:
    panel.session.shown.unfold_all()
    qtbot.waitUntil(lambda: len(panel.frames.items) >= 2)
    shown, view = panel.session.recording, panel.session.shown.view
    assert shown is not None and view is not None
    modules = {module.call: module for module in modules_of(shown, view)}
    for item in panel.frames.items:
        module = modules[item.call]
        for card, shown in panel.scene.cards.items():
            if card in module.cards:
                assert item.rect.contains(shown.frame())
            elif card not in module.leaves:
                assert not item.rect.intersects(shown.frame())
    for one, two in combinations(panel.frames.items, 2):
        assert not one.rect.intersects(two.rect) or one.rect.contains(two.rect) or two.rect.contains(one.rect)


class Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.x, self.h = nn.Linear(2, 12), nn.Linear(3, 12)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = (self.x(x) + self.h(h)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Several(nn.Module):
    """A recurrent cell, a shared encoder, a residual connection and BatchNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.encoder = Cell(), nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
        self.norm, self.pair = nn.BatchNorm1d(3), nn.Bilinear(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = c = torch.zeros(4, 3)
        for at in range(2):
            h, c = self.cell(x[:, at], h, c)
        found: Tensor = self.pair(self.encoder(h) + h, self.norm(self.encoder(c)))
        return found


def test_every_module_has_a_frame_whatever_runs_beside_it(panel: GraphPanel) -> None:
    """Cards of other modules used to stand among those of a cell, of an encoder that is used twice, and of BatchNorm."""
    torch.manual_seed(0)
    model, x = Several(), torch.randn(4, 2, 2)
    with engine.record() as made:
        model(x).mean().backward()
    panel.session.show_recording(made.recording)
    shown = panel.session.shown
    calls_of = made.recording.calls
    chosen = [[item.id for item in calls_of if item.name.endswith(end)] for end in ("cell", "encoder", "norm")]
    for calls in (*chosen, sorted(made.recording.folds.modules)):
        shown.fold_all()
        shown.unfold(call(made.recording, "model"))
        for number in calls:
            shown.unfold(number)
        assert shown.view is not None
        wanted = {module.call for module in modules_of(made.recording, shown.view)}
        assert wanted and {item.call for item in panel.frames.items} == wanted


def test_a_module_of_one_operation_has_a_frame_while_it_was_unfolded_last(panel: GraphPanel, recording: Recording) -> None:
    shown, number = panel.session.shown, call(recording, "1.first")
    shown.fold_all()
    for unfolded in ("model", "model.1"):
        shown.unfold(call(recording, unfolded))
    shown.unfold(number)
    assert number in {item.call for item in panel.frames.items}
    shown.unfold(call(recording, "1.second"))
    assert number not in {item.call for item in panel.frames.items}


def test_there_is_room_for_a_frame_around_each_of_two_calls(qtbot: QtBot, panel: GraphPanel) -> None:
    model, x = nn.Sequential(nn.Sequential(Block(), Block()), Block()), torch.randn(8, 4)
    with engine.record() as made:
        for _ in range(2):
            model(x).pow(2).mean().backward()
    panel.session.show_recording(made.recording)
    outer = [item.id for item in made.recording.calls if item.name == "model"]
    panel.session.shown.fold_all()
    for number in outer:
        panel.session.shown.unfold(number)
    qtbot.waitUntil(lambda: {item.call for item in panel.frames.items} == set(outer))
    one, two = panel.frames.items
    assert not one.rect.intersects(two.rect)


def test_the_sign_of_a_frame_folds_its_module_and_a_press_beside_it_does_not(qtbot: QtBot, panel: GraphPanel) -> None:
    panel.session.shown.unfold_all()
    qtbot.waitUntil(lambda: len(panel.frames.items) >= 2)
    panel.view.camera.zoom_to(1.0)
    item = next(item for item in panel.frames.items if item.name.endswith(".0"))
    panel.view.camera.centre_on(item.rect.topLeft())
    view = panel.session.shown.view
    at = panel.view.mapFromScene(item.shape_of_sign().center())
    assert panel.frames.text_at(item.shape_of_sign().center(), 1.0) == f"Fold {item.name}"
    assert panel.frames.text_at(item.rect.center(), 1.0) == ""
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(60, 0))
    assert panel.session.shown.view is view
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view is not None and panel.session.shown.view is not None
    assert panel.session.shown.view.unfolded == view.unfolded - {item.call}
    qtbot.waitUntil(lambda: all(frame.call != item.call for frame in panel.frames.items))


def test_another_recording_takes_the_frames_away(qtbot: QtBot, panel: GraphPanel) -> None:
    panel.session.shown.unfold_all()
    qtbot.waitUntil(lambda: bool(panel.frames.items))
    panel.session.show_recording(engine.run_program("a = torch.tensor([2.], requires_grad=True)\n(a * a).backward()\n"))
    assert panel.frames.items == []
    assert not any(type(item).__name__ == "FrameItem" for item in panel.scene.items())


@pytest.mark.parametrize("zoom", [0.36, 0.4, 0.45, 0.5, 0.7, 1.0])
def test_the_name_of_a_frame_lies_under_no_card(panel: GraphPanel, zoom: float) -> None:
    """At 36 % the cards of a module used to cover its name."""
    assert panel.frames.items
    half = 0.62 * readable(11, zoom)
    for item in panel.frames.items:
        name = QRectF(item.rect.left(), item.head_middle(zoom) - half, item.rect.width(), 2 * half)
        assert item.boundingRect().contains(name)
        within = [card for card in panel.scene.cards.values() if item.rect.contains(card.frame())]
        assert within and not any(name.intersects(card.frame()) for card in within), item.name
        sign = QPointF(item.shape_of_sign().center().x(), item.head_middle(zoom))
        assert item.on_sign(sign, zoom)


def test_a_recording_opens_and_a_card_is_found_where_they_can_be_read(panel: GraphPanel) -> None:
    """Both used to leave the graph at 36 %."""
    canvas = panel.canvas
    small = 0.4 / canvas.fitting._whole_zoom()
    panel.resize(round(1400 * small), round(700 * small))
    assert canvas.fitting._whole_zoom() < 0.45
    canvas.fitting.show_first(None)
    assert canvas.view.camera.zoom == 0.5
    canvas.fitting.fit_whole()
    assert canvas.view.camera.zoom < 0.45
    card = next(iter(panel.scene.cards))
    canvas.fitting.come_near(card)
    assert canvas.view.camera.zoom == 0.5 and panel.view.camera.seen().contains(panel.scene.places.frame(card).center())
    canvas.view.camera.zoom_to(0.6)
    canvas.fitting.come_near(card)
    assert canvas.view.camera.zoom == 0.6


def test_no_edge_strikes_out_the_name_of_a_frame(panel: GraphPanel, qtbot: QtBot) -> None:
    """The rail past a block went through "model.blocks.0" where that was unfolded."""
    panel.session.shown.unfold_all()
    qtbot.waitUntil(lambda: bool(panel.frames.items))
    assert len(panel.frames.heads) == len(panel.frames.items)
    least = min(head.zValue() for head in panel.frames.heads)
    for edge in panel.scene.edges.values():
        assert edge.zValue() < least
    panel.session.shown.fold_all()
    assert panel.frames.heads == [] and not [item for item in panel.scene.items() if isinstance(item, FrameHead)]
