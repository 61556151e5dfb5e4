"""The single numbers of a model's parameters: which there are, and what each is called. Holds no torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def places_of(parameters: Mapping[str, NDArray[np.floating]]) -> tuple[tuple[str, int], ...]:
    """All parameters, each by name and place."""
    return tuple((name, place) for name, array in parameters.items() for place in range(array.size))


def called(place: tuple[str, int], parameters: Mapping[str, NDArray[np.floating]]) -> str:
    """What a parameter is called: ``w``, or ``w[2]`` where that has several numbers, ``0.weight[1, 0]`` in a table of them."""
    shape = [size for size in parameters[place[0]].shape if size > 1]
    if not shape:
        return place[0]
    return f"{place[0]}[{', '.join(map(str, np.unravel_index(place[1], shape)))}]"
