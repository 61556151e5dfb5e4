"""Which item stands where in a small graph: the order of a card's inputs, and the card next to a card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from engine.layout.placements import Placement
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem


def order_inputs(edges: Iterable[EdgeItem], placement: Placement) -> None:
    """Let a card's inputs arrive in the order in which they come, from above, so that they do not cross in front of it."""
    arriving: defaultdict[str, list[EdgeItem]] = defaultdict(list)
    for edge in edges:
        arriving[edge.edge.target].append(edge)

    def height(edge: EdgeItem) -> tuple[float, int]:
        route = placement.routes.get(edge.edge.id, ())
        out = edge.source.face.ports[0] + 10
        return (route[-1][1] if route else placement.positions[edge.edge.source][1] + out), edge.edge.slot

    for found in arriving.values():
        alike = len(found) > 1 and len({edge.edge.source for edge in found}) == 1
        for index, edge in enumerate(sorted(found, key=height)):
            edge.rails.index, edge.rails.count, edge.rails.alike = index, len(found), alike


def neighbour(cards: Mapping[str, CardItem], edges: Iterable[EdgeItem], card_id: str, dx: int, dy: int) -> str | None:
    """The card to go to from ``card_id``: along an edge for dx = ±1, the nearest above or below for dy = ±1."""
    here = cards[card_id].frame()
    if dx:
        own = [edge for edge in edges if card_id in (edge.edge.source, edge.edge.target)]
        ends = [edge.target if dx > 0 else edge.source for edge in own]
        found = [end for end in ends if end.card.id != card_id]
    else:
        found = [
            item
            for other, item in cards.items()
            if other != card_id and (item.frame().center().y() - here.center().y()) * dy > 20
        ]
    if not found:
        return None

    def distance(item: CardItem) -> float:
        away = item.frame().center() - here.center()
        return abs(away.y()) + (2 * abs(away.x()) if dy else 0.0)

    return min(found, key=distance).card.id
