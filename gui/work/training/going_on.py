"""What the buttons of a training do beyond starting it: train on past its end, and go back to its start, which can be undone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from engine.training.configs import WHOLE_NUMBERS
from gui.session.runs import Run
from gui.session.session import Session
from gui.session.training_run import Racer, TrainingRun
from gui.work.training.controller import TrainingController


def epochs_on(run: TrainingRun) -> int | None:
    """How many epochs a run that is done is trained to next: as many again. None where it is not done, or cannot go on."""
    most = WHOLE_NUMBERS["epochs"][1]
    if run.state != "finished" or run.stopped or run.refused or not run.config.epochs <= run.made < most:
        return None
    return min(2 * run.made, most)


class GoingOn(QObject):
    """Between the buttons and the controller."""

    def __init__(self, session: Session, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._runs, self._controller = session.run, session.runs, controller

    @Slot()
    def toggle(self) -> None:
        """Pause what runs, train on what is done, else train."""
        more = epochs_on(self._run)
        if more is not None:
            self._controller.set_epochs(more)
        self._controller.toggle()

    @Slot()
    def reset(self) -> None:
        """Back to the first weights, of all that race; undone, what was trained is shown again with all of its epochs."""
        before, racers = self._runs.current, tuple(self._run.race.racers)
        again = self._run.race.configs
        self._controller.reset(racers=again)
        if before is not None and before.is_trained and before.can_go_on:
            self._run.did(lambda: self._back_to(before, racers), lambda: self._controller.reset(racers=again))

    def _back_to(self, run: Run, racers: Sequence[Racer]) -> None:
        """Show it again, with those that raced with it, unless it was deleted since."""
        opening = run.opening()
        if run in self._runs.rows and opening is not None:
            there = [racer for racer in racers if any(other.snapshots is racer.snapshots for other in self._runs.rows)]
            self._controller.reset(opening=opening, racers=there)
