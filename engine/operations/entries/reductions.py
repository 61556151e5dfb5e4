"""What makes one number of many: sums, means, extremes, norms; and sums and extremes so far."""

from __future__ import annotations

import numpy as np

from engine.mathematics.tree import Bars, Big, Mean, Power, Product, minus
from engine.operations import signs
from engine.operations.arrays import Array, Candidates, Operands, spread
from engine.operations.entry import Entry, WayBack, nodes
from engine.operations.trees import IN, ONE, OUT, E, G, N, X, over, times

_CHOSEN = WayBack("The gradient goes to the elements that were chosen; all others get 0.", "where chosen")
_EXTREME = WayBack("The gradient goes to the extreme elements (ties share it); all others get 0.", "where chosen")


def _chosen(names: str, words: str, node: str, *, one: bool = False, programs: str = "torch x") -> Entry:
    """Operations that take some of the elements; of ``one`` element they take that."""
    return Entry(names, words, programs, value=X if one else None, nodes=nodes(node, _CHOSEN) if node else {})


def _logsumexp(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    for out, wide in zip(spread(of["out"], shape), spread(came, shape), strict=True):
        value = wide * np.exp(of["in"] - out)
        yield value, np.abs(value) * (1 + np.abs(of["in"]) + np.abs(out))


def _prod(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    for out, wide in zip(spread(of["out"], shape), spread(came, shape), strict=True):
        value = wide * out / of["in"]
        yield value, np.abs(value)


def _norm(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    for out, wide in zip(spread(of["out"], shape), spread(came, shape), strict=True):
        value = wide * of["in"] / out
        yield value, np.abs(value)


_GROWS = "Each element gets the gradient times how fast the norm grows with it."
_VECTOR_NORM = WayBack(_GROWS, numbers=_norm)
_SPREAD = WayBack("Each element gets the gradient in proportion to how far it is from the mean.")

REDUCTIONS = (
    Entry(
        "sum",
        "Adds up all elements, or those along some dimensions.",
        "torch x",
        value=X,
        written=Big("∑", X),
        card=signs.summed,
        sent=(G,),
        nodes={"Sum": WayBack(spreads="whole")},
    ),
    Entry(
        "mean",
        "The mean of all elements, or of those along some dimensions.",
        "torch x",
        value=X,
        written=Mean(X),
        sent=(times(over(ONE, N), G),),
        nodes={"Mean": WayBack(spreads="share")},
    ),
    Entry(
        "prod",
        "Multiplies all elements, or those along a dimension.",
        "torch x",
        value=X,
        sent=(times(over(Big("∏", X), X), G),),
        nodes={"Prod": WayBack("Each element gets the product of all others times what came in.", numbers=_prod)},
    ),
    Entry(
        "norm",
        "How large all are together: the root of the sum of the squares, if no other norm is asked for.",
        "torch x linalg",
        value=Bars(X),
        written=Bars(X, double=True),
        kink=True,
        sent=(times(over(X, Bars(X, double=True)), G),),
        nodes={"Norm": WayBack(_GROWS, numbers=_norm)},
        cost=("norm",),
    ),
    Entry(
        "vector_norm",
        "How large all are together: the root of the sum of the squares, if no other norm is asked for.",
        "linalg",
        nodes={"LinalgVectorNorm": _VECTOR_NORM},
    ),
    Entry(
        "matrix_norm",
        "How large a matrix is: the root of the sum of its elements' squares, if no other norm is asked for.",
        "linalg",
        nodes={"LinalgVectorNorm": _VECTOR_NORM},
        cost=("norm",),
    ),
    Entry(
        "dist",
        "The norm of the difference of two tensors.",
        "torch x",
        cost=("spread",),
        nodes=nodes(
            "Dist",
            WayBack(
                "Each element gets the gradient times how fast the distance grows with it; both sides get it with opposite signs."
            ),
        ),
    ),
    Entry(
        "logsumexp",
        "The logarithm of the sum of the exponentials.",
        "torch x special",
        value=X,
        nodes={
            "Logsumexp": WayBack(
                "The gradient is shared out as softmax does.",
                rule=Product((G, Power(E, minus(IN, OUT))), "·"),
                numbers=_logsumexp,
            )
        },
    ),
    Entry("std", "How far the elements are spread around their mean.", "torch x", nodes=nodes("Std", _SPREAD)),
    Entry("var", "The mean square of the distance from the mean.", "torch x", nodes=nodes("Var", _SPREAD)),
    Entry(
        "std_mean",
        "How far the elements are spread around their mean, and that mean.",
        "torch",
        nodes=nodes("StdMean", WayBack(f"{_SPREAD.words[:-1]}; that of the mean is shared out evenly.")),
    ),
    Entry(
        "var_mean",
        "The mean square of the distance from the mean, and that mean.",
        "torch",
        nodes=nodes("VarMean", WayBack(f"{_SPREAD.words[:-1]}; that of the mean is shared out evenly.")),
    ),
    Entry(
        "nansum",
        "Adds up all elements except those that are nan.",
        "torch x",
        nodes=nodes(
            "Nansum", WayBack("Each element gets the whole gradient, because each counts that much; what is nan gets 0.")
        ),
    ),
    Entry("nanmean", "The mean of all elements except those that are nan.", "torch x"),
    Entry("cov", "How each two variables vary together.", "torch x", cost=("rows by rows",)),
    Entry("corrcoef", "How each two variables vary together, between −1 and 1.", "torch x", cost=("rows by rows",)),
    # Extremes and order
    _chosen("max", "The largest element, or the larger of two.", "Max"),
    _chosen("min", "The smallest element, or the smaller of two.", "Min"),
    Entry("amax", "The largest element along a dimension.", "torch x", value=X, nodes=nodes("Amax", _EXTREME)),
    Entry("amin", "The smallest element along a dimension.", "torch x", value=X, nodes=nodes("Amin", _EXTREME)),
    Entry("aminmax", "The smallest and the largest element.", "torch x", nodes=nodes("Aminmax", WayBack(_EXTREME.words))),
    _chosen("median", "The element in the middle of the order.", "Median", one=True),
    Entry(
        "nanmedian",
        "The element in the middle of the order, nan left out.",
        "torch x",
        nodes=nodes("Nanmedian", WayBack(_CHOSEN.words)),
    ),
    _chosen("mode", "The element that is there most often.", "Mode"),
    _chosen("kthvalue", "The element in a given place of the order.", "Kthvalue"),
    _chosen("topk", "The largest elements, or the smallest if these are asked for.", "Topk"),
    _chosen("sort", "All elements in order, and where each was.", "Sort"),
    Entry("msort", "All elements in order along the first dimension.", "torch x", nodes=nodes("Sort", _CHOSEN)),
    Entry("quantile", "The number below which a given share of the elements lies.", "torch x"),
    Entry("nanquantile", "The number below which a given share of the elements lies, nan left out.", "torch x"),
    Entry("argmax", "Where the largest element is.", "torch x"),
    Entry("argmin", "Where the smallest element is.", "torch x"),
    Entry("argsort", "Where each element of the sorted order comes from.", "torch x"),
    Entry("all", "True if no element is 0.", "torch x"),
    Entry("any", "True if at least one element is not 0.", "torch x"),
    Entry("count_nonzero", "How many elements are not 0.", "torch x"),
    # So far
    Entry(
        "cumsum",
        "The sum of all elements so far.",
        "torch x x_",
        value=X,
        nodes={
            "Cumsum": WayBack(
                "Every element was added into all later sums, so it gets the sum of their gradients.", "of all later sums"
            )
        },
    ),
    Entry(
        "cumprod",
        "The product of all elements so far.",
        "torch x x_",
        value=X,
        nodes=nodes("Cumprod", WayBack("Every element is a factor of all later products, so it gets what all of these send.")),
    ),
    Entry(
        "logcumsumexp",
        "The logarithm of the sum of the exponentials so far.",
        "torch x",
        nodes=nodes(
            "Logcumsumexp", WayBack("Every element was added into all later sums, so it gets its share of their gradients.")
        ),
    ),
    _chosen("cummax", "The largest element so far.", "Cummax"),
    _chosen("cummin", "The smallest element so far.", "Cummin"),
    Entry("diff", "The differences of neighbours.", "torch x", cost=("repeated", "order")),
    Entry("trapezoid trapz", "The area below a line through the elements.", "torch", cost=("spread",)),
    Entry("cumulative_trapezoid", "The area below a line through the elements so far.", "torch", cost=("spread",)),
    Entry("gradient", "The slope at each element, from its neighbours.", "torch"),
    Entry(
        "renorm",
        "Scales down what has too large a norm.",
        "torch x x_",
        nodes=nodes(
            "Renorm", WayBack("What was scaled down sends its gradient back scaled, less what would only have changed the norm.")
        ),
    ),
)
