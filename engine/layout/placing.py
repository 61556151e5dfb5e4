"""Layered drawing of a graph of boxes, on plain numbers: coordinates and routes, from columns that have an order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor
from statistics import median_low

from engine.layout.layering import (
    BLOCK,
    ENTRY,
    EXIT,
    MODULE,
    RESULT,
    TENSOR,
    UNIT_FACTOR,
    Layers,
    Orderer,
    Point,
    Problem,
    Solution,
    build_layers,
    by_earlier_place,
    components,
    order_columns,
)

WIDE_GAP, MIDDLE_GAP, NARROW_GAP = 104, 64, 44
ROW_GAP, CLOSE_ROW_GAP, MODULE_ROW_GAP, LANE_GAP = 84, 28, 52, 12
RAILS = 94
"""Px from a card's top to the middle of its two rails: cards of one row are aligned there, and routes run there."""
BORDER_GAP = 8
"""Px between the border of a module and what is nearest to it inside, where the rails are level."""
LANE = 20
"""Half the height that a passing edge takes, in px."""
COMPONENT_GAP = 84


def solve(problem: Problem, orderer: Orderer | None = None) -> Solution:
    """Place every card. The same problem gives the same solution; without self-loops and cycles every edge goes left to right."""
    count = len(problem.cards)
    sources: list[dict[int, int]] = [{} for _ in range(count)]
    for source, target, slot, _ in problem.edges:
        if source != target:
            sources[target][source] = min(slot, sources[target].get(source, slot))
    positions: list[Point] = [(0.0, 0.0)] * count
    routes: dict[tuple[int, int], tuple[Point, ...]] = {}
    crossings, top, width = 0, 0.0, 0.0
    single: list[int] = []
    for cards in by_earlier_place(components(count, sources), problem.before):
        if len(cards) == 1:
            single += cards
            continue
        layers = build_layers(problem, cards, sources)
        crossings += order_columns(layers, problem, orderer)
        right, bottom = _coordinates(layers, problem, top, positions, routes)
        top, width = bottom + COMPONENT_GAP, max(width, right)
    _shelve(single, problem, top, max(width, 1000.0), positions)
    dx, dy = _shift(positions, problem.before)
    return Solution(
        tuple((x + dx, y + dy) for x, y in positions),
        tuple(tuple((x + dx, y + dy) for x, y in routes.get((source, target), ())) for source, target, _, _ in problem.edges),
        crossings,
    )


def _coordinates(
    layers: Layers, problem: Problem, top: float, positions: list[Point], routes: dict[tuple[int, int], tuple[Point, ...]]
) -> tuple[float, float]:
    """Write the component's positions and routes, from ``top`` downwards; returns its right and bottom ends."""
    cards, count = layers.cards, len(layers.cards)
    items = len(layers.before)
    above, below = [LANE] * items, [LANE] * items
    known = {card: round(rails) for card, rails in problem.rails}
    for item, card in enumerate(cards):
        height = ceil(problem.cards[card][1])
        above[item] = known.get(card, min(RAILS, height * 7 // 10))
        below[item] = height - above[item]
    gaps = [
        [below[first] + _row_gap(first, second, layers, problem) + above[second] for first, second in pairwise(own)]
        for own in layers.columns
    ]
    y = _rows(layers, gaps)
    y = [floor(value + 0.51) for value in y]  # not 0.5: halves, the middle of two rows, must not depend on rounding errors
    rise = top - min(y[item] - above[item] for item in range(items))
    y = [value + rise for value in y]
    left = _column_starts(layers, problem, y)
    widths = [max((problem.cards[cards[item]][0] for item in own if item < count), default=0.0) for own in layers.columns]
    long = [any(item < count and problem.cards[cards[item]][2] & BLOCK for item in own) for own in layers.columns]
    for item, card in enumerate(cards):
        at = layers.column[item]
        # Beside a module that takes thousands of px, a card without inputs stands near what uses it.
        aside = widths[at] - problem.cards[card][0] if long[at] and not layers.before[item] else 0.0
        positions[card] = (left[at] + aside, y[item] - above[item])
    bottom = max(y[item] + below[item] for item in range(items))
    for source, lane in layers.lanes.items():
        corners: list[Point] = []
        for item in lane:
            start = left[layers.column[item]]
            _extend(corners, start, start + widths[layers.column[item]], float(y[item]))
            for target in layers.after[item]:
                if target < count:
                    routes[cards[source], cards[target]] = tuple(corners)
    for item, card in enumerate(cards):
        end = left[layers.column[item]] + widths[layers.column[item]]
        if long[layers.column[item]] and positions[card][0] + problem.cards[card][0] < end:
            # ... and rails pass the rest of such a module in their own row.
            for target in range(count):
                if item in layers.before[target] or (cards[item], cards[target]) in routes:
                    routes[cards[item], cards[target]] = ((end, float(y[item])), *routes.get((cards[item], cards[target]), ()))
    if layers.outside:
        bottom = _outside_routes(layers, problem, left, widths, bottom, routes)
    return left[-1] + widths[-1], bottom


def _row_gap(first: int, second: int, layers: Layers, problem: Problem) -> int:
    lanes = _is_lane(first, layers, problem) + _is_lane(second, layers, problem)
    if lanes:
        return LANE_GAP if lanes == 2 else CLOSE_ROW_GAP
    if any(problem.cards[layers.cards[item]][2] & BLOCK for item in (first, second)):
        return CLOSE_ROW_GAP
    if any(problem.cards[layers.cards[item]][2] & MODULE for item in (first, second)):
        return MODULE_ROW_GAP
    scalars = not any(problem.cards[layers.cards[item]][2] & TENSOR for item in (first, second))
    return ROW_GAP if scalars else CLOSE_ROW_GAP


def _is_lane(item: int, layers: Layers, problem: Problem) -> bool:
    """Whether it is only a rail: one that passes, or one that crosses the border of a module."""
    return item >= len(layers.cards) or bool(problem.cards[layers.cards[item]][2] & (ENTRY | EXIT))


def _rows(layers: Layers, gaps: list[list[int]]) -> list[float]:
    """The height of each item's rails: straight where it can be, no two items of a column nearer than their gap."""
    y = [0.0] * len(layers.before)
    for own, gap in zip(layers.columns, gaps, strict=True):
        height = 0.0
        for index, item in enumerate(own):
            height += gap[index - 1] if index else 0.0
            y[item] = height
    rounds = 4 if len(y) < 3000 else 2
    for turn in range(rounds):
        for index, own in enumerate(layers.columns):
            wishes = []
            for item in own:
                mains = layers.mains[item]
                if mains:
                    wishes.append((sum(y[main] for main in mains) / len(mains), layers.weight[item]))
                else:
                    wishes.append((y[item], 1e-5 if layers.side[item] else 3e-3 if index else 1.0))
            _settle(own, wishes, gaps[index], y)
        if turn == rounds - 1:
            break
        for index in range(len(layers.columns) - 2, -1, -1):
            own = layers.columns[index]
            wishes = []
            for item in own:
                level = [y[target] for target in layers.after[item] if item in layers.mains[target]]
                if level:
                    wishes.append((sum(level) / len(level), layers.weight[item]))
                elif layers.after[item]:
                    nearest = layers.after[item]
                    wishes.append((sum(y[target] for target in nearest) / len(nearest), 1e-5 if layers.side[item] else 3e-3))
                else:
                    wishes.append((y[item], 0.1))
            _settle(own, wishes, gaps[index], y)
    return y


def _settle(own: list[int], wishes: list[tuple[float, float]], gap: list[int], y: list[float]) -> None:
    """Least squares: as near to the wishes as the gaps allow, in the given order (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    offset = 0.0
    offsets = []
    for index, (wish, weight) in enumerate(wishes):
        offset += gap[index - 1] if index else 0
        offsets.append(offset)
        mean, total, number = wish - offset, weight, 1
        while blocks and blocks[-1][0] >= mean:
            other, other_total, other_number = blocks.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total, number = total + other_total, number + other_number
        blocks.append((mean, total, number))
    index = 0
    for mean, _, number in blocks:
        for _ in range(number):
            y[own[index]] = mean + offsets[index]
            index += 1


def _column_starts(layers: Layers, problem: Problem, y: Sequence[float]) -> list[float]:
    """Left end of each column: the gap before it fits the labels of the edges that end there, and steep edges get more room."""
    cards, count = layers.cards, len(layers.cards)
    tracked = {(source, target) for source, target, _, known in problem.edges if known}
    starts = [0.0]
    for index in range(1, len(layers.columns)):
        gap, steepest = NARROW_GAP, 0.0
        if any(all(_is_border(item, layers, problem) for item in layers.columns[at]) for at in (index - 1, index)):
            gap = BORDER_GAP
        for item in layers.columns[index]:
            for source in layers.before[item]:
                steepest = max(steepest, abs(y[source] - y[item]))
                if item < count and source < count and gap != BORDER_GAP and (cards[source], cards[item]) in tracked:
                    gap = max(gap, _label_gap(problem.cards[cards[source]][2], problem.cards[cards[item]][2]))
            if item < count and len(layers.before[item]) > 1 and gap != BORDER_GAP:
                gap = max(gap, MIDDLE_GAP)
        width = max((problem.cards[cards[item]][0] for item in layers.columns[index - 1] if item < count), default=0.0)
        starts.append(starts[-1] + ceil(width) + max(gap, min(160 if gap != BORDER_GAP else NARROW_GAP, floor(steepest / 5))))
    return starts


def _is_border(item: int, layers: Layers, problem: Problem) -> bool:
    return item < len(layers.cards) and bool(problem.cards[layers.cards[item]][2] & (ENTRY | EXIT))


def _label_gap(source: int, target: int) -> int:
    if (source | target) & TENSOR or target & RESULT:
        return NARROW_GAP
    return MIDDLE_GAP if target & UNIT_FACTOR else WIDE_GAP


def _extend(corners: list[Point], left: float, right: float, height: float) -> None:
    """Go on through a column; a straight way keeps only its two ends."""
    if len(corners) > 1 and corners[-1][1] == corners[-2][1] == height:
        corners[-1] = (right, height)
    else:
        corners += [(left, height), (right, height)]


def _outside_routes(
    layers: Layers,
    problem: Problem,
    left: list[float],
    widths: list[float],
    bottom: float,
    routes: dict[tuple[int, int], tuple[Point, ...]],
) -> float:
    """Edges without a lane go beneath everything, one level per source; returns the new bottom."""
    local = {card: item for item, card in enumerate(layers.cards)}
    first_level = bottom + LANE + CLOSE_ROW_GAP
    level = {source: first_level + 2 * LANE * (index % 32) for index, source in enumerate(sorted(layers.outside))}
    for source, target, _, _ in problem.edges:
        first, last = local.get(source), local.get(target)
        if first is None or last is None or first not in level or layers.column[last] - layers.column[first] < 2:
            continue
        after = layers.column[first]
        routes[source, target] = ((left[after + 1], level[first]), (left[layers.column[last] - 1], level[first]))
    return max(level.values()) + LANE


def _shelve(single: list[int], problem: Problem, top: float, width: float, positions: list[Point]) -> None:
    """Cards without edges stand in rows beneath the rest."""
    x, row = 0.0, 0.0
    for card in single:
        if x and x + problem.cards[card][0] > width:
            x, top, row = 0.0, top + row + CLOSE_ROW_GAP, 0.0
        positions[card] = (x, top)
        x += ceil(problem.cards[card][0]) + NARROW_GAP
        row = max(row, ceil(problem.cards[card][1]))


def _shift(positions: Sequence[Point], before: Sequence[Point | None]) -> Point:
    """How far to move everything so that most of what was there before does not move."""
    moved = [(old[0] - new[0], old[1] - new[1]) for old, new in zip(before, positions, strict=True) if old is not None]
    if not moved:
        return 0.0, 0.0
    return median_low(dx for dx, _ in moved), median_low(dy for _, dy in moved)
