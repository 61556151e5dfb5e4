"""Which actions can be chosen for what is shown, and that none of them fails where it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from gui.look import file_dialog
from gui.session.session import Session
from gui.widgets import question
from gui.window.actions import enabled
from gui.window.actions.actions import ACTIONS, ActionSpec
from tests.gui.opened import Opened

BEGINS_SOMETHING = {"quit", "mode_train", "run_code", "play", "train", "train_step"}
"""After these something is recorded, or soon will be; or there is no window."""
TRIED = [spec for spec in ACTIONS if not spec.submenu and spec.id not in BEGINS_SOMETHING]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What went wrong, in the title and text of each message; every file dialog is answered."""
    found: list[str] = []

    def note(dialog: question.Question) -> int:
        found.append(f"{dialog.windowTitle()}: {dialog.accessibleDescription()}")
        return 0

    monkeypatch.setattr(question.Question, "exec", note)
    monkeypatch.setattr(question.Question, "open", note)
    monkeypatch.setattr(file_dialog, "name_to_save", lambda *_: str(tmp_path / "made"))
    monkeypatch.setattr(file_dialog, "name_to_open", lambda *_: "")
    return found


def close_dialogs() -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.close()


def test_an_action_that_needs_a_recording_cannot_be_chosen_without_one(qtbot: QtBot, opened: Opened) -> None:
    window = opened.show()
    needing = [window.actions_by_id[spec.id] for spec in ACTIONS if spec.needs is enabled.recording]
    assert {action.objectName() for action in needing} >= {
        "save_recording",
        "export_picture",
        "export_recording",
        "copy_picture",
    }
    assert not any(action.isEnabled() for action in needing)
    assert {action.toolTip() for action in needing} == {"Nothing has run yet"}
    qtbot.waitUntil(lambda: window.session.recording is not None, timeout=60_000)
    for action in needing:
        assert action.isEnabled() and action.toolTip() == action.data().full_tooltip


def test_what_can_be_chosen_without_a_recording_needs_none(opened: Opened, told: list[str]) -> None:
    """An action that needs one declares it, with ``needs=enabled.recording`` in its ActionSpec; else it fails here."""
    window = opened.window
    window.resize(1600, 1000)
    window.show()
    for spec in TRIED:
        if window.actions_by_id[spec.id].isEnabled():
            window.actions_by_id[spec.id].trigger()
            close_dialogs()
            assert window.session.recording is None, spec.id
            assert (spec.id, told, opened.person.said) == (spec.id, [], [])


def test_the_graph_is_copied_from_the_menu(opened: Opened, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry used to be in the graph's own menu only, without a key, and a picture too large for memory was a crash."""
    window = opened.with_graph()
    QGuiApplication.clipboard().clear()
    window.actions_by_id["copy_picture"].trigger()
    assert QGuiApplication.clipboard().image().width() > 100
    QGuiApplication.clipboard().clear()
    window.graph.copy_wanted.emit()
    assert QGuiApplication.clipboard().image().width() > 100

    def too_large(_: object) -> None:
        raise OSError("a picture of 1 x 1 px does not fit into memory")

    monkeypatch.setattr("gui.export.pictures.copy_picture", too_large)
    window.actions_by_id["copy_picture"].trigger()
    assert told == ["The picture was not copied: a picture of 1 x 1 px does not fit into memory"]


def test_each_need_says_why_in_words(qapp: object) -> None:
    session = Session()
    spec = ActionSpec("dance", "&Dance", "Run", "Dance", run=lambda _: None, needs=enabled.recording)
    assert spec.needs is not None and spec.needs(session) == "Nothing has run yet"
    assert enabled.training(session).startswith("Only a training")
    assert enabled.program(session) == enabled.unsaved(session) == enabled.one_program(session) == ""
