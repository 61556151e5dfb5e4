"""Optimizers: for each its knobs and its program text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Accented, Letter
from engine.mathematics.tree import Bracketed, Product, Quotient, Relation, Root, enclosed, minus, plus
from engine.training.choices.choice import About, Choice, Get
from engine.training.choices.formulas import (
    ALPHA,
    BETA,
    BETA_1,
    BETA_2,
    EPSILON,
    ETA,
    GRADIENT,
    LAMBDA,
    ONE,
    TAU,
    G,
    M,
    S,
    V,
    becomes,
    kept,
    moved,
    over_root,
    pulled,
    squared,
    times,
)
from engine.training.choices.knobs import LARGE, Number, OneOf, Whole


@dataclass(frozen=True, slots=True)
class OptimizerChoice(Choice):
    """An optimizer.

    Attributes
    ----------
    call : str
        Program text of its class; empty for the update that is written by hand.
    arguments : callable(get)
        Its arguments beside parameters and ``lr``, by name: (value, what torch takes if it is left out).
    proper : bool
        By default: most of them are called by a name.
    closure : bool
        Whether its ``step`` takes a function that computes the loss, and calls it as often as it wants.
    """

    call: str = ""
    arguments: Callable[[Get], dict[str, tuple[Any, Any]]] = lambda get: {}
    closure: bool = False
    proper: bool = field(default=True, kw_only=True)


def _decay(default: float = 0.0) -> Number:
    meaning = "How strongly each update pulls all parameters to 0"
    return Number("weight_decay", default, meaning, least=0.0, greatest=LARGE, symbol=LAMBDA)


EPS = Number("eps", 1e-08, "Is added to a denominator, so that it is not 0", above=0.0, title="Epsilon", symbol=EPSILON)
MOMENTUM = Number("momentum", 0.9, "The share of the last update that goes on", least=0.0, below=1.0, symbol=BETA)
BETAS = (
    # Adam divides the rate by 1 − beta1 at first, which has to stay in the range of float32 for the greatest rate that there is.
    Number(
        "beta1", 0.9, "How long the mean of the gradients remembers", least=0.0, greatest=0.999999, title="Beta 1", symbol=BETA_1
    ),
    Number("beta2", 0.999, "How long the mean of their squares remembers", least=0.0, below=1.0, title="Beta 2", symbol=BETA_2),
)


def _adam(decay: float) -> Callable[[Get], dict[str, tuple[Any, Any]]]:
    return lambda get: {
        "betas": ((get("beta1"), get("beta2")), (0.9, 0.999)),
        "eps": (get("eps"), 1e-08),
        "weight_decay": (get("weight_decay"), decay),
    }


def _descent(about: About) -> tuple[Expression, ...]:
    gradient = pulled(GRADIENT, about.get("weight_decay"))
    return (moved(Product((ETA, enclosed(gradient)), "·")),)


def _momentum(about: About) -> tuple[Expression, ...]:
    gradient = pulled(GRADIENT, about.get("weight_decay"))
    new = times(Bracketed(minus(ONE, TAU)), enclosed(gradient)) if about.get("dampening") else gradient
    return becomes(V, plus(times(BETA, V), new)), moved(times(ETA, V))


def _nesterov(about: About) -> tuple[Expression, ...]:
    first = Relation(G, "=", pulled(GRADIENT, about.get("weight_decay")))
    return first, becomes(V, plus(times(BETA, V), G)), moved(times(ETA, Bracketed(plus(G, times(BETA, V)))))


def _adagrad(about: About) -> tuple[Expression, ...]:
    first = Relation(G, "=", pulled(GRADIENT, about.get("weight_decay")))
    return first, becomes(S, plus(S, squared(G))), moved(over_root(G, S))


def _rmsprop(about: About) -> tuple[Expression, ...]:
    first = Relation(G, "=", pulled(GRADIENT, about.get("weight_decay"))), kept(S, ALPHA, squared(G))
    if not about.get("momentum"):
        return *first, moved(over_root(G, S))
    return *first, becomes(V, plus(times(BETA, V), Quotient(G, plus(Root(S), EPSILON), "/"))), moved(times(ETA, V))


def _adam_formulas(decoupled: bool) -> Callable[[About], tuple[Expression, ...]]:
    def formulas(about: About) -> tuple[Expression, ...]:
        decay = about.get("weight_decay")
        first = Relation(G, "=", GRADIENT if decoupled else pulled(GRADIENT, decay))
        pull = times(ETA, LAMBDA) if decoupled and decay else None
        means = kept(M, BETA_1, G), kept(S, BETA_2, squared(G))
        return first, *means, moved(over_root(Accented("hat", M), Accented("hat", S)), pull)

    return formulas


OPTIMIZERS = (
    OptimizerChoice(
        "gd",
        "Gradient descent",
        "The rule itself: each parameter less rate times gradient",
        (_decay(),),
        short="By hand",
        proper=False,
        formulas=_descent,
    ),
    OptimizerChoice(
        "sgd",
        "SGD",
        "The same rule by torch.optim.SGD",
        (_decay(),),
        formulas=_descent,
        call="torch.optim.SGD",
        arguments=lambda get: {"weight_decay": (get("weight_decay"), 0.0)},
    ),
    OptimizerChoice(
        "momentum",
        "Momentum",
        "SGD whose updates keep a part of the last one",
        (MOMENTUM, Number("dampening", 0.0, "What is taken from the new gradient", least=0.0, below=1.0, symbol=TAU), _decay()),
        proper=False,
        formulas=_momentum,
        call="torch.optim.SGD",
        arguments=lambda get: {
            "momentum": (get("momentum"), 0.0),
            "dampening": (get("dampening"), 0.0),
            "weight_decay": (get("weight_decay"), 0.0),
        },
    ),
    OptimizerChoice(
        "nesterov",
        "Nesterov",
        "Momentum that looks ahead to where it is going",
        (Number("momentum", 0.9, "The share of the last update that goes on", above=0.0, below=1.0, symbol=BETA), _decay()),
        formulas=_nesterov,
        call="torch.optim.SGD",
        arguments=lambda get: {
            "momentum": (get("momentum"), 0.0),
            "nesterov": (True, False),
            "weight_decay": (get("weight_decay"), 0.0),
        },
    ),
    OptimizerChoice(
        "adagrad",
        "Adagrad",
        "A rate for each parameter that falls as its squared gradients add up",
        (
            Number("lr_decay", 0.0, "How fast the rate falls beside that", least=0.0, title="Rate decay"),
            Number("eps", 1e-10, EPS.meaning, above=0.0, title="Epsilon", symbol=EPSILON),
            _decay(),
        ),
        formulas=_adagrad,
        call="torch.optim.Adagrad",
        arguments=lambda get: {
            "lr_decay": (get("lr_decay"), 0.0),
            "eps": (get("eps"), 1e-10),
            "weight_decay": (get("weight_decay"), 0.0),
        },
    ),
    OptimizerChoice(
        "rmsprop",
        "RMSprop",
        "A rate for each parameter by the mean of its latest squared gradients",
        (
            Number("alpha", 0.99, "How long that mean remembers", least=0.0, below=1.0, symbol=ALPHA),
            Number("momentum", 0.0, MOMENTUM.meaning, least=0.0, below=1.0, symbol=BETA),
            EPS,
            _decay(),
        ),
        formulas=_rmsprop,
        call="torch.optim.RMSprop",
        arguments=lambda get: {
            "alpha": (get("alpha"), 0.99),
            "momentum": (get("momentum"), 0.0),
            "eps": (get("eps"), 1e-08),
            "weight_decay": (get("weight_decay"), 0.0),
        },
    ),
    OptimizerChoice(
        "adam",
        "Adam",
        "The mean of the gradients over the root of the mean of their squares",
        (*BETAS, EPS, _decay()),
        formulas=_adam_formulas(decoupled=False),
        call="torch.optim.Adam",
        arguments=_adam(0.0),
    ),
    OptimizerChoice(
        "adamw",
        "AdamW",
        "Adam whose weight decay acts on the parameters, not on the gradients",
        (*BETAS, EPS, _decay(0.01)),
        formulas=_adam_formulas(decoupled=True),
        call="torch.optim.AdamW",
        arguments=_adam(0.01),
    ),
    OptimizerChoice(
        "lbfgs",
        "L-BFGS",
        "Learns the curvature from its last updates; looks at the loss several times in each",
        (
            Whole("max_iter", 20, "Iterations in one update, at most", 1, 1000, title="Iterations"),
            Whole("history_size", 100, "Updates that it remembers", 1, 1000, title="History"),
            OneOf("line_search", "none", "How it finds the length of an iteration", ("none", "strong_wolfe")),
        ),
        formulas=lambda about: (moved(Product((ETA, Letter("H"), GRADIENT), "·")),),
        call="torch.optim.LBFGS",
        arguments=lambda get: {
            "max_iter": (get("max_iter"), 20),
            "history_size": (get("history_size"), 100),
            "line_search_fn": (None if get("line_search") == "none" else get("line_search"), None),
        },
        closure=True,
    ),
)
"""All optimizers, in the order in which they are offered."""
