"""Placements for the graph panel, from the layout process, without ever holding up the window."""

from __future__ import annotations

import threading
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
from gui.work.threads import Thread

Sizes = Mapping[str, tuple[float, float]]
Request = tuple[int, Graph, Sizes, Mapping[str, tuple[float, float]] | None]

REMEMBERED = 32
"""Placements that are kept for structures that come back (an edit undone)."""
REMEMBERED_CARDS = 150_000
"""Cards that these may have in all."""


class _Placer(QObject):
    """Lives in the layout thread, owns the layout process and answers the newest request only.

    Signals
    -------
    placed(int, object)
        Number of the request, Placement.
    failed(int, str)
        Number of the request, what went wrong.
    progress(int, float)
        Number of the request, the share of a large graph that is done.
    """

    placed = Signal(int, object)
    failed = Signal(int, str)
    progress = Signal(int, float)

    def __init__(self, process: LayoutProcess) -> None:
        super().__init__()
        self._process = process
        self._guard = threading.Lock()
        self._newest: Request | None = None
        self._cancelled = -1
        self._closed = False

    def put(self, request: Request) -> None:
        """Leave the newest request; one that nobody has taken is dropped. Called by the window's thread."""
        with self._guard:
            self._newest = request

    @Slot()
    def work(self) -> None:
        """Answer the newest request, if it is still there."""
        with self._guard:
            request, self._newest = self._newest, None
        if request is None:
            return
        number, graph, sizes, previous = request
        try:
            if len(graph.cards) > HUGE:
                self.placed.emit(number, self._place_huge(number, graph, sizes))
            elif len(graph.cards) > MANY:
                self.placed.emit(number, self._place_many(graph, sizes, previous))
            else:
                self.placed.emit(number, place(graph, sizes, previous, process=self._process))
        except LayoutError as error:
            self.failed.emit(number, str(error))
        except Cancelled:
            if self._cancelled == number and not self._closed:
                self.placed.emit(number, grid_placement(graph, sizes))
        except Exception as error:
            self.failed.emit(number, f"{type(error).__name__}: {error}")
            raise  # which the crash reporter tells; the thread goes on

    def _place_huge(self, number: int, graph: Graph, sizes: Sizes) -> Placement:
        def report(share: float) -> bool:
            self.progress.emit(number, share)
            return self._closed or self._cancelled == number or self._newest is not None

        with collector_at_rest():
            return large_placement(graph, sizes, report)

    def _place_many(self, graph: Graph, sizes: Sizes, previous: Sizes | None) -> Placement:
        try:
            placement = place(graph, sizes, previous, process=self._process)
        except LayoutError:
            if self._closed:
                raise
            placement = plain_placement(graph, sizes, previous)
        return with_field(placement, graph, sizes)

    def cancel(self, number: int) -> None:
        """Let the cards of this request stand in rows instead. Called by the window's thread."""
        self._cancelled = number

    def close(self) -> None:
        """End what runs. Called by the window's thread."""
        self._closed = True


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
    """

    placed = Signal(int, object)
    failed = Signal(int, str)
    progress = Signal(int, float)
    _asked = Signal()

    def __init__(self, parent: QObject | None = None, process: LayoutProcess | None = None) -> None:
        """``process`` is ended by ``close``; None starts one."""
        super().__init__(parent)
        self._process = process or LayoutProcess()
        self._known: OrderedDict[tuple[object, ...], Placement] = OrderedDict()
        self._number = 0
        self._key: tuple[object, ...] = ()
        self._remembered: tuple[int, Placement] | None = None
        self._thread: Thread | None = Thread()
        self._thread.setObjectName("layout")
        self._placer = _Placer(self._process)
        self._placer.moveToThread(self._thread)
        self._asked.connect(self._placer.work)
        self._placer.placed.connect(self._take)
        self._placer.failed.connect(self._fail)
        self._placer.progress.connect(self.progress)
        self._thread.start()

    def request(self, graph: Graph, sizes: Sizes, previous: Mapping[str, tuple[float, float]] | None = None) -> int:
        """Ask for a placement; parameters as of ``engine.layout.placements.plain_placement``. The answer comes with the
        number returned.

        A structure that was placed before is answered from memory, in the next turn of the event loop (``remembered`` gives it at
        once). After ``close`` nothing is answered.
        """
        self._number += 1
        self._key = _key(graph, sizes)
        placement = self.remembered(graph, sizes)
        if self._thread is None:
            return self._number
        if placement is not None:
            self._remembered = (self._number, placement)
            QTimer.singleShot(0, self, self._answer_from_memory)
        else:
            self._placer.put((self._number, graph, sizes, previous))
            self._asked.emit()
        return self._number

    def remembered(self, graph: Graph, sizes: Sizes) -> Placement | None:
        """The placement that this structure with these sizes got before, if it is still known."""
        key = _key(graph, sizes)
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def cancel(self) -> None:
        """Wait no longer for the placement of a large graph: its cards come as a plain grid."""
        self._placer.cancel(self._number)

    def close(self) -> None:
        """End the layout process and the thread; safe to call twice."""
        if self._thread is None:
            return
        self._placer.close()
        self._process.close()
        self._thread.quit()
        self._thread.wait()
        self._thread = None

    @Slot()
    def _answer_from_memory(self) -> None:
        if self._remembered is not None:
            (number, placement), self._remembered = self._remembered, None
            if number == self._number:
                self.placed.emit(number, placement)

    @Slot(int, object)
    def _take(self, number: int, placement: Placement) -> None:
        if number != self._number or self._thread is None:
            return
        self._known[self._key] = placement
        while len(self._known) > REMEMBERED or (len(self._known) > 1 and self._kept_cards() > REMEMBERED_CARDS):
            self._known.popitem(last=False)
        self.placed.emit(number, placement)

    def _kept_cards(self) -> int:
        return sum(len(kept.positions) if kept.field is None else len(kept.field.left) for kept in self._known.values())

    @Slot(int, str)
    def _fail(self, number: int, message: str) -> None:
        if number == self._number and self._thread is not None:
            self.failed.emit(number, message)


def _key(graph: Graph, sizes: Sizes) -> tuple[object, ...]:
    if len(graph.cards) > MANY:
        # The sizes follow from the signature; hundreds of thousands of them would take long to compare.
        return graph.signature, len(graph.cards), len(graph.edges)
    cards = tuple((card.id, card.key, *sizes[card.id]) for card in graph.cards)
    return graph.signature, cards, tuple(edge.id for edge in graph.edges)
