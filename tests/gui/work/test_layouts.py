"""The layout thread: newest wins, placements are remembered, and no thread stays."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import LayoutError
from engine.graph.model import Graph
from engine.layout.placements import LayoutProcess, plain_placement
from gui.work.layouts import LayoutClient
from tests.engine.graphs import card, default_program, graph, regression_step, sizes


def hang(problem: object) -> object:
    while True:
        time.sleep(0.01)


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[LayoutClient]:
    made = LayoutClient()
    yield made
    made.close()


def tangle() -> Graph:
    """A graph that cannot be drawn without crossings, so that the layout process is asked."""
    cards = [card(f"{row}{index}") for row in "pqr" for index in range(3)]
    return graph(cards, [(f"{a}{i}", f"{b}{j}") for a, b in ("pq", "qr") for i in range(3) for j in range(3)])


def test_the_answer_has_the_number_of_the_request(qtbot: QtBot, client: LayoutClient) -> None:
    drawn = default_program()
    with qtbot.waitSignal(client.placed, timeout=20_000) as got:
        number = client.request(drawn, sizes(drawn))
    assert got.args[0] == number
    assert got.args[1].positions == plain_placement(drawn, sizes(drawn)).positions


def test_the_layout_process_answers(qtbot: QtBot, client: LayoutClient) -> None:
    drawn = tangle()
    with qtbot.waitSignal(client.placed, timeout=20_000) as got:
        client.request(drawn, sizes(drawn))
    assert set(got.args[1].positions) == {card.id for card in drawn.cards}


def test_the_newest_request_wins(qtbot: QtBot, client: LayoutClient) -> None:
    answers: list[int] = []
    client.placed.connect(lambda number, _: answers.append(number))
    first = [client.request(drawn, sizes(drawn)) for drawn in (tangle(), regression_step(), default_program())]
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)
    with qtbot.waitSignal(client.placed, timeout=20_000):
        last = client.request(regression_step(), sizes(regression_step()))
    assert answers == [first[-1], last]


def test_a_structure_that_comes_back_is_remembered(qtbot: QtBot, client: LayoutClient) -> None:
    drawn = default_program()
    assert client.remembered(drawn, sizes(drawn)) is None
    with qtbot.waitSignal(client.placed, timeout=20_000) as first:
        client.request(drawn, sizes(drawn))
    assert client.remembered(drawn, sizes(drawn)) is first.args[1]
    with qtbot.waitSignal(client.placed, timeout=20_000):
        client.request(regression_step(), sizes(regression_step()))
    with qtbot.waitSignal(client.placed, timeout=20_000) as again:
        number = client.request(default_program(), sizes(drawn), {"a#0": (500.0, 500.0)})
    assert again.args == [number, first.args[1]]
    wider = {name: (width + 10, height) for name, (width, height) in sizes(drawn).items()}
    assert client.remembered(drawn, wider) is None


def test_a_process_that_hangs_is_told_and_the_next_request_is_answered(qtbot: QtBot) -> None:
    client = LayoutClient(process=LayoutProcess(limit=0.2, answer=hang))
    with qtbot.waitSignal(client.failed, timeout=20_000) as got:
        number = client.request(tangle(), sizes(tangle()))
    assert got.args[0] == number and "too long" in got.args[1]
    with qtbot.waitSignal(client.placed, timeout=20_000):
        client.request(default_program(), sizes(default_program()))
    client.close()


def test_close_leaves_nothing_even_during_a_request(qtbot: QtBot) -> None:
    process = LayoutProcess(limit=60.0, answer=hang)
    client = LayoutClient(process=process)
    client.request(tangle(), sizes(tangle()))
    qtbot.waitUntil(lambda: process._requesting.locked(), timeout=20_000)
    pid = process.pid
    client.close()
    client.close()
    assert pid is not None and not multiprocessing.active_children()
    if os.name == "posix":
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(LayoutError):
        process.request(())
    assert client.request(default_program(), sizes(default_program())) > 0
