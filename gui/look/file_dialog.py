"""Questions for a file: the system's own dialog where it has one, else Qt's, in the program's look."""

from __future__ import annotations

from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QHeaderView, QPushButton, QSplitter, QToolButton, QTreeView, QWidget

from gui.look.theme import icon

_SIZE, _PLACES = (860, 540), 150
"""Px of the dialog at the usual font size, and of the list of places in it."""
_TOOLS = {
    "backButton": ("chevron_left", "Back"),
    "forwardButton": ("chevron_right", "Forward"),
    "toParentButton": ("chevron_up", "The folder above"),
    "newFolderButton": ("plus", "New folder"),
    "listModeButton": ("grid", "Names only"),
    "detailModeButton": ("rows", "With size and date"),
}
"""Qt's names of the buttons over the list, with their icon and what they do."""
_NAMES = QFileDialog.FileMode


def name_to_open(parent: QWidget | None, title: str, folder: str, filters: str) -> str:
    """The path of a file that is there, or nothing."""
    return _asked(_dialog(parent, title, folder, filters, "Open"))


def name_to_save(parent: QWidget | None, title: str, suggestion: str, filters: str) -> str:
    """The path of a file to write, or nothing; asks before one that is there is replaced."""
    dialog = _dialog(parent, title, "", filters, "Save")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(_NAMES.AnyFile)
    dialog.selectFile(suggestion)
    return _asked(dialog)


def _dialog(parent: QWidget | None, title: str, folder: str, filters: str, does: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder, filters)
    dialog.setFileMode(_NAMES.ExistingFile)
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, does)
    return dialog


def _asked(dialog: QFileDialog) -> str:
    dress(dialog)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    return chosen[0] if chosen else ""


def dress(dialog: QFileDialog) -> None:
    """Give Qt's own dialog the program's icons and buttons; the system's, which has no parts of Qt, stays as it is."""
    box = dialog.findChild(QDialogButtonBox)
    if box is None:
        return
    for button in box.findChildren(QPushButton):
        button.setIcon(QIcon())
        if box.buttonRole(button) == QDialogButtonBox.ButtonRole.AcceptRole:
            button.setProperty("kind", "primary")
            button.style().unpolish(button)
            button.style().polish(button)
    ink = dialog.palette().color(QPalette.ColorRole.Text)
    for name, (picture, does) in _TOOLS.items():
        tool = dialog.findChild(QToolButton, name)
        if tool is not None:
            tool.setIcon(icon(picture, ink))
            tool.setToolTip(does)
            tool.setAccessibleName(does)
    scale = dialog.fontMetrics().height() / 16
    dialog.resize(round(_SIZE[0] * scale), round(_SIZE[1] * scale))
    dialog.setViewMode(QFileDialog.ViewMode.Detail)
    splitter, tree = dialog.findChild(QSplitter), dialog.findChild(QTreeView)
    if splitter is not None:
        splitter.setSizes([round(_PLACES * scale), dialog.width() - round(_PLACES * scale)])
    if tree is not None:
        head = tree.header()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, wide in ((1, 90), (2, 130), (3, 150)):
            head.resizeSection(column, round(wide * scale))
        tree.setRootIsDecorated(False)
