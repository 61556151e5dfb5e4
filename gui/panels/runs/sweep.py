"""One knob over a range: which knob, from where to where, in how many runs, at equal distances or by equal factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal, Slot

from engine.training.choices.common import FIELDS
from engine.training.choices.knobs import Knob, Number, Whole
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager
from gui.panels.runs.asking import AskingBox
from gui.widgets import ComboBox, IntegerBox, NumberBox, Toggle, field_text

MOST = 24
"""Runs of one sweep."""
USUAL = 6
_FIELDS = frozenset(knob.name for knob in FIELDS)
_NOT_SWEPT = frozenset(("epochs", "n_samples", "data_seed", "y_column"))
"""Whole numbers by which runs would not be compared over one axis, or that count nothing."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is trained: a set-up for each value of a knob."""

    knob: Knob
    values: tuple[float, ...]
    configs: tuple[TrainingConfig, ...]

    def title(self, place: int) -> str:
        """The value of one of them, as a person reads it."""
        return field_text(self.values[place], 6, 0)


def swept_knobs(config: TrainingConfig) -> list[Knob]:
    """The knobs of a set-up that are numbers."""
    knobs = [knob for knob in (*FIELDS, *config.setup.knobs) if isinstance(knob, (Number, Whole))]
    return [knob for knob in knobs if knob.name not in _NOT_SWEPT]


def values_of(knob: Knob, low: float, high: float, count: int, log: bool) -> tuple[float, ...]:
    """``count`` values from ``low`` to ``high``; of whole numbers each once. Raises ValueError where there are none."""
    if log and not (low > 0 and high > 0):
        raise ValueError("equal factors need a range above 0")
    if low == high:
        raise ValueError("the range ends where it begins")
    found = np.geomspace(low, high, count) if log else np.linspace(low, high, count)
    if isinstance(knob, Whole):
        return tuple(dict.fromkeys(round(value) for value in found.tolist()))
    return tuple(dict.fromkeys(float(f"{value:.3g}") for value in found.tolist()))


def sweep_of(config: TrainingConfig, knob: Knob, values: Sequence[float]) -> Sweep:
    """``config`` with each of these values. Raises ValueError or TypeError where one is not allowed."""
    made = [
        config.choosing(**({knob.name: value} if knob.name in _FIELDS else {"options": {knob.name: value}})) for value in values
    ]
    return Sweep(knob, tuple(values), tuple(made))


class SweepBox(AskingBox):
    """Asks which knob is swept, and over which range.

    Signals
    -------
    begun(object)
        A Sweep is to be trained.
    """

    begun = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme, "Sweep")
        self._config = TrainingConfig()
        self._knobs: list[Knob] = []
        self.knob = ComboBox(theme)
        self.low = NumberBox(theme, 0.01, -1e9, 1e9, step=None, digits=6, chars=7)
        self.high = NumberBox(theme, 1.0, -1e9, 1e9, step=None, digits=6, chars=7)
        self.count = IntegerBox(theme, USUAL, 2, MOST)
        self.log = Toggle("Equal factors", theme, "From run to run by one factor, as 0.01, 0.1, 1; else by one distance")
        self.log.setChecked(True)
        for name, field, tooltip in (
            ("Knob", self.knob, "What differs from run to run"),
            ("From", self.low, "Its value in the first run"),
            ("To", self.high, "Its value in the last run"),
            ("Runs", self.count, f"How many, from 2 to {MOST}"),
        ):
            self.add_field(name, field, tooltip, "Sweep: {small}")
        self.add_parts(self.log)
        self.lay_out()
        self.knob.activated.connect(self._choose)
        for box in (self.low, self.high, self.count):
            box.edited.connect(self._show)
        self.log.clicked.connect(self._show)

    def ask(self, config: TrainingConfig) -> None:
        """Ask for a sweep of a knob of this set-up."""
        before = self._knobs[self.knob.currentIndex()].name if self._knobs else "learning_rate"
        self._config, self._knobs = config, swept_knobs(config)
        self.knob.clear()
        self.knob.addItems([knob.label for knob in self._knobs])
        self.knob.setCurrentIndex(next((at for at, knob in enumerate(self._knobs) if knob.name == before), 0))
        self._choose()

    @Slot()
    def _choose(self) -> None:
        """A range around the value that the knob has."""
        knob = self._knobs[self.knob.currentIndex()]
        value = float(self._config.get(knob.name) or 0.0)
        least, greatest = _end(knob, "least", -math.inf), _end(knob, "greatest", math.inf)
        if isinstance(knob, Whole):
            low, high = max(least, 1.0), min(greatest, max(8.0, 4 * value))
        else:
            low, high = (value / 10, value * 10) if value > 0 else (0.0, 1.0)
            low, high = max(low, least), min(high, greatest)
        self.log.setChecked(low > 0 and not isinstance(knob, Whole) and high > 5 * low)
        self.low.set_value(low)
        self.high.set_value(high)
        self._show()

    def _made(self) -> Sweep:
        knob = self._knobs[self.knob.currentIndex()]
        values = values_of(knob, self.low.value(), self.high.value(), self.count.value(), self.log.isChecked())
        return sweep_of(self._config, knob, values)

    @Slot()
    def _show(self) -> None:
        try:
            made = self._made()
        except (ValueError, TypeError) as error:
            self._note.setText(f"{error}.")
            self.begin.setEnabled(False)
            return
        shown = [made.title(place) for place in range(len(made.values))]
        listed = ", ".join(shown if len(shown) <= 8 else [*shown[:4], "…", *shown[-3:]])
        self._note.setText(f"{listed}. One after the other, from one start.")
        self.begin.setText(f"Sweep {len(shown)} runs")
        self.begin.setEnabled(True)

    @Slot()
    def _begin(self) -> None:
        self.begun.emit(self._made())


def _end(knob: Knob, name: str, otherwise: float) -> float:
    """The least or the greatest value that a knob may have."""
    end = getattr(knob, name, None)
    return otherwise if end is None else float(end)
