"""Runs that are gone on with: one that was trained before is shown again, or branched from one of its epochs, with undo."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from engine.training.configs import TrainingConfig
from gui.session.runs import Run
from gui.session.session import Session
from gui.session.training_run import Opening, Snapshots
from gui.work.training.controller import TrainingController


class Branches(QObject):
    """Hands a run's steps to the controller, which goes on from the last of them."""

    def __init__(self, session: Session, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._runs, self._controller = session.run, session.runs, controller
        self._starts: Snapshots | None = None
        """What is trained as soon as it is there."""
        self._looked: tuple[Snapshots, int] | None = None
        """Of which run which epoch is looked at as soon as it is shown: the one that was looked at before."""
        self._leaves: list[Run] = []
        """What is taken out of the runs as soon as another one is there."""
        controller.prepared.connect(self._prepared)

    @Slot(object, int, object)
    def branch(self, run: Run, epoch: int, config: TrainingConfig) -> None:
        """Train ``config`` from ``epoch`` of ``run`` on, as a run of its own."""
        before = self._runs.current
        opening = run.opening(config, epoch)
        if opening is None:
            return
        self._open(opening)
        self._starts = opening.snapshots
        self._run.did(lambda: self._back(opening, before), lambda: self._again(opening))

    @Slot(object)
    def show(self, run: Run) -> None:
        """Show ``run`` at the epoch that is looked at, if it has that, and go on with it when training goes on."""
        before, opening = self._runs.current, run.opening()
        if run is not before and opening is not None:
            self._open(opening, self._run.epoch)
            if before is not None and before.is_trained:
                self._run.did(lambda: self._reopen(before), lambda: self._reopen(run))

    def _open(self, opening: Opening, epoch: int | None = None) -> None:
        self._starts = None
        self._looked = None if epoch is None else (opening.snapshots, epoch)
        self._controller.reset(opening=opening)

    def _reopen(self, run: Run) -> None:
        """Show it, unless it was deleted since."""
        opening = run.opening()
        if run in self._runs.rows and opening is not None:
            self._open(opening, self._run.epoch)

    def _made(self, opening: Opening) -> Run | None:
        """The run that began with ``opening``."""
        return next((run for run in self._runs.rows if run.snapshots is opening.snapshots), None)

    def _back(self, opening: Opening, before: Run | None) -> None:
        """The branch was undone: what was shown before is shown again, and the branch goes."""
        made = self._made(opening)
        if made is not None:
            self._leaves.append(made)
        if before is None or before not in self._runs.rows:
            self._controller.reset()
        else:
            self._reopen(before)

    def _again(self, opening: Opening) -> None:
        """It was done once more: with the epochs that it had."""
        self._runs.undelete_begun_with(opening.snapshots)
        made = self._made(opening)
        if made is None:  # it had none of its own
            self._open(opening)
            self._starts = opening.snapshots
        else:
            self._reopen(made)

    @Slot()
    def _prepared(self) -> None:
        leaving, self._leaves = self._leaves, []
        for run in leaving:
            self._runs.take_out(run)
        looked, self._looked = self._looked, None
        if looked is not None and self._run.snapshots is looked[0] and looked[1] < self._run.made:
            self._run.set_epoch(looked[1])
        if self._starts is not None and self._run.snapshots is self._starts:
            self._starts = None
            self._controller.train()
