"""The curves of rails: drawn as a path, and as points that texts keep off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

_BEND = 0.55
_POINTS = 16
_SHARES = np.linspace(0, 1, _POINTS + 1)[:, None]
_CUBICS = np.hstack(((1 - _SHARES) ** 3, 3 * _SHARES * (1 - _SHARES) ** 2, 3 * _SHARES**2 * (1 - _SHARES), _SHARES**3))
"""How much each of the four points of a cubic curve contributes to the points along it."""

Bends = list[tuple[float, ...]]
"""Per curve x and y of its four points."""


def curve_to(path: QPainterPath, end: QPointF, bends: Bends | None = None) -> None:
    """Go on to ``end``, level at both ends; ``bends`` is given the points of the curve."""
    start = path.currentPosition()
    bend = (end.x() - start.x()) * _BEND
    if abs(bend) < 24 and abs(end.y() - start.y()) > 60:
        bend = 24 if bend >= 0 else -24
    path.cubicTo(start.x() + bend, start.y(), end.x() - bend, end.y(), end.x(), end.y())
    if bends is not None:
        bends.append((start.x(), start.y(), start.x() + bend, start.y(), end.x() - bend, end.y(), end.x(), end.y()))


def points_along(bends: Bends) -> NDArray[np.float64]:
    """Points (x, y) on all these curves, [n, 2]."""
    found: NDArray[np.float64] = np.concatenate(_CUBICS @ np.array(bends).reshape(-1, 4, 2))
    return found
