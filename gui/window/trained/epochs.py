"""Walking over epochs: how player and transport bar cross from one epoch of a training to the next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.player import Player
from gui.session.session import Session
from gui.window.runs import ProgramRuns
from gui.work.training.controller import TrainingController


def _always() -> bool:
    return True


class EpochWalk(QObject):
    """Has ``player`` and ``bar`` walk over the epochs of the session's training, while that is what is shown."""

    def __init__(
        self,
        session: Session,
        player: Player,
        bar: TransportBar,
        runs: ProgramRuns,
        controller: TrainingController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._player, self._bar = session, player, bar
        self._runs, self._controller = runs, controller
        self.may_train: Callable[[], bool] = _always
        """Whether walking beyond the last epoch makes one more."""
        bar.epoch_chosen.connect(self._epoch_chosen)
        player.epoch_requested.connect(self._epoch_requested)
        player.crossed.connect(self._crossed)
        player.restarted.connect(self._restart)
        session.mode_changed.connect(self._mode_changed)
        session.run.changed.connect(self.show_epochs)
        session.run.epoch_changed.connect(self.show_epochs)
        session.run.config_changed.connect(self.show_epochs)
        session.run.state_changed.connect(self.show_epochs)
        session.recording_changed.connect(self.show_epochs)
        session.cursor_changed.connect(self._cursor_changed)
        self._mode_changed(session.mode)

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        self._player.pause()
        self._player.crosses = self._session.subject.has_epochs
        self._bar.set_epochs_visible(self._session.subject.has_epochs)
        self.show_epochs()

    @Slot()
    def show_epochs(self) -> None:
        """Show in the bar which epochs there are, and which one is looked at."""
        if self._session.subject.has_epochs:
            run = self._session.run
            self._bar.epochs.set_epochs(max(run.config.epochs, run.made), run.made, 1 if run.begun else run.shown_step)
            more = not run.ended and self.may_train()
            self._player.set_neighbours(run.shown_step > 1, run.shown_step < run.made or more)

    @Slot()
    def _cursor_changed(self) -> None:
        """Before training, its first epoch is there to be looked at; walking through that trains it, and the plots go along."""
        run = self._session.run
        untrained = run.state == "idle" and len(run.snapshots) == 1 and not run.awaits_start
        if self._session.subject.has_epochs and untrained and self.may_train():
            self._runs.opens_here()
            self._controller.step()

    @Slot(int)
    def _epoch_chosen(self, epoch: int) -> None:
        self._halt()
        self._runs.show_epoch(epoch)

    @Slot(int)
    def go_to_epoch(self, epoch: int) -> None:
        """Show the epoch of the run that was clicked in a plot, in the mode that shows epochs."""
        self._halt()
        self._session.set_mode("train")
        self._runs.show_epoch(epoch)

    @Slot(int)
    def _epoch_requested(self, direction: int) -> None:
        """The next or previous epoch as a whole; after the last one made, training makes one more."""
        self._halt()
        epoch = self._session.run.shown_step + direction
        if direction > 0 and epoch > self._session.run.made:
            if self.may_train():
                self._controller.step()
        elif epoch >= 1:
            self._runs.show_epoch(epoch)

    @Slot(int)
    def _crossed(self, direction: int) -> None:
        """A step beyond the last or before the first moment of an epoch goes on in its neighbour."""
        self._halt()
        epoch = self._session.run.shown_step + direction
        if direction > 0 and epoch > self._session.run.made:
            if self.may_train():
                self._runs.opens_at_start()
                self._controller.step()
        elif epoch >= 1:
            self._runs.show_epoch(epoch, at_end=direction < 0)

    @Slot()
    def _restart(self) -> None:
        """Go back to where the run begins: before the first operation of its first epoch, or at that epoch as a whole."""
        self._halt()
        if self._session.run.shown_step > 1:
            self._runs.show_epoch(1, at_end=self._player.pace.by_epochs)
        else:
            self._player.first()

    def _halt(self) -> None:
        if self._session.run.running:
            self._controller.pause()

    def next_epoch(self, direction: int) -> None:
        """Ctrl and an arrow: move by whole epochs, in Train."""
        if self._session.subject.has_epochs:
            self._player.pause()
            self._epoch_requested(direction)
