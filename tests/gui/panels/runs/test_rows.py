"""What a row of the table of runs offers and says: its menu by a button, the rule that stopped it, other data in grey."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from gui.panels.runs.model import COLUMNS
from gui.panels.runs.panel import RunsPanel
from tests.gui.panels.runs.test_runs_panel import panel
from tests.gui.panels.training.test_beside import pixels
from tests.gui.session.test_runs import ADAM, train

__all__ = ["panel"]

MENU = COLUMNS.index("menu")


@pytest.mark.parametrize("width", [388, 900])
def test_each_row_has_a_button_that_opens_its_menu(qtbot: QtBot, panel: RunsPanel, width: int) -> None:
    panel.resize(width, 700)
    table = panel.table
    table.menu_wanted.disconnect(panel._open_menu)  # a menu takes the keyboard, which the offscreen screen has not
    for row, run in enumerate(panel._runs.rows):
        cell = table.visualRect(table.model_of_runs.index(row, MENU))
        assert cell.width() >= 24 and cell.right() <= table.viewport().width()
        with qtbot.waitSignal(table.menu_wanted) as wanted:
            qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
        assert wanted.args is not None and wanted.args[0] is run
        assert wanted.args[1] == table.viewport().mapToGlobal(QPoint(cell.left(), cell.bottom()))
    index = table.model_of_runs.index(0, MENU)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == index.data(Qt.ItemDataRole.AccessibleTextRole) != ""


def test_a_run_that_a_rule_stopped_says_which_on_hover(panel: RunsPanel) -> None:
    run = panel._runs.rows[0]
    run.state, run.stopped = "stopped", "tolerance"
    index = panel.table.model_of_runs.index(0, COLUMNS.index("state"))
    assert index.data() == "stopped"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "stopped: the loss changed by less than the tolerance"


def test_runs_on_other_data_stay_in_the_table_in_grey(panel: RunsPanel) -> None:
    panel.resize(900, 300)
    model, table = panel.table.model_of_runs, panel.table
    assert not any(model.on_other_data(run) for run in panel._runs.rows)
    text = QColor(panel._theme.color("text"))
    table.setFocus(Qt.FocusReason.OtherFocusReason)
    before = pixels(table.viewport(), text)
    train(panel._run, TrainingConfig(data="sine", epochs=2, learning_rate=0.2), 3.0, 2.0)
    assert [model.on_other_data(run) for run in panel._runs.rows] == [True, True, False]
    assert len(panel._runs.rows) == 3 and pixels(table.viewport(), text) < before, "only one row is not grey now"
    assert model.index(0, COLUMNS.index("loss")).data() == "2.000", "its numbers can be read"


def test_return_ends_a_name_and_shows_no_run(qtbot: QtBot, panel: RunsPanel) -> None:
    table, run = panel.table, panel._runs.rows[0]
    shown: list[object] = []
    panel.show_wanted.connect(shown.append)
    table.setFocus()
    table.choose(run)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, "plain")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: run.name == "plain")
    assert shown == []
    panel._run.undo_config()
    assert run.name == "By hand 0.10"


def test_a_row_says_how_it_is_shown_and_why_it_is_hidden(panel: RunsPanel) -> None:
    model = panel.table.model_of_runs
    said = [model.index(row, COLUMNS.index("name")).data(Qt.ItemDataRole.ToolTipRole) for row in (0, 1)]
    assert said[0].startswith("By hand 0.10: ") and "Return shows it here" in said[0] and "It is shown;" in said[1]
    for seed in range(4):
        train(panel._run, replace(ADAM, seed=10 + seed), 3.0, 2.0)
    assert not panel._runs.rows[0].shown
    eye = model.index(0, COLUMNS.index("eye")).data(Qt.ItemDataRole.ToolTipRole)
    assert eye == "Draw it in the plots (Space). It gave way: unless you ask for more, the newest 5 are drawn"


def test_the_run_that_is_shown_is_scrolled_to_but_not_while_a_person_scrolls(qtbot: QtBot, panel: RunsPanel) -> None:
    table = panel.table
    panel.resize(388, 180)

    def seen() -> bool:
        row = table.model_of_runs.rows.index(panel._runs.current)
        return table.viewport().rect().contains(table.visualRect(table.model_of_runs.index(row, COLUMNS.index("name"))))

    for seed in range(12):
        train(panel._run, replace(ADAM, seed=10 + seed), 3.0, 2.0)
        assert seen(), "while the first row has the keyboard"
    bar = table.verticalScrollBar()
    bar.setValue(0)
    panel._runs.changed.emit()
    assert bar.value() == 0 and not seen(), "it stays where a person scrolled"
    table._wheeled = time.monotonic()
    train(panel._run, replace(ADAM, seed=50), 3.0, 2.0)
    assert bar.value() == 0
    table._wheeled = 0.0
    panel._runs.changed.emit()
    assert seen()
