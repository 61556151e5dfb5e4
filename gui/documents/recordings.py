"""Recordings as files and from scripts: opening, saving, recording, and back to the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.errors import RecordingFileError
from engine.files.places import SUFFIX
from engine.lessons.examples import TRAINING_FILE
from engine.recording import Recording
from gui.documents.documents import Dialogs, Documents
from gui.documents.kept_recordings import KeptRecordings
from gui.documents.scripts.scripts import Scripts
from gui.documents.underway import Underway
from gui.look.theme import ThemeManager
from gui.session.session import Session
from gui.session.settings import Settings
from gui.session.subject import Opened
from gui.work.recording_files import RecordingFiles

LOOK_AGAIN = 2000
"""Milliseconds between two looks for a recording that a killed window left behind, while it is being written."""


class Recordings(QObject):
    """What the window does with recordings. Opening one runs no code; recording a script that came with one asks first.

    The recording of a script is in no file of the user's until it is saved; before it gives way to something else, the user is
    asked. Until then it is kept in the application's data folder, and the next window offers it if this one is killed.

    Signals
    -------
    all_saved()
        Nothing is being written any more, and all of it was written.
    """

    all_saved = Signal()

    def __init__(
        self,
        session: Session,
        files: RecordingFiles,
        documents: Documents,
        dialogs: Dialogs,
        settings: Settings,
        theme: ThemeManager,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._files = files
        self._documents = documents
        self._dialogs = dialogs
        self._kept = KeptRecordings(documents.unsaved_folder / "recordings")
        self._written: set[str] = set()
        """Files that scripts have written and handed over."""
        self.scripts = Scripts(session, documents, dialogs, settings, theme, self._kept.place, window)
        self.underway = Underway(files, self.scripts, self)
        self._restored: dict[str, str] = {}
        """The scripts of what comes back after a kill, by the file that is being read."""
        self._left: dict[str, Opened] = {}
        """Recordings that are being saved while something else is shown already, by file."""
        self._look_again = QTimer(self)
        self._look_again.setSingleShot(True)
        self._look_again.setInterval(LOOK_AGAIN)
        self._look_again.timeout.connect(self.offer_left)
        session.opened_changed.connect(self._tidy)
        documents.recording_wanted.connect(self.open)
        documents.written.connect(self.underway.tell_saved)
        session.text_replaced.connect(self._program_wanted)
        files.opened.connect(self._opened)
        files.not_opened.connect(self._not_opened)
        files.saved.connect(self._saved)
        files.not_saved.connect(self._not_saved)
        self.scripts.recorded.connect(self._recorded)

    # Opening -----------------------------------------------------------------------------------------------------

    @Slot(str)
    def open(self, path: str) -> None:
        """Read the file at ``path``, then show it; the recording shown before may have to be saved first."""
        if Path(path).is_file():
            self._files.open(path)
            return
        self._documents.forget(path)
        reason = "it is a folder" if Path(path).is_dir() else "there is no such file. It may have been moved or renamed"
        self._dialogs.say("The recording was not opened", f"{path} cannot be opened: {reason}.")

    @Slot(str, object)
    def _opened(self, path: str, recording: Recording) -> None:
        script, clean = self.scripts.arriving.get(path, ("", False))
        restored = self._restored.get(path, "")
        if script or restored:
            if script:
                self._show_recorded(path, script, clean, recording)
            elif self.may_leave():
                self._show(Opened(recording, "", Path(restored).name, restored, kept=path))
            self.scripts.arriving.pop(path, None)
            self._restored.pop(path, None)
            self._tidy()
        elif self.may_leave():
            self._documents.remember(Path(path))
            self._show(Opened(recording, path, Path(path).name, left_at=self._documents.places.left_at(path)))

    def _show(self, opened: Opened) -> None:
        self._session.set_mode("explore")
        self._session.set_opened(opened)

    @Slot(str, object)
    def _not_opened(self, path: str, problem: RecordingFileError) -> None:
        script, _ = self.scripts.arriving.pop(path, ("", False))
        self._restored.pop(path, "")
        if script and self.scripts.dialog is not None:
            self.scripts.dialog.say(f"The recording cannot be shown: {problem}")
        else:
            self._dialogs.say("The recording was not opened", str(problem))

    # Saving ------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the opened recording again where it came from, or ask for a file."""
        opened = self._session.opened
        if opened is not None and opened.path:
            self._files.save(opened.recording, opened.path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file and write the shown recording to it."""
        recording = self._session.recording
        if recording is None:
            self._dialogs.say("Nothing to save yet", "There is no recording yet: run a program first.")
            return
        path = self._dialogs.choose_recording(self.suggestion(SUFFIX))
        if path:
            self._files.save(recording, path)

    def suggestion(self, ending: str) -> str:
        """Where a file with ``ending`` made of what is shown belongs: beside its recording, script or program, by its name."""
        subject = self._session.subject
        if subject.has_epochs:
            return str(self._documents.folder / Path(TRAINING_FILE).with_suffix(ending))
        return str(self._beside(subject.opened, ending))

    def _beside(self, opened: Opened | None, ending: str) -> Path:
        if opened is not None and opened.path:
            return Path(opened.path).with_suffix(ending)
        stem = Path(opened.name if opened is not None else self._documents.name).stem
        folder = Path(opened.script).parent if opened is not None and opened.script else self._documents.folder
        return folder / f"{stem}{ending}"

    @Slot(str, object)
    def _saved(self, path: str, recording: Recording) -> None:
        self._left.pop(path, None)
        self._documents.remember(Path(path))
        opened = self._session.opened
        if opened is not None and opened.recording is recording:
            self._session.set_saved(path)
        self._tidy()
        self.underway.tell_saved(Path(path).name)
        if not self._files.busy_saving:
            self.all_saved.emit()

    @Slot(str, object, object)
    def _not_saved(self, path: str, recording: Recording, problem: RecordingFileError) -> None:
        left = self._left.pop(path, None)
        self._dialogs.say("The recording was not saved", f"{problem} Choose another place for it with Save recording….")
        if left is not None:
            # It exists nowhere else, so it comes back.
            self._show(left)

    def may_leave(self) -> bool:
        """True if the shown recording may go: it is in a file, or the user has just saved or discarded it."""
        opened = self._session.opened
        if opened is None or opened.path or any(item.recording is opened.recording for item in self._left.values()):
            return True
        answer = self._dialogs.ask_to_keep(opened.name)
        if answer != "save":
            return answer == "discard"
        path = self._dialogs.choose_recording(str(self._beside(opened, SUFFIX)))
        if path:
            self._left[path] = opened
            self._files.save(opened.recording, path)
        return bool(path)

    @property
    def saving(self) -> bool:
        """Whether something is still being written."""
        return self._files.busy_saving

    @Slot()
    def close_recording(self) -> None:
        """Show the program again."""
        if self.may_leave():
            self._session.set_opened(None)

    @Slot()
    def _program_wanted(self) -> None:
        """Another program was loaded, and should be shown."""
        if self._session.opened is not None:
            self.close_recording()

    # Recorded scripts -----------------------------------------------------------------------------------------------------

    @Slot(str)
    def _recorded(self, path: str) -> None:
        self._written.add(path)
        self._files.open(path)

    def _show_recorded(self, path: str, script: str, clean: bool, recording: Recording) -> None:
        dialog, shown = self.scripts.dialog, self._session.opened
        assert dialog is not None
        if not recording.operations:
            nothing = "no PyTorch operation was seen on its main thread, so there is nothing to show"
            dialog.say(f"{dialog.script.told} But {nothing}." if dialog.script.told else f"The script has ended; {nothing}.")
            dialog.release()
            return
        # A script that is recorded once more takes its own place, without a question.
        if (shown is None or shown.script != script) and not self.may_leave():
            dialog.offer(path)
            return
        ended = "" if recording.failed else dialog.script.ended
        self._show(Opened(recording, "", Path(script).name, script, kept=path, ended=ended))
        if dialog.offered:
            dialog.tell_shown()
        dialog.release()
        if clean:
            dialog.close()

    # What a killed window left -----------------------------------------------------------------------------------

    @Slot()
    def offer_left(self) -> bool:
        """Offer what a killed window had recorded and not saved; True if it is about to come back."""
        self._look_again.stop()  # not while the question is open
        found, waits = self._kept.left_behind()
        for left in found:
            if not self._dialogs.ask_to_restore_recording(Path(left.script).name):
                self._kept.discard(left)
                continue
            try:
                path = self._kept.adopt(left)
            except OSError as error:
                self._dialogs.say("The recording was not restored", f"It is in {left.path}: {error}.")
                continue
            self._restored[path] = left.script
            self._written.add(path)
            self._files.open(path)
            return True
        if waits:
            self._look_again.start()
        return False

    @Slot()
    def _tidy(self) -> None:
        """Remove what was kept of recordings that the user has saved or discarded."""
        wanted = {*self.scripts.arriving, *self._restored, "" if self.scripts.dialog is None else self.scripts.dialog.offered}
        for opened in (self._session.opened, *self._left.values()):
            if opened is not None and not opened.path:
                wanted.add(opened.kept)
        for path in self._written - wanted:
            self._kept.drop(path)
        self._written &= wanted

    def close(self) -> bool:
        """The window closes: end a script that runs, finish writing; True when the thread has ended."""
        self.underway.close()
        self._look_again.stop()
        self.scripts.close()
        ended = self._files.close()
        self._kept.close()
        return ended
