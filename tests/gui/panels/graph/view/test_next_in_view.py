"""What the next step shows is in view, and can be read, before it is made: at first, in each epoch, after folding."""

from __future__ import annotations

import time
from functools import cache

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import run_program
from engine.graph.labels import first_view
from engine.lessons.examples import PRESETS
from engine.recording import Recording
from engine.training.configs import TrainingConfig
from engine.training.training import record_epoch, train
from gui.look.theme import ThemeManager
from gui.panels.graph.metrics import LEAST_READABLE
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from tests.gui.panels.graph.view.test_followed import layers
from tests.gui.panels.graph.view.test_unfolding import blocks

LONG = """x = torch.tensor(0.5, requires_grad=True)
y = x
for i in range(12):
    y = torch.sin(y * x)
y.backward()
"""
ROOMS = [(744, 460), (1060, 744)]


@cache
def epoch(model: str, optimizer: str) -> Recording:
    config = TrainingConfig(epochs=2, model=model, optimizer=optimizer)
    before, after = list(train(config))[1:3]
    return record_epoch(before, after)


def shown(qtbot: QtBot, recording: Recording, size: tuple[int, int], *, epoch: bool = False) -> GraphPanel:
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    panel.session.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    if epoch:
        panel.session.set_mode("train")
        panel.session.show_epoch(recording, first_view(recording))
    else:
        panel.session.show_recording(recording)
        panel.session.set_cursor(first_view(recording))
    settle(qtbot, panel)
    return panel


def settle(qtbot: QtBot, panel: GraphPanel) -> None:
    qtbot.waitUntil(lambda: bool(panel.scene.card_ids()) and not panel.scene.places.extent().isEmpty())
    until = time.monotonic() + 0.1
    qtbot.waitUntil(lambda: time.monotonic() > until)
    QApplication.sendPostedEvents()


def assert_next_is_seen(panel: GraphPanel) -> None:
    view, cards = panel.view, panel.at_cursor.coming()
    port = QRectF(view.viewport().rect().adjusted(0, view.reveal.covered, 0, -view.reveal.foot))
    assert cards, "something comes next"
    for card in cards:
        assert port.contains(QRectF(view.mapFromScene(panel.scene.places.box(card)).boundingRect())), card
    assert view.camera.zoom >= LEAST_READABLE - 0.001


@pytest.mark.parametrize("size", ROOMS)
@pytest.mark.parametrize("text", [LONG, *(preset.text for preset in PRESETS)], ids=["long", *(item.file for item in PRESETS)])
def test_the_first_view_shows_what_comes_next(qtbot: QtBot, text: str, size: tuple[int, int]) -> None:
    """A long program opened as dots, seen whole."""
    panel = shown(qtbot, run_program(text), size)
    assert_next_is_seen(panel)


@pytest.mark.parametrize("size", ROOMS)
@pytest.mark.parametrize(("model", "optimizer"), [("line", "adam"), ("mlp", "sgd"), ("mlp", "adam")])
def test_an_epoch_opens_with_what_comes_next(qtbot: QtBot, model: str, optimizer: str, size: tuple[int, int]) -> None:
    """The epochs of Adam and of a network opened at their left edge, with the seed out of view until the first press of →."""
    assert_next_is_seen(shown(qtbot, epoch(model, optimizer), size, epoch=True))


@pytest.mark.parametrize("made", [layers, blocks])
def test_after_folding_and_unfolding_what_comes_next_is_in_view(qtbot: QtBot, made: object) -> None:
    recording: Recording = made()  # type: ignore[operator]
    panel = shown(qtbot, recording, (1060, 744))
    look = panel.session.shown
    for cursor in (first_view(recording), first_view(recording) + 3):
        panel.session.set_cursor(cursor)
        look.fold_all()
        settle(qtbot, panel)
        assert_next_is_seen(panel)
        zoom = panel.view.camera.zoom
        call = next(call.id for call in recording.calls if call.parent is None and not call.optimizer)
        look.unfold(call)
        settle(qtbot, panel)
        coming, whole = panel.at_cursor.coming(), [*look.cards_of(call), *panel.at_cursor.coming()]
        box = QRectF()
        for card in whole:
            box = box.united(panel.scene.places.box(card))
        room = panel.view.viewport().rect()
        if min((room.width() - 40) / box.width(), (room.height() - 120) / box.height()) > LEAST_READABLE + 0.05:
            assert coming
            assert_next_is_seen(panel)
        look.fold(call)
        settle(qtbot, panel)
        assert panel.view.camera.zoom == pytest.approx(zoom, rel=0.02)
        assert_next_is_seen(panel)
