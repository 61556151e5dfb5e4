"""Knobs: name, kind, range, default and meaning of what can be set; refusals, tables and widgets are made from them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from numbers import Integral, Real
from typing import Any

from engine.mathematics.expression import Expression
from engine.runtime.said import shown

LONGEST_SHOWN = 200
"""Characters of a refused value that its refusal repeats."""
MOST_ROWS = 10_000
"""How many rows can be drawn points."""
MOST_PLACES = 100_000
"""The greatest number of a column."""
LARGE = 1e30
"""A rate, a weight decay or a scale of data beyond this would leave the range of float32, in which torch computes, at once."""


@dataclass(frozen=True, slots=True)
class Knob(ABC):
    """One thing that can be set.

    Attributes
    ----------
    name : str
        A field of ``TrainingConfig``, or a key of its ``options``.
    default : object
    meaning : str
        One line, without a full stop.
    title : str
        What a person reads beside it; empty where that is its name in other letters.
    symbol : Expression or None
        The letter that formulas have for it.
    """

    name: str
    default: Any
    meaning: str
    title: str = field(default="", kw_only=True)
    symbol: Expression | None = field(default=None, kw_only=True)

    @property
    def label(self) -> str:
        """What a person reads beside it."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What its values are, in words: ``an integer from 1 to 5``."""

    @abstractmethod
    def fits(self, value: Any) -> bool:
        """Whether ``value``, of the right type, is in range."""

    @abstractmethod
    def is_kind(self, value: object) -> bool:
        """Whether ``value`` is of the right type."""

    def check(self, value: object) -> None:
        """Raise TypeError or ValueError where ``value`` is of the wrong type or out of range: name, what may be, what came."""
        right = self.is_kind(value)
        if right and self.fits(value):
            return
        raise (ValueError if right else TypeError)(f"{self.name} must be {self.allowed}, got {shown(value, LONGEST_SHOWN)}")

    def taken(self, value: Any) -> Any:
        """``value``, which fits, in the one type that it has from then on: a number of numpy's becomes one of Python's."""
        return value


@dataclass(frozen=True, slots=True)
class Whole(Knob):
    """An integer from ``least`` to ``greatest``."""

    least: int
    greatest: int

    @property
    def allowed(self) -> str:
        return f"an integer from {self.least} to {self.greatest}"

    def is_kind(self, value: object) -> bool:
        return isinstance(value, Integral) and not isinstance(value, bool)

    def fits(self, value: Any) -> bool:
        return self.least <= int(value) <= self.greatest

    def taken(self, value: Any) -> Any:
        return int(value)


@dataclass(frozen=True, slots=True)
class WholeOrNone(Whole):
    """The same, or None, whose meaning is ``none``."""

    none: str

    @property
    def allowed(self) -> str:
        return f"an integer from {self.least} to {self.greatest}, or None ({self.none})"

    def is_kind(self, value: object) -> bool:
        return value is None or Whole.is_kind(self, value)

    def fits(self, value: Any) -> bool:
        return value is None or Whole.fits(self, value)

    def taken(self, value: Any) -> Any:
        return None if value is None else int(value)


@dataclass(frozen=True, slots=True)
class Number(Knob):
    """A finite number: greater than ``above``, or of ``least`` or more; and less than ``below``, or of ``greatest`` or less.

    ``share``: it is a part of a whole, which is read in hundredths. ``zero``: what 0 means, in a word.
    """

    above: float | None = None
    least: float | None = None
    below: float | None = None
    greatest: float | None = None
    share: bool = field(default=False, kw_only=True)
    zero: str = field(default="", kw_only=True)

    @property
    def allowed(self) -> str:
        if self.least is not None and self.greatest is not None:
            return f"a finite number from {self.least:g} to {self.greatest:g}"
        bounds = []
        if self.above is not None:
            bounds.append(f"greater than {self.above:g}")
        if self.least is not None:
            bounds.append(f"of {self.least:g} or more")
        if self.below is not None:
            bounds.append(f"less than {self.below:g}")
        if self.greatest is not None:
            bounds.append(f"up to {self.greatest:g}")
        return f"a finite number {' and '.join(bounds)}".rstrip()

    def is_kind(self, value: object) -> bool:
        return isinstance(value, Real) and not isinstance(value, bool)

    def fits(self, value: Any) -> bool:
        try:
            number = float(value)
        except OverflowError:  # of an integer or a fraction
            return False
        return (
            math.isfinite(number)
            and (self.above is None or number > self.above)
            and (self.least is None or number >= self.least)
            and (self.below is None or number < self.below)
            and (self.greatest is None or number <= self.greatest)
        )

    def taken(self, value: Any) -> Any:
        return float(value)


@dataclass(frozen=True, slots=True)
class Switch(Knob):
    """True or False."""

    @property
    def allowed(self) -> str:
        return "True or False"

    def is_kind(self, value: object) -> bool:
        return isinstance(value, bool)

    def fits(self, value: Any) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class OneOf(Knob):
    """One of some names."""

    names: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(map(repr, self.names))}"

    def is_kind(self, value: object) -> bool:
        return isinstance(value, str)

    def fits(self, value: Any) -> bool:
        return value in self.names

    def taken(self, value: Any) -> Any:
        return str(value)  # of numpy's too, whose repr could not be written into a program


@dataclass(frozen=True, slots=True)
class Text(Knob):
    """A text of ``least`` to ``longest`` characters."""

    least: int = 0
    longest: int = 4096

    @property
    def allowed(self) -> str:
        return f"a text of {self.least} to {self.longest} characters"

    def is_kind(self, value: object) -> bool:
        return isinstance(value, str)

    def fits(self, value: Any) -> bool:
        return self.least <= len(value) <= self.longest and "\0" not in value

    def taken(self, value: Any) -> Any:
        return str(value)


@dataclass(frozen=True, slots=True)
class Places(Knob):
    """Numbers of columns, from 0 to ``greatest``, each once; at least ``least`` of them."""

    least: int = 1
    greatest: int = MOST_PLACES

    @property
    def allowed(self) -> str:
        return f"a sequence of {self.least} or more different integers from 0 to {self.greatest}"

    def is_kind(self, value: object) -> bool:
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(isinstance(item, Integral) and not isinstance(item, bool) for item in value)
        )

    def fits(self, value: Any) -> bool:
        within = len(value) >= self.least and min(value, default=0) >= 0 and max(value, default=0) <= self.greatest
        return within and len(set(value)) == len(value)

    def taken(self, value: Any) -> Any:
        return tuple(int(item) for item in value)


@dataclass(frozen=True, slots=True)
class Points(Knob):
    """Rows of finite numbers, all of one length: the features, then the target."""

    most: int = MOST_ROWS

    @property
    def allowed(self) -> str:
        return f"a sequence of 1 to {self.most} rows of two or more finite numbers, all rows of one length"

    def is_kind(self, value: object) -> bool:
        return isinstance(value, _Checked) or _is_rows(value)

    def fits(self, value: Any) -> bool:
        if isinstance(value, _Checked):
            return True
        widths = set(map(len, value))
        return 1 <= len(value) <= self.most and len(widths) == 1 and min(widths) >= 2 and _are_finite(chain.from_iterable(value))

    def taken(self, value: Any) -> Any:
        return value if isinstance(value, _Checked) else _Checked(tuple(map(float, row)) for row in value)


class _Checked(tuple[tuple[float, ...], ...]):
    """Rows that were found to be right: a config is checked again with each change, and thousands of them would be felt."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Numbers(Knob):
    """Finite numbers, ``most`` of them at most; ``none`` is the meaning of no number."""

    most: int
    none: str

    @property
    def allowed(self) -> str:
        return f"a sequence of up to {self.most} finite numbers, or none ({self.none})"

    def is_kind(self, value: object) -> bool:
        return _is_numbers(value)

    def fits(self, value: Any) -> bool:
        return len(value) <= self.most and _are_finite(value)

    def taken(self, value: Any) -> Any:
        return tuple(float(item) for item in value)


def _are_finite(numbers: Iterable[Any]) -> bool:
    """Also as float32, in which a training computes. In steps that Python takes many at once: there may be thousands."""
    try:
        found = list(map(float, numbers))
    except OverflowError:  # of an integer
        return False
    return all(map(math.isfinite, found)) and max(map(abs, found), default=0.0) < 3.4e38


def _is_numbers(value: object) -> bool:
    return _is_sequence(type(value)) and _are_numbers(value)  # type: ignore[arg-type]


def _is_rows(value: object) -> bool:
    if not _is_sequence(type(value)):
        return False
    rows: Sequence[Sequence[object]] = value  # type: ignore[assignment]
    return all(map(_is_sequence, set(map(type, rows)))) and _are_numbers(chain.from_iterable(rows))


def _is_sequence(kind: type) -> bool:
    return issubclass(kind, Sequence) and not issubclass(kind, str)


def _are_numbers(values: Iterable[object]) -> bool:
    return all(issubclass(kind, Real) and not issubclass(kind, bool) for kind in set(map(type, values)))
