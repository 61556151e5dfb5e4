"""Threads of the window: each has the stack that recordings of any length need."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread

from engine.runtime.stacks import STACK

__all__ = ["Thread"]


class Thread(QThread):
    """A QThread with a stack of `STACK` bytes: by default it would have what the system gives, which is 512 KiB on macOS."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setStackSize(STACK)
