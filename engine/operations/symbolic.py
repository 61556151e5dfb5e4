"""Operations of torch on single elements as sympy expressions. Importing this imports sympy, which takes a third of a second."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.core.function import _coeff_isneg as is_negative

from engine.mathematics import letters, tree
from engine.mathematics.expression import Expression as Written
from engine.operations.symbols import function_symbol, number_symbol

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

UNARY: dict[str, Callable[[Expression], Expression]] = {
    "neg": lambda x: -x,
    "positive": lambda x: x,
    "abs": sympy.Abs,
    "exp": sympy.exp,
    "exp2": lambda x: sympy.Integer(2) ** x,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "log1p": lambda x: sympy.log(1 + x),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asinh": sympy.asinh,
    "atanh": sympy.atanh,
    "sqrt": sympy.sqrt,
    "rsqrt": lambda x: 1 / sympy.sqrt(x),
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "erf": sympy.erf,
    "relu": Relu,
    "sigmoid": Sigmoid,
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "silu": lambda x: x * Sigmoid(x),
    "logsigmoid": lambda x: -sympy.log(1 + sympy.exp(-x)),
    "norm": sympy.Abs,
}
"""By canonical name; on one element ``norm`` is the absolute value."""

BINARY: dict[str, Callable[[Expression, Expression], Expression]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "rsub": lambda x, y: y - x,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "rdiv": lambda x, y: y / x,
    "pow": lambda x, y: x**y,
    "rpow": lambda x, y: y**x,
    "matmul": lambda x, y: x * y,
    "rmatmul": lambda x, y: x * y,
    "outer": lambda x, y: x * y,
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "atan2": sympy.atan2,
    "mse_loss": lambda x, y: (x - y) ** 2,
    "l1_loss": lambda x, y: sympy.Abs(x - y),
}

IDENTITY = frozenset(
    """
    sum mean prod amax amin getitem select T mT reshape view flatten squeeze unsqueeze expand expand_as view_as reshape_as
    permute transpose contiguous clone ravel unflatten movedim swapaxes float double to broadcast_to diagonal cumsum
    cumprod median logsumexp trace
""".split()
)
"""What gives its first operand back when that has one element."""

KINKS = frozenset(("relu", "abs", "norm", "l1_loss"))
"""What has no derivative where its operand (for a loss: the difference of its operands) is 0."""

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
    """A Python number as sympy writes it best; None for anything that is no finite real number."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if isinstance(number, int):
        return sympy.Integer(number) if abs(number) < 10**18 else None
    if not math.isfinite(number):
        return None
    return sympy.Integer(int(number)) if number.is_integer() and abs(number) < 1e15 else sympy.Float(number)


# As mathematics that is written --------------------------------------------------------------------------------------

_FUNCTIONS = {"Relu": "relu", "Sigmoid": "sigmoid", "re": "Re", "im": "Im"}


def from_sympy(expression: Expression, names: Mapping[Expression, Written]) -> Written | None:
    """A sympy expression as a tree, in the order in which sympy writes it; None if something in it has no form here.

    Parameters
    ----------
    names : mapping
        What each symbol is written as.
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
