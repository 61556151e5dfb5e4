"""The submenu of recent files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gui.window.parts import Parts


class RecentFiles(QObject):
    """Fills the submenu of recent files."""

    def __init__(self, window: Parts, action: QAction) -> None:
        super().__init__(window)
        menu = action.menu()
        assert isinstance(menu, QMenu)
        self._menu = menu
        self._action = action
        self._documents = window.documents
        self._menu.triggered.connect(self._chosen)
        self._documents.recent_changed.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List the recent files as they are now."""
        self._menu.clear()
        for path in self._documents.recent:
            entry = self._menu.addAction(Path(path).name.replace("&", "&&"))
            entry.setToolTip(path)
            entry.setData(path)
        self._action.setEnabled(not self._menu.isEmpty())

    @Slot(QPoint)
    def show_at(self, where: QPoint) -> None:
        """Show the list there, on the screen."""
        self._menu.popup(where)

    @Slot(QAction)
    def _chosen(self, entry: QAction) -> None:
        self._documents.open(str(entry.data()))
