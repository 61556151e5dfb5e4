"""A drag and the training that follows it: the newest config is trained as soon as the one before it is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from engine.training.configs import TrainingConfig
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController


class Live(QObject):
    """So every result that arrives is shown, and none waits: a mouse moves more often than a run is made.

    Signals
    -------
    rested()
        All that was asked for is shown.
    """

    rested = Signal()

    def __init__(self, run: TrainingRun, controller: TrainingController, parent: QObject) -> None:
        super().__init__(parent)
        self._run = run
        self._wanted: TrainingConfig | None = None
        self._busy = self._sending = False
        controller.prepared.connect(self._shown)
        controller.crashed.connect(self._shown)
        run.refused_changed.connect(self._shown)
        run.config_changed.connect(self._config_changed)

    @property
    def newest(self) -> TrainingConfig:
        """The config that was asked for last."""
        return self._wanted or self._run.config

    def want(self, config: TrainingConfig) -> None:
        """Train ``config``, after what is being made."""
        self._wanted = config
        if not self._busy:
            self._send()

    def drop(self) -> None:
        """What waits is not wanted any more."""
        self._wanted = None

    def finish(self) -> None:
        """Nothing is dragged any more: what was asked for last is what is trained."""
        self._busy = False
        self._send()

    def settle(self) -> None:
        """Say that it rests, if it does."""
        if not self._busy and self._wanted is None:
            self.rested.emit()

    def _send(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None or wanted == self._run.config:
            return
        self._busy = self._sending = True
        self._run.set_config(wanted)
        self._sending = False

    @Slot()
    def _shown(self) -> None:
        self._busy = False
        self._send()
        self.settle()

    @Slot()
    def _config_changed(self) -> None:
        """Another change, such as an undo, is newer than what waits."""
        if not self._sending:
            self._wanted = None
