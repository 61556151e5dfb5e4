"""Placing thousands of cards: near linear, nothing on anything else, whatever the graph."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import Cancelled
from engine.graph.model import Card, Graph, GraphEdge
from engine.layout.field import Field, make_field
from engine.layout.large import FAR, grid_places, place_many
from engine.layout.placements import grid_placement, large_placement
from engine.mathematics.letters import Letter

Pair = tuple[int, int]


def graph(count: int, pairs: list[Pair]) -> Graph:
    cards = tuple(
        Card(f"c{at}", f"x#{at}", "operation", Letter("x"), "node", None, (), None, None, (), (), (), None, True)
        for at in range(count)
    )
    edges = tuple(GraphEdge(f"e{at}", f"c{one}", f"c{two}", at % 3, 0, True, ()) for at, (one, two) in enumerate(pairs))
    return Graph(cards, edges, "made")


def sizes(count: int) -> np.ndarray:
    return np.stack([120.0 + 10 * (np.arange(count) % 4), np.full(count, 137.0)], axis=1)


def placed(count: int, pairs: list[Pair]) -> Field:
    found = large_placement(graph(count, pairs), [(float(x), float(y)) for x, y in sizes(count)]).field
    assert found is not None
    return found


def overlaps(field: Field) -> int:
    """Pairs of cards that cover each other."""
    found = 0
    for at in range(len(field.left)):
        box = field.left[at] + 1, field.top[at] + 1, field.right[at] - 1, field.bottom[at] - 1
        found += len(field.cards_within(*(float(side) for side in box))) - 1
    return found


def chain(count: int) -> list[Pair]:
    return [(at, at + 1) for at in range(count - 1)]


def steps(count: int) -> list[Pair]:
    """A chain of which every card also uses card 0."""
    return chain(count) + [(0, at) for at in range(2, count)]


def wild(count: int) -> list[Pair]:
    draw = np.random.default_rng(0)
    pairs = draw.integers(0, count, (2 * count, 2))
    return [(int(one), int(two)) for one, two in pairs]


@pytest.mark.parametrize(
    "pairs",
    [[], chain(1200), steps(1200), wild(400), [(at, 0) for at in range(1, 300)], [(0, 0), (1, 2), (2, 1), (1, 2)]],
    ids=["none", "chain", "steps", "wild", "many to one", "loops"],
)
def test_no_card_covers_another(pairs: list[Pair]) -> None:
    count = max((max(pair) for pair in pairs), default=5) + 1
    field = placed(count, pairs)
    assert overlaps(field) == 0
    assert np.isfinite(field.left).all() and np.isfinite(field.top).all()


def test_a_long_chain_is_broken_into_rows_that_read_from_left_to_right() -> None:
    field = placed(1200, chain(1200))
    left, top, right, bottom = field.extent
    assert (right - left) / (bottom - top) < 4
    turns = [at for at in range(1199) if field.left[at + 1] <= field.left[at]]
    assert turns == sorted(field.routes) and len(turns) > 3
    assert all(field.top[at + 1] > field.bottom[at] for at in turns)
    straight = [at for at in range(1199) if at not in field.routes]
    assert np.allclose(field.top[straight], field.top[np.array(straight) + 1])


def test_what_every_step_uses_is_tethered_where_it_is_far() -> None:
    field = placed(3000, steps(3000))
    uses = np.flatnonzero(field.source == 0)
    assert field.tethered[uses].mean() > 0.99
    width = field.bounds[2, uses] - field.bounds[0, uses]
    assert width[field.tethered[uses]].max() < 300, "a tethered edge covers its end only"
    assert not field.tethered[: 2999 - 1][np.flatnonzero(field.source[: 2999 - 1] > 0)].any()


def test_edges_over_many_columns_are_tethered() -> None:
    pairs = [*chain(100), (3, 3 + FAR + 1), (3, 3 + FAR - 1)]
    field = placed(100, pairs)
    assert field.tethered.tolist() == [False] * 99 + [True, False]


def test_what_is_in_a_box_is_found() -> None:
    field = placed(500, chain(500))
    box = float(field.left[40]) + 5, float(field.top[40]) + 5, float(field.left[40]) + 6, float(field.top[40]) + 6
    assert field.cards_within(*box).tolist() == [40]
    whole = float(field.left[40]), float(field.top[40]), float(field.right[40]), float(field.bottom[40])
    assert {39, 40} <= set(field.edges_within(*whole).tolist())
    assert field.inputs(40).tolist() == [39] and field.outputs(40).tolist() == [40]


def test_edges_that_lead_out_of_the_graph_are_seen_nowhere() -> None:
    shown = graph(3, [(0, 1), (1, 2)])
    broken = Graph(shown.cards, (*shown.edges, GraphEdge("gone", "c0", "elsewhere", 0, 0, True, ())), "broken")
    field = large_placement(broken, [(120.0, 130.0)] * 3).field
    assert field is not None and 2 not in field.edges_within(*field.extent)


def test_work_can_be_cancelled_and_says_how_far_it_is() -> None:
    shares: list[float] = []

    def report(share: float) -> bool:
        shares.append(share)
        return share > 0.4

    source, target = (np.arange(4999), np.arange(1, 5000))
    with pytest.raises(Cancelled):
        place_many(sizes(5000), source, target, report)
    assert shares == sorted(shares) and shares[-1] > 0.4


def test_grid_is_there_for_any_number() -> None:
    for count in (0, 1, 7, 1000):
        places = grid_places(sizes(count))
        field = make_field(graph(count, []), sizes(count), places, {})
        assert overlaps(field) == 0
    assert grid_placement(graph(4, [(0, 1)]), [(100.0, 100.0)] * 4).field is not None
