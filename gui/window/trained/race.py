"""A race: several runs from one start, trained one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig
from gui.session.runs import Run
from gui.session.session import Session
from gui.work.training.controller import TrainingController


class Race(QObject):
    """Trains what waits. A change of the set-up on the way ends it.

    Signals
    -------
    ended()
        Nothing waits any more: all were trained, or the others are not going to be.
    """

    ended = Signal()

    def __init__(self, session: Session, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._runs, self._controller = session.run, session.runs, controller
        self._trained: list[Run] = []
        """What was trained of them, to its end."""
        self.waiting: list[TrainingConfig] = []
        self._now: TrainingConfig | None = None
        """What is being trained."""
        self._starts = False
        """Whether it is trained as soon as its data are there."""
        controller.prepared.connect(self._train)
        controller.finished.connect(self._finished)
        self._run.config_changed.connect(self._changed)
        self._run.refused_changed.connect(self._changed)

    @Slot(object)
    def begin(self, configs: Sequence[TrainingConfig]) -> None:
        """Train these, each from its first weights to its last epoch."""
        self.waiting, self._trained = list(configs), []
        self._now = None
        self._next()

    @Slot()
    def stop(self) -> None:
        """Train no more of them; the one that is trained rests."""
        if self._now is not None:
            self._end()
            self._controller.pause()

    @property
    def goes_on(self) -> bool:
        """Whether a run of the race is being trained, or waits."""
        return self._now is not None

    @Slot()
    def _finished(self) -> None:
        if self._now is not None and not self._starts and self._runs.current is not None:
            self._trained.append(self._runs.current)
            self._runs.racing = tuple(self._trained)
            self._next()

    def _next(self) -> None:
        if not self.waiting:
            trained = self._trained
            self._end()
            if trained:
                self._runs.raced.emit(trained)
            return
        self._now = self.waiting.pop(0)
        self._starts = True
        self._run.set_config(self._now)
        self._controller.reset()

    @Slot()
    def _train(self) -> None:
        if self._starts and self._now == self._run.config:
            self._starts = False
            self._controller.train()

    @Slot()
    def _changed(self) -> None:
        """What a person changes is what they want now."""
        if self._now is not None and (self._run.config != self._now or self._run.refused):
            self._end()

    def _end(self) -> None:
        self.waiting, self._now, self._starts, self._trained = [], None, False, []
        self._runs.racing = ()
        self.ended.emit()
