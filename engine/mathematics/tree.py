"""Mathematics as a tree: sums, products, powers, calls and what is said with them; decides where brackets stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.mathematics.atoms import Atom, scripted
from engine.mathematics.expression import APPLIED, ATOM, BIG, POWER, PRODUCT, SUM, Expression, Writing
from engine.mathematics.letters import HOLE, Indexed, Letter, Number, Primed, Sign, Word


@dataclass(frozen=True, eq=False)
class Sum(Expression):
    """``a + b - c``: ``signs`` has a ``+`` or ``-`` for each of the ``terms``; a first ``+`` is not written."""

    signs: str
    terms: tuple[Expression, ...]

    @property
    def level(self) -> int:
        return SUM

    @property
    def minus(self) -> bool:
        return self.signs[0] == "-" or self.terms[0].minus

    @property
    def open(self) -> bool:
        last = self.terms[-1]
        return last.open and not self.bracketed(len(self.terms) - 1)

    def bracketed(self, at: int) -> bool:
        """Whether a term stands in brackets: if it begins with a minus, is a subtracted sum, or has a sum sign that would take
        the rest."""
        term = self.terms[at]
        if at == 0 and self.signs[0] == "+":
            return term.open and len(self.terms) > 1
        if at == 0:
            return term.minus or term.level < PRODUCT
        followed = term.open and at < len(self.terms) - 1
        return term.minus or followed or (self.signs[at] == "-" and term.level == SUM)

    def _write(self, to: Writing) -> None:
        for at, (sign, term) in enumerate(zip(self.signs, self.terms, strict=True)):
            if at:
                to.blank()
            if at:
                to.sign("−" if sign == "-" else "+")
            elif sign == "-":
                to.negative()
            if at:
                to.blank()
            to.part(term, self.bracketed(at))


@dataclass(frozen=True, eq=False)
class Product(Expression):
    """``factors`` with a ``sign`` between: ``·``, ``⊙``, or nothing that is seen: a blank, for matrices ``@``."""

    factors: tuple[Expression, ...]
    sign: str = " "

    @property
    def level(self) -> int:
        return PRODUCT

    @property
    def kind(self) -> str:
        """Numbers of any kind multiply alike; elements and matrices do not."""
        return self.sign if self.sign in "⊙@" else "·"

    def bracketed(self, at: int) -> bool:
        factor = self.factors[at]
        if factor.level != PRODUCT:
            return factor.level < PRODUCT
        if isinstance(factor, Product):
            return factor.kind != self.kind or (at > 0 and self.kind != "·")
        divided = isinstance(factor, Quotient) and factor.sign != "bar"
        return divided or (at > 0 and self.kind != "·")

    def _write(self, to: Writing) -> None:
        for at, factor in enumerate(self.factors):
            if at:
                self._between(to, at)
            to.part(factor, self.bracketed(at))

    def _between(self, to: Writing, at: int) -> None:
        """What stands before a factor."""
        to.blank()
        if self.sign in "·⊙":
            to.sign(self.sign)
            to.blank()
            return
        ends = _is_word(self.factors[at - 1]) and not self.bracketed(at - 1)
        if ends or (_is_word(self.factors[at], called=True) and not self.bracketed(at)):
            to.space("thin")  # a word runs together with what stands next to it
            to.blank()


def _is_word(item: Expression, called: bool = False) -> bool:
    """Whether it is a word, maybe with something raised or lowered; or begins with one that is ``called``."""
    while not isinstance(item, Word):
        if isinstance(item, Call) and called:
            item = item.function
        elif isinstance(item, Power):
            item = item.base
        elif isinstance(item, (Indexed, Primed)):
            item = item.body
        else:
            return False
    return True


@dataclass(frozen=True, eq=False)
class Quotient(Expression):
    """``over`` by ``under``: with a ``bar`` between, or a sign in the line: ``/``, ``÷``."""

    over: Expression
    under: Expression
    sign: str = "bar"

    @property
    def level(self) -> int:
        return PRODUCT

    def _write(self, to: Writing) -> None:
        if self.sign == "bar":
            atom = Atom("frac", body=to.inner(self.over), sub=to.inner(self.under))
            to.put(f"\\frac{{{self.over.written.latex}}}{{{self.under.written.latex}}}", atom)
            to.tall = True
            return
        divided = isinstance(self.over, Quotient) and self.over.sign != "bar"
        to.part(self.over, self.over.level < PRODUCT or divided)
        to.blank()
        to.sign(self.sign)
        to.blank()
        to.part(self.under, self.under.level <= PRODUCT)


@dataclass(frozen=True, eq=False)
class Power(Expression):
    """``a^{3}``, ``X^{T}``."""

    base: Expression
    exponent: Expression

    @property
    def level(self) -> int:
        return POWER

    def filled(self, operands: Mapping[object, Expression]) -> Expression:
        made = super().filled(operands)
        return transposed(made.base) if isinstance(made, Power) and made.exponent == TRANSPOSE else made

    def _write(self, to: Writing) -> None:
        to.part(self.base, not self.base.whole)
        to.latex.append(f"^{{{self.exponent.written.latex}}}")
        scripted(to.atoms, to.inner(self.exponent), ())


@dataclass(frozen=True, eq=False)
class Call(Expression):
    """``sin(a)``: a function of its arguments."""

    function: Expression
    arguments: tuple[Expression, ...]

    @property
    def level(self) -> int:
        return APPLIED

    @property
    def whole(self) -> bool:
        return True

    def _write(self, to: Writing) -> None:
        to.part(self.function)
        to.part(self.arguments[0] if len(self.arguments) == 1 else Listing(self.arguments), True)


@dataclass(frozen=True, eq=False)
class Applied(Expression):
    """``sin a``, as on a card: a function of one symbol. ``applied`` makes it."""

    function: Expression
    argument: Expression

    @property
    def level(self) -> int:
        return BIG

    def _write(self, to: Writing) -> None:
        to.part(self.function)
        to.blank()
        to.part(self.argument)


@dataclass(frozen=True, eq=False)
class Root(Expression):
    """``√a``."""

    body: Expression

    def _write(self, to: Writing) -> None:
        to.put(f"\\sqrt{{{self.body.written.latex}}}", Atom("root", body=to.inner(self.body)))


@dataclass(frozen=True, eq=False)
class Bars(Expression):
    """The absolute value, or (``double``) the norm."""

    body: Expression
    double: bool = False

    def _write(self, to: Writing) -> None:
        char = "‖" if self.double else "|"
        to.sized(char, "left")
        to.part(self.body)
        to.sized(char, "right")


@dataclass(frozen=True, eq=False)
class Big(Expression):
    """A sum (``∑``, ``Σ``) or product (``∏``) over all elements."""

    sign: str
    body: Expression

    @property
    def level(self) -> int:
        return BIG if self.sign == "∑" else APPLIED

    @property
    def open(self) -> bool:
        return self.sign == "∑"

    @property
    def bracketed(self) -> bool:
        """Whether what is added up stands in brackets."""
        return self.body.level < PRODUCT if self.sign != "Σ" else not self.body.whole

    def _write(self, to: Writing) -> None:
        to.sign(self.sign)
        to.blank()
        if self.sign == "Σ" and self.body.written.has_word:
            to.space("thin")
            to.blank()
        to.part(self.body, self.bracketed)
        to.tall |= self.sign == "∑"


@dataclass(frozen=True, eq=False)
class Mean(Expression):
    """``1/N ∑``: the mean over all elements."""

    body: Expression

    @property
    def level(self) -> int:
        return BIG

    @property
    def open(self) -> bool:
        return True

    def _write(self, to: Writing) -> None:
        to.part(Quotient(Number(1), Letter("N")))
        to.part(Big("∑", self.body))


@dataclass(frozen=True, eq=False)
class Partial(Expression):
    """``∂y``; anything more than a symbol or a call is in brackets."""

    body: Expression

    @property
    def level(self) -> int:
        return BIG

    def _write(self, to: Writing) -> None:
        to.sign("∂")
        to.blank()
        to.part(self.body, not self.body.whole or isinstance(self.body, Root))


@dataclass(frozen=True, eq=False)
class Above(Expression):
    """``[x > 0]``: 1 where ``left`` is above ``right``, else 0."""

    left: Expression
    right: Expression

    def _write(self, to: Writing) -> None:
        to.sign("[")
        to.part(self.left, self.left.level == SUM)
        to.blank()
        to.sign(">")
        to.blank()
        to.part(self.right)
        to.sign("]")


@dataclass(frozen=True, eq=False)
class Item(Expression):
    """``x[i]``: what an index takes; ``body`` may be ``NOTHING``."""

    body: Expression
    index: Expression

    @property
    def level(self) -> int:
        return APPLIED

    def _write(self, to: Writing) -> None:
        to.part(self.body, self.body.level < ATOM)
        to.sign("[")
        to.part(self.index)
        to.sign("]")


# What is said with them ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Relation(Expression):
    """``y = a + b``."""

    left: Expression
    sign: str
    right: Expression

    @property
    def level(self) -> int:
        return SUM

    def _write(self, to: Writing) -> None:
        to.part(self.left)
        to.blank()
        to.sign(self.sign)
        to.blank()
        to.part(self.right)


@dataclass(frozen=True, eq=False)
class Listing(Expression):
    """``a, b, …``; ``more`` says that it goes on, ``square`` puts it in square brackets."""

    items: tuple[Expression, ...]
    more: bool = False
    square: bool = False

    @property
    def level(self) -> int:
        return ATOM if self.square else SUM

    def _write(self, to: Writing) -> None:
        if self.square:
            to.sign("[")
        for at, item in enumerate((*self.items, Sign("…")) if self.more else self.items):
            if at:
                to.sign(",")
                to.blank()
            to.part(item)
        if self.square:
            to.sign("]")


@dataclass(frozen=True, eq=False)
class Row(Expression):
    """Parts one after another, as they are, for what is not a whole formula, such as ``3 ·`` or ``+= 2``. ``close``: nothing
    between."""

    items: tuple[Expression, ...]
    close: bool = False

    @property
    def level(self) -> int:
        return SUM

    def _write(self, to: Writing) -> None:
        for at, item in enumerate(self.items):
            if at and not self.close:
                to.blank()
            to.part(item)


@dataclass(frozen=True, eq=False)
class Bracketed(Expression):
    """In brackets, whatever it is: made by ``enclosed``."""

    body: Expression

    def _write(self, to: Writing) -> None:
        to.part(self.body, True)


# Making them ---------------------------------------------------------------------------------------------------------


def enclosed(item: Expression, level: int = PRODUCT) -> Expression:
    """``item`` in brackets if it holds together less tightly than ``level``: for a part that stands by itself behind a sign."""
    return Bracketed(item) if item.level < level else item


def applied(function: Expression, argument: Expression) -> Expression:
    """``sin a``; anything more than a symbol, and a word, is in brackets: ``sin(loss)``."""
    enclosed = argument.written.has_word or argument.level < ATOM
    return Call(function, (argument,)) if enclosed else Applied(function, argument)


def beside(*factors: Expression) -> Expression:
    """Factors side by side; with dots where a number would run together with what is before it."""
    dotted = Product(factors, "·")
    digits = any(not dotted.bracketed(at) and _begins_with_digits(factors[at]) for at in range(1, len(factors)))
    return dotted if digits else Product(factors)


def _begins_with_digits(item: Expression) -> bool:
    """Whether it begins with a number, or is a fraction."""
    first = item.atoms[0]
    return first.kind == "frac" or (first.body or (first,))[0].plain[:1].isdigit()


def negated(item: Expression) -> Expression:
    """``-a``."""
    return Sum("-", (item,))


def plus(*terms: Expression) -> Expression:
    """``a + b``."""
    return Sum("+" * len(terms), terms)


def minus(left: Expression, right: Expression) -> Expression:
    """``a - b``."""
    return Sum("+-", (left, right))


def partial(over: Expression, under: Expression) -> Expression:
    """``∂over/∂under``; if ``under`` has no name: a gradient."""
    if under == HOLE:
        return Word("gradient")
    return Quotient(Partial(over), Partial(under))


def transposed(item: Expression) -> Expression:
    """``X^{T}``; transposed twice, it is as before."""
    if isinstance(item, Power) and item.exponent == TRANSPOSE:
        return item.base
    return Power(item, TRANSPOSE)


TRANSPOSE = Letter("T")
