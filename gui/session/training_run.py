"""The training run: its settings, the steps that were made, and which of them is shown."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Signal

from engine.training.configs import TrainingConfig, TrainingSnapshot


class TrainingRun(QObject):
    """Part of the session. Whoever trains adds the steps; views read them and listen.

    Signals
    -------
    changed()
        ``snapshots`` grew or was reset: read ``latest``.
    state_changed(str)
        ``state`` is now ``idle``, ``running``, ``paused``, ``finished`` or ``diverged``.
    config_changed()
        ``config`` is another one.
    epoch_changed()
        ``epoch`` is another one: Train shows that step, or follows the newest.
    """

    changed = Signal()
    state_changed = Signal(str)
    config_changed = Signal()
    epoch_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = TrainingConfig()
        self.snapshots: list[TrainingSnapshot] = []
        """The random start, and what each step left."""
        self.state = "idle"
        self.epoch: int | None = None
        """The step that Train looks at, from 1; None while it follows the newest."""
        self.recorded_step: TrainingSnapshot | None = None
        """The snapshot that the recording that Train shows leads to; of a run that was not trained yet its start."""
        self.awaits_start = False
        """True while the recording of the step that is looked at is on its way, to be shown before its end."""

    @property
    def latest(self) -> TrainingSnapshot | None:
        """The newest snapshot; snapshot 0 is the random start."""
        return self.snapshots[-1] if self.snapshots else None

    @property
    def made(self) -> int:
        """How many steps were made."""
        return max(0, len(self.snapshots) - 1)

    @property
    def shown_step(self) -> int:
        """The step that is looked at: ``epoch``, or the newest; 0 before the first."""
        return self.made if self.epoch is None else min(self.epoch, self.made)

    @property
    def begun(self) -> bool:
        """Whether the recording that Train shows is of the first epoch, which was not trained yet."""
        return len(self.snapshots) == 1 and self.recorded_step is self.snapshots[0]

    @property
    def running(self) -> bool:
        """Whether steps are being made."""
        return self.state == "running"

    @property
    def ended(self) -> bool:
        """Whether the last step was made: only more epochs, or another start, lead on."""
        return self.state in ("finished", "diverged")

    @property
    def diverges(self) -> bool:
        """Whether the newest loss is not finite, or greater than the first one."""
        if not self.made:
            return False
        first, last = self.snapshots[1].loss, self.snapshots[-1].loss
        if first is None or last is None:
            return False
        return not math.isfinite(last) or last > first

    def set_config(self, config: TrainingConfig) -> None:
        """What the steps to come are made with."""
        if config != self.config:
            self.config = config
            self.config_changed.emit()

    def set_epoch(self, epoch: int | None) -> None:
        """Look at step ``epoch`` (clamped to what there is), or with None follow the newest."""
        if epoch is not None:
            epoch = max(1, min(self.made, epoch)) if self.made else None
        if epoch != self.epoch:
            self.epoch = epoch
            self.epoch_changed.emit()

    def reset(self, snapshots: list[TrainingSnapshot]) -> None:
        """Start over with ``snapshots`` (the start only, as a rule)."""
        self.snapshots = list(snapshots)
        self.set_epoch(None)
        self.changed.emit()

    def extend(self, snapshots: list[TrainingSnapshot]) -> None:
        """More steps were made; one signal however many they are."""
        if snapshots:
            self.snapshots.extend(snapshots)
            self.changed.emit()

    def set_state(self, state: str) -> None:
        """Say that the run is ``idle``, ``running``, ``paused``, ``finished`` or ``diverged`` now."""
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
