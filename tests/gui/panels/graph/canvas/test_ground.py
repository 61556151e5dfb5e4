"""Where a text covers nothing: the array of rectangles says what a search one by one would."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from pytestqt.qtbot import QtBot

import engine
from gui.panels.graph.canvas.ground import Ground
from gui.session.session import Session
from tests.gui.shown_panels import graph_panel

AREA = QRect(16, 12, 700, 420)


def tried(rects: list[QRect], size: QSize) -> QPoint | None:
    for y in range(AREA.top(), AREA.bottom() - size.height(), 20):
        for x in range(AREA.left(), AREA.right() - size.width(), 20):
            if not any(QRect(QPoint(x, y), size).intersects(rect) for rect in rects):
                return QPoint(x, y)
    return None


@pytest.mark.parametrize("seed", range(60))
def test_the_first_free_place_is_the_one_that_trying_all_finds(seed: int) -> None:
    dice = random.Random(seed)
    most = dice.choice((20, 120, 300))
    rects = [
        QRect(dice.randint(-100, 800), dice.randint(-100, 500), dice.randint(1, most), dice.randint(1, most))
        for _ in range(dice.randint(0, 60))
    ]
    ground = Ground()
    for rect in rects:
        ground.add(rect)
    size = QSize(dice.randint(1, 300), dice.randint(1, 200))
    assert ground.first_free(AREA, size) == tried(rects, size)
    probe = QRect(QPoint(dice.randint(0, 600), dice.randint(0, 400)), size)
    assert ground.touches(probe) == any(probe.intersects(rect) for rect in rects)


def test_what_is_larger_than_the_area_has_no_place() -> None:
    assert Ground().first_free(AREA, QSize(5000, 10)) is None
    assert Ground().first_free(AREA, QSize(10, 10)) == AREA.topLeft()


def test_a_copy_is_added_to_alone_and_an_empty_rectangle_changes_nothing() -> None:
    ground = Ground()
    other = ground.copy()
    other.add(QRect(0, 0, 2000, 2000))
    other.add(QRect())
    assert ground.first_free(AREA, QSize(10, 10)) == AREA.topLeft()
    assert other.first_free(AREA, QSize(10, 10)) is None


def test_the_overview_covers_no_card_where_another_corner_is_free(qtbot: QtBot) -> None:
    """It lay over the last card of a graph in the smallest window, while the other three corners were empty."""
    session = Session()
    for panel in graph_panel(qtbot, session, height=460):
        text = "x = torch.ones(1, requires_grad=True)\ny = x\n" + "y = torch.tanh(y * 2)\n" * 6 + "y.backward()\n"
        session.show_recording(engine.run_program(text))
        view, minimap = panel.view, panel.canvas.over.minimap
        panel.canvas.fitting.zoom_reset()
        last = panel.scene.cards[next(reversed(panel.scene.cards))]
        where = minimap.geometry().center()
        view.camera.hold(last.frame().center(), where)
        assert minimap.isVisible()
        covered = [view.mapFromScene(item.frame()).boundingRect() for item in panel.scene.cards.values()]
        assert not any(box.intersects(minimap.geometry()) for box in covered)
        assert minimap.geometry().center() != where
