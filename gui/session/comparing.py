"""What two runs have in common: which of their curves can be drawn over each other. Holds no Qt."""

from __future__ import annotations

from engine.training.choices.choice import Choice
from engine.training.choices.common import PREPARED
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


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
