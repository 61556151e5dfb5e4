"""Qt's own file dialog has the program's look: buttons named by what they do, and icons that are seen in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui.look import style
from gui.look.file_dialog import dress, name_to_open, name_to_save
from gui.look.theme import ThemeManager


def _ink(button: QToolButton) -> QColor:
    """The colour in the middle of the strokes of a button's icon."""
    image = button.icon().pixmap(16, 16).toImage()
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return max((image.pixelColor(x, y) for x, y in points), key=lambda color: color.alpha())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("save", [False, True])
def test_icons_are_seen_and_buttons_say_what_they_do(qtbot: QtBot, theme: str, save: bool) -> None:
    """Back, forward and up were black on dark grey; Cancel had a red cross, Open a folder."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    style.apply(app, ThemeManager(theme))
    dialog = QFileDialog(None, "Open a program")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave if save else QFileDialog.AcceptMode.AcceptOpen)
    qtbot.addWidget(dialog)
    dress(dialog)
    ground = dialog.palette().color(QPalette.ColorRole.Window).lightness()
    for name in ("backButton", "forwardButton", "toParentButton", "newFolderButton", "listModeButton", "detailModeButton"):
        tool = dialog.findChild(QToolButton, name)
        assert tool is not None and tool.toolTip() and abs(_ink(tool).lightness() - ground) > 100, name
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    said = {button.text().replace("&", ""): button for button in box.findChildren(QPushButton)}
    does = "Save" if save else "Open"
    assert set(said) == {does, "Cancel"} and all(button.icon().isNull() for button in said.values())
    assert said[does].property("kind") == "primary"
    style.apply(app, ThemeManager("light"))


def test_what_is_chosen_comes_back(qtbot: QtBot, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def accept(dialog: QFileDialog) -> int:
        seen.append(dialog.windowTitle())
        return 1

    monkeypatch.setattr(QFileDialog, "exec", accept)
    window = QWidget()
    qtbot.addWidget(window)
    chosen = name_to_save(window, "Save the program", f"{tmp_path}/a.py", "Python programs (*.py)")
    assert chosen == f"{tmp_path}/a.py"
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 0)
    assert name_to_open(window, "Open", f"{tmp_path}", "All files (*)") == "" and seen == ["Save the program"]
