"""Runs saved and opened in the window: in the table again with their numbers and look, and trained again exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.program import program_text
from gui.session.runs import Run
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish

WAIT = 240_000


def trained(qtbot: QtBot, window: MainWindow, config: TrainingConfig) -> Run:
    window.session.set_mode("train")
    window.session.run.set_config(config)
    qtbot.waitUntil(
        lambda: window.session.runs.current is not None and window.session.runs.current.config == config, timeout=WAIT
    )
    with qtbot.waitSignal(window.controller.finished, timeout=WAIT):
        window.controller.train()
    assert window.session.runs.current is not None
    return window.session.runs.current


def said(window: MainWindow) -> str:
    return window.runs_panel._said.text() if hasattr(window, "runs_panel") else ""


def save(qtbot: QtBot, window: MainWindow, opened: Opened, path: Path, answer: str = "without") -> None:
    opened.person.chosen, opened.person.answer = str(path), answer
    window.actions_by_id["save_runs"].trigger()
    qtbot.waitUntil(lambda: window.toolbar.status.text == f"Saved {path.name}", timeout=WAIT)


def open_again(qtbot: QtBot, opened: Opened, path: Path) -> MainWindow:
    window = opened.make()
    opened.show()
    window.documents.open(path)
    qtbot.waitUntil(lambda: "opened from" in said(window), timeout=WAIT)
    return window


def replayed(qtbot: QtBot, window: MainWindow, run: Run) -> str:
    window.runs_panel.say("")
    window.runs_panel.replay_wanted.emit(run)
    qtbot.waitUntil(lambda: said(window) != "", timeout=WAIT)
    return said(window)


def test_runs_are_in_the_table_again_and_come_out_the_same(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window, path = opened.show(), tmp_path / "mine.gradruns"
    first = trained(qtbot, window, TrainingConfig(epochs=5, n_samples=60))
    adam = TrainingConfig(
        epochs=4,
        n_samples=60,
        data="moons",
        model="mlp",
        loss="cross_entropy",
        optimizer="adam",
        batch_size=16,
        options={"width": 4, "validation": 0.25},
    )
    window.session.run.set_config(adam)
    second = trained(qtbot, window, adam)
    window.session.runs.rename(second, "the network")
    assert "the same: 4 epochs" in (window.below_plots.panel() and replayed(qtbot, window, second))
    save(qtbot, window, opened, path)
    finish(qtbot, window)
    again = open_again(qtbot, opened, path)
    assert (
        again.session.mode == "train" and again.runs_panel.isVisible() and said(again) == "2 runs were opened from mine.gradruns."
    )
    assert str(path) in again.documents.recent
    rows = again.session.runs.rows[-2:]
    assert [run.name for run in rows] == ["By hand 0.10", "the network"] and [run.state for run in rows] == ["done", "done"]
    assert [run.config for run in rows] == [first.config, second.config]
    for run, before in zip(rows, (first, second), strict=True):
        for name in ("loss", "validation", "parameters"):
            assert np.array_equal(getattr(run.numbers, name), getattr(before.numbers, name), equal_nan=True)
        assert run.numbers.traces.labels == before.numbers.traces.labels
        if run is rows[0]:
            assert "came out exactly the same" in replayed(qtbot, again, run)
        again.runs_panel.show_run(run)
        qtbot.waitUntil(lambda run=run: again.session.runs.current is run, timeout=WAIT)
        assert again.session.run.made == run.epochs, "and now it can be shown"


def test_a_run_that_was_tampered_with_comes_out_otherwise(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show()
    run = trained(qtbot, window, TrainingConfig(epochs=3, n_samples=60))
    window.below_plots.panel()
    run.numbers._numbers[2, 0] += 1e-12
    assert "came out otherwise: the loss of epoch 2 is" in replayed(qtbot, window, run)


def test_data_of_a_file_go_along_or_are_known_by_their_hash(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window, table = opened.show(), tmp_path / "mine.csv"
    table.write_text("x,y\n" + "".join(f"{x},{2 * x + 1}\n" for x in range(20)), encoding="utf-8")
    options = {"path": str(table), "x_columns": (0,), "y_column": 1, "standardise": "x and y"}
    trained(qtbot, window, TrainingConfig(data="file", epochs=3, options=options))
    save(qtbot, window, opened, tmp_path / "with.gradruns", "with")
    save(qtbot, window, opened, tmp_path / "bare.gradruns", "without")
    finish(qtbot, window)
    table.write_text("x,y\n" + "".join(f"{x},{x * x}\n" for x in range(20)), encoding="utf-8")
    again = open_again(qtbot, opened, tmp_path / "with.gradruns")
    run = again.session.runs.rows[-1]
    assert Path(run.config.get("path")).name == "mine.csv" and run.config.get("path") != str(table)
    assert "exactly the same" in replayed(qtbot, again, run)
    opened.person.said.clear()
    again.documents.open(tmp_path / "bare.gradruns")
    qtbot.waitUntil(lambda: "bare" in said(again), timeout=WAIT)
    assert "the data are others" in replayed(qtbot, again, again.session.runs.rows[-1])


def test_edited_code_that_came_with_a_file_is_asked_about(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    run = trained(qtbot, window, TrainingConfig(epochs=2, n_samples=60))
    coded = replace(run.config, code="import os\n")
    window.session.runs.add([Run(1, coded, run.numbers, coded, "coded", "done", told={1: coded}, data="0" * 64)])
    save(qtbot, window, opened, tmp_path / "coded.gradruns")
    finish(qtbot, window)
    opened.person.answer = "no"
    again = open_again(qtbot, opened, tmp_path / "coded.gradruns")
    assert said(again) == "1 run was opened from coded.gradruns." and not any(
        item.config.code for item in again.session.runs.rows
    )


def test_a_run_of_edited_code_is_trained_again_once_it_is_allowed(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    """It was refused: “Its code was edited: use its set-up and train it”."""
    window, path = opened.show(), tmp_path / "own.gradruns"
    config = TrainingConfig(epochs=4, n_samples=60)
    code = program_text(config).replace("w -= lr * w.grad", "w -= 0.5 * lr * w.grad")
    run = trained(qtbot, window, replace(config, code=code))
    window.below_plots.panel()
    assert replayed(qtbot, window, run) == "By hand 0.10 came out exactly the same: 4 epochs, digit by digit."
    save(qtbot, window, opened, path)
    window.session.run.set_config(config)  # else it is what the window begins with, which is the person's own
    finish(qtbot, window)
    opened.person.answer = "run"  # open it with its code, which is not run yet
    again = open_again(qtbot, opened, path)
    run = again.session.runs.rows[-1]
    for want in (again.runs_panel.replay_wanted.emit, again.runs_panel.show_run):
        again.runs_panel.say("")
        want(run)
        assert "The code of By hand 0.10 came with own.gradruns and has not run" in said(again)
    again.runs_panel.use_setup(run)
    again.code.by_hand.allow.click()
    assert replayed(qtbot, again, run) == "By hand 0.10 came out exactly the same: 4 epochs, digit by digit."


def test_a_run_that_was_opened_is_branched_at_once(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    """It had to be trained again by hand before, and a branch of it had no parameters and gradients to draw."""
    window, path = opened.show(), tmp_path / "mine.gradruns"
    first = trained(qtbot, window, TrainingConfig(epochs=5, n_samples=60))
    window.below_plots.panel()
    with qtbot.waitSignal(window.controller.finished, timeout=WAIT):
        window.laboratory.branches.branch(first, 2, replace(first.config, learning_rate=0.4))
    before = window.session.runs.current
    assert before is not None
    save(qtbot, window, opened, path)
    finish(qtbot, window)
    again = open_again(qtbot, opened, path)
    again.session.run.state_changed.connect(lambda state: states.append(state))
    states: list[str] = []
    run = again.session.runs.rows[-2]
    assert run.config == first.config
    again.runs_panel.branch_wanted.emit(run, 2, replace(first.config, learning_rate=0.4))
    qtbot.waitUntil(lambda: again.session.runs.current is not None and again.session.runs.current.epochs == 5, timeout=WAIT)
    made = again.session.runs.current
    assert made is not None and made is not run and made.begins == 2
    for name in ("loss", "parameters"):
        assert np.array_equal(getattr(made.numbers, name), getattr(before.numbers, name), equal_nan=True)
    assert np.array_equal(made.numbers.traces.gradients(6), before.numbers.traces.gradients(6), equal_nan=True)
    again.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: made not in again.session.runs.rows, timeout=WAIT)


def test_a_file_that_is_dropped_and_damaged_is_told(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window, path = opened.show(), tmp_path / "bad.gradruns"
    path.write_bytes(b"PK\x03\x04 nothing")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    )
    qtbot.waitUntil(lambda: opened.person.said != [], timeout=WAIT)
    assert "bad.gradruns is not a Gradwalk file of runs, or it is damaged" in opened.person.said[0]
    window.documents.open(tmp_path / "gone.gradruns")
    qtbot.waitUntil(lambda: len(opened.person.said) == 2, timeout=WAIT)
    assert "cannot be opened" in opened.person.said[1]


@pytest.mark.parametrize("name", ["none/x.gradruns"])
def test_a_place_that_cannot_be_written(qtbot: QtBot, opened: Opened, tmp_path: Path, name: str) -> None:
    window = opened.show()
    trained(qtbot, window, TrainingConfig(epochs=2, n_samples=60))
    opened.person.chosen = str(tmp_path / name)
    window.actions_by_id["save_runs"].trigger()
    qtbot.waitUntil(lambda: opened.person.said != [], timeout=WAIT)
    assert "cannot be written" in opened.person.said[0] and list(tmp_path.glob("none*")) == []


def test_in_train_save_saves_the_runs_and_says_so(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    """Save and Ctrl+S offered a file for the program of Explore, which is not on the screen in Train."""
    window = opened.show()
    in_explore = window.actions_by_id["save"].toolTip()
    window.session.set_mode("train")
    for key in ("save", "save_as", "save_runs"):
        action = window.actions_by_id[key]
        assert not action.isEnabled() and action.toolTip() == "There are no runs to save yet: train at least one epoch"
    assert not window.toolbar._save.isEnabled()
    trained(qtbot, window, TrainingConfig(epochs=2, n_samples=60))
    assert (
        window.toolbar._save.isEnabled() and window.toolbar._save.toolTip() == in_explore and "in Train, all runs" in in_explore
    )
    for key in ("save", "save_as"):
        path = tmp_path / f"{key}.gradruns"
        opened.person.chosen = str(path)
        window.actions_by_id[key].trigger()
        qtbot.waitUntil(lambda path=path: window.toolbar.status.text == f"Saved {path.name}", timeout=WAIT)  # type: ignore[misc]
        assert path.is_file() and opened.person.suggested.endswith(".gradruns")
    window.session.set_mode("explore")
    assert window.actions_by_id["save"].isEnabled() and not window.actions_by_id["save_runs"].isEnabled()


def test_a_branch_comes_back_with_its_own_name_set_up_and_beginning(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window, path = opened.show(), tmp_path / "branch.gradruns"
    first = trained(qtbot, window, TrainingConfig(epochs=5, n_samples=60, learning_rate=0.05))
    window.below_plots.panel()
    with qtbot.waitSignal(window.controller.finished, timeout=WAIT):
        window.laboratory.branches.branch(first, 2, replace(first.config, learning_rate=0.4))
    before = window.session.runs.current
    assert before is not None and before.name == "By hand 0.40 from 2"
    save(qtbot, window, opened, path)
    finish(qtbot, window)
    again = open_again(qtbot, opened, path)
    parent, branch = again.session.runs.rows[-2:]
    assert (parent.name, branch.name) == ("By hand 0.05", "By hand 0.40 from 2")
    assert (branch.begins, branch.config) == (2, before.config) and parent.config == first.config
    assert replayed(qtbot, again, branch) == "By hand 0.40 from 2 came out exactly the same: 5 epochs, digit by digit."
    again.runs_panel.use_setup(branch)
    assert again.session.run.config.learning_rate == 0.4


def test_a_rate_that_was_set_before_the_first_epoch_is_the_runs_own_in_the_file_too(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    window, path = opened.show(), tmp_path / "rate.gradruns"
    window.session.set_mode("train")
    window.session.run.set_config(TrainingConfig(epochs=3, n_samples=60, learning_rate=0.2))
    qtbot.waitUntil(lambda: window.controller.data is not None and len(window.controller.data.X) == 60, timeout=WAIT)
    window.controller.set_learning_rate(0.05)
    with qtbot.waitSignal(window.controller.finished, timeout=WAIT):
        window.controller.train()
    before = window.session.runs.current
    assert before is not None and before.name == "By hand 0.05"
    save(qtbot, window, opened, path)
    finish(qtbot, window)
    again = open_again(qtbot, opened, path)
    run = again.session.runs.rows[-1]
    assert run.name == "By hand 0.05" and run.config == before.config
    assert replayed(qtbot, again, run) == "By hand 0.05 came out exactly the same: 3 epochs, digit by digit."
