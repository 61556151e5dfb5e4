"""Local derivatives by hand: for each operation, what its result changes by with each of its inputs.

Torch's choices at kinks are the ones written (``relu`` at 0 gives 0), which is why this table is not made by sympy; tests hold it
against sympy and against torch where the functions are smooth.
"""

from __future__ import annotations

from engine.mathematics.expression import Expression
from engine.mathematics.letters import GRADIENT, Function, Letter, Number, Operand, Word
from engine.mathematics.tree import Above, Bars, Big, Call, Power, Product, Quotient, Root, minus, negated, plus, transposed
from engine.operations.symbols import canonical, number_symbol

_X, _Y = Operand(0), Operand(1)
"""The inputs."""
_N, _E, _PI = Letter("N"), Letter("e"), Letter("pi")
_ZERO, _ONE, _TWO = Number(0), Number(1), Number(2)


def _squared(item: Expression) -> Expression:
    return Power(item, _TWO)


def _times(*factors: Expression) -> Expression:
    return Product(factors)


def _over(over: Expression, under: Expression) -> Expression:
    return Quotient(over, under)


def _of(name: str, item: Expression) -> Expression:
    return Call(Word(name) if name in ("sign", "sigmoid") else Function(name), (item,))


_LOG = _of("log", _X)
_SIGMOID = _of("sigmoid", _X)
_ROOT_OF_SQUARES = Root(plus(_squared(_X), _squared(_Y)))

LOCAL_RULES: dict[str, tuple[Expression, ...]] = {
    "add": (_ONE, _ONE),
    "sub": (_ONE, Number(-1)),
    "rsub": (Number(-1), _ONE),
    "mul": (_Y, _X),
    "div": (_over(_ONE, _Y), negated(_over(_X, _squared(_Y)))),
    "rdiv": (negated(_over(_Y, _squared(_X))), _over(_ONE, _X)),
    "pow": (_times(_Y, Power(_X, minus(_Y, _ONE))), _times(Power(_X, _Y), _LOG)),
    "rpow": (_times(Power(_Y, _X), _of("log", _Y)), _times(_X, Power(_Y, minus(_X, _ONE)))),
    "neg": (Number(-1),),
    "abs": (_of("sign", _X),),
    "exp": (Power(_E, _X),),
    "exp2": (_times(Power(_TWO, _X), _of("log", _TWO)),),
    "expm1": (Power(_E, _X),),
    "log": (_over(_ONE, _X),),
    "log2": (_over(_ONE, _times(_X, _of("log", _TWO))),),
    "log10": (_over(_ONE, _times(_X, _of("log", Number(10)))),),
    "log1p": (_over(_ONE, plus(_ONE, _X)),),
    "sqrt": (_over(_ONE, _times(_TWO, Root(_X))),),
    "rsqrt": (negated(_over(_ONE, _times(_TWO, _X, Root(_X)))),),
    "square": (_times(_TWO, _X),),
    "reciprocal": (negated(_over(_ONE, _squared(_X))),),
    "sin": (_of("cos", _X),),
    "cos": (negated(_of("sin", _X)),),
    "tan": (_over(_ONE, _squared(_of("cos", _X))),),
    "asin": (_over(_ONE, Root(minus(_ONE, _squared(_X)))),),
    "acos": (negated(_over(_ONE, Root(minus(_ONE, _squared(_X))))),),
    "atan": (_over(_ONE, plus(_ONE, _squared(_X))),),
    "sinh": (_of("cosh", _X),),
    "cosh": (_of("sinh", _X),),
    "tanh": (minus(_ONE, _squared(_of("tanh", _X))),),
    "asinh": (_over(_ONE, Root(plus(_squared(_X), _ONE))),),
    "atanh": (_over(_ONE, minus(_ONE, _squared(_X))),),
    "erf": (_times(_over(_TWO, Root(_PI)), Power(_E, negated(_squared(_X)))),),
    "sigmoid": (_times(_SIGMOID, minus(_ONE, _SIGMOID)),),
    "relu": (Above(_X, _ZERO),),
    "softplus": (_SIGMOID,),
    "silu": (_times(_SIGMOID, plus(_ONE, _times(_X, minus(_ONE, _SIGMOID)))),),
    "logsigmoid": (minus(_ONE, _SIGMOID),),
    "hypot": (_over(_X, _ROOT_OF_SQUARES), _over(_Y, _ROOT_OF_SQUARES)),
    "atan2": (
        _over(_Y, plus(_squared(_X), _squared(_Y))),
        negated(_over(_X, plus(_squared(_X), _squared(_Y)))),
    ),
}
"""Element-wise operations; ``Operand(0)`` and ``Operand(1)`` stand for the inputs."""

GRADIENT_RULES: dict[str, tuple[Expression, ...]] = {
    "matmul": (Product((GRADIENT, transposed(_Y)), "@"), Product((transposed(_X), GRADIENT), "@")),
    "sum": (GRADIENT,),
    "mean": (_times(_over(_ONE, _N), GRADIENT),),
    "prod": (_times(_over(Big("∏", _X), _X), GRADIENT),),
    "norm": (_times(_over(_X, Bars(_X, double=True)), GRADIENT),),
    "T": (transposed(GRADIENT),),
    "mT": (transposed(GRADIENT),),
    "mse_loss": (
        _times(_over(_TWO, _N), minus(_X, _Y), GRADIENT),
        _times(_over(_TWO, _N), minus(_Y, _X), GRADIENT),
    ),
}
"""Operations that are not element-wise: what becomes of a gradient ``G`` of the result (spread out to the input's shape)."""

RESHAPING = frozenset(("reshape", "view", "flatten", "squeeze", "unsqueeze", "transpose", "permute", "clone", "contiguous"))
"""Operations that pass the gradient on in the input's own shape."""


def local_rule(name: str, symbols: tuple[Expression, ...], constants: tuple[object, ...] = ()) -> tuple[Expression, ...] | None:
    """The local derivative of an operation by each of its inputs, in the inputs' own symbols: the one text for it everywhere.

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
        One entry an input, or None if there is no rule for the operation (or for that many inputs). For operations in
        ``GRADIENT_RULES`` and ``RESHAPING`` the entries say what becomes of the gradient ``G``.
    """
    name = canonical(name.rstrip("_"))
    if name in RESHAPING and symbols:
        return (GRADIENT,)
    rules = LOCAL_RULES.get(name) or GRADIENT_RULES.get(name)
    if rules is None or len(rules) != len(symbols):
        return None
    found = [rule.filled(dict(enumerate(symbols))) for rule in rules]
    exponent = constants[1] if name == "pow" and len(constants) > 1 else None
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool):
        found[0] = power_rule(exponent, symbols[0])
    return tuple(found)


def power_rule(exponent: int | float, base: Expression) -> Expression:
    """The derivative of a power with a constant exponent: ``3 a^{2}``, ``2 b``, ``-1 a^{-2}`` in parentheses, ``1``, ``0``."""
    if exponent in (0, 1):
        return Number(int(exponent))
    return Product((number_symbol(exponent), lowered(exponent, base)))


def lowered(exponent: int | float, base: Expression) -> Expression:
    """What is left of a power with a constant exponent: ``a^{2}`` of 3, ``a`` of 2."""
    return base if exponent == 2 else Power(base, number_symbol(exponent - 1))
