"""Losses: how far predictions are from their targets, as one number."""

from __future__ import annotations

import math

import numpy as np

from engine.mathematics.tree import Bars, Product, minus
from engine.operations.arrays import Array, Candidates, Operands
from engine.operations.entry import Entry, WayBack, nodes
from engine.operations.trees import IN, OTHER, TWO, G, N, X, Y, over, squared, times


def _mse(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    one, other = of["in"], of["other"]
    count = np.broadcast_shapes(one.shape, other.shape)
    factor = 2 / max(1, math.prod(count))
    yield factor * (one - other) * came, factor * (np.abs(one) + np.abs(other)) * np.abs(came)


def _spread(name: str, words: str, node: str = "", back: str = "") -> Entry:
    """A loss that first spreads its operands to one shape."""
    return Entry(name, words, "F", nodes=nodes(node, WayBack(back)), cost=("spread",))


LOSSES = (
    Entry(
        "mse_loss",
        "The squared errors: their mean, if nothing else is asked for.",
        "F",
        value=squared(minus(X, Y)),
        sent=(times(over(TWO, N), minus(X, Y), G), times(over(TWO, N), minus(Y, X), G)),
        nodes={
            "MseLoss": WayBack(
                "Each element's gradient is twice its error; of their mean, divided by how many there are.",
                rule=Product((over(TWO, N), minus(IN, OTHER), G)),
                numbers=_mse,
            )
        },
        cost=("spread",),
    ),
    Entry(
        "l1_loss",
        "The sizes of the errors: their mean, if nothing else is asked for.",
        "F",
        value=Bars(minus(X, Y)),
        kink=True,
        cost=("spread",),
    ),
    _spread(
        "smooth_l1_loss",
        "The sizes of the errors, but the squares of small ones: their mean, if nothing else is asked for.",
        "SmoothL1Loss",
        "Each element's gradient follows its error, up to a limit.",
    ),
    _spread(
        "huber_loss",
        "The squares of the errors, but the sizes of large ones: their mean, if nothing else is asked for.",
        "HuberLoss",
        "Each element's gradient follows its error, up to a limit.",
    ),
    Entry("cross_entropy", "Minus the logarithm of the share that softmax gives the right class.", "F"),
    Entry(
        "nll_loss",
        "Minus the log probability that was given to the right class.",
        "F",
        nodes={"NllLoss": WayBack("Only the element of the right class has a gradient.")},
    ),
    Entry(
        "binary_cross_entropy",
        "Minus the logarithm of the probability that was given to the truth.",
        "F",
        nodes={"BinaryCrossEntropy": WayBack("Each element's gradient says how far the probability is from its target.")},
        cost=("spread",),
    ),
    _spread(
        "binary_cross_entropy_with_logits",
        "The binary cross entropy of the sigmoid of each element.",
        "BinaryCrossEntropyWithLogits",
        "Each element's gradient says how far its sigmoid is from the target.",
    ),
    _spread("kl_div", "How much a distribution differs from the target distribution."),
    _spread("poisson_nll_loss", "How unlikely the targets are if they are counts with these means."),
    _spread("gaussian_nll_loss", "How unlikely the targets are if they are normal with these means and variances."),
    _spread(
        "soft_margin_loss",
        "The logarithm of 1 plus e to the power of minus the product with the target.",
        "SoftMarginLoss",
        "Each element is pushed to the side of its target, less so the further it already is there.",
    ),
    Entry("multilabel_soft_margin_loss", "The mean of the binary cross entropies of all classes.", "F"),
    Entry(
        "multilabel_margin_loss",
        "How near the wrong classes come to the right ones.",
        "F",
        nodes=nodes(
            "MultilabelMarginLoss", WayBack("Only classes that come too near have a gradient, and the right ones against them.")
        ),
        cost=("along rows",),
    ),
    Entry(
        "multi_margin_loss",
        "How near the other classes come to the right one.",
        "F",
        nodes=nodes(
            "MultiMarginLoss", WayBack("Only classes that come too near have a gradient, and the right one against them.")
        ),
    ),
    _spread("margin_ranking_loss", "How far the order of two falls short of a margin."),
    _spread("hinge_embedding_loss", "The distance of what belongs together, and how near the rest comes within a margin."),
    _spread("cosine_embedding_loss", "How far the angles are from what pairs that belong together, or do not, should have."),
    _spread("triplet_margin_loss", "How much nearer the wrong one is than the right one, within a margin."),
)
