"""What the window does with files of runs: saving, opening, and training a run again, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import EngineError, RecordingFileError
from engine.training.run_files import SUFFIX
from engine.training.run_files.files import open_runs, save_runs
from engine.training.table_files.form import FileRefused
from gui.documents.documents import Dialogs, Documents
from gui.documents.runs.filed import filed, kept, opened, replay, tables_of
from gui.session.runs import Run
from gui.session.session import Session
from gui.work.newest_wins import Cancel
from gui.work.one_at_a_time import OneAtATime

if TYPE_CHECKING:
    from gui.documents.runs.filed import Again

_EXPECTED = (RecordingFileError, FileRefused, EngineError, ValueError)
NAMED = 3
"""How many tables are named in the question whether they are saved, too."""


class RunFiles(OneAtATime):
    """Saves and opens runs of ``session``, and trains them again.

    Signals
    -------
    saved(str name)
        A file of that name was written.
    added(str text)
        Runs were opened: how many, and from where.
    replayed(object run, str text)
        A run was trained again: whether it came out the same.
    """

    saved = Signal(str)
    added = Signal(str)
    replayed = Signal(object, str)

    def __init__(self, session: Session, documents: Documents, dialogs: Dialogs, parent: QObject) -> None:
        super().__init__("run files", parent)
        self._session, self._documents, self._dialogs = session, documents, dialogs

    @Slot(object)
    def save(self, runs: Sequence[Run]) -> None:
        """Ask for a file, and whether tables go into it, and write these runs."""
        trained = [run for run in runs if run.is_trained and (run.configs or run is self._session.runs.current)]
        if not trained:
            self._dialogs.say("Nothing to save yet", "There is no run that was trained. Train at least one epoch.")
            return
        tables = tables_of(trained)
        with_data = False
        if tables:
            names = ", ".join(path.name for path in tables[:NAMED]) + (" and others" if len(tables) > NAMED else "")
            answer = self._dialogs.ask_to_include(names, sum(path.stat().st_size for path in tables))
            if answer == "cancel":
                return
            with_data = answer == "with"
        stem = trained[0].name if len(trained) == 1 else "runs"
        name = self._dialogs.choose_runs(str(self._documents.folder / f"{_file_name(stem)}{SUFFIX}"))
        if not name:
            return
        path, these = Path(name), [kept(run) for run in trained]

        def write(cancel: Cancel) -> None:
            file, parts = filed(these, with_data, cancel)
            save_runs(file, path, parts)

        def done(_: object) -> None:
            self._documents.remember(path)
            self.saved.emit(path.name)

        failed = self._failed("The runs were not saved")
        self._begin(write, done, failed, (f"Saving {path.name}…", "Do not save it"), _EXPECTED, must=True)

    @Slot(str)
    def open(self, path: str) -> None:
        """Read the file at ``path``, and show its runs below the others."""
        folder = self._documents.unsaved_folder / "tables of runs"

        def read(cancel: Cancel) -> list[Run]:
            return opened(*open_runs(Path(path), cancel), folder)

        def done(runs: list[Run]) -> None:
            coded = [run for run in runs if any(config.code for config in run.told.values())]
            if coded and not self._dialogs.ask_to_keep_code(Path(path).name):
                runs = [run for run in runs if run not in coded]
            for config in (config for run in runs for config in run.told.values()):
                self._session.run.own_code.came(config.code, Path(path).name)
            self._documents.remember(Path(path))
            self._session.runs.add(runs)
            count = "1 run was" if len(runs) == 1 else f"{len(runs)} runs were"
            self.added.emit(f"{count} opened from {Path(path).name}.")

        def failed(words: str) -> None:
            if not Path(path).exists():
                self._documents.forget(path)
            self._dialogs.say("The runs were not opened", words)

        self._begin(read, done, failed, (f"Opening {Path(path).name}…", "Do not open it"), _EXPECTED)

    @Slot(object)
    def replay(self, run: Run, then: Callable[[], object] | None = None) -> None:
        """Train ``run`` again, beside whatever the window shows, and say whether it came out exactly the same.

        With ``then``, which is called where it did, only what went otherwise is said.
        """
        this = kept(run)

        def done(found: tuple[str, Again | None]) -> None:
            otherwise, again = found
            if run.snapshots is None and again is not None:
                run.snapshots, run.numbers = again.snapshots, again.numbers  # so that it can be shown and gone on from
                self._session.runs.changed.emit()
            if then is not None and not otherwise:
                then()
                return
            epochs = "1 epoch" if run.epochs == 1 else f"{run.epochs:,} epochs"
            same = f"{run.name} came out exactly the same: {epochs}, digit by digit."
            self.replayed.emit(run, same if not otherwise else f"{run.name} came out otherwise: {otherwise}.")

        failed = self._failed("The run was not trained again")
        told = f"Training {run.name} again…", "Stop training it"
        self._begin(lambda cancel: replay(this, cancel), done, failed, told, _EXPECTED)

    def _failed(self, title: str) -> Callable[[str], None]:
        return lambda words: self._dialogs.say(title, words)


def _file_name(stem: str) -> str:
    """What a file may be called on every system."""
    return "".join(letter if letter.isalnum() or letter in " -_.()" else "_" for letter in stem).strip(" .") or "run"
