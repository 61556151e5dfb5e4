"""Long recordings that are no longer shown give their memory back in a thread of their own.

A recording of a hundred thousand operations is some millions of objects. If the last reference goes in the window's thread, the
window does not respond until all of them are gone.
"""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QObject, QTimer, Slot

from engine.explain.preparing import MANY_MOMENTS
from engine.recording import Recording
from engine.runtime.collector import let_go
from engine.runtime.stacks import start
from gui.session.session import Session

EVERY = 3000
"""Milliseconds between two looks at whether anyone else still holds what was left; its successor is placed and drawn first."""
_OWN = 2
"""References to a recording in a list: the list's, and that of the call that counts them."""


class Releaser(QObject):
    """Holds what the session has left until nothing else does, and then takes it apart."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: Recording | None = None
        self._left: list[Recording] = []
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)
        session.recording_changed.connect(self._recording_changed)

    @Slot()
    def _recording_changed(self) -> None:
        before, self._shown = self._shown, self._session.recording
        self._left = [item for item in self._left if item is not self._shown]
        if before is not None and before is not self._shown and before.end > MANY_MOMENTS:
            self._left.append(before)
            self._timer.start()

    @Slot()
    def look(self) -> None:
        """Let go of what nothing else holds."""
        for number in reversed(range(len(self._left))):
            if sys.getrefcount(self._left[number]) <= _OWN:
                self._begin(self._left.pop(number))
        if not self._left:
            self._timer.stop()

    def _begin(self, recording: Recording) -> None:
        given = [recording]
        del recording
        thread = threading.Thread(target=lambda: let_go(given.pop()), name="releasing", daemon=True)
        if not start(thread):
            thread.start()

    def close(self) -> None:
        """Stop looking: the process is ending."""
        self._timer.stop()
