"""Where the cards of a scene stand, or are going to: each of them, all together, and which is next to which."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from gui.panels.graph.scene.arranging import neighbour
from gui.panels.graph.scene.contents import Contents
from gui.panels.graph.scene.glide import Glide


class Places:
    """The places of the shown graph's cards, in the scene's px."""

    def __init__(self, contents: Contents, glide: Glide) -> None:
        self._contents, self._glide = contents, glide

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of each card, by id."""
        return {card_id: (item.width, item.height) for card_id, item in self._contents.cards.items()}

    def by_key(self) -> dict[str, tuple[float, float]]:
        """Where each card stands, or is on its way to, by key."""
        seen = {card_id: item for card_id, item in self._contents.cards.items() if item.isVisible()}
        corners = ((item.card.key, self.goal(card_id)) for card_id, item in seen.items())
        return {key: (corner.x(), corner.y()) for key, corner in corners}

    def frame(self, card: str) -> QRectF:
        """The place of a card in the scene."""
        contents = self._contents
        return contents.crowd.frame(card) if contents.crowd is not None else contents.cards[card].frame()

    def goal(self, card: str) -> QPointF:
        """The corner of a card, where it is going to stand."""
        going = self._glide.goal(card)
        return self.frame(card).topLeft() if going is None else going

    def box(self, card: str) -> QRectF:
        """The place of a card, where it is going to stand."""
        return QRectF(self.goal(card), self.frame(card).size())

    def extent(self) -> QRectF:
        """The box around all cards, where they are going to stand."""
        crowd, cards = self._contents.crowd, self._contents.cards
        if crowd is not None or not cards:
            return crowd.extent() if crowd is not None else QRectF()
        at = [(self.goal(card_id), item) for card_id, item in cards.items()]
        corner = QPointF(min(goal.x() for goal, _ in at), min(goal.y() for goal, _ in at))
        end = QPointF(max(goal.x() + item.width for goal, item in at), max(goal.y() + item.height for goal, item in at))
        return QRectF(corner, end)

    def whole(self) -> QRectF:
        """The box around all cards and edges, where they are going to be: an edge may go round below the lowest card."""
        box = self.extent()
        if self._contents.crowd is None:
            for edge in self._contents.edges.values():
                box = box.united(edge.rails.route_box())
        return box

    def heights(self, area: QRectF) -> list[float]:
        """The middles of the cards that stand in ``area``, or are going to."""
        crowd = self._contents.crowd
        if crowd is not None:
            boxes = crowd.boxes_within(area)
            return [float(middle) for middle in (boxes[1] + boxes[3]) / 2]
        goals = ((self.goal(card), item.height) for card, item in self._contents.cards.items())
        return [goal.y() + height / 2 for goal, height in goals if area.contains(goal)]

    def framed_depth(self) -> int:
        """How many frames of modules are nested around a card, at most."""
        graph = self._contents.graph
        return max(map(len, graph.within), default=0) if graph is not None and self._contents.crowd is None else 0

    def neighbour(self, card: str, dx: int, dy: int) -> str | None:
        """The card to go to from ``card``: along an edge for dx = ±1, the nearest above or below for dy = ±1."""
        contents = self._contents
        if contents.crowd is not None:
            return contents.crowd.neighbour(card, dx, dy)
        edges = contents.graph.edges if contents.graph is not None else ()
        return neighbour(contents.cards, [contents.edges[edge.id] for edge in edges if edge.id in contents.edges], card, dx, dy)
