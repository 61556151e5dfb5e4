"""What goes on with files and scripts, in one line, and how it is ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.documents.scripts.scripts import Scripts
from gui.work.recording_files import RecordingFiles

DONE = 4000
"""How long it is said that a file was saved, in ms."""
READ = 12_000
"""How long a sentence stands, in ms."""


class Underway(QObject):
    """Watches the files that are read and written, and the script that runs.

    Signals
    -------
    changed(str text, str end)
        What goes on, or nothing; and what ``end`` would do, in words, if it can be ended.
    other_ended()
        What ``tell_other`` told of is to be ended.
    """

    changed = Signal(str, str)
    other_ended = Signal()

    def __init__(self, files: RecordingFiles, scripts: Scripts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._scripts = scripts
        self._said = ""
        self._other = "", ""
        self._done = QTimer(self)
        self._done.setSingleShot(True)
        self._done.timeout.connect(self._tell)
        files.changed.connect(self._tell)
        scripts.changed.connect(self._tell)

    @Slot(str)
    def tell_saved(self, name: str) -> None:
        """Say for a while that a file ``name`` was written."""
        self._say(f"Saved {name}", DONE)

    @Slot(str)
    def tell_for_a_while(self, text: str) -> None:
        """Say something that nobody has to answer."""
        self._say(text, READ)

    def _say(self, text: str, milliseconds: int) -> None:
        self._said = text
        self._done.start(milliseconds)
        self._tell()

    @Slot(str, str)
    def tell_other(self, text: str, end: str) -> None:
        """Say what else goes on, or with nothing that it is over; ``end`` is what ``end()`` would do to it, in words."""
        self._other = text, end
        self._tell()

    @Slot()
    def _tell(self) -> None:
        if self._files.saving:
            self.changed.emit(f"Saving {Path(self._files.saving).name}…", "")
        elif self._files.opening:
            end = "" if self._files.opening in self._scripts.arriving else "Do not open it"
            self.changed.emit(f"Opening {Path(self._files.opening).name}…", end)
        elif self._scripts.unseen:
            self.changed.emit(self._scripts.unseen, "Stop the script and keep what was recorded so far")
        elif self._other[0]:
            self.changed.emit(*self._other)
        else:
            self.changed.emit(self._said if self._done.isActive() else "", "")

    @Slot()
    def end(self) -> None:
        """End what the line tells of: do not open the file, or stop the script."""
        if self._files.opening:
            self.cancel()
        elif self._scripts.unseen or not self._other[0]:
            self._scripts.stop()
        else:
            self.other_ended.emit()

    def cancel(self) -> None:
        """Do not open the file that is being read; the recording of a script is shown all the same."""
        if self._files.opening and self._files.opening not in self._scripts.arriving:
            self._files.cancel()

    def close(self) -> None:
        """Say nothing more."""
        self._done.stop()
