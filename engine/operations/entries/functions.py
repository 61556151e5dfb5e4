"""Functions of each element: exponentials, logarithms, angles, and those of statistics and physics; rounding and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Indexed, Indices, Number, Word
from engine.mathematics.tree import Call, Power, Root, minus, negated, plus
from engine.operations import signs
from engine.operations.arrays import of_result
from engine.operations.entry import Entry, WayBack, nodes
from engine.operations.trees import ONE, OUT, PI, TWO, ZERO, E, G, X, elements, function, of, over, squared, times

_EVERYWHERE = "torch x x_"
_EXP = Power(E, X)
_LOG_2, _LOG_10 = (Indexed(function("log"), (Indices(base),)) for base in ("2", "10"))

_FLAT = WayBack("It is flat between its steps, so the gradient is 0.")


def _function(
    names: str,
    words: str,
    slope: Expression | None,
    programs: str = _EVERYWHERE,
    *,
    value: Expression | None = None,
    symbol: Expression | None = None,
    rough: bool = False,
    numbers: tuple[Callable[[Any], Any], Callable[[Any], Any]] | None = None,
    answer: Callable[[float], float] | None = None,
    also: str = "",
    back: tuple[str, str] = ("", ""),
) -> Entry:
    """A function of one element; ``symbol`` is its name in mathematics, if it has one.

    ``back`` is the name of its Node and what that does, if the slope is not a function that has a form here.
    """
    written = None if symbol is None else Call(symbol, (X,))
    return Entry(
        names,
        words,
        programs,
        also=also,
        value=value or written,
        written=written,
        card=None if symbol is None else signs.called(symbol),
        slope=() if slope is None else (slope,),
        nodes=nodes(back[0], WayBack(back[1])),
        rough=rough,
        numbers=numbers,
        answer=answer,
        cost=("each element",),
    )


def _steps(names: str, words: str, node: str, programs: str = _EVERYWHERE) -> Entry:
    """Functions that are flat between their steps."""
    return Entry(names, words, programs, nodes=nodes(node, _FLAT), cost=("each element",))


def _scaled(name: str, words: str, node: str, back: str) -> Entry:
    """A function of ``torch.special`` whose slope has no form here."""
    return Entry(name, words, "special", nodes=nodes(f"Special{node}", WayBack(back)))


def _limits(names: str, words: str, node: str, back: str) -> Entry:
    """Functions that cut off at limits."""
    way = WayBack(back, "where it passes", each=True, kept=True)
    return Entry(names, words, _EVERYWHERE, nodes=nodes(node, way), cost=("each element",))


FUNCTIONS = (
    Entry(
        "exp",
        "e to the power of each element.",
        _EVERYWHERE,
        value=_EXP,
        written=_EXP,
        card=signs.power_of_e(function("exp")),
        slope=(_EXP,),
        nodes={"Exp": WayBack(rule=elements(G, OUT), numbers=of_result(lambda out: (out, np.abs(out))))},
        answer=math.exp,
        cost=("each element",),
    ),
    _function(
        "exp2",
        "2 to the power of each element.",
        times(Power(TWO, X), of("log", TWO)),
        f"{_EVERYWHERE} special",
        value=Power(TWO, X),
    ),
    _function(
        "expm1", "e to the power of each element, minus 1.", _EXP, f"{_EVERYWHERE} special", value=minus(_EXP, ONE), rough=True
    ),
    _function(
        "log",
        "The natural logarithm of each element.",
        over(ONE, X),
        symbol=function("log"),
        numbers=(np.log, np.reciprocal),
        answer=math.log,
        also="ln",
    ),
    _function(
        "log2",
        "The logarithm of each element to base 2.",
        over(ONE, times(X, of("log", TWO))),
        value=over(of("log"), of("log", TWO)),
        symbol=_LOG_2,
    ),
    _function(
        "log10",
        "The logarithm of each element to base 10.",
        over(ONE, times(X, of("log", Number(10)))),
        value=over(of("log"), of("log", Number(10))),
        symbol=_LOG_10,
    ),
    Entry(
        "log1p",
        "The natural logarithm of 1 plus each element.",
        f"{_EVERYWHERE} special",
        value=of("log", plus(ONE, X)),
        card=signs.called(Word("log1p")),
        slope=(over(ONE, plus(ONE, X)),),
        cost=("each element",),
    ),
    # Angles
    _function("sin", "The sine of each element.", of("cos"), symbol=function("sin"), numbers=(np.sin, np.cos), answer=math.sin),
    _function(
        "cos",
        "The cosine of each element.",
        negated(of("sin")),
        symbol=function("cos"),
        numbers=(np.cos, np.sin),
        answer=math.cos,
    ),
    _function(
        "tan",
        "The tangent of each element.",
        over(ONE, squared(of("cos"))),
        symbol=function("tan"),
        numbers=(np.tan, lambda x: np.tan(x) ** 2 + 1),
        answer=math.tan,
    ),
    _function(
        "asin arcsin",
        "The angle whose sine each element is.",
        over(ONE, Root(minus(ONE, squared(X)))),
        symbol=function("arcsin"),
        answer=math.asin,
    ),
    _function(
        "acos arccos",
        "The angle whose cosine each element is.",
        negated(over(ONE, Root(minus(ONE, squared(X))))),
        symbol=function("arccos"),
        answer=math.acos,
    ),
    _function(
        "atan arctan",
        "The angle whose tangent each element is.",
        over(ONE, plus(ONE, squared(X))),
        symbol=function("arctan"),
        answer=math.atan,
    ),
    _function(
        "sinh",
        "The hyperbolic sine of each element.",
        of("cosh"),
        symbol=function("sinh"),
        numbers=(np.sinh, np.cosh),
        answer=math.sinh,
    ),
    _function(
        "cosh",
        "The hyperbolic cosine of each element.",
        of("sinh"),
        symbol=function("cosh"),
        numbers=(np.cosh, np.sinh),
        answer=math.cosh,
    ),
    Entry(
        "tanh",
        "The hyperbolic tangent of each element, between −1 and 1.",
        f"{_EVERYWHERE} F",
        value=of("tanh"),
        written=of("tanh"),
        card=signs.called(function("tanh")),
        slope=(minus(ONE, squared(of("tanh"))),),
        nodes={
            "Tanh": WayBack(rule=elements(G, minus(ONE, squared(OUT))), numbers=of_result(lambda out: (1 - out**2, 1 + out**2)))
        },
        numbers=(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        answer=math.tanh,
        cost=("each element",),
    ),
    _function(
        "asinh arcsinh",
        "The number whose hyperbolic sine each element is.",
        over(ONE, Root(plus(squared(X), ONE))),
        value=of("asinh"),
    ),
    _function(
        "acosh arccosh",
        "The number whose hyperbolic cosine each element is.",
        over(ONE, Root(minus(squared(X), ONE))),
        value=of("acosh"),
    ),
    _function(
        "atanh arctanh",
        "The number whose hyperbolic tangent each element is.",
        over(ONE, minus(ONE, squared(X))),
        value=of("atanh"),
    ),
    _function("deg2rad", "Degrees as radians.", over(PI, Number(180)), value=times(over(PI, Number(180)), X)),
    _function("rad2deg", "Radians as degrees.", over(Number(180), PI), value=times(over(Number(180), PI), X)),
    _function(
        "sinc",
        "The sine of π times each element, divided by that; 1 at 0.",
        over(minus(times(PI, X, of("cos", times(PI, X))), of("sin", times(PI, X))), times(PI, squared(X))),
        f"{_EVERYWHERE} special",
        value=over(of("sin", times(PI, X)), times(PI, X)),
    ),
    # Of statistics and physics
    _function(
        "erf",
        "The error function of each element: the share of a normal distribution within a distance, between −1 and 1.",
        times(over(TWO, Root(PI)), Power(E, negated(squared(X)))),
        f"{_EVERYWHERE} special",
        value=of("erf"),
    ),
    _function(
        "erfc",
        "1 minus the error function of each element.",
        negated(times(over(TWO, Root(PI)), Power(E, negated(squared(X))))),
        f"{_EVERYWHERE} special",
        value=minus(ONE, of("erf")),
    ),
    _function(
        "erfinv",
        "The number whose error function each element is.",
        None,
        f"{_EVERYWHERE} special",
        back=("Erfinv", "The gradient is multiplied by half the root of π, times e to the power of the square of the result."),
    ),
    _scaled(
        "erfcx",
        "1 minus the error function, scaled by e to the square of each element so that it does not vanish.",
        "Erfcx",
        "The gradient is multiplied by twice the element times the result, minus two divided by the root of π.",
    ),
    Entry("ndtr", "The share of a normal distribution below each element.", "special"),
    _scaled(
        "ndtri",
        "The number below which each element's share of a normal distribution lies.",
        "Ndtri",
        "The gradient is divided by the density of the normal distribution at the result.",
    ),
    _scaled(
        "log_ndtr",
        "The logarithm of the share of a normal distribution below each element.",
        "LogNdtr",
        "The gradient is multiplied by the density of the normal distribution divided by the share below.",
    ),
    Entry(
        "entr",
        "Minus each element times its logarithm: what it adds to an entropy.",
        "special",
        value=negated(times(X, of("log"))),
        slope=(minus(negated(of("log")), ONE),),
    ),
    _function(
        "lgamma gammaln",
        "The logarithm of the gamma function of each element.",
        None,
        f"{_EVERYWHERE} special.gammaln",
        back=("Lgamma", "The gradient is multiplied by digamma of each element."),
    ),
    _function(
        "digamma psi",
        "The derivative of the logarithm of the gamma function at each element.",
        None,
        f"{_EVERYWHERE} special special.psi",
        back=("Digamma", "The gradient is multiplied by polygamma of order 1 of each element."),
    ),
    Entry(
        "polygamma",
        "A higher derivative of the logarithm of the gamma function at each element.",
        f"{_EVERYWHERE} special",
        nodes=nodes("Polygamma", WayBack("The gradient is multiplied by polygamma of the next order of each element.")),
        cost=("each element", "order"),
    ),
    Entry(
        "mvlgamma",
        "The logarithm of the gamma function of several dimensions.",
        _EVERYWHERE,
        nodes=nodes(
            "Mvlgamma",
            WayBack("The gradient is multiplied by digamma at the element, at it minus ½, minus 1 and so on, added up."),
        ),
        cost=("order", "times the order"),
    ),
    _function(
        "i0",
        "The modified Bessel function of order 0.",
        None,
        f"{_EVERYWHERE} special",
        back=("I0", "The gradient is multiplied by i1 of each element."),
    ),
    _scaled(
        "i0e",
        "The modified Bessel function of order 0, scaled so that it does not overflow.",
        "I0E",
        "The gradient is multiplied by i1e of each element minus the result times its sign.",
    ),
    _scaled(
        "i1",
        "The modified Bessel function of order 1.",
        "I1",
        "The gradient is multiplied by i0 of each element minus the result divided by it.",
    ),
    _scaled(
        "i1e",
        "The modified Bessel function of order 1, scaled so that it does not overflow.",
        "I1E",
        "The gradient is multiplied by i0e of each element, minus the result times the sum of the element's sign and inverse.",
    ),
    _function(
        "logit",
        "The logarithm of each element divided by 1 minus it.",
        over(ONE, times(X, minus(ONE, X))),
        f"{_EVERYWHERE} special",
        value=of("log", over(X, minus(ONE, X))),
    ),
    # Rounding, and limits
    _steps("ceil", "Rounds each element up.", "Ceil"),
    _steps("floor", "Rounds each element down.", "Floor"),
    _steps("round", "Rounds each element: to whole numbers, if no decimals are asked for.", "Round", f"{_EVERYWHERE} special"),
    _steps("trunc fix", "Cuts off what stands after the decimal point.", "Trunc Fix"),
    Entry(
        "sign",
        "1 where an element is positive, −1 where it is negative, 0 where it is 0.",
        _EVERYWHERE,
        nodes=nodes("Sign", _FLAT),
        numbers=(np.sign, np.zeros_like),
        cost=("each element",),
    ),
    _function("sgn", "The sign of each element; of a complex one its direction.", ZERO),
    _function("frac", "What stands after the decimal point of each element.", ONE),
    _function(
        "nan_to_num",
        "Replaces nan and infinity with numbers.",
        None,
        back=("NanToNum", "Where a number was put in, the gradient is 0; elsewhere it passes."),
    ),
    _limits(
        "clamp clip", "Keeps each element within limits.", "Clamp", "Inside the limits the gradient passes, outside it becomes 0."
    ),
    _limits(
        "clamp_min", "Keeps each element above a limit.", "ClampMin", "Above the limit the gradient passes, below it becomes 0."
    ),
    _limits(
        "clamp_max", "Keeps each element below a limit.", "ClampMax", "Below the limit the gradient passes, above it becomes 0."
    ),
)
