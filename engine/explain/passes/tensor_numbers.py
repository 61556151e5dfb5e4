"""The rules of ``engine.explain.passes.matrices`` in numbers: what a Node makes of a gradient, by its name and its operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Operands = Mapping[int | str, Array]
"""By slot of the Node; ``in`` is what the gradient is sent to, ``other`` the second operand, ``out`` the result."""
Compute = Callable[[Array, Operands], Array]


def _turned(x: NDArray[Any]) -> Array:
    return x.swapaxes(-1, -2)


PRODUCTS: dict[str, dict[int, Compute]] = {
    "Mm": {0: lambda g, of: g @ of[1].T, 1: lambda g, of: of[0].T @ g},
    "Bmm": {0: lambda g, of: g @ _turned(of[1]), 1: lambda g, of: _turned(of[0]) @ g},
    "Mv": {0: lambda g, of: np.outer(g, of[1]), 1: lambda g, of: of[0].T @ g},
    "Dot": {0: lambda g, of: g * of[1], 1: lambda g, of: g * of[0]},
    "Addmm": {0: lambda g, of: g, 1: lambda g, of: g @ of[2].T, 2: lambda g, of: of[1].T @ g},
    "Addmv": {0: lambda g, of: g, 1: lambda g, of: np.outer(g, of[2]), 2: lambda g, of: of[1].T @ g},
    "Baddbmm": {0: lambda g, of: g, 1: lambda g, of: g @ _turned(of[2]), 2: lambda g, of: _turned(of[1]) @ g},
    "Linear": {
        0: lambda g, of: g @ of[1],
        1: lambda g, of: g.reshape(-1, g.shape[-1]).T @ of[0].reshape(-1, of[0].shape[-1]),
        2: lambda g, of: g.reshape(-1, g.shape[-1]).sum(0),
    },
}
"""What is sent through each slot of a matrix product."""


def candidates(base: str, slot: int, came: Array, of: Operands, shape: tuple[int, ...]) -> Iterator[tuple[Array, Array]]:
    """What the rule of a Node may give (of sums it is not known over which axes), each with the size of what was added up for it.

    ``shape`` is that of what is sent. Nothing for a Node without a rule, or operands that do not fit it.
    """
    product = PRODUCTS.get(base, {}).get(slot)
    if product is not None:
        yield product(came, of), product(np.abs(came), {key: np.abs(item) for key, item in of.items()})
        return
    if base in ("Sum", "Mean"):
        count = math.prod(shape) / max(1, came.size)
        for spread in _spread(came, shape):
            value = spread / count if base == "Mean" else spread
            yield value, np.abs(value)
        return
    rule = _RULES.get(base)
    if rule is not None:
        for value, size in rule(came, of, shape):
            yield np.asarray(value, np.float64), np.asarray(size, np.float64)


def _spread(small: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """A reduced array, in every way in which it can be spread out again to ``shape``."""
    if small.ndim == len(shape):
        if all(one in (1, other) for one, other in zip(small.shape, shape, strict=True)):
            yield np.broadcast_to(small, shape)
        return
    for gone in combinations(range(len(shape)), max(0, len(shape) - small.ndim)):
        if tuple(length for axis, length in enumerate(shape) if axis not in gone) == small.shape:
            yield np.broadcast_to(np.expand_dims(small, gone), shape)


_Found = Iterator[tuple[Array, Array]]
_Rule = Callable[[Array, Operands, tuple[int, ...]], _Found]


def _of_result(slope: Callable[[Array], tuple[Array, Array]]) -> _Rule:
    def rule(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
        value, size = slope(of["out"])
        yield came * value, np.abs(came) * size

    return rule


def _passed(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    value = came * (of["in"] > 0)
    yield value, np.abs(value)


def _axes(array: Array) -> range | tuple[None]:
    return range(array.ndim) if array.ndim else (None,)


def _softmax(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    out = of["out"]
    for axis in _axes(out):
        total = (came * out).sum(axis, keepdims=True)
        yield out * (came - total), np.abs(out) * (np.abs(came) + np.abs(came * out).sum(axis, keepdims=True))


def _log_softmax(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    share = np.exp(of["out"])
    # What is saved is the logarithm, which the exponential makes less exact the smaller the share is.
    inexact = share * (1 + np.abs(np.nan_to_num(of["out"], neginf=0)))
    for axis in _axes(share):
        yield came - share * came.sum(axis, keepdims=True), np.abs(came) + inexact * np.abs(came).sum(axis, keepdims=True)


def _logsumexp(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    for out, spread in zip(_spread(of["out"], shape), _spread(came, shape), strict=True):
        value = spread * np.exp(of["in"] - out)
        yield value, np.abs(value) * (1 + np.abs(of["in"]) + np.abs(out))


def _mse(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    one, other = of["in"], of["other"]
    count = np.broadcast_shapes(one.shape, other.shape)
    factor = 2 / max(1, math.prod(count))
    yield factor * (one - other) * came, factor * (np.abs(one) + np.abs(other)) * np.abs(came)


def _det(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    spread = (came * of["out"])[..., None, None]
    inverse = _turned(np.linalg.inv(of["in"]))
    yield spread * inverse, np.abs(spread) * np.abs(inverse).max() * np.linalg.cond(of["in"]).max()


def _inverse(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    out = _turned(of["out"])
    yield -out @ came @ out, np.abs(out) @ np.abs(came) @ np.abs(out)


def _trace(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    value = came * np.eye(shape[0], shape[1])
    yield value, np.abs(value)


def _transposed(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    yield came.T, np.abs(came.T)


def _prod(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    for out, spread in zip(_spread(of["out"], shape), _spread(came, shape), strict=True):
        value = spread * out / of["in"]
        yield value, np.abs(value)


def _norm(came: Array, of: Operands, shape: tuple[int, ...]) -> _Found:
    for out, spread in zip(_spread(of["out"], shape), _spread(came, shape), strict=True):
        value = spread * of["in"] / out
        yield value, np.abs(value)


_RULES: dict[str, _Rule] = {
    "Exp": _of_result(lambda out: (out, np.abs(out))),
    "Sigmoid": _of_result(lambda out: (out * (1 - out), np.abs(out) * (1 + np.abs(out)))),
    "Tanh": _of_result(lambda out: (1 - out**2, 1 + out**2)),
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "Logsumexp": _logsumexp,
    "MseLoss": _mse,
    "LinalgDet": _det,
    "LinalgInvEx": _inverse,
    "Trace": _trace,
    "Relu": _passed,
    "Threshold": _passed,
    "T": _transposed,
    "Prod": _prod,
    "Norm": _norm,
    "LinalgVectorNorm": _norm,
}

# Nodes that only move gradients ----------------------------------------------------------------------------------------

_ELEMENTWISE = frozenset("Where Maximum Minimum Fmax Fmin Tril Triu Clamp ClampMin ClampMax MaskedFill".split())
"""Each element that is sent is the one that came in there, or nothing of it, or half of it where two are equal."""


def moved(base: str, caption: str, came: Array, sent: Array, precision: float) -> bool | None:
    """Whether ``sent`` is made of the elements of ``came`` as the caption of ``engine.explain.passes.matrices.BACK`` says.

    ``precision`` is relative to what is added up. None where that cannot be told from what came in and went out.
    """
    one, other = came.ravel(), sent.ravel()

    def near(wanted: Array, found: Array, size: Array | float = 0.0) -> bool:
        same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
        return bool(np.all(same | (np.abs(wanted - found) <= precision * np.maximum(np.abs(wanted), size))))

    with np.errstate(all="ignore"):
        if caption in ("reshaped", "unchanged"):
            return one.shape == other.shape and near(one, other)
        if caption in ("axes swapped back", "moved back"):
            return one.shape == other.shape and near(np.sort(one), np.sort(other))
        if base in _ELEMENTWISE:
            if came.shape != sent.shape:
                return None
            fits = (sent == 0) | (sent == came) | (np.abs(sent - came / 2) <= precision * np.abs(came)) | np.isnan(came)
            return bool(fits.all())
        if caption in ("put in place", "where chosen", "of all copies"):
            return near(one.sum(), other.sum(), np.abs(one).sum())
        if caption == "its piece":
            return bool(np.isin(other[~np.isnan(other)], one).all())
        if caption == "of all later sums" and came.shape == sent.shape:
            sums = [np.flip(np.cumsum(np.flip(came, axis), axis), axis) for axis in range(came.ndim)] or [came]
            return any(near(item, sent, np.abs(one).sum()) for item in sums)
    return None
