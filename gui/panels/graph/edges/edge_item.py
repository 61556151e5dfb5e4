"""One edge of the graph: a value rail to the right, a gradient rail to the left, and what the gradient is multiplied by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph.model import GraphEdge
from engine.graph.state import EdgeState
from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.curves import Bends, curve_to, points_along
from gui.panels.graph.edges.edge_label import FAR, EdgeText, factor_text, pill_text
from gui.panels.graph.edges.pens import dashed_pen, line_pen
from gui.panels.graph.edges.tether import paint_tether, tether_frame
from gui.panels.graph.metrics import detail

HEAD, HALF_HEAD = 6.8, 3.6
ACTIVE_HEAD, ACTIVE_HALF = 10.5, 5.6
_LEVEL = 10.0
"""Px that the rows of two neighbours may differ by, so that a rail between them is straight."""
_RAIL_HALF = 8.0
DOT_RADIUS = 6.5
REST = 0.6
"""Where along its rail the dot of an active edge rests."""
_NO_RAIL = QPainterPath()
EMPTY_STATE = EdgeState("idle", "none")


def _same(one: EdgeState, two: EdgeState) -> bool:
    """Whether both look the same: states are made anew at each cursor, their tensors are not."""
    return one is two or (
        (one.value, one.gradient) == (two.value, two.gradient)
        and one.contribution is two.contribution
        and one.factor is two.factor
    )


class EdgeItem(QGraphicsItem):
    """Drawn in scene coordinates; ``geometry_changed`` after either card or the route moved."""

    def __init__(self, edge: GraphEdge, source: CardItem, target: CardItem, theme: ThemeManager) -> None:
        super().__init__()
        self.edge, self.source, self.target = edge, source, target
        self.state = EMPTY_STATE
        self.index, self.count = 0, 1
        """Which of its target's inputs it is, counted from above, and how many there are."""
        self.tethered = False
        """Whether it is drawn beside its target only, with the symbol of its source: that is far away."""
        self.may_wait = False
        """Whether its label may appear a moment later, where the search for many places would hold up a frame."""
        self.selected_now = False
        self.on_hover: Callable[[EdgeItem | None], None] | None = None
        """Told that the mouse came to rest on this edge, or with None that it left."""
        self._linked = False
        self._theme = theme
        self._emphasis = False
        self._before: EdgeState | None = None
        self._arrived = 1.0
        self._drawn = EMPTY_STATE
        self._route: tuple[tuple[float, float], ...] = ()
        self._laid = False
        self._points: NDArray[np.float64] | None = None
        self._bends: Bends = []
        self._value_rail = self._gradient_rail = _NO_RAIL
        self._bounds = QRectF()
        self.text = EdgeText(self, theme)
        self.setAcceptHoverEvents(True)
        self.setZValue(1)

    @property
    def active(self) -> bool:
        """Whether a value or a gradient goes along it in this very moment."""
        return self.state.gradient == "active" or self.state.value == "active"

    def set_state(self, state: EdgeState) -> bool:
        """Show ``state``; False if it says nothing new."""
        if _same(state, self.state):
            return False
        self.prepareGeometryChange()
        self.state = state
        self.text.follow(state)
        self.setZValue(3 if self.active else 1)
        self.update()
        return True

    def set_appearance(self, before: EdgeState | None, arrived: float) -> None:
        """Look as in the state ``before`` if that is given, else as now, the resting dot and the pill shown by ``arrived``."""
        if (before, arrived) != (self._before, self._arrived):
            self._before, self._arrived = before, arrived
            self.update()

    def set_emphasis(self, emphasis: bool) -> None:
        """Broaden the active rail."""
        self._emphasis = emphasis
        self.update()

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected_now:
            self.selected_now = selected
            self.update()

    def set_linked(self, linked: bool) -> None:
        """Show that the mouse rests on this edge, or elsewhere on what belongs to it."""
        if linked != self._linked:
            self._linked = linked
            self.update()

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if self.on_hover is not None:
            self.on_hover(self)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if self.on_hover is not None:
            self.on_hover(None)

    def set_route(self, route: tuple[tuple[float, float], ...]) -> None:
        """Points between the two cards, left to right, in the middle of the rails."""
        self._route = route

    def route_box(self) -> QRectF:
        """The box around what it goes round by, rails included; empty where it goes straight from card to card."""
        xs, ys = [x for x, _ in self._route], [y for _, y in self._route]
        if not xs:
            return QRectF()
        return QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(-1, -_RAIL_HALF - 2, 1, _RAIL_HALF + 2)

    # Geometry ----------------------------------------------------------------------------------------------------

    def geometry_changed(self) -> None:
        """The cards or the route moved; the rails are computed when they are first looked at."""
        self.prepareGeometryChange()
        self._laid = False
        self.text.forget()
        source, target = self.source_frame(), self.target.frame()
        ys = (*self.source.face.ports, *self.target.face.input_ports(self.index, self.count))
        xs = [source.right(), target.left(), *(x for x, _ in self._route)]
        heights = [source.top() + ys[0], source.top() + ys[1], target.top() + ys[2], target.top() + ys[3]]
        heights += (y for _, y in self._route)
        lowest = max(max(heights) + _RAIL_HALF + 20, source.bottom(), target.bottom()) + 60
        left = min(min(xs), source.center().x(), target.center().x()) - 80
        top = min(min(heights), source.center().y(), target.center().y()) - 60
        right = max(max(xs), source.center().x(), target.center().x()) + 80
        self._bounds = QRectF(left, top - _RAIL_HALF, right - left, lowest - top + _RAIL_HALF)

    def source_frame(self) -> QRectF:
        """Where it begins: at its source, or if it is tethered at the sign for it."""
        return tether_frame(self.target.frame()) if self.tethered else self.source.frame()

    def _lay(self) -> None:
        """Compute the rails."""
        self._laid = True
        self._points = None
        bends: Bends = []
        source, target = self.source_frame(), self.target.frame()
        out, back, arrive, leave = self._heights(source, target)
        self._value_rail = QPainterPath(QPointF(source.right(), out))
        for x, y in self._route:
            curve_to(self._value_rail, QPointF(x, y - _RAIL_HALF), bends)
        curve_to(self._value_rail, QPointF(target.left() - 1 - HEAD + 0.8, arrive), bends)
        self._gradient_rail = QPainterPath(QPointF(target.left(), leave))
        for x, y in reversed(self._route):
            curve_to(self._gradient_rail, QPointF(x, y + _RAIL_HALF), bends)
        curve_to(self._gradient_rail, QPointF(source.right() + 1 + HEAD - 0.8, back), bends)
        self._bends = bends

    def _heights(self, source: QRectF, target: QRectF) -> tuple[float, float, float, float]:
        """At which heights the value leaves, the gradient arrives, the value arrives and the gradient leaves.

        Rows of neighbours that differ by a few px only are joined by straight rails, which end a little off a row's middle.
        """
        into, sent = self.target.face.input_ports(self.index, self.count)
        arrive, leave = target.top() + into, target.top() + sent
        if self.tethered:
            return source.top() + into, source.top() + sent, arrive, leave
        out, back = (source.top() + port for port in self.source.face.ports)
        if self.count <= 1 and not self._route:
            arrive = out if abs(out - arrive) <= _LEVEL else arrive
            leave = back if abs(back - leave) <= _LEVEL else leave
        return out, back, arrive, leave

    @property
    def value_path(self) -> QPainterPath:
        """From the source's right side to the head before the target's left side."""
        if not self._laid:
            self._lay()
        return self._value_rail

    @property
    def gradient_path(self) -> QPainterPath:
        """From the target's left side to the source's right side."""
        if not self._laid:
            self._lay()
        return self._gradient_rail

    def rails(self) -> QRectF:
        """The box around both rails."""
        return self.value_path.boundingRect().united(self.gradient_path.boundingRect())

    def outline(self) -> QRectF:
        """The box around the rails, with room for a label below them."""
        box = self.rails().adjusted(0, -8, 0, 44 if self._lowered() else 8)
        return box if self.text.place is None else box.united(self.text.place)

    def _lowered(self) -> bool:
        return self.state.gradient == "active"

    def boundingRect(self) -> QRectF:
        """The rails and the room around them in which a factor may stand; a pill may have to go farther."""
        return self._bounds.adjusted(-FAR, -FAR, FAR, FAR) if self._lowered() else self._bounds

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(10)
        path = stroker.createStroke(self.value_path)
        if self.state.gradient not in ("none", "cut"):
            path.addPath(stroker.createStroke(self.gradient_path))
        return path

    def points(self) -> NDArray[np.float64]:
        """Points (x, y) along both rails, [n, 2], close enough to keep labels off them."""
        if not self._laid:
            self._lay()
        if self._points is None:
            self._points = points_along(self._bends)
        return self._points

    # Painting ----------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        self._drawn = self.state if self._before is None else self._before
        kind = detail(zoom)
        if kind == "dot":
            self._paint_far(painter, zoom)
            return
        unit = 1.0 if kind == "full" else min(2.0, 0.8 / zoom)
        if self.selected_now or self._linked:
            token = "focus" if self.selected_now else "text_3"
            self._stroke(painter, self.value_path, token, 5 * unit, 0.18)
            if self._drawn.gradient != "none":
                self._stroke(painter, self.gradient_path, token, 5 * unit, 0.18)
        if self._emphasis:
            back = self.state.gradient == "active"
            path, token = (self.gradient_path, "grad_line") if back else (self.value_path, "value_line")
            self._stroke(painter, path, token, 11 * unit, 0.3)
        self._paint_value(painter, unit)
        self._paint_gradient(painter, unit)
        if self.tethered:
            at = (self.value_path.pointAtPercent(0) + self.gradient_path.pointAtPercent(1)) / 2
            paint_tether(painter, self._theme, self.source.card, QPointF(self.source_frame().right(), at.y()), zoom)
        if kind != "full" or self.tethered:
            return
        if self._drawn.gradient == "active":
            painter.setOpacity(painter.opacity() * self._arrived)
            self.text.paint_pill(painter, zoom, pill_text(self._drawn), self.gradient_path.pointAtPercent(REST))
        elif self._drawn.gradient == "done":
            self.text.paint_factor(painter, zoom, factor_text(self._drawn), "grad", self.may_wait)
        elif self._drawn.gradient == "cut":
            self.text.paint_factor(painter, zoom, "detach", "pending", self.may_wait)

    def _stroke(self, painter: QPainter, path: QPainterPath, token: str, width: float, opacity: float = 1.0) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line_pen(painter, self._theme.color(token, opacity), width))
        painter.drawPath(path)

    def _head(self, painter: QPainter, tip: QPointF, direction: int, token: str, unit: float, active: bool = False) -> None:
        length, half = (ACTIVE_HEAD, ACTIVE_HALF) if active else (HEAD, HALF_HEAD)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(token))
        back = tip.x() - direction * length * unit
        painter.drawPolygon(QPolygonF([tip, QPointF(back, tip.y() - half * unit), QPointF(back, tip.y() + half * unit)]))

    def _dot(self, painter: QPainter, at: QPointF, token: str) -> None:
        opacity = painter.opacity()
        painter.setOpacity(opacity * self._arrived)
        painter.setPen(QPen(self._theme.color("canvas"), 2))
        painter.setBrush(self._theme.color(token))
        painter.drawEllipse(at, DOT_RADIUS, DOT_RADIUS)
        painter.setOpacity(opacity)

    def _paint_value(self, painter: QPainter, unit: float) -> None:
        rail = self._drawn.value
        if rail in ("idle", "freed"):
            token, opacity = ("line_strong", 1.0) if rail == "idle" else ("pending_line", 0.55)
            self._stroke(painter, self.value_path, token, 1.5 * unit, opacity)
            end = self.value_path.currentPosition()
            painter.drawLine(QLineF(end, QPointF(self.target.frame().left(), end.y())))
            return
        active = rail == "active"
        self._stroke(painter, self.value_path, "value_line", (3 if active else 1.5) * unit)
        end = self.value_path.currentPosition()
        self._head(painter, QPointF(self.target.frame().left() - 1, end.y()), 1, "value_line", unit, active)
        if active:
            self._dot(painter, self.value_path.pointAtPercent(REST), "value_line")

    def _paint_gradient(self, painter: QPainter, unit: float) -> None:
        rail = self._drawn.gradient
        if rail == "none":
            return
        if rail == "freed":
            self._stroke(painter, self.gradient_path, "pending_line", 1.5 * unit, 0.55)
            end = self.gradient_path.currentPosition()
            painter.drawLine(QLineF(end, QPointF(self.source_frame().right(), end.y())))
            return
        if rail == "cut":
            self._paint_cut(painter, unit)
            return
        end = self.gradient_path.currentPosition()
        tip = QPointF(self.source_frame().right() + 1, end.y())
        if rail == "pending":
            painter.setPen(dashed_pen(painter, self._theme.color("pending_line"), 1.5 * unit))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self.gradient_path)
            hollow = QPen(self._theme.color("pending_line"), 1.2 * unit)
            hollow.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(hollow)
            painter.setBrush(self._theme.color("canvas"))
            back = tip.x() + 6.5 * unit
            half = HALF_HEAD * unit
            painter.drawPolygon(QPolygonF([tip, QPointF(back, tip.y() - half), QPointF(back, tip.y() + half)]))
            return
        active = rail == "active"
        self._stroke(painter, self.gradient_path, "grad_line", (3 if active else 1.5) * unit)
        self._head(painter, tip, -1, "grad_line", unit, active)
        if active:
            self._dot(painter, self.gradient_path.pointAtPercent(REST), "grad_line")

    def _paint_cut(self, painter: QPainter, unit: float) -> None:
        start = self.gradient_path.pointAtPercent(0)
        painter.setPen(QPen(self._theme.color("pending_line"), 1.5 * unit))
        painter.drawLine(QLineF(start.x(), start.y(), start.x() - 16, start.y()))
        for x in (start.x() - 12, start.x() - 16):
            painter.drawLine(QLineF(x, start.y() - 5, x, start.y() + 5))

    def _paint_far(self, painter: QPainter, zoom: float) -> None:
        """Between the middles of two dots, two thin lines."""
        unit = 1 / zoom
        start, end = self.source_frame().center(), self.target.frame().center()
        states = ((self._drawn.value, "value_line", -1.5), (self._drawn.gradient, "grad_line", 1.5))
        for rail, token, shift in states:
            if rail in ("none", "cut"):
                continue
            color = {"idle": "line_strong", "freed": "pending_line", "pending": "pending_line"}.get(rail, token)
            path = QPainterPath(QPointF(start.x(), start.y() + shift * unit))
            curve_to(path, QPointF(end.x(), end.y() + shift * unit))
            self._stroke(painter, path, color, (2 if rail == "active" else 1) * unit, 0.55 if rail == "freed" else 1.0)

    def surroundings(self, reach: float) -> list[QGraphicsItem]:
        """Items that may stand where a text could go, up to ``reach`` px from the rails."""
        scene = self.scene()
        area = self.rails().adjusted(-reach, -reach, reach, reach)
        return scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect) if scene else []
