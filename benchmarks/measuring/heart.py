"""The event loop's heartbeat: how long the window did not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.programs.warming import SWITCH_INTERVAL

__all__ = ["SWITCH_INTERVAL", "Heart", "wait"]


class Heart:
    """Notes the longest time between two turns of the event loop, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def reset(self) -> None:
        self.longest, self._last = 0.0, time.perf_counter()


def wait(seconds: float, until: Callable[[], bool] = bool) -> None:
    """Let the event loop run for ``seconds``, or less if ``until`` says so."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and not until():
        QApplication.processEvents()
        time.sleep(0.0005)
