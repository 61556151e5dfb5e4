"""Folded modules in the window: they unfold and fold by mouse, key and menu, stay in place, and are inspected and explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import nn

import engine
from engine.layout.placements import plain_placement
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.explanation.panel import ExplanationPanel
from gui.panels.graph.describe import card_tooltip
from gui.panels.graph.panel import GraphPanel
from gui.panels.inspector.panel import InspectorPanel
from gui.session.linking import links_of
from gui.session.selection import Hover, Selection
from gui.session.session import Session
from tests.gui.shown_panels import graph_panel


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.linear = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.relu(self.linear(self.norm(x)))


@pytest.fixture(scope="module")
def recording() -> Recording:
    torch.manual_seed(0)
    model = nn.Sequential(*(Block() for _ in range(20)))
    data = torch.randn(3, 4)
    with engine.record() as made:
        loss = model(data).sum()
        loss.backward()
    return made.recording


@pytest.fixture
def session(qapp: QApplication, recording: Recording) -> Session:
    session = Session()
    session.show_recording(recording)
    return session


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[GraphPanel]:
    yield from graph_panel(qtbot, session)


def names(panel: GraphPanel) -> list[str]:
    return [item.card.symbol.removeprefix("\\mathrm{").rstrip("}") for item in panel.scene.cards.values()]


def module(panel: GraphPanel, name: str) -> str:
    return next(card for card, item in panel.scene.cards.items() if item.card.symbol == f"\\mathrm{{{name}}}")


def corner(panel: GraphPanel, card: str) -> QPoint:
    return panel.view.mapFromScene(panel.scene.places.frame(card).topLeft())


def test_modules_are_folded_at_first_and_can_be_read(panel: GraphPanel, recording: Recording) -> None:
    assert [name for name in names(panel) if name.startswith("model.")] == [f"model.{at}" for at in range(20)]
    shown = len(panel.scene.cards)
    assert panel.header.note().startswith(f"{shown} of {len(recording.graph.cards)} nodes")
    # The whole graph would be dots, so it opens where it begins.
    assert panel.view.camera.zoom == 0.5 and panel.view.camera.seen().left() <= panel.scene.places.extent().left()
    assert "Block · 4 nodes" in card_tooltip(panel.scene.cards[module(panel, "model.0")])


def test_plus_unfolds_in_place_and_minus_folds(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    card = module(panel, "model.2")
    panel.view.setFocus()
    panel.view.walk.go_to(card)
    before, at = set(panel.scene.cards), corner(panel, card)
    qtbot.keyClick(panel.view, "+")
    assert card not in panel.scene.cards and len(panel.scene.cards) > len(before)
    first = next(item for item in panel.scene.cards if item not in before and panel.scene.cards[item].card.kind != "leaf")
    assert (corner(panel, first) - at).manhattanLength() <= 2
    panel.view.walk.go_to(first)
    qtbot.keyClick(panel.view, "-")
    assert set(panel.scene.cards) == before
    assert (corner(panel, card) - at).manhattanLength() <= 2


def test_a_better_placement_leaves_what_was_unfolded_where_it_is(panel: GraphPanel, session: Session) -> None:
    """The better placement comes a while after the first, and may move everything."""
    card = module(panel, "model.2")
    before, at = set(panel.scene.cards), corner(panel, card)
    session.shown.unfold(session.shown.view.groups[card].call)  # type: ignore[union-attr]
    first = next(item for item in panel.scene.cards if item not in before and panel.scene.cards[item].card.kind != "leaf")
    graph = panel.scene.graph
    assert graph is not None and (corner(panel, first) - at).manhattanLength() <= 2
    placement = plain_placement(graph, panel.scene.places.sizes())
    moved = {name: (x + 900.0, y + 5000.0) for name, (x, y) in placement.positions.items()}
    routes = {name: tuple((x + 900.0, y + 5000.0) for x, y in route) for name, route in placement.routes.items()}
    panel._placer.placed.emit(replace(placement, positions=moved, routes=routes))
    assert (corner(panel, first) - at).manhattanLength() <= 2 and panel.view.camera.zoom == 0.5


def test_a_selected_module_that_unfolds_is_selected_no_more(panel: GraphPanel, session: Session) -> None:
    card = module(panel, "model.2")
    session.pointed.select(Selection(card=card))
    session.shown.turn(module(panel, "model.3"), True)
    assert session.pointed.selection.card == card
    session.shown.turn(card, True)
    assert session.pointed.selection.card is None


def test_a_double_click_and_the_sign_unfold(qtbot: QtBot, panel: GraphPanel) -> None:
    card = module(panel, "model.0")
    centre = panel.view.mapFromScene(panel.scene.places.frame(card).center())
    opened = []
    panel.inspect_wanted.connect(lambda: opened.append(1))
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert card not in panel.scene.cards and not opened
    other = module(panel, "model.1")
    panel.view.camera.zoom_to(1.0)
    panel.view.camera.centre_on(panel.scene.places.frame(other).center())
    item = panel.scene.cards[other]
    sign = panel.view.mapFromScene(item.pos() + QPointF(item.width - 18, 42.0))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=sign)
    assert other not in panel.scene.cards


def test_the_menu_folds_and_shows_paths(panel: GraphPanel, session: Session, recording: Recording) -> None:
    card = module(panel, "model.3")
    actions = {action.text(): action for action in panel.menu_for(panel.scene.cards[card]).actions()}
    assert {"Unfold model.3", "Unfold all of model.3", "Fold into model"} <= set(actions)
    actions["Only what leads here"].trigger()
    assert (
        panel.canvas.over.paths_bar.isVisible() and panel.canvas.over.paths_bar.accessibleName() == "only what leads to model.3"
    )
    assert [name for name in names(panel) if name.startswith("model.")] == [f"model.{at}" for at in range(4)]
    panel.canvas.over.paths_bar.back.click()
    assert not panel.canvas.over.paths_bar.isVisible() and "model.7" in names(panel)
    actions["Fold into model"].trigger()
    assert "model" in names(panel) and "model.3" not in names(panel)
    canvas = {action.text(): action for action in panel.menu_for(None).actions()}
    canvas["Unfold all"].trigger()
    assert len(panel.scene.cards) == len(recording.graph.cards)
    canvas["Fold all"].trigger()
    assert names(panel).count("model") == 1


def test_what_is_asked_for_is_unfolded(panel: GraphPanel, session: Session, recording: Recording) -> None:
    session.shown.fold_all()
    card = [item.id for item in recording.graph.cards if item.subtitle == "ReluBackward0"][-1]
    assert not panel.scene.has_card(card)
    session.shown.show_paths(recording.graph.cards[0].id, True, False)
    session.pointed.reveal(card)
    assert panel.scene.has_card(card) and panel.view.walk.focused == card and session.pointed.selection.card == card
    assert session.shown.paths is None
    assert panel.view.viewport().rect().intersects(panel.view.mapFromScene(panel.scene.places.frame(card)).boundingRect())


def test_what_is_asked_for_stays_in_view_where_a_better_placement_moves_it(
    panel: GraphPanel, session: Session, recording: Recording
) -> None:
    session.shown.fold_all()
    card = [item.id for item in recording.graph.cards if item.subtitle == "ReluBackward0"][-1]
    panel.canvas.fitting.zoom_reset()
    session.pointed.reveal(card)
    graph = panel.scene.graph
    assert graph is not None
    sizes = panel.scene.places.sizes()
    placed = plain_placement(graph, sizes)
    x, y = placed.positions[card]
    moved = replace(placed, positions={**placed.positions, card: (x, y + 9000)}, routes={})
    panel._show_placement(moved)
    assert panel.view.viewport().rect().contains(panel.view.mapFromScene(panel.scene.places.frame(card)).boundingRect().center())
    session.shown.fold_all()
    assert panel.pointing.wanted is None


def test_what_is_inside_is_pointed_at_by_its_module(panel: GraphPanel, session: Session, recording: Recording) -> None:
    card = module(panel, "model.5")
    group = session.shown.view.groups[card] if session.shown.view is not None else None
    assert group is not None
    session.pointed.hover(Hover(card=group.members[-1]))
    assert panel.scene.marks.linked is panel.scene.cards[card]
    session.pointed.select(Selection(card=group.members[-1]))
    assert panel.view.walk.selected_card == card
    links = links_of(recording)
    assert links.moments_of(card) == sorted(at for member in group.members for at in links.moments_of(member))
    assert links.span_of(card) is not None


def test_stepping_moves_the_module_that_runs(panel: GraphPanel, session: Session, recording: Recording) -> None:
    for cursor in range(recording.end + 1):
        session.set_cursor(cursor)
        plain = recording.state(cursor)
        view = session.shown.view
        assert view is not None
        active = {view.card(card) for card, shown in plain.cards.items() if shown.active is not None} - {None}
        assert {card for card, item in panel.scene.cards.items() if item.state.active is not None} == active
        # Whatever part of the graph is in view, the step is in view.
        assert not active or any(
            panel.view.camera.seen().intersects(panel.scene.places.frame(card)) for card in active if card is not None
        )


def test_a_module_is_explained_and_inspected(qtbot: QtBot, panel: GraphPanel, session: Session) -> None:
    theme = ThemeManager("light")
    explanation, inspector = ExplanationPanel(session, theme), InspectorPanel(session, theme)
    for widget in (explanation, inspector):
        qtbot.addWidget(widget)
        widget.show()
        qtbot.waitExposed(widget)
    card = module(panel, "model.1")
    session.pointed.select(Selection(card=card))
    found = explanation.explanation
    assert found is not None and "model.1 is a module of type Block" in found.to_text()
    assert "4 parameters with 28 elements" in found.note
    content = inspector.content()
    assert content is not None and "folded module" in content.subtitle
    labels = {part.title: [item.label for item in part.items] for part in content.sections}
    assert labels["Parameters"][:2] == ["norm.weight", "norm.weight.grad"]
    assert labels["Gradients that come in"] == ["from model.2", "from model.2"]
    view = session.shown.view
    assert view is not None
    bundle = next(iter(view.bundles))
    session.pointed.select(Selection(edge=bundle))
    content = inspector.content()
    assert content is not None and content.subtitle == "2 edges drawn as one" and len(content.sections[1].items) == 2
    group = view.groups[card]
    session.pointed.select(Selection(card=group.face))
    content = inspector.content()
    facts = next(part for part in content.sections if part.title == "Facts") if content is not None else None
    assert facts is not None and ("module", "model.1", "Block") in {(item.label, item.text, item.note) for item in facts.items}
    session.shown.unfold(group.call)
    session.pointed.select(Selection(card=card))
    assert inspector.content() is None
