"""Which items of a large graph are in view: found in one array operation, so that a step costs what is seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF

from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem

LARGE = 150
"""Up to this many cards, all of them are kept up to date, seen or not."""


class Places:
    """The bounds of ``items``, as they were when this was made."""

    def __init__(self, cards: Sequence[CardItem], edges: Sequence[EdgeItem]) -> None:
        self._cards, self._edges = list(cards), list(edges)
        self._card_bounds = _bounds([item.frame() for item in cards])
        self._edge_bounds = _bounds([item.boundingRect() for item in edges])

    def within(self, area: QRectF) -> tuple[list[CardItem], list[EdgeItem]]:
        """Cards and edges that ``area`` (in scene units) touches."""
        return (
            [self._cards[at] for at in _touched(self._card_bounds, area)],
            [self._edges[at] for at in _touched(self._edge_bounds, area)],
        )


def _bounds(rects: Sequence[QRectF]) -> np.ndarray:
    """Left, top, right and bottom of each, [n × 4]."""
    sides = [(rect.left(), rect.top(), rect.right(), rect.bottom()) for rect in rects]
    return np.array(sides, dtype=np.float64).reshape(-1, 4)


def _touched(bounds: np.ndarray, area: QRectF) -> list[int]:
    left, top, right, bottom = bounds.T
    inside = (left <= area.right()) & (right >= area.left()) & (top <= area.bottom()) & (bottom >= area.top())
    found: list[int] = np.flatnonzero(inside).tolist()
    return found
