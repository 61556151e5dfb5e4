"""Cards of unfolded modules stand together: each module is a box of its own, whatever runs beside it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations, pairwise

import pytest

from engine.graph.model import Graph
from engine.graph.within import MOST
from engine.layout.nesting import FRAME_HEAD, FRAME_ROOM
from engine.layout.placements import plain_placement
from tests.engine.graphs import card, graph, sizes

Box = tuple[float, float, float, float]


def nested(seed: int, count: int = 40) -> Graph:
    """Calls that run one in another and one after another, as programs make them; edges go to what is computed later."""
    chance = random.Random(seed)
    path: list[int] = []
    paths: list[tuple[int, ...]] = []
    calls = 0
    for _ in range(count):
        while path and chance.random() < 0.3:
            path.pop()
        while len(path) < 4 and chance.random() < 0.35:
            path.append(calls)
            calls += 1
        paths.append(tuple(path))
    edges = [
        (f"c{source}", f"c{target}")
        for target in range(1, count)
        for source in {chance.randrange(max(0, target - 8), target) for _ in range(chance.choice((0, 1, 1, 2, 3)))}
    ]
    made = graph([card(f"c{number}") for number in range(count)], edges)
    return replace(made, within=tuple(paths))


def boxes_of(drawn: Graph) -> tuple[dict[str, Box], dict[int, Box]]:
    """Where each card is, and each module with room for its frame and those within it."""
    placement, size = plain_placement(drawn, sizes(drawn)), sizes(drawn)
    cards = {name: (x, y, x + size[name][0], y + size[name][1]) for name, (x, y) in placement.positions.items()}
    depth = {call: len(path) - at for path in drawn.within for at, call in enumerate(path)}
    modules: dict[int, Box] = {}
    for call in sorted(depth, key=lambda call: -call):
        held = [cards[item.id] for item, path in zip(drawn.cards, drawn.within, strict=True) if path and path[-1] == call]
        held += [modules[path[at + 1]] for path in drawn.within for at, outer in enumerate(path[:-1]) if outer == call]
        left, top, right, bottom = zip(*held, strict=True)
        modules[call] = (
            min(left) - FRAME_ROOM,
            min(top) - FRAME_HEAD,
            max(right) + FRAME_ROOM,
            max(bottom) + FRAME_ROOM,
        )
    return cards, modules


def apart(one: Box, two: Box) -> bool:
    return one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]


@pytest.mark.parametrize("seed", range(12))
def test_each_module_has_a_box_that_no_other_card_or_module_meets(seed: int) -> None:
    drawn = nested(seed)
    cards, modules = boxes_of(drawn)
    assert modules
    paths = {item.id: path for item, path in zip(drawn.cards, drawn.within, strict=True)}
    for call, box in modules.items():
        for name, place in cards.items():
            assert call in paths[name] or apart(place, box), (call, name)
    around = {(outer, inner) for path in drawn.within for at, outer in enumerate(path) for inner in path[at:]}
    for one, two in combinations(modules, 2):
        assert (one, two) in around or (two, one) in around or apart(modules[one], modules[two]), (one, two)
    for one, two in combinations(cards.values(), 2):
        assert apart(one, two)


@pytest.mark.parametrize("seed", range(12))
def test_rails_go_to_the_right_and_through_no_card_where_they_are_level(seed: int) -> None:
    drawn = nested(seed)
    placement, (cards, _) = plain_placement(drawn, sizes(drawn)), boxes_of(drawn)
    for edge in drawn.edges:
        points = placement.routes.get(edge.id, ())
        along = [cards[edge.source][2], *(x for x, _ in points), cards[edge.target][0]]
        assert along == sorted(along), edge.id
        for (x1, y1), (x2, y2) in pairwise(points):
            if y1 == y2:
                through = [name for name, box in cards.items() if x1 < box[2] and box[0] < x2 and box[1] < y1 < box[3]]
                assert not through, (edge.id, through)


def test_a_module_that_runs_again_beside_others_stays_together() -> None:
    """Two calls at the same depth and two cards of neither: in layers alone they stand between each other."""
    names = ["x", "a1", "b1", "s1", "a2", "b2", "s2", "a3", "b3", "y"]
    edges = [("x", "a1"), ("x", "b1"), ("x", "s1"), ("a1", "b2"), ("a1", "a2"), ("b1", "b2"), ("s1", "s2"), ("s1", "a2")]
    edges += [("a2", "a3"), ("b2", "b3"), ("s2", "b3"), ("a3", "y"), ("b3", "y")]
    within = tuple((0,) if name.startswith("a") else (1,) if name.startswith("b") else () for name in names)
    drawn = replace(graph([card(name) for name in names], edges), within=within)
    cards, modules = boxes_of(drawn)
    assert apart(modules[0], modules[1])
    assert all(apart(cards[name], box) for name in ("x", "s1", "s2", "y") for box in modules.values())


def test_what_goes_through_modules_stays_level() -> None:
    """A residual block with parameters: its input came in at its foot, and its output left at its head."""
    names = ["x", "w", "norm", "lin", "add", "y"]
    edges = [("x", "norm"), ("w", "norm"), ("norm", "lin"), ("lin", "add"), ("x", "add"), ("add", "y")]
    within = ((), (0,), (0,), (0, 1), (0,), ())
    drawn = replace(graph([card(name, "leaf" if name == "w" else "operation") for name in names], edges), within=within)
    cards, _ = boxes_of(drawn)
    assert len({cards[name][1] for name in ("x", "norm", "lin", "add", "y")}) == 1, cards


def test_a_cycle_between_modules_and_what_is_around_them_is_no_problem() -> None:
    names = ["x", "a", "out", "b"]
    drawn = replace(graph([card(name) for name in names], [("x", "a"), ("a", "out"), ("out", "b")]), within=((), (0,), (), (0,)))
    cards, modules = boxes_of(drawn)
    assert apart(cards["out"], modules[0]) and apart(cards["x"], modules[0])
    assert MOST >= 300
