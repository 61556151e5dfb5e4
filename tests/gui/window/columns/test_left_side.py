"""The tabs beside the code: what is declared there is shown, made when it is wanted, and remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.window.columns.left_side import Beside, LeftSide
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened


@pytest.fixture
def window(opened: Opened) -> MainWindow:
    return opened.show()


def side_of(window: MainWindow, qtbot: QtBot, made: list[str]) -> LeftSide:
    """A left side with a panel that the window does not have."""

    def panel(name: str) -> QWidget:
        made.append(name)
        return QLabel(name)

    beside = [Beside(name, name.title(), lambda name=name: panel(name)) for name in ("setup", "runs", "notes")]  # type: ignore[misc]
    side = LeftSide(window.left, beside, window.code, window.theme, window.settings)
    qtbot.addWidget(side)
    side.show()
    return side


def test_a_panel_is_shown_behind_its_tab_and_remembered(window: MainWindow, qtbot: QtBot) -> None:
    made: list[str] = []
    side = side_of(window, qtbot, made)
    assert not side.tabs.isVisible() and made == []
    side.set_mode("train")
    assert [word.text() for word in side.tabs.words.values()] == ["Setup", "Runs", "Notes", "Code"]
    assert side.tabs.accessibleName() == "Setup, runs, notes or code"
    assert side.tabs.current() == "setup" and made == ["setup"]
    with qtbot.waitSignal(side.made) as told:
        qtbot.mouseClick(side.tabs.words["notes"], Qt.MouseButton.LeftButton)
    assert told.args == ["notes"] and side.panel("notes").isVisible() and made == ["setup", "notes"]
    assert side.panels == [side.panel("setup"), side.panel("notes")]
    again = side_of(window, qtbot, [])
    again.set_mode("train")
    assert again.tabs.current() == "notes"


def test_the_panels_are_made_one_by_one_in_quiet_moments(window: MainWindow, qtbot: QtBot) -> None:
    made: list[str] = []
    side = side_of(window, qtbot, made)
    assert side.make_next() and side.make_next() and not side.make_next() and not side.make_next()
    assert made == ["setup", "runs", "notes"] and not side.tabs.isVisible()


def test_where_the_remembered_tab_is_gone_the_first_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.settings.set_value("training/tab", "a panel of another version")
    side = side_of(window, qtbot, [])
    side.set_mode("train")
    assert side.tabs.current() == "setup"
