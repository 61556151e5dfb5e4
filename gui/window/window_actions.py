"""What the actions of the window do: one slot for each entry of the table in ``gui.window.actions``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QFileDialog, QLineEdit, QMenu, QPlainTextEdit

from gui.documents.documents import FileProblem, write_program
from gui.session.subject import OpenedRecording
from gui.widgets.question import tell
from gui.window.actions import ACTIONS
from gui.window.dialogs.help import ShortcutsDialog, help_on
from gui.window.dialogs.preferences import Preferences

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

SPECS = {spec.id: spec for spec in ACTIONS}


_OF_A_RECORDING = ("save_recording", "export_picture", "export_recording")
"""What there must be something recorded for."""


class WindowActions(QObject):
    """Slots that need more than one part of the window; the others are bound to their part directly."""

    def __init__(self, window: MainWindow, version: str) -> None:
        super().__init__(window)
        self._window = window
        self._version = version
        window.graph.export_wanted.connect(self.export_picture)
        window.graph.copy_wanted.connect(self.copy_picture)

    def slots(self) -> dict[str, Callable[[], object]]:
        """One slot for every id of ``gui.window.actions.ACTIONS`` that is not a submenu."""
        window, documents, graph, code = self._window, self._window.documents, self._window.graph, self._window.code
        return {
            "new": self.new,
            "open": documents.open_dialog,
            "save": self.save,
            "save_as": self.save_as,
            "fold_modules": window.session.shown.fold_all,
            "unfold_modules": window.session.shown.unfold_all,
            "whole_graph": window.session.shown.show_whole,
            "export_picture": self.export_picture,
            "export_recording": self.export_recording,
            "save_recording": window.recordings.save_as,
            "close_recording": window.recordings.close_recording,
            "record_script": window.recordings.record_script,
            "quit": window.close,
            "undo": code.undo,
            "redo": code.redo,
            "cut": lambda: self.edit("cut"),
            "copy": lambda: self.edit("copy"),
            "paste": lambda: self.edit("paste"),
            "select_all": lambda: self.edit("selectAll"),
            "find": window.search.open,
            "find_next": window.search.find_next,
            "find_previous": window.search.find_previous,
            "preferences": self.preferences,
            "mode_explore": lambda: window.session.set_mode("explore"),
            "mode_train": lambda: window.session.set_mode("train"),
            "zoom_in": graph.zoom_in,
            "zoom_out": graph.zoom_out,
            "zoom_reset": graph.zoom_reset,
            "zoom_fit": graph.fit,
            "next_panel": lambda: window.cycle_panels(True),
            "previous_panel": lambda: window.cycle_panels(False),
            "toggle_training": window.columns.toggle_training,
            "toggle_theme": self.toggle_theme,
            "run_code": window.session.request_run,
            "stop": self.stop,
            "play": window.stepping.player.toggle,
            "step": lambda: window.stepping.player.step(1),
            "step_back": lambda: window.stepping.player.step(-1),
            "next_phase": lambda: window.stepping.player.phase(1),
            "previous_phase": lambda: window.stepping.player.phase(-1),
            "train": lambda: self.in_sight(window.controller.toggle),
            "train_step": lambda: self.in_sight(window.controller.step),
            "train_reset": window.controller.reset,
            "shortcuts": self.shortcuts,
            "about": self.about,
        }

    def new(self) -> None:
        """Start an empty program, with the caret in it."""
        if self._window.documents.new():
            if self._window.session.mode != "explore":
                self._window.session.set_mode("explore")
            self._window.columns.bring_code()
            self._window.code.focus_editor()

    def save(self) -> None:
        """Save what is shown: the program, or the recording that has taken its place."""
        session = self._window.session
        if session.subject.recorded_elsewhere:
            self._window.recordings.save()
        else:
            self._window.documents.save()

    def save_as(self) -> None:
        """The same under another name."""
        session = self._window.session
        if session.subject.recorded_elsewhere:
            self._window.recordings.save_as()
        else:
            self._window.documents.save_as()

    @Slot()
    def follow_shown(self) -> None:
        """Let the actions say what they do with what is shown; those that make no sense for a recording say why."""
        subject = self._window.session.subject
        reasons = {"run_code": "", "save": "", "close_recording": "No recording is shown in the program's place"}
        reasons |= dict.fromkeys(_OF_A_RECORDING, "" if subject.recording is not None else "Nothing has run yet")
        if isinstance(subject, OpenedRecording):
            reasons["close_recording"] = ""
            reasons["run_code"] = "A recording is shown: it has run already. Record script… runs a script once more"
            if subject.opened.path:
                reasons["save"] = "This recording lies in its file already. Save as… makes a copy"
        for key, reason in reasons.items():
            action = self._window.actions_by_id[key]
            action.setEnabled(not reason)
            action.setToolTip(reason or SPECS[key].full_tooltip)
            action.setStatusTip(reason or SPECS[key].tooltip)

    def edit(self, what: str) -> None:
        """``cut``, ``copy``, ``paste`` or ``selectAll`` in the text that has the focus, else in the editor."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractSpinBox):
            focus = focus.lineEdit()
        text = focus if isinstance(focus, (QLineEdit, QPlainTextEdit)) else self._window.code.editor
        getattr(text, what)()

    def in_sight(self, act: Callable[[], object]) -> None:
        """Act on the training where it can be seen: a folded column is brought back first."""
        columns = self._window.columns
        if columns.folded == "training":
            columns.open_training()
            self._window.graph.view.setFocus()
        act()

    @Slot()
    def copy_picture(self) -> None:
        """Put a picture of the graph on the clipboard."""
        from gui.export.pictures import copy_picture

        copy_picture(self._window.graph)

    @Slot()
    def export_picture(self) -> None:
        """Ask for a file and write a picture of the graph to it; say so if that failed."""
        from gui.export.pictures import export_picture

        window = self._window
        suggestion, kinds = window.recordings.suggestion(".svg"), "SVG picture (*.svg);;PNG picture (*.png)"
        name, _ = QFileDialog.getSaveFileName(window.graph, "Export picture", suggestion, kinds)
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.svg")
        try:
            export_picture(window.graph, path)
        except OSError as error:
            tell(window.graph, window.theme, "The picture was not written", str(error))
        else:
            window.recordings.tell_saved(path.name)

    def export_recording(self) -> None:
        """Ask for a file and write the shown recording to it as JSON."""
        recording = self._window.session.recording
        if recording is None:
            tell(self._window, self._window.theme, "Nothing to export yet", "There is no recording yet: run a program first.")
            return
        suggestion = self._window.recordings.suggestion(".json")
        path, _ = QFileDialog.getSaveFileName(self._window, "Export the recording", suggestion, "JSON (*.json)")
        if not path:
            return
        path = path if Path(path).suffix else f"{path}.json"
        try:
            write_program(path, recording.to_json())
        except FileProblem as problem:
            tell(self._window, self._window.theme, "The recording was not exported", str(problem))
        else:
            self._window.recordings.tell_saved(Path(path).name)

    def preferences(self) -> None:
        """Show the preferences."""
        dialog = Preferences(self._window.settings, self._window.theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def toggle_theme(self) -> None:
        """Light instead of dark, or the other way round; the choice is remembered."""
        dark = self._window.theme.current.name == "dark"
        self._window.set_theme("light" if dark else "dark")

    def stop(self) -> None:
        """End the running program, pause the training."""
        self._window.runs.stop()
        self._window.recordings.cancel()
        if self._window.session.run_state == "running":
            self._window.controller.pause()

    def shortcuts(self) -> None:
        """Show the table of keys, and what the control that has the focus is for."""
        ShortcutsDialog(self._window.theme, self._window, help_on(QApplication.focusWidget())).open()

    def about(self) -> None:
        """Say what Gradwalk is, and the licences of what it consists of."""
        from gui.window.dialogs.about import AboutDialog  # and with it importlib.metadata: not at every start

        dialog = AboutDialog(self._window.theme, self._version, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


class RecentFiles(QObject):
    """Fills the submenu of recent files."""

    def __init__(self, window: MainWindow, action: QAction) -> None:
        super().__init__(window)
        menu = action.menu()
        assert isinstance(menu, QMenu)
        self._menu = menu
        self._action = action
        self._documents = window.documents
        self._menu.triggered.connect(self._chosen)
        self._documents.recent_changed.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """Show the files of now."""
        self._menu.clear()
        for path in self._documents.recent:
            entry = self._menu.addAction(Path(path).name.replace("&", "&&"))
            entry.setToolTip(path)
            entry.setData(path)
        self._action.setEnabled(not self._menu.isEmpty())

    @Slot(QAction)
    def _chosen(self, entry: QAction) -> None:
        self._documents.open(str(entry.data()))
