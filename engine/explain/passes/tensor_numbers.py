"""The rules of Nodes in numbers: what a Node makes of a gradient, by its name and its operands."""

from __future__ import annotations

import math

import numpy as np

from engine.operations.arrays import Array, Candidates, Operands, spread
from engine.operations.entry import WayBack
from engine.operations.registry import way_back


def candidates(base: str, slot: int, came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    """What the rule of a Node may give (for sums the axes are not known), each with the size of what was added up for it.

    ``shape`` is that of what is sent. Empty for a Node without a rule, or with operands that do not fit it.
    """
    way = way_back(base)
    product = way.slots.get(slot)
    if product is not None:
        yield product.numbers(came, of), product.numbers(np.abs(came), {key: np.abs(item) for key, item in of.items()})
    elif way.spreads:
        count = math.prod(shape) / max(1, came.size)
        for wide in spread(came, shape):
            value = wide / count if way.spreads == "share" else wide
            yield value, np.abs(value)
    elif way.numbers is not None:
        for value, size in way.numbers(came, of, shape):
            yield np.asarray(value, np.float64), np.asarray(size, np.float64)


# Nodes that only move gradients ----------------------------------------------------------------------------------------


MOVES = {
    "reshaped": "reshape",
    "axes swapped back": "swap",
    "moved back": "move",
    "put in place": "place",
    "where chosen": "choose",
    "where it passes": "pass",
    "its place only": "keep",
    "its piece": "cut",
    "of all copies": "sum",
    "of all later sums": "sum",
}
"""What is done to the gradient, by the caption: what is sent is a tensor other than ``G``, and is not written as ``G``."""


def moved(way: WayBack, came: Array, sent: Array, precision: float) -> bool | None:
    """Whether ``sent`` is made of the elements of ``came`` as the caption says.

    ``precision`` is relative to what is added up. None if that cannot be told from what came in and went out.
    """
    one, other, caption = came.ravel(), sent.ravel(), way.caption

    def near(wanted: Array, found: Array, size: Array | float = 0.0) -> bool:
        same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
        return bool(np.all(same | (np.abs(wanted - found) <= precision * np.maximum(np.abs(wanted), size))))

    with np.errstate(all="ignore"):
        if caption in ("reshaped", "unchanged"):
            return one.shape == other.shape and near(one, other)
        if caption in ("axes swapped back", "moved back"):
            return one.shape == other.shape and near(np.sort(one), np.sort(other))
        if way.each:
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
