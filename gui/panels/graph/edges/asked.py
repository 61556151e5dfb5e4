"""The mark that shows on a card or an edge which gradient is asked for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.look.tones import GRADIENT_TONE
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem

_SIZE = 22.0


class AskedMark(QGraphicsItem):
    """A question mark in a ring: beside a card's gradient row, or on the way of a gradient along an edge."""

    def __init__(self, owner: CardItem | EdgeItem, theme: ThemeManager) -> None:
        super().__init__(owner)
        self._owner = owner
        self._theme = theme
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        return self._owner.boundingRect().adjusted(-_SIZE, -_SIZE, _SIZE, _SIZE)

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def centre(self) -> QPointF:
        """Where it stands, in the coordinates of its owner."""
        if isinstance(self._owner, CardItem):
            return QPointF(self._owner.width + _SIZE / 2, self._owner.face.ports[1])
        return self._owner.rails.gradient.pointAtPercent(0.5)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        unit = min(1 / zoom, 3.0) if zoom < 1 else 1.0
        size = _SIZE * unit
        at = self.centre()
        box = QRectF(at.x() - size / 2, at.y() - size / 2, size, size)
        painter.setBrush(self._theme.color(GRADIENT_TONE.tint))
        painter.setPen(QPen(self._theme.color(GRADIENT_TONE.line), 1.5 * unit))
        painter.drawEllipse(box)
        painter.setPen(self._theme.color(GRADIENT_TONE.text))
        painter.setFont(ui_font(13 * unit, 700))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?")
