"""A race: several runs from one start, trained side by side, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from engine.training.configs import TrainingConfig, acts_at_once
from gui.session.session import Session
from gui.work.training.controller import TrainingController


class Race(QObject):
    """Has the controller train them together, until all are at their ends; another set-up, or another run, ends it before."""

    def __init__(self, session: Session, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._runs, self._controller = session.run, session.runs, controller
        self._starts: TrainingConfig | None = None
        """What is shown of it, and starts as soon as all are there."""
        self._others = 0
        """How many race with that."""
        controller.prepared.connect(self._start)
        controller.finished.connect(self._finished)
        self._run.refused_changed.connect(self._refused)
        self._run.config_changed.connect(self._changed)

    @Slot(object)
    def begin(self, configs: Sequence[TrainingConfig]) -> None:
        """Train these, each from its first weights to its last epoch; the one that the set-up has is shown, else the first."""
        if not configs:
            return
        shown = next((config for config in configs if config == self._run.config), configs[0])
        self._starts = None
        self._run.set_config(shown)
        self._controller.reset(racers=[config for config in configs if config is not shown])
        self._starts, self._others = shown, len(configs) - 1

    @property
    def goes_on(self) -> bool:
        """Whether runs race, or are going to; they may rest."""
        return self._starts is not None or bool(self._run.race.racers)

    @Slot()
    def _start(self) -> None:
        if self._starts is not None:
            self._starts = None
            if len(self._run.race.racers) == self._others:  # else another start is wanted by now
                self._controller.train()

    @Slot()
    def _finished(self) -> None:
        racing = list(self._runs.racing)
        if racing:
            self._run.race.end()
            self._runs.raced.emit(racing)

    @Slot()
    def _refused(self) -> None:
        if self._run.refused:
            self._starts = None
            self._run.race.end()

    @Slot()
    def _changed(self) -> None:
        """Before the race has begun, another run is what a person wants now."""
        if self._starts is not None and not acts_at_once(self._starts, self._run.config):
            self._starts = None
