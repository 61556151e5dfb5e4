"""Which items are in view, and so kept up to date: found in one array operation, so that a step costs what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QRectF

from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.contents import Contents

LARGE = 150
"""Up to this many cards, all of them are kept up to date, seen or not."""


class InView:
    """Looks at a scene through ``area``, which says the part of it that is seen, at ``zoom``; the view gives both."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._bounds: _Bounds | None = None
        self.area: Callable[[], QRectF] | None = None
        self.zoom: Callable[[], float] = float

    def watch(self, area: Callable[[], QRectF], zoom: Callable[[], float]) -> None:
        """See the scene through these from now on."""
        self.area, self.zoom = area, zoom

    def forget(self) -> None:
        """Items came, went or moved."""
        self._bounds = None

    def items(self) -> tuple[list[CardItem], list[EdgeItem]]:
        """The items that are kept up to date: all of a small graph and the few that a crowd has, those in view of a large one."""
        cards, edges = list(self._contents.cards.values()), list(self._contents.edges.values())
        if self.area is None or self._contents.crowd is not None or len(cards) <= LARGE:
            return cards, edges
        if self._bounds is None:
            self._bounds = _Bounds(cards, edges)
        return self._bounds.within(self.area())


class _Bounds:
    """The bounds of items, as they were when this was made."""

    def __init__(self, cards: Sequence[CardItem], edges: Sequence[EdgeItem]) -> None:
        self._cards, self._edges = list(cards), list(edges)
        self._card_bounds = _sides([item.frame() for item in cards])
        self._edge_bounds = _sides([item.boundingRect() for item in edges])

    def within(self, area: QRectF) -> tuple[list[CardItem], list[EdgeItem]]:
        """Cards and edges that ``area`` (in scene units) touches."""
        return (
            [self._cards[at] for at in _touched(self._card_bounds, area)],
            [self._edges[at] for at in _touched(self._edge_bounds, area)],
        )


def _sides(rects: Sequence[QRectF]) -> np.ndarray:
    """Left, top, right and bottom of each, [n × 4]."""
    sides = [(rect.left(), rect.top(), rect.right(), rect.bottom()) for rect in rects]
    return np.array(sides, dtype=np.float64).reshape(-1, 4)


def _touched(bounds: np.ndarray, area: QRectF) -> list[int]:
    left, top, right, bottom = bounds.T
    inside = (left <= area.right()) & (right >= area.left()) & (top <= area.bottom()) & (bottom >= area.top())
    found: list[int] = np.flatnonzero(inside).tolist()
    return found
