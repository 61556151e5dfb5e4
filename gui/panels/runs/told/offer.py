"""The button that adds a run turns to ink as soon as the set-up differs from that of every run that was trained."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QPushButton

from engine.training.configs import TrainingConfig
from gui.session.session import Session
from gui.widgets.basic import Button

NEW = "The set-up differs from that of every run: train it, as a run of its own"


class Offer(QObject):
    """Keeps the look of ``button`` in step with the set-up and the runs of ``session``."""

    def __init__(self, session: Session, button: QPushButton) -> None:
        super().__init__(button)
        assert isinstance(button, Button)
        self._run, self._runs, self._button = session.run, session.runs, button
        self._usual = button.toolTip()
        self._run.config_changed.connect(self._show)
        self._runs.changed.connect(self._show)
        self._run.state_changed.connect(self._show)
        self._show()

    @property
    def is_new(self) -> bool:
        """Whether something was trained, and nothing with the set-up as it is: how long it is trained makes no other run."""
        wanted = _but_epochs(self._run.config)
        trained = [run for run in self._runs.rows if run.is_trained or run.state == "running"]
        made = [config for run in trained for config in (run.config, run.latest or run.config)]
        return bool(trained) and all(wanted != _but_epochs(config) for config in made)

    @Slot()
    def _show(self) -> None:
        kind, tip = ("primary", NEW) if self.is_new else ("normal", self._usual)
        if self._button.property("kind") != kind:
            self._button.set_kind(kind)
            self._button.setToolTip(tip)
            self._button.setAccessibleDescription(tip)


def _but_epochs(config: TrainingConfig) -> TrainingConfig:
    return replace(config, epochs=1)
