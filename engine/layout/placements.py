"""Where a graph's cards stand and how its long edges run: at once by our own code, or better by the layout process."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.graph.model import Card, Graph
from engine.layout.field import Field, Point, ends, make_field, size_array
from engine.layout.large import Report, grid_places, place_many
from engine.layout.layering import MODULE, RESULT, TENSOR, UNIT_FACTOR, Problem, Solution
from engine.layout.nesting import solve_nested
from engine.layout.worker import READY, Answer, serve
from engine.runtime.errors import LayoutError

TIME_LIMIT = 2.0
"""Seconds that the layout process may take for one graph."""
START_LIMIT = 30.0
"""Seconds that it may take to start."""
MANY = 300
"""A placement of a graph of more cards than this has a ``field``."""
HUGE = 1500
"""A graph of more cards than this is placed by ``large_placement`` alone."""
SMALL = 30
"""Up to this many cards a plain placement without crossings is final."""


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """Where everything stands, in px; x goes right and y goes down.

    Attributes
    ----------
    positions : mapping of card id to (x, y)
        Top left of each card. A first placement begins at (0, 0); one that follows another keeps what stayed in place, so it may
        begin elsewhere.
    routes : mapping of edge id to points
        For edges that pass columns of other cards: the points between its two cards, left to right, in the middle of its rails.
    width, height : float
        Of the box around all cards and routes.
    field : Field or None
        The same in arrays, for a graph of many cards; ``positions`` and ``routes`` may then be empty.
    """

    positions: Mapping[str, Point]
    routes: Mapping[str, tuple[Point, ...]]
    width: float
    height: float
    field: Field | None = None


def plain_placement(graph: Graph, sizes: Mapping[str, Point], previous: Mapping[str, Point] | None = None) -> Placement:
    """Place the graph in layers from left to right, by our own code, in time about linear in cards and edges.

    Parameters
    ----------
    graph : Graph
        Any: parallel edges, self-loops, several components and cards without edges are fine.
    sizes : mapping of card id to (width, height)
        In px, for every card.
    previous : mapping of card key to (x, y), optional
        Where cards stood before; those that remain keep their place if they can.
    """
    return _placement(graph, sizes, solve_nested(_problem(graph, sizes, previous)))


def place(
    graph: Graph,
    sizes: Mapping[str, Point],
    previous: Mapping[str, Point] | None = None,
    *,
    process: LayoutProcess,
) -> Placement:
    """Place the graph with the help of the layout process; parameters as of ``plain_placement``.

    A graph of up to ``SMALL`` cards that our own code draws without crossings stays as that places it, so that nothing moves
    twice. Raises LayoutError if the process failed or was too slow.
    """
    problem = _problem(graph, sizes, previous)
    if len(problem.cards) <= SMALL:
        plain = solve_nested(problem)
        if not plain.crossings:
            return _placement(graph, sizes, plain)
    return _placement(graph, sizes, Solution(*process.request(tuple(problem))))


def large_placement(graph: Graph, sizes: Mapping[str, Point] | Sequence[Point], report: Report | None = None) -> Placement:
    """Place a graph of thousands of cards, with a ``field`` only; ``sizes`` by card id or in the graph's order.

    ``report`` is told the share that is done, and ends the work with ``Cancelled`` by returning True.
    """
    measured = size_array(graph, sizes)
    number = {card.id: at for at, card in enumerate(graph.cards)}
    source, target = ends(graph, number)
    places, routes, tethered = place_many(measured, source, target, report) if report else place_many(measured, source, target)
    return _of_field(make_field(graph, measured, places, routes, tethered, number))


def grid_placement(graph: Graph, sizes: Mapping[str, Point] | Sequence[Point]) -> Placement:
    """The cards in rows in the program's order, with only a ``field``: used when a better placement was cancelled."""
    measured = size_array(graph, sizes)
    return _of_field(make_field(graph, measured, grid_places(measured), {}))


def with_field(placement: Placement, graph: Graph, sizes: Mapping[str, Point] | Sequence[Point]) -> Placement:
    """``placement`` with its cards and edges in arrays as well."""
    places = np.array([placement.positions[card.id] for card in graph.cards], np.float64).reshape(-1, 2)
    routes = {at: route for at, edge in enumerate(graph.edges) if (route := placement.routes.get(edge.id))}
    field = make_field(graph, size_array(graph, sizes), places, routes)
    return replace(placement, field=field)


def _of_field(field: Field) -> Placement:
    left, top, right, bottom = field.extent
    return Placement(MappingProxyType({}), MappingProxyType({}), right - left, bottom - top, field)


def _problem(graph: Graph, sizes: Mapping[str, Point], previous: Mapping[str, Point] | None) -> Problem:
    number = {card.id: index for index, card in enumerate(graph.cards)}
    known = previous or {}
    return Problem(
        tuple((*sizes[card.id], _flags(card)) for card in graph.cards),
        tuple((number[edge.source], number[edge.target], edge.slot, int(edge.tracked)) for edge in graph.edges),
        tuple(known.get(card.key) for card in graph.cards),
        graph.within,
    )


def _flags(card: Card) -> int:
    return (
        (TENSOR if card.tensor else 0)
        | (MODULE if card.kind == "module" else 0)
        | (RESULT if card.kind == "result" else 0)
        | (UNIT_FACTOR if card.symbol in ("+", "-", "\u2212") else 0)
    )


def _placement(graph: Graph, sizes: Mapping[str, Point], solution: Solution) -> Placement:
    positions = {card.id: point for card, point in zip(graph.cards, solution.positions, strict=True)}
    routes = {edge.id: route for edge, route in zip(graph.edges, solution.routes, strict=True) if route}
    corners = [point for route in routes.values() for point in route]
    corners += positions.values()
    corners += [(x + sizes[card][0], y + sizes[card][1]) for card, (x, y) in positions.items()]
    width = max((x for x, _ in corners), default=0.0) - min((x for x, _ in corners), default=0.0)
    height = max((y for _, y in corners), default=0.0) - min((y for _, y in corners), default=0.0)
    return Placement(MappingProxyType(positions), MappingProxyType(routes), width, height)


class LayoutProcess:
    """The child process that runs the layout library; killed and replaced when it hangs, replaced when it died.

    ``request`` and ``close`` may be called by any thread; ``close`` ends a running request with a LayoutError.
    """

    def __init__(self, limit: float = TIME_LIMIT, answer: Answer | None = None) -> None:
        """Start the process, without waiting for it.

        Parameters
        ----------
        limit : float
            Seconds that one request may take, from 0.
        answer : module-level function of the problem, optional
            What the process computes instead of a placement.
        """
        self.limit = limit
        self._answer = answer
        self._guard = threading.Lock()
        self._requesting = threading.Lock()
        self._closed = False
        self._number = 0
        self._ready = False
        self._process, self._pipe = self._start()

    @property
    def pid(self) -> int | None:
        """The id of the process that serves now."""
        return self._process.pid

    def request(self, problem: tuple[Any, ...]) -> Any:
        """What the process answers to ``problem`` (plain tuples). Raises LayoutError if it fails, dies or takes too long."""
        with self._requesting:
            return self._request(problem)

    def _request(self, problem: tuple[Any, ...]) -> Any:
        self._number += 1
        try:
            self._wait_until_ready()
            self._pipe.send((self._number, problem))
            result = self._receive(self._number, self.limit)
        except TimeoutError as error:
            self._replace()
            raise LayoutError("the layout took too long") from error
        except (EOFError, OSError) as error:
            self._replace()
            raise LayoutError("the layout process ended unexpectedly") from error
        if isinstance(result, str):
            raise LayoutError(f"the layout failed: {result}")
        return result

    def close(self) -> None:
        """End the process and reap it; requests from now on raise LayoutError."""
        with self._guard:
            self._closed = True
            process = self._process
        _end(process)
        with self._requesting:
            self._pipe.close()

    def _wait_until_ready(self) -> None:
        if self._closed:
            raise LayoutError("the layout process is closed")
        if not self._process.is_alive():
            self._replace()
        if not self._ready:
            self._receive(READY, START_LIMIT)
            self._ready = True

    def _receive(self, expected: int, limit: float) -> Any:
        deadline = time.monotonic() + limit
        while True:
            if not self._pipe.poll(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            number, result = self._pipe.recv()
            if number == expected:
                return result

    def _replace(self) -> None:
        with self._guard:
            if self._closed:
                return
            process, pipe = self._process, self._pipe
            _end(process)
            pipe.close()
            self._ready = False
            self._process, self._pipe = self._start()

    def _start(self) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self.limit, self._answer), name="gradwalk-layout", daemon=True)
        process.start()
        theirs.close()
        return process, ours


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join()
