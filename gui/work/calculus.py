"""Differentiates on a thread of its own, so that sympy never holds up the window."""

from __future__ import annotations

import traceback
from threading import Condition

from PySide6.QtCore import Signal

from engine.errors import Cancelled
from engine.explain.formula.calculus import derivatives
from engine.recording import Recording
from gui.work.threads import Thread


class CalculusThread(Thread):
    """Differentiates off the GUI thread; of the recordings that wait only the newest is kept.

    Signals, from this thread
    -------
    done(Recording, tuple of Derivative)
    crashed(str traceback)
        A fault of ours; the thread goes on.
    """

    done = Signal(object, object)
    crashed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("calculus")
        self._waiting: Recording | None = None
        self._closed = False
        self._changed = Condition()

    def put(self, recording: Recording) -> None:
        with self._changed:
            self._waiting = recording
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._closed:
                    self._changed.wait()
                if self._closed or self._waiting is None:
                    return
                recording, self._waiting = self._waiting, None
            try:
                found = derivatives(recording, cancelled=self._is_closed)
            except Cancelled:
                return
            except Exception:
                self.crashed.emit(traceback.format_exc())
            else:
                self.done.emit(recording, found)
            del recording  # it may be left while this waits

    def _is_closed(self) -> bool:
        return self._closed
