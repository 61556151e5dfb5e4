"""A network that is too long to be seen whole opens at its left edge, and follows from there."""

from __future__ import annotations

import pytest
import torch
from pytestqt.qtbot import QtBot

import engine
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from gui.session.subject import Opened


@pytest.mark.parametrize("layers", [1, 2, 5])
@pytest.mark.parametrize("size", [(744, 460), (726, 744)])
def test_a_long_network_opens_whole_or_at_its_left_edge(qtbot: QtBot, size: tuple[int, int], layers: int) -> None:
    """It opened at 50 % with its beginning cut off, since what ran last stands at its end."""
    torch.manual_seed(0)
    pairs = [(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4), torch.nn.Tanh()) for _ in range(layers)]
    model = torch.nn.Sequential(*(module for pair in pairs for module in pair), torch.nn.Linear(4, 1))
    with engine.record() as made:
        loss = torch.nn.functional.mse_loss(model(torch.randn(6, 4)), torch.ones(6, 1))
        loss.backward()
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    panel.session.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    panel.session.set_opened(Opened(made.recording, "", "t"))
    panel.session.show_recording(made.recording)
    qtbot.waitUntil(lambda: bool(panel.scene.card_ids()))
    qtbot.waitUntil(lambda: not panel.scene.places.extent().isEmpty())
    qtbot.wait(300)
    seen, extent = panel.view.camera.seen(), panel.scene.places.extent()
    assert seen.left() <= extent.left()
    panel.session.set_cursor(panel.session.cursor + 1)
    moving = panel.at_cursor.moving()
    assert moving and all(panel.view.camera.seen().contains(panel.scene.places.frame(card)) for card in moving)
