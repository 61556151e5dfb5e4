"""How a run branches: from which epoch on, with which optimizer, and at which rate."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot

from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.choices.schedules import MOST_EPOCHS
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager, ui_font
from gui.panels.runs.asking import AskingBox, plain_label
from gui.session.runs import Run
from gui.widgets import ComboBox, NumberBox


class BranchBox(AskingBox):
    """Asks with what a run goes on from one of its epochs.

    Signals
    -------
    begun(str, float)
        The optimizer, by name, and the rate.
    """

    begun = Signal(str, float)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Branch", "Train on from there")
        self._asked = plain_label()
        self._note.setText("A run of its own, which begins there. The run that it branches off stays as it is.")
        self.optimizer = ComboBox(theme)
        for choice in OPTIMIZERS:
            self.optimizer.addItem(choice.label, choice.name)
        self.rate = NumberBox(theme, 0.1, 1e-9, 1e9, step=None, digits=4, chars=6)
        meaning = "What goes on from that epoch; another one than before begins with an empty memory"
        self.add_field("Optimizer", self.optimizer, meaning, "{name} of the branch")
        self.add_field("Rate", self.rate, "Learning rate from that epoch on", "{name} of the branch")
        self.lay_out(self._asked)

    @Slot()
    def restyle(self) -> None:
        super().restyle()
        self._asked.setFont(ui_font(13 * self._theme.scale, 600))

    def ask(self, run: Run, epoch: int) -> None:
        """Ask for a branch of ``run`` at ``epoch``, with what that was trained with until something else is chosen."""
        config = run.latest or run.config
        self._asked.setText(f"Branch from epoch {epoch:,} of {run.name}")
        self.optimizer.setCurrentIndex(self.optimizer.findData(config.optimizer))
        self.rate.setValue(config.learning_rate)
        self.rate.setFocus()

    @Slot()
    def _begin(self) -> None:
        self.begun.emit(self.optimizer.currentData(), self.rate.value())


def branched(run: Run, epoch: int, optimizer: str, rate: float) -> TrainingConfig:
    """With what ``run`` goes on from ``epoch``: as many epochs as it had, or if it has them already, as many more.

    Raises ValueError if the optimizer does not go with the rest.
    """
    config = run.latest or run.config
    epochs = config.epochs if epoch < config.epochs else epoch + config.epochs
    return config.choosing(optimizer=optimizer, learning_rate=rate, epochs=min(epochs, MOST_EPOCHS))
