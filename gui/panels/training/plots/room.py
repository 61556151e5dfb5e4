"""Where a text, a notice or a legend stands in a plot: whole, off what is taken, on as little of the curves as can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetrics, QTransform

from gui.panels.training.plots.series import Floats

_STEP = 3.0
"""Px from one point of a line to the next where it is looked at as points."""
_NEAR = 4.0
"""Px around a text that a curve keeps off, where it can."""
PLACES = tuple((x / 4, y / 4) for y in (0, 4, 1, 3, 2) for x in (4, 0, 2, 3, 1))
"""Where a notice may stand, the corners first, as shares of the room."""
NO_POINTS: Floats = np.zeros((0, 2))
WRAPPED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


def along(places: Floats, area: QRectF) -> Floats:
    """Points close to each other on the polyline through ``places``, where it is in ``area``; all in px, of shape (n, 2)."""
    if len(places) < 2:
        return places
    start, way = places[:-1], np.diff(places, axis=0)
    low, high = np.zeros(len(way)), np.ones(len(way))
    for axis, least, most in ((0, area.left(), area.right()), (1, area.top(), area.bottom())):
        steps = np.where(way[:, axis] == 0, 1e-9, way[:, axis])
        one, other = (least - start[:, axis]) / steps, (most - start[:, axis]) / steps
        low, high = np.maximum(low, np.minimum(one, other)), np.minimum(high, np.maximum(one, other))
    seen = low <= high
    start, way, low, high = start[seen], way[seen], low[seen], high[seen]
    counts = np.ceil(np.hypot(way[:, 0], way[:, 1]) * (high - low) / _STEP).astype(int) + 1
    firsts = np.cumsum(counts) - counts
    at = np.arange(counts.sum()) - np.repeat(firsts, counts)
    shares = np.repeat(low, counts) + np.repeat((high - low) / np.maximum(counts - 1, 1), counts) * at
    points: Floats = np.repeat(start, counts, axis=0) + shares[:, None] * np.repeat(way, counts, axis=0)
    return points


def in_px(x: Floats, y: Floats, transform: QTransform) -> Floats:
    """Points of the view in px, of shape (n, 2); ``transform`` scales and shifts only."""
    points: Floats = np.column_stack((x * transform.m11() + transform.dx(), y * transform.m22() + transform.dy()))
    return points


def on_line(line: QLineF | None, area: QRectF) -> Floats:
    """Points along a line within ``area``; none where there is no line."""
    return NO_POINTS if line is None else along(np.array([[line.x1(), line.y1()], [line.x2(), line.y2()]]), area)


def hits(box: QRectF, points: Floats, near: float = _NEAR) -> int:
    """How many of the ``points`` are in ``box`` or near it."""
    x, y = points[:, 0], points[:, 1]
    across = (x >= box.left() - near) & (x <= box.right() + near)
    return int(np.count_nonzero(across & (y >= box.top() - near) & (y <= box.bottom() + near)))


def boxes_at(area: QRectF, size: QSizeF, places: Iterable[tuple[float, float]], margin: float) -> list[QRectF]:
    """Boxes of ``size`` that are whole in ``area``, ``margin`` px from its ends; none if it has no room there."""
    wide, high = area.width() - 2 * margin - size.width(), area.height() - 2 * margin - size.height()
    if wide < 0 or high < 0:
        return []
    return [QRectF(QPointF(area.left() + margin + x * wide, area.top() + margin + y * high), size) for x, y in places]


def unbroken(text: str) -> str:
    """``text`` in which each number stays in the line of the word before it."""
    return re.sub(r" (?=[−∞\d])", "\N{NO-BREAK SPACE}", text)


def emptiest(boxes: Iterable[QRectF], points: Floats, taken: Sequence[QRectF] = ()) -> QRectF | None:
    """The box on the fewest ``points``, the first of equals, of those that touch nothing that is ``taken``; None if all do."""
    free = [box for box in boxes if not any(box.intersects(other) for other in taken)]
    return min(free, key=lambda box: hits(box, points)) if free else None


def notice_sizes(metrics: QFontMetrics, text: str, area: QRectF, pad: tuple[float, float]) -> list[QSizeF]:
    """In which sizes ``text`` can be written whole in ``area``: in one line, or broken at its words."""
    widest, sizes = area.width() - 2 * pad[0] - 4, list[QSizeF]()
    whole = metrics.horizontalAdvance(text) + 2
    for width in (whole, widest, 0.75 * widest, 0.6 * widest, 0.45 * widest):
        if width > widest:
            continue
        needed = metrics.boundingRect(QRect(0, 0, int(width), 10_000), WRAPPED, text)
        size = QSizeF(needed.width() + 2 + 2 * pad[0], needed.height() + 2 * pad[1])
        if needed.width() <= int(width) and size not in sizes:
            sizes.append(size)
    return sizes
