"""What every choice has: a name, a title, a meaning and its knobs; and how it gets the values of those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.mathematics.expression import Expression
from engine.training.choices.knobs import Knob

Get = Callable[[str], Any]
"""Gives the value of a knob by its name: a field of the config, one of its options, or the default."""

NUMBERS = "numbers"
"""The task of predicting a number."""
CLASSES = "classes"
"""The task of telling two classes apart, called 0 and 1."""
TASKS = (NUMBERS, CLASSES)


class About(NamedTuple):
    """What a formula may depend on: how many features there are, the knobs, and what the program calls the prediction."""

    features: int
    get: Get
    of: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen.

    Attributes
    ----------
    name : str
        What the config says.
    title : str
        What a person reads.
    meaning : str
        One line, without a full stop.
    knobs : tuple of Knob
        Keys of the config's ``options`` that only this choice has.
    short : str
        The title where there is little room; empty where that is the title itself.
    proper : bool
        Whether the title is a name, which keeps its capital within a sentence.
    formulas : callable(about)
        What it computes, as mathematics, a line each: of a model what it predicts, of a loss the loss, of an optimizer its
        update. None where words say it better.
    """

    name: str
    title: str
    meaning: str
    knobs: tuple[Knob, ...] = ()
    short: str = field(default="", kw_only=True)
    proper: bool = field(default=False, kw_only=True)
    formulas: Callable[[About], tuple[Expression, ...]] = field(default=lambda about: (), kw_only=True)

    @property
    def label(self) -> str:
        """What a person reads on its button."""
        return self.short or self.title

    @property
    def within(self) -> str:
        """The title within a sentence: names that are no ordinary words stay as they are."""
        word = self.title.partition(" ")[0]
        kept = self.proper or word[1:] != word[1:].lower()
        return self.title if kept else self.title[:1].lower() + self.title[1:]
