"""Widgets that changed all at once are painted one after the other, so that no turn of the event loop paints them all."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

_PAUSE = 1
"""Milliseconds from one to the next: time for input, and for timers."""


class Veil(QObject):
    """Holds back the painting of the widgets it is given, and releases one in each turn of the event loop.

    What a widget showed before stays until then.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered: list[QWidget] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._lift)

    def cover(self, widgets: Iterable[QWidget]) -> None:
        """Hold back ``widgets``, which are then painted in this order; those covered already keep their turn."""
        for widget in widgets:
            if widget not in self._covered:
                widget.setUpdatesEnabled(False)
                self._covered.append(widget)
        self._timer.start()

    def wait(self) -> None:
        """Release no widget in this turn of the event loop, which has enough to do."""
        self._timer.start()

    @Slot()
    def _lift(self) -> None:
        if self._covered:
            self._covered.pop(0).setUpdatesEnabled(True)
        if self._covered:
            self._timer.start()
