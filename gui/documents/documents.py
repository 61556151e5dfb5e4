"""Programs as files: open, save, recent files, the question before changes are lost, unsaved text after a crash."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QIODevice, QObject, QSaveFile, QTimer, Signal, Slot

from engine.files.places import SUFFIX
from engine.lessons.endings import is_lesson
from engine.lessons.examples import DEFAULT, EXAMPLES, Example, by_file, like
from engine.text.kind import LONGEST
from engine.training.run_files import SUFFIX as RUNS
from engine.training.table_files.form import TABLES
from gui.documents.autosave import Autosave
from gui.documents.places import PRESET, Places, missing
from gui.session.session import Session
from gui.session.settings import Settings

"""Ending of files that hold a recording."""
AUTOSAVE_EVERY = 3000
"""Milliseconds between two copies of unsaved text."""


class Dialogs(Protocol):
    """What the documents ask the user. In tests, the test answers."""

    def say(self, title: str, text: str) -> None:
        """Tell ``text``."""

    def ask_to_save(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` the changes of ``name``, which begins a sentence."""

    def ask_to_restore(self, name: str) -> bool:
        """Ask whether to restore the unsaved changes of ``name``, which begins a sentence."""

    def ask_to_restore_recording(self, name: str) -> bool:
        """Ask whether to restore the unsaved recording of the script ``name``."""

    def choose_to_open(self, folder: str) -> str:
        """A file's path, or nothing."""

    def choose_recording_to_open(self, folder: str) -> str:
        """The path of a recording, or nothing."""

    def choose_lesson(self, folder: str) -> str:
        """The path of a file of lessons, or nothing."""

    def choose_lesson_to_save(self, suggestion: str) -> str:
        """A file's path for a lesson, or nothing."""

    def choose_table(self, folder: str) -> str:
        """The path of a text file of numbers, or nothing."""

    def choose_to_save(self, suggestion: str) -> str:
        """A file's path, or nothing."""

    def ask_to_keep(self, name: str) -> str:
        """``save``, ``discard`` or ``cancel`` leaving the recording of the script ``name``."""

    def choose_recording(self, suggestion: str) -> str:
        """A file's path for a recording, or nothing."""

    def choose_runs(self, suggestion: str) -> str:
        """A file's path for runs, or nothing."""

    def ask_to_include(self, names: str, size: int) -> str:
        """``with``, ``without`` or ``cancel``: whether the tables of these names, of so many bytes, are saved with the runs."""

    def ask_to_keep_code(self, name: str) -> bool:
        """Whether runs are opened whose training code was edited, and came with the file ``name``."""

    def ask_to_run(self, script: str) -> bool:
        """Ask whether to run ``script``, which may have come with a recording."""

    def ask_to_end(self, script: str) -> bool:
        """Whether to close the window while ``script`` is being recorded, which ends the script."""

    def ask_to_lose(self, export: str) -> bool:
        """Whether to close the window while the file ``export`` is being written, which leaves no file."""


def called(path: Path | None, name: str) -> str:
    """What questions call the program at the beginning of a sentence: by its file's name only if there is one."""
    example = next((one for one in EXAMPLES if one.file == name), None)
    return name if path is not None else "Your new program" if example is None else f"The example {example.title}"


class FileProblem(Exception):
    """A file could not be read or written; the message is one sentence for the user."""


def read_program(path: str | Path) -> str:
    """The text in ``path``. Raises FileProblem, whose message names the file and the reason."""
    path = Path(path)
    try:
        if path.is_dir():
            raise FileProblem(f"{path.name} is a folder, not a program.")
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileProblem(f"{path} cannot be opened: {reason}.") from error
    if len(data) > LONGEST:
        raise FileProblem(f"{path.name} is larger than {LONGEST // 1000} kB, the most a program may have.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(f"{path.name} is not a text file in UTF-8.") from error
    if "\0" in text:
        raise FileProblem(f"{path.name} is not a text file: it contains null bytes.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_program(path: str | Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, all or nothing. Raises FileProblem."""
    file = QSaveFile(str(path))
    data = text.encode("utf-8", errors="surrogatepass")
    written = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data)
    if not written:
        file.cancelWriting()
    if not (file.commit() and written):
        raise FileProblem(f"{path} cannot be saved: {file.errorString()}.")


class Documents(QObject):
    """The program as a file.

    Signals
    -------
    changed()
        ``name``, ``path`` or ``modified`` changed.
    recent_changed()
        ``recent`` changed.
    written(str name)
        The program was saved in a file of that name.
    recording_wanted(str path)
        The file that was asked for is a recording, not a program.
    table_wanted(str path)
        It is a table of numbers, to train on.
    runs_wanted(str path)
        It holds runs of the training.
    lesson_wanted(str path)
        It holds lessons.
    """

    changed = Signal()
    recent_changed = Signal()
    written = Signal(str)
    recording_wanted = Signal(str)
    table_wanted = Signal(str)
    runs_wanted = Signal(str)
    lesson_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        dialogs: Dialogs,
        settings: Settings,
        autosave: Autosave,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._dialogs = dialogs
        self._settings = settings
        self._autosave = autosave
        self.places = Places(session, settings, self)
        self._saved = session.text
        self._typed = False
        """Whether more than the numbers of the leaves was changed."""
        self._slid = session.text
        """The text as sliders left it, before anything else was changed."""
        self._was_modified = False
        self.path: Path | None = None
        self.name = DEFAULT.file
        session.text_changed.connect(self._text_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(AUTOSAVE_EVERY)
        self._timer.timeout.connect(self.keep_unsaved)

    @property
    def modified(self) -> bool:
        """True while the text differs from the file, or from the preset it began as; there, changes that only sliders made do not
        count."""
        return self._session.text != self._saved and (self._typed or not self._is_preset)

    @property
    def _is_preset(self) -> bool:
        return self.path is None and any(self.name == example.file for example in EXAMPLES)

    @property
    def _place(self) -> str:
        """What the program is called in the list of places; empty for one that has no file."""
        return str(self.path) if self.path is not None else PRESET + self.name if self._is_preset else ""

    @property
    def unsaved_folder(self) -> Path:
        """Where unsaved text is kept."""
        return self._autosave.folder

    @property
    def recent(self) -> list[str]:
        """Paths of the files opened or saved last, the newest first."""
        return list(self._settings.value("recent_files"))

    @property
    def folder(self) -> Path:
        """Where file dialogs begin: beside the program, else where the last file was, else in the home folder."""
        if self.path is not None:
            return self.path.parent
        return Path(str(self._settings.value("last_folder")) or Path.home())

    # Loading -----------------------------------------------------------------------------------------------------

    def load(self, example: Example) -> None:
        """Show ``example`` as a new, unsaved program, without asking."""
        self._adopt(example.text, None, example.file)

    def resume(self) -> str:
        """Show the program that was open last, where it was left; the path of a file that is no longer there, else nothing."""
        last, _ = self.places.last()
        left_at = self.places.left_at(last)
        example = next((one for one in EXAMPLES if last == PRESET + one.file and not one.trains), None)
        if example is not None:
            self._adopt(example.text, None, example.file, left_at)
            return ""
        if last and not missing(last):
            try:
                self._adopt(read_program(last), Path(last), Path(last).name, left_at)
            except FileProblem:
                self.load(DEFAULT)
            return ""
        self.load(DEFAULT)
        self.forget(last)
        return last

    def new(self) -> bool:
        """Start an empty program, after asking; False if the user cancelled."""
        if not self.may_discard():
            return False
        self._adopt("", None, "untitled.py")
        return True

    @Slot(str)
    def choose_preset(self, file: str) -> bool:
        """Show the example in ``file``, after asking; False if the user cancelled."""
        if not self.may_discard():
            self.changed.emit()
            return False
        self.load(by_file(file))
        return True

    def open_dialog(self, what: str = "anything") -> bool:
        """Ask for a file and open it; ``what`` is ``anything``, a ``recording`` or a ``table``."""
        dialogs, folder = self._dialogs, str(self.folder)
        if what == "recording":
            chosen = dialogs.choose_recording_to_open(folder)
        else:
            chosen = dialogs.choose_table(folder) if what == "table" else dialogs.choose_to_open(folder)
        return self.open(chosen) if chosen else False

    def open(self, path: str | Path) -> bool:
        """Open ``path``, after asking; False if the user cancelled or the file has a problem (which is told).

        A recording takes the program's place for a while only, so nothing is asked; nor for a table, which is never read as a
        program, or for runs.
        """
        if is_lesson(path):
            self.lesson_wanted.emit(str(Path(path).absolute()))
            return True
        if Path(path).suffix.lower() == SUFFIX:
            self.recording_wanted.emit(str(Path(path).absolute()))
            return True
        if Path(path).suffix.lower() in TABLES or _holds_table(path):
            self.table_wanted.emit(str(Path(path).absolute()))
            return True
        if Path(path).suffix.lower() == RUNS:
            self.runs_wanted.emit(str(Path(path).absolute()))
            return True
        if not self.may_discard():
            return False
        try:
            text = read_program(path)
        except FileProblem as problem:
            self.forget(str(path))
            self._dialogs.say("The file was not opened", str(problem))
            return False
        path = Path(path).absolute()
        self._adopt(text, path, path.name, self.places.left_at(str(path)))
        self._remember()
        return True

    def _adopt(self, text: str, path: Path | None, name: str, left_at: tuple[int, int] | None = None) -> None:
        self.places.leave_program(self._place)
        self.path, self.name, self._typed = path, name, False
        self._saved = self._slid = text
        self.places.enter_program(self._place)
        self._session.replace_text(text, left_at)
        self._was_modified = False
        self._timer.stop()
        self._autosave.forget()
        self.changed.emit()

    # Saving ------------------------------------------------------------------------------------------------------

    def save(self) -> bool:
        """Save to the file, or ask for one; False if nothing was saved."""
        return self.save_as() if self.path is None else self._write(self.path)

    def save_as(self) -> bool:
        """Ask for a file and save there; False if nothing was saved."""
        chosen = self._dialogs.choose_to_save(str(self.folder / self.name))
        return self._write(Path(chosen).absolute()) if chosen else False

    def _write(self, path: Path) -> bool:
        text = self._session.text
        try:
            write_program(path, text)
        except FileProblem as problem:
            self._dialogs.say("The program was not saved", str(problem))
            return False
        self.path, self.name, self._typed = path, path.name, False
        self._saved = self._slid = text
        self.places.name_program(self._place)
        self._remember()
        self._text_changed(text)
        self.changed.emit()
        self.written.emit(path.name)
        return True

    def may_discard(self) -> bool:
        """True if the text may go: it is saved, or the user has just saved or discarded it."""
        if not self.modified:
            return True
        answer = self._dialogs.ask_to_save(called(self.path, self.name))
        return self.save() if answer == "save" else answer == "discard"

    # Recent files ------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        if self.path is not None:
            self.remember(self.path)

    def remember(self, path: Path) -> None:
        """Put ``path`` first among the recent files."""
        self._settings.add_recent_file(str(path))
        days = [entry for entry in self._settings.value("recent_days") if entry.partition(" ")[2] in self.recent[1:]]
        self._settings.set_value("recent_days", [f"{date.today().isoformat()} {path}", *days])
        self._settings.set_value("last_folder", str(path.parent))
        self.recent_changed.emit()

    def forget(self, path: str) -> None:
        """Take ``path`` off the recent files: the file is gone."""
        if path in self.recent:
            self._settings.set_value("recent_files", [old for old in self.recent if old != path])
            self.recent_changed.emit()

    # Unsaved text ------------------------------------------------------------------------------------------------

    @Slot(str)
    def _text_changed(self, text: str) -> None:
        if text in (self._saved, self._slid):
            self._typed = False
        elif not self._session.immediate or (kept := like(text)) is None or kept.file != self.name:
            self._typed = True
        elif not self._typed:
            self._slid = text
        if self.modified != self._was_modified:
            self._was_modified = self.modified
            if self.modified:
                self._timer.start()
            else:
                self._timer.stop()
                self._autosave.forget()
            self.changed.emit()

    @Slot()
    def keep_unsaved(self) -> None:
        """Copy the unsaved text to the application's data folder."""
        if self.modified:
            self._autosave.keep(self._session.text, self.path, self.name)

    def offer_unsaved(self) -> bool:
        """Offer the text that a crashed window left behind; True if it came back."""
        left = self._autosave.take_left_behind()
        if left is None or left.text == self._session.text or not self._dialogs.ask_to_restore(called(left.path, left.name)):
            return False
        saved = ""
        if left.path is not None:
            try:
                saved = read_program(left.path)
            except FileProblem:
                # The file has gone since then: all of what came back is unsaved.
                saved = ""
        self._adopt(left.text, left.path, left.name)
        self._saved = saved
        self._typed = True
        self._text_changed(left.text)
        return True

    def close(self) -> None:
        """The window closes in an orderly way: nothing needs to be offered again."""
        self._timer.stop()
        self.places.leave_program(self._place)
        self.places.leave_recording()
        self._autosave.close()


def _holds_table(path: str | Path) -> bool:
    """Whether a file that is called neither as a program nor as any of ours holds numbers, as ``iris.data`` does."""
    if Path(path).suffix.lower() in (".py", RUNS):
        return False
    from engine.training.table_files.reading import holds_table  # what reads tables is imported with the first of them

    return holds_table(str(path))
