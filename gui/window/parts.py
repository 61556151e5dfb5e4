"""The parts of the window, by name: what its actions, its keys and its menus act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from gui.documents.documents import Documents
from gui.documents.recorded_bar import RecordedBar
from gui.documents.recordings import Recordings
from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.panels.graph.panel import GraphPanel
from gui.panels.search.panel import SearchPanel
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.session.settings import Settings
from gui.window.columns.below_plots import BelowPlots
from gui.window.columns.columns import Columns
from gui.window.columns.left_column import LeftColumn
from gui.window.columns.left_side import LeftSide
from gui.window.keyboard.panels import cycle_focus
from gui.window.learn.learning import Learning
from gui.window.pages.home import HomePlace
from gui.window.pages.pages import Pages
from gui.window.runs import ProgramRuns
from gui.window.stepping import Stepping
from gui.window.toolbar import TopBar
from gui.window.trained.code import TrainingCode
from gui.work.recording_files import RecordingFiles
from gui.work.training.controller import TrainingController

if TYPE_CHECKING:
    from gui.export.training.exports import TrainingExports
    from gui.panels.runs.panel import RunsPanel
    from gui.panels.setup.panel import SetupPanel
    from gui.window.learn.bench import LearnBench


class Parts(QMainWindow):
    """A window that has these parts. ``gui.window.main_window.MainWindow`` puts them together.

    ``setup`` is there once ``side`` has made it, ``runs_panel`` once ``below_plots`` has, ``exports`` once something of a
    training was exported.

    Signals
    -------
    crashed(str traceback)
        A worker reported a fault in our code.
    """

    crashed = Signal(str)

    version: str
    theme: ThemeManager
    settings: Settings
    session: Session
    runs: ProgramRuns
    controller: TrainingController
    documents: Documents
    files: RecordingFiles
    recordings: Recordings
    code: CodePanel
    graph: GraphPanel
    search: SearchPanel
    training: TrainingPanel
    stepping: Stepping
    left: LeftColumn
    setup: SetupPanel
    runs_panel: RunsPanel
    side: LeftSide
    below_plots: BelowPlots
    training_code: TrainingCode
    columns: Columns
    recorded_bar: RecordedBar
    toolbar: TopBar
    home: HomePlace
    actions_by_id: dict[str, QAction]
    pages: Pages
    learning: Learning
    exports: TrainingExports | None = None

    @property
    def walking(self) -> Stepping | LearnBench:
        """What steps and plays: of the workbench, or of the lesson that is shown."""
        bench = self.learning.bench
        return bench if bench is not None and self.learning.shown else self.stepping

    @property
    def shown_graph(self) -> GraphPanel:
        """The graph that is in sight: of the workbench, or of the lesson."""
        bench = self.learning.bench
        return bench.graph if bench is not None and self.learning.shown else self.graph

    def set_theme(self, choice: str) -> None:
        """Choose ``light``, ``dark`` or ``system`` for now and for later."""
        self.settings.set_value("theme", choice)
        self.theme.set_choice(choice)

    def cycle_panels(self, forward: bool) -> None:
        """Move the keyboard focus to the next or the previous panel."""
        if self.home.panel is not None and self.home.shown:
            panel = self.home.panel
            cycle_focus([self.toolbar, panel.lessons, panel.offers], forward)
            return
        bench = self.learning.bench
        if bench is not None and self.learning.shown:
            cycle_focus([self.toolbar, *bench.stops], forward)
            return
        left = (*self.side.panels, self.code, self.left.foot)
        centre = (self.graph, *self.columns.below, self.training, self.below_plots)
        cycle_focus([self.toolbar, *left, *centre, self.stepping.bar], forward)
