"""What the entries of operations need to compute the gradients that their Nodes send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Operands = Mapping[int | str, Array]
"""By slot of the Node; ``in`` is what the gradient is sent to, ``other`` the second operand, ``out`` the result."""
Sent = Callable[[Array, Operands], Array]
"""What a Node sends through one slot, given what came in and its operands."""
Candidates = Iterator[tuple[Array, Array]]
"""What a Node may send (for sums the axes are not known), each with the size of what was added up for it."""
Rule = Callable[[Array, Operands, tuple[int, ...]], Candidates]
"""The same, given what came in, the operands and the shape of what is sent."""


def turned(x: NDArray[Any]) -> Array:
    """The array with its last two axes swapped."""
    return x.swapaxes(-1, -2)


def axes(array: Array) -> range | tuple[None]:
    """Each axis of an array; none for a single number."""
    return range(array.ndim) if array.ndim else (None,)


def spread(small: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """A reduced array, in every way in which it can be spread out to ``shape`` again."""
    if small.ndim == len(shape):
        if all(one in (1, other) for one, other in zip(small.shape, shape, strict=True)):
            yield np.broadcast_to(small, shape)
        return
    for gone in combinations(range(len(shape)), max(0, len(shape) - small.ndim)):
        if tuple(length for axis, length in enumerate(shape) if axis not in gone) == small.shape:
            yield np.broadcast_to(np.expand_dims(small, gone), shape)


def of_result(slope: Callable[[Array], tuple[Array, Array]]) -> Rule:
    """The rule of a function whose slope is a function of its result; ``slope`` gives it and the size of what is added up for
    it."""

    def rule(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
        value, size = slope(of["out"])
        yield came * value, np.abs(came) * size

    return rule
