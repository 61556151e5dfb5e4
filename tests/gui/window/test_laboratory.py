"""The set-up in the window: beside the code in Train, in step with the run, undone, remembered; and tables that are opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from gui.panels.graph.canvas.fitting import LEAST_READABLE
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish

WAIT = 240_000


@pytest.fixture
def lab(qtbot: QtBot, opened: Opened) -> MainWindow:
    window = opened.show()
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.controller.data is not None and not window.side.make_next(), timeout=WAIT)
    return window


def rows(window: MainWindow) -> int:
    return 0 if window.controller.data is None else len(window.controller.data.X)


def test_train_opens_with_the_set_up_of_the_mission(lab: MainWindow) -> None:
    assert lab.session.run.config == TrainingConfig()
    assert lab.side.tabs.isVisible() and lab.side.tabs.current() == "setup" and lab.setup.isVisible()
    assert not lab.code.isVisible() and lab.setup.sections["data"].head.words == "line with noise, 1,500 rows"
    assert lab.setup.model.formulas.note == "2 parameters"
    lab.session.set_mode("explore")
    assert lab.code.isVisible() and lab.code.header.isVisible() and not lab.setup.isVisible() and not lab.side.tabs.isVisible()


def test_the_code_is_a_tab_away_and_says_what_is_shown(qtbot: QtBot, lab: MainWindow) -> None:
    lab.side.tabs.chosen.emit("code")
    lab.side.tabs.set_current("code")
    lab.side.bring_code()
    lab.side._turn()
    assert lab.code.isVisible() and not lab.code.header.isVisible() and not lab.setup.isVisible()
    assert lab.side.tabs.note() and "read-only" not in lab.side.tabs.note()  # it can be edited
    lab.side.bring_setup()
    assert lab.setup.isVisible() and lab.side.tabs.note() == ""


def test_a_choice_trains_something_else_and_undo_takes_it_back(qtbot: QtBot, lab: MainWindow) -> None:
    qtbot.mouseClick(lab.setup.optimizer.chips.words["adam"], Qt.MouseButton.LeftButton)
    lab.setup.change("data", "n_samples", 50)
    qtbot.waitUntil(lambda: rows(lab) == 50, timeout=WAIT)
    assert lab.setup.data.rows.text() == "50 rows"
    lab.controller.step()
    qtbot.waitUntil(lambda: lab.session.run.made == 1, timeout=WAIT)
    latest = lab.session.run.latest
    assert latest is not None and latest.config is not None and latest.config.optimizer == "adam"
    lab.actions_by_id["undo"].trigger()
    assert lab.session.run.config == TrainingConfig(optimizer="adam")
    qtbot.waitUntil(lambda: rows(lab) == 1500, timeout=WAIT)
    lab.actions_by_id["undo"].trigger()
    assert lab.session.run.config == TrainingConfig() and lab.setup.optimizer.chips.current() == "gd"


def test_undo_in_a_field_of_the_set_up_is_the_set_ups(qtbot: QtBot, lab: MainWindow) -> None:
    lab.activateWindow()
    lab.setup.change("data", "noise", 0.5)
    field = lab.setup.data.knobs.field("noise")
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert lab.session.run.config.noise == 0.3


def test_the_set_up_is_there_again_at_the_next_start(qtbot: QtBot, opened: Opened, lab: MainWindow) -> None:
    lab.setup.change("optimizer", "optimizer", "rmsprop")
    lab.setup.change("optimizer", "alpha", 0.9)
    finish(qtbot, lab)
    again = opened.make()
    again.session.set_mode("train")
    assert again.session.run.config == TrainingConfig(optimizer="rmsprop", options={"alpha": 0.9})
    assert again.setup.optimizer.chips.current() == "rmsprop"


def test_the_inspector_and_questions_come_in_place_of_the_set_up(qtbot: QtBot, lab: MainWindow) -> None:
    qtbot.waitUntil(lambda: lab.session.recording is not None, timeout=WAIT)
    lab.focus.inspect()
    assert lab.stepping.inspector.isVisible() and not lab.setup.isVisible()


def drop(window: MainWindow, path: Path) -> bool:
    """Drag ``path`` over the window and let it go; whether it was welcome."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    over = QDragEnterEvent(QPoint(50, 50), action, mime, button, none)
    window.dragEnterEvent(over)
    if over.isAccepted():
        window.dropEvent(QDropEvent(QPointF(50, 50), action, mime, button, none))
    return over.isAccepted()


def test_a_dropped_table_is_offered_to_be_trained_on(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    text = window.session.text
    path = tmp_path / "spring.csv"
    path.write_text("load;length\n0,5;2,1\n1,0;\n1,5;4,0\n2,0;5,1\n")
    assert drop(window, path)
    qtbot.waitUntil(lambda: window.laboratory.dialog is not None and window.laboratory.dialog.train.isEnabled(), timeout=WAIT)
    dialog = window.laboratory.dialog
    assert dialog is not None and window.session.mode == "train" and window.session.text == text, "never read as a program"
    assert "line 3 lacks a value" in dialog.verdict.text()
    qtbot.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rows(window) == 3, timeout=WAIT)
    assert window.session.run.config.data == "file" and window.setup.data.rows.text() == "3 rows"
    assert window.setup.data.left_out.text() == "3 of 4 rows: line 3 holds no number."
    assert window.documents.recent[0] == str(path)
    window.controller.train()
    qtbot.waitUntil(lambda: window.session.run.ended, timeout=WAIT)
    assert window.session.run.made == 30


def test_open_and_the_command_line_take_tables_and_refuse_bad_ones(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("a = tensor([5.], requires_grad=True)\n")
    window = opened.show(str(path))
    qtbot.waitUntil(lambda: window.laboratory.dialog is not None and window.laboratory.dialog.verdict.refused, timeout=WAIT)
    dialog = window.laboratory.dialog
    assert dialog is not None and not dialog.train.isEnabled() and dialog.verdict.text().startswith("names.txt")
    dialog.reject()
    assert window.session.run.config == TrainingConfig()


def test_a_table_that_went_is_told_at_the_data(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.controller.data is not None, timeout=WAIT)
    window.setup.use_file({"path": str(tmp_path / "gone.csv"), "x_columns": (0,), "y_column": 1})
    said = window.setup.sections["data"].said
    qtbot.waitUntil(lambda: said.refused, timeout=WAIT)
    assert "gone.csv cannot be read" in said.text()
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: not said.isVisible(), timeout=WAIT)


def test_another_file_and_other_columns_are_asked_for(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    window.session.set_mode("train")
    path = tmp_path / "three.csv"
    path.write_text("a,b,c\n1,2,3\n2,3,5\n3,5,8\n")
    opened.person.chosen = str(path)
    window.setup.file_wanted.emit("")
    qtbot.waitUntil(lambda: window.laboratory.dialog is not None and window.laboratory.dialog.train.isEnabled(), timeout=WAIT)
    assert window.laboratory.dialog is not None
    window.laboratory.dialog.columns.toggle(1)
    qtbot.waitUntil(window.laboratory.dialog.train.isEnabled, timeout=WAIT)
    qtbot.mouseClick(window.laboratory.dialog.train, Qt.MouseButton.LeftButton)
    assert window.session.run.config.model == "features", "a line has one feature"
    assert window.setup.sections["data"].said.text() == "The model is now several features, to go with your file."
    qtbot.mouseClick(window.setup.data.columns_button, Qt.MouseButton.LeftButton)
    dialog = window.laboratory.dialog
    qtbot.waitUntil(dialog.train.isEnabled, timeout=WAIT)
    assert dialog.columns.x_columns == (0, 1) and dialog.columns.y_column == 2


def test_three_optimizers_race_from_one_start(qtbot: QtBot, lab: MainWindow) -> None:
    lab.setup.change("stop", "epochs", 4)
    lab.runs_panel.race_wanted.emit([TrainingConfig(epochs=4, optimizer=name) for name in ("sgd", "momentum", "adam")])
    qtbot.waitUntil(lambda: not lab.laboratory.race.goes_on, timeout=WAIT)
    rows = lab.session.runs.rows
    assert [(run.name, run.epochs, run.state) for run in rows] == [
        ("SGD 0.10", 4, "done"),
        ("Momentum 0.10", 4, "done"),
        ("Adam 0.10", 4, "done"),
    ]
    assert len({float(run.numbers.loss[1]) for run in rows}) == 1, "one start"


def test_what_a_race_proposes_is_below_the_limit_of_the_data(qtbot: QtBot, lab: MainWindow) -> None:
    qtbot.waitUntil(lambda: lab.controller.figures is not None, timeout=WAIT)
    lab.below_plots.bring_runs()
    lab.runs_panel.race_button.click()
    sgd = lab.runs_panel.race.rows["sgd"][1]
    assert lab.runs_panel.race.isVisible() and sgd.value() == 0.2, "the line bears it"
    lab.session.run.set_config(TrainingConfig(optimizer="sgd", options={"weight_decay": 10.0}))
    qtbot.waitUntil(lambda: sgd.value() < 0.2, timeout=20_000)
    largest = lab.controller.figures.largest_rate if lab.controller.figures is not None else None
    assert largest is not None and 0.8 * largest < sgd.value() <= 0.9 * largest


def test_another_run_from_this_start_and_a_change_that_ends_a_race(qtbot: QtBot, lab: MainWindow) -> None:
    lab.runs_panel.again_wanted.emit()
    qtbot.waitUntil(lambda: lab.session.run.ended, timeout=WAIT)
    lab.runs_panel.race_wanted.emit([TrainingConfig(epochs=90_000, optimizer=name) for name in ("sgd", "adam")])
    qtbot.waitUntil(lambda: bool(lab.session.runs.racing) and lab.session.run.made > 0, timeout=WAIT)
    lab.setup.change("optimizer", "optimizer", "rmsprop")
    assert not lab.laboratory.race.goes_on and not lab.session.runs.racing
    assert lab.session.runs.rows[0].name == "By hand 0.10"
    assert {run.state for run in lab.session.runs.rows[1:3]} == {"paused"}


def test_all_four_errors_of_the_fit_have_room(qtbot: QtBot, lab: MainWindow) -> None:
    """The loss that the epoch began with, which its own plot says, left two of them no room."""
    lab.resize(1600, 1000)
    lab.controller.step()
    qtbot.waitUntil(lambda: lab.session.run.made == 1 and lab.session.recording is not None, timeout=WAIT)
    scatter = lab.training.scatter
    assert scatter is not None
    qtbot.waitUntil(lambda: "R²" in scatter._subtitle.text(), timeout=WAIT)
    assert scatter.title.text() == "Epoch 1"
    assert all(name in scatter._subtitle.text() for name in ("MSE", "RMSE", "MAE"))
    assert scatter.title.toolTip().startswith("Epoch 1 · began with loss 7.2")


def test_other_data_are_drawn_before_what_the_model_says_of_them(qtbot: QtBot, lab: MainWindow) -> None:
    """The regions of two classes were looked up in data of one feature, where anything was drawn in between."""
    qtbot.waitUntil(lambda: lab.training.surface is not None, timeout=WAIT)
    lab.controller.step()
    qtbot.waitUntil(lambda: lab.session.run.made == 1, timeout=WAIT)
    for data in ("moons", "regression", "xor", "sine"):
        before = lab.controller.data
        lab.session.run.set_config(lab.session.run.config.choosing(data=data))
        # What a slot raises fails the test at once.
        qtbot.waitUntil(lambda last=before: lab.controller.data is not last, timeout=WAIT)
        qtbot.waitUntil(lambda: getattr(lab.training.scatter, "data", None) is lab.controller.data, timeout=WAIT)


def test_an_update_of_many_operations_is_shown_where_it_begins_not_too_small_to_read(qtbot: QtBot, lab: MainWindow) -> None:
    lab.resize(1600, 1000)
    lab.controller.step()
    camera = lab.graph.view.camera
    qtbot.waitUntil(lambda: lab.session.recording is not None and lab.session.run.made == 1, timeout=WAIT)
    whole = lab.graph.scene.places.whole().height()
    lab.setup.change("optimizer", "optimizer", "adam")
    lab.controller.step()
    qtbot.waitUntil(lambda: lab.graph.scene.places.whole().height() > 1.5 * whole, timeout=WAIT)
    qtbot.wait(100)
    assert camera.zoom >= LEAST_READABLE
