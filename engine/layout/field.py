"""Where the cards and edges of a large graph are, in arrays: what is in view is found without looking at each in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.graph.model import Graph

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Point = tuple[float, float]

TETHER = 72.0
"""Px that an edge drawn only at its target takes to the left of it."""
_PORT, _REACH, _RISE, _DROP = 83.0, 80.0, 28.0, 88.0


@dataclass(eq=False, slots=True)
class Field:
    """Cards and edges of a placed graph; all are numbered in the graph's order.

    Attributes
    ----------
    graph : Graph
    number, edge_number : mapping of id to number
    left, top, right, bottom : float64 [cards]
        The place of each card, in px; x goes right and y goes down.
    source, target : int64 [edges]
        Numbers of the cards at its ends; -1 where the graph has no such card.
    tethered : bool [edges]
        The edge is drawn only next to its target, with the name of its source: it comes from far away.
    routes : mapping of edge number to points
        Between its two cards, left to right, in the middle of its rails.
    index, count : int64 [edges]
        Which of its target's inputs it is, counted from above, and how many there are.
    bounds : float64 [4, edges]
        Left, top, right and bottom of what each edge may cover.
    lines : float64 [4, lines], owner : int64 [lines]
        Straight pieces (x, y to x, y) of the edges as they are drawn from far away, and the edge of each.
    """

    graph: Graph
    number: dict[str, int]
    edge_number: dict[str, int]
    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    source: Numbers
    target: Numbers
    tethered: Flags
    routes: Mapping[int, tuple[Point, ...]]
    index: Numbers
    count: Numbers
    bounds: Floats
    lines: Floats
    owner: Numbers
    card_width: float
    card_height: float
    """The size of most cards."""
    _into: tuple[Numbers, Numbers] = field(repr=False)
    _out: tuple[Numbers, Numbers] = field(repr=False)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the box around all cards; zeros if there are none."""
        if not len(self.left):
            return 0.0, 0.0, 0.0, 0.0
        return float(self.left.min()), float(self.top.min()), float(self.right.max()), float(self.bottom.max())

    def cards_within(self, left: float, top: float, right: float, bottom: float) -> Numbers:
        """Numbers of the cards that touch this box."""
        return np.flatnonzero((self.left <= right) & (self.right >= left) & (self.top <= bottom) & (self.bottom >= top))

    def edges_within(self, left: float, top: float, right: float, bottom: float) -> Numbers:
        """Numbers of the edges that may be seen in this box."""
        first, high, last, low = self.bounds
        return np.flatnonzero((first <= right) & (last >= left) & (high <= bottom) & (low >= top))

    def lines_within(self, left: float, top: float, right: float, bottom: float) -> Numbers:
        """Numbers of the lines whose box touches this one."""
        x0, y0, x1, y1 = self.lines
        inside = (np.minimum(x0, x1) <= right) & (np.maximum(x0, x1) >= left)
        inside &= (np.minimum(y0, y1) <= bottom) & (np.maximum(y0, y1) >= top)
        return np.flatnonzero(inside)

    def inputs(self, card: int) -> Numbers:
        """Numbers of the edges that end at ``card``."""
        order, start = self._into
        return order[start[card] : start[card + 1]]

    def outputs(self, card: int) -> Numbers:
        """Numbers of the edges that begin at ``card``."""
        order, start = self._out
        return order[start[card] : start[card + 1]]


def make_field(
    graph: Graph,
    sizes: Floats,
    places: Floats,
    routes: Mapping[int, tuple[Point, ...]],
    tethered: Flags | None = None,
    number: dict[str, int] | None = None,
) -> Field:
    """Index a placed graph.

    Parameters
    ----------
    sizes : float64 [cards, 2]
        Width and height of each card, in px.
    places : float64 [cards, 2]
        Top left of each card, in px.
    routes : mapping of edge number to points
    tethered : bool [edges], optional
        None: no edge is.
    number : mapping of card id to number, optional
        As ``ends`` wants it, if it is known.
    """
    number = number or {card.id: at for at, card in enumerate(graph.cards)}
    source, target = ends(graph, number)
    left, top = places[:, 0].copy(), places[:, 1].copy()
    right, bottom = left + sizes[:, 0], top + sizes[:, 1]
    known = (source >= 0) & (target >= 0)
    tethered = np.zeros(len(source), np.bool_) if tethered is None else tethered
    middle = np.minimum(_PORT, (bottom - top) / 2) if len(top) else top
    from_, to = np.where(known, source, 0), np.where(known, target, 0)
    if not len(left):
        from_, to = from_[:0], to[:0]
    heights = top[from_] + middle[from_]
    for at, route in routes.items():
        heights[at] = route[-1][1]
    heights[tethered] = bottom[to][tethered]
    slots = np.array([edge.slot for edge in graph.edges], np.int64)
    index, count = _ports(target, heights, slots, len(graph.cards))
    bounds, lines, owner = _lines(left, top, right, bottom, middle, from_, to, known, tethered, routes)
    usual = np.median(sizes, axis=0).tolist() if len(sizes) else [0.0, 0.0]
    return Field(
        graph,
        number,
        {edge.id: at for at, edge in enumerate(graph.edges)},
        left,
        top,
        right,
        bottom,
        source,
        target,
        tethered,
        routes,
        index,
        count,
        bounds,
        lines,
        owner,
        usual[0],
        usual[1],
        _grouped(target, len(left)),
        _grouped(source, len(left)),
    )


def ends(graph: Graph, number: Mapping[str, int]) -> tuple[Numbers, Numbers]:
    """Numbers of the cards at both ends of each edge; -1 for both where one is not in the graph."""
    source = np.array([number.get(edge.source, -1) for edge in graph.edges], np.int64)
    target = np.array([number.get(edge.target, -1) for edge in graph.edges], np.int64)
    broken = (source < 0) | (target < 0)
    source[broken] = target[broken] = -1
    return source, target


def _grouped(ends: Numbers, cards: int) -> tuple[Numbers, Numbers]:
    """Edge numbers sorted by the card at an end, and where each card's edges begin."""
    order = np.argsort(ends, kind="stable")
    return order, np.searchsorted(ends[order], np.arange(cards + 1))


def _ports(target: Numbers, heights: Floats, slots: Numbers, cards: int) -> tuple[Numbers, Numbers]:
    """Inputs of a card arrive in the order in which they come from above."""
    order = np.lexsort((slots, heights, target))
    index, count = np.zeros(len(target), np.int64), np.ones(len(target), np.int64)
    known = target[order] >= 0
    order = order[known]
    ends = target[order]
    start = np.searchsorted(ends, np.arange(cards + 1))
    index[order] = np.arange(len(order)) - start[ends]
    count[order] = (start[1:] - start[:-1])[ends]
    return index, count


def _lines(
    left: Floats,
    top: Floats,
    right: Floats,
    bottom: Floats,
    middle: Floats,
    source: Numbers,
    target: Numbers,
    known: Flags,
    tethered: Flags,
    routes: Mapping[int, tuple[Point, ...]],
) -> tuple[Floats, Floats, Numbers]:
    """Bounds of each edge, its straight pieces, and the edge of each piece."""
    x0, y0 = right[source].copy(), top[source] + middle[source]
    x1, y1 = left[target], top[target] + middle[target]
    x0[tethered], y0[tethered] = x1[tethered] - TETHER, y1[tethered]
    low = np.where(tethered, bottom[target], np.maximum(bottom[source], bottom[target]))
    high = np.where(tethered, top[target], np.minimum(top[source], top[target]))
    bounds = np.stack([np.minimum(x0, x1) - _REACH, high - _RISE, np.maximum(x0, x1) + _REACH, low + _DROP])
    bounds[:, ~known] = np.nan
    straight = known.copy()
    extra: list[tuple[float, float, float, float]] = []
    owners: list[int] = []
    for at, route in routes.items():
        straight[at] = False
        points = [(x0[at], y0[at]), *route, (x1[at], y1[at])]
        for (ax, ay), (bx, by) in pairwise(points):
            extra.append((ax, ay, bx, by))
            owners.append(at)
        xs, ys = [x for x, _ in route], [y for _, y in route]
        bounds[0, at] = min(bounds[0, at], min(xs) - _REACH)
        bounds[1, at] = min(bounds[1, at], min(ys) - _RISE)
        bounds[2, at] = max(bounds[2, at], max(xs) + _REACH)
        bounds[3, at] = max(bounds[3, at], max(ys) + _DROP)
    direct = np.flatnonzero(straight)
    pieces = np.stack([x0, y0, x1, y1], axis=1)[direct]
    if extra:
        pieces = np.concatenate([pieces, np.array(extra)])
    return bounds, np.ascontiguousarray(pieces.T), np.concatenate([direct, np.array(owners, np.int64)])


def size_array(graph: Graph, sizes: Mapping[str, Point] | Sequence[Point] | Floats) -> Floats:
    """Sizes as float64 [cards, 2], from a mapping of card ids or in the graph's order."""
    if isinstance(sizes, np.ndarray):
        return sizes
    listed = [sizes[card.id] for card in graph.cards] if isinstance(sizes, Mapping) else list(sizes)
    return np.array(listed, np.float64).reshape(-1, 2)
