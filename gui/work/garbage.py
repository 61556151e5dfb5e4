"""Python's cyclic garbage, collected in the window's thread only.

A collection runs in whatever thread happens to make the next object. If it finds a widget, Qt takes that apart in the same
thread, holding a lock of its own, and waits for the interpreter's, which the window's thread may hold while it waits for Qt's.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

from engine.runtime import collector

EVERY = 500
"""Milliseconds between two looks."""
SLACK = 20
"""How many times as many new objects as Python itself waits for there must be before a look collects; it scans only those."""


class GarbageKeeper(QObject):
    """Once this exists, Python collects nothing by itself; after ``begin`` this object does, in its own thread.

    What exists at ``begin`` is never scanned: half a million objects of libraries, none of them garbage, which would hold up the
    window for some tenths of a second.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)

    @Slot()
    def begin(self) -> None:
        """Everything is imported: collect from now on."""
        gc.freeze()
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect if there is enough to collect, as Python itself would; not while a thread makes many objects that stay."""
        if collector.resting():
            return
        young, middle, old = gc.get_count()
        first, second, third = gc.get_threshold()
        if young > first * SLACK:
            gc.collect(2 if old > third else 1 if middle > second else 0)

    def stop(self) -> None:
        """Leave collecting to Python again."""
        self._timer.stop()
        gc.enable()
