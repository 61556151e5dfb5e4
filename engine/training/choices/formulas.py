"""The letters of the laboratory's formulas, and what several of them have in common."""

from __future__ import annotations

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Accented, Function, Indexed, Letter, Number
from engine.mathematics.tree import Bracketed, Call, Power, Product, Quotient, Relation, Root, Sum, minus, partial, plus

W, B, X, Y, Z, G, S, V, M, L = map(Letter, "wbxyzgsvmL")
Y_HAT = Accented("hat", Y)
ETA, BETA, ALPHA, LAMBDA, EPSILON, DELTA, TAU = map(Letter, ("eta", "beta", "alpha", "lambda", "varepsilon", "delta", "tau"))
BETA_1, BETA_2 = (Indexed(BETA, (Number(place),)) for place in (1, 2))
ONE, TWO = Number(1), Number(2)
GRADIENT = partial(L, W)


def numbered(letter: Expression, place: int) -> Expression:
    """``w_{1}``."""
    return Indexed(letter, (Number(place),))


def times(*factors: Expression) -> Expression:
    """Factors side by side."""
    return Product(factors)


def becomes(left: Expression, right: Expression) -> Expression:
    """``w ← right``."""
    return Relation(left, "←", right)


def moved(by: Expression, decay: Expression | None = None) -> Expression:
    """``w ← w − by``; with ``decay`` that of the weight comes first: ``w ← (1 − decay) w − by``."""
    return becomes(W, minus(W if decay is None else times(Bracketed(minus(ONE, decay)), W), by))


def kept(letter: Expression, share: Expression, of: Expression) -> Expression:
    """A mean that forgets: ``s ← α s + (1 − α) of``."""
    return becomes(letter, plus(times(share, letter), times(Bracketed(minus(ONE, share)), of)))


def pulled(gradient: Expression, decay: float) -> Expression:
    """``gradient``, with weight decay ``gradient + λ w``."""
    return plus(gradient, times(LAMBDA, W)) if decay else gradient


def over_root(over: Expression, of: Expression) -> Expression:
    """``η over / (√of + ε)``."""
    return Quotient(times(ETA, over), plus(Root(of), EPSILON), "/")


def squared(item: Expression) -> Expression:
    """``g²``."""
    return Power(item, TWO)


def log_of(item: Expression) -> Expression:
    """``log(item)``."""
    return Call(Function("log"), (item,))


def sum_of(terms: list[Expression]) -> Expression:
    """``a + b + …``."""
    return Sum("+" * len(terms), tuple(terms))
