"""The other sections: what is chosen among chips, the batches, each update, and when a run stops."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.training.choices.choice import Choice
from engine.training.choices.common import FIELDS, STOP_RULES, UPDATE
from engine.training.choices.knobs import Knob
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager
from gui.panels.setup.formulas import Formulas
from gui.panels.setup.rows import KnobRows
from gui.panels.setup.words import count
from gui.widgets import Chips

DECAY = "weight_decay"
"""A knob of optimizers that stands with the other things that happen in each update."""
FIELD = {knob.name: knob for knob in FIELDS}
USUAL_BATCH = 32


class Part(QWidget):
    """What a section holds.

    Signals
    -------
    edited(str, object)
        The user set the field or knob of this name to this value.
    """

    edited = Signal(str, object)

    def __init__(self, theme: ThemeManager, *above: QWidget) -> None:
        super().__init__()
        self.knobs = KnobRows(theme)
        self.knobs.edited.connect(self.edited)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        for widget in (*above, self.knobs):
            self._column.addWidget(widget)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab stops at, in that order."""
        return self.knobs.stops

    def show_config(self, config: TrainingConfig) -> None:
        """Show what ``config`` chooses."""
        self.knobs.show_knobs(self.knobs_of(config), config.get)

    def knobs_of(self, config: TrainingConfig) -> Sequence[Knob]:
        """The knobs that have a row here."""
        raise NotImplementedError


class ChoicePart(Part):
    """A model, a loss or an optimizer: chips, what it computes, and its knobs."""

    def __init__(self, theme: ThemeManager, field: str, title: str, choices: Sequence[Choice]) -> None:
        entries = [
            (choice.name, choice.label, f"{choice.title}: {choice.meaning[:1].lower()}{choice.meaning[1:]}") for choice in choices
        ]
        self.chips = Chips(theme, title, entries)
        self.formulas = Formulas(theme)
        super().__init__(theme, self.chips, self.formulas)
        self._field = field
        self._parameters: int | None = None
        self.chips.chosen.connect(self._chosen)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return (*self.chips.words.values(), *super().stops)

    def show_config(self, config: TrainingConfig) -> None:
        super().show_config(config)
        self.chips.set_current(getattr(config, self._field))
        self.show_note(config, self._parameters)

    def show_note(self, config: TrainingConfig, parameters: int | None) -> None:
        """The formula, and beside it how many parameters the model has, where that is known."""
        self._parameters = parameters
        note = count(parameters, "parameter") if self._field == "model" and parameters else ""
        if self._field == "optimizer" and not self.knobs_of(config):
            note = "no other knobs"
        self.formulas.show_formulas(config.setup.formulas(self._field), note, getattr(config.setup, self._field).meaning)

    def knobs_of(self, config: TrainingConfig) -> Sequence[Knob]:
        return [knob for knob in getattr(config.setup, self._field).knobs if knob.name != DECAY]

    @Slot(str)
    def _chosen(self, name: str) -> None:
        self.edited.emit(self._field, name)


class BatchPart(Part):
    """All rows at once, some of them, or one."""

    def __init__(self, theme: ThemeManager) -> None:
        knob = FIELD["batch_size"]
        self.chips = Chips(
            theme,
            "Batches",
            [
                ("full", "Full", "One update per epoch, from all rows in their order"),
                ("some", "Mini-batch", f"{knob.meaning}: several updates per epoch"),
                ("one", "One row", "An update for each row, in an order drawn anew each epoch"),
            ],
        )
        super().__init__(theme, self.chips)
        self._usual = USUAL_BATCH
        self.chips.chosen.connect(self._chosen)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return (*self.chips.words.values(), *super().stops)

    def show_config(self, config: TrainingConfig) -> None:
        super().show_config(config)
        size = config.batch_size
        if size is not None and size > 1:
            self._usual = size
        self.chips.set_current("full" if size is None else "one" if size == 1 else "some")

    def knobs_of(self, config: TrainingConfig) -> Sequence[Knob]:
        return [] if config.batch_size is None else [FIELD["batch_size"]]

    @Slot(str)
    def _chosen(self, key: str) -> None:
        self.edited.emit("batch_size", {"full": None, "one": 1}.get(key, self._usual))


class UpdatePart(Part):
    """What happens in each update besides the optimizer's rule."""

    def knobs_of(self, config: TrainingConfig) -> Sequence[Knob]:
        schedule, *others = UPDATE
        decay = [knob for knob in config.setup.optimizer.knobs if knob.name == DECAY]
        return [*reversed(others), *decay, schedule, *config.setup.schedule.knobs]


class StopPart(Part):
    """The last epoch, and what can end a run before it."""

    def knobs_of(self, config: TrainingConfig) -> Sequence[Knob]:
        return [FIELD["epochs"], *(knob for rule in STOP_RULES for knob in rule.knobs)]
