"""A graph of many cards on its way to the canvas: measured in slices here, placed by the layout thread."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.graph.model import Card, Graph
from engine.layout.placements import HUGE, Placement, large_placement, plain_placement, with_field
from gui.panels.graph.cards.card_face import card_size
from gui.panels.graph.scene.crowd import SLICE
from gui.work.layouts import LayoutClient

_BATCH = 200
Sizes = dict[str, tuple[float, float]]


class Measure:
    """Sizes of cards; equal ones are measured once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[float, float]] = {}

    def size(self, card: Card) -> tuple[float, float]:
        key = (card.symbol, card.kind, card.subtitle, card.name, card.shape)
        size = self._known.get(key)
        if size is None:
            size = self._known[key] = card_size(card)
        return size


def place_now(graph: Graph) -> Placement:
    """A placement with a ``field``, made at once in this thread."""
    measure = Measure()
    sizes = {card.id: measure.size(card) for card in graph.cards}
    if len(graph.cards) > HUGE:
        return large_placement(graph, sizes)
    return with_field(plain_placement(graph, sizes), graph, sizes)


class Opening(QObject):
    """Brings the newest graph of many cards to its placement without holding up the window.

    Signals
    -------
    placed(object)
        The Placement of the graph that ``start`` was called with last.
    progress(float)
        The share of the work that is done, from 0 to 1.
    """

    placed = Signal(object)
    progress = Signal(float)

    def __init__(self, layouts: LayoutClient, parent: QObject) -> None:
        super().__init__(parent)
        self._layouts = layouts
        self._graph: Graph | None = None
        self._sizes: Sizes = {}
        self._before: Mapping[str, tuple[float, float]] | None = None
        self._measure = Measure()
        self._next = 0
        self._number = -1
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._measure_some)
        layouts.placed.connect(self._take)
        layouts.failed.connect(self._fail)
        layouts.progress.connect(self._report)

    @property
    def running(self) -> bool:
        return self._graph is not None

    def start(self, graph: Graph, before: Mapping[str, tuple[float, float]] | None = None) -> None:
        """Measure and place ``graph``; ``before`` says where cards were, by key."""
        self._graph, self._before, self._sizes, self._next, self._number = graph, before, {}, 0, -1
        self._timer.start()

    def stop(self) -> None:
        """Another graph is shown: forget this one."""
        self._timer.stop()
        self._graph = None

    def cancel(self) -> None:
        """The user does not want to wait any longer."""
        if self._number >= 0:
            self._layouts.cancel()

    @Slot()
    def _measure_some(self) -> None:
        graph = self._graph
        if graph is None:
            self._timer.stop()
            return
        until = time.perf_counter() + SLICE
        while self._next < len(graph.cards) and time.perf_counter() < until:
            for card in graph.cards[self._next : self._next + _BATCH]:
                self._sizes[card.id] = self._measure.size(card)
            self._next += _BATCH
        self.progress.emit(0.1 * min(1.0, self._next / len(graph.cards)))
        if self._next >= len(graph.cards):
            self._timer.stop()
            self._number = self._layouts.request(graph, self._sizes, self._before)

    @Slot(int, object)
    def _take(self, number: int, placement: Placement) -> None:
        if number == self._number and self._graph is not None:
            self._graph = None
            self.placed.emit(placement)

    @Slot(int, str)
    def _fail(self, number: int, message: str) -> None:
        if number == self._number and self._graph is not None:
            graph, self._graph = self._graph, None
            self.placed.emit(place_now(graph))

    @Slot(int, float)
    def _report(self, number: int, share: float) -> None:
        if number == self._number and self._graph is not None:
            self.progress.emit(0.1 + 0.9 * share)
