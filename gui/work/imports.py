"""Imports a module away from the window's thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gui.work.newest_wins import Cancel, Job, NewestWins


class Import(QObject):
    """The import of one module, named by its dotted ``name``.

    Signals
    -------
    finished()
        The module is imported, or cannot be.
    crashed(str traceback)
        The import failed.
    """

    finished = Signal()
    crashed = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._work = NewestWins(f"import {name}", self)
        self._work.crashed.connect(self.crashed)

    def start(self) -> None:
        """Begin; ``finished`` tells when it is done."""
        self._work.put(Job(self._import, self._end, self._end))

    def close(self, milliseconds: int | None = None) -> bool:
        """Wait for the thread, at most so many milliseconds; True when it has ended. It reports nothing any more."""
        return self._work.close(milliseconds)

    def _import(self, cancel: Cancel) -> None:
        __import__(self._name)  # Python's, or the one that knows our modules by private names

    def _end(self, how: object) -> None:
        self.finished.emit()
