"""Differentiates off the window's thread, so that sympy never holds it up."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.explain.formula.calculus import Derivative, derivatives
from engine.recording import Recording
from gui.work.newest_wins import Cancel, Job, NewestWins, only_told

CLOSE_WITHIN = 5000
"""Milliseconds that ``close`` waits."""


class Calculus(QObject):
    """Only the newest of the waiting recordings is kept.

    Signals
    -------
    done(Recording, tuple of Derivative)
    crashed(str traceback)
        A fault of our own; the next recording is differentiated all the same.
    """

    done = Signal(object, object)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = NewestWins("calculus", self)
        self._work.crashed.connect(self.crashed)

    def put(self, recording: Recording) -> None:
        """Differentiate this in place of one that waits."""

        def run(cancel: Cancel) -> tuple[Recording, tuple[Derivative, ...]]:
            return recording, derivatives(recording, cancelled=cancel)

        self._work.put(Job(run, self._tell, failed=only_told, kind="derivatives"))

    def close(self) -> bool:
        """Give up what is running and wait for the thread; True when it has ended."""
        return self._work.close(CLOSE_WITHIN)

    def _tell(self, found: tuple[Recording, tuple[Derivative, ...]]) -> None:
        self.done.emit(*found)
