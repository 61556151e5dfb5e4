"""Scripts to record: which one the dialog suggests, what is remembered of it, and whose recording is on its way."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.text.kind import looks_like_a_script
from gui.documents.documents import Dialogs, Documents
from gui.documents.scripts.dialog import ScriptDialog
from gui.documents.scripts.watched import Place, start_script
from gui.look.theme import ThemeManager
from gui.session.session import Session
from gui.session.settings import Settings


class Scripts(QObject):
    """Suggests a script; the user starts it in the dialog.

    Signals
    -------
    recorded(str path)
        The ``.gradwalk`` file of a script that was recorded, which is ``arriving``.
    changed()
        How far a script has come, or whether the dialog shows that.
    """

    recorded = Signal(str)
    changed = Signal()

    def __init__(
        self,
        session: Session,
        documents: Documents,
        dialogs: Dialogs,
        settings: Settings,
        theme: ThemeManager,
        place: Place,
        window: QWidget,
    ) -> None:
        """``place`` says where the recording of a script should be written."""
        super().__init__(window)
        self._session = session
        self._documents = documents
        self._dialogs = dialogs
        self._settings = settings
        self._theme = theme
        self._place = place
        self._window = window
        self.dialog: ScriptDialog | None = None
        self.arriving: dict[str, tuple[str, bool]] = {}
        """The files of recorded scripts that are being read: which script, and whether it ended well."""

    def suggest(self) -> None:
        """Ask for a script to record: first the program that is open if it can run by itself, else the one recorded last."""
        path, note = "", ""
        if self._documents.path is not None and looks_like_a_script(self._session.text):
            path = str(self._documents.path)
            if self._documents.modified:
                note = f"{self._documents.name} has unsaved changes: the file runs as it was last saved."
        self._show_dialog(path or str(self._settings.value("script/path")), note)

    @Slot()
    def suggest_program(self) -> None:
        """Suggest the program that is open as a script, after saving it: what runs is a file."""
        if (self._documents.path is not None and not self._documents.modified) or self._documents.save():
            self._show_dialog(str(self._documents.path))

    @Slot()
    def suggest_again(self) -> None:
        """Suggest the script of the shown recording; of one that may have come with it, say first that its code would run."""
        opened = self._session.opened
        if opened is None:
            return
        source, last = opened.recording.source, str(self._settings.value("script/path"))
        beside = Path(opened.path).parent / Path(source).name
        if opened.script:
            self._show_dialog(opened.script)
        elif opened.path and source and beside.is_file():
            if self._dialogs.ask_to_run(str(beside)):
                self._show_dialog(str(beside))
        elif source and Path(last).name == source:
            self._show_dialog(last)
        else:
            self._show_dialog("", f"{source or 'The script'} is not beside the recording. Choose where it is.")

    def _show_dialog(self, path: str, note: str = "") -> None:
        if self.dialog is None:
            self.dialog = ScriptDialog(self._theme, self._window, partial(start_script, place=self._place))
            keys = ("arguments", "steps", "memory", "python")
            self.dialog.form.set_values(*(self._settings.value(f"script/{key}") for key in keys))
            self.dialog.restoreGeometry(self._settings.value("script/geometry"))
            self.dialog.begun.connect(self._remember_form)
            self.dialog.recorded.connect(self._recorded)
            self.dialog.changed.connect(self.changed)
        self.dialog.form.set_folder(str(self._documents.folder))
        self.dialog.set_script(path, note)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @Slot()
    def _remember_form(self) -> None:
        assert self.dialog is not None
        for key, value in self.dialog.form.values().items():
            self._settings.set_value(f"script/{key}", value)
        self._settings.set_value("last_folder", str(self.dialog.form.folder))

    @Slot(str, str, bool)
    def _recorded(self, path: str, script: str, clean: bool) -> None:
        self.arriving[path] = script, clean
        self.recorded.emit(path)

    @property
    def unseen(self) -> str:
        """How far a script has come that runs while its dialog is hidden; empty if none does."""
        hidden = self.dialog is not None and self.dialog.script.running and not self.dialog.isVisible()
        return self.dialog.script.progress if self.dialog is not None and hidden else ""

    def stop(self) -> None:
        """Interrupt the script that is running, and keep what has been recorded so far."""
        if self.dialog is not None:
            self.dialog.script.stop()

    def may_end(self) -> bool:
        """True if the window may close: no script is running, or the user ends it."""
        dialog = self.dialog
        return dialog is None or not dialog.script.running or self._dialogs.ask_to_end(Path(dialog.form.path.text()).name)

    def close(self) -> None:
        """The window closes: end a script that runs."""
        if self.dialog is not None:
            self._settings.set_value("script/geometry", self.dialog.saveGeometry())
            self.dialog.end()
