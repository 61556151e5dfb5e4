"""The way of one edge: its value rail to the right and its gradient rail to the left, between two cards and round the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.curves import Bends, curve_to, points_along
from gui.panels.graph.edges.tether import tether_frame

HEAD = 6.8
"""Px of the head at the end of a rail that is at rest."""
_LEVEL = 10.0
"""Px by which the rows of two neighbours may differ for the rail between them to be straight."""
_HALF = 8.0
"""From the middle of the way to either rail."""
_GRIP = 10.0
"""How wide a rail is for the mouse."""
_NO_RAIL = QPainterPath()

Route = tuple[tuple[float, float], ...]


class Rails:
    """In scene coordinates; ``move`` after either card or the route moved."""

    def __init__(self, source: CardItem, target: CardItem) -> None:
        self.source, self.target = source, target
        self.index, self.count = 0, 1
        """Which of its target's inputs it is, counted from above, and how many there are."""
        self.alike = False
        """Whether all of these come from one card."""
        self.tethered = False
        """Whether it is drawn beside its target only, with the symbol of its source, which is far away."""
        self.route: Route = ()
        """Points between the two cards, left to right, in the middle of the rails."""
        self.bounds = QRectF()
        """Around everything that may be drawn of it, except a label that reaches far."""
        self._laid = False
        self._points: NDArray[np.float64] | None = None
        self._bends: Bends = []
        self._value = self._gradient = _NO_RAIL

    def move(self) -> None:
        """The cards or the route moved; the rails are computed when they are first looked at."""
        self._laid = False
        source, target = self.start(), self.target.frame()
        ys = (*self.source.face.ports, *self.target.face.input_ports(self.index, self.count, alike=self.alike))
        xs = [source.right(), target.left(), *(x for x, _ in self.route)]
        heights = [source.top() + ys[0], source.top() + ys[1], target.top() + ys[2], target.top() + ys[3]]
        heights += (y for _, y in self.route)
        lowest = max(max(heights) + _HALF + 20, source.bottom(), target.bottom()) + 60
        left = min(min(xs), source.center().x(), target.center().x()) - 80
        top = min(min(heights), source.center().y(), target.center().y()) - 60
        right = max(max(xs), source.center().x(), target.center().x()) + 80
        self.bounds = QRectF(left, top - _HALF, right - left, lowest - top + _HALF)

    def start(self) -> QRectF:
        """Where it begins: at its source or, if it is tethered, at the sign for that."""
        return tether_frame(self.target.frame()) if self.tethered else self.source.frame()

    def route_box(self) -> QRectF:
        """The box around its detour, rails included; empty where it goes straight from card to card."""
        xs, ys = [x for x, _ in self.route], [y for _, y in self.route]
        if not xs:
            return QRectF()
        return QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(-1, -_HALF - 2, 1, _HALF + 2)

    def _lay(self) -> None:
        """Compute the rails."""
        self._laid = True
        self._points = None
        bends: Bends = []
        source, target = self.start(), self.target.frame()
        out, back, arrive, leave = self._heights(source, target)
        self._value = QPainterPath(QPointF(source.right(), out))
        for x, y in self.route:
            curve_to(self._value, QPointF(x, y - _HALF), bends)
        curve_to(self._value, QPointF(target.left() - 1 - HEAD + 0.8, arrive), bends)
        self._gradient = QPainterPath(QPointF(target.left(), leave))
        for x, y in reversed(self.route):
            curve_to(self._gradient, QPointF(x, y + _HALF), bends)
        curve_to(self._gradient, QPointF(source.right() + 1 + HEAD - 0.8, back), bends)
        self._bends = bends

    def _heights(self, source: QRectF, target: QRectF) -> tuple[float, float, float, float]:
        """At which heights the value leaves, the gradient arrives, the value arrives and the gradient leaves.

        Rows of neighbours that differ by a few px only are joined by straight rails, which end a little off a row's middle.
        """
        into, sent = self.target.face.input_ports(self.index, self.count, alike=self.alike)
        arrive, leave = target.top() + into, target.top() + sent
        if self.tethered:
            return source.top() + into, source.top() + sent, arrive, leave
        out, back = (source.top() + port for port in self.source.face.ports)
        if self.count <= 1 and not self.route:
            arrive = out if abs(out - arrive) <= _LEVEL else arrive
            leave = back if abs(back - leave) <= _LEVEL else leave
        return out, back, arrive, leave

    @property
    def value(self) -> QPainterPath:
        """From the source's right side to the head before the target's left side."""
        if not self._laid:
            self._lay()
        return self._value

    @property
    def gradient(self) -> QPainterPath:
        """From the target's left side to the source's right side."""
        if not self._laid:
            self._lay()
        return self._gradient

    def box(self) -> QRectF:
        """The box around both rails."""
        return self.value.boundingRect().united(self.gradient.boundingRect())

    def grip(self, both: bool) -> QPainterPath:
        """Where the mouse is on the value rail, or on either of ``both``."""
        stroker = QPainterPathStroker()
        stroker.setWidth(_GRIP)
        path = stroker.createStroke(self.value)
        if both:
            path.addPath(stroker.createStroke(self.gradient))
        return path

    def points(self) -> NDArray[np.float64]:
        """Points (x, y) along both rails, [n, 2], close enough to keep labels off them."""
        if not self._laid:
            self._lay()
        if self._points is None:
            self._points = points_along(self._bends)
        return self._points
