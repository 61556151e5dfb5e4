"""The text of one edge: what the gradient is multiplied by, or in a pill what goes along at this moment; and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Protocol

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsScene

from engine.graph.state import EdgeState
from engine.mathematics.numbers import MINUS, format_number
from engine.tables import TensorData
from gui.look.numbers import shape_text
from gui.look.theme import ThemeManager
from gui.look.tones import GRADIENT_TONE
from gui.panels.graph.cards.elements import few
from gui.panels.graph.edges.labels import (
    AROUND,
    PATIENCE,
    REACH_PILL,
    Around,
    Obstacles,
    Place,
    find_label_place,
    find_pill_place,
    leader,
)
from gui.panels.graph.edges.rails import Rails
from gui.panels.graph.metrics import draw_text, readable, text_width

FAR = REACH_PILL
"""How far from its rails a pill may stand, in px."""

_PIECES = 8
"""How many boxes stand for a leader where other texts keep off it: one around the whole slanting line would be too large."""


def _signed(data: TensorData) -> str:
    text = format_number(data.item())
    return f"({text})" if text.startswith(MINUS) else text


def _listed(items: object) -> str:
    """Numbers in brackets as Python writes them, with three digits each."""
    if isinstance(items, list):
        return f"[{', '.join(map(_listed, items))}]"
    assert isinstance(items, (bool, int, float, complex))
    return format_number(items, 3)


def factor_text(state: EdgeState) -> str:
    """``× 75``, or nothing where there is no single factor."""
    factor = state.factor
    return f"× {_signed(factor)}" if factor is not None and factor.size == 1 and factor.array is not None else ""


def pill_text(state: EdgeState) -> str:
    """``× 75 = 75``; for small tensors the elements of what goes along, for others its shape, which says that it is one."""
    data = state.contribution
    if data is None:
        return factor_text(state)
    if data.size != 1 or data.array is None:
        numbers = data.numbers() if few(data) else None
        return f"gradient of shape [{shape_text(data.shape)}]" if numbers is None else f"gradient {_listed(numbers.tolist())}"
    return f"{factor_text(state)} = {format_number(data.item())}".strip()


class Written(Protocol):
    """An edge as its text, and the texts of others, know it."""

    rails: Rails
    text: EdgeText

    def scene(self) -> QGraphicsScene:
        """Where it is drawn."""

    def obstacles(self, reach: float, covered: list[QRectF]) -> Obstacles:
        """What a text keeps off, up to ``reach`` px from the rails, and what is ``covered`` by something over the canvas."""


class EdgeTexts:
    """What the text of one edge has to know about the others."""

    def __init__(self, edges: Mapping[str, Written]) -> None:
        self._edges = edges
        self.covered: Callable[[], list[QRectF]] = list
        """What lies over the canvas, in the scene."""

    def others(self, text: EdgeText) -> tuple[list[QRectF], list[QRectF]]:
        """Where the texts of other edges stand, and the lines that lead to them."""
        others = [edge.text for edge in self._edges.values() if edge.text is not text]
        return [other.place for other in others if other.place is not None], [box for other in others for box in other.line()]


class EdgeText:
    """Finds a place for the text and keeps it, until something moves or comes in its way."""

    def __init__(self, edge: Written, theme: ThemeManager) -> None:
        self._edge, self._theme = edge, theme
        self._places: dict[tuple[str, int], Place | None] = {}
        self._other: tuple[tuple[object, ...], Place | None] | None = None
        """The place that was found last because something lay on the usual one."""
        self._checked = False
        self.place: QRectF | None = None
        """Where the text stood at the last paint; other texts keep off it."""
        self.leader = QLineF()
        """The line that was drawn to it from its rail, if one was; other texts keep off that, too."""
        self.among = EdgeTexts({})

    def line(self) -> list[QRectF]:
        """Each piece of the line that leads to where it stands, if one does."""
        if self.place is None or self.leader.isNull():
            return []
        ends = [self.leader.pointAt(at / _PIECES) for at in range(_PIECES + 1)]
        return [QRectF(one, other).normalized() for one, other in pairwise(ends)]

    def forget(self) -> None:
        """Look for a place again: cards moved."""
        self._places.clear()
        self._other = self.place = None
        self.leader = QLineF()

    def follow(self, state: EdgeState) -> None:
        """The edge shows another state: its text may change or disappear."""
        self._checked = False
        if state.gradient not in ("active", "done", "cut"):
            self.place = None
        if state.gradient != "active":
            self.leader = QLineF()

    def paint_factor(self, painter: QPainter, zoom: float, text: str, token: str, may_wait: bool) -> None:
        """Plain text in the colour ``token``; nothing where it would cover something wherever it stood."""
        if not text:
            self.place = None
            return
        px = readable(11, zoom)
        width = text_width(text, "ui", px)
        key = ("label", round(width / 6) * 100 + round(px))
        if key not in self._places and may_wait and not PATIENCE.allows(self._edge.scene()):
            return
        place = self._find(key, lambda around: find_label_place(self._edge.rails, width + 4, px + 3, around))
        if place is not None:
            rect = place[0]
            draw_text(painter, text, rect.center().x() - width / 2, rect.center().y(), self._theme.color(token), "ui", px)

    def paint_pill(self, painter: QPainter, zoom: float, text: str, dot: QPointF) -> None:
        """A bordered label, with a line to the ``dot`` on the rail if it had to move away from that."""
        if not text:
            self.place, self.leader = None, QLineF()
            return
        px = readable(12, zoom)
        width, height = text_width(text, "ui", px, 600) + 16, max(24.0, px * 1.7)
        key = ("pill", round(width / 6) * 100 + round(px))
        place = self._find(key, lambda around: find_pill_place(self._edge.rails, width + 6, height, around, dot), dot)
        if place is None:
            return
        rect, led = place[0].adjusted(3, 0, -3, 0), place[1]
        painter.setPen(QPen(self._theme.color(GRADIENT_TONE.line), 1))
        self.leader = leader(dot, place[0]) if led else QLineF()
        if led:
            painter.drawLine(self.leader)
        painter.setBrush(self._theme.color(GRADIENT_TONE.tint))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 5.5, 5.5)
        left = rect.center().x() - (width - 16) / 2
        draw_text(painter, text, left, rect.center().y(), self._theme.color(GRADIENT_TONE.text), "ui", px, 600)

    def _find(self, key: tuple[str, int], find: Callable[[Around], Place | None], dot: QPointF | None = None) -> Place | None:
        """Where a text of a kind and size stands: found once, and again where something came in its way."""
        if key not in self._places:
            self._places[key] = find(self._around([]))
        place = self._places[key]
        if place is not None and not self._checked:
            # Texts are placed when they are first seen: one that was not there then may stand here by now.
            self._checked = True
            texts, lines = self.among.others(self)
            crossed = dot is not None and place[1] and _crosses(leader(dot, place[0]), texts)
            if crossed or _touches(place[0], texts + lines):
                place = self._places[key] = find(self._around([]))
        covered = self.among.covered()
        if place is not None and _touches(place[0], covered):
            now = (key, *((box.x(), box.y(), box.width(), box.height()) for box in covered))
            if self._other is None or self._other[0] != now:
                self._other = now, find(self._around(covered))
            place = self._other[1]
        self.place = None if place is None else place[0]
        return place

    def _around(self, covered: list[QRectF]) -> Around:
        return lambda reach: self._edge.obstacles(reach, covered)


def _touches(rect: QRectF, boxes: list[QRectF]) -> bool:
    near = rect.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    return any(near.intersects(box) for box in boxes)


def _crosses(line: QLineF, boxes: list[QRectF]) -> bool:
    points = [line.pointAt(at / 32) for at in range(33)]
    return any(box.contains(point) for box in boxes for point in points)
