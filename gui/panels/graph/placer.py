"""Where the cards of the shown graph go: at once by the plain placement, then better by the layout process; many take a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.graph.model import Graph
from engine.layout.placements import MANY, Placement, plain_placement
from gui.panels.graph.canvas.working import Working
from gui.panels.graph.opening import Opening, place_now
from gui.panels.graph.scene.scene import GraphScene
from gui.work.layouts import LayoutClient

Place = Callable[[Graph, Mapping[str, tuple[float, float]], Mapping[str, tuple[float, float]] | None], Placement]


class Placer(QObject):
    """Asks for placements of the graph that ``scene`` shows.

    Signals
    -------
    placed(object)
        A Placement of that graph; a second, better one may follow.
    """

    placed = Signal(object)

    def __init__(
        self,
        scene: GraphScene,
        working: Working,
        layouts: LayoutClient | None,
        place: Place = plain_placement,
        parent: QObject | None = None,
    ) -> None:
        """``layouts`` improves on the placement that ``place`` gives at once; ``working`` says how far a large one has come."""
        super().__init__(parent)
        self._scene, self._working = scene, working
        self._layouts, self._place = layouts, place
        self._asked = -1
        self._opening = None if layouts is None else Opening(layouts, self)
        if layouts is not None and self._opening is not None:
            layouts.placed.connect(self._improve)
            self._opening.placed.connect(self._finish)
            self._opening.progress.connect(self._report)
            working.cancel.clicked.connect(self._opening.cancel)

    def arrange_soon(self, graph: Graph) -> None:
        """As ``arrange``, but two turns of the event loop later: this one and the next have enough to do."""
        self._asked = -1
        QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, lambda: self._arrange_shown(graph)))

    def _arrange_shown(self, graph: Graph) -> None:
        """Find places now, and show them in the turn after this one."""
        if graph is self._scene.graph:
            self._begin()
            if len(graph.cards) > MANY:
                self._arrange_many(graph)
            else:
                placement, best = self._found(graph)
                QTimer.singleShot(0, self, lambda: self._show_found(graph, placement, best))

    def arrange(self, graph: Graph) -> None:
        """Find places for the cards of ``graph``."""
        self._begin()
        if len(graph.cards) > MANY:
            self._arrange_many(graph)
        else:
            self._show_found(graph, *self._found(graph))

    def _begin(self) -> None:
        self._asked = -1
        if self._opening is not None:
            self._opening.stop()
            self._working.hide()

    def _found(self, graph: Graph) -> tuple[Placement, bool]:
        """Places that can be had at once, and whether they are the best there are."""
        sizes = self._scene.places.sizes()
        known = self._layouts.remembered(graph, sizes) if self._layouts is not None else None
        return (self._place(graph, sizes, self._scene.places.by_key() or None), False) if known is None else (known, True)

    def _show_found(self, graph: Graph, placement: Placement, best: bool) -> None:
        """Show the placement that was found, unless a newer one was asked for; if it is not the best, ask for a better one."""
        if graph is not self._scene.graph or self._asked != -1:
            return
        sizes, before = self._scene.places.sizes(), self._scene.places.by_key()
        self._finish(placement)
        if self._layouts is not None and not best:
            self._asked = self._layouts.request(graph, sizes, before or None)

    def _arrange_many(self, graph: Graph) -> None:
        known = self._layouts.remembered(graph, {}) if self._layouts is not None else None
        if known is not None:
            self._finish(known)
        elif self._opening is None:
            self._finish(place_now(graph))
        else:
            self._working.show_share(len(graph.cards), 0.0)
            self._working.show()
            self._opening.start(graph)

    @Slot(float)
    def _report(self, share: float) -> None:
        if self._scene.graph is not None:
            self._working.show_share(len(self._scene.graph.cards), share)

    @Slot(int, object)
    def _improve(self, number: int, placement: Placement) -> None:
        if number == self._asked:
            self._finish(placement)

    @Slot(object)
    def _finish(self, placement: Placement) -> None:
        self._working.hide()
        if self._scene.fits_graph(placement):
            self.placed.emit(placement)
