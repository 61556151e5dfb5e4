"""The ground of the canvas: its colour, and dots that keep their 20 px on screen while they move with the scene."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsView

from gui.look.theme import ThemeManager

DOT_PITCH = 20
_TILE = 20 * DOT_PITCH


class Dots:
    """Keeps a tile of the ground, large because many small ones take long; made anew for another theme or density."""

    def __init__(self, theme: ThemeManager) -> None:
        self._theme = theme
        self._tile: tuple[tuple[str, float], QPixmap] | None = None

    def paint(self, painter: QPainter, view: QGraphicsView, rect: QRectF | QRect) -> None:
        """Fill ``rect`` of the scene that ``view`` shows."""
        painter.save()
        painter.resetTransform()
        origin = view.mapFromScene(QPointF(0, 0))
        shift = QPointF(DOT_PITCH / 2 - origin.x() % DOT_PITCH, DOT_PITCH / 2 - origin.y() % DOT_PITCH)
        port = QRectF(view.viewport().rect())
        area = view.mapFromScene(QRectF(rect)).boundingRect().adjusted(-2, -2, 2, 2).toRectF().intersected(port)
        painter.drawTiledPixmap(area, self._pixmap(view.devicePixelRatioF()), area.topLeft() + shift)
        painter.restore()

    def _pixmap(self, density: float) -> QPixmap:
        key = (self._theme.current.name, density)
        if self._tile is None or self._tile[0] != key:
            pixmap = QPixmap(round(_TILE * density), round(_TILE * density))
            pixmap.setDevicePixelRatio(density)
            pixmap.fill(self._theme.color("canvas"))
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("dot"))
            for x in range(DOT_PITCH // 2, _TILE, DOT_PITCH):
                for y in range(DOT_PITCH // 2, _TILE, DOT_PITCH):
                    painter.drawEllipse(QPointF(x, y), 0.9, 0.9)
            painter.end()
            self._tile = (key, pixmap)
        return self._tile[1]
