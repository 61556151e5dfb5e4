"""A frame of the window while training goes on: no step runs meanwhile, so that they do not wait for each other at each call.

Both hold the interpreter's lock and give it away within every call of Qt's and of torch's. A frame of a hundred such calls took
three times as long while steps ran, and the steps lost all of that time.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QCoreApplication, QEvent

LONGEST = 0.25
"""Seconds that a step waits for a frame at most."""


class Frame:
    """``with frame:`` in the window's thread; the training thread looks at ``wanted`` and then gives way."""

    def __init__(self) -> None:
        self.wanted = False
        self._drawn = threading.Event()

    def __enter__(self) -> None:
        self._drawn.clear()
        self.wanted = True

    def __exit__(self, *_error: object) -> None:
        self.wanted = False
        self._drawn.set()

    def give_way(self) -> None:
        """Wait until the frame is drawn, where there is one."""
        if self.wanted:
            self._drawn.wait(LONGEST)


def paint() -> None:
    """Have the window paint now what has changed, which else waits for its turn in the event loop."""
    for kind in (QEvent.Type.LayoutRequest, QEvent.Type.UpdateRequest):
        QCoreApplication.sendPostedEvents(None, kind.value)
