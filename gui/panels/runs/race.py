"""Which optimizers race, each at its rate: one run after the other, all from one start."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager, ui_font
from gui.widgets import NumberBox, Toggle, make_button

USUAL = {"sgd": 0.2, "momentum": 0.05, "adam": 0.2}
"""What races unless the user chooses others, with its rate."""
OTHER_RATE = 0.1


class RaceBox(QWidget):
    """Asks which optimizers race, and at which rates.

    Signals
    -------
    begun(object)
        The optimizers that race, and their rates: a tuple of pairs.
    left()
        The user does not want a race.
    """

    begun = Signal(object)
    left = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.rows: dict[str, tuple[Toggle, NumberBox]] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for at, choice in enumerate(OPTIMIZERS):
            toggle = Toggle(choice.label, theme, choice.meaning)
            toggle.setChecked(choice.name in USUAL)
            toggle.clicked.connect(self._show)
            rate = NumberBox(theme, USUAL.get(choice.name, OTHER_RATE), 1e-9, 1e9, step=None, digits=4, chars=5)
            rate.setAccessibleName(f"Learning rate of {choice.label}")
            rate.setToolTip(f"Learning rate of {choice.label}")
            grid.addWidget(toggle, at, 0)
            grid.addWidget(rate, at, 1)
            self.rows[choice.name] = toggle, rate
        grid.setColumnStretch(0, 1)
        self._note = QLabel("One after the other, from one start.")
        self.cancel = make_button("Cancel", theme)
        self.begin = make_button("Race", theme, "primary")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
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
        self._show()

    @Slot()
    def restyle(self) -> None:
        self._note.setFont(ui_font(12 * self._theme.scale))

    @property
    def chosen(self) -> tuple[tuple[str, float], ...]:
        """The optimizers that are ticked, with their rates."""
        return tuple((name, rate.value()) for name, (toggle, rate) in self.rows.items() if toggle.isChecked())

    @Slot()
    def _show(self) -> None:
        count = len(self.chosen)
        self.begin.setText(f"Race {count} runs" if count != 1 else "Race 1 run")
        self.begin.setEnabled(count > 0)

    @Slot()
    def _begin(self) -> None:
        self.begun.emit(self.chosen)


def configs_of(config: TrainingConfig, chosen: tuple[tuple[str, float], ...]) -> list[TrainingConfig]:
    """``config`` with each of the optimizers at its rate. Raises ValueError if one does not go with the rest.

    Code that was edited says itself what it is optimized with, so these train what the set-up writes.
    """
    return [config.generated.choosing(optimizer=name, learning_rate=rate) for name, rate in chosen]
