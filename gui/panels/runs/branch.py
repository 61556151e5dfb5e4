"""How a run branches: from which epoch on, with which optimizer, and at which rate."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager, ui_font
from gui.session.runs import Run
from gui.widgets import ComboBox, NumberBox, make_button


class BranchBox(QWidget):
    """Asks with what a run goes on from one of its epochs.

    Signals
    -------
    begun(str, float)
        The optimizer, by name, and the rate.
    left()
        The user does not want a branch.
    """

    begun = Signal(str, float)
    left = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._title, self._note = QLabel(), QLabel()
        for label in (self._title, self._note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._note.setText("A run of its own, which begins there. The run that it branches off stays as it is.")
        self.optimizer = ComboBox(theme)
        for choice in OPTIMIZERS:
            self.optimizer.addItem(choice.label, choice.name)
        self.rate = NumberBox(theme, 0.1, 1e-9, 1e9, step=None, digits=4, chars=6)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for row, (text, field, tip) in enumerate(
            (
                (
                    "Optimizer",
                    self.optimizer,
                    "What goes on from that epoch; another one than before begins with an empty memory",
                ),
                ("Rate", self.rate, "Learning rate from that epoch on"),
            )
        ):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(f"{text} of the branch")
            field.setToolTip(tip)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(2, 1)
        self.cancel = make_button("Cancel", theme)
        self.begin = make_button("Branch", theme, "primary", tooltip="Train on from there")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addLayout(grid)
        column.addWidget(self._note)
        column.addLayout(foot)
        column.addStretch(1)
        for button in (self.cancel, self.begin):
            button.setAutoDefault(True)  # Return presses it, too
        self.cancel.clicked.connect(self.left)
        self.begin.clicked.connect(self._begin)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self._title.setFont(ui_font(13 * self._theme.scale, 600))
        self._note.setFont(ui_font(12 * self._theme.scale))

    def ask(self, run: Run, epoch: int) -> None:
        """Ask for a branch of ``run`` at ``epoch``, with what that was trained with until something else is chosen."""
        config = run.latest or run.config
        self._title.setText(f"Branch from epoch {epoch:,} of {run.name}")
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
    return config.choosing(optimizer=optimizer, learning_rate=rate, epochs=min(epochs, 100_000))
