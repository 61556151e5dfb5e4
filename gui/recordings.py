"""Recordings as files and from scripts: opening, saving, recording, and back to the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from engine.errors import RecordingFileError
from engine.recording import Recording
from gui.documents import RECORDING, Documents
from gui.jobs import RecorderJobs
from gui.script_dialog import ScriptDialog
from gui.session import Opened, Session
from gui.settings import Settings
from gui.theme import ThemeManager

FILTER = f"Recordings (*{RECORDING})"


class Recordings(QObject):
    """What the window does with recordings. Opening one runs no code; recording a script from one asks first."""

    def __init__(
        self,
        session: Session,
        jobs: RecorderJobs,
        documents: Documents,
        settings: Settings,
        theme: ThemeManager,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._jobs = jobs
        self._documents = documents
        self._settings = settings
        self._theme = theme
        self._window = window
        self.dialog: ScriptDialog | None = None
        self._scripts: dict[str, tuple[str, bool]] = {}
        """The files of recorded scripts that are being read: which script, and whether it ended well."""
        documents.recording_wanted.connect(self.open)
        session.text_replaced.connect(self.close_recording)
        jobs.opened.connect(self._opened)
        jobs.saved.connect(self._saved)
        jobs.file_failed.connect(self._failed)

    # Files -------------------------------------------------------------------------------------------------------

    @Slot(str)
    def open(self, path: str) -> None:
        """Read the file at ``path`` and show it when it is there."""
        self._jobs.submit_open(path)

    @Slot(str, object)
    def _opened(self, path: str, recording: Recording) -> None:
        script, clean = self._scripts.pop(path, (None, False))
        if script is None:
            self._documents.remember(Path(path))
        if self._session.mode != "explore":
            self._session.set_mode("explore")
        name = Path(script or path).name
        self._session.set_opened(Opened(recording, "" if script is not None else path, name))
        if script is not None and self.dialog is not None:
            self.dialog.release()
            if clean:
                self.dialog.close()

    @Slot(str, object)
    def _saved(self, path: str, recording: Recording) -> None:
        self._documents.remember(Path(path))
        opened = self._session.opened
        if opened is not None and opened.recording is recording:
            self._session.set_opened(Opened(recording, path, Path(path).name))

    @Slot(object)
    def _failed(self, problem: RecordingFileError) -> None:
        QMessageBox.warning(self._window, "Recording", str(problem))

    def save_as(self) -> None:
        """Ask for a file and write the shown recording to it."""
        recording = self._session.recording
        if recording is None:
            QMessageBox.information(self._window, "Nothing to save yet", "There is no recording yet: run a program first.")
            return
        opened = self._session.opened
        stem = Path(opened.name if opened is not None else self._documents.name).stem
        folder = Path(str(self._settings.value("last_folder")))
        path = QFileDialog.getSaveFileName(self._window, "Save the recording", str(folder / f"{stem}{RECORDING}"), FILTER)[0]
        if path:
            self._jobs.submit_save(recording, path if Path(path).suffix else f"{path}{RECORDING}")

    @Slot()
    def close_recording(self) -> None:
        """Show the program again."""
        self._session.set_opened(None)

    # Scripts -----------------------------------------------------------------------------------------------------

    def record_script(self) -> None:
        """Ask for a script to record: first the program that is open, if it is a file."""
        path = self._documents.path
        self._show_dialog(str(path) if path is not None else "")

    @Slot()
    def record_again(self) -> None:
        """Suggest the script of the shown recording, after saying that its code would run."""
        opened = self._session.opened
        if opened is None:
            return
        source = opened.recording.source
        beside = Path(opened.path).with_name(source) if opened.path else Path(source)
        script = beside if beside.is_file() else None
        button = QMessageBox.StandardButton
        if script is None:
            self._show_dialog("")
            return
        answer = QMessageBox.question(
            self._window,
            "Run this script?",
            f"Recording again runs {script} with your rights. It may have come with the recording: "
            "run it only if you know what it does.",
            button.Yes | button.No,
            button.No,
        )
        if answer == button.Yes:
            self._show_dialog(str(script))

    def _show_dialog(self, path: str) -> None:
        if self.dialog is None:
            self.dialog = ScriptDialog(self._theme, self._window)
            self.dialog.recorded.connect(self._recorded)
        self.dialog.set_script(path)
        self.dialog.show()
        self.dialog.raise_()

    @Slot(str, str, bool)
    def _recorded(self, path: str, script: str, clean: bool) -> None:
        self._scripts[path] = script, clean
        self._jobs.submit_open(path)

    def close(self) -> None:
        """The window closes: end a script that runs."""
        if self.dialog is not None:
            self.dialog.close()
