"""Recordings as files and from scripts: opening, saving, recording, and back to the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from engine.errors import RecordingFileError
from engine.recording import Recording
from gui.documents import RECORDING, Dialogs, Documents
from gui.jobs import RecorderJobs
from gui.script_dialog import ScriptDialog
from gui.session import Opened, Session
from gui.settings import Settings
from gui.theme import ThemeManager


class Recordings(QObject):
    """What the window does with recordings. Opening one runs no code; recording a script that came with one asks first.

    The recording of a script lies in no file until it is saved; before it gives way to something else, the person is asked.
    """

    def __init__(
        self,
        session: Session,
        jobs: RecorderJobs,
        documents: Documents,
        dialogs: Dialogs,
        settings: Settings,
        theme: ThemeManager,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._jobs = jobs
        self._documents = documents
        self._dialogs = dialogs
        self._settings = settings
        self._theme = theme
        self._window = window
        self.dialog: ScriptDialog | None = None
        self._scripts: dict[str, tuple[str, bool]] = {}
        """The files of recorded scripts that are being read: which script, and whether it ended well."""
        documents.recording_wanted.connect(self.open)
        session.text_replaced.connect(self._program_wanted)
        jobs.opened.connect(self._opened)
        jobs.saved.connect(self._saved)
        jobs.file_failed.connect(self._failed)

    # Files -------------------------------------------------------------------------------------------------------

    @Slot(str)
    def open(self, path: str) -> None:
        """Read the file at ``path`` and show it when it is there; the one shown before may have to be saved first."""
        if not Path(path).is_file():
            self._documents.forget(path)
            self._dialogs.say("The recording was not opened", f"{path} cannot be opened: there is no such file.")
        elif self.may_leave():
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
            self._session.set_saved(path)

    @Slot(object)
    def _failed(self, problem: RecordingFileError) -> None:
        self._dialogs.say("Recording", str(problem))

    def save(self) -> None:
        """Write the opened recording again where it came from, or ask for a file."""
        opened = self._session.opened
        if opened is not None and opened.path:
            self._jobs.submit_save(opened.recording, opened.path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file and write the shown recording to it."""
        recording = self._session.recording
        if recording is None:
            self._dialogs.say("Nothing to save yet", "There is no recording yet: run a program first.")
            return
        path = self._ask_for_file()
        if path:
            self._jobs.submit_save(recording, path)

    def _ask_for_file(self) -> str:
        opened = self._session.opened
        if opened is not None and opened.path:
            return self._dialogs.choose_recording(opened.path)
        stem = Path(opened.name if opened is not None else self._documents.name).stem
        return self._dialogs.choose_recording(str(Path(str(self._settings.value("last_folder"))) / f"{stem}{RECORDING}"))

    def may_leave(self) -> bool:
        """True if the shown recording may go: it lies in a file, or the person saved or discarded it just now."""
        opened = self._session.opened
        if opened is None or opened.path:
            return True
        answer = self._dialogs.ask_to_keep(opened.name)
        if answer != "save":
            return answer == "discard"
        path = self._ask_for_file()
        if not path:
            return False
        try:
            opened.recording.save(path)
        except RecordingFileError as problem:
            self._failed(problem)
            return False
        self._saved(path, opened.recording)
        return True

    @Slot()
    def close_recording(self) -> None:
        """Show the program again."""
        if self.may_leave():
            self._session.set_opened(None)

    @Slot()
    def _program_wanted(self) -> None:
        """Another program was loaded, and is to be seen."""
        if self._session.opened is not None:
            self.close_recording()

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
        if self.dialog is not None and not opened.path:
            # It was recorded from here, so the dialog still knows which script and arguments.
            self._show_dialog(self.dialog.path.text())
            return
        script = Path(opened.path).with_name(opened.recording.source)
        if not script.is_file():
            self._show_dialog("")
        elif self._dialogs.ask_to_run(str(script)):
            self._show_dialog(str(script))

    def _show_dialog(self, path: str) -> None:
        if self.dialog is None:
            self.dialog = ScriptDialog(self._theme, self._window)
            self.dialog.recorded.connect(self._recorded)
            self.dialog.set_folder(str(self._settings.value("last_folder")))
        self.dialog.set_script(path)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @Slot(str, str, bool)
    def _recorded(self, path: str, script: str, clean: bool) -> None:
        if self.may_leave():
            self._scripts[path] = script, clean
            self._jobs.submit_open(path)

    def close(self) -> None:
        """The window closes: end a script that runs."""
        if self.dialog is not None:
            self.dialog.close()
