"""Trees as sympy expressions, and back. Importing this imports sympy, which takes a third of a second."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy
from sympy.core.function import _coeff_isneg as is_negative

from engine.mathematics import letters, tree
from engine.mathematics.expression import Expression as Written
from engine.operations import trees
from engine.operations.cards import function_symbol
from engine.operations.symbols import number_symbol

Expression = Any
"""A sympy expression (sympy has no types that mypy could follow)."""


class Step(sympy.Function):  # type: ignore[misc]
    """1 where the argument is greater than 0, else 0: what torch takes for the derivative of relu."""

    def fdiff(self, argindex: int = 1) -> Expression:
        return sympy.Integer(0)


class Relu(sympy.Function):  # type: ignore[misc]
    """max(a, 0), whose derivative is ``Step``."""

    def fdiff(self, argindex: int = 1) -> Expression:
        return Step(self.args[0])


class Sigmoid(sympy.Function):  # type: ignore[misc]
    """1 / (1 + e⁻ᵃ), whose derivative is written with itself, as PyTorch computes it."""

    def fdiff(self, argindex: int = 1) -> Expression:
        return self * (1 - self)


NUMERIC: dict[str, Callable[[float], float]] = {
    "Step": lambda number: 1.0 if number > 0 else 0.0,
    "Relu": lambda number: max(number, 0.0),
    "Sigmoid": lambda number: 0.5 * (1 + math.tanh(number / 2)),
    "sign": lambda number: math.copysign(1.0, number) if number else 0.0,
}
"""How to compute the functions that Python's ``math`` does not have."""

SILENT_KEYWORDS: dict[str, tuple[object, ...]] = {
    "keepdim": (False, True),
    "dim": (),
    "p": ("fro", 2, 2.0),
    "reduction": ("mean", "sum"),
    "inplace": (False, True),
    "dtype": (),
    "alpha": (1,),
    "size_average": (),
    "reduce": (),
    "weight": (),
    "beta": (1,),
    "threshold": (20,),
}
"""Keywords that change nothing on one element when they have one of these values (or None)."""


def constant(number: object) -> Expression | None:
    """A Python number as sympy writes it best; None for anything but a finite real number."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if isinstance(number, int):
        return sympy.Integer(number) if abs(number) < 10**18 else None
    if not math.isfinite(number):
        return None
    return sympy.Integer(int(number)) if number.is_integer() and abs(number) < 1e15 else sympy.Float(number)


# From trees, and back ------------------------------------------------------------------------------------------------

_OF_FUNCTION: dict[Written, Callable[..., Expression]] = {
    trees.function(name): function
    for name, function in {
        "log": sympy.log,
        "sin": sympy.sin,
        "cos": sympy.cos,
        "tan": sympy.tan,
        "arcsin": sympy.asin,
        "arccos": sympy.acos,
        "arctan": sympy.atan,
        "sinh": sympy.sinh,
        "cosh": sympy.cosh,
        "tanh": sympy.tanh,
        "asinh": sympy.asinh,
        "acosh": sympy.acosh,
        "atanh": sympy.atanh,
        "atan2": sympy.atan2,
        "erf": sympy.erf,
        "sign": sympy.sign,
        "relu": Relu,
        "sigmoid": Sigmoid,
    }.items()
}
"""Functions that have a name, in sympy."""


def to_sympy(value: Written, operands: Sequence[Expression]) -> Expression | None:
    """The ``value`` of an entry with sympy expressions put in; None if something in it has no form here."""
    try:
        return _computed(value, operands)
    except (_NoForm, IndexError):
        return None


def _computed(item: Written, operands: Sequence[Expression]) -> Expression:
    match item:
        case letters.Operand(int(place)):
            return operands[place]
        case letters.Number(value):
            return constant(value)
        case letters.Letter("e"):
            return sympy.E
        case letters.Letter("pi"):
            return sympy.pi
        case tree.Sum(signs, terms):
            computed = [_computed(term, operands) for term in terms]
            return sum((-term if sign == "-" else term for sign, term in zip(signs, computed, strict=True)), sympy.Integer(0))
        case tree.Product(factors):
            return math.prod((_computed(factor, operands) for factor in factors), start=sympy.Integer(1))
        case tree.Quotient(over, under):
            return _computed(over, operands) / _computed(under, operands)
        case tree.Power(base, exponent):
            return _computed(base, operands) ** _computed(exponent, operands)
        case tree.Root(body):
            return sympy.sqrt(_computed(body, operands))
        case tree.Bars(body):
            return sympy.Abs(_computed(body, operands))
        case tree.Call(function, arguments) if function in _OF_FUNCTION:
            return _OF_FUNCTION[function](*(_computed(argument, operands) for argument in arguments))
    raise _NoForm(str(item))


_FUNCTIONS = {"Relu": "relu", "Sigmoid": "sigmoid", "re": "Re", "im": "Im"}


def from_sympy(expression: Expression, names: Mapping[Expression, Written]) -> Written | None:
    """A sympy expression as a tree, in the order in which sympy writes it; None if something in it has no form here.

    Parameters
    ----------
    names : mapping
        How each symbol is written.
    """
    try:
        return _written(expression, names)
    except _NoForm:
        return None


class _NoForm(Exception):
    pass


def _written(item: Expression, names: Mapping[Expression, Written]) -> Written:
    if item in names:
        return names[item]
    if item is sympy.E or item is sympy.pi:
        return letters.Letter("e" if item is sympy.E else "pi")
    if item.is_Rational and not item.is_Integer:
        made = tree.Quotient(letters.Number(abs(int(item.p))), letters.Number(int(item.q)))
        return tree.negated(made) if item.p < 0 else made
    if item.is_Integer or item.is_Float:
        return number_symbol(int(item) if item.is_Integer else float(item))
    if item.is_Add:
        terms = item.as_ordered_terms()
        signs = "".join("-" if is_negative(term) else "+" for term in terms)
        return tree.Sum(signs, tuple(_written(-term if is_negative(term) else term, names) for term in terms))
    if item.is_Mul:
        return _product(item, names)
    if isinstance(item, sympy.exp):
        return tree.Power(letters.Letter("e"), _written(item.args[0], names))
    if item.is_Pow:
        return _power(item, names)
    if not item.is_Function:
        raise _NoForm(str(item))
    arguments = tuple(_written(argument, names) for argument in item.args)
    name = type(item).__name__
    if isinstance(item, sympy.Abs):
        return tree.Bars(arguments[0])
    if isinstance(item, Step):
        return tree.Above(arguments[0], letters.Number(0))
    return tree.Call(function_symbol(name) or letters.Word(_FUNCTIONS.get(name, name)), arguments)


def _product(item: Expression, names: Mapping[Expression, Written]) -> Written:
    if is_negative(item):
        return tree.negated(_written(-item, names))
    over, under = sympy.fraction(item, exact=True)
    if under is not sympy.S.One:
        return tree.Quotient(_written(over, names), _written(under, names))
    return tree.beside(*(_written(factor, names) for factor in item.as_ordered_factors()))


def _power(item: Expression, names: Mapping[Expression, Written]) -> Written:
    base, exponent = item.as_base_exp()
    if base is sympy.E:
        return tree.Power(letters.Letter("e"), _written(exponent, names))
    if exponent.is_Rational and exponent < 0:
        return tree.Quotient(letters.Number(1), _written(base**-exponent, names))
    if exponent == sympy.Rational(1, 2):
        return tree.Root(_written(base, names))
    return tree.Power(_written(base, names), _written(exponent, names))
