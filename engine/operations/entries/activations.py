"""Activations: what networks bend their values with, and softmax."""

from __future__ import annotations

import math

import numpy as np

from engine.mathematics.tree import Above, Power, minus, negated, plus
from engine.operations.arrays import Array, Candidates, Operands, axes, of_result
from engine.operations.entry import Entry, WayBack, nodes
from engine.operations.trees import IN, ONE, OUT, ZERO, E, G, X, elements, of, times, total

_SIGMOID = of("sigmoid")
_EXP = Power(E, X)


def _sigmoid(x: Array) -> Array:
    # Computed from the smaller side: so 1 - sigmoid(x) keeps its digits where it is tiny.
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, small, 1.0) / (1 + small))


def _sigmoid_slope(x: Array) -> Array:
    return _sigmoid(x) * _sigmoid(-x)


def _passed(came: Array, operands: Operands, shape: tuple[int, ...]) -> Candidates:
    value = came * (operands["in"] > 0)
    yield value, np.abs(value)


def _softmax(came: Array, operands: Operands, shape: tuple[int, ...]) -> Candidates:
    out = operands["out"]
    for axis in axes(out):
        added = (came * out).sum(axis, keepdims=True)
        yield out * (came - added), np.abs(out) * (np.abs(came) + np.abs(came * out).sum(axis, keepdims=True))


def _log_softmax(came: Array, operands: Operands, shape: tuple[int, ...]) -> Candidates:
    share = np.exp(operands["out"])
    # The logarithm is what is saved; its exponential is less exact the smaller the share is.
    inexact = share * (1 + np.abs(np.nan_to_num(operands["out"], neginf=0)))
    for axis in axes(share):
        yield came - share * came.sum(axis, keepdims=True), np.abs(came) + inexact * np.abs(came).sum(axis, keepdims=True)


_ABOVE = elements(G, Above(IN, ZERO))

_BENT = WayBack("Above 0 the gradient is multiplied by a constant; below, by a slope that shrinks with the exponential.")
_LIMITED = WayBack("Inside the limits the gradient passes, outside it becomes 0.")
_SHRUNK = WayBack("Where the input was not made 0 the gradient passes, elsewhere it becomes 0.")

ACTIVATIONS = (
    Entry(
        "sigmoid expit",
        "Squeezes each element between 0 and 1.",
        "torch x x_ F special.expit",
        value=_SIGMOID,
        slope=(times(_SIGMOID, minus(ONE, _SIGMOID)),),
        nodes={
            "Sigmoid": WayBack(
                rule=elements(G, OUT, minus(ONE, OUT)),
                numbers=of_result(lambda out: (out * (1 - out), np.abs(out) * (1 + np.abs(out)))),
            )
        },
        numbers=(_sigmoid, _sigmoid_slope),
        answer=lambda x: 0.5 * (1 + math.tanh(x / 2)),
        cost=("each element",),
    ),
    Entry(
        "relu",
        "Keeps what is above 0 and makes the rest 0.",
        "torch x x_ F F_",
        value=of("relu"),
        slope=(Above(X, ZERO),),
        kink=True,
        nodes=nodes(
            "Relu",
            WayBack("Where the input was above 0 the gradient passes, elsewhere it becomes 0.", rule=_ABOVE, numbers=_passed),
        ),
        answer=lambda x: max(0.0, x),
    ),
    Entry(
        "threshold",
        "Keeps what is above a threshold and replaces the rest.",
        "F F_",
        nodes=nodes(
            "Threshold",
            WayBack(
                "Where the input was above the threshold the gradient passes, elsewhere it becomes 0.",
                rule=_ABOVE,
                numbers=_passed,
            ),
        ),
    ),
    Entry(
        "softplus",
        "A smooth relu: the logarithm of 1 plus e to the power of each element.",
        "F",
        value=of("log", plus(ONE, _EXP)),
        slope=(_SIGMOID,),
    ),
    Entry(
        "silu",
        "Each element times its sigmoid.",
        "F",
        value=times(X, _SIGMOID),
        slope=(times(_SIGMOID, plus(ONE, times(X, minus(ONE, _SIGMOID)))),),
    ),
    Entry(
        "logsigmoid",
        "The logarithm of the sigmoid of each element.",
        "F",
        also="log_sigmoid",
        value=negated(of("log", plus(ONE, Power(E, negated(X))))),
        slope=(minus(ONE, _SIGMOID),),
    ),
    Entry(
        "leaky_relu",
        "Keeps what is above 0 and multiplies the rest by a small slope.",
        "F F_",
        nodes=nodes(
            "LeakyRelu",
            WayBack("Where the input was above 0 the gradient passes, elsewhere it is multiplied by the small slope."),
        ),
    ),
    Entry(
        "prelu",
        "Keeps what is above 0 and multiplies the rest by a slope that is learnt.",
        "torch x F",
        nodes=nodes(
            "PreluKernel",
            WayBack("Above 0 the gradient passes, below it is multiplied by the slope; the slope gets it times the input."),
        ),
    ),
    Entry(
        "rrelu",
        "Keeps what is above 0 and multiplies the rest by a slope that is drawn in training.",
        "torch F",
        nodes=nodes(
            "RreluWithNoise",
            WayBack("Above 0 the gradient passes, below it is multiplied by the slope that was drawn."),
        ),
    ),
    Entry(
        "elu", "Keeps what is above 0 and bends the rest towards a limit by an exponential.", "F F_", nodes=nodes("Elu", _BENT)
    ),
    Entry(
        "selu",
        "An elu whose constants keep mean and spread steady through many layers.",
        "torch F F_",
        nodes=nodes("Elu", _BENT),
    ),
    Entry("celu", "An elu whose slope has no jump at 0.", "torch F F_", nodes=nodes("Celu", _BENT)),
    Entry(
        "gelu",
        "Each element times the share of a normal distribution below it.",
        "F",
        nodes=nodes(
            "Gelu",
            WayBack(
                "The gradient is multiplied by the share of the normal distribution below, plus the element times its density."
            ),
        ),
    ),
    Entry(
        "mish",
        "Each element times the hyperbolic tangent of its softplus.",
        "F",
        nodes=nodes(
            "Mish",
            WayBack("The gradient is multiplied by the slope of mish: about 1 far above 0, about 0 far below."),
        ),
    ),
    Entry(
        "glu",
        "One half of the elements times the sigmoid of the other half.",
        "F",
        nodes=nodes(
            "Glu",
            WayBack(
                "The first half gets the gradient times the sigmoid; the second gets it times the first and the sigmoid's slope."
            ),
        ),
    ),
    Entry("relu6", "Keeps each element between 0 and 6.", "F", nodes=nodes("Hardtanh", _LIMITED)),
    Entry(
        "hardtanh",
        "Keeps each element between two limits, −1 and 1 if none are given.",
        "F F_",
        nodes=nodes("Hardtanh", _LIMITED),
    ),
    Entry(
        "hardsigmoid",
        "A sigmoid made of three straight pieces.",
        "F",
        nodes=nodes("Hardsigmoid", WayBack("Between −3 and 3 the gradient is divided by 6, outside it becomes 0.")),
    ),
    Entry(
        "hardswish",
        "Each element times its hardsigmoid.",
        "F",
        nodes=nodes(
            "Hardswish",
            WayBack("Above 3 the gradient passes, below −3 it becomes 0, between it is multiplied by a slope that grows evenly."),
        ),
    ),
    Entry("hardshrink", "Sets what is near 0 to 0 and keeps the rest.", "torch F", nodes=nodes("Hardshrink", _SHRUNK)),
    Entry("softshrink", "Sets what is near 0 to 0 and moves the rest towards 0.", "F", nodes=nodes("Softshrink", _SHRUNK)),
    Entry("softsign", "Each element divided by 1 plus its absolute value.", "F"),
    Entry("tanhshrink", "Each element minus its tanh.", "F"),
    Entry(
        "softmax",
        "Shares that add up to 1, in the ratio of e to the power of each element.",
        "torch x F special",
        nodes=nodes(
            "Softmax",
            WayBack(
                "Raising one input raises its own share and lowers all others: that is what is subtracted.",
                rule=elements(OUT, minus(G, total(elements(G, OUT)))),
                numbers=_softmax,
            ),
        ),
    ),
    Entry(
        "log_softmax",
        "The logarithms of the shares that softmax gives.",
        "torch x F special",
        nodes=nodes(
            "LogSoftmax",
            WayBack(
                "Raising one input lowers all other shares: that is what is subtracted.",
                rule=minus(G, elements(Power(E, OUT), total(G))),
                numbers=_log_softmax,
            ),
        ),
    ),
    Entry("softmin", "Softmax of the negative elements: the smallest gets the largest share.", "F"),
    Entry("gumbel_softmax", "A softmax of the elements with drawn noise: a choice that a gradient can pass.", "F", draws=True),
)
