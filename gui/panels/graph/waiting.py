"""What the canvas says while it has no graph: what is waited for, or that there is none."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from gui.panels.graph.canvas.overlays import Progress
from gui.session.session import Session

BEGIN = "Type a program, or choose a preset"
"""What stands where an empty program's graph would be."""


class Waiting(QObject):
    """Follows the session from the start of PyTorch to the first graph; ``sign`` stands in the middle of the canvas."""

    def __init__(self, session: Session, sign: Progress, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._sign = session, sign
        self._warm = False
        sign.set_text("starting PyTorch…")
        session.problem_changed.connect(self._problem_changed)
        session.busy_changed.connect(self._busy_changed)

    def show_arrived(self, empty: bool) -> None:
        """There is a recording; ``empty``: of a program without a graph to draw."""
        if empty:
            self._sign.set_text(BEGIN if self._session.problem is None else "no graph yet", busy=False)
        else:
            self._sign.hide()

    @Slot()
    def engine_ready(self) -> None:
        """PyTorch is there: the first graph now waits for the program only."""
        self._warm = True
        self._busy_changed(True)

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if self._warm and self._session.recording is None and self._session.problem is None:
            self._sign.set_text("running the program…" if busy else "no graph yet", busy=busy)

    @Slot()
    def _problem_changed(self) -> None:
        recording = self._session.recording
        if (recording is None or not recording.graph.cards) and self._session.problem is not None:
            self._sign.set_text("no graph yet", busy=False)
