"""A panel below the graph: where ``Columns.add_panel`` puts it in Explore and in Train, and what it leaves to the others."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.window.columns.columns import GRAPH_HEIGHT_LEAST, TRAINING_HEIGHT_LEAST
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

HEIGHT = 64


class Notes(QLineEdit):
    """A panel that the window does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(HEIGHT)


def top_and_bottom(window: MainWindow, panel: QWidget) -> tuple[int, int]:
    top = panel.mapTo(window, QPoint(0, 0)).y()
    return top, top + panel.height()


def opened_with(opened: Opened, qtbot: QtBot, mode: str, width: int, height: int, adds: bool = True) -> tuple[MainWindow, Notes]:
    window = opened.show(width=width, height=height)
    window.session.set_mode(mode)
    qtbot.waitUntil(lambda: window.session.recording is not None and window.training.surface is not None, timeout=120_000)
    notes = Notes()
    if adds:
        window.columns.add_panel(notes)
        notes.show()
    QApplication.processEvents()
    return window, notes


@pytest.mark.parametrize("mode", ["explore", "train"])
@pytest.mark.parametrize(("width", "height"), [(1600, 1000), (1180, 720)])
def test_it_stands_between_the_graph_and_what_is_below(opened: Opened, qtbot: QtBot, mode: str, width: int, height: int) -> None:
    window, notes = opened_with(opened, qtbot, mode, width, height)
    first, end = top_and_bottom(window, notes)
    assert end - first >= HEIGHT and notes.width() == window.graph.width()
    assert top_and_bottom(window, window.graph)[1] <= first
    folded = window.columns.in_turn.alone == "training"
    assert window.graph.height() == window.graph.header.height() if folded else window.graph.height() >= GRAPH_HEIGHT_LEAST
    if mode == "train":
        least = window.training.controls.minimumHeight() if window.columns.in_turn.alone == "graph" else TRAINING_HEIGHT_LEAST
        assert top_and_bottom(window, window.training)[0] >= end and window.training.height() >= least
        assert top_and_bottom(window, window.training)[1] <= top_and_bottom(window, window.columns)[1]
    else:
        assert end <= top_and_bottom(window, window.columns)[1]


@pytest.mark.parametrize("mode", ["explore", "train"])
def test_hidden_it_takes_nothing(opened: Opened, qtbot: QtBot, mode: str) -> None:
    window, notes = opened_with(opened, qtbot, mode, 1600, 1000, adds=False)
    alone = window.graph.height(), window.training.height()
    window.columns.add_panel(notes)
    notes.hide()
    QApplication.processEvents()
    assert (window.graph.height(), window.training.height()) == alone
    notes.show()
    QApplication.processEvents()
    assert window.graph.height() < alone[0] and window.training.height() == alone[1]


def test_it_stays_below_the_graph_in_the_other_mode_and_keys_lead_to_it(opened: Opened, qtbot: QtBot) -> None:
    window, notes = opened_with(opened, qtbot, "explore", 1600, 1000)
    for mode in ("train", "explore"):
        window.session.set_mode(mode)
        QApplication.processEvents()
        assert top_and_bottom(window, window.graph)[1] <= top_and_bottom(window, notes)[0]
        window.graph.view.setFocus()
        for _ in range(sum(panel.isVisible() for panel in window.columns.below)):
            window.cycle_panels(forward=True)
        assert notes.hasFocus()
