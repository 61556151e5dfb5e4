"""Layered drawing of a graph of boxes, on plain numbers: components, columns and the order within columns.

Nothing here recurses, fails for any input graph, or depends on a library; a library may be handed in to order the columns.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

TENSOR, RESULT, UNIT_FACTOR, MODULE = 1, 2, 4, 8
"""Flags of a card: more than one element; a result; an operation whose local derivative is plus or minus one; a folded module."""
ENTRY, EXIT, BLOCK = 16, 32, 64
"""Flags that only nested problems have: where a rail enters or leaves a module, and a module with everything that it holds."""
MOST_CORNERS = 300_000
"""If the long edges of some sources would have more corners than this in all, they get no lanes and go around the drawing."""

Point = tuple[float, float]
Orderer = Callable[[list[list[int]], list[list[int]]], list[list[int]] | None]
"""Given columns of items and the successors (in the next column) of each item: the columns in another order, or None."""


class Problem(NamedTuple):
    """What there is to place; cards are numbered from 0.

    ``cards``: (width, height, flags); ``edges``: (source, target, slot, tracked); ``before``: where each card was, or None.
    ``within``: the unfolded modules around each card, the outermost first, or nothing where there are none. ``rails``: px from
    the top to the middle of the two rails, for cards where that is not the usual one.
    """

    cards: tuple[tuple[float, float, int], ...]
    edges: tuple[tuple[int, int, int, int], ...]
    before: tuple[Point | None, ...]
    within: tuple[tuple[int, ...], ...] = ()
    rails: tuple[tuple[int, float], ...] = ()


class Solution(NamedTuple):
    """``positions``: top left of each card; ``routes``: points of each edge; ``crossings``: of links between columns."""

    positions: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    crossings: int


@dataclass(slots=True)
class Layers:
    """One component as items in columns: its cards first, then the passing places (lanes) of long edges."""

    cards: list[int]
    columns: list[list[int]] = field(default_factory=list)
    before: list[list[int]] = field(default_factory=list)
    after: list[list[int]] = field(default_factory=list)
    mains: list[list[int]] = field(default_factory=list)
    side: list[bool] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    lanes: dict[int, list[int]] = field(default_factory=dict)
    outside: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)


# Components and columns ----------------------------------------------------------------------------------------------


def components(count: int, sources: list[dict[int, int]]) -> list[list[int]]:
    """The unconnected parts of a graph of ``count`` cards; ``sources`` gives each card's inputs."""
    parent = list(range(count))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for target, inputs in enumerate(sources):
        for source in inputs:
            first, second = sorted((root(source), root(target)))
            parent[second] = first
    groups: dict[int, list[int]] = {}
    for card in range(count):
        groups.setdefault(root(card), []).append(card)
    return list(groups.values())


def by_earlier_place(groups: list[list[int]], before: Sequence[Point | None]) -> list[list[int]]:
    """Components that were there before keep their order from top to bottom."""
    heights = [min((place[1] for card in group if (place := before[card]) is not None), default=None) for group in groups]
    slots = [index for index, height in enumerate(heights) if height is not None]
    result = list(groups)
    for slot, index in zip(slots, sorted(slots, key=lambda index: heights[index] or 0.0), strict=True):
        result[slot] = groups[index]
    return result


def _topological(inputs: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """An order in which inputs come first, and the inputs without those that close a cycle."""
    outputs: list[list[int]] = [[] for _ in inputs]
    missing = [len(before) for before in inputs]
    for item, before in enumerate(inputs):
        for source in before:
            outputs[source].append(item)
    ready = [item for item, number in enumerate(missing) if not number]
    heapify(ready)
    order: list[int] = []
    place = [-1] * len(inputs)
    stuck = 0
    while len(order) < len(inputs):
        if not ready:
            while place[stuck] >= 0:
                stuck += 1
            ready.append(stuck)
        item = heappop(ready)
        if place[item] >= 0:
            continue
        place[item] = len(order)
        order.append(item)
        for target in outputs[item]:
            missing[target] -= 1
            if missing[target] == 0 and place[target] < 0:
                heappush(ready, target)
    return order, [[source for source in before if place[source] < place[item]] for item, before in enumerate(inputs)]


def _columns(inputs: list[list[int]], order: list[int]) -> list[int]:
    """Longest path from the left; a card with no input, or with only one consumer, stands right before that consumer."""
    count = len(inputs)
    uses = [0] * count
    nearest = [count + 1] * count
    for before in inputs:
        for source in before:
            uses[source] += 1
    column = [0] * count
    hangs = [False] * count
    for item in order:
        deep = [source for source in inputs[item] if inputs[source]]
        column[item] = 1 + max((column[source] for source in deep), default=0) if inputs[item] else 0
        hangs[item] = all(hangs[source] and uses[source] == 1 for source in deep)
    for item in reversed(order):
        if hangs[item] and uses[item]:
            column[item] = nearest[item] - 1
        for source in inputs[item]:
            nearest[source] = min(nearest[source], column[item])
    return column


def _at_borders(column: list[int], flags: list[int]) -> list[int]:
    """The columns, with entries before all others and exits after them."""
    entries = any(flag & ENTRY for flag in flags)
    last = max((number for number, flag in zip(column, flags, strict=True) if not flag & EXIT), default=0) + 1 + entries
    return [0 if flag & ENTRY else last if flag & EXIT else number + entries for number, flag in zip(column, flags, strict=True)]


def build_layers(problem: Problem, cards: list[int], sources: list[dict[int, int]]) -> Layers:
    """Columns with one lane for each source in every column that its long edges pass: edges of one source share their lanes."""
    local = {card: index for index, card in enumerate(cards)}
    slots = [[(slot, local[source]) for source, slot in sources[card].items()] for card in cards]
    order, inputs = _topological([[source for _, source in sorted(found)] for found in slots])
    column = _at_borders(_columns(inputs, order), [problem.cards[card][2] for card in cards])
    layers = Layers(cards, column=column)
    count = len(cards)
    far = list(column)
    for item, before in enumerate(inputs):
        for source in before:
            far[source] = max(far[source], column[item])
    budget = 6 * count + 2000
    uses = Counter(source for before in inputs for source in before)
    layers.before = [[] for _ in cards]
    layers.mains = [[] for _ in cards]
    layers.weight = [1.0] * count
    entry = [bool(problem.cards[card][2] & ENTRY) for card in cards]
    leaf = [not before and not entry[item] for item, before in enumerate(inputs)]
    goes_out = [bool(problem.cards[card][2] & EXIT) for card in cards]
    near = [
        [source for source in before if column[item] - column[source] == 1 or entry[source] or goes_out[item]]
        for item, before in enumerate(inputs)
    ]
    chosen = [_mains(near[item], leaf, entry, bool(problem.cards[card][2] & TENSOR)) for item, card in enumerate(cards)]
    straight = {source for found in chosen for source in found if entry[source]}
    first_use = [-1] * count
    for item in order:
        for source in inputs[item]:
            if first_use[source] < 0 or column[item] < column[first_use[source]]:
                first_use[source] = item
    layers.side = [leaf[item] and first_use[item] >= 0 and item not in chosen[first_use[item]] for item in range(count)]
    for source in sorted(range(count), key=lambda item: (far[item] - column[item], item)):
        length = far[source] - column[source] - 1
        if length < 1:
            continue
        if length > budget or length * uses[source] > MOST_CORNERS:
            layers.outside.append(source)
            continue
        budget -= length
        lane = list(range(len(layers.before), len(layers.before) + length))
        layers.lanes[source] = lane
        for index in range(length):
            link = [lane[index - 1] if index else source]
            layers.before.append(link)
            layers.mains.append(link)
            layers.side.append(True)
            layers.weight.append(1e-3)
            column.append(column[source] + 1 + index)
    outside = set(layers.outside)
    for item, before in enumerate(inputs):
        for source in before:
            span = column[item] - column[source]
            if span > 1 and source in outside:
                continue
            link_from = source if span == 1 else layers.lanes[source][span - 2]
            layers.before[item].append(link_from)
            if source in chosen[item]:
                layers.mains[item].append(link_from)
    layers.after = [[] for _ in layers.before]
    for item, before in enumerate(layers.before):
        for source in before:
            layers.after[source].append(item)
    layers.columns = [[] for _ in range(max(column) + 1)]
    owner = list(range(count)) + [0] * (len(layers.before) - count)
    for source, lane in layers.lanes.items():
        for item in lane:
            owner[item] = source
    later = [owner[item] not in straight for item in range(len(layers.before))]
    for item in sorted(range(len(layers.before)), key=lambda item: (later[item], layers.side[item], owner[item], item)):
        layers.columns[column[item]].append(item)
    return layers


def _mains(inputs: list[int], leaf: list[bool], entry: list[bool], tensor: bool) -> set[int]:
    """Which inputs from the column before a card is level with (the middle of them); its other inputs stand beneath.
    If nothing within its module was computed for it, that is the first input from outside.
    """
    deep = [source for source in inputs if not leaf[source] and not entry[source]]
    if deep:
        return set(deep)
    outside = [source for source in inputs if entry[source]]
    if outside:
        return set(outside[:1])
    return set(inputs[:1] if tensor else inputs)


# Order within columns ------------------------------------------------------------------------------------------------


def count_crossings(columns: list[list[int]], after: list[list[int]]) -> int:
    """Number of pairs of links between neighbouring columns that cross."""
    total = 0
    for index in range(len(columns) - 1):
        place = {item: position for position, item in enumerate(columns[index + 1])}
        seen: list[int] = []
        for item in columns[index]:
            ends = sorted(place[target] for target in after[item])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def order_columns(layers: Layers, problem: Problem, orderer: Orderer | None) -> int:
    """Order the columns so that few links cross, then as before where that costs nothing; returns the crossings."""
    best, fewest = _sweeps(layers.columns, layers)
    if orderer is not None and fewest:
        found = orderer(best, layers.after)
        if found is not None:
            improved, crossings = _sweeps(found, layers)
            if crossings < fewest:
                best, fewest = improved, crossings
    kept = [_as_before(column, layers, problem.before) for column in best]
    if kept != best and (crossings := count_crossings(kept, layers.after)) <= fewest:
        best, fewest = kept, crossings
    layers.columns = best
    return fewest


def _sweeps(columns: list[list[int]], layers: Layers) -> tuple[list[list[int]], int]:
    """The columns with the fewest crossings found by a few sweeps in both directions, and the number of crossings."""
    best = current = columns
    fewest = count_crossings(best, layers.after)
    for _ in range(6 if len(layers.before) < 3000 else 2):
        if not fewest:
            break
        for leftward in (True, False):
            current = _sweep(current, layers, leftward)
            crossings = count_crossings(current, layers.after)
            if crossings < fewest:
                best, fewest = current, crossings
    return best, fewest


def _sweep(columns: list[list[int]], layers: Layers, leftward: bool) -> list[list[int]]:
    """Sort each column by the mean place of its neighbours in the column that was sorted before it."""
    result = [list(column) for column in columns]
    indices = range(len(columns) - 2, -1, -1) if leftward else range(1, len(columns))
    for index in indices:
        fixed = result[index + 1 if leftward else index - 1]
        place = {item: position for position, item in enumerate(fixed)}
        own = result[index]
        scale = (len(fixed) - 1) / max(1, len(own) - 1)
        keys: dict[int, tuple[float, bool, int]] = {}
        for position, item in enumerate(own):
            near = [place[other] for other in (layers.after if leftward else layers.before)[item] if other in place]
            keys[item] = (sum(near) / len(near) if near else position * scale, layers.side[item], position)
        if not leftward:
            for item in own:
                if not layers.before[item] and layers.after[item]:
                    mains = [keys[main][0] for main in layers.mains[layers.after[item][0]] if main in keys and main != item]
                    if mains and layers.side[item]:
                        keys[item] = (max(mains), True, keys[item][2])
        own.sort(key=keys.__getitem__)
    return result


def _as_before(column: list[int], layers: Layers, before: Sequence[Point | None]) -> list[int]:
    """The column with the cards that were there before in their old order, on the same places between the others."""
    cards = layers.cards
    known = {item: place[1] for item in column if item < len(cards) and (place := before[cards[item]]) is not None}
    slots = [index for index, item in enumerate(column) if item in known]
    result = list(column)
    for slot, item in zip(slots, sorted(known, key=lambda item: known[item]), strict=True):
        result[slot] = item
    return result
