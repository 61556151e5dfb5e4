"""Schedules: for each its knobs, and the program text of the rate in an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.training.choices.choice import Choice, Get
from engine.training.choices.knobs import Number, Whole

MOST_EPOCHS = 1_000_000
"""Of a run."""


@dataclass(frozen=True, slots=True)
class ScheduleChoice(Choice):
    """A schedule.

    Attributes
    ----------
    text : callable(get)
        What the configured rate is multiplied with, as program text of ``epoch``, from 1; empty where that is 1.
    imports : tuple of str
        Lines that the text needs.
    """

    text: Callable[[Get], str] = lambda get: ""
    imports: tuple[str, ...] = ()


SCHEDULES = (
    ScheduleChoice("constant", "Constant", "The same rate in all epochs"),
    ScheduleChoice(
        "step",
        "Steps",
        "The rate falls by a factor, again and again",
        (
            Whole("decay_every", 10, "Epochs from one fall to the next", 1, MOST_EPOCHS),
            Number("decay", 0.5, "The factor", above=0.0, greatest=1.0),
        ),
        text=lambda get: f"{get('decay')} ** ((epoch - 1) // {get('decay_every')})",
    ),
    ScheduleChoice(
        "cosine",
        "Cosine",
        "The rate falls to almost 0 over all epochs, as half a period of a cosine",
        text=lambda get: f"(1 + math.cos(math.pi * (epoch - 1) / {get('epochs')})) / 2",
        imports=("import math",),
    ),
    ScheduleChoice(
        "warm-up",
        "Warm-up",
        "The rate rises in equal steps over the first epochs",
        (Whole("warmup_epochs", 5, "How many these are", 1, MOST_EPOCHS),),
        text=lambda get: f"min(1.0, epoch / {get('warmup_epochs')})",
    ),
)
"""All schedules, in the order in which they are offered."""
