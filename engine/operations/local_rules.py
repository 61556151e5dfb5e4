"""The local derivative of an operation by each of its inputs, in the inputs' own symbols: written the same way everywhere."""

from __future__ import annotations

from engine.mathematics.expression import Expression
from engine.mathematics.letters import GRADIENT, Number
from engine.mathematics.tree import Power, Product
from engine.operations.registry import entry_of
from engine.operations.symbols import number_symbol


def local_rule(name: str, symbols: tuple[Expression, ...], constants: tuple[object, ...] = ()) -> tuple[Expression, ...] | None:
    """The local derivative of an operation by each of its inputs.

    Parameters
    ----------
    name : str
        As recorded; in-place operations have the rule of their plain form.
    symbols : tuple of Expression
        The inputs, in order.
    constants : tuple
        The Python numbers among the inputs, None for tensors; may be left out. A constant exponent is worked out: ``3 a^{2}``.

    Returns
    -------
    tuple of Expression or None
        One entry for each input, or None if there is no rule for the operation (or for that many inputs). For operations that are
        not element-wise the entries say what becomes of the gradient ``G``.
    """
    entry = entry_of(name)
    if entry.reshapes and symbols:
        return (GRADIENT,)
    rules = entry.slope or entry.sent
    if not rules or len(rules) != len(symbols):
        return None
    found = [rule.filled(dict(enumerate(symbols))) for rule in rules]
    exponent = constants[1] if entry.name == "pow" and len(constants) > 1 else None
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool):
        found[0] = power_rule(exponent, symbols[0])
    return tuple(found)


def power_rule(exponent: int | float, base: Expression) -> Expression:
    """The derivative of a power with a constant exponent: ``3 a^{2}``, ``2 b``, ``-1 a^{-2}`` in parentheses, ``1``, ``0``."""
    if exponent in (0, 1):
        return Number(int(exponent))
    return Product((number_symbol(exponent), lowered(exponent, base)))


def lowered(exponent: int | float, base: Expression) -> Expression:
    """A power with its constant exponent lowered by one: ``a^{2}`` for 3, ``a`` for 2."""
    return base if exponent == 2 else Power(base, number_symbol(exponent - 1))
