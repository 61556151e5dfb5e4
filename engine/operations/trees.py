"""Short ways to write what operations compute and their derivatives as trees."""

from __future__ import annotations

from engine.mathematics.expression import Expression
from engine.mathematics.letters import GRADIENT, Function, Letter, Number, Operand, Word
from engine.mathematics.tree import Big, Call, Power, Product, Quotient, transposed

X, Y, Z = Operand(0), Operand(1), Operand(2)
"""The operands, in order."""
G = GRADIENT
"""The gradient that came in."""
IN, OTHER, OUT = Operand("in"), Operand("other"), Operand("out")
"""For a Node: the operand that the gradient is sent to, the second operand, the result."""
N, E, PI = Letter("N"), Letter("e"), Letter("pi")
ZERO, ONE, TWO = Number(0), Number(1), Number(2)

_COMMANDS = frozenset(("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "exp", "arcsin", "arccos", "arctan"))
"""Functions that LaTeX has a command for."""


def function(name: str) -> Expression:
    """The name of a function: one that LaTeX has a command for, or an upright word."""
    return Function(name) if name in _COMMANDS else Word(name)


def of(name: str, *items: Expression) -> Expression:
    """``sin(x)``: a function of ``x``, or of other items."""
    return Call(function(name), items or (X,))


def squared(item: Expression) -> Expression:
    """``a²``."""
    return Power(item, TWO)


def times(*factors: Expression) -> Expression:
    """The product of the factors."""
    return Product(factors)


def elements(*factors: Expression) -> Expression:
    """Multiplied element by element."""
    return Product(factors, "⊙")


def matrices(*factors: Expression) -> Expression:
    """Multiplied as matrices."""
    return Product(factors, "@")


def over(above: Expression, below: Expression) -> Expression:
    """A fraction."""
    return Quotient(above, below)


def total(item: Expression) -> Expression:
    """Added up."""
    return Big("Σ", item)


def before(slot: int) -> Expression:
    """``G wᵀ``: what is sent to the first factor of a matrix product whose second is in ``slot``."""
    return matrices(G, transposed(Operand(slot)))


def behind(slot: int) -> Expression:
    """``xᵀ G``: what is sent to the second factor."""
    return matrices(transposed(Operand(slot)), G)
