"""Where the text beside a gradient rail can stand: close to it, on no card, rail, other text or control."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QTimer
from PySide6.QtWidgets import QGraphicsScene

from gui.panels.graph.edges.rails import Rails

_BELOW_PILL = 14.0
AROUND = 4.0
"""Px that texts keep off what is drawn."""
_POINTS = 17
"""Points along each curve of a rail, as ``points_along`` gives them."""
REACH_PILL, _REACH_LABEL = 320.0, 40.0
"""How far a pill may stand from the middle of its rail, and a factor from its rail."""
_DOUBT = 3.0
"""How much nearer another rail may be than its own, for a factor."""
_STEP = 8.0
_INSET = 9.0
"""Px from the corner of a pill's place at which its leader ends, at least."""
_CLEAR = 2.0
"""Px that a leader keeps off texts."""
_ALONG_LEADER = np.linspace(0.0, 1.0, 33)
"""Where along a leader crossings are looked for; closer together than a line of text is high."""
_TURN_OF_TRIES = 64
_TURN = 0.012
"""Seconds of one frame that are spent on finding places for labels that may wait."""
_PAUSE = 0.04
"""Seconds until the search goes on."""


Place = tuple[QRectF, bool]
"""Where a text stands, and whether a line should lead to it."""


class _Patience:
    """Lets the search for labels go on for ``_TURN``, then has the scene painted again after a pause."""

    def __init__(self) -> None:
        self._began = 0.0
        self._asked: QGraphicsScene | None = None

    def allows(self, scene: QGraphicsScene | None) -> bool:
        """Whether there is time for one more search in this frame."""
        now = time.perf_counter()
        if now - self._began > _TURN + _PAUSE:
            self._began, self._asked = now, None
        if now - self._began < _TURN:
            return True
        if scene is not None and self._asked is not scene:
            self._asked = scene
            QTimer.singleShot(round(1000 * (_TURN + _PAUSE)) + 5, scene, scene.update)
        return False


PATIENCE = _Patience()


class Obstacles:
    """What a text keeps off: rectangles, and rails as short straight pieces."""

    def __init__(self, boxes: list[QRectF], rails: list[NDArray[np.float64]], lines: list[QRectF]) -> None:
        """``boxes`` in the scene; ``rails`` are points along curves, [17 n, 2] each; ``lines``, pieces of what leads to texts.

        A line to a text may cross others, as it may cross rails: where two gradients arrive side by side, it begins on one.
        """
        self._boxes = np.array([box.getCoords() for box in boxes], np.float64).reshape(-1, 4)
        self._taken = np.array([box.getCoords() for box in (*boxes, *lines)], np.float64).reshape(-1, 4)
        found = [points.reshape(-1, _POINTS, 2) for points in rails if len(points)]
        curves = np.concatenate(found) if found else np.zeros((0, _POINTS, 2))
        self._start, self._end = curves[:, :-1].reshape(-1, 2), curves[:, 1:].reshape(-1, 2)

    def free(self, corners: NDArray[np.float64], width: float, height: float) -> NDArray[np.bool_]:
        """Which texts of that size, with top left ``corners`` [n, 2], keep ``AROUND`` px off everything, bool [n]."""
        left, top = corners[:, :1] - AROUND, corners[:, 1:] - AROUND
        right, bottom = corners[:, :1] + width + AROUND, corners[:, 1:] + height + AROUND
        boxes = self._taken.T
        taken = ((boxes[0] < right) & (boxes[2] > left) & (boxes[1] < bottom) & (boxes[3] > top)).any(1)
        (x0, y0), (x1, y1) = self._start.T, self._end.T
        near = (np.minimum(x0, x1) < right) & (np.maximum(x0, x1) > left)
        near &= (np.minimum(y0, y1) < bottom) & (np.maximum(y0, y1) > top)
        # A piece whose box meets the text meets it itself only if the text's corners are not all on one side of it.
        dx, dy = x1 - x0, y1 - y0
        sides = [dx * (y - y0) - dy * (x - x0) for x in (left, right) for y in (top, bottom)]
        above = (sides[0] > 0) & (sides[1] > 0) & (sides[2] > 0) & (sides[3] > 0)
        below = (sides[0] < 0) & (sides[1] < 0) & (sides[2] < 0) & (sides[3] < 0)
        found: NDArray[np.bool_] = ~(taken | (near & ~above & ~below).any(1))
        return found

    def led_to(self, corners: NDArray[np.float64], width: float, height: float, dot: QPointF) -> NDArray[np.bool_]:
        """Whether a line from the ``dot`` to a pill of that size at each of ``corners`` crosses no box, bool [n]."""
        end = np.stack(
            (
                np.clip(dot.x(), corners[:, 0] + _INSET, corners[:, 0] + width - _INSET),
                np.clip(dot.y(), corners[:, 1], corners[:, 1] + height),
            ),
            axis=1,
        )
        start = np.array(dot.toTuple())
        along = start + (end - start)[:, None] * _ALONG_LEADER[:, None]
        x, y = along[..., 0, None], along[..., 1, None]
        left, top, right, bottom = self._boxes.T + np.array(((-_CLEAR,), (-_CLEAR,), (_CLEAR,), (_CLEAR,)))
        found: NDArray[np.bool_] = ~((left < x) & (x < right) & (top < y) & (y < bottom)).any((1, 2))
        return found

    def nearest_rail(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """From each of ``places`` [n, 2] to the nearest rail, in px."""
        return _distances(places, np.concatenate((self._start, self._end)))

    def first_free(self, corners: NDArray[np.float64], width: float, height: float, dot: QPointF | None = None) -> QRectF | None:
        """The first of ``corners`` where a text of that size is free, and so is the way to it from the ``dot``."""
        for at in range(0, len(corners), _TURN_OF_TRIES):
            some = corners[at : at + _TURN_OF_TRIES]
            fits = self.free(some, width, height)
            free = np.flatnonzero(fits if dot is None else fits & self.led_to(some, width, height, dot))
            if free.size:
                x, y = some[int(free[0])].tolist()
                return QRectF(x, y, width, height)
        return None


Around = Callable[[float], Obstacles]
"""What stands around the rails of an edge, up to so many px away."""


def _label_corners(rails: Rails, width: float, height: float) -> NDArray[np.float64]:
    """Places for a factor, the best ones first: below the middle of the gradient rail, beside it, above, and further along it."""
    path, found = rails.gradient, []
    for order, percent in enumerate((0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.9, 0.1)):
        at = path.pointAtPercent(percent)
        for turn, away in enumerate((6.0, 10.0, 16.0, 24.0, 32.0, _REACH_LABEL)):
            for side, (x, y) in enumerate(
                (
                    (at.x() - width / 2, at.y() + away),
                    (at.x() - width - away, at.y() - height / 2),
                    (at.x() + away, at.y() - height / 2),
                    (at.x() - width / 2, at.y() - height - away),
                )
            ):
                found.append((order + 1.6 * turn + 0.5 * side, x, y))
    return np.array([(x, y) for _, x, y in sorted(found)])


def find_label_place(rails: Rails, width: float, height: float, around: Around) -> Place | None:
    """The best place for a factor of that size, below the gradient rail in the gap.

    None if each would cover something, or be nearer to another rail and so be read as that one's.
    """
    obstacles, corners = around(_REACH_LABEL + width), _label_corners(rails, width, height)
    middles = corners + np.array((width / 2, height / 2))
    own = _distances(middles, np.array([at.toTuple() for at in map(rails.gradient.pointAtPercent, np.linspace(0, 1, 65))]))
    found = obstacles.first_free(corners[own <= obstacles.nearest_rail(middles) + _DOUBT], width, height)
    return None if found is None else (found, False)


def _distances(places: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each of ``places`` to the nearest of ``points``, in px."""
    apart = np.hypot(*(places[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    nearest: NDArray[np.float64] = apart.min(axis=1, initial=np.inf)
    return nearest


def leader(dot: QPointF, pill: QRectF) -> QLineF:
    """The line from the ``dot`` on a rail to where its ``pill`` stands."""
    x = max(pill.left() + _INSET, min(pill.right() - _INSET, dot.x()))
    return QLineF(dot, QPointF(x, max(pill.top(), min(pill.bottom(), dot.y()))))


def find_pill_place(rails: Rails, width: float, height: float, around: Around, dot: QPointF) -> Place:
    """Where the pill stands, and whether it needs a leader, from the ``dot`` on its rail.

    In the gap below the rail, else above it, else the free place nearest to the middle of the rail; where its leader would
    cross no other text.
    """
    path = rails.gradient
    middle = path.pointAtPercent(0.5)
    box = rails.box()
    gap = (rails.start().right() + rails.target.frame().left()) / 2
    obstacles = around(REACH_PILL + width)
    lowest = max(point.y() for point in (path.pointAtPercent(0), middle, path.pointAtPercent(1)))
    first = np.array(
        [
            (gap - width / 2, lowest + _BELOW_PILL),
            (gap - width / 2, box.top() - _BELOW_PILL - height),
            (middle.x() + _BELOW_PILL, middle.y() - height / 2),
            (middle.x() - _BELOW_PILL - width, middle.y() - height / 2),
        ]
    )
    found = obstacles.first_free(first, width, height, dot)
    if found is None:
        steps = np.arange(-REACH_PILL, REACH_PILL + 1, _STEP)
        across, down = (axis.ravel() for axis in np.meshgrid(steps, steps))
        order = np.argsort(np.hypot(across, 1.3 * down) + (down < 0) * 12, kind="stable")
        corners = np.stack((middle.x() + across - width / 2, middle.y() + down - height / 2), axis=1)[order]
        found = obstacles.first_free(corners, width, height, dot) or obstacles.first_free(corners, width, height)
        found = found or QRectF(first[0, 0], first[0, 1], width, height)
    away = max(found.top() - middle.y(), middle.y() - found.bottom(), found.left() - middle.x(), middle.x() - found.right())
    return found, away > _BELOW_PILL + 2
