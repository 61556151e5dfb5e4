"""What a rule of ``engine.local_rules`` gives for numbers: its LaTeX is computed as it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Compute = Callable[[Sequence[Numbers]], Numbers]

_TOKEN = re.compile(r"\\[A-Za-z]+|@\d|\d+\.?\d*|[-+{}()\[\]^>]|e")


def _sigmoid(x: Numbers) -> Numbers:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


_FUNCTIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "\\log": np.log, "\\sin": np.sin, "\\cos": np.cos, "\\tan": np.tan, "\\sinh": np.sinh, "\\cosh": np.cosh,
    "\\tanh": np.tanh, "sign": np.sign, "sigmoid": _sigmoid,
}  # fmt: skip


def rule_value(rule: str, numbers: Sequence[Any]) -> Numbers:
    """The rule at ``numbers``, which stand for ``@0`` and ``@1`` and broadcast; nan and infinities where it has no value.

    Raises ValueError for what is no rule of the table.
    """
    with np.errstate(all="ignore"):
        given = [np.asarray(item, np.float64) for item in numbers]
        try:
            return np.asarray(_compiled(rule)(given), np.float64)
        except (IndexError, TypeError) as problem:
            raise ValueError(f"{rule!r} cannot be computed") from problem


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
        return lambda given: np.asarray(sum(sign * term(given) for sign, term in terms))

    def _product(self) -> Compute:
        factors = [self._power()]
        while self._next() and self._next() not in ("+", "-", "}", ")", "]", ">"):
            if self._next() == "\\cdot":
                self._take()
                continue
            factors.append(self._power())

        def product(given: Sequence[Numbers]) -> Numbers:
            total = factors[0](given)
            for factor in factors[1:]:
                total = total * factor(given)
            return total

        return product

    def _power(self) -> Compute:
        base = self._atom()
        if self._next() != "^":
            return base
        self._take()
        above = self._group("{", "}")
        return lambda given: np.asarray(np.power(base(given), above(given)))

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
            return lambda given: given[which]
        if token[0].isdigit():
            number = np.float64(token)
            return lambda given: np.asarray(number)
        if token in ("e", "\\pi"):
            constant = np.float64(math.e if token == "e" else math.pi)
            return lambda given: np.asarray(constant)
        if token == "[":
            left = self.sum()
            self._take(">")
            right = self.sum()
            self._take("]")
            return lambda given: np.asarray(left(given) > right(given), np.float64)
        if token == "\\frac":
            over, under = self._group("{", "}"), self._group("{", "}")
            return lambda given: np.asarray(over(given) / under(given))
        if token == "\\sqrt":
            inside = self._group("{", "}")
            return lambda given: np.asarray(np.sqrt(inside(given)))
        function = _FUNCTIONS.get(token) or _FUNCTIONS.get(token.removeprefix("\\"))
        if function is None:
            raise ValueError(f"{token} is not known in a rule")
        argument = self._group("(", ")")
        return lambda given: np.asarray(function(argument(given)))
