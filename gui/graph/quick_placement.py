"""A placement for huge graphs that is there at once; the layout process may find a better one later."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from engine.layout import Placement
from engine.recording import Graph

HUGE = 1500
"""Graphs with more cards than this are first placed by ``quick_placement``."""
_COLUMN_GAP, _ROW_GAP = 104.0, 72.0


def quick_placement(graph: Graph, sizes: Mapping[str, tuple[float, float]]) -> Placement:
    """Place ``graph`` in columns by the longest way to each card, in one pass; edges get no routes.

    Parameters
    ----------
    graph : Graph
        Any: parallel edges, self-loops, several components and cards without edges are fine.
    sizes : mapping of card id to (width, height)
        In px, for every card.
    """
    columns: defaultdict[int, list[str]] = defaultdict(list)
    for card, column in _columns(graph).items():
        columns[column].append(card)
    positions: dict[str, tuple[float, float]] = {}
    x = highest = lowest = 0.0
    for column in sorted(columns):
        cards = columns[column]
        tall = sum(sizes[card][1] for card in cards) + _ROW_GAP * (len(cards) - 1)
        y = -tall / 2
        highest, lowest = min(highest, y), max(lowest, -y)
        for card in cards:
            positions[card] = (x, y)
            y += sizes[card][1] + _ROW_GAP
        x += max(sizes[card][0] for card in cards) + _COLUMN_GAP
    placed = {card: (left, top - highest) for card, (left, top) in positions.items()}
    return Placement(placed, {}, max(0.0, x - _COLUMN_GAP), lowest - highest)


def _columns(graph: Graph) -> dict[str, int]:
    """Card → its column; a card without inputs stands right before the first that uses it."""
    onward: dict[str, list[str]] = {card.id: [] for card in graph.cards}
    missing = dict.fromkeys(onward, 0)
    for edge in graph.edges:
        if edge.source != edge.target:
            onward[edge.source].append(edge.target)
            missing[edge.target] += 1
    starts = [card for card, count in missing.items() if not count]
    column = dict.fromkeys(onward, 0)
    ready = deque(starts)
    while ready:
        card = ready.popleft()
        for target in onward[card]:
            column[target] = max(column[target], column[card] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for card in starts:
        if onward[card]:
            column[card] = min(column[target] for target in onward[card]) - 1
    return column
