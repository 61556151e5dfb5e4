"""What moves when the cursor goes one moment on: a dot along each active edge, then the row that it reaches fades in.

Items always hold their final state; motion only changes how they are painted until it ends, so that ending it at any time is
right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QEasingCurve, QEvent, QObject, QRectF, QVariantAnimation, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from engine.graph.state import CardState, EdgeState
from gui.look.theme import ThemeManager
from gui.look.tones import RAILS
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.edges.rail_painting import DOT_RADIUS

ROW_MS = 120
"""How long the highlight of a row takes to appear."""
SETTLE_MS = 160
"""How long the number or state of a card takes to change."""
EMPHASIS_MS = 600
"""How long the moved row and edge stand out where motion is reduced."""
_ENDING = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)


class Interrupter(QObject):
    """Calls ``ended`` at the next key, click or turn of the wheel anywhere in the program, before that takes effect."""

    def __init__(self, ended: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._ended = ended
        self._armed = False

    def arm(self) -> None:
        app = QCoreApplication.instance()
        if not self._armed and app is not None:
            self._armed = True
            app.installEventFilter(self)

    def disarm(self) -> None:
        app = QCoreApplication.instance()
        if self._armed and app is not None:
            self._armed = False
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._armed and event.type() in _ENDING:
            self._ended()
        return False


class TravelDot(QGraphicsItem):
    """The dot that goes along an edge; an item of its own, so that a frame repaints no more than it covers."""

    def __init__(self, theme: ThemeManager, token: str) -> None:
        super().__init__()
        self._theme = theme
        self._token = token
        self.setZValue(4)

    def boundingRect(self) -> QRectF:
        reach = DOT_RADIUS + 2
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        painter.setPen(QPen(self._theme.color("canvas"), 2))
        painter.setBrush(self._theme.color(self._token))
        painter.drawEllipse(QRectF(-DOT_RADIUS, -DOT_RADIUS, 2 * DOT_RADIUS, 2 * DOT_RADIUS))


@dataclass(slots=True)
class _Trip:
    """One dot on its way; ``begins`` and ``arrives`` in ms from the start of the motion."""

    edge: EdgeItem
    before: EdgeState
    path: QPainterPath
    dot: TravelDot
    begins: float
    arrives: float


@dataclass(slots=True)
class _Arrival:
    """A card that something reaches ``at`` this many ms; until then it looks like ``before``."""

    card: CardItem
    before: CardState
    at: float


def _way(edge: EdgeItem) -> tuple[CardItem, CardItem, QPainterPath, str]:
    """Where the active rail of ``edge`` comes from, where it leads, its path and its colour."""
    if edge.state.gradient == "active":
        return edge.target, edge.source, edge.rails.gradient, RAILS["gradient"]
    return edge.source, edge.target, edge.rails.value, RAILS["value"]


def _stages(ways: Sequence[tuple[CardItem, CardItem]]) -> dict[CardItem, int]:
    """How many edges, one after the other, lead to a card; cards that none leads to are left out."""
    reached: dict[CardItem, int] = {}
    for _ in ways:
        settled = True
        for origin, end in ways:
            stage = reached.get(origin, 0) + 1
            if reached.get(end, 0) < stage:
                reached[end] = stage
                settled = False
        if settled:
            break
    return reached


class Motion(QObject):
    """The one motion of a scene. Starting another one, ``finish`` or any key or click ends it in its final state at once."""

    def __init__(self, scene: QGraphicsScene, theme: ThemeManager) -> None:
        super().__init__(scene)
        self._scene = scene
        self._theme = theme
        self._trips: list[_Trip] = []
        self._arrivals: list[_Arrival] = []
        self._standing_out: list[CardItem | EdgeItem] = []
        self._ease = QEasingCurve(QEasingCurve.Type.InOutQuad)
        self._interrupter = Interrupter(self.finish, self)
        self.animation = QVariantAnimation(self)
        self.animation.setStartValue(0.0)
        self.animation.valueChanged.connect(self._show)
        self.animation.finished.connect(self.finish)

    @property
    def running(self) -> bool:
        return bool(self._trips or self._arrivals or self._standing_out)

    def travel(
        self, cards: Sequence[tuple[CardItem, CardState]], edges: Sequence[tuple[EdgeItem, EdgeState]], travel_ms: int
    ) -> None:
        """Let values and gradients travel.

        Parameters
        ----------
        cards, edges : pairs of an item and the state that it had before
            What the moment touched; the items are in their final state already.
        travel_ms : int
            For the whole way, in ms, however many edges follow each other.
        """
        self.finish()
        ways = [_way(edge) for edge, _ in edges]
        reached = _stages([(origin, end) for origin, end, _, _ in ways])
        stage_ms = travel_ms / max(reached.values(), default=1)
        for (edge, before), (origin, _, path, token) in zip(edges, ways, strict=True):
            begins = reached.get(origin, 0) * stage_ms
            dot = TravelDot(self._theme, token)
            self._trips.append(_Trip(edge, before, path, dot, begins, begins + stage_ms))
            dot.hide()
            self._scene.addItem(dot)
        self._arrivals = [_Arrival(card, before, reached.get(card, 0) * stage_ms) for card, before in cards]
        self._start((travel_ms if edges else 0) + SETTLE_MS)

    def stand_out(self, items: Sequence[CardItem | EdgeItem]) -> None:
        """Without motion: mark ``items`` for ``EMPHASIS_MS``."""
        self.finish()
        self._standing_out = list(items)
        for item in self._standing_out:
            item.set_emphasis(True)
        self._start(EMPHASIS_MS)

    def _start(self, duration: float) -> None:
        if not self.running:
            return
        self.animation.setDuration(round(duration))
        self.animation.setEndValue(float(duration))
        self._show(0.0)
        self._interrupter.arm()
        self.animation.start()

    @Slot(object)
    def _show(self, value: object) -> None:
        now = float(value)  # type: ignore[arg-type]
        for trip in self._trips:
            share = (now - trip.begins) / max(1.0, trip.arrives - trip.begins)
            trip.dot.setVisible(0 <= share < 1)
            if 0 <= share < 1:
                way = trip.path.length() * self._ease.valueForProgress(share)
                trip.dot.setPos(trip.path.pointAtPercent(trip.path.percentAtLength(way)))
            trip.edge.set_appearance(trip.before if share < 0 else None, max(0.0, min(1.0, (now - trip.arrives) / ROW_MS)))
        for arrival in self._arrivals:
            since = now - arrival.at
            arrival.card.set_appearance(arrival.before, min(1.0, since / SETTLE_MS), min(1.0, since / ROW_MS))

    @Slot()
    def finish(self) -> None:
        """End in the final state, at once."""
        self._interrupter.disarm()
        self.animation.stop()
        trips, self._trips = self._trips, []
        arrivals, self._arrivals = self._arrivals, []
        marked, self._standing_out = self._standing_out, []
        for trip in trips:
            self._scene.removeItem(trip.dot)
            trip.edge.set_appearance(None, 1.0)
        for arrival in arrivals:
            arrival.card.set_appearance(None, 1.0, 1.0)
        for item in marked:
            item.set_emphasis(False)
