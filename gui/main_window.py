"""The window: puts the panels together and wires them to the session. Composition only; the work is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QVBoxLayout, QWidget

from gui import presets
from gui.autosave import Autosave
from gui.document_dialogs import DocumentDialogs
from gui.documents import Dialogs, Documents
from gui.jobs import ImportJob, RecorderJobs
from gui.runs import ProgramRuns
from gui.session import Session
from gui.theme import ThemeManager
from gui.training_worker import TrainingController
from gui.window_layout import SMALLEST, Columns, cycle_focus, first_size, onto_a_screen


class MainWindow(QMainWindow):
    """Gradwalk's window.

    Signals
    -------
    first_painted()
        The window is on screen; from now on torch and pyqtgraph may be imported.
    crashed(str traceback)
        A worker reported a fault of ours.
    """

    first_painted = Signal()
    crashed = Signal(str)

    def __init__(
        self,
        theme: ThemeManager,
        store: QSettings,
        autosave: Autosave,
        *,
        jobs: RecorderJobs | None = None,
        dialogs: Dialogs | None = None,
    ) -> None:
        super().__init__()
        self.theme = theme
        self.store = store
        self.session = Session(self)
        self.jobs = jobs if jobs is not None else RecorderJobs(self)
        self.runs = ProgramRuns(self.session, self.jobs, self)
        self.controller = TrainingController(self.session, self)
        self.documents = Documents(
            self.session, dialogs if dialogs is not None else DocumentDialogs(self), store, autosave, self
        )
        self.lingering = False
        """True after closing when the import of torch could not be waited for: leave the process at once."""
        self._painted = False
        self._imports: ImportJob | None = None
        self._compose()
        self._connect()
        self._restore()

    def _compose(self) -> None:
        self.setAcceptDrops(True)
        self.setMinimumSize(SMALLEST)
        self.code = _panel("gui.code.panel", "CodePanel", self.session, self.theme)
        self.graph = _panel("gui.graph.panel", "GraphPanel", self.session, self.theme)
        self.columns = Columns(self.code, self.graph, self.theme, self.store)
        self.setCentralWidget(self.columns)

    def _connect(self) -> None:
        self.session.mode_changed.connect(self._mode_changed)
        self.documents.changed.connect(self._title_changed)
        self.jobs.crashed.connect(self.crashed)
        self.controller.crashed.connect(self.crashed)
        self.jobs.warmed.connect(self.controller.prepare)
        self._title_changed()

    # What the window remembers -----------------------------------------------------------------------------------

    def _restore(self) -> None:
        geometry = self.store.value("window/geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(first_size(self.screen()))
        elif not self.isMaximized() and not self.isFullScreen():
            frame = onto_a_screen(self.frameGeometry())
            if frame != self.frameGeometry():
                self.setGeometry(frame)

    def _remember(self) -> None:
        self.store.setValue("window/geometry", self.saveGeometry())
        self.store.setValue("window/mode", self.session.mode)
        self.columns.save()
        self.store.sync()

    # The first picture -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)

    @Slot()
    def _begin(self) -> None:
        self.first_painted.emit()
        self.jobs.start()
        self._imports = ImportJob("pyqtgraph")
        self._imports.crashed.connect(self.crashed)
        self._imports.finished.connect(self._plots_can_be_built)
        self._imports.start()

    @Slot()
    def _plots_can_be_built(self) -> None:
        self.columns.set_training(_panel("gui.training.panel", "TrainingPanel", self.session, self.theme, self.controller))

    def start(self, path: str | None) -> None:
        """Load what the window starts with: the file at ``path``, else unsaved text left behind, else the default program."""
        self.documents.load(presets.DEFAULT)
        if path is not None:
            self.documents.open(path)
        else:
            self.documents.offer_unsaved()

    # Mode and title ----------------------------------------------------------------------------------------------

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        self.columns.set_mode(mode)
        self._title_changed()

    @Slot()
    def _title_changed(self) -> None:
        if self.session.mode == "train":
            self.setWindowTitle(f"{presets.TRAINING_FILE} — Gradwalk")
            self.setWindowModified(False)
        else:
            self.setWindowTitle(f"{self.documents.name}[*] — Gradwalk")
            self.setWindowModified(self.documents.modified)

    def cycle_panels(self, forward: bool = True) -> None:
        """Move the focus to the next or previous panel."""
        cycle_focus([self.code, self.graph, self.columns.training], forward)

    # Drop and close ----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_program(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_program(event)
        if path is not None:
            event.acceptProposedAction()
            self.documents.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.documents.may_discard():
            event.ignore()
            return
        self._remember()
        self.hide()
        self.documents.close()
        self.lingering = not self.jobs.close()
        if not self.lingering:
            self.controller.close()
            if self._imports is not None:
                self._imports.wait()
        event.accept()


def _dropped_program(event: QDropEvent) -> str | None:
    for url in event.mimeData().urls():
        if url.isLocalFile() and Path(url.toLocalFile()).suffix == ".py":
            return url.toLocalFile()
    return None


def _panel(module: str, name: str, *arguments: object) -> QWidget:
    from importlib import import_module

    try:
        made: Callable[..., QWidget] = getattr(import_module(module), name)
    except ModuleNotFoundError:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.addWidget(QLabel(name))
        return holder
    return made(*arguments)
