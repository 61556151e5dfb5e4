"""A placement for graphs of thousands of cards, in time linear in cards and edges, except for sorting; nothing recurses.

Columns by the longest way from the left, broken into rows of columns like lines of a text, so that a long chain has a shape that
a screen can show. Edges that come from far away (a weight that every step uses) are tethered: drawn only next to their target.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import sqrt

import numpy as np

from engine.layout.field import Flags, Floats, Numbers, Point
from engine.runtime.errors import Cancelled

COLUMN_GAP, ROW_GAP, BAND_GAP, LANE_GAP = 104.0, 72.0, 150.0, 20.0
RAILS = 83.0
HUB_USES = 12
"""A card with more uses than this is a hub: it is tethered at each use that is not in the next column."""
FAR = 48
"""Edges over more columns than this are tethered."""
BREAK = 30_000.0
"""Px: a wider drawing is broken into rows."""
ASPECT = 1.6
_EVERY = 4096

Report = Callable[[float], bool]
"""Called with the share that is done (0 to 1); True ends the work with ``Cancelled``."""


def _never(share: float) -> bool:
    return False


def place_many(
    sizes: Floats, source: Numbers, target: Numbers, report: Report = _never
) -> tuple[Floats, dict[int, tuple[Point, ...]], Flags]:
    """Place any graph: cycles, self-loops, parallel edges and components are fine.

    Parameters
    ----------
    sizes : float64 [cards, 2]
        Width and height, in px.
    source, target : int64 [edges]
        Numbers of cards; edges with a -1 are left out.
    report : callable
        Called with the progress; may end the work with ``Cancelled``.

    Returns
    -------
    places : float64 [cards, 2]
        Top left of each card; no two cards overlap.
    routes : dict of edge number to points
        For edges that go on in the next row.
    tethered : bool [edges]
    """
    cards = len(sizes)
    known = (source >= 0) & (target >= 0) & (source != target)
    before: list[list[int]] = [[] for _ in range(cards)]
    onward: list[list[int]] = [[] for _ in range(cards)]
    for one, two in zip(source[known].tolist(), target[known].tolist(), strict=True):
        before[two].append(one)
        onward[one].append(two)
    _tell(report, 0.15)
    column = _columns(before, onward, report)
    columns: list[list[int]] = [[] for _ in range(int(column.max(initial=-1)) + 1)]
    for card, at in enumerate(column.tolist()):
        columns[at].append(card)
    _tell(report, 0.45)
    middle = _heights(columns, before, onward, column, sizes, report)
    places, band = _rows(columns, sizes, middle)
    _tell(report, 0.9)
    span = np.where(known, column[target] - column[source], 0)
    uses = np.bincount(source[known], minlength=cards)
    far = known & ((span > FAR) | ((uses[source] > HUB_USES) & (span > 1)) | (span < 0))
    jump = np.where(known, band[target] - band[source], 0)
    far |= known & (jump > 1)
    far |= known & (uses[source] > HUB_USES) & (jump > 0)
    routes = _turns(np.flatnonzero((jump == 1) & ~far), places, sizes, source, target, band)
    _tell(report, 1.0)
    return places, routes, far


def grid_places(sizes: Floats) -> Floats:
    """Places in the order of the cards, in rows like a text: available at once if nothing better was waited for."""
    cards = len(sizes)
    if not cards:
        return np.zeros((0, 2))
    width, height = float(sizes[:, 0].max()) + COLUMN_GAP, float(sizes[:, 1].max()) + ROW_GAP
    across = max(1, round(sqrt(cards * ASPECT * height / width)))
    at = np.arange(cards)
    return np.stack([(at % across) * width, (at // across) * height], axis=1)


def _tell(report: Report, share: float) -> None:
    if report(share):
        raise Cancelled("the layout was cancelled")


def _columns(before: list[list[int]], onward: list[list[int]], report: Report) -> Numbers:
    """Longest way from the left; a card without inputs stands right before the first that uses it. Cycles are cut anywhere."""
    cards = len(before)
    missing = [len(found) for found in before]
    column = [0] * cards
    done = bytearray(cards)
    ready = deque(card for card in range(cards) if not missing[card])
    starts = [card for card in ready if onward[card]]
    stuck = count = 0
    while count < cards:
        if not ready:
            while done[stuck]:
                stuck += 1
            ready.append(stuck)
        card = ready.popleft()
        if done[card]:
            continue
        done[card] = 1
        count += 1
        if count % _EVERY == 0:
            _tell(report, 0.15 + 0.3 * count / cards)
        following = column[card] + 1
        for target in onward[card]:
            if not done[target]:
                column[target] = max(column[target], following)
                missing[target] -= 1
                if not missing[target]:
                    ready.append(target)
    for card in starts:
        column[card] = max(0, min(column[target] for target in onward[card]) - 1)
    return np.array(column, np.int64)


def _heights(
    columns: list[list[int]], before: list[list[int]], onward: list[list[int]], column: Numbers, sizes: Floats, report: Report
) -> Floats:
    """Height of the rails of each card: level with the middle of its inputs from the columns just before, if there is room."""
    near = 4
    where = column.tolist()
    heights = sizes[:, 1].tolist()
    middle = [0.0] * len(sizes)
    for at, own in enumerate(columns):
        if at % _EVERY == 0:
            _tell(report, 0.45 + 0.4 * at / len(columns))
        wishes: list[tuple[float, int, int]] = []
        for order, card in enumerate(own):
            level = [middle[source] for source in before[card] if 0 < at - where[source] <= near and before[source]]
            if not level:
                level = [middle[source] for source in before[card] if at - where[source] == 1]
            if level:
                wishes.append((sum(level) / len(level), 0, order))
                continue
            # What has no input of its own stands beneath the other inputs of its first use.
            beside = [
                middle[source]
                for target in onward[card][:1]
                for source in before[target]
                if before[source] and 0 <= at - where[source] <= near
            ]
            wishes.append((beside[0] if beside else 0.0, 1, order))
        wishes.sort()
        cards = [own[order] for _, _, order in wishes]
        _settle(cards, [wish for wish, _, _ in wishes], heights, middle, [kind for _, kind, _ in wishes])
    return np.array(middle)


def _settle(cards: list[int], wishes: list[float], heights: list[float], middle: list[float], kinds: list[int]) -> None:
    """As close to the wishes as the gaps allow (pool adjacent violators); cards without inputs give way to the others."""
    if len(cards) == 1:
        middle[cards[0]] = wishes[0]
        return
    blocks: list[tuple[float, float, int]] = []
    offsets: list[float] = []
    offset = 0.0
    for at, wish in enumerate(wishes):
        if at:
            offset += heights[cards[at - 1]] + ROW_GAP
        offsets.append(offset)
        mean, weight, number = wish - offset, 1e-4 if kinds[at] else 1.0, 1
        while blocks and blocks[-1][0] >= mean:
            other, other_weight, other_number = blocks.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, number = weight + other_weight, number + other_number
        blocks.append((mean, weight, number))
    at = 0
    for mean, _, number in blocks:
        for _ in range(number):
            middle[cards[at]] = mean + offsets[at]
            at += 1


def _rows(columns: list[list[int]], sizes: Floats, middle: Floats) -> tuple[Floats, Numbers]:
    """Top left of each card, and the row of columns that it stands in."""
    places, band = np.zeros((len(sizes), 2)), np.zeros(len(sizes), np.int64)
    if not len(sizes):
        return places, band
    high = middle - np.minimum(RAILS, sizes[:, 1] / 2)
    low = high + sizes[:, 1]
    members = [np.array(own, np.int64) for own in columns]
    widths = [float(sizes[own, 0].max()) + COLUMN_GAP if len(own) else 0.0 for own in members]
    total = sum(widths)
    limit = total
    if total > BREAK:
        tall = [float(low[own].max() - high[own].min()) if len(own) else 0.0 for own in members]
        mean = sum(tall) / len(tall) + BAND_GAP
        limit = max(4000.0, sqrt(total * mean * ASPECT))
    y, at, number = 0.0, 0, 0
    while at < len(columns):
        x, first = 0.0, at
        while at < len(columns) and (at == first or x + widths[at] <= limit + 1):
            places[members[at], 0] = x
            x += widths[at]
            at += 1
        own = np.concatenate(members[first:at])
        if len(own):
            highest = float(high[own].min())
            places[own, 1] = high[own] - highest + y
            band[own] = number
            y += float(low[own].max()) - highest + BAND_GAP
        number += 1
    return places, band


def _turns(
    edges: Numbers, places: Floats, sizes: Floats, source: Numbers, target: Numbers, band: Numbers
) -> dict[int, tuple[Point, ...]]:
    """The route of edges that go on in the next row: around the end of their row, back between the two, to the start of the
    next."""
    if not len(edges):
        return {}
    rows = int(band.max()) + 1
    end, bottom = np.zeros(rows), np.zeros(rows)
    np.maximum.at(end, band, places[:, 0] + sizes[:, 0])
    np.maximum.at(bottom, band, places[:, 1] + sizes[:, 1])
    used = [0] * rows
    routes: dict[int, tuple[Point, ...]] = {}
    for edge in edges.tolist():
        row = int(band[source[edge]])
        y = float(bottom[row]) + 40 + LANE_GAP * (used[row] % 4)
        used[row] += 1
        routes[edge] = ((float(end[row]) + 70, y), (float(places[target[edge], 0]) - 90, y))
    return routes
