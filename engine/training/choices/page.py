"""The tables of docs/laboratory.md, made from the entries; ``python docs/write_tables.py`` puts them there."""

from __future__ import annotations

from collections.abc import Iterable

from engine.training.choices.choice import Choice
from engine.training.choices.common import COMMON, FIELDS
from engine.training.choices.knobs import Knob
from engine.training.choices.schedules import SCHEDULES
from engine.training.choices.setup import CHOICES

_TITLES = {"data": "Data", "model": "Models", "loss": "Losses", "optimizer": "Optimizers"}


def rendered() -> str:
    """All tables, as Markdown."""
    parts = [_knobs("Fields of the config", FIELDS)]
    parts += [_choices(_TITLES[field], f"`{field}`", choices) for field, choices in CHOICES.items()]
    parts.append(_choices("Schedules", '`options["schedule"]`', SCHEDULES))
    parts.append(_knobs("Knobs of every set-up", COMMON))
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


def _line(knob: Knob) -> str:
    return f"`{knob.name}` (default `{_cell(repr(knob.default))}`): {knob.meaning}; {_cell(knob.allowed)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
