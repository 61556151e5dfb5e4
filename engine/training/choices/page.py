"""The tables of docs/laboratory.md, made from the entries; ``python docs/write_tables.py`` puts them there."""

from __future__ import annotations

from collections.abc import Iterable

from engine.training.choices.choice import Choice
from engine.training.choices.common import COMMON, FIELDS
from engine.training.choices.data import DATA
from engine.training.choices.knobs import Knob
from engine.training.choices.losses import LOSSES
from engine.training.choices.models import MODELS
from engine.training.choices.schedules import SCHEDULES
from engine.training.choices.setup import CHOICES
from engine.training.configs import TrainingConfig

_TITLES = {"data": "Data", "model": "Models", "loss": "Losses", "optimizer": "Optimizers"}


def rendered() -> str:
    """All tables, as Markdown."""
    parts = [_knobs("Fields of the config", FIELDS)]
    parts += [_choices(_TITLES[field], f"`{field}`", choices) for field, choices in CHOICES.items()]
    parts.append(_choices("Schedules", '`options["schedule"]`', SCHEDULES))
    parts.append(_knobs("Knobs of every set-up", COMMON))
    parts.append(_lines())
    return "\n".join(parts)


def _choices(title: str, field: str, choices: Iterable[Choice]) -> str:
    lines = [f"### {title}", "", f"| {field} | title | meaning | knobs |", "|---|---|---|---|"]
    for choice in choices:
        knobs = "<br>".join(_line(knob) for knob in choice.knobs)
        lines.append(f"| `{choice.name}` | {choice.title} | {choice.meaning} | {knobs} |")
    return "\n".join(lines) + "\n"


def _knobs(title: str, knobs: Iterable[Knob]) -> str:
    lines = [f"### {title}", "", "| name | is | default | meaning |", "|---|---|---|---|"]
    lines += [f"| `{knob.name}` | {_cell(knob.allowed)} | `{knob.default!r}` | {knob.meaning} |" for knob in knobs]
    return "\n".join(lines) + "\n"


def _lines() -> str:
    """The program text of what has some, so that the same can be written without the program."""
    config = TrainingConfig()
    blocks = []
    for data in DATA:
        if data.name not in ("points", "file"):
            blocks += [f"# data {data.name!r}", *data.lines(config.choosing(data=data.name).get), ""]
    for model in MODELS:
        made = config.choosing(model=model.name) if "numbers" in model.tasks else config.choosing(data="moons", model=model.name)
        blocks.append(f"# model {model.name!r}: the prediction is {model.prediction(made.get)}")
    blocks.append("")
    for loss in LOSSES:
        made = config if "numbers" in loss.tasks else config.choosing(data="moons")
        blocks.append(f"# loss {loss.name!r}: {loss.text(made.choosing(loss=loss.name).get)}")
    blocks.append("")
    for schedule in SCHEDULES:
        text = schedule.text(config.choosing(options={"schedule": schedule.name}).get) or "1"
        blocks.append(f"# schedule {schedule.name!r}: in epoch 1, 2, … the rate is multiplied with {text}")
    head = "### In program text\n\nWith the default knobs; `script(config)` has all of it with any others.\n\n"
    return head + "```text\n" + "\n".join(blocks) + "\n```\n"


def _line(knob: Knob) -> str:
    return f"`{knob.name}` (default `{_cell(repr(knob.default))}`): {knob.meaning}; {_cell(knob.allowed)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
