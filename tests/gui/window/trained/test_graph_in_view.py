"""The graph of an epoch in the low canvas of Train: readable by itself, whole when asked for, the same in each epoch."""

from __future__ import annotations

from PySide6.QtCore import QRect
from pytestqt.qtbot import QtBot

from gui.panels.graph.metrics import LEAST_READABLE
from gui.window.main_window import MainWindow
from tests.gui.window.test_laboratory import lab

__all__ = ["lab"]


def choose(qtbot: QtBot, lab: MainWindow, **changes: object) -> None:
    lab.session.run.set_config(lab.session.run.config.choosing(**changes))
    qtbot.wait(600)  # data and the first recording are made
    train(qtbot, lab, 2)


def train(qtbot: QtBot, lab: MainWindow, epochs: int) -> None:
    for _ in range(epochs):
        before = lab.session.run.made
        lab.controller.step()
        qtbot.waitUntil(lambda made=before: lab.session.run.made > made, timeout=20_000)
        qtbot.wait(250)  # a better placement may follow


def whole(lab: MainWindow) -> QRect:
    return lab.graph.view.mapFromScene(lab.graph.scene.places.whole()).boundingRect()


def port(lab: MainWindow) -> QRect:
    return lab.graph.view.viewport().rect()


def clear(lab: MainWindow) -> bool:
    """Whether the graph is whole in view, and neither legend nor zoom box lies over it."""
    over = lab.graph.canvas.over
    lying = [box.geometry() for box in (over.legend, over.zoom_box) if over.is_shown(box)]
    return port(lab).contains(whole(lab)) and not any(box.intersects(whole(lab)) for box in lying)


def test_the_whole_that_is_asked_for_uses_the_canvas_and_is_no_wish_for_the_next_graph(qtbot: QtBot, lab: MainWindow) -> None:
    """The formula over the graph, or the note that there is none, left 5 % to the cards, and every later graph opened so."""
    lab.resize(1600, 1000)
    camera, fitting = lab.graph.view.camera, lab.graph.fitting
    choose(qtbot, lab, optimizer="adam")
    assert camera.zoom >= LEAST_READABLE
    fitting.fit_whole()
    assert whole(lab).height() > 0.85 * port(lab).height() and clear(lab)
    train(qtbot, lab, 1)
    assert whole(lab).height() > 0.85 * port(lab).height() and clear(lab), "another epoch of the same is shown whole, too"
    choose(qtbot, lab, data="moons", model="mlp", optimizer="gd")
    assert camera.zoom >= LEAST_READABLE
    fitting.fit_whole()
    assert camera.zoom >= LEAST_READABLE and clear(lab), "no room is kept for words that there is no formula"
    choose(qtbot, lab, data="sine", model="polynomial")
    assert camera.zoom >= LEAST_READABLE and clear(lab)


def test_the_first_row_stays_in_view_and_nothing_drifts_over_thirty_epochs(qtbot: QtBot, lab: MainWindow) -> None:
    lab.resize(1600, 1000)
    camera = lab.graph.view.camera
    choose(qtbot, lab, optimizer="adam")
    before = camera.zoom, camera.seen()
    assert whole(lab).top() >= 0, "the names of the first row were cut off"
    train(qtbot, lab, 28)  # the thirtieth
    assert (camera.zoom, camera.seen()) == before
