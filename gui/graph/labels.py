"""Where the text beside a gradient rail can stand: close to the rail, and never on a card or on another rail."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

if TYPE_CHECKING:
    from gui.graph.edge_item import EdgeItem

_BELOW_PILL = 14.0
_TURN = 0.012
"""Seconds of one frame that places of labels are searched for, where they may wait."""
_PAUSE = 0.04
"""Seconds until the search goes on."""


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


def _obstacles(edge: EdgeItem) -> tuple[list[QRectF], NDArray[np.float64]]:
    """Cards around ``edge``, and points on the rails around it (its own among them)."""
    from gui.graph.card_item import CardItem
    from gui.graph.edge_item import EdgeItem

    items: list[QGraphicsItem] = edge.surroundings()
    cards = [item.frame() for item in items if isinstance(item, CardItem)]
    cards += [edge.source.frame(), edge.target.frame()]
    rails = [item.points() for item in items if isinstance(item, EdgeItem)]
    return cards, np.concatenate(rails) if rails else np.zeros((0, 2))


def find_label_place(edge: EdgeItem, width: float, height: float) -> tuple[QRectF, bool] | None:
    """The best place for a factor of that size, below the gradient rail in the gap; None if each would cover a card."""
    cards, points = _obstacles(edge)
    xs, ys = points.T
    path = edge.gradient_path
    best: tuple[float, QRectF] | None = None
    for order, percent in enumerate((0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.9)):
        at = path.pointAtPercent(percent)
        sides = ((0.0, 5.0), (-width / 2 - 4, 0.0), (width / 2 + 4, 0.0), (0.0, 14.0), (0.0, -height - 4))
        for turn, (dx, dy) in enumerate(sides):
            rect = QRectF(at.x() + dx - width / 2, at.y() + dy, width, height)
            if any(card.intersects(rect.adjusted(-1, -1, 1, 1)) for card in cards):
                continue
            near = rect.adjusted(-2, -2, 2, 2)
            hit = (xs >= near.left()) & (xs <= near.right()) & (ys >= near.top()) & (ys <= near.bottom())
            cost = 10 * int(np.count_nonzero(hit)) + order + 0.9 * turn + (6 if dy < 0 else 0)
            if best is None or cost < best[0]:
                best = (cost, rect)
        if best is not None and best[0] < order:
            break
    return (best[1], False) if best is not None else None


def find_pill_place(edge: EdgeItem, width: float, height: float) -> tuple[QRectF, bool]:
    """Where the pill stands, and whether it needs a leader: in the gap below the rail, else below both cards."""
    cards, _ = _obstacles(edge)
    path = edge.gradient_path
    middle = path.pointAtPercent(0.5)
    lowest = max(point.y() for point in (path.pointAtPercent(0), path.pointAtPercent(0.5), path.pointAtPercent(1)))
    gap = (edge.source.frame().right() + edge.target.frame().left()) / 2
    rect = QRectF(gap - width / 2, lowest + _BELOW_PILL, width, height)
    if not any(card.intersects(rect) for card in cards):
        return rect, False
    below = max(edge.source.frame().bottom(), edge.target.frame().bottom()) + 8
    rect.moveTop(below)
    for _ in range(6):
        hit = [card.bottom() for card in cards if card.intersects(rect)]
        if not hit:
            break
        rect.moveTop(max(hit) + 8)
    return rect, abs(rect.top() - middle.y()) > _BELOW_PILL
