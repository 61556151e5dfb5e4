"""Finite differences off the GUI thread: real runs of the program with one number nudged."""

from __future__ import annotations

import traceback
from threading import Condition

from PySide6.QtCore import QObject, QThread, Signal, Slot

from engine.errors import Cancelled
from engine.explain import finite_difference
from engine.recording import Recording

CLOSE_WITHIN = 1200
"""Milliseconds that ``close`` waits; a program that runs is cancelled at its next operation."""


class _Worker(QThread):
    """Checks one leaf after the other; of what waits only the newest is kept."""

    found = Signal(object, int, object)
    crashed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("checks")
        self._change = Condition()
        self._wanted: tuple[Recording, int] | None = None
        self._closed = False

    def put(self, recording: Recording, variable: int) -> None:
        with self._change:
            self._wanted = (recording, variable)
            self._change.notify()

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify()

    def _gives_way(self) -> bool:
        return self._closed or self._wanted is not None

    def run(self) -> None:
        from engine.program import run_program
        from engine.training import adopt_thread_count

        adopt_thread_count()
        while True:
            with self._change:
                while self._wanted is None and not self._closed:
                    self._change.wait()
                if self._closed or self._wanted is None:
                    return
                (recording, variable), self._wanted = self._wanted, None
            try:
                result = finite_difference(
                    lambda text: run_program(text, cancel=self._gives_way, local_derivatives=False), recording, variable
                )
            except Cancelled:
                continue
            except Exception:
                self.crashed.emit(traceback.format_exc())
                continue
            self.found.emit(recording, variable, result)


class CheckJobs(QObject):
    """Asks for finite differences.

    Signals
    -------
    found(Recording, int, FiniteDifference)
        The check of that leaf of that recording.
    crashed(str traceback)
        A fault of ours.
    """

    found = Signal(object, int, object)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None

    @Slot(object, int)
    def ask(self, recording: Recording, variable: int) -> None:
        """Check leaf ``variable`` of ``recording``; the thread starts with the first question."""
        if self._worker is None:
            self._worker = _Worker()
            self._worker.found.connect(self.found)
            self._worker.crashed.connect(self.crashed)
            self._worker.start()
        self._worker.put(recording, variable)

    def close(self) -> bool:
        """End the thread; False if it could not be waited for."""
        if self._worker is None:
            return True
        self._worker.close()
        return self._worker.wait(CLOSE_WITHIN)
