"""Which optimizers race, each at its rate: side by side, all from one start."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.training.choices.optimizers import OPTIMIZERS
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager
from gui.panels.runs.asking import AskingBox
from gui.widgets import NumberBox, Toggle

USUAL = {"sgd": 0.2, "momentum": 0.05, "adam": 0.2}
"""What races unless the user chooses others, with its rate."""
OTHER_RATE = 0.1
NOTE = "Side by side, epoch by epoch, from one start."
SAFE = 0.9
"""Which share of the greatest rate is proposed at most: at the limit itself a run does not come nearer."""


class RaceBox(AskingBox):
    """Asks which optimizers race, and at which rates.

    Signals
    -------
    begun(object)
        The optimizers that race, and their rates: a tuple of pairs.
    """

    begun = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Race")
        self.asked: Callable[[], tuple[TrainingConfig, float | None]] = lambda: (TrainingConfig(), None)
        """The set-up that races, and its 2/λmax where that is known."""
        self._proposed: dict[str, float] = {}
        self._cells: list[QWidget] = []
        self.rows: dict[str, tuple[Toggle, NumberBox]] = {}
        for choice in OPTIMIZERS:
            toggle = Toggle(choice.label, theme, choice.meaning)
            toggle.setChecked(choice.name in USUAL)
            toggle.clicked.connect(self._show)
            self._proposed[choice.name] = USUAL.get(choice.name, OTHER_RATE)
            rate = NumberBox(theme, self._proposed[choice.name], 1e-9, 1e9, step=None, digits=4, chars=5)
            rate.setAccessibleName(f"Learning rate of {choice.label}")
            rate.setToolTip(f"Learning rate of {choice.label}")
            rate.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            self.rows[choice.name] = toggle, rate
            self._cells.append(self.add_parts(toggle, rate))
        self._note.setText(NOTE)
        self.lay_out()
        self._show()

    @Slot()
    def restyle(self) -> None:
        super().restyle()
        QTimer.singleShot(0, self, self._even)  # once what stands in the cells has its fonts, too

    @Slot()
    def _even(self) -> None:
        """All cells as wide as the widest, so that they stand in columns."""
        wide = max((cell.sizeHint().width() for cell in self._cells), default=0)
        for cell in self._cells:
            cell.setFixedWidth(wide)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._even()
        self.propose()

    @Slot()
    def propose(self) -> None:
        """Propose rates for the set-up as it is, where this is seen; what a person typed stays."""
        if not self.isVisible():
            return
        config, largest = self.asked()
        self._note.setText(NOTE + (" The set-up's code races, not yours." if config.code else ""))
        for name, (_toggle, rate) in self.rows.items():
            if rate.value() == self._proposed[name]:
                self._proposed[name] = proposed(name, config, largest)
                rate.set_value(self._proposed[name])

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


def proposed(name: str, config: TrainingConfig, largest: float | None) -> float:
    """The rate at which this optimizer races: the usual one, or less where that runs away on ``config``, whose 2/λmax this is."""
    usual = USUAL.get(name, OTHER_RATE)
    factor = _factor(name, config)
    if largest is None or not math.isfinite(largest) or factor is None:
        return usual
    return usual if usual <= SAFE * factor * largest else max(1e-9, _rounded_down(SAFE * factor * largest))


def _factor(name: str, config: TrainingConfig) -> float | None:
    """How many times 2/λmax an optimizer bears, from the roots of its recurrence on a parabola; None where that is no limit."""
    if name in ("gd", "sgd"):
        return 1.0
    if name not in ("momentum", "nesterov"):
        return None
    get = config.generated.choosing(optimizer=name).get
    beta = float(get("momentum"))
    return (1 + beta) / (1 + 2 * beta) if name == "nesterov" else (1 + beta) / (1 - float(get("dampening")))


def _rounded_down(value: float) -> float:
    """The greatest number of two digits that is not above ``value``."""
    digits = 1 - math.floor(math.log10(value))
    return float(f"{math.floor(value * 10.0**digits)}e{-digits}")


def configs_of(config: TrainingConfig, chosen: tuple[tuple[str, float], ...]) -> list[TrainingConfig]:
    """``config`` with each of the optimizers at its rate. Raises ValueError if one does not go with the rest.

    Code that was edited says itself what it is optimized with, so these train what the set-up writes.
    """
    return [config.generated.choosing(optimizer=name, learning_rate=rate) for name, rate in chosen]
