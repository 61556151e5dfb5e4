"""The layout process: orders and places cards with fast_sugiyama, which may hang, abort or overflow its stack without harm here.

Imports neither torch nor Qt. The parent sends (number, problem) as plain tuples and gets (number, solution) back, or (number,
text of the failure).
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Callable
from itertools import pairwise
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from engine.layout.layering import Problem
from engine.layout.nesting import solve_nested
from engine.runtime import stacks

READY = -1
"""Number of the message that says that the process has started."""

Answer = Callable[[Any], Any]


def serve(pipe: Connection, limit: float, answer: Answer | None = None) -> None:
    """Entry of the process: answer requests until the parent closes the pipe or ends.

    ``limit`` (seconds) is the parent's time limit. The process also ends itself a little later than that, because a hanging
    library keeps Python from noticing that the parent has gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if answer is None:
        import fast_sugiyama  # noqa: F401  so that the first request does not wait for it
    thread = threading.Thread(target=_answer_all, args=(pipe, limit, answer or place_cards), name="layout")
    if stacks.start(thread, stacks.LAYOUT):
        thread.join()
    else:
        _answer_all(pipe, limit, answer or place_cards)


def _answer_all(pipe: Connection, limit: float, answer: Answer) -> None:
    parent = parent_process()
    sentinels = [] if parent is None else [parent.sentinel]
    with Path(os.devnull).open("w") as nowhere:
        try:
            pipe.send((READY, None))
            while pipe in wait([pipe, *sentinels]):
                number, problem = pipe.recv()
                faulthandler.dump_traceback_later(limit + 3.0, exit=True, file=nowhere)
                try:
                    result = (number, answer(problem))
                except Exception as error:
                    result = (number, f"{type(error).__name__}: {error}")
                faulthandler.cancel_dump_traceback_later()
                pipe.send(result)
        except (EOFError, OSError):
            return


def place_cards(stated: Any) -> tuple[Any, ...]:
    """Solve a problem given as nested tuples; the solution comes as nested tuples too."""
    return tuple(solve_nested(Problem(*stated), order_by_library))


def order_by_library(columns: list[list[int]], after: list[list[int]]) -> list[list[int]] | None:
    """The columns in the order that fast_sugiyama finds; None if there is nothing to order.

    Every link spans one column, so the library's shortest-edges ranking keeps our columns. It never sees parallel edges,
    self-loops or isolated vertices: columns joined one to one are folded into one first, and every link is there once.
    """
    import fast_sugiyama

    number, folded = _fold(columns, after)
    edges = sorted({(number[item], number[target]) for column in columns for item in column for target in after[item]} - folded)
    if not edges:
        return None
    placed = fast_sugiyama.from_edges(
        edges, ranking_type="minimize", crossing_minimization="barycenter", transpose=len(edges) < 2000, dummy_vertices=False
    ).to_dict()
    across = {vertex: point[0] for vertex, point in placed.items()}
    return [sorted(column, key=lambda item: across.get(number[item], 0.0)) for column in columns]


def _fold(columns: list[list[int]], after: list[list[int]]) -> tuple[dict[int, int], set[tuple[int, int]]]:
    """Vertex number of each item, equal along columns that are joined one to one, and the loops that this makes."""
    number = {item: item for item in columns[0]}
    loops: set[tuple[int, int]] = set()
    for own, following in pairwise(columns):
        targets = [after[item][0] for item in own if len(after[item]) == 1]
        if len(targets) == len(own) and sorted(targets) == sorted(following):
            number.update((after[item][0], number[item]) for item in own)
            loops.update((number[item], number[item]) for item in own)
        else:
            number.update((item, item) for item in following)
    return number, loops
