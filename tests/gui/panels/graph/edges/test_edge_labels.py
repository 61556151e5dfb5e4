"""Texts of edges stand free at every step: no card, no rail, no other text and nothing over the canvas touches them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from torch import nn

import engine
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from tests.engine.plain_torch import run
from tests.gui.factory import show_end

_EXAMPLES = Path(__file__).parents[5].glob("resources/examples/*/*.py")
PROGRAMS = sorted(path for path in _EXAMPLES if path.stem not in ("regression", "xor"))
"""All but the functions that a training step is made of, which are no programs by themselves."""


def mlp() -> Recording:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    data = torch.ones(1, 1)
    with engine.record() as made:
        (model(data) - 1).square().sum().backward()
    return made.recording


def transformer() -> Recording:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dropout=0.0)
    data, head = torch.randn(1, 3, 4), nn.Linear(4, 1)
    with engine.record() as made:
        head(layer(data)).mean().backward()
    return made.recording


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[GraphPanel]:
    panel = GraphPanel(Session(), ThemeManager("light"), reduced_motion=lambda: True)
    qtbot.addWidget(panel)
    panel.resize(746, 600)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.hide()


def _crosses(path: QPainterPath, rect: QRectF) -> bool:
    """Whether the line of a path (not what it would enclose) comes into a rectangle."""
    return any(rect.contains(path.pointAtPercent(at / 300)) for at in range(301))


def touched(panel: GraphPanel) -> list[str]:
    """What touches a text that is drawn, in words."""
    panel.view.viewport().repaint()
    canvas, scene, view = panel.canvas, panel.scene, panel.view
    widgets: list[QWidget] = [canvas.over.legend, canvas.over.zoom_box, canvas.over.minimap]
    texts = {name: item.text.place for name, item in scene.edges.items() if item.text.place is not None}
    found = []
    for name, rect in texts.items():
        shown = QRectF(view.mapFromScene(rect).boundingRect()).adjusted(1, 1, -1, -1)
        found += [f"{name} on a card" for item in scene.cards.values() if item.frame().intersects(rect)]
        found += [f"{name} on {other}" for other, box in texts.items() if other != name and box.intersects(rect)]
        found += [
            f"{name} on {type(widget).__name__}"
            for widget in widgets
            if widget.isVisible() and QRectF(widget.geometry()).intersects(shown)
        ]
        for other, item in scene.edges.items():
            paths = [item.rails.value] if item.state.gradient == "none" else [item.rails.value, item.rails.gradient]
            if any(path.intersects(rect) and _crosses(path, rect) for path in paths):
                found.append(f"{name} on the rails of {other}")
    return found


def walk(panel: GraphPanel, recording: Recording) -> int:
    """Go through all steps; returns how many texts were seen."""
    seen = 0
    for cursor in range(recording.end + 1):
        panel.session.set_cursor(cursor)
        assert touched(panel) == [], cursor
        seen += sum(item.text.place is not None for item in panel.scene.edges.values())
    return seen


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_texts_stand_free_in_every_example(panel: GraphPanel, path: Path) -> None:
    recording = engine.run_program(path.read_text())
    panel.session.show_recording(recording)
    panel.view.camera.zoom_to(1.0)
    assert walk(panel, recording) > 0


@pytest.mark.parametrize("make", [mlp, transformer])
def test_texts_stand_free_in_models(panel: GraphPanel, make: object) -> None:
    recording = make()  # type: ignore[operator]
    panel.session.show_recording(recording)
    panel.view.camera.zoom_to(1.0)
    panel.session.shown.unfold_all()
    panel.view.camera.zoom_to(0.8)
    walk(panel, recording)


def leaders_on_texts(panel: GraphPanel) -> list[str]:
    """Which lines that lead to a text cross another one, in words."""
    panel.view.viewport().repaint()
    texts = {name: item.text for name, item in panel.scene.edges.items() if item.text.place is not None}
    lines = {name: text.leader for name, text in texts.items() if not text.leader.isNull()}
    return [
        f"the leader of {name} on {other}"
        for name, line in lines.items()
        for other, text in texts.items()
        if other != name and text.place is not None and any(text.place.contains(line.pointAt(at / 300)) for at in range(301))
    ]


@pytest.mark.parametrize("zoom", [0.75, 1.0, 1.3])
@pytest.mark.parametrize(
    "text",
    [
        "y = x * x * x",
        "y = x * x * x * x",
        "y = (x * x + x) * x",
        "y = (x * x) * (x * x)",
        "y = x.exp() * x * x - x",
        "y = x * x + x * x * x",
    ],
)
def test_no_line_to_a_text_crosses_another_text(panel: GraphPanel, text: str, zoom: float) -> None:
    """Where two gradients arrived side by side, the line to the lower one's text went through the upper one's."""
    recording = engine.run_program(f"x = torch.tensor([2.], requires_grad=True)\n{text}\ny.backward()")
    panel.session.show_recording(recording)
    for places in (range(recording.end + 1), range(recording.end, -1, -1)):
        for cursor in places:
            panel.session.set_cursor(cursor)
            panel.view.camera.zoom_to(zoom)
            assert leaders_on_texts(panel) == [], cursor
            assert zoom != 1.0 or touched(panel) == [], cursor


def test_a_text_gives_way_to_the_legend_and_comes_back(panel: GraphPanel) -> None:
    recording = engine.run_program(PROGRAMS[0].read_text())
    panel.session.show_recording(recording)
    panel.session.set_cursor(recording.end)
    panel.view.viewport().repaint()
    item = next(item for item in panel.scene.edges.values() if item.text.place is not None)
    first = QRectF(item.text.place)
    panel.view.camera.hold(first.center(), panel.canvas.over.legend.geometry().center())
    assert touched(panel) == []
    assert item.text.place is None or item.text.place != first
    panel.view.camera.hold(first.center(), QPoint(373, 250))
    assert touched(panel) == [] and item.text.place == first


def test_the_graph_leaves_the_foot_to_the_legend(panel: GraphPanel) -> None:
    for path in PROGRAMS:
        recording = engine.run_program(path.read_text())
        panel.session.show_recording(recording)
        panel.session.set_cursor(recording.end)
        panel.fitting.fit_whole()
        legend = panel.canvas.over.legend.geometry()
        assert panel.canvas.over.legend.isVisible() and legend.left() < 24 and legend.bottom() < panel.canvas.height()
        cards = [panel.view.mapFromScene(item.frame()).boundingRect() for item in panel.scene.cards.values()]
        assert not any(box.intersects(legend) for box in cards), path.stem


def test_no_card_is_half_behind_the_legend(panel: GraphPanel) -> None:
    """In a recording taller than the panel, cards used to lie under the legend."""
    recording = transformer()
    panel.session.show_recording(recording)
    panel.session.shown.unfold_all()
    panel.view.camera.zoom_to(1.0)
    legend, seen = panel.canvas.over.legend, 0
    for card in list(panel.scene.cards):
        panel.view.reveal.card(card)
        box = panel.view.mapFromScene(panel.scene.places.frame(card)).boundingRect()
        assert not box.intersects(legend.geometry()), "what is shown on purpose stands above it"
        boxes = [panel.view.mapFromScene(item.frame()).boundingRect() for item in panel.scene.cards.values()]
        if any(other.intersects(legend.geometry()) for other in boxes):
            seen += 1
            assert legend.strip and legend.geometry().left() == 0 and legend.width() == panel.canvas.width()
    assert seen
    panel.session.show_recording(engine.run_program(PROGRAMS[0].read_text()))
    panel.fitting.fit_whole()
    assert not legend.strip and legend.width() < panel.canvas.width()


@pytest.mark.parametrize("text", ["y = x * x", "y = torch.stack([x, x, x]).sum()", "y = x ** x"])
@pytest.mark.parametrize("shape", ["3.", "[1., 2., 3.]"])
def test_a_card_that_is_used_twice_has_no_value_across_a_gradient(panel: GraphPanel, text: str, shape: str) -> None:
    """The value of the second factor of x · x used to cross the gradient of the first."""
    panel.session.show_recording(run(f"x = torch.tensor({shape}, requires_grad=True)\n{text}\ny.sum().backward()\n"))
    QApplication.processEvents()
    twice = [edge for edge in panel.scene.edges.values() if edge.rails.alike]
    assert len(twice) > 1 and len({edge.edge.source for edge in twice}) == 1
    shares = [step / 20 for step in range(21)]
    for one in twice:
        for other in twice:
            values = [one.rails.value.pointAtPercent(share) for share in shares]
            gradients = [other.rails.gradient.pointAtPercent(1 - share) for share in shares]
            assert all(value.y() < gradient.y() for value, gradient in zip(values, gradients, strict=True))
            leave = [edge.rails.gradient.pointAtPercent(0).y() for edge in twice]
            assert leave == sorted(leave) and leave[-1] < one.target.frame().bottom()


@pytest.mark.parametrize("text", ["y = x * x * 2 + x", "y = x * 2 + x.exp() * x"])
def test_a_factor_is_nearest_to_its_own_rail(panel: GraphPanel, text: str) -> None:
    """ "× 1" used to stand above a value's rail, while its gradient came back on the other side."""
    recording = run(f"x = torch.tensor([3.], requires_grad=True)\n{text}\ny.backward()\n")
    show_end(panel.session, recording)
    panel.grab()
    QApplication.processEvents()
    edges = list(panel.scene.edges.values())
    placed = [edge for edge in edges if edge.text.place is not None]
    assert placed

    def away(edge_points: NDArray[np.float64], box: QRectF) -> float:
        middle = box.center()
        return float(np.hypot(edge_points[:, 0] - middle.x(), edge_points[:, 1] - middle.y()).min())

    for edge in placed:
        box = edge.text.place
        assert box is not None
        own = np.array([edge.rails.gradient.pointAtPercent(step / 64).toTuple() for step in range(65)])
        others = [other.rails.points() for other in edges]
        assert away(own, box) <= min(away(points, box) for points in others) + 4, edge.edge.id
