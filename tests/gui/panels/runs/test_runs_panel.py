"""The table of runs by keyboard and menu, and what may race."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.figures import figures
from engine.training.history import History
from engine.training.program import script
from engine.training.training import train as train_run
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.runs.model import COLUMNS, number_text
from gui.panels.runs.panel import RunsPanel
from gui.panels.runs.race import _factor, configs_of
from gui.panels.runs.table import NUMBERS
from gui.session.session import Session
from gui.session.settings import Settings
from tests.gui.session.test_runs import ADAM, snapshots, train


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[RunsPanel]:
    session = Session(settings=Settings(tmp_path / "s.ini"))
    made = RunsPanel(session, ThemeManager("light"))
    qtbot.addWidget(made)
    made.resize(388, 700)
    made.show()
    train(session.run, TrainingConfig(epochs=2), 3.0, 2.0)
    train(session.run, ADAM, 3.0, 0.5, state="running")
    yield made


def cells(panel: RunsPanel) -> list[list[str]]:
    model = panel.table.model_of_runs
    panel._grow()
    return [[model.index(row, column).data() for column in range(1, COLUMNS.index("eye"))] for row in range(model.rowCount())]


def test_a_row_says_what_became_of_a_run(panel: RunsPanel) -> None:
    assert cells(panel) == [
        ["By hand 0.10", "2.000", "4.000", "2", "done"],
        ["Adam 0.20", "0.500", "1.000", "2 of 30", "running"],
    ]
    panel._run.set_epoch(1)
    assert cells(panel)[0][1:3] == ["3.000", "6.000"]
    assert panel.table.model_of_runs.headerData(2, Qt.Orientation.Horizontal) == "loss at 1"
    panel.resize(900, 700)
    assert panel.table.model_of_runs.headerData(2, Qt.Orientation.Horizontal) == "loss, epoch 1"


def test_arrows_return_delete_and_f2(qtbot: QtBot, panel: RunsPanel) -> None:
    table, runs = panel.table, panel._runs
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Up)
    assert table.chosen is runs.rows[0]
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    assert editor is not None and editor.accessibleName() == "Name of the run"
    editor.selectAll()
    qtbot.keyClicks(editor, "plain")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs.rows[0].name == "plain")
    runs.rows[0].snapshots = History(snapshots(TrainingConfig(epochs=2), 3.0)[0])
    with qtbot.waitSignal(panel.show_wanted) as wanted:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert wanted.args == [runs.rows[0]]
    panel.use_setup(runs.rows[0])
    assert panel._run.config == TrainingConfig(epochs=2), "its set-up"
    panel._run.undo_config()
    assert panel._run.config == TrainingConfig()
    table.choose(runs.rows[0])
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert [run.name for run in runs.rows] == ["Adam 0.20"] and panel._said.text() == "plain was deleted."
    qtbot.mouseClick(panel.undo, Qt.MouseButton.LeftButton)
    assert [run.name for run in runs.rows] == ["plain", "Adam 0.20"] and not panel._foot.isVisible()
    table.choose(runs.rows[1])
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert len(runs.rows) == 2 and "can be deleted once another one has begun" in panel._said.text()


def test_the_menu_of_a_run(panel: RunsPanel) -> None:
    run = panel._runs.rows[0]
    actions = {action.text().split("\t")[0]: action for action in panel.menu_of(run).actions() if action.text()}
    assert list(actions) == [
        "Show this run",
        "Branch from epoch 2…",
        "Use this set-up",
        "Rename",
        "Copy as code",
        "Train it again and compare",
        "Save…",
        "Hide in the plots",
        "Delete",
        "Delete all runs",
    ]
    actions["Copy as code"].trigger()
    assert QGuiApplication.clipboard().text() == script(TrainingConfig(epochs=2))
    current = panel._runs.rows[1]
    assert not panel.menu_of(current).actions()[-2].isEnabled()


def test_a_race_asks_for_optimizers_and_rates(qtbot: QtBot, panel: RunsPanel) -> None:
    qtbot.keyClick(panel.race_button, Qt.Key.Key_Return)
    assert panel.race.isVisible() and panel.race.begin.text() == "Race 3 runs"
    qtbot.mouseClick(panel.race.rows["rmsprop"][0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.race.rows["sgd"][0], Qt.MouseButton.LeftButton)
    panel.race.rows["rmsprop"][1].setValue(0.01)
    with qtbot.waitSignal(panel.race_wanted) as wanted:
        qtbot.keyClick(panel.race.begin, Qt.Key.Key_Return)
    assert wanted.args is not None
    assert wanted.args[0] == [
        TrainingConfig(optimizer="momentum", learning_rate=0.05),
        TrainingConfig(optimizer="rmsprop", learning_rate=0.01),
        TrainingConfig(optimizer="adam", learning_rate=0.2),
    ]
    assert panel.table.isVisible()


def test_a_race_that_does_not_go_with_the_set_up_is_refused(qtbot: QtBot, panel: RunsPanel) -> None:
    panel._run.set_config(TrainingConfig(options={"zero_grad": False}))
    panel._race((("lbfgs", 0.1),))
    assert panel._said.text().startswith("zero_grad must be True for optimizer 'lbfgs'")
    assert replace(panel._run.config, options={}) == TrainingConfig()


def test_the_eye_hides_a_run_by_mouse_and_space_and_says_where_it_cannot_be_drawn(qtbot: QtBot, panel: RunsPanel) -> None:
    table, runs = panel.table, panel._runs
    model, eye = table.model_of_runs, COLUMNS.index("eye")
    assert model.index(0, eye).data(Qt.ItemDataRole.ToolTipRole) == "Hide it in the plots (Space)"
    place = table.visualRect(model.index(0, eye)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not runs.rows[0].shown
    assert model.index(0, eye).data(Qt.ItemDataRole.AccessibleTextRole) == "hidden"
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert runs.rows[0].shown and panel._said.text() == ""
    table.choose(runs.rows[1])
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert runs.rows[1].shown and panel._said.text() == "The run that is trained is always drawn."
    train(panel._run, TrainingConfig(noise=0.1), 3.0, 2.0)
    assert model.index(0, eye).data(Qt.ItemDataRole.ToolTipRole).endswith("Drawn in no plot: it has other data")
    panel.turn(runs.rows[0])
    panel.turn(runs.rows[0])
    assert panel._said.text() == "By hand 0.10: drawn in no plot: it has other data."


def test_a_name_has_its_room_in_a_narrow_table(panel: RunsPanel) -> None:
    table = panel.table
    for width in (320, 388, 700):
        panel.resize(width, 700)
        assert table.columnWidth(COLUMNS.index("name")) >= 100, width
    assert not table.isColumnHidden(COLUMNS.index("validation")), "wide enough for it"
    panel.resize(330, 700)
    assert table.isColumnHidden(COLUMNS.index("validation"))


def test_a_run_without_its_steps_is_shown_and_branched_as_any_other(qtbot: QtBot, panel: RunsPanel) -> None:
    """Return and B asked for it to be trained again by hand before; now that is part of it, and said."""
    table, run = panel.table, panel._runs.rows[0]
    assert not run.can_go_on
    table.choose(run)
    with qtbot.waitSignal(panel.show_wanted) as shown:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert shown.args == [run]
    actions = {action.text().split("\t")[0]: action for action in panel.menu_of(run).actions() if action.text()}
    assert actions["Show this run"].isEnabled() and actions["Branch from epoch 2…"].isEnabled()
    assert "is trained again first" in actions["Show this run"].toolTip()
    qtbot.keyClick(table, Qt.Key.Key_B)
    with qtbot.waitSignal(panel.branch_wanted) as branched:
        panel.branch.begun.emit("adam", 0.05)
    assert branched.args[:2] == [run, 2] and branched.args[2].optimizer == "adam"


def test_the_usual_names_are_whole_at_the_usual_width(panel: RunsPanel) -> None:
    panel._runs.rename(panel._runs.rows[0], "Momentum 0.05")
    panel.resize(388, 700)
    table = panel.table
    wide = QFontMetrics(ui_font(13)).horizontalAdvance("Momentum 0.05")
    assert table.columnWidth(COLUMNS.index("name")) - 16 >= wide


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.5791e-8, "7.579e−8"),
        (7.5791e-12, "7.58e−12"),
        (7.5791e-120, "7.6e−120"),
        (-7.5791e-120, "−8e−120"),
        (-1234.25, "−1234"),
        (0.000123456, "0.000123"),
        (2.0, "2.000"),
        (float("nan"), "–"),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_the_column_of_losses_has_room_for_whole_numbers(qapp: object, value: float, text: str, scale: float) -> None:
    """Of 7.579e−12 the exponent was cut, so that it read like a great loss."""
    assert number_text(value) == text
    assert QFontMetrics(mono_font(12 * scale, 500)).horizontalAdvance(text) <= round(NUMBERS["loss"] * scale) - 16


def test_no_rate_is_proposed_at_which_a_racer_runs_away(qtbot: QtBot, panel: RunsPanel) -> None:
    largest = 0.198
    panel.race.asked = lambda: (TrainingConfig(), largest)
    panel.open_race()
    assert dict(panel.race.chosen) == {"sgd": 0.17, "momentum": 0.05, "adam": 0.2}
    panel.race.rows["sgd"][1].setValue(0.3)
    panel.pages.show_table()
    largest = 3.8e-8
    panel.open_race()
    rates = {name: rate.value() for name, (_toggle, rate) in panel.race.rows.items()}
    assert rates["sgd"] == 0.3, "what was typed stays"
    assert rates["gd"] == 3.4e-8 and rates["momentum"] == 6.4e-8 and rates["adam"] == 0.2
    panel.pages.show_table()
    largest = None  # type: ignore[assignment]
    panel.open_race()
    assert panel.race.rows["gd"][1].value() == 0.1 and panel.race.rows["momentum"][1].value() == 0.05


@pytest.mark.parametrize("name", ["gd", "sgd", "momentum", "nesterov"])
def test_the_limit_of_each_is_that_of_its_recurrence(name: str) -> None:
    config = TrainingConfig(epochs=400, n_samples=60)
    largest = figures(config).largest_rate
    assert largest is not None
    bound = (_factor(name, config) or 0.0) * largest
    ends = [list(train_run(configs_of(config, ((name, share * bound),))[0]))[-1].loss for share in (0.9, 1.03)]
    assert ends[0] is not None and ends[0] < 1.0
    assert ends[1] is None or not ends[1] < 1e3
