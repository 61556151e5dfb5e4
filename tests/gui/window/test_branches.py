"""A run is branched from one of its epochs, shown again, and both are undone; its steps are those that the engine makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import engine
from engine.training.configs import TrainingConfig
from engine.training.history import History
from gui.session.runs import Run
from gui.window.main_window import MainWindow
from tests.gui.window.test_laboratory import WAIT, lab, rows

__all__ = ["lab"]

CONFIG = TrainingConfig(n_samples=60, epochs=8, optimizer="momentum", learning_rate=0.05, options={"validation": 0.2})


def train(qtbot: QtBot, lab: MainWindow) -> Run:
    lab.session.run.set_config(CONFIG)
    lab.below_plots.bring_runs()
    qtbot.waitUntil(lambda: rows(lab) == 48, timeout=WAIT)
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        lab.controller.train()
    current = lab.session.runs.current
    assert current is not None
    return current


def branch(qtbot: QtBot, lab: MainWindow, epoch: int, optimizer: str = "adam", rate: float = 0.3) -> Run:
    """By keys and fields, as a person does."""
    lab.runs.show_epoch(epoch)
    qtbot.keyClick(lab.runs_panel.branch_button, Qt.Key.Key_Return)
    box = lab.runs_panel.branch
    assert box.isVisible() and box._asked.text().startswith(f"Branch from epoch {epoch} of ")
    box.optimizer.setCurrentIndex(box.optimizer.findData(optimizer))
    box.rate.setValue(rate)
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        qtbot.keyClick(box.begin, Qt.Key.Key_Return)
    current = lab.session.runs.current
    assert current is not None
    return current


def test_a_branch_is_what_the_engine_makes_from_that_epoch_on(qtbot: QtBot, lab: MainWindow) -> None:
    first = train(qtbot, lab)
    made = branch(qtbot, lab, 3)
    assert made is not first and (made.begins, made.epochs, made.name) == (3, 8, "Adam 0.30 from 3")
    plain = list(engine.train(CONFIG))
    expected = list(engine.train(CONFIG.choosing(optimizer="adam", learning_rate=0.3), start=plain[3]))
    np.testing.assert_array_equal(made.numbers.loss[4:], [shot.loss for shot in expected])
    np.testing.assert_array_equal(made.numbers.loss[1:4], [shot.loss for shot in plain[1:4]])
    np.testing.assert_array_equal(first.numbers.loss[1:], [shot.loss for shot in plain[1:]])
    assert isinstance(made.snapshots, History) and isinstance(first.snapshots, History)
    assert len(first.snapshots) == 9 and dict(made.snapshots.configs)[4].optimizer == "adam"
    (beside,) = lab.training.overlay.runs
    assert beside.name == "Momentum 0.05" and lab.training.overlay.own.begins == 3
    surface = lab.training.surface
    assert surface is not None
    qtbot.waitUntil(lambda: len(surface._run()) == 6, timeout=WAIT)
    np.testing.assert_allclose(surface._run()[0], [plain[3].parameters["w"].item(), plain[3].parameters["b"].item()])


def test_undo_shows_the_run_again_that_was_branched_from_and_redo_the_branch(qtbot: QtBot, lab: MainWindow) -> None:
    first = train(qtbot, lab)
    made = branch(qtbot, lab, 3)
    runs = lab.session.runs
    losses = made.numbers.loss.copy()
    lab.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: runs.current is first and lab.session.run.state == "finished", timeout=WAIT)
    assert runs.rows == [first] and lab.session.run.made == 8 and lab.session.run.config == CONFIG
    lab.actions_by_id["redo"].trigger()
    qtbot.waitUntil(lambda: runs.current is made, timeout=WAIT)
    assert runs.rows == [first, made] and lab.session.run.config.optimizer == "adam"
    np.testing.assert_array_equal(lab.session.run.numbers.loss, losses)


def test_return_shows_a_run_again_and_it_goes_on_exactly(qtbot: QtBot, lab: MainWindow) -> None:
    first = train(qtbot, lab)
    made = branch(qtbot, lab, 3)
    table, runs = lab.runs_panel.table, lab.session.runs
    table.choose(first)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs.current is first and lab.session.run.state == "finished", timeout=WAIT)
    assert runs.rows == [first, made] and runs.beside == [made]
    lab.controller.set_epochs(12)
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        lab.controller.train()
    assert runs.current is first
    plain = list(engine.train(replace(CONFIG, epochs=12)))
    np.testing.assert_array_equal(first.numbers.loss[1:], [shot.loss for shot in plain[1:]])
    assert made.epochs == 8


def test_a_branch_of_nothing_or_with_what_does_not_go_together_is_refused(qtbot: QtBot, lab: MainWindow) -> None:
    lab.below_plots.bring_runs()
    lab.runs_panel.open_branch()
    assert lab.runs_panel._said.text() == "There is no epoch to branch from yet: train first."
    lab.session.run.set_config(replace(CONFIG, options={"zero_grad": False}))
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        lab.controller.train()
    lab.runs_panel.open_branch()
    lab.runs_panel._branch("lbfgs", 0.1)
    assert lab.runs_panel._said.text().startswith("zero_grad must be True for optimizer 'lbfgs'")
    assert len(lab.session.runs.rows) == 1


@pytest.mark.parametrize("epoch", [3, 8])
def test_the_menu_of_another_run_branches_it_where_the_cursor_is(qtbot: QtBot, lab: MainWindow, epoch: int) -> None:
    first = train(qtbot, lab)
    branch(qtbot, lab, 5)
    lab.runs.show_epoch(epoch)
    names = [action.text() for action in lab.runs_panel.menu_of(first).actions()]
    assert f"Branch from epoch {epoch}…\tB" in names
    lab.runs_panel.table.choose(first)
    qtbot.keyClick(lab.runs_panel.table, Qt.Key.Key_B)
    with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
        lab.runs_panel.branch.begun.emit("sgd", 0.01)
    made = lab.session.runs.current
    assert made is not None and made.begins == epoch and made.epochs == (8 if epoch == 3 else 16)
    assert made.numbers.loss[1 : epoch + 1].tolist() == first.numbers.loss[1 : epoch + 1].tolist()


def test_the_menu_asks_for_a_branch_wherever_one_is(qtbot: QtBot, lab: MainWindow) -> None:
    train(qtbot, lab)
    lab.side.bring_setup()
    lab.runs.show_epoch(4)
    lab.actions_by_id["branch"].trigger()
    assert lab.runs_panel.branch.isVisible() and lab.runs_panel.branch._asked.text() == "Branch from epoch 4 of Momentum 0.05"
    lab.session.set_mode("explore")
    assert not lab.actions_by_id["branch"].isEnabled()


def test_a_run_is_shown_at_the_epoch_that_is_looked_at_where_it_has_that(qtbot: QtBot, lab: MainWindow) -> None:
    first = train(qtbot, lab)
    made = branch(qtbot, lab, 3)
    run = lab.session.run
    lab.runs.show_epoch(5)
    lab.runs_panel.show_run(first)
    qtbot.waitUntil(lambda: lab.session.runs.current is first, timeout=WAIT)
    qtbot.waitUntil(lambda: run.recorded_step == 5, timeout=WAIT)
    assert run.epoch == 5, "it went to the last epoch"
    lab.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: lab.session.runs.current is made and run.epoch == 5, timeout=WAIT)
    lab.runs.show_epoch(None)
    lab.runs_panel.show_run(first)
    qtbot.waitUntil(lambda: lab.session.runs.current is first, timeout=WAIT)
    assert run.epoch is None, "the newest was followed, which still is"
