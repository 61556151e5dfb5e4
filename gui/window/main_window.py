"""The window: puts the panels together and wires them to the session. Composition only; the work is done elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QStyle, QVBoxLayout, QWidget

from engine.files.places import SUFFIX
from engine.lessons import examples
from engine.lessons.endings import is_lesson
from engine.training.run_files import SUFFIX as RUNS
from engine.training.table_files.form import TABLES
from gui.documents.autosave import Autosave
from gui.documents.dialogs import DocumentDialogs
from gui.documents.documents import Dialogs, Documents
from gui.documents.lessons import Progress
from gui.documents.places import missing
from gui.documents.recorded_bar import RecordedBar
from gui.documents.recordings import Recordings
from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.panels.graph.formula.heading import FormulaHeading
from gui.panels.graph.panel import GraphPanel
from gui.panels.search.panel import SearchPanel
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.actions.actions import build_menus
from gui.window.actions.deeds import choose_mode, home_does
from gui.window.actions.recent_files import RecentFiles
from gui.window.columns.below_plots import BelowPlots
from gui.window.columns.columns import SMALLEST, Columns, first_size, onto_a_screen
from gui.window.columns.left_column import LeftColumn
from gui.window.columns.left_side import Beside, LeftSide
from gui.window.columns.run_badge import RunBadge
from gui.window.keyboard.focus import FocusKeeper
from gui.window.laboratory import Laboratory
from gui.window.learn.filed import LessonFiles
from gui.window.learn.learning import Learning
from gui.window.left_views import LeftViews
from gui.window.loading import Loading
from gui.window.pages.home import USED, HomePlace
from gui.window.pages.pages import Pages
from gui.window.parts import Parts
from gui.window.runs import ProgramRuns
from gui.window.stepping import Stepping
from gui.window.subject_follower import SubjectFollower
from gui.window.toolbar import TopBar
from gui.window.trained.code import TrainingCode
from gui.work.jobs import RecorderJobs
from gui.work.layouts import LayoutClient
from gui.work.recording_files import RecordingFiles
from gui.work.releasing import Releaser
from gui.work.training.controller import TrainingController
from gui.work.typesetter import Typesetter

if TYPE_CHECKING:
    from gui.panels.runs.panel import RunsPanel


class MainWindow(Parts):
    """Gradwalk's window.

    Signals
    -------
    first_painted()
        The window is on screen; from now on torch and pyqtgraph may be imported.
    loaded()
        Everything that is imported after that has arrived.
    """

    first_painted = Signal()
    loaded = Signal()

    def __init__(
        self,
        theme: ThemeManager,
        settings: Settings,
        autosave: Autosave,
        *,
        version: str = "",
        dialogs: Dialogs | None = None,
    ) -> None:
        super().__init__()
        self.version = version
        self.theme = theme
        self.settings = settings
        self.session = Session(self, settings)
        self.releaser = Releaser(self.session, self)
        self.jobs = RecorderJobs(self)
        self.runs = ProgramRuns(self.session, self.jobs, self)
        self.controller = TrainingController(self.session.run, self)
        self.layouts = LayoutClient(self)
        self.typesetter = Typesetter(self)
        self._asking = asking = dialogs or DocumentDialogs(self, theme)
        self.documents = Documents(self.session, asking, settings, autosave, self)
        self.files = RecordingFiles(self)
        self.recordings = Recordings(self.session, self.files, self.documents, asking, settings, theme, self)
        self.lingering = False
        """True after closing if an import could not be waited for: leave the process at once."""
        self._painted = False
        self._closes_when_saved = False
        self.loading = Loading(self, self.jobs)
        self._compose()
        self._build_menus()
        self._connect()
        self._restore_geometry()

    # Composition -------------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        self.setAcceptDrops(True)
        self.setMinimumSize(SMALLEST)
        self.settings.follow("font_scale", self.theme.set_scale)
        self.settings.follow("theme", self.theme.set_choice, at_once=False)  # the command line may have chosen another for now
        self.code = CodePanel(self.session, self.theme)
        self.graph = GraphPanel(self.session, self.theme, self.layouts, reduced_motion=self._reduced_motion)
        self.heading = FormulaHeading(self.session, self.theme, self.typesetter)
        self.graph.set_heading(self.heading)
        self.search = SearchPanel(self.session, self.theme)
        self.graph.canvas.set_search(self.search, self.search.fit, self.search.bar_area)
        self.training = TrainingPanel(self.session, self.theme, self.controller)
        self.stepping = Stepping(self.session, self.theme, self.jobs, self.runs, self.controller, self)
        self.graph.set_travel(lambda: self.stepping.player.pace.travel_ms)
        self.left = LeftColumn(
            self.code,
            self.stepping.explanation,
            self.stepping.inspector,
            self.settings,
        )
        self.left.add_panel(self.stepping.prediction)
        beside = (Beside("setup", "Set-up", self._make_setup),)
        self.side = LeftSide(self.left, beside, self.code, self.theme, self.settings)
        self.side.follow(self.session.pointed)
        self.side.tabs.add_widget(RunBadge(self.session.runs, self.theme))
        self.below_plots = BelowPlots(self._make_runs, self.training, self.session.runs, self.theme, self.settings)
        self.columns = Columns(self.side, self.graph, self.training, self.below_plots, self.theme, self.settings)
        self.session.text_replaced.connect(self.left.start_over)
        self.recorded_bar = RecordedBar(self.session, self.theme)

    def _make_setup(self) -> QWidget:
        from gui.panels.setup.panel import SetupPanel  # only Train shows it, and what it imports

        self.setup = SetupPanel(self.session, self.theme)
        return self.setup

    def _make_runs(self) -> RunsPanel:
        from gui.panels.runs.panel import RunsPanel

        self.runs_panel = RunsPanel(self.session, self.theme)
        return self.runs_panel

    def _build_menus(self) -> None:
        self.actions_by_id = build_menus(self)
        self.recent_files = RecentFiles(self, self.actions_by_id["open_recent"])
        self.home = self._make_home()
        self.toolbar = TopBar(self.theme, self.actions_by_id)
        self.toolbar.set_presets([(one.file, one.formula) for one in examples.PRESETS if one.formula is not None])
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(body)

    def _make_home(self) -> HomePlace:
        """What is open, and Home in its place."""
        work = QWidget()
        layout = QVBoxLayout(work)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.recorded_bar)
        layout.addWidget(self.columns, 1)
        layout.addWidget(self.stepping.bar)
        self.pages = Pages(work)
        progress = Progress(self.documents.unsaved_folder.parent / "lessons.json", self)
        self.learning = Learning(self.pages, self.theme, self.settings, self.jobs, self._reduced_motion, progress, self)
        keys = {name: action.data().shortcut_text for name, action in self.actions_by_id.items()}
        act = partial(home_does, self)
        home = HomePlace(self.pages, self.session, self.documents, self.settings, self.theme, keys, act, self.learning.told, self)
        home.all_recent_wanted.connect(self.recent_files.show_at)
        return home

    def _connect(self) -> None:
        self.toolbar.preset_chosen.connect(self.documents.choose_preset)
        self.toolbar.mode_chosen.connect(partial(choose_mode, self))
        for leaves in (self.session.text_replaced, self.session.opened_changed, self.session.mode_changed):
            leaves.connect(self.learning.leave)
        self.learning.crashed.connect(self.crashed)
        self.home.lesson_wanted.connect(self.learning.open_named)
        self.lesson_files = LessonFiles(
            self.learning, self._asking, lambda: self.documents.folder, self.toolbar.status.show_text, self
        )
        self.lesson_files.crashed.connect(self.crashed)
        self.documents.lesson_wanted.connect(self.lesson_files.open)
        self.home.lesson_file_wanted.connect(self.lesson_files.choose)
        self.home.writing_wanted.connect(self.lesson_files.write_own)
        self.learning.opened.connect(self.home.leave)
        self.settings.follow(USED, self.toolbar.mark_home)
        self.training.epoch_wanted.connect(self.stepping.epochs.go_to_epoch)
        self.training.hide_button.clicked.connect(self.columns.toggle_training)
        self.stepping.prediction.finished.connect(self.graph.view.setFocus)
        self.focus = FocusKeeper(self)
        self.left_views = LeftViews(self)
        self.laboratory = Laboratory(self, self._asking)
        self.laboratory.crashed.connect(self.crashed)
        self.graph.inspect_wanted.connect(self.focus.inspect)
        self.search.toggled.connect(self.graph.canvas.arrangement.place)
        self.search.closed.connect(self.graph.view.setFocus)
        self.search.crashed.connect(self.crashed)
        self.heading.crashed.connect(self.crashed)
        self.stepping.inspector.go_to.connect(self.code.go_to)
        self.code.record_wanted.connect(self.recordings.scripts.suggest_program)
        self.recorded_bar.again_wanted.connect(self.recordings.scripts.suggest_again)
        self.recorded_bar.close_wanted.connect(self.recordings.close_recording)
        self.recordings.underway.changed.connect(self.toolbar.status.show_text)
        self.toolbar.status.end_wanted.connect(self.recordings.underway.end)
        self.recordings.all_saved.connect(self._all_saved)
        self.files.crashed.connect(self.crashed)
        self.graph.export_wanted.connect(self.actions_by_id["export_picture"].trigger)
        self.graph.copy_wanted.connect(self.actions_by_id["copy_picture"].trigger)
        self.jobs.warmed.connect(self.graph.waiting.engine_ready)
        self.jobs.crashed.connect(self.crashed)
        self.controller.crashed.connect(self.crashed)
        self.loading.begun.connect(self.first_painted)
        self.loading.done.connect(self.loaded)
        self.loading.crashed.connect(self.crashed)
        self.layouts.crashed.connect(self.crashed)
        self.typesetter.crashed.connect(self.crashed)
        self.training_code = TrainingCode(self.session, self.code, self.controller, self.settings, self)
        self.columns.in_turn.follow(self.stepping.player, self.session, self.search)
        self.follower = SubjectFollower(self, self.focus)

    def _reduced_motion(self) -> bool:
        choice = self.settings.value("motion")
        if choice != "system":
            return bool(choice == "reduced")
        return QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0

    # The beginning -----------------------------------------------------------------------------------------------

    def start(self, path: str | None = None) -> None:
        """Load what the window starts with: the file at ``path``, else unsaved text left behind, else what was open last."""
        _, recording = self.documents.places.last()
        gone = self.documents.resume()
        self.session.set_mode(self.settings.value("mode") if path is None else "explore")
        if path is not None:
            self.documents.open(path)
        # A killed window may have left both: each is asked about, the text first, since the recording is then shown in its place.
        elif not any([self.documents.offer_unsaved(), self.recordings.offer_left()]) and recording:
            if missing(recording):
                gone = recording
                self.documents.forget(recording)
            else:
                self.documents.open(recording)
        if gone and path is None:
            self.toolbar.status.show_text(f"{Path(gone).name} is no longer there")
            self.session.cursor_changed.connect(self._nothing_gone)
        self.graph.view.setFocus()

    @Slot()
    def _nothing_gone(self) -> None:
        self.session.cursor_changed.disconnect(self._nothing_gone)
        self.toolbar.status.show_text("")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.loading.begin)

    # Keys ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys of stepping that the focused control has no use for."""
        if not self.home.shown and self.walking.key(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    # Drop, close, remember ---------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            # The dialog of a question must not hold up the program that the file was dragged from.
            QTimer.singleShot(0, lambda: self.documents.open(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.exports is not None and not self.exports.may_end(self._asking.ask_to_lose):
            event.ignore()
            return
        if not (self.recordings.scripts.may_end() and self.documents.may_discard() and self.recordings.may_leave()):
            event.ignore()
            return
        if self.recordings.saving:
            # The toolbar says that it is being saved; the window closes when that is done, and stays if it fails.
            self._closes_when_saved = True
            event.ignore()
            return
        self._remember()
        self.hide()
        self.loading.stop()
        read = self.recordings.close()
        self.releaser.close()
        self.stepping.close()
        self.runs.close()
        self.documents.close()
        self.layouts.close()
        searched = self.search.close_thread()
        self.training_code.flush()
        trained = self.controller.close()  # first, so that what it has trained is kept
        looked = all([self.laboratory.close(), self.learning.close(), self.lesson_files.close()])  # each, whatever the others say
        exported = self.exports is None or self.exports.close()
        ended = self.jobs.close() and trained and self.loading.close() and looked and exported
        self.lingering = not (ended and searched and read)
        if not self.lingering:
            self.heading.stop()
            self.typesetter.close()
        event.accept()

    @Slot()
    def _all_saved(self) -> None:
        if self._closes_when_saved:
            self.close()

    def _remember(self) -> None:
        self.settings.set_value("window/geometry", self.saveGeometry())
        self.settings.set_value("mode", self.session.mode)
        self.columns.save()
        self.left.save()
        self.left_views.remember()
        self.settings.save()

    def _restore_geometry(self) -> None:
        if not self.restoreGeometry(self.settings.value("window/geometry")):
            self.resize(first_size(self.screen()))
        elif not self.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
            frame = self.frameGeometry()
            self.move(onto_a_screen(frame).topLeft())


def _dropped(event: QDropEvent) -> str | None:
    for url in event.mimeData().urls():
        path = url.toLocalFile() if url.isLocalFile() else ""
        if path and (is_lesson(path) or Path(path).suffix.lower() in (".py", SUFFIX, RUNS, *TABLES)):
            return path
    return None
