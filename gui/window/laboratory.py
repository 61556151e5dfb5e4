"""Keeps the laboratory's set-up in step with the run: its data, files to train on, and what is remembered of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig
from gui.documents.documents import Dialogs
from gui.session.kept_config import as_text
from gui.window.parts import Parts
from gui.window.trained.branches import Branches
from gui.window.trained.race import Race
from gui.window.trained.runs_in_files import RunsInFiles
from gui.window.trained.turns import Turns

if TYPE_CHECKING:
    from gui.documents.tables.dialog import TableDialog
    from gui.documents.tables.reading import Tables
    from gui.panels.setup.panel import SetupPanel


class Laboratory(QObject):
    """Offers tables to train on, and tells the set-up of ``window`` what its data are, once it has been made.

    Signals
    -------
    crashed(str traceback)
        A fault of ours while a table was read.
    """

    crashed = Signal(str)

    def __init__(self, window: Parts, dialogs: Dialogs) -> None:
        super().__init__(window)
        self._window, self._dialogs = window, dialogs
        self._run = window.session.run
        self._setup: SetupPanel | None = None
        self._tables: Tables | None = None
        self.race = Race(window.session, window.controller, self)
        self.turns = Turns(window.session, window.controller, self)
        self.branches = Branches(window.session, window.controller, self)
        self.dialog: TableDialog | None = None
        """The last table that was offered."""
        self.filed = RunsInFiles(window, dialogs, self.branches, self)
        self.filed.crashed.connect(self.crashed)
        window.documents.table_wanted.connect(self.open_table)
        window.documents.runs_wanted.connect(self.filed.open)
        window.side.made.connect(self._made)
        window.below_plots.made.connect(self._made_runs)
        window.controller.prepared.connect(self._show_data)
        self._run.refused_changed.connect(self._show_refusal)
        self._run.following_changed.connect(self._show_data)
        window.session.guess_changed.connect(self._ask)

    @Slot(str)
    def _made(self, tab: str) -> None:
        """The panel of this tab is there."""
        if tab == "setup":
            self._setup = self._window.setup
            self._setup.file_wanted.connect(self.choose_table)
            self._show_data()
            self._show_refusal()

    @Slot()
    def _made_runs(self) -> None:
        """The panel of runs is there."""
        panel = self._window.runs_panel
        panel.race.asked = self._race_asked
        self._window.controller.prepared.connect(panel.race.propose)
        panel.race_wanted.connect(self.turns.end)
        panel.race_wanted.connect(self.race.begin)
        panel.sweep_wanted.connect(self.turns.begin)
        panel.stop_wanted.connect(self.turns.stop)
        self.turns.ended.connect(panel.sweeping.end)
        panel.again_wanted.connect(self._again)
        self.filed.made(panel)

    @Slot()
    def _show_data(self) -> None:
        if self._setup is None or self._run.held:
            return
        start = self._run.latest
        learned = None if start is None else sum(values.size for values in start.parameters.values())
        self._setup.show_data(self._window.controller.data, learned)

    @Slot()
    def _show_refusal(self) -> None:
        if self._setup is not None:
            self._setup.show_refusal(self._run.refused)

    def _race_asked(self) -> tuple[TrainingConfig, float | None]:
        figures = self._window.controller.figures
        return self._run.config, None if figures is None else figures.largest_rate

    @Slot()
    def _again(self) -> None:
        """What was trained stays among the runs, and another one begins where it began."""
        self._window.controller.reset()
        self._window.controller.train()

    @Slot()
    def _ask(self) -> None:
        """Place what is asked over the explanation."""
        if self._window.session.asked is not None:
            self._window.side.bring_code()

    @Slot(str)
    def choose_table(self, path: str) -> None:
        """Ask for a file, and then how it is read; with ``path``, other columns of that one."""
        if path:
            self._offer(path, again=True)
            return
        chosen = self._dialogs.choose_table(str(self._window.documents.folder))
        if chosen:
            self._offer(chosen)

    @Slot(str)
    def open_table(self, path: str) -> None:
        """Offer to train on the table at ``path``."""
        self._window.session.set_mode("train")
        self._window.columns.bring_code()
        self._window.side.bring_setup()
        self._offer(path)

    def _offer(self, path: str, *, again: bool = False) -> None:
        from gui.documents.tables.dialog import TableDialog  # what reads tables is imported with the first of them

        if self.dialog is not None:
            self.dialog.reject()
            self.dialog.deleteLater()
        dialog = self.dialog = TableDialog(self._window.theme, self._reader(), path, self._window)
        dialog.chosen.connect(self._use)
        dialog.another.connect(self._another)
        dialog.open()
        dialog.begin(dict(self._run.config.options) if again else None)

    def _reader(self) -> Tables:
        from gui.documents.tables.reading import Tables

        if self._tables is None:
            self._tables = Tables(self)
            self._tables.crashed.connect(self.crashed)
        return self._tables

    @Slot()
    def _another(self) -> None:
        self.choose_table("")

    @Slot(object)
    def _use(self, options: dict[str, object]) -> None:
        self._window.documents.remember(Path(str(options["path"])))
        self._window.setup.use_file(options)

    def close(self) -> bool:
        """Remember the set-up, and stop reading files; True when the thread has ended."""
        self._window.settings.set_value("training/config", as_text(self._run.config, self._run.own_code.came_with))
        saved = self.filed.close()
        return (self._tables is None or self._tables.close()) and saved
