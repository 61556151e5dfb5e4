"""Runs and their files in the window: saved, opened, and trained again, to compare or to be gone on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig
from gui.documents.documents import Dialogs
from gui.documents.runs.keeper import RunKeeper
from gui.window.parts import Parts
from gui.window.trained.branches import Branches

if TYPE_CHECKING:
    from gui.documents.runs.runs import RunFiles
    from gui.panels.runs.panel import RunsPanel
    from gui.session.runs import Run


class RunsInFiles(QObject):
    """Does what the panel of runs asks for that concerns files, or runs of which only the numbers are there.

    Signals
    -------
    crashed(str traceback)
        A fault of ours on the thread.
    """

    crashed = Signal(str)

    def __init__(self, window: Parts, dialogs: Dialogs, branches: Branches, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._dialogs, self._branches = window, dialogs, branches
        self._panel: RunsPanel | None = None
        self._files: RunFiles | None = None
        self._kept_said = ""
        """What there was to tell of kept runs before the panel was there."""
        self.keeper = RunKeeper(window.session, window.documents.unsaved_folder, self)
        self.keeper.crashed.connect(self.crashed)
        self.keeper.told.connect(self._tell_kept)

    def made(self, panel: RunsPanel) -> None:
        """The panel of runs is there."""
        self._panel = panel
        panel.branch_wanted.connect(self._branch)
        panel.show_wanted.connect(self._show)
        panel.save_wanted.connect(self.save)
        panel.replay_wanted.connect(self._replay)
        self._tell(self._kept_said)

    def _run_files(self) -> RunFiles:
        from gui.documents.runs.runs import RunFiles  # with the first of them

        if self._files is None:
            underway = self._window.recordings.underway
            self._files = RunFiles(self._window.session, self._window.documents, self._dialogs, self)
            self._files.crashed.connect(self.crashed)
            self._files.told.connect(underway.tell_other)
            self._files.saved.connect(underway.tell_saved)
            self._files.added.connect(self._tell)
            self._files.replayed.connect(self._tell_replayed)
            underway.other_ended.connect(self._files.stop)
        return self._files

    @Slot(str)
    def _tell(self, text: str) -> None:
        if self._panel is not None:
            self._panel.say(text)

    @Slot(str)
    def _tell_kept(self, text: str) -> None:
        self._kept_said = text
        self._tell(text)
        self._window.recordings.underway.tell_for_a_while(text)

    @Slot(object, str)
    def _tell_replayed(self, _run: Run, text: str) -> None:
        self._tell(text)

    @Slot(str)
    def open(self, path: str) -> None:
        """Show the runs of the file at ``path`` below the others."""
        self._window.session.set_mode("train")
        self._window.below_plots.bring_runs()
        self._run_files().open(path)

    @Slot(object)
    def save(self, runs: Sequence[Run]) -> None:
        """Ask for a file, and save these."""
        self._run_files().save(runs)

    # Runs that are trained again ---------------------------------------------------------------------------------

    @Slot(object)
    def _replay(self, run: Run) -> None:
        if self._may_run(run):
            self._run_files().replay(run)

    @Slot(object)
    def _show(self, run: Run) -> None:
        self._bring_back(run, lambda: self._branches.show(run))

    @Slot(object, int, object)
    def _branch(self, run: Run, epoch: int, config: TrainingConfig) -> None:
        self._bring_back(run, lambda: self._branches.branch(run, epoch, config))

    def _bring_back(self, run: Run, then: Callable[[], object]) -> None:
        """Do ``then`` with all of ``run``: of one from a file only the numbers are there, so it is trained again first."""
        if run.can_go_on:
            then()
        elif self._may_run(run):
            self._tell(f"{run.name} is trained again first: only its numbers were in the file.")
            session, serial = self._window.session, self._window.session.run.serial

            def is_there() -> None:
                if session.run.serial == serial:
                    self._tell("")
                    then()
                else:  # something else was begun meanwhile, which is not ended for it
                    self._tell(f"{run.name} was trained again, exactly as it was: now it can be shown.")

            self._run_files().replay(run, is_there)

    def _may_run(self, run: Run) -> bool:
        """Whether its code may run, which it may unless it came with a file and nobody has allowed it: then that is said."""
        own_code = self._window.session.run.own_code
        codes = {config.code for config in (run.config, *run.configs.values()) if config.code}
        file = next((found for code in codes if (found := own_code.asks_first(code))), "")
        if file:
            self._tell(
                f"The code of {run.name} came with {file} and has not run: choose Use this set-up in its menu, read it under "
                "Code, and press Run it there if you trust it."
            )
        return not file

    def close(self) -> bool:
        """Read and train no more, and write what is to be kept; True when the threads have ended."""
        ended = self._files is None or self._files.close()
        return self.keeper.close() and ended
