"""What a scene holds, for code that marks its items, places them or knows which are in view."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QGraphicsItem

from engine.graph.model import Graph
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.crowd import Crowd


class Contents(Protocol):
    """The items of a graph: one for each card and edge of a small graph; a crowd and some items for one of many cards."""

    graph: Graph | None
    cards: dict[str, CardItem]
    edges: dict[str, EdgeItem]
    crowd: Crowd | None

    def removeItem(self, item: QGraphicsItem, /) -> None:
        """Take one item away."""
