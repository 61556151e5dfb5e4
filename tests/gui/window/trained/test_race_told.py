"""A race in the window is told below the table of runs once it is over, and not when it was ended on the way."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui.window.main_window import MainWindow
from tests.gui.window.test_laboratory import WAIT, lab

__all__ = ["lab"]


def test_the_winner_is_named_with_the_number_that_the_engine_has(qtbot: QtBot, lab: MainWindow) -> None:
    lab.setup.change("stop", "epochs", 4)
    panel = lab.runs_panel
    panel.race.begun.emit((("sgd", 0.1), ("momentum", 0.1), ("adam", 0.1)))
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    first = min(lab.session.runs.rows, key=lambda run: float(run.numbers.loss[-1]))
    assert panel._said.text().startswith(f"{first.name} won: it reached the lowest training loss, ")
    panel.say("")
    panel.race.begun.emit((("sgd", 0.1), ("momentum", 0.1)))
    lab.setup.change("optimizer", "optimizer", "rmsprop")
    assert not lab.laboratory.race.goes_on and not panel._said.text(), "nobody won what was stopped"
