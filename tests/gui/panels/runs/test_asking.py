"""The questions about runs are answered by keys: Enter begins, Esc goes back to the table, and the keyboard stays near."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.panels.runs.panel import RunsPanel
from gui.window.keyboard.fields import Fields
from tests.gui.panels.runs.test_runs_panel import panel

__all__ = ["panel"]


@pytest.mark.parametrize("question", ["race", "sweep"])
@pytest.mark.parametrize("where", ["begin", "field"])
def test_enter_begins_and_esc_leaves(qtbot: QtBot, panel: RunsPanel, question: str, where: str) -> None:
    left: list[bool] = []
    fields = Fields(panel, (), lambda: left.append(True))
    qApp = QApplication.instance()
    assert isinstance(qApp, QApplication)
    begun: list[object] = []
    {"race": panel.race_wanted, "sweep": panel.sweep_wanted}[question].connect(begun.append)
    panel.show()
    opens = {"race": panel.open_race, "sweep": panel.open_sweep}[question]
    box = {"race": panel.race, "sweep": panel.sweeping.box}[question]
    number = panel.race.rows["sgd"][1] if question == "race" else panel.sweeping.box.high
    at = box.begin if where == "begin" else number
    opens()
    at.setFocus()
    fields.follow(at)
    if where == "field":
        number.lineEdit().setText("0.4")
        qtbot.keyClick(at, Qt.Key.Key_Escape)
        assert panel.pages.asks and number.value() != 0.4, "first it takes back what was typed"
    qtbot.keyClick(at, Qt.Key.Key_Escape)
    assert not panel.pages.asks and not begun
    opens()
    at.setFocus()
    qtbot.keyClick(at, Qt.Key.Key_Return)
    assert len(begun) == 1 and not left, "and the keyboard is not sent to the graph"
    fields.follow(None)
