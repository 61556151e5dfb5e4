"""What every choice has: a name, a title, a meaning and its knobs; and how it gets the values of those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.training.choices.knobs import Knob

Get = Callable[[str], Any]
"""Gives the value of a knob by its name: a field of the config, one of its options, or the default."""

NUMBERS = "numbers"
"""The task of predicting a number."""
CLASSES = "classes"
"""The task of telling two classes apart, called 0 and 1."""
TASKS = (NUMBERS, CLASSES)


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
    """

    name: str
    title: str
    meaning: str
    knobs: tuple[Knob, ...] = ()
