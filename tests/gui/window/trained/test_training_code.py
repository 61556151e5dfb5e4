"""The training's code in the window: edited, it is what trains; its errors, its history, and what it does that nobody should."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from engine.training.edited.process import shared
from engine.training.program import program_text
from gui.export.formats import SCRIPT
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened, finish

WAIT = 240_000
TEXT = program_text()


@pytest.fixture
def lab(qtbot: QtBot, opened: Opened) -> Iterator[MainWindow]:
    window = opened.show()
    window.session.set_mode("train")
    window.side.bring_code()
    qtbot.waitUntil(lambda: window.controller.data is not None and not window.side.make_next(), timeout=WAIT)
    yield window
    shared.close()


def edit(window: MainWindow, old: str, new: str) -> None:
    """Put ``new`` in the place of ``old``, as if it were typed."""
    editor = window.code.editor
    assert editor.shows_training and not editor.isReadOnly()
    cursor = QTextCursor(editor.code)
    start = editor.toPlainText().index(old)
    cursor.setPosition(start)
    cursor.setPosition(start + len(old), QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(new)


def prepared(qtbot: QtBot, window: MainWindow) -> None:
    """The run of the code that is shown is there."""
    run = window.session.run

    def is_there() -> bool:
        latest = run.latest
        return (
            not window.training_code.typing and latest is not None and latest.config is not None and latest.config == run.config
        )

    qtbot.waitUntil(is_there, timeout=WAIT)


def trained(qtbot: QtBot, window: MainWindow, epochs: int) -> None:
    window.controller.set_speed(None)
    window.controller.set_epochs(epochs)
    window.controller.train()
    qtbot.waitUntil(lambda: window.session.run.state in ("finished", "diverged"), timeout=WAIT)


def test_what_is_typed_is_trained_and_the_set_up_comes_back(qtbot: QtBot, lab: MainWindow, tmp_path: Path) -> None:
    run, bar = lab.session.run, lab.code.by_hand
    assert not bar.isVisible() and lab.code.editor.toPlainText() == TEXT.rstrip("\n")
    edit(lab, "w -= lr * w.grad", "w -= 2 * lr * w.grad")
    trained(qtbot, lab, 4)
    code = TEXT.replace("w -= lr * w.grad", "w -= 2 * lr * w.grad")
    assert run.config == TrainingConfig(epochs=4, code=code) and run.made == 4
    moved = run.snapshots[1].parameters["w"] - run.snapshots[0].parameters["w"]
    assert moved == pytest.approx(-0.2 * run.snapshots[1].gradients["w"], rel=1e-5)
    assert bar.isVisible() and lab.side.tabs.note().startswith("written by hand")
    # The fit and the loss around the run are the set-up's model and loss still.
    assert lab.controller.figures is not None and not lab.controller.figures.no_surface
    # Its epochs open into operations of just this text.
    qtbot.waitUntil(lambda: run.recorded_step == 4 and lab.session.recording is not None, timeout=WAIT)
    assert lab.session.recording is not None and lab.session.recording.text == code
    lab.session.set_cursor(lab.session.recording.end - 3)
    assert lab.code._following.applies() and lab.code.editor.shows_training
    SCRIPT.write(lab.graph, tmp_path / "mine.py")
    assert "w -= 2 * lr * w.grad" in (tmp_path / "mine.py").read_text(encoding="utf-8")
    qtbot.mouseClick(bar.back, Qt.MouseButton.LeftButton)
    assert run.config.code == "" and not bar.isVisible() and lab.code.editor.toPlainText() == TEXT.rstrip("\n")
    lab.actions_by_id["undo"].trigger()
    assert run.config.code == code and bar.isVisible() and lab.code.editor.toPlainText() == code.rstrip("\n")
    lab.actions_by_id["redo"].trigger()
    assert run.config.code == "" and not bar.isVisible()


def test_undo_in_the_editor_takes_back_what_was_typed(qtbot: QtBot, lab: MainWindow) -> None:
    edit(lab, "y_hat = X @ w + b", "y_hat = X @ w + b + 1")
    qtbot.keyClick(lab.code.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert lab.code.editor.toPlainText() == TEXT.rstrip("\n") and not lab.session.run.config.code
    qtbot.keyClick(lab.code.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert "+ 1" in lab.session.run.config.code


def test_an_error_is_told_with_its_line_and_what_was_trained_stays(qtbot: QtBot, lab: MainWindow) -> None:
    run, box = lab.session.run, lab.code.problem_box
    edit(lab, "loss.backward()", "loss.backward(")
    qtbot.waitUntil(lambda: run.own_code.problem is not None, timeout=WAIT)
    assert box.isVisible() and run.refused and "⚠ Line" in lab.training._result.text()
    edit(lab, "loss.backward(", "loss.backward(); assert float(loss.detach()) > 5")
    qtbot.waitUntil(lambda: run.own_code.problem is None and not run.refused, timeout=WAIT)
    lab.controller.set_speed(None)
    lab.controller.train()
    qtbot.waitUntil(lambda: run.own_code.problem is not None and not run.running, timeout=WAIT)
    assert run.own_code.problem is not None and run.own_code.problem.line == 16 and run.made == 1 and run.state == "paused"
    assert box.isVisible() and "after epoch 1" in lab.training._result.text()
    lab.session.set_mode("explore")
    assert not box.isVisible() and lab.code.shows_own
    lab.session.set_mode("train")
    assert box.isVisible()


def test_a_loop_without_end_ends_with_pause_and_the_window_stays_quick(qtbot: QtBot, lab: MainWindow) -> None:
    run = lab.session.run

    def turns() -> int:
        """Of the window, in a second."""
        began, made = time.monotonic(), 0
        while time.monotonic() - began < 1:
            qtbot.wait(5)
            made += 1
        return made

    at_rest = turns()
    edit(lab, "loss.backward()", "loss.backward()\n    while float(w.detach()) > -1.5: print('x' * 1000)")
    lab.controller.set_speed(None)
    lab.controller.train()
    qtbot.waitUntil(lambda: run.made == 1, timeout=WAIT)
    assert turns() > at_rest / 8
    lab.actions_by_id["stop"].trigger()
    qtbot.waitUntil(lambda: not run.running, timeout=10_000)
    assert (
        run.own_code.problem is not None
        and run.own_code.problem.line == 17
        and "stopped here" in run.own_code.problem.message
        and run.made == 1
    )


def test_the_window_closes_while_the_code_hangs_and_leaves_no_process(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show()
    window.session.set_mode("train")
    window.side.bring_code()
    qtbot.waitUntil(lambda: window.controller.data is not None and not window.side.make_next(), timeout=WAIT)
    edit(window, "loss.backward()", "while True: pass")
    window.controller.train()
    qtbot.waitUntil(lambda: window.session.run.latest is not None and bool(window.session.run.latest.config.code), timeout=WAIT)  # type: ignore[union-attr]
    qtbot.wait(300)
    pids = shared.pids
    assert pids
    began = time.monotonic()
    finish(qtbot, window)
    assert time.monotonic() - began < 10
    shared.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_is_not_drawn_is_said_and_why(qtbot: QtBot, lab: MainWindow) -> None:
    edit(lab, "y_hat = X @ w + b", "y_hat = X @ w + b + y.mean()")
    trained(qtbot, lab, 3)
    figures = lab.controller.figures
    assert figures is not None and figures.no_fit and figures.quadratic is None
    assert "depends on y: define predict(model, X), which returns it" in lab.training.scatter.left()[0]  # type: ignore[union-attr]
    assert "No fit and no loss surface are drawn" in lab.code.by_hand.words.text()
    assert lab.training.scatter is not None and "no fit" in lab.training.scatter.left()[0]
    assert lab.controller.fit is None and lab.controller.surface is None and len(lab.session.run.numbers.loss) == 4
    lab.code.by_hand.back.click()
    prepared(qtbot, lab)
    assert lab.training.scatter.left() == () and lab.controller.fit is not None


def test_what_the_code_predicts_is_drawn(qtbot: QtBot, lab: MainWindow) -> None:
    edit(lab, "y_hat = X @ w + b", "y_hat = torch.sin(X @ w) + b")
    trained(qtbot, lab, 3)
    figures, scatter = lab.controller.figures, lab.training.scatter
    assert figures is not None and figures.by_code and not figures.no_fit and scatter is not None
    assert "No loss surface is drawn" in lab.code.by_hand.words.text()
    qtbot.waitUntil(lambda: lab.controller.fit is not None and lab.controller.fit.step == 3, timeout=WAIT)
    fit, shot = lab.controller.fit, lab.session.run.latest
    assert fit is not None and shot is not None
    expected = np.sin(fit.x * shot.parameters["w"].item()) + shot.parameters["b"].item()
    assert np.allclose(fit.curve, expected, atol=1e-5) and not scatter._is_line and scatter.left() == ()
    lab.session.run.set_state("finished")
    said = lab.training.said.message()[0]
    assert said.startswith("3 epochs · R² ") and "nan" not in said


def test_a_prediction_that_fails_is_said_and_the_run_goes_on(qtbot: QtBot, lab: MainWindow) -> None:
    edit(lab, "def step", "def predict(model, X):\n    return 1 / 0\n\n\ndef step")
    edit(lab, "X @ w + b", "X @ w + 2 * b")
    trained(qtbot, lab, 3)
    scatter = lab.training.scatter
    assert scatter is not None
    qtbot.waitUntil(lambda: "what the code predicts cannot be computed" in "".join(scatter.left()), timeout=WAIT)
    assert len(lab.session.run.numbers.loss) == 4 and lab.controller.fit is None


def test_a_change_of_the_set_up_that_the_code_does_not_follow_is_said(qtbot: QtBot, lab: MainWindow) -> None:
    edit(lab, "w -= lr", "w -= 2 * lr")
    lab.training_code.flush()
    assert lab.setup.foot.text().startswith("The code is written by hand")
    lab.setup.change("update", "clip", 1.0)
    assert lab.code.by_hand.words.text().startswith("Clipping of the set-up changed since")
    lab.setup.change("data", "n_samples", 50)
    prepared(qtbot, lab)
    assert lab.controller.data is not None and len(lab.controller.data.X) == 50 and "2 * lr" in lab.session.run.config.code


def test_the_code_is_there_at_the_next_start(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show()
    window.session.set_mode("train")
    window.side.bring_code()
    qtbot.waitUntil(lambda: window.controller.data is not None, timeout=WAIT)
    edit(window, "w -= lr", "w -= 3 * lr")
    finish(qtbot, window)  # while it is still being typed
    again = opened.make()
    assert "w -= 3 * lr" in again.session.run.config.code
    again.close()
    shared.close()


def test_code_that_came_with_a_file_runs_only_when_that_is_wanted(qtbot: QtBot, lab: MainWindow, tmp_path: Path) -> None:
    run, note = lab.session.run, tmp_path / "ran"
    code = f"open({str(note)!r}, 'w').close()\n{TEXT}"
    run.own_code.came(code, "runs.gradwalk-runs")
    run.set_config(replace(run.config, code=code))
    lab.controller.train()
    qtbot.wait(300)
    assert not run.running and "has not run" in run.refused and lab.code.by_hand.allow.isVisible() and not note.exists()
    edit(lab, "w -= lr", "w -= 2 * lr")
    lab.training_code.flush()
    qtbot.wait(300)
    assert run.own_code.came_with and not note.exists()
    qtbot.mouseClick(lab.code.by_hand.allow, Qt.MouseButton.LeftButton)
    prepared(qtbot, lab)
    assert note.exists() and not run.refused and not lab.code.by_hand.allow.isVisible()
