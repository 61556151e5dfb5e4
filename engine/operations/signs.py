"""How cards write operations: a sign, a function's name, a power or a root, with the operands that have short symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.mathematics.expression import Expression
from engine.mathematics.letters import DOT, HOLE, NOTHING, Indexed, Indices, Letter, Number, Sign, Space, Word
from engine.mathematics.tree import Bars, Item, Power, Product, Quotient, Relation, Root, Row, Sum, applied, enclosed, negated
from engine.operations.symbols import index_text, indexable, number_symbol


@dataclass(frozen=True, slots=True)
class SymbolInput:
    """One input of an operation, as its card's symbol sees it.

    Attributes
    ----------
    symbol : Expression or None
        The input's own short symbol, if it is a named leaf or data; None for anything compound.
    constant : object
        The Python constant, when the input is no tensor.
    keyword : str or None
        Its keyword, when it was passed by one.
    is_constant : bool or None
        Whether it is a constant; None (the default) takes ``symbol is None and constant is not None`` for it.
    """

    symbol: Expression | None = None
    constant: object = None
    keyword: str | None = None
    is_constant: bool | None = None

    @property
    def fixed(self) -> bool:
        return self.is_constant if self.is_constant is not None else self.symbol is None and self.constant is not None

    @property
    def written(self) -> Expression:
        """Its constant, its symbol, or a hole if it is compound."""
        return number_symbol(self.constant) if self.fixed else self.symbol or HOLE


Card = Callable[[Sequence[SymbolInput]], Expression | None]
"""The symbol of an operation on its operands; None if there is none for that many, and its name is written."""

SIGMA = Sign("Σ")
"""A sum over all elements, as a card's symbol."""


def one(write: Callable[[SymbolInput], Expression | None]) -> Card:
    """A symbol that depends on the first operand."""
    return lambda given: write(given[0]) if given else None


def two(write: Callable[[SymbolInput, SymbolInput], Expression]) -> Card:
    """A symbol that depends on two operands."""
    return lambda given: write(*given) if len(given) == 2 else None


def swapped(card: Card) -> Card:
    """The same with the operands the other way round: ``3 - a`` is a call of ``a``."""
    return lambda given: card(given[::-1])


def between(sign: str) -> Card:
    """Both operands where the left one is a constant, the constant on the right alone, or only the sign."""
    return two(lambda left, right: _between(sign, left, right))


def _between(sign: str, left: SymbolInput, right: SymbolInput) -> Expression:
    if right.fixed:
        return Row((Sign(sign), enclosed(right.written)))
    if not left.fixed:
        return Sign(sign)
    if sign in "+−":
        return Sum("+-" if sign == "−" else "++", (left.written, right.written))
    if sign in "/÷":
        return Quotient(left.written, right.written, sign)
    return Relation(left.written, sign, right.written)


@two
def added(left: SymbolInput, right: SymbolInput) -> Expression:
    """``+ 2``; a fixed operand stands after the sign."""
    # Addition commutes, and "3 +" in front of a compound would read as unfinished.
    return _between("+", right, left) if left.fixed else _between("+", left, right)


@two
def multiplied(left: SymbolInput, right: SymbolInput) -> Expression:
    """``2 ·`` where one operand is fixed, else ``×``."""
    constant = left if left.fixed else right if right.fixed else None
    return Sign("×") if constant is None else Row((enclosed(constant.written), DOT))


@two
def divided(over: SymbolInput, under: SymbolInput) -> Expression:
    """``÷ 2``, and ``1 /`` where only the numerator is fixed."""
    return _between("/" if over.fixed and not under.fixed else "÷", over, under)


@two
def raised(base: SymbolInput, exponent: SymbolInput) -> Expression:
    """A power, with both operands written."""
    return Power(base.written, exponent.written)


@two
def multiplied_matrices(first: SymbolInput, second: SymbolInput) -> Expression:
    """A product with ``@``, or the sign alone if an operand has no short symbol."""
    return Sign("@") if first.symbol is None or second.symbol is None else Product((first.symbol, second.symbol), "@")


@two
def floored(left: SymbolInput, right: SymbolInput) -> Expression:
    """``floor ÷``."""
    return Row((Word("floor"), Sign("÷")))


@two
def remaining(left: SymbolInput, right: SymbolInput) -> Expression:
    """``mod 2``, or ``mod`` alone if the second operand is not fixed."""
    return Row((Word("mod"), Space("thin"), enclosed(right.written))) if right.fixed else Word("mod")


@two
def chosen(item: SymbolInput, index: SymbolInput) -> Expression:
    """``a_{0}``, or the index alone in brackets."""
    if not index.fixed:
        return Item(NOTHING, DOT)
    constant = index.constant
    entries = list(constant) if isinstance(constant, (list, tuple)) else [constant]
    text = index_text(constant)
    if text:
        if item.symbol is not None and indexable(item.symbol) and not isinstance(item.symbol, Power):
            return Indexed(item.symbol, (Indices(text),))
        return Item(NOTHING, Indices(text))
    text = ",".join(str(entry) for entry in entries)
    return Item(NOTHING, Word(text) if len(text) <= 12 else Sign("⋯"))


def called(function: Expression) -> Card:
    """``sin a``; the function alone if its operand is compound."""
    return one(lambda item: function if item.symbol is None else applied(function, item.symbol))


negative = one(lambda item: negated(item.symbol or HOLE))
positive = one(lambda item: Sign("+"))
rooted = one(lambda item: Root(item.symbol or DOT))
barred = one(lambda item: Bars(item.symbol or DOT))
squared = one(lambda item: Power(item.written, Number(2)))
inverted = one(lambda item: Quotient(Number(1), item.symbol or HOLE, "/"))


def power_of_e(function: Expression) -> Card:
    """``e^{a}``; the function's name if its operand is compound."""
    return one(lambda item: Power(Letter("e"), item.symbol) if item.symbol else function)


def marked(mark: str) -> Card:
    """``X^{T}``, unless the operand is itself a power."""
    return one(lambda item: Power(HOLE if item.symbol is None or isinstance(item.symbol, Power) else item.symbol, Letter(mark)))


def summed(given: Sequence[SymbolInput]) -> Expression:
    """Σ, whatever is summed."""
    return SIGMA
