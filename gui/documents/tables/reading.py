"""Files of numbers, looked at and read on a thread of their own; the newest request wins."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.training.table_files.form import Columns, FileForm, FileRefused
from engine.training.table_files.kept import columns_of
from engine.training.table_files.reading import look
from gui.work.newest_wins import Cancel, Job, NewestWins

CLOSE_WITHIN = 1000
"""Milliseconds that ``close`` waits."""
TOLD_EVERY = 0.1
"""Seconds between two words on how far the reading is."""


class Tables(QObject):
    """Signals

    looked(object)
        The FileForm of the file that was asked for last.
    read(object)
        The Columns that were asked for last.
    refused(str)
        Why what was asked for last is not available, and what to do.
    progressed(int done, int of)
        So many rows were read, of so many; of 0 where that is not known.
    crashed(str traceback)
        A fault of our own.
    """

    looked = Signal(object)
    read = Signal(object)
    refused = Signal(str)
    progressed = Signal(int, int)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked = 0
        self._work = NewestWins("tables", self)
        self._work.crashed.connect(self.crashed)

    def look(self, path: str, **given: Any) -> None:
        """Find out how the file at ``path`` is written; what is ``given`` is not questioned (see ``engine.training.look``)."""
        self._put(lambda cancel: look(path, **given), self.looked.emit)

    def read_columns(self, form: FileForm, x_columns: tuple[int, ...], y_column: int) -> None:
        """Read these columns, to find out whether they can be trained on."""
        options = form.options(x_columns, y_column)

        def run(cancel: Cancel) -> Columns:
            last = time.monotonic()

            def tell(done: int, of: int) -> None:
                nonlocal last
                if time.monotonic() - last > TOLD_EVERY and not cancel():
                    last = time.monotonic()
                    self.progressed.emit(done, of)

            return columns_of(options, cancel, tell)

        self._put(run, self.read.emit)

    def stop(self) -> None:
        """Give up what runs and what waits, without another word about it."""
        self._asked += 1
        self._work.stop()

    def close(self) -> bool:
        """The same for good, and wait for the thread (at most a second); True when it has ended."""
        return self._work.close(CLOSE_WITHIN)

    def _put(self, run: Callable[[Cancel], FileForm | Columns], done: Callable[[Any], object]) -> None:
        self.stop()
        asked = self._asked

        def tell(result: FileForm | Columns) -> None:
            if asked == self._asked:
                done(result)

        def fail(error: Exception) -> None:
            if asked == self._asked:
                self.refused.emit(str(error))

        self._work.put(Job(run, tell, fail, expected=(FileRefused,)))
