"""The Code tab of Train while somebody types in it: the typed line stays in view, and Ctrl+Z takes back text only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.training.edited.process import shared
from engine.training.program import program_text
from gui.panels.code.editor.menu import build_menu
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

WAIT = 240_000


@pytest.fixture
def lab(qtbot: QtBot, opened: Opened) -> Iterator[MainWindow]:
    window = opened.show()
    window.session.set_mode("train")
    window.side.bring_code()
    qtbot.waitUntil(lambda: window.controller.data is not None, timeout=WAIT)
    yield window
    shared.close()


def _type(window: MainWindow, line: int, text: str) -> None:
    """Type at the end of ``line``."""
    editor = window.code.editor
    editor.go_to(line, 1)
    editor.moveCursor(QTextCursor.MoveOperation.EndOfBlock)
    editor.insertPlainText(text)


def _offered(window: MainWindow, title: str) -> bool:
    """Whether the editor's menu offers it."""
    menu = build_menu(window.code.editor)
    offered = next(action for action in menu.actions() if action.text() == title).isEnabled()
    menu.deleteLater()
    return offered


def _seen(inner: QWidget, outer: QWidget) -> bool:
    return QRect(outer.mapToGlobal(QPoint(0, 0)), outer.size()).contains(QRect(inner.mapToGlobal(QPoint(0, 0)), inner.size()))


@pytest.mark.parametrize(("size", "lost"), [((1600, 1000), 0), ((1180, 720), 72)])
def test_an_error_leaves_the_typed_line_in_view(qtbot: QtBot, lab: MainWindow, size: tuple[int, int], lost: int) -> None:
    """The error took its room from the code, whose view went to another line, and its buttons were out of sight."""
    run, code, box = lab.session.run, lab.code, lab.code.problem_box
    lab.resize(*size)
    qtbot.waitUntil(lambda: lab.height() == size[1], timeout=WAIT)
    qtbot.wait(50)
    before = code.editor.height()
    _type(lab, 6, " + (")
    code.editor.go_to(15, 1)
    qtbot.waitUntil(lambda: run.own_code.problem is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: box.isVisible() and code.by_hand.isVisible(), timeout=WAIT)
    qtbot.wait(200)
    assert code.editor.hasFocus() and code.editor.height() >= before - lost
    caret = code.editor.cursorRect()
    assert code.editor.viewport().rect().contains(caret)
    qtbot.waitUntil(lambda: code._column.verticalScrollBar().maximum() == 0, timeout=10_000)
    assert _seen(box.go_button, code._column.viewport()) and _seen(box.undo_button, code._column.viewport())
    lab.training_code.back_to_the_set_up()
    qtbot.waitUntil(lambda: not box.isVisible() and code.editor.height() == before, timeout=WAIT)


def test_undo_in_the_editor_never_changes_the_set_up(qtbot: QtBot, lab: MainWindow) -> None:
    """It went on past the text: four presses led from the MLP to the line."""
    run, editor = lab.session.run, lab.code.editor
    before = run.config.model
    run.set_config(run.config.choosing(model="mlp"))
    written = program_text(run.config).rstrip("\n")
    qtbot.waitUntil(lambda: editor.toPlainText() == written, timeout=WAIT)
    chosen = run.config
    assert not _offered(lab, "Undo"), "the set-up is not the text's"
    _type(lab, 4, "  # mine")
    assert _offered(lab, "Undo") and not _offered(lab, "Redo"), "in the menu as by the keys"
    for _ in range(4):
        qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: editor.toPlainText() == written, timeout=WAIT)
    assert run.config == chosen and _offered(lab, "Redo") and not _offered(lab, "Undo")
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(editor, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert "# mine" in run.config.code
    lab.actions_by_id["undo"].trigger()
    lab.actions_by_id["undo"].trigger()
    assert run.config.model == before
    qtbot.keyClick(editor, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert run.config.model == before
