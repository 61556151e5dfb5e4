"""Runs that are trained one after the other, as those of a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig
from gui.session.session import Session
from gui.work.training.controller import TrainingController


class Turns(QObject):
    """Trains what waits. A change of the set-up on the way ends it.

    Signals
    -------
    ended()
        Nothing waits any more: all were trained, or the others are not going to be.
    """

    ended = Signal()

    def __init__(self, session: Session, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._controller = session.run, controller
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
        self.waiting, self._now = list(configs), None
        self._next()

    @Slot()
    def stop(self) -> None:
        """Train no more of them; the one that is trained rests."""
        if self._now is not None:
            self.end()
            self._controller.pause()

    @property
    def go_on(self) -> bool:
        """Whether one of them is being trained, or waits."""
        return self._now is not None

    @Slot()
    def _finished(self) -> None:
        if self._now is not None and not self._starts:
            self._next()

    def _next(self) -> None:
        if not self.waiting:
            self.end()
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
            self.end()

    @Slot()
    def end(self) -> None:
        """Train no more of them after the one that is being trained."""
        if self._now is not None:
            self.waiting, self._now, self._starts = [], None, False
            self.ended.emit()
