"""Layered drawing of a graph with unfolded modules: each is a box that holds its own cards and no others, placed as one card.

From the innermost modules outwards, each is a problem of its own. A rail that comes from outside enters it at its left border
and leaves it at its right one, in a lane past the cards that it does not belong to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from engine.graph.within import common
from engine.layout.layering import BLOCK, ENTRY, EXIT, Orderer, Point, Problem, Solution
from engine.layout.placing import LANE, solve

FRAME_ROOM, FRAME_HEAD = 12.0, 28.0
"""Px that the frame of a module leaves around what it holds, and above that for its name."""

Part = tuple[Literal["entry", "card", "block", "exit"], int]
"""A card, a module within (block), or where the rails from one card enter or leave; the number is that card's or call's."""
_BORDERS = {"entry": ENTRY, "exit": EXIT}


@dataclass(slots=True)
class _Link:
    """An edge of one module's problem: the first slot of those that it stands for, and their sources."""

    slot: int
    tracked: int
    sources: list[int]


@dataclass(slots=True)
class _Module:
    """What stands directly in a module, and where, from its own top left; ``size`` is with room for its frame."""

    parent: _Module | None
    depth: int
    parts: list[Part] = field(default_factory=list)
    links: dict[tuple[Part, Part], _Link] = field(default_factory=dict)
    places: dict[Part, Point] = field(default_factory=dict)
    routes: dict[tuple[Part, Part], tuple[Point, ...]] = field(default_factory=dict)
    size: Point = (0.0, 0.0)
    rail: float = 0.0
    """Px from its top to the rail that it is placed by: the newest that leaves, so that chains are straight, or else comes in."""
    before: Point | None = None
    corner: Point = (0.0, 0.0)

    def add(self, part: Part) -> None:
        if part not in self.parts:
            self.parts.append(part)

    def link(self, source: Part, target: Part, edge: tuple[int, int, int, int]) -> None:
        """Let ``edge`` (source, target, slot, tracked) go from one part to another."""
        for part in (source, target):
            self.add(part)
        known = self.links.setdefault((source, target), _Link(edge[2], 0, []))
        known.slot = min(known.slot, edge[2])
        known.tracked |= edge[3]
        known.sources.append(edge[0])


def solve_nested(problem: Problem, orderer: Orderer | None = None) -> Solution:
    """As ``solve``, with the cards of each module of ``problem.within`` in a box that meets no other card and no other box."""
    if not any(problem.within):
        return solve(problem, orderer)
    root = _Module(None, 0)
    modules = _modules(problem, root)
    for edge in problem.edges:
        _connect(edge, problem.within, modules, root)
    outwards = sorted(modules.values(), key=lambda module: -module.depth)
    crossings = sum(_arrange(module, problem, modules, orderer) for module in [*outwards, root])
    for call, module in sorted(modules.items(), key=lambda item: item[1].depth):
        assert module.parent is not None
        x, y = module.parent.places["block", call]
        module.corner = (module.parent.corner[0] + x, module.parent.corner[1] + y)
    positions = []
    for card, path in enumerate(problem.within):
        around = modules[path[-1]] if path else root
        x, y = around.places["card", card]
        positions.append((around.corner[0] + x, around.corner[1] + y))
    routes = tuple(_route(source, target, problem.within, modules, root) for source, target, _, _ in problem.edges)
    return Solution(tuple(positions), routes, crossings)


def _modules(problem: Problem, root: _Module) -> dict[int, _Module]:
    """The modules by call, each with its cards and the modules directly in it in the program's order."""
    found: dict[int, _Module] = {}
    for card, path in enumerate(problem.within):
        around, was = root, problem.before[card]
        for call in path:
            around.add(("block", call))
            around = found.setdefault(call, _Module(around, around.depth + 1))
            if was is not None:
                known = around.before or was
                around.before = min(known[0], was[0]), min(known[1], was[1])
        around.add(("card", card))
    return found


def _part_of(card: int, path: tuple[int, ...], level: int) -> Part:
    """What holds ``card`` in the module at ``level`` of its ``path`` (-1: outside of all)."""
    return ("block", path[level + 1]) if level + 1 < len(path) else ("card", card)


def _connect(
    edge: tuple[int, int, int, int], within: tuple[tuple[int, ...], ...], modules: dict[int, _Module], root: _Module
) -> None:
    """Let the edge go out of each module that it leaves, across the one around both ends, and into each that it enters."""
    source, target, _, _ = edge
    if source == target:
        return
    out, into = within[source], within[target]
    shared = common(out, into)
    for level in range(shared, len(out)):
        modules[out[level]].link(_part_of(source, out, level), ("exit", source), edge)
    across = modules[out[shared - 1]] if shared else root
    across.link(_part_of(source, out, shared - 1), _part_of(target, into, shared - 1), edge)
    for level in range(shared, len(into)):
        modules[into[level]].link(("entry", source), _part_of(target, into, level), edge)


def _arrange(module: _Module, problem: Problem, modules: dict[int, _Module], orderer: Orderer | None) -> int:
    """Place what stands directly in ``module``; the crossings."""
    number = {part: at for at, part in enumerate(module.parts)}
    cards: list[tuple[float, float, int]] = []
    before: list[Point | None] = []
    rails: list[tuple[int, float]] = []
    for at, (kind, name) in enumerate(module.parts):
        if kind == "card":
            cards.append(problem.cards[name])
            before.append(problem.before[name])
        elif kind == "block":
            cards.append((*modules[name].size, BLOCK))
            before.append(modules[name].before)
            rails.append((at, modules[name].rail))
        else:
            cards.append((0.0, 2.0 * LANE, _BORDERS[kind]))
            before.append(None)
            rails.append((at, float(LANE)))
    edges = []
    for (source, target), link in module.links.items():
        slot = link.slot
        if target[0] == "block":
            # Rails come in there at heights that are known by now.
            slot = round(min(modules[target[1]].places["entry", card][1] for card in link.sources))
        edges.append((number[source], number[target], slot, link.tracked))
    solution = solve(Problem(tuple(cards), tuple(edges), tuple(before), (), tuple(rails)), orderer)
    left, top, right, bottom = 0.0, 0.0, 0.0, 0.0
    if module.parent is not None:
        corners = [point for route in solution.routes for point in route]
        left = min(x for x, _ in solution.positions)
        top = min([y for _, y in solution.positions] + [y - LANE for _, y in corners])
        right = max(x + wide for (x, _), (wide, _, _) in zip(solution.positions, cards, strict=True))
        feet = [y + tall for (_, y), (_, tall, _) in zip(solution.positions, cards, strict=True)]
        bottom = max(feet + [y + LANE for _, y in corners])
        module.size = right - left + 2 * FRAME_ROOM, bottom - top + FRAME_HEAD + FRAME_ROOM
        left, top = left - FRAME_ROOM, top - FRAME_HEAD
    for part, (x, y) in zip(module.parts, solution.positions, strict=True):
        module.places[part] = x - left, y - top
    for key, route in zip(module.links, solution.routes, strict=True):
        module.routes[key] = tuple((x - left, y - top) for x, y in route)
    borders = max(((kind == "exit", name, kind) for kind, name in module.parts if kind in _BORDERS), default=None)
    module.rail = module.size[1] / 2 if borders is None else module.places[borders[2], borders[1]][1] + LANE
    return solution.crossings


def _route(
    source: int, target: int, within: tuple[tuple[int, ...], ...], modules: dict[int, _Module], root: _Module
) -> tuple[Point, ...]:
    """The points between two cards, through the borders of all modules that the edge leaves and enters."""
    if source == target:
        return ()
    out, into = within[source], within[target]
    shared = common(out, into)
    found: list[Point] = []
    for level in range(len(out) - 1, shared - 1, -1):
        module = modules[out[level]]
        found += _there(module, module.routes[_part_of(source, out, level), ("exit", source)])
        x, y = module.places["exit", source]
        found += _there(module, ((x, y + LANE), (module.size[0], y + LANE)))
    across = modules[out[shared - 1]] if shared else root
    found += _there(across, across.routes[_part_of(source, out, shared - 1), _part_of(target, into, shared - 1)])
    for level in range(shared, len(into)):
        module = modules[into[level]]
        x, y = module.places["entry", source]
        found += _there(module, ((0.0, y + LANE), (x, y + LANE)))
        found += _there(module, module.routes[("entry", source), _part_of(target, into, level)])
    return _straightened(found)


def _there(module: _Module, points: tuple[Point, ...]) -> list[Point]:
    return [(module.corner[0] + x, module.corner[1] + y) for x, y in points]


def _straightened(points: list[Point]) -> tuple[Point, ...]:
    """Without the points in the middle of a level stretch."""
    kept = [
        point
        for at, point in enumerate(points)
        if not (0 < at < len(points) - 1 and points[at - 1][1] == point[1] == points[at + 1][1])
    ]
    return tuple(kept[:1] + [point for before, point in pairwise(kept) if point != before])
