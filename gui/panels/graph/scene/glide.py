"""Cards that stood elsewhere glide to their new places, and their edges with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation, Signal, Slot

from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.motion import Interrupter

GLIDE_MS = 240


class Glide(QObject):
    """The one motion of a scene's cards to where they are going to stand; any key or click completes it at once.

    Signals
    -------
    moved()
        Cards no longer stand where they stood.
    rested()
        They have arrived.
    """

    moved = Signal()
    rested = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._interrupter = Interrupter(self.finish, self)
        self._cards: Mapping[str, CardItem] = {}
        self._edges: Collection[EdgeItem] = ()
        self._start: dict[str, QPointF] = {}
        self._goals: dict[str, QPointF] = {}
        self.animation = QVariantAnimation(self)
        self.animation.setDuration(GLIDE_MS)
        self.animation.setStartValue(0.0)
        self.animation.setEndValue(1.0)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.valueChanged.connect(self._move)
        self.animation.finished.connect(self._rest)

    def goal(self, card: str) -> QPointF | None:
        """Where a card is going to; None while it rests."""
        return self._goals.get(card)

    def go(
        self, cards: Mapping[str, CardItem], edges: Collection[EdgeItem], goals: Mapping[str, tuple[float, float]], at_once: bool
    ) -> None:
        """Bring ``cards`` to their ``goals``, ``at_once`` or slowly; those that were not to be seen stand there at once."""
        self._cards, self._edges = cards, edges
        self._start, self._goals = {}, {}
        moves = False
        for card_id, item in cards.items():
            goal = QPointF(*goals[card_id])
            if not item.isVisible():
                item.setPos(goal)
                item.setVisible(True)
            self._start[card_id], self._goals[card_id] = item.pos(), goal
            moves = moves or item.pos() != goal
        if moves and not at_once:
            self._interrupter.arm()
            self.animation.start()
        else:
            self._place(1.0)
            self._rest()

    def stop(self) -> None:
        """Leave the cards where they are by now: they are about to be brought elsewhere, or taken away."""
        self.animation.stop()
        self._interrupter.disarm()
        self._goals = {}

    @Slot()
    def finish(self) -> None:
        """Arrive at once."""
        if self.animation.state() == QVariantAnimation.State.Running:
            self.animation.stop()
            self._place(1.0)
            self._rest()

    @Slot(object)
    def _move(self, value: object) -> None:
        self._place(float(value))  # type: ignore[arg-type]

    def _place(self, share: float) -> None:
        for card_id, goal in self._goals.items():
            start = self._start[card_id]
            self._cards[card_id].setPos(start + (goal - start) * share)
        for edge in self._edges:
            edge.geometry_changed()
            edge.setVisible(True)
        self.moved.emit()

    @Slot()
    def _rest(self) -> None:
        self._interrupter.disarm()
        self._goals = {}
        self.rested.emit()
