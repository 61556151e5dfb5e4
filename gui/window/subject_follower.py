"""What stands around the graph follows what is shown: mode, code, title, preset, and which actions make sense."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from engine.lessons import examples
from engine.training.program import program_text
from gui.widgets import Veil
from gui.window.actions.enabled import follow_shown
from gui.window.keyboard.focus import FocusKeeper
from gui.window.parts import Parts


class SubjectFollower(QObject):
    """Listens to the session and the documents, and tells the parts of ``window``."""

    def __init__(self, window: Parts, focus: FocusKeeper) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._focus = focus
        self._veil = Veil(window)
        self._session.mode_changed.connect(self._mode_changed)
        self._session.opened_changed.connect(self._opened_changed)
        self._session.saved_changed.connect(self._document_changed)
        self._session.problem_changed.connect(self._problem_changed)
        self._session.text_changed.connect(self._preset_changed)
        self._session.recording_changed.connect(self._actions_changed)
        self._session.recording_changed.connect(self._training_changed)
        self._session.run.config_changed.connect(self._training_changed)
        self._session.run.changed.connect(self._training_begun)
        self._saves_runs = False
        """Whether there were runs to save when the actions followed last."""
        for changed in (self._session.run.changed, self._session.runs.changed):
            changed.connect(self._runs_changed)
        window.documents.changed.connect(self._document_changed)
        for other in (window.pages.shown, window.learning.opened):
            other.connect(self._place_changed)
        self._mode_changed(self._session.mode)

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        window, focus = self._window, QApplication.focusWidget()
        training = self._session.subject.has_epochs
        window.columns.set_mode(mode)
        window.side.set_mode(mode)
        window.training.set_arrangement("row" if training else "column")
        self._show_code()
        window.actions_by_id[f"mode_{mode}"].setChecked(not window.home.shown)
        window.toolbar.set_mode(mode)
        window.toolbar.set_presets_enabled(not training)
        self._focus.give_back(focus)

    @Slot()
    def _place_changed(self) -> None:
        """In Home there is no mode; in a lesson it is Learn. Back from there, the keyboard is where it walks."""
        window, home, mode = self._window, self._window.home.shown, self._session.mode
        if window.learning.shown:
            mode = "learn"
        modes = [window.actions_by_id[f"mode_{name}"] for name in ("explore", "train", "learn")]
        for action in modes:
            group = action.actionGroup()
            if group is not None:
                group.setExclusive(not home)
            action.setChecked(not home and action.objectName() == f"mode_{mode}")
        window.toolbar.set_place(home, mode)
        self._document_changed()
        if not home and mode != "learn":
            window.graph.view.setFocus()

    @Slot()
    def _problem_changed(self) -> None:
        """Say what is wrong with a program where it can be read."""
        if self._session.problem is not None and self._session.subject.editable:
            self._window.columns.bring_code()

    @Slot()
    def _opened_changed(self) -> None:
        self._veil.cover((self._window.graph, self._window.left, self._window.stepping.bar))
        self._show_code()
        QTimer.singleShot(0, self, self._give_room)

    @Slot()
    def _give_room(self) -> None:
        """Make room for what an opened recording needs, in a turn of the event loop of its own."""
        self._veil.wait()
        self._window.recorded_bar.show_opened()

    def _show_code(self) -> None:
        """The training program, the text of an opened recording, or the user's own."""
        subject, code = self._session.subject, self._window.code
        if subject.opened is not None:
            code.show_recording(subject.opened.recording, subject.opened.recording.source or subject.opened.name)
        elif subject.editable:
            code.set_editable()
        else:
            self._show_training()
        self._document_changed()

    def _show_training(self) -> None:
        """The program that trains, which can be edited; or that of the epoch that is shown, where it ran another one."""
        run, recording, code = self._session.run, self._session.training.recording, self._window.code
        text = program_text(run.config).rstrip("\n")
        latest = run.latest.config if run.latest is not None else None
        same_code = latest is not None and latest.code == run.config.code  # else another run is about to begin
        shown = run.recorded_step is not None and same_code
        recorded = recording.text.rstrip("\n") if recording is not None and shown else text
        if recorded != text:
            code.set_read_only_text(recorded, examples.TRAINING_FILE)
        elif not self._window.training_code.typing:
            code.show_training(text, examples.TRAINING_FILE)

    @Slot()
    def _training_begun(self) -> None:
        """Another run begins: what is recorded is of the one before."""
        if self._session.run.recorded_step is None and self._session.run.made == 0:
            self._training_changed()

    @Slot()
    def _training_changed(self) -> None:
        if self._session.subject.has_epochs:
            self._show_training()

    @Slot()
    def _document_changed(self) -> None:
        subject, documents = self._session.subject, self._window.documents
        if self._window.home.shown:
            shown, modified = "Home", False
        elif subject.opened is not None:
            shown, modified = subject.opened.name, not subject.opened.path
        elif subject.editable:
            shown, modified = documents.name, documents.modified
        else:
            shown, modified = examples.TRAINING_FILE, False
        if self._window.learning.title:
            shown, modified = self._window.learning.title, False
        self._window.setWindowTitle(f"{shown}[*] — Gradwalk")
        self._window.setWindowModified(modified)
        self._actions_changed()
        self._window.code.set_file_name(documents.name)
        self._preset_changed()

    @Slot()
    def _actions_changed(self) -> None:
        follow_shown(self._window)

    @Slot()
    def _runs_changed(self) -> None:
        """The first run can be saved from its first epoch on; the last one may be deleted."""
        saves_runs = bool(self._session.runs.trained)
        if saves_runs != self._saves_runs:
            self._saves_runs = saves_runs
            self._actions_changed()

    @Slot()
    def _preset_changed(self) -> None:
        subject, toolbar = self._session.subject, self._window.toolbar
        if subject.recorded_elsewhere:
            toolbar.set_preset(None, "A recording")
            return
        shown = examples.like(self._session.text) if subject.editable else examples.TRAINING_PRESET
        if shown is None:
            toolbar.set_preset(None)
        else:
            toolbar.set_preset(shown.file, shown.title)
