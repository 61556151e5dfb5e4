"""Losses: for each its knobs, its program text, and what it can be used for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Indexed, Letter
from engine.mathematics.tree import Bars, Bracketed, Call, Mean, Power, Relation, minus, plus
from engine.training.choices.choice import CLASSES, NUMBERS, Choice, Get
from engine.training.choices.formulas import DELTA, ONE, Y_HAT, L, Y, Z, log_of, squared, times
from engine.training.choices.knobs import Number

FUNCTIONAL = "import torch.nn.functional as F"


@dataclass(frozen=True, slots=True)
class LossChoice(Choice):
    """A loss.

    Attributes
    ----------
    tasks : tuple of str
        What it is used for.
    of : str
        What the program calls the prediction that it takes: ``y_hat``, or ``z`` for what goes into a sigmoid.
    imports : tuple of str
        Lines that its text needs, beside ``import torch``.
    text : callable(get)
        Program text of the loss, the mean over all rows.
    quadratic : bool
        Whether it is quadratic in the prediction: with a model that is linear in its parameters, its Hessian is constant.
    """

    tasks: tuple[str, ...] = (NUMBERS,)
    of: str = "y_hat"
    imports: tuple[str, ...] = ()
    text: Callable[[Get], str] = lambda get: ""
    quadratic: bool = False


def _mean(item: Expression) -> Expression:
    return Relation(L, "=", Mean(item))


LOSSES = (
    LossChoice(
        "mse",
        "Mean squared error",
        "The mean of the squared residuals",
        text=lambda get: "((y - y_hat)**2).mean()",
        quadratic=True,
        short="MSE",
        formulas=lambda about: (_mean(squared(Bracketed(minus(Y, Y_HAT)))),),
    ),
    LossChoice(
        "mae",
        "Mean absolute error",
        "The mean of the residuals' sizes",
        text=lambda get: "(y - y_hat).abs().mean()",
        short="MAE",
        formulas=lambda about: (_mean(Bars(minus(Y, Y_HAT))),),
    ),
    LossChoice(
        "huber",
        "Huber",
        "Half the square of a residual up to delta, beyond that delta times its size, less delta² / 2",
        (Number("delta", 1.0, "The residual at which squares end", above=0.0, symbol=DELTA),),
        proper=True,
        imports=(FUNCTIONAL,),
        text=lambda get: f"F.huber_loss(y_hat, y, delta={get('delta')})",
        formulas=lambda about: (_mean(Call(Indexed(Letter("h"), (DELTA,)), (minus(Y, Y_HAT),))),),
    ),
    LossChoice(
        "cross_entropy",
        "Cross-entropy",
        "The mean of −log of the probability that the model gives to the right one of two classes",
        tasks=(CLASSES,),
        of="z",
        imports=(FUNCTIONAL,),
        text=lambda get: "F.binary_cross_entropy_with_logits(z, y)",
        formulas=lambda about: (_mean(Bracketed(minus(log_of(plus(ONE, Power(Letter("e"), Z))), times(Y, Z)))),),
    ),
)
"""All losses, in the order in which they are offered."""
