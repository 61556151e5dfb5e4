"""Numbers on a grid as a picture: bands between levels, and the curve along one level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage

from gui.panels.training.plots.series import Floats

_FAR = 1e30
"""In the place of numbers that are not finite: no level is above it."""


def enlarged(values: Floats, wide: int, high: int) -> Floats:
    """``values`` [up, across] at ``high`` times ``wide`` places over the same range, by straight lines between neighbours."""
    found = np.nan_to_num(np.asarray(values, np.float64), nan=_FAR, posinf=_FAR, neginf=-_FAR)
    for size in (high, wide):
        at = np.linspace(0.0, len(found) - 1.0, size)
        low = np.minimum(at.astype(np.intp), max(len(found) - 2, 0))
        share = (at - low)[:, None]
        found = (found[low] * (1 - share) + found[np.minimum(low + 1, len(found) - 1)] * share).T
    return found


def bands(values: Floats, levels: Sequence[float], colors: Sequence[QColor], wide: int, high: int) -> QImage:
    """A picture whose colour says between which ``levels`` (rising) a place lies; one more of ``colors`` than of these."""
    index = np.searchsorted(np.asarray(levels), enlarged(values, max(1, wide), max(1, high))[::-1])
    table = np.array([color.rgba() for color in colors], np.uint32)
    pixels: NDArray[np.uint32] = np.ascontiguousarray(table[index])
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()


def contour(x: Floats, y: Floats, values: Floats, level: float) -> list[QLineF]:
    """The curve where ``values`` [y, x] are ``level``, as straight pieces, one or two in each cell of the grid."""
    above = values > level
    corners = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    pieces: list[QLineF] = []
    for row, column in np.argwhere((corners > 0) & (corners < 15)).tolist():
        (x0, x1), (y0, y1) = x[column : column + 2], y[row : row + 2]
        places = (x0, y0), (x1, y0), (x1, y1), (x0, y1)
        offsets = (0, 0), (0, 1), (1, 1), (1, 0)
        around = [(*at, values[row + down, column + right]) for at, (down, right) in zip(places, offsets, strict=True)]
        crossed = []
        for one, other in zip(around, [*around[1:], around[0]], strict=True):
            if (one[2] > level) != (other[2] > level):
                share = (level - one[2]) / (other[2] - one[2])
                crossed.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
        for first, second in zip(crossed[::2], crossed[1::2], strict=True):
            pieces.append(QLineF(*first, *second))
    return pieces
