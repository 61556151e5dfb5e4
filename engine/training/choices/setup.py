"""What a config chooses: its entries, which knobs it has, their values; and the refusals of what does not go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.mathematics.expression import Expression
from engine.runtime.said import shown
from engine.training.choices.choice import About, Choice
from engine.training.choices.common import COMMON, FIELDS, START, STOP_RULES
from engine.training.choices.data import DATA, DataChoice
from engine.training.choices.knobs import LONGEST_SHOWN, Knob, OneOf
from engine.training.choices.losses import LOSSES, LossChoice
from engine.training.choices.models import MODELS, ModelChoice
from engine.training.choices.optimizers import OPTIMIZERS, OptimizerChoice
from engine.training.choices.options import Options
from engine.training.choices.schedules import SCHEDULES, ScheduleChoice

Kind = TypeVar("Kind", bound=Choice)

CHOICES: Mapping[str, tuple[Choice, ...]] = {"data": DATA, "model": MODELS, "loss": LOSSES, "optimizer": OPTIMIZERS}
"""The fields of a config that are choices, and what can be chosen there; the first is the default."""

TASK_WORDS = {"numbers": "a number is predicted", "classes": "two classes are told apart"}


def chosen(field: str, choices: tuple[Kind, ...], name: object) -> Kind:
    """The entry of ``choices`` called ``name``. Raises TypeError or ValueError with what ``field`` may be."""
    OneOf(field, choices[0].name, "", tuple(item.name for item in choices)).check(name)
    return next(item for item in choices if item.name == name)


@dataclass(frozen=True, slots=True)
class Setup:
    """The entries that a config chose, checked against each other, and its knobs.

    Attributes
    ----------
    data, model, loss, optimizer, schedule
        The entries.
    values : Options
        Of each knob of this set-up and each field of the config, by name.
    """

    data: DataChoice
    model: ModelChoice
    loss: LossChoice
    optimizer: OptimizerChoice
    schedule: ScheduleChoice
    values: Options

    def get(self, name: str) -> Any:
        """The value of a knob: as it was given, else its default."""
        return self.values[name]

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        return self.data.features(self.get)

    @property
    def size(self) -> int:
        """How many numbers the model learns."""
        return self.model.size(len(self.features), self.get)

    def formulas(self, field: str) -> tuple[Expression, ...]:
        """What the chosen ``data``, ``model``, ``loss``, ``optimizer`` or ``schedule`` computes, a line each."""
        choice: Choice = getattr(self, field)
        return choice.formulas(About(len(self.features), self.get, self.loss.of))

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The options that this set-up has."""
        return _knobs(self.data, self.model, self.loss, self.optimizer, self.schedule)


def set_up(fields: Mapping[str, Any], options: Mapping[str, Any]) -> Setup:
    """Check a config's ``fields`` (all but ``options``) and ``options``, and find what they choose.

    Raises
    ------
    ValueError
        Where a value is out of range, an option belongs to nothing that is chosen, or choices do not go together.
    TypeError
        Where a value is of the wrong type.
    """
    for knob in FIELDS:
        knob.check(fields[knob.name])
    data, model = chosen("data", DATA, fields["data"]), chosen("model", MODELS, fields["model"])
    loss, optimizer = chosen("loss", LOSSES, fields["loss"]), chosen("optimizer", OPTIMIZERS, fields["optimizer"])
    if not isinstance(options, Mapping):
        raise TypeError(f"options must be a mapping of knobs' names to values, got {shown(options, LONGEST_SHOWN)}")
    schedule = chosen("schedule", SCHEDULES, options.get("schedule", SCHEDULES[0].name))
    knobs = {knob.name: knob for knob in _knobs(data, model, loss, optimizer, schedule)}
    for name in options:
        if name not in knobs:
            known = ", ".join(map(repr, knobs))
            raise ValueError(f"options must be knobs of what is chosen, which are {known}, got {shown(name, LONGEST_SHOWN)}")
        knobs[name].check(options[name])
    values = {knob.name: knob.taken(fields[knob.name]) for knob in FIELDS}
    values |= {name: knob.taken(options.get(name, knob.default)) for name, knob in knobs.items()}
    made = Setup(data, model, loss, optimizer, schedule, Options(values))
    _agree(made)
    return made


def _knobs(*choices: Choice) -> tuple[Knob, ...]:
    return (*(knob for choice in choices for knob in choice.knobs), *COMMON)


def _agree(made: Setup) -> None:
    """Refuse choices that do not go together."""
    data, model, loss = made.data, made.model, made.loss
    if not set(model.tasks).intersection(data.tasks):
        _refuse("model", [item.name for item in MODELS if set(item.tasks).intersection(data.tasks)], _on(data), model.name)
    tasks = [task for task in data.tasks if task in model.tasks]
    if not set(loss.tasks).intersection(tasks):
        fitting = [item.name for item in LOSSES if set(item.tasks).intersection(tasks)]
        _refuse("loss", fitting, f"{_on(data)} and model {model.name!r}", loss.name)
    if model.one_feature and len(made.features) != 1:
        several = [item.name for item in MODELS if not item.one_feature and set(item.tasks).intersection(data.tasks)]
        _refuse("model", several, f"data {data.name!r} with {len(made.features)} features", model.name)
    if made.optimizer.closure and not made.get("zero_grad"):
        _refuse("zero_grad", [True], f"optimizer {made.optimizer.name!r}, which looks at several losses in each update", False)
    start = made.get("start")
    if start and len(start) != made.size:
        raise ValueError(
            f"start must be {made.size} finite numbers for model {model.name!r} with these knobs and data, or none "
            f"({START.none}), got {len(start)}"
        )
    if data.name == "file" and made.get("y_column") in made.get("x_columns"):
        raise ValueError(
            f"y_column must be another column than x_columns {made.get('x_columns')!r}, got {made.get('y_column')!r}"
        )


def _on(data: DataChoice) -> str:
    if len(data.tasks) > 1:
        return f"data {data.name!r}"
    return f"data {data.name!r}, where {TASK_WORDS[data.tasks[0]]}"


def _refuse(field: str, fitting: list[Any], where: str, came: object) -> None:
    allowed = f"one of {', '.join(map(repr, fitting))}" if len(fitting) > 1 else repr(fitting[0])
    raise ValueError(f"{field} must be {allowed} for {where}, got {came!r}")


def stop_rules(made: Setup) -> list[tuple[str, str, str]]:
    """Name, program text and meaning of each rule that can end this run early."""
    return [(rule.name, text, rule.meaning) for rule in STOP_RULES if (text := rule.text(made.get))]
