"""The parts of what the inspector says."""

from __future__ import annotations

from dataclasses import dataclass

from engine.mathematics.expression import Expression
from engine.tables import TensorData


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """One line of the inspector.

    Attributes
    ----------
    label, text : str
    tone : token of the text's colour
    data : the tensor that ``text`` stands for; more than one element get a table
    copy : what copying gives, where there is no tensor
    note : a smaller line below
    card : the card that the label leads to
    link : line and column (from 1) that the note leads to
    waiting : a later moment tells: three dots stand before the text
    bad : nan or infinite: the warning icon stands before the text
    math : mathematics without fractions that is drawn in place of ``text``
    words : ``text`` is words, neither a number nor Python's
    cursor : where in the timeline the label leads to
    """

    label: str
    text: str
    tone: str
    data: TensorData | None = None
    copy: str | None = None
    note: str = ""
    card: str | None = None
    link: tuple[int, int] | None = None
    waiting: bool = False
    bad: bool = False
    math: Expression | None = None
    cursor: int | None = None
    words: bool = False

    @property
    def tabular(self) -> bool:
        return self.data is not None and self.data.size != 1


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """Lines of the inspector under one title."""

    title: str
    items: tuple[Item, ...]
