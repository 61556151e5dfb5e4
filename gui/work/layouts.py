"""Placements for the graph panel, from the layout process, without ever holding up the window."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.errors import Cancelled, LayoutError
from engine.graph.model import Graph
from engine.layout.placements import (
    HUGE,
    MANY,
    LayoutProcess,
    Placement,
    grid_placement,
    large_placement,
    place,
    plain_placement,
    with_field,
)
from engine.runtime.collector import collector_at_rest
from gui.work.newest_wins import Cancel, Job, NewestWins

Sizes = Mapping[str, tuple[float, float]]

REMEMBERED = 32
"""Placements that are kept for structures that come back (an edit undone)."""
REMEMBERED_CARDS = 150_000
"""How many cards these may have altogether."""


class LayoutClient(QObject):
    """Asks the layout process for placements; the newest request wins.

    Signals
    -------
    placed(int, object)
        Number that ``request`` returned, Placement. Only of the newest request.
    failed(int, str)
        Number that ``request`` returned, what went wrong: the plain placement stays. Only of the newest request.
    progress(int, float)
        Number that ``request`` returned, the share of a large graph that is done (0 to 1).
    crashed(str traceback)
        A fault of ours; ``failed`` is emitted as well.
    """

    placed = Signal(int, object)
    failed = Signal(int, str)
    progress = Signal(int, float)
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None, process: LayoutProcess | None = None) -> None:
        """``process`` is ended by ``close``; None starts one."""
        super().__init__(parent)
        self._process = process or LayoutProcess()
        self._known: OrderedDict[tuple[object, ...], Placement] = OrderedDict()
        self._number = 0
        self._key: tuple[object, ...] = ()
        self._remembered: tuple[int, Placement] | None = None
        self._given_up = -1
        """Number of the request whose cards should stand in rows instead."""
        self._work = NewestWins("layout", self)
        self._work.crashed.connect(self.crashed)

    def request(self, graph: Graph, sizes: Sizes, previous: Mapping[str, tuple[float, float]] | None = None) -> int:
        """Ask for a placement; the parameters are those of ``engine.layout.placements.plain_placement``. The answer comes with
        the
        number returned.

        A structure that was placed before is answered from memory, in the next turn of the event loop (``remembered`` gives it at
        once). After ``close`` there are no answers.
        """
        self._number += 1
        self._key = _key(graph, sizes)
        placement = self.remembered(graph, sizes)
        if self._work.closed:
            return self._number
        if placement is not None:
            self._remembered = (self._number, placement)
            QTimer.singleShot(0, self, self._answer_from_memory)
        else:
            self._ask(self._number, graph, sizes, previous)
        return self._number

    def _ask(self, number: int, graph: Graph, sizes: Sizes, previous: Sizes | None) -> None:
        def run(cancel: Cancel) -> Placement:
            if len(graph.cards) > HUGE:
                return self._place_huge(number, graph, sizes, cancel)
            if len(graph.cards) > MANY:
                return self._place_many(graph, sizes, previous)
            return place(graph, sizes, previous, process=self._process)

        def done(placement: Placement) -> None:
            if number == self._number:
                self._take(placement)

        def failed(error: Exception) -> None:
            if number == self._number:
                self.failed.emit(number, str(error) if isinstance(error, LayoutError) else f"{type(error).__name__}: {error}")

        self._work.put(Job(run, done, failed, kind="place", expected=(LayoutError,), gives_way=lambda waiting, seconds: True))

    def _place_huge(self, number: int, graph: Graph, sizes: Sizes, cancel: Cancel) -> Placement:
        """On the layout thread: cards in rows, if the user does not want to wait for a better placement."""

        def report(share: float) -> bool:
            self.progress.emit(number, share)
            return cancel() or self._given_up == number

        try:
            with collector_at_rest():
                return large_placement(graph, sizes, report)
        except Cancelled:
            if self._given_up == number and not self._work.closed:
                return grid_placement(graph, sizes)
            raise

    def _place_many(self, graph: Graph, sizes: Sizes, previous: Sizes | None) -> Placement:
        """On the layout thread."""
        try:
            placement = place(graph, sizes, previous, process=self._process)
        except LayoutError:
            if self._work.closed:
                raise
            placement = plain_placement(graph, sizes, previous)
        return with_field(placement, graph, sizes)

    def remembered(self, graph: Graph, sizes: Sizes) -> Placement | None:
        """The placement that this structure with these sizes got before, if it is still known."""
        key = _key(graph, sizes)
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def cancel(self) -> None:
        """Stop waiting for the placement of a large graph: its cards come as a plain grid."""
        self._given_up = self._number

    def close(self) -> None:
        """End the layout process and the thread; safe to call twice."""
        self._work.close(0)
        self._process.close()
        self._work.wait()

    @Slot()
    def _answer_from_memory(self) -> None:
        if self._remembered is not None:
            (number, placement), self._remembered = self._remembered, None
            if number == self._number:
                self.placed.emit(number, placement)

    def _take(self, placement: Placement) -> None:
        self._known[self._key] = placement
        while len(self._known) > REMEMBERED or (len(self._known) > 1 and self._kept_cards() > REMEMBERED_CARDS):
            self._known.popitem(last=False)
        self.placed.emit(self._number, placement)

    def _kept_cards(self) -> int:
        return sum(len(kept.positions) if kept.field is None else len(kept.field.left) for kept in self._known.values())


def _key(graph: Graph, sizes: Sizes) -> tuple[object, ...]:
    if len(graph.cards) > MANY:
        # The sizes follow from the signature; comparing hundreds of thousands of them would take long.
        return graph.signature, len(graph.cards), len(graph.edges)
    cards = tuple((card.id, card.key, *sizes[card.id]) for card in graph.cards)
    return graph.signature, cards, tuple(edge.id for edge in graph.edges)
