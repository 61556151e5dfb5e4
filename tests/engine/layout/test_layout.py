"""Placements: nothing lies on anything else, whatever the graph, and the layout process may fail in any way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import LayoutError
from engine.graph.model import Graph
from engine.layout.placements import LayoutProcess, Placement, place, plain_placement
from tests.engine.graphs import card, default_program, graph, regression_step, sizes


def overlaps(drawn: Graph, placement: Placement) -> list[tuple[str, str]]:
    """Pairs of cards that overlap: a sweep from left to right over the cards that are still open."""
    size = sizes(drawn)
    boxes = sorted((x, x + size[name][0], y, y + size[name][1], name) for name, (x, y) in placement.positions.items())
    found, still = [], []
    for box in boxes:
        still = [other for other in still if other[1] > box[0]]
        found += [(other[4], box[4]) for other in still if other[2] < box[3] and box[2] < other[3]]
        still.append(box)
    return found


def check(drawn: Graph, placement: Placement) -> None:
    size = sizes(drawn)
    assert set(placement.positions) == {card.id for card in drawn.cards}
    assert not overlaps(drawn, placement)
    for edge in drawn.edges:
        start, end = placement.positions[edge.source], placement.positions[edge.target]
        assert start[0] + size[edge.source][0] < end[0]
        points = placement.routes.get(edge.id, ())
        along = [start[0] + size[edge.source][0], *(x for x, _ in points), end[0]]
        assert along == sorted(along)
        for (x1, y1), (x2, y2) in pairwise(points):
            if y1 == y2:
                assert not [
                    name
                    for name, (x, y) in placement.positions.items()
                    if x1 < x + size[name][0] and x < x2 and y < y1 < y + size[name][1]
                ], "a route goes through a card"


def test_the_default_program_stands_as_designed() -> None:
    placement = plain_placement(default_program(), sizes(default_program()))
    assert placement.positions == {
        "a": (0, 0),
        "b": (0, 221),
        "a3": (236, 0),
        "b2": (236, 221),
        "minus": (426, 111),
        "y": (596, 111),
    }
    assert placement.routes == {}
    assert (placement.width, placement.height) == (700, 358)


def test_the_regression_step_is_one_row_with_its_leaves_beneath() -> None:
    placement = plain_placement(regression_step(), sizes(regression_step()))
    at = placement.positions
    assert {at[name][1] for name in ("X", "Xw", "plus", "minus", "square", "mean", "L")} == {0}
    assert {at[name][1] for name in ("w", "b", "y")} == {176}
    assert [at[name][0] for name in ("w", "b", "y")] == [at[name][0] for name in ("X", "Xw", "plus")]
    assert placement.width <= 1263 - 32


def test_a_square_of_a_leaf_and_a_self_loop() -> None:
    drawn = graph([card("x", "leaf"), card("p"), card("y", "result")], [("x", "p"), ("x", "p"), ("p", "y")])
    check(drawn, plain_placement(drawn, sizes(drawn)))
    loop = graph([card("x", "leaf"), card("p")], [("x", "p"), ("p", "p")])
    placement = plain_placement(loop, sizes(loop))
    assert placement.positions["x"][0] < placement.positions["p"][0]
    assert placement.routes == {}


def test_a_cycle_is_placed_too() -> None:
    drawn = graph([card("p"), card("q"), card("r")], [("p", "q"), ("q", "r"), ("r", "p")])
    assert not overlaps(drawn, plain_placement(drawn, sizes(drawn)))


def test_a_diamond_is_symmetric() -> None:
    cards = [card("x", "leaf"), card("p"), card("q"), card("r")]
    drawn = graph(cards, [("x", "p"), ("x", "q"), ("p", "r"), ("q", "r")])
    at = plain_placement(drawn, sizes(drawn)).positions
    assert at["x"][1] == at["r"][1]
    assert abs(at["p"][1] + at["q"][1] - 2 * at["x"][1]) <= 1


def test_a_skip_connection_goes_around_the_straight_row() -> None:
    cards = [card("x", "leaf"), card("p"), card("q"), card("r")]
    drawn = graph(cards, [("x", "p"), ("p", "q"), ("p", "r"), ("q", "r")])
    placement = plain_placement(drawn, sizes(drawn))
    check(drawn, placement)
    assert {y for _, y in placement.positions.values()} == {0}
    (route,) = placement.routes.values()
    assert route[0][0] == placement.positions["q"][0] and route[0][1] > 137


def test_a_chain_of_ten_thousand_is_one_row() -> None:
    drawn = graph((card(f"c{i}") for i in range(10_000)), ((f"c{i}", f"c{i + 1}") for i in range(9_999)))
    placement = plain_placement(drawn, sizes(drawn))
    assert {y for _, y in placement.positions.values()} == {0}


def test_a_leaf_that_feeds_500_steps() -> None:
    cards = [card("w", "leaf"), *(card(f"x{i}", "data") for i in range(500)), *(card(f"h{i}") for i in range(500))]
    edges = [(f"h{i}", f"h{i + 1}") for i in range(499)] + [("w", f"h{i}") for i in range(500)]
    drawn = graph(cards, edges + [(f"x{i}", f"h{i}") for i in range(500)])
    placement = plain_placement(drawn, sizes(drawn))
    assert not overlaps(drawn, placement)
    assert len({placement.positions[f"h{i}"][1] for i in range(500)}) == 1
    assert all(placement.positions[f"x{i}"][0] < placement.positions[f"h{i}"][0] for i in range(500))


def test_a_fan_and_cards_without_edges() -> None:
    cards = [card("x", "leaf"), *(card(f"c{i}") for i in range(300)), card("s"), *(card(f"n{i}") for i in range(40))]
    drawn = graph(cards, [("x", f"c{i}") for i in range(300)] + [(f"c{i}", "s") for i in range(300)])
    placement = plain_placement(drawn, sizes(drawn))
    bottom = max(y for name, (_, y) in placement.positions.items() if name[0] != "n") + 137
    assert min(y for name, (_, y) in placement.positions.items() if name[0] == "n") > bottom
    assert not overlaps(drawn, placement)
    empty = graph([], [])
    assert plain_placement(empty, {}).width == 0


def test_edges_without_a_lane_go_beneath_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.layout.layering.MOST_CORNERS", 3)
    cards = [card("w", "leaf"), *(card(f"h{i}") for i in range(6))]
    drawn = graph(cards, [(f"h{i}", f"h{i + 1}") for i in range(5)] + [("w", f"h{i}") for i in range(6)])
    placement = plain_placement(drawn, sizes(drawn))
    check(drawn, placement)
    bottom = max(y for _, y in placement.positions.values()) + 137
    assert len(placement.routes) == 5
    assert all(y > bottom for route in placement.routes.values() for _, y in route)


@st.composite
def dags(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 25))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1])
    pairs = draw(st.lists(ends, max_size=50))
    tensors = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return graph(
        (card(f"c{i}", shape=(3,) if tensors[i] else ()) for i in range(count)),
        ((f"c{min(pair)}", f"c{max(pair)}") for pair in pairs),
    )


@settings(max_examples=150, deadline=None)
@given(dags())
def test_any_graph_without_cycles(drawn: Graph) -> None:
    placement = plain_placement(drawn, sizes(drawn))
    check(drawn, placement)
    again = plain_placement(drawn, sizes(drawn))
    assert again.positions == placement.positions and again.routes == placement.routes


def test_what_stayed_keeps_its_place() -> None:
    old = default_program()
    shown = {f"{name}#0": (x + 40, y - 7) for name, (x, y) in plain_placement(old, sizes(old)).positions.items()}
    cards = [*old.cards[:-1], card("plus", symbol="+"), card("three", "data"), card("y", "result")]
    links = [(edge.source, edge.target) for edge in old.edges[:-1]]
    new = graph(cards, [*links, ("minus", "plus"), ("three", "plus"), ("plus", "y")])
    at = plain_placement(new, sizes(new), shown).positions
    for name in ("a", "b", "a3", "b2", "minus"):
        assert at[name] == shown[f"{name}#0"]


def test_order_within_a_column_follows_the_earlier_order() -> None:
    cards = [card("x", "leaf"), card("p"), card("q")]
    drawn = graph(cards, [("x", "p"), ("x", "q")])
    upside_down = {"x#0": (0.0, 110.0), "p#0": (236.0, 221.0), "q#0": (236.0, 0.0)}
    at = plain_placement(drawn, sizes(drawn), upside_down).positions
    assert at["q"][1] < at["p"][1]


# The layout process --------------------------------------------------------------------------------------------------


def echo(problem: object) -> object:
    if problem == ("hang",):
        while True:
            time.sleep(0.01)
    if problem == ("die",):
        os._exit(3)
    if problem == ("raise",):
        raise RuntimeError("no such luck")
    return ("echo", problem)


@pytest.fixture
def process() -> Iterator[LayoutProcess]:
    made = LayoutProcess()
    yield made
    made.close()


@pytest.fixture
def echoing() -> Iterator[LayoutProcess]:
    made = LayoutProcess(limit=0.3, answer=echo)
    yield made
    made.close()


def gone(pid: int | None) -> bool:
    """Whether the process has ended (a zombie that nobody reaps, as in some containers, has)."""
    if os.name != "posix":
        pytest.skip("asks the system about a process id")
    assert pid is not None
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return Path("/proc/self").exists()
    return status.rpartition(")")[2].split()[0] == "Z"


def tangle(seed: int, count: int) -> Graph:
    source = random.Random(seed)
    edges = [(f"c{max(0, i - source.randint(1, 12))}", f"c{i}") for i in range(1, count) for _ in range(source.randint(1, 2))]
    return graph((card(f"c{i}") for i in range(count)), edges)


def test_the_process_places_what_our_own_means_do_not_draw_well(process: LayoutProcess) -> None:
    drawn = tangle(5, 60)
    placement = place(drawn, sizes(drawn), process=process)
    check(drawn, placement)
    again = place(drawn, sizes(drawn), process=process)
    assert again.positions == placement.positions and again.routes == placement.routes


def test_small_graphs_without_crossings_come_out_as_by_our_own_means(process: LayoutProcess) -> None:
    process.close()
    for drawn in (default_program(), regression_step()):
        assert place(drawn, sizes(drawn), process=process).positions == plain_placement(drawn, sizes(drawn)).positions
    drawn = tangle(5, 60)
    with pytest.raises(LayoutError, match="closed"):
        place(drawn, sizes(drawn), process=process)


def test_dangerous_graphs_do_the_process_no_harm(process: LayoutProcess) -> None:
    pid = process.pid
    tangled = [(edge.source, edge.target) for edge in tangle(3, 40).edges]
    cards = [card(f"c{i}") for i in range(3000)]
    long = [(f"c{i}", f"c{i + 1}") for i in range(39, 2999)]
    drawn = graph(cards, [*tangled, *tangled, ("c7", "c7"), *long])
    placement = place(drawn, sizes(drawn), process=process)
    assert not overlaps(drawn, placement)
    assert process.pid == pid


def test_a_hanging_process_is_killed_and_replaced(echoing: LayoutProcess) -> None:
    first = echoing.pid
    with pytest.raises(LayoutError, match="too long"):
        echoing.request(("hang",))
    assert gone(first)
    assert echoing.request((1, 2)) == ("echo", (1, 2))
    assert echoing.pid != first


def test_a_process_that_dies_is_replaced(echoing: LayoutProcess) -> None:
    first = echoing.pid
    with pytest.raises(LayoutError, match="ended"):
        echoing.request(("die",))
    assert echoing.request((1,)) == ("echo", (1,))
    second = echoing.pid
    assert second is not None and second != first
    os.kill(second, getattr(signal, "SIGKILL", signal.SIGTERM))
    echoing._process.join()
    assert echoing.request((2,)) == ("echo", (2,))
    assert echoing.pid != second


def test_an_error_in_the_process_is_told(echoing: LayoutProcess) -> None:
    first = echoing.pid
    with pytest.raises(LayoutError, match="RuntimeError: no such luck"):
        echoing.request(("raise",))
    assert echoing.request((1,)) == ("echo", (1,))
    assert echoing.pid == first


def test_close_reaps_the_process(echoing: LayoutProcess) -> None:
    echoing.request((1,))
    pid = echoing.pid
    echoing.close()
    echoing.close()
    assert gone(pid)


PARENT = """
    import os, sys
    from engine.layout.placements import LayoutProcess
    from tests.engine.layout.test_layout import echo
    if __name__ == "__main__":
        process = LayoutProcess(limit=600.0, answer=echo)
        process.request((1,))
        print(process.pid, flush=True)
        sys.stdin.readline()
        os._exit(0)
"""


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None and parent.stdin is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.stdin.write("\n")
        parent.stdin.flush()
        parent.wait(30)
    deadline = time.monotonic() + 30
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(pid)


def test_the_process_needs_neither_torch_nor_qt() -> None:
    code = "import engine.layout.worker, sys; assert not {'torch', 'PySide6', 'sklearn', 'sympy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
