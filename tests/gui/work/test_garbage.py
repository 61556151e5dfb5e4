"""Cyclic garbage is collected in the window's thread only: a widget taken apart by another one can hang the program."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.runtime.collector import collector_at_rest
from gui.work.garbage import SLACK, GarbageKeeper


class Cycle:
    """Garbage as soon as nobody names it; notes the thread that takes it apart."""

    taken: list[int] = []

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Cycle.taken.append(threading.get_ident())


@pytest.fixture
def keeper(qtbot: QtBot) -> Iterator[GarbageKeeper]:
    Cycle.taken.clear()
    gc.collect()
    keeper = GarbageKeeper()
    yield keeper
    keeper.stop()
    # As it is in all tests.
    gc.disable()
    gc.unfreeze()


def allocate() -> None:
    """More new objects than would make Python collect many times over."""
    kept = [[number] for number in range(gc.get_threshold()[0] * SLACK * 3)]
    assert kept


def test_no_other_thread_collects_and_this_one_does(qtbot: QtBot, keeper: GarbageKeeper) -> None:
    keeper.begin()
    there = weakref.ref(Cycle())
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert there() is not None
    many = [[number] for number in range(gc.get_threshold()[0] * SLACK * 3)]
    qtbot.waitUntil(lambda: there() is None, timeout=10_000)
    assert many and Cycle.taken == [threading.get_ident()]


def test_it_waits_while_many_objects_are_made_that_stay(keeper: GarbageKeeper) -> None:
    there = weakref.ref(Cycle())
    many = [[number] for number in range(gc.get_threshold()[0] * SLACK * 3)]
    with collector_at_rest():
        keeper.look()
        assert there() is not None
    keeper.look()
    assert many and there() is None


def test_few_new_objects_are_not_looked_at(keeper: GarbageKeeper) -> None:
    gc.collect()
    there = weakref.ref(Cycle())
    keeper.look()
    assert there() is not None
