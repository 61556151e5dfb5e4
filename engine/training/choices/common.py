"""Knobs of every set-up: the config's own fields, what happens to the data first, each update, and when a run stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.training.choices.choice import Choice, Get
from engine.training.choices.formulas import ETA
from engine.training.choices.knobs import LARGE, Knob, Number, Numbers, OneOf, Switch, Whole, WholeOrNone
from engine.training.choices.schedules import MOST_EPOCHS, SCHEDULES

FIELDS: tuple[Knob, ...] = (
    Number("learning_rate", 0.1, "Step size of each update", above=0.0, greatest=LARGE, symbol=ETA),
    Whole("epochs", 30, "How often all rows are seen", 1, MOST_EPOCHS),
    Whole("seed", 4, "Of the first weights, and of the order of rows in batches", 0, 2**31 - 1),
    Whole("n_samples", 1500, "Rows of a data set that is made", 2, 1_000_000, title="Rows"),
    Number("noise", 0.3, "Standard deviation of the noise in it", least=0.0, greatest=LARGE),
    Number("bias", 2.0, "True bias of a line with noise", least=-LARGE, greatest=LARGE),
    Whole("data_seed", 0, "Of the data that are made, and of what is set aside for validation", 0, 2**31 - 1),
    WholeOrNone(
        "batch_size",
        None,
        "Rows of one update, in an order drawn anew each epoch",
        1,
        1_000_000,
        "all rows, in order",
        title="Rows a batch",
    ),
)
"""Fields of a ``TrainingConfig`` beside the choices and the options."""

PREPARED: tuple[Knob, ...] = (
    Number("validation", 0.0, "Share of the rows that is set aside, and not trained on", least=0.0, greatest=0.9, share=True),
    OneOf(
        "standardise", "off", "Bring these to mean 0 and standard deviation 1, by the rows trained on", ("off", "x", "x and y")
    ),
)
"""What happens to the data before the run."""

START = Numbers(
    "start", (), "First weights, in the order of the model's parameters", 2000, "drawn from the seed", title="First weights"
)
"""Where a run begins."""

UPDATE: tuple[Knob, ...] = (
    OneOf("schedule", "constant", "How the rate changes from epoch to epoch", tuple(item.name for item in SCHEDULES)),
    Number(
        "clip",
        0.0,
        "The greatest norm of all gradients together, to which longer ones are cut; 0: none is",
        least=0.0,
        title="Clipping",
        zero="none",
    ),
    Switch("zero_grad", True, "Forget the gradients after each update; else they add up", title="zero_grad"),
)
"""Of each update."""


@dataclass(frozen=True, slots=True)
class StopRule(Choice):
    """Ends a run early.

    Attributes
    ----------
    text : callable(get)
        When, as program text of ``loss``, ``previous`` (None at first) and ``first``; empty for never.
    """

    text: Callable[[Get], str] = lambda get: ""


STOP_RULES = (
    StopRule(
        "tolerance",
        "Tolerance",
        "the loss changed by less than the tolerance",
        (
            Number(
                "tolerance",
                0.0,
                "Stop once the loss changes by less than this from one epoch to the next; 0: never",
                least=0.0,
                title="Loss changes below",
                zero="never",
            ),
        ),
        text=lambda get: f"previous is not None and abs(previous - loss) < {get('tolerance')}" if get("tolerance") else "",
    ),
    StopRule(
        "divergence",
        "Divergence",
        "the loss is no number any more, or too many times the first one",
        (
            Number(
                "divergence",
                0.0,
                "Stop once the loss is more than this many times the first one; 0: never",
                least=0.0,
                title="Loss grows beyond",
                zero="never",
            ),
        ),
        text=lambda get: f"not loss <= {get('divergence')} * first < float('inf')" if get("divergence") else "",
    ),
)
"""What can end a run before its last epoch. The first rule that applies is told."""

COMMON: tuple[Knob, ...] = (*PREPARED, START, *UPDATE, *(knob for rule in STOP_RULES for knob in rule.knobs))
"""Options of every set-up."""
