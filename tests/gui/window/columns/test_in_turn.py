"""Graph and plots of Train: both where the height allows it, in turn where it does not, at every size of the text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from gui.export.pictures import svg_picture
from gui.panels.graph.head import FOLD, UNFOLD
from gui.window.columns.columns import GRAPH_HEIGHT_LEAST, SMALLEST
from gui.window.columns.in_turn import CANVAS_LEAST
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

SCALES = [1.0, 1.15, 1.3, 1.5, 1.75]


def train(opened: Opened, qtbot: QtBot, scale: float = 1.0, width: int = 1180, height: int = 720) -> MainWindow:
    opened.window.settings.set_value("font_scale", scale)
    window = opened.show(width=width, height=height)
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.session.recording is not None and window.training.surface is not None, timeout=120_000)
    for panel in window.columns.below:  # what else stands there takes its own room
        panel.hide()
    QApplication.processEvents()
    return window


@pytest.mark.parametrize("scale", SCALES)
def test_in_the_smallest_window_the_plots_are_plots_and_the_graph_is_a_graph(opened: Opened, qtbot: QtBot, scale: float) -> None:
    """A row of cards used to be cut off, the plots were 57 px high, and the graph opened at 38 %."""
    window = train(opened, qtbot, scale)
    head, training = window.graph.header, window.training
    assert window.size() == SMALLEST and window.columns.in_turn.alone == "training"
    assert window.graph.height() == head.height() and not window.graph.canvas.isVisible()
    assert head.formula.isVisible() and head.formula.size_of_text() > 0 and "loss = " in head.formula.toolTip()
    assert training.scatter is not None and training.loss is not None and training.surface is not None
    for plot in (training.scatter, training.loss, training.surface):
        assert plot.isVisible() and plot.height() >= 110 and plot.geometry().bottom() < training.height()
    assert training.controls.geometry().bottom() < training._plots.y()
    assert head.fold.isVisible() and head.fold.toolTip() == UNFOLD
    qtbot.mouseClick(head.fold, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert window.columns.in_turn.alone == "graph" and head.fold.toolTip() == FOLD and not head.formula.isVisible()
    assert window.graph.canvas.height() >= CANVAS_LEAST - 20 and window.graph.view.camera.zoom >= 0.45
    assert not training.scatter.isVisible() and training.controls.train_button.isVisible()
    assert training.height() == training.controls.height() and window.graph.geometry().bottom() <= training.y()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_a_high_window_shows_both(opened: Opened, qtbot: QtBot, scale: float) -> None:
    window = train(opened, qtbot, scale, 1600, 1000)
    assert window.columns.in_turn.alone == "" and not window.graph.header.fold.isVisible()
    assert window.graph.canvas.isVisible() and window.graph.height() >= GRAPH_HEIGHT_LEAST
    assert window.training.scatter is not None and window.training.scatter.height() >= 150
    window.resize(SMALLEST)
    QApplication.processEvents()
    assert window.columns.in_turn.alone == "training"
    window.session.set_mode("explore")
    QApplication.processEvents()
    assert window.columns.in_turn.alone == "" and window.graph.canvas.isVisible() and not window.graph.header.fold.isVisible()


def test_who_walks_is_shown_the_graph_and_who_trains_the_plots(opened: Opened, qtbot: QtBot) -> None:
    window = train(opened, qtbot)
    turn = window.columns.in_turn
    window.stepping.player.step(1)
    assert turn.alone == "graph" and window.graph.canvas.isVisible()
    window.actions_by_id["train_step"].trigger()
    assert turn.alone == "training"
    window.stepping.player.step(-1)
    assert turn.alone == "graph"
    qtbot.mouseClick(window.training.controls.train_button, Qt.MouseButton.LeftButton)
    assert turn.alone == "training"
    window.actions_by_id["find"].trigger()
    assert turn.alone == "graph" and window.search.isVisible()
    window.search.hide()
    qtbot.waitUntil(lambda: not window.session.run.running, timeout=30_000)


def test_a_picture_says_the_same_while_the_graph_is_folded(opened: Opened, qtbot: QtBot) -> None:
    window = train(opened, qtbot)
    window.columns.in_turn.show_graph()
    qtbot.waitUntil(lambda: bool(window.heading.outline[1]), timeout=30_000)  # its formula is typeset by a thread
    QApplication.processEvents()
    texts = svg_picture(window.graph).count(b"<text")
    window.columns.in_turn.show_plots()
    QApplication.processEvents()
    assert not window.graph.canvas.isVisible() and svg_picture(window.graph).count(b"<text") == texts > 10


def test_what_is_done_in_explore_says_nothing_of_train(opened: Opened, qtbot: QtBot) -> None:
    """After a walk in Explore, Train used to open with its graph and without its plots."""
    window = opened.with_graph()
    window.resize(SMALLEST)
    window.stepping.player.step(1)
    window.actions_by_id["find"].trigger()
    window.search.hide()
    window.session.set_mode("train")
    QApplication.processEvents()
    assert window.columns.in_turn.alone == "training"


def test_the_keyboard_is_not_left_in_what_is_folded(opened: Opened, qtbot: QtBot) -> None:
    window = train(opened, qtbot)
    window.activateWindow()
    window.columns.in_turn.show_graph()
    window.graph.view.setFocus()
    qtbot.waitUntil(window.graph.view.hasFocus)
    window.columns.in_turn.show_plots()
    assert QApplication.focusWidget() is window
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.stepping.player.playing  # which shows the graph


def test_keys_walk_from_the_start_where_train_opens_with_its_plots(opened: Opened, qtbot: QtBot) -> None:
    """The keyboard used to go to the field of the rate, since there was nothing to play yet when the graph was folded."""
    window = opened.show(width=1180, height=720)
    window.activateWindow()
    window.graph.view.setFocus()
    qtbot.waitUntil(window.graph.view.hasFocus)
    qtbot.mouseClick(
        next(item for item in window.toolbar.findChildren(QAbstractButton) if item.text() == "Train"), Qt.MouseButton.LeftButton
    )
    qtbot.waitUntil(lambda: window.session.recording is not None and window.training.surface is not None, timeout=120_000)
    qtbot.waitUntil(lambda: window.stepping.player.can_step)
    assert window.columns.in_turn.alone == "training"
    focus, before = QApplication.focusWidget(), window.session.cursor
    assert focus is not None
    qtbot.keyClick(focus, Qt.Key.Key_Right)
    assert window.session.cursor == before + 1
