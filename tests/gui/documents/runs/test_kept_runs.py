"""Runs that nobody saved are there at the next start: after closing, a kill, with a full disk said once, two windows apart."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.program import program_text
from gui.documents.runs import keeper
from gui.session.runs import Run
from gui.window.main_window import MainWindow
from tests.gui.documents.runs.test_run_files import WAIT, replayed, said, trained
from tests.gui.opened import Opened, finish

SMALL = TrainingConfig(epochs=5, n_samples=60)
DRAWN = TrainingConfig(data="points", epochs=3, options={"points": ((0.0, 1.0), (0.5, 2.0), (1.0, 3.5))})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "REST", 30)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "unsaved" / "runs").glob("*/[!.]*.gradruns"), key=lambda path: path.name)


def kept(qtbot: QtBot, window: MainWindow, tmp_path: Path, count: int) -> None:
    of = window.laboratory.filed.keeper
    qtbot.waitUntil(lambda: len(files(tmp_path)) == count and not of._busy and not of._timer.isActive(), timeout=WAIT)


def in_train(qtbot: QtBot, opened: Opened, count: int) -> MainWindow:
    window = opened.make()
    opened.show()
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: len(window.session.runs.trained) == count, timeout=WAIT)
    window.below_plots.panel()
    return window


def same(one: Run, other: Run) -> bool:
    names = ("loss", "validation", "parameters", "rate")
    return all(np.array_equal(getattr(one.numbers, name)[1:], getattr(other.numbers, name)[1:], equal_nan=True) for name in names)


def test_what_was_trained_and_not_saved_is_there_after_closing(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    before = [
        trained(qtbot, window, SMALL),
        trained(qtbot, window, DRAWN),
        trained(qtbot, window, replace(SMALL, optimizer="adam")),
    ]
    window.session.runs.rename(before[1], "by mouse")
    window.session.runs.show(before[1], False)
    window.session.run.set_config(TrainingConfig())
    finish(qtbot, window)
    assert len(files(tmp_path)) == 3
    again = in_train(qtbot, opened, 3)
    assert again.session.run.config == TrainingConfig() and not again.session.run.made, "the set-up opens as it was left"
    rows = again.session.runs.rows
    assert [run.name for run in rows[:3]] == ["By hand 0.10", "by mouse", "Adam 0.10"] and rows[3] is again.session.runs.current
    assert all(map(same, rows, before)) and [run.state for run in rows[:3]] == ["done"] * 3
    assert [run.number for run in rows[:3]] == [run.number for run in before] and len({run.number for run in rows}) == 4
    assert [run.shown for run in rows[:3]] == [True, False, True]
    assert rows[1].config.get("points") == DRAWN.get("points"), "what was drawn by mouse"
    assert replayed(qtbot, again, rows[1]) == "by mouse came out exactly the same: 3 epochs, digit by digit."
    again.runs_panel.show_run(rows[2])
    qtbot.waitUntil(lambda: again.session.runs.current is rows[2] and again.session.run.made == 5, timeout=WAIT)
    assert again.session.run.config.optimizer == "adam"


def test_a_killed_window_loses_nothing_that_rested_and_a_running_one_little(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "WHILE_RUNNING", 50)
    window = opened.show()
    run = trained(qtbot, window, SMALL)
    kept(qtbot, window, tmp_path, 1)
    window.session.run.set_config(replace(SMALL, epochs=100_000, optimizer="momentum"))
    qtbot.waitUntil(lambda: window.session.runs.current is not run, timeout=WAIT)
    window.controller.train()
    qtbot.waitUntil(lambda: len(files(tmp_path)) == 2, timeout=WAIT)
    copied = tmp_path / "killed"
    copied.mkdir()
    for file in files(tmp_path):
        (copied / file.name).write_bytes(file.read_bytes())
    finish(qtbot, window)
    for file in files(tmp_path):
        file.unlink()
    (tmp_path / "unsaved" / "runs" / "gone").mkdir()
    for file in copied.iterdir():
        file.rename(tmp_path / "unsaved" / "runs" / "gone" / file.name)
    (tmp_path / "unsaved" / "runs" / "gone" / ".half.gradruns.x.part").write_bytes(b"PK")
    again = in_train(qtbot, opened, 2)
    first, second = again.session.runs.rows[:2]
    assert same(first, run) and second.state == "paused" and second.epochs > 0
    assert not (tmp_path / "unsaved" / "runs" / "gone").exists()


def test_closing_while_it_trains_keeps_what_was_trained(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    window.session.set_mode("train")
    window.session.run.set_config(replace(SMALL, epochs=100_000))
    qtbot.waitUntil(lambda: window.session.run.latest is not None, timeout=WAIT)
    window.controller.train()
    qtbot.waitUntil(lambda: window.session.run.made > 50, timeout=WAIT)
    finish(qtbot, window)
    made = window.session.run.made
    again = in_train(qtbot, opened, 1)
    run = again.session.runs.rows[0]
    assert run.epochs == made and run.state == "paused"
    again.runs_panel.show_run(run)
    qtbot.waitUntil(lambda: again.session.runs.current is run, timeout=WAIT)
    assert again.session.run.made == made


def test_nothing_is_read_before_train_is_opened(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    trained(qtbot, window, SMALL)
    window.session.set_mode("explore")
    finish(qtbot, window)
    where = files(tmp_path)
    again = opened.make()
    opened.show()
    qtbot.waitUntil(lambda: again.controller.data is not None, timeout=WAIT)
    qtbot.wait(50)
    assert again.session.runs.trained == [] and files(tmp_path) == where
    assert not again.laboratory.filed.keeper._work.running
    finish(qtbot, again)
    assert files(tmp_path) == where
    in_train(qtbot, opened, 1)


def test_two_windows_keep_their_own(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    one = opened.show()
    trained(qtbot, one, SMALL)
    kept(qtbot, one, tmp_path, 1)
    two = opened.make()
    opened.show()
    trained(qtbot, two, replace(SMALL, optimizer="adam"))
    kept(qtbot, two, tmp_path, 2)
    assert [run.name for run in two.session.runs.trained] == ["Adam 0.10"], "the other window has its own"
    finish(qtbot, one)
    finish(qtbot, two)
    assert len(files(tmp_path)) == 2
    again = in_train(qtbot, opened, 2)
    assert [run.name for run in again.session.runs.trained] == ["By hand 0.10", "Adam 0.10"]


def test_runs_that_are_alike_are_each_there_again(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    """Of two that are alike one was left, with the name of the one and the look of the other."""
    for day in range(2):
        window = opened.make() if day else opened.window
        opened.show()
        run = trained(qtbot, window, SMALL)
        if not day:
            window.session.runs.rename(run, "first")
        finish(qtbot, window)
    window = in_train(qtbot, opened, 2)
    kept(qtbot, window, tmp_path, 2)
    one, other = window.session.runs.trained
    assert (one.own_name, other.own_name) == ("first", "") and one.number != other.number and same(one, other)


def test_a_damaged_file_is_told_and_put_aside(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    trained(qtbot, window, SMALL)
    trained(qtbot, window, replace(SMALL, optimizer="adam"))
    finish(qtbot, window)
    first = files(tmp_path)[0]
    first.write_bytes(first.read_bytes()[:-40])
    again = in_train(qtbot, opened, 1)
    aside = tmp_path / "unsaved" / "runs" / "damaged"
    assert said(again) == f"1 run that was kept cannot be read and was put aside, into {aside}."
    assert again.toolbar.status.text == said(again) and [file.name for file in aside.iterdir()] == [first.name]
    finish(qtbot, again)
    once_more = in_train(qtbot, opened, 1)
    assert said(once_more) == ""


def test_code_that_came_with_a_file_asks_first_at_the_next_start_too(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    code = program_text(SMALL).replace("w -= lr * w.grad", "w -= 0.5 * lr * w.grad")
    own = trained(qtbot, window, replace(SMALL, code=code))
    foreign = replace(SMALL, code=code + "\n# of somebody else\n")
    window.session.run.own_code.came(foreign.code, "theirs.gradruns")
    window.session.runs.add([Run(1, foreign, own.numbers, foreign, "theirs", "done", told={1: foreign})])
    window.session.run.set_config(SMALL)
    finish(qtbot, window)
    again = in_train(qtbot, opened, 2)
    asks = again.session.run.own_code.asks_first
    assert asks(foreign.code) == "theirs.gradruns" and asks(code) == ""
    mine, theirs = again.session.runs.rows[:2]
    assert replayed(qtbot, again, mine) == "By hand 0.10 came out exactly the same: 5 epochs, digit by digit."
    again.runs_panel.show_run(theirs)
    assert "came with theirs.gradruns and has not run" in said(again)


def test_deleted_runs_are_not_kept_and_come_back_with_undo(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.show()
    before = [trained(qtbot, window, replace(SMALL, seed=seed)) for seed in (1, 2)]
    shown = trained(qtbot, window, replace(SMALL, optimizer="adam"))
    window.below_plots.panel()
    kept(qtbot, window, tmp_path, 3)
    window.actions_by_id["delete_runs"].trigger()
    assert said(window) == "2 runs were deleted." and window.session.runs.rows == [shown]
    kept(qtbot, window, tmp_path, 1)
    window.runs_panel.undo.click()
    assert window.session.runs.rows == [*before, shown]
    kept(qtbot, window, tmp_path, 3)
    window.actions_by_id["delete_runs"].trigger()
    window.actions_by_id["undo"].trigger()
    assert window.session.runs.rows == [*before, shown]
    window.actions_by_id["redo"].trigger()
    finish(qtbot, window)
    assert len(files(tmp_path)) == 1


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_told_once(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    window = opened.show()
    window.session.set_mode("train")
    window.below_plots.panel()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        trained(qtbot, window, SMALL)
        qtbot.waitUntil(lambda: said(window).startswith("Runs cannot be kept"), timeout=WAIT)
        assert "No space left on device" in said(window) and "gradruns" not in said(window)
        window.runs_panel.say("")
        trained(qtbot, window, replace(SMALL, optimizer="adam"))
        qtbot.wait(200)
        assert said(window) == "" and files(tmp_path) == []
    window.session.runs.rename(window.session.runs.rows[0], "x")
    kept(qtbot, window, tmp_path, 2)
    finish(qtbot, window)
    again = opened.make()
    (tmp_path / "unsaved" / "runs").rename(tmp_path / "unsaved" / "away")
    (tmp_path / "unsaved" / "runs").write_text("in the way")
    opened.show()
    again.below_plots.panel()
    trained(qtbot, again, replace(SMALL, optimizer="sgd"))
    qtbot.waitUntil(lambda: said(again).startswith("Runs cannot be kept"), timeout=WAIT)
    finish(qtbot, again)


def test_the_oldest_go_where_they_take_too_much(
    qtbot: QtBot, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened.show()
    for seed in (1, 2, 3):
        trained(qtbot, window, replace(SMALL, seed=seed))
    kept(qtbot, window, tmp_path, 3)
    bound, most = keeper.KeptRuns.bound, 5 * files(tmp_path)[0].stat().st_size // 2
    monkeypatch.setattr(keeper.KeptRuns, "bound", lambda self: bound(self, most))
    trained(qtbot, window, replace(SMALL, seed=5))
    window.below_plots.panel()
    qtbot.waitUntil(lambda: "not kept for the next start" in said(window), timeout=WAIT)
    assert 0 < len(files(tmp_path)) < 4 and len(window.session.runs.trained) == 4, "in this window they stay"
    finish(qtbot, window)
    assert sum(file.stat().st_size for file in files(tmp_path)) <= most


def test_a_small_table_goes_along(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window, table = opened.show(), tmp_path / "mine.csv"
    table.write_text("x,y\n" + "".join(f"{x},{2 * x + 1}\n" for x in range(20)), encoding="utf-8")
    options = {"path": str(table), "x_columns": (0,), "y_column": 1, "standardise": "x and y"}
    trained(qtbot, window, TrainingConfig(data="file", epochs=3, options=options))
    kept(qtbot, window, tmp_path, 1)
    window.session.run.set_config(SMALL)
    finish(qtbot, window)
    table.unlink()
    again = in_train(qtbot, opened, 1)
    run = again.session.runs.rows[0]
    assert replayed(qtbot, again, run).endswith("came out exactly the same: 3 epochs, digit by digit.")
    again.session.runs.rename(run, "mine")
    finish(qtbot, again)
    once_more = in_train(qtbot, opened, 1)
    assert once_more.session.runs.rows[0].name == "mine"
    assert "exactly the same" in replayed(qtbot, once_more, once_more.session.runs.rows[0])
