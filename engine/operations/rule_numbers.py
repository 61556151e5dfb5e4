"""The value of an entry's slope for given numbers, and how exact it is: its tree is computed as it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Letter, Number, Operand
from engine.mathematics.tree import Above, Call, Power, Product, Quotient, Root, Sum
from engine.operations.registry import ENTRIES
from engine.operations.trees import function

Numbers = NDArray[np.float64]


class Rounded(NamedTuple):
    """A number, and how far rounding may have moved it, in units of the precision (``eps``) of its computation."""

    value: Numbers
    error: Numbers


Compute = Callable[[Sequence[Numbers]], Rounded]


_FUNCTIONS = {function(entry.name): entry.numbers for entry in ENTRIES if entry.numbers is not None}
"""Each function with the factor by which it multiplies an error of its argument (up to the sign)."""


def rule_value(rule: Expression, numbers: Sequence[Any]) -> Numbers:
    """The rule at ``numbers``, which operands 0 and 1 stand for and which broadcast; nan and infinities where it has no value.
    Raises ValueError if it is not a rule of an entry.
    """
    return rule_numbers(rule, numbers).value


def rule_numbers(rule: Expression, numbers: Sequence[Any]) -> Rounded:
    """The same, and how exactly a computation of limited precision gives it from just these numbers.
    Raises ValueError if it is not a rule of an entry.
    """
    with np.errstate(all="ignore"):
        given = [np.asarray(item, np.float64) for item in numbers]
        try:
            found = _compiled(rule)(given)
        except (IndexError, TypeError) as problem:
            raise ValueError(f"{rule} cannot be computed") from problem
        return Rounded(np.asarray(found.value, np.float64), np.asarray(found.error, np.float64))


def _moved(slope: Numbers, error: Numbers) -> Numbers:
    """What an error becomes; no error stays none, however steep the function is."""
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
def _compiled(rule: Expression) -> Compute:
    match rule:
        case Operand(key):
            which = key
            if not isinstance(which, int):
                raise ValueError(f"{rule!r} is no input")
            return lambda given: _exact(given[which])
        case Number(value):
            number = np.asarray(np.float64(value))
            return lambda given: _exact(number)
        case Letter(name) if name in _CONSTANTS:
            constant = np.asarray(np.float64(_CONSTANTS[name]))
            return lambda given: Rounded(constant, constant)
        case Sum(signs, terms):
            parts = [(-1.0 if sign == "-" else 1.0, _compiled(term)) for sign, term in zip(signs, terms, strict=True)]
            return lambda given: _sum([(sign, term(given)) for sign, term in parts])
        case Product(factors):
            return _product([_compiled(factor) for factor in factors])
        case Quotient(over, under):
            above, below = _compiled(over), _compiled(under)
            return lambda given: _over(above(given), below(given))
        case Power(base, exponent):
            lower, raised = _compiled(base), _compiled(exponent)
            return lambda given: _to_the(lower(given), raised(given))
        case Above(left, right):
            one, other = _compiled(left), _compiled(right)
            return lambda given: _exact(np.asarray(one(given).value > other(given).value, np.float64))
        case Root(body):
            inside = _compiled(body)
            return lambda given: _applied(np.sqrt, lambda x: 0.5 / np.sqrt(x), inside(given))
        case Call(function, (argument,)) if function in _FUNCTIONS:
            known, of = _FUNCTIONS[function], _compiled(argument)
            return lambda given: _applied(*known, of(given))
    raise ValueError(f"{rule} cannot be computed")


_CONSTANTS = {"e": math.e, "pi": math.pi}


def _product(factors: list[Compute]) -> Compute:
    def product(given: Sequence[Numbers]) -> Rounded:
        total = factors[0](given)
        for factor in factors[1:]:
            total = _times(total, factor(given))
        return total

    return product
