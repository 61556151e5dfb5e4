"""Keeps runs by itself, as an editor keeps a buffer: written away on a thread, and there at the next start."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.errors import Cancelled, EngineError, RecordingFileError
from engine.training.table_files.form import FileRefused
from gui.documents.runs.kept import MOST_BYTES, KeptRuns
from gui.session.runs import MOST, Run
from gui.session.session import Session
from gui.work.newest_wins import Cancel, Job, NewestWins

if TYPE_CHECKING:
    from gui.documents.runs.filed import Kept

REST = 1000
"""Milliseconds after which a run that rests is written."""
WHILE_RUNNING = 20_000
"""Milliseconds between two times that a run is written while it is trained, so that a power cut costs no more."""
SHARE = 30
"""How many times as long as the last writing took that is at the least."""
SMALL = 1024 * 1024
"""Bytes up to which a table goes along with each run that was trained on it; of a larger one the hash does."""
CLOSE_WITHIN = 60_000
"""Milliseconds that closing waits for what is being written."""


@dataclass(slots=True)
class _Written:
    """What came of writing: what was found out of the data of each run, which were not written, and why."""

    known: dict[Run, tuple[str, int, str]] = field(default_factory=dict)
    failed: list[Run] = field(default_factory=list)
    why: str = ""
    dropped: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Found:
    """What was left behind: each run with its file's name and the file that its code came with; what could not be read."""

    runs: list[tuple[Run, str, str]] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)


class RunKeeper(QObject):
    """Follows the runs of ``session``. Nothing is read before Train is shown for the first time.

    Signals
    -------
    told(str text)
        Something that the user should know, once.
    crashed(str traceback)
        A fault of ours on the thread.
    """

    told = Signal(str)
    crashed = Signal(str)

    def __init__(self, session: Session, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runs = session, session.runs
        self._tables = folder / "tables of runs"
        self._store = KeptRuns(folder / "runs")
        self._names: dict[Run, str] = {}
        """The files of runs, by the runs."""
        self._marks: dict[Run, Hashable] = {}
        """What each file says."""
        self._sought = self._busy = self._failed = False
        self._seconds = 0.0
        self._work = NewestWins("kept runs", self)
        self._work.crashed.connect(self.crashed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.keep)
        session.mode_changed.connect(self._seek)
        session.run.changed.connect(self._seek)
        session.run.refused_changed.connect(self._seek)
        session.run.changed.connect(self._wait)
        session.run.state_changed.connect(self._rests)
        self._runs.changed.connect(self._rests)
        self._runs.dropped.connect(self._tell_dropped)

    # Writing -----------------------------------------------------------------------------------------------------

    @Slot()
    def _wait(self) -> None:
        if not self._timer.isActive():
            late = max(WHILE_RUNNING, round(1000 * SHARE * self._seconds))
            self._timer.start(late if self._session.run.running else REST)

    @Slot()
    def _rests(self) -> None:
        if not self._session.run.running:
            self._timer.start(REST)
        else:
            self._wait()

    def _mark(self, run: Run) -> Hashable:
        """What of ``run`` is written: as long as this stays, so does its file."""
        seen = run.own_name, run.number, run.shown
        return *seen, run.state, run.stopped, run.epochs, run.begins, self._asks_first(run)

    def _asks_first(self, run: Run) -> str:
        codes = {config.code for config in (run.config, *run.configs.values()) if config.code}
        return next((file for code in codes if (file := self._session.run.own_code.asks_first(code))), "")

    @Slot()
    def keep(self) -> None:
        """Write what changed."""
        if self._busy:
            self._timer.start(REST)
            return
        self._put()

    def _put(self) -> None:
        from gui.documents.runs.filed import kept

        rows = [run for run in self._runs.rows if run.is_trained and not run.passing]
        gone = [self._names.pop(run) for run in list(self._names) if run not in self._runs.rows]
        self._marks = {run: mark for run, mark in self._marks.items() if run in self._names}
        changed = []
        for run in rows:
            mark = self._mark(run)
            if self._marks.get(run) != mark and (run.configs or run is self._runs.current):
                name = self._names.setdefault(run, KeptRuns.name())
                self._marks[run] = mark
                changed.append((run, name, kept(run, self._asks_first(run))))
        if changed or gone:
            self._busy = True
            job = Job(lambda _: self._write(changed, gone), self._done, self._not_done, must=True)
            self._work.put(job)

    def _write(self, changed: Sequence[tuple[Run, str, Kept]], gone: Sequence[str]) -> _Written:
        """On the thread."""
        made, began = _Written(), time.monotonic()
        self._store.forget(gone)
        for run, name, this in changed:
            try:
                made.known[run] = self._write_one(name, this)
            except (RecordingFileError, FileRefused, EngineError, ValueError, OSError, MemoryError) as error:
                made.failed.append(run)
                made.why = _reason(error)
        made.dropped, made.seconds = self._store.bound(), time.monotonic() - began
        return made

    def _write_one(self, name: str, this: Kept) -> tuple[str, int, str]:
        from engine.training.run_files.files import save_runs
        from gui.documents.runs.filed import filed

        path, config = self._store.path(name), this.configs[1]
        if config.data == "file":
            table = Path(str(config.get("path")))
            there = table.is_file()
            if not there and path.exists():
                return this.data, this.rows, this.torch  # what was written of it has the table, perhaps the last that does
            with_data = there and table.stat().st_size <= SMALL
        else:
            with_data = False
        file, tables = filed([this], with_data, lambda: False)
        save_runs(file, path, tables)
        return file.data[0].sha256, file.data[0].rows, file.torch

    def _done(self, made: _Written) -> None:
        self._busy, self._seconds = False, made.seconds
        for run, known in made.known.items():
            run.data, run.rows, run.torch = known
        for run in made.failed:
            self._marks.pop(run, None)
        if made.failed and not self._failed:
            self._failed = True
            self.told.emit(f"Runs cannot be kept for the next start: {made.why} They stay until Gradwalk is closed; save them.")
        elif made.dropped:
            self.told.emit(
                f"Kept runs took more than {MOST_BYTES >> 20} MB: the {_oldest(made.dropped)} not kept for the next start."
            )

    def _not_done(self, _error: Exception) -> None:
        self._busy = False

    @Slot(str)
    def _tell_dropped(self, name: str) -> None:
        self.told.emit(f"There are more than {MOST} runs: the oldest, {name}, gave way.")

    # Reading -----------------------------------------------------------------------------------------------------

    @Slot()
    def _seek(self) -> None:
        """Train is shown, and what it begins with is there, so that nothing else is imported now: look what was left behind."""
        run = self._session.run
        if not self._sought and self._session.mode == "train" and (run.latest is not None or run.refused):
            self._sought = True
            self._work.put(Job(self._read, self._show, lambda _: None))

    def _read(self, cancel: Cancel) -> _Found:
        """On the thread."""
        from engine.training.run_files.files import open_runs
        from gui.documents.runs.filed import opened

        found = _Found()
        for path in self._store.adopt():
            try:
                file, tables = open_runs(path, cancel)
                for run in opened(file, tables, self._tables):
                    found.runs.append((run, path.name, file.runs[0].came_with))
            except (RecordingFileError, ValueError) as error:
                if isinstance(error.__cause__, PermissionError):
                    continue
                found.damaged.append(self._store.put_aside(path))
            except (OSError, MemoryError):
                continue  # it may be read another time
            if cancel():
                raise Cancelled
        return found

    def _show(self, found: _Found) -> None:
        own_code = self._session.run.own_code
        for run, name, came_with in found.runs:
            self._names[run] = name
            for config in run.told.values():
                if came_with:
                    own_code.came(config.code, came_with)
        if found.runs:
            left_out = self._runs.restore([run for run, *_ in found.runs])
            for run, *_ in found.runs:
                self._marks[run] = self._mark(run)
            if left_out:
                self.told.emit(f"There are more than {MOST} runs: the {_oldest(left_out)} not kept any longer.")
            self._rests()
        if found.damaged:
            count = len(found.damaged)
            which = "1 run that was kept cannot be read and was" if count == 1 else f"{count} kept runs cannot be read and were"
            self.told.emit(f"{which} put aside, into {found.damaged[0].parent}.")

    # The end -----------------------------------------------------------------------------------------------------

    def close(self) -> bool:
        """Write what was not yet, and wait for it; True when the thread has ended."""
        self._timer.stop()
        if self._work.closed:
            return self._work.wait(CLOSE_WITHIN)
        self._put()
        if self._work.running or not self._work.empty:
            self._work.put(Job(lambda _: self._store.close(), lambda _: None, lambda _: None, must=True))
        return self._work.close(CLOSE_WITHIN)


def _oldest(count: int) -> str:
    return "oldest one is" if count == 1 else f"{count} oldest are"


def _reason(error: Exception) -> str:
    """Why, without the name that we gave the file."""
    if isinstance(error, OSError):
        return f"{error.strerror or error}."
    if isinstance(error, MemoryError):
        return "there is not enough memory for it."
    text = str(error)
    return text.partition(" cannot be written: ")[2] or text
