"""What is told of one place of a plot: where that is, and the numbers of each run there, in the order of their values. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gui.panels.training.plots.series import significant

NONE = "–"


class Line(NamedTuple):
    """A run there: ``number`` decides its look, ``short`` is its name where room is scarce, ``own``: it is the one trained.

    ``numbers`` are its numbers; None where it has none, as at an epoch that it was not trained to.
    """

    number: int
    name: str
    short: str
    own: bool
    numbers: tuple[float | None, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(NONE if number is None else significant(number) for number in self.numbers)


class Told(NamedTuple):
    """``head`` says where; ``columns`` name the numbers of ``lines``; ``foot`` is what else is to be said.

    ``at`` is the place in the view. Without an ``up`` it is a whole upright line, as an epoch is.
    """

    head: str
    at: float
    up: float | None = None
    columns: Sequence[str] = ()
    lines: Sequence[Line] = ()
    foot: str = ""

    @property
    def words(self) -> str:
        """All of it in one line; one run alone needs no name."""
        several = len(self.lines) > 1
        said = [
            "   ".join([line.name] * several + [f"{name} {text}" for name, text in zip(self.columns, line.texts, strict=True)])
            for line in self.lines
        ]
        return ("; " if several else "   ").join([self.head, *said, *([self.foot] if self.foot else [])])


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The greatest first, as their curves stand one above the other; then what is no number, then those that have none."""

    def key(line: Line) -> tuple[int, float]:
        first = line.numbers[0]
        return (2, 0.0) if first is None else (1, 0.0) if math.isnan(first) else (0, -first)

    return tuple(sorted(lines, key=key))
