"""What runs have in common: which of their curves can be drawn over each other, and in which words they differ. Holds no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from engine.training.choices.choice import Choice
from engine.training.choices.common import PREPARED
from engine.training.choices.data import DATA
from engine.training.configs import TrainingConfig
from engine.training.program import program

PARTS = ("data", "model", "loss")
"""What makes runs incomparable where it differs, in the order in which that is told."""
NEEDED = {
    "fit": ("data",),
    "loss": ("data", "loss"),
    "surface": ("data", "model", "loss"),
    "norms": ("data", "model", "loss"),
}
"""What two runs need to have in common to be drawn together, by plot."""


def differing(one: TrainingConfig, other: TrainingConfig) -> tuple[str, ...]:
    """Which of ``PARTS`` differ, with their knobs."""
    first, second = one.setup, other.setup
    found = []
    by_hand = [program(config) for config in (one, other) if config.code] if one.code != other.code else []
    own = {"model": any(written.no_fit for written in by_hand), "loss": any(written.no_surface for written in by_hand)}
    for part in PARTS:
        mine: Choice = getattr(first, part)
        names = {knob.name for knob in mine.knobs}
        if part == "data":
            # The seed of the data also says what is set aside for validation.
            names |= {*first.data.fields, "data_seed", *(knob.name for knob in PREPARED)}
        same = getattr(one, part) == getattr(other, part)
        if own.get(part) or not same or any(first.get(name) != second.get(name) for name in names):
            found.append(part)
    return tuple(found)


def drawn_with(plot: str, one: TrainingConfig, other: TrainingConfig) -> bool:
    """Whether both can be drawn in ``plot``, a key of ``NEEDED``."""
    if plot == "fit" and any(config.code and program(config).unseen for config in (one, other)):
        return False
    return not set(NEEDED[plot]).intersection(differing(one, other))


def not_drawn(one: TrainingConfig, other: TrainingConfig) -> str:
    """Where ``one`` cannot be drawn beside ``other``, and why; empty where it can be everywhere."""
    apart = differing(one, other)
    missing = [name for name in NEEDED if not drawn_with(name, one, other)]
    if not missing:
        return ""
    plots = {"fit": "the fit", "loss": "the loss", "surface": "the loss surface", "norms": "the gradient norms"}
    has = {"data": "other data", "model": "another model", "loss": "another loss"}
    where = "in no plot" if len(missing) == len(NEEDED) else "not in " + _listed([plots[name] for name in missing])
    return f"Drawn {where}: it has {_listed([has[part] for part in apart])}"


NOT_NAMED = ("learning_rate", "epochs")
"""What a name says anyway, and what makes no other run."""


def differences(config: TrainingConfig, other: TrainingConfig) -> list[str]:
    """What ``config`` has that ``other`` has not, each in few words: ``MLP``, ``no zero_grad``, ``own code``."""
    words = ["own code"] if config.code and config.code != other.code else []
    setup, mine, theirs = config.setup, config.setup.values, other.setup.values
    words += [
        getattr(setup, part).label
        for part in _PARTS
        if getattr(config, part) != getattr(other, part) and (part, config.data) != ("data", "file")
    ]
    words += _file(mine, theirs) if config.data == "file" else []
    names = [*_SOONEST, *sorted(set(mine) - {*_SOONEST, *NOT_NAMED, *_OF_FILE})]
    return words + [_said(config, name) for name in names if name in mine and name in theirs and mine[name] != theirs[name]]


_PARTS = ("model", "data", "loss")
"""The choices, in the order in which a name tells them."""
_SOONEST = ("zero_grad", "standardise", "batch_size", "seed")
"""The knobs that a name tells first."""
_OF_FILE = {knob.name for choice in DATA if choice.name == "file" for knob in choice.knobs}
"""The knobs that are told together, as the file."""


def _file(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """What tells the file of a run from another's data: its name, else what else is known of it."""
    name = PurePath(mine["path"]).name
    if "path" not in theirs or PurePath(theirs["path"]).name != name:
        return [name]
    others = {knob for knob in _OF_FILE if mine[knob] != theirs[knob]}
    if others & {"x_columns", "y_column"}:
        return ["other columns"]
    if "path" in others:
        return [str(PurePath(PurePath(mine["path"]).parent.name, name))]
    return [f"{name} changed"] if "contents" in others else ["read otherwise"] if others else []


def _said(config: TrainingConfig, name: str) -> str:
    value = config.setup.values[name]
    if name == "standardise":
        return "not standardised" if value == "off" else "standardised"
    if name == "batch_size":
        return "all rows" if value is None else f"batch {value:,}"
    if isinstance(value, bool):
        return name if value else f"no {name}"
    word = {"n_samples": "rows", "data_seed": "data seed"}.get(name) or next(
        (knob.label.lower() for knob in config.setup.knobs if knob.name == name), name.replace("_", " ")
    )
    return (
        f"{word} {value:g}"
        if isinstance(value, float)
        else f"{word} {value}"
        if isinstance(value, int | str)
        else f"other {word}"
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
