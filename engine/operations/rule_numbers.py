"""What a rule of ``engine.operations.local_rules`` gives for numbers, and how exactly: its LaTeX is computed as it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Rounded(NamedTuple):
    """A number, and how far rounding may have moved it, in units of the precision (``eps``) of what it is computed with."""

    value: Numbers
    error: Numbers


Compute = Callable[[Sequence[Numbers]], Rounded]

_TOKEN = re.compile(r"\\[A-Za-z]+|@\d|\d+\.?\d*|[-+{}()\[\]^>]|e")


def _sigmoid(x: Numbers) -> Numbers:
    # Of the smaller side: 1 - sigmoid(x) keeps its digits where it is next to nothing.
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, small, 1.0) / (1 + small))


def _sigmoid_slope(x: Numbers) -> Numbers:
    return _sigmoid(x) * _sigmoid(-x)


_FUNCTIONS: dict[str, tuple[Callable[[Numbers], Numbers], Callable[[Numbers], Numbers]]] = {
    "\\log": (np.log, np.reciprocal),
    "\\sin": (np.sin, np.cos),
    "\\cos": (np.cos, np.sin),
    "\\tan": (np.tan, lambda x: np.tan(x) ** 2 + 1),
    "\\sinh": (np.sinh, np.cosh),
    "\\cosh": (np.cosh, np.sinh),
    "\\tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sign": (np.sign, np.zeros_like),
    "sigmoid": (_sigmoid, _sigmoid_slope),
}
"""Each with how much it multiplies an error of its argument (but for the sign)."""


def rule_value(rule: str, numbers: Sequence[Any]) -> Numbers:
    """The rule at ``numbers``, which stand for ``@0`` and ``@1`` and broadcast; nan and infinities where it has no value.

    Raises ValueError for what is no rule of the table.
    """
    return rule_numbers(rule, numbers).value


def rule_numbers(rule: str, numbers: Sequence[Any]) -> Rounded:
    """The same, and how exactly a computation of limited precision gives it from just these numbers.

    Raises ValueError for what is no rule of the table.
    """
    with np.errstate(all="ignore"):
        given = [np.asarray(item, np.float64) for item in numbers]
        try:
            found = _compiled(rule)(given)
        except (IndexError, TypeError) as problem:
            raise ValueError(f"{rule!r} cannot be computed") from problem
        return Rounded(np.asarray(found.value, np.float64), np.asarray(found.error, np.float64))


def _moved(slope: Numbers, error: Numbers) -> Numbers:
    """What an error becomes; nothing of none, however steep it is."""
    return np.asarray(np.where(error == 0, 0.0, np.abs(slope) * error))


def _exact(value: Numbers) -> Rounded:
    return Rounded(value, np.zeros_like(value))


def _sum(terms: Sequence[tuple[float, Rounded]]) -> Rounded:
    value = np.asarray(sum(sign * term.value for sign, term in terms))
    error = np.asarray(sum(term.error for _, term in terms))
    return Rounded(value, error + np.abs(value)) if len(terms) > 1 else Rounded(value, error)


def _times(one: Rounded, other: Rounded) -> Rounded:
    value = one.value * other.value
    return Rounded(value, _moved(one.value, other.error) + _moved(other.value, one.error) + np.abs(value))


def _over(one: Rounded, other: Rounded) -> Rounded:
    value = one.value / other.value
    return Rounded(value, _moved(1 / other.value, one.error) + _moved(value / other.value, other.error) + np.abs(value))


def _to_the(base: Rounded, above: Rounded) -> Rounded:
    value = np.asarray(np.power(base.value, above.value))
    moved = _moved(value * above.value / base.value, base.error) + _moved(value * np.log(np.abs(base.value)), above.error)
    return Rounded(value, moved + np.abs(value))


def _applied(function: Callable[[Numbers], Numbers], slope: Callable[[Numbers], Numbers], inside: Rounded) -> Rounded:
    value = np.asarray(function(inside.value))
    return Rounded(value, _moved(slope(inside.value), inside.error) + np.abs(value))


@lru_cache(maxsize=256)
def _compiled(rule: str) -> Compute:
    reader = _Reader(_TOKEN.findall(rule.replace("\\mathrm{sign}", "\\sign").replace("\\mathrm{sigmoid}", "\\sigmoid")))
    made = reader.sum()
    if reader.rest():
        raise ValueError(f"{rule!r} is no rule: {reader.rest()}")
    return made


class _Reader:
    """Sums of products of powers, as LaTeX writes them: what stands side by side is multiplied."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    def rest(self) -> list[str]:
        return self._tokens[self._at :]

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._next()
        if not token or (wanted and token != wanted):
            raise ValueError(f"{wanted or 'something'} is missing before {self.rest()}")
        self._at += 1
        return token

    def sum(self) -> Compute:
        sign = -1.0 if self._next() == "-" else 1.0
        if sign < 0:
            self._take()
        first = self._product()
        terms: list[tuple[float, Compute]] = [(sign, first)]
        while self._next() in ("+", "-"):
            sign = 1.0 if self._take() == "+" else -1.0
            terms.append((sign, self._product()))
        return lambda given: _sum([(sign, term(given)) for sign, term in terms])

    def _product(self) -> Compute:
        factors = [self._power()]
        while self._next() and self._next() not in ("+", "-", "}", ")", "]", ">"):
            if self._next() == "\\cdot":
                self._take()
                continue
            factors.append(self._power())

        def product(given: Sequence[Numbers]) -> Rounded:
            total = factors[0](given)
            for factor in factors[1:]:
                total = _times(total, factor(given))
            return total

        return product

    def _power(self) -> Compute:
        base = self._atom()
        if self._next() != "^":
            return base
        self._take()
        above = self._group("{", "}")
        return lambda given: _to_the(base(given), above(given))

    def _group(self, opening: str, closing: str) -> Compute:
        self._take(opening)
        inner = self.sum()
        self._take(closing)
        return inner

    def _atom(self) -> Compute:
        token = self._next()
        if token == "(":
            return self._group("(", ")")
        self._take()
        if token.startswith("@"):
            which = int(token[1:])
            return lambda given: _exact(given[which])
        if token[0].isdigit():
            number = np.float64(token)
            return lambda given: _exact(np.asarray(number))
        if token in ("e", "\\pi"):
            constant = np.float64(math.e if token == "e" else math.pi)
            return lambda given: Rounded(np.asarray(constant), np.asarray(constant))
        if token == "[":
            left = self.sum()
            self._take(">")
            right = self.sum()
            self._take("]")
            return lambda given: _exact(np.asarray(left(given).value > right(given).value, np.float64))
        if token == "\\frac":
            over, under = self._group("{", "}"), self._group("{", "}")
            return lambda given: _over(over(given), under(given))
        if token == "\\sqrt":
            inside = self._group("{", "}")
            return lambda given: _applied(np.sqrt, lambda x: 0.5 / np.sqrt(x), inside(given))
        function = _FUNCTIONS.get(token) or _FUNCTIONS.get(token.removeprefix("\\"))
        if function is None:
            raise ValueError(f"{token} is not known in a rule")
        argument = self._group("(", ")")
        return lambda given: _applied(*function, argument(given))
