"""The view of a plot: what stands still is kept as one picture, so that a frame paints only what moves. Imports pyqtgraph."""

from __future__ import annotations

from typing import Any, Protocol

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent, QTransform


class Moving(Protocol):
    """A layer of the scene that moves; while it is ``held`` it paints nothing; ``elsewhere``: a picture is made for a file."""

    held: bool
    elsewhere: bool

    def zValue(self) -> float: ...

    def isVisible(self) -> bool: ...

    def sceneTransform(self) -> QTransform: ...

    def paint_alone(self, painter: QPainter, transform: QTransform, /) -> None: ...


class Canvas(pg.PlotWidget):  # type: ignore[misc]
    """Layers that are not ``cached`` move: they stand above all else, and are painted in every frame."""

    def __init__(self, view: pg.ViewBox, **options: Any) -> None:
        self._still: QPixmap | None = None
        self._moving: list[Moving] = []
        super().__init__(viewBox=view, **options)
        self._box = view
        # Qt tells of what has changed in the scene when it asks for a paint; of a layer that moves it is never told.
        self.scene().changed.connect(self.forget)

    def let_move(self, layer: Moving) -> None:
        """Paint ``layer`` in every frame, and tell the scene nothing of it."""
        self._moving.append(layer)
        self._moving.sort(key=lambda item: item.zValue())

    def refresh(self) -> None:
        """Paint what moves anew; what stands beside the view, and widgets over that, stay as they are."""
        area = self.viewportTransform().mapRect(self._box.sceneBoundingRect())
        self.viewport().update(area.toAlignedRect())

    @Slot()
    def forget(self) -> None:
        """What stands still is another picture."""
        self._still = None

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self._still = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if any(layer.elsewhere for layer in self._moving):
            super().paintEvent(event)
            return
        self.scene().prepareForPaint()
        port, ratio = self.viewport(), self.devicePixelRatioF()
        still = self._still
        if still is None or still.devicePixelRatio() != ratio:
            still = QPixmap(round(port.width() * ratio), round(port.height() * ratio))
            still.setDevicePixelRatio(ratio)
            still.fill(self.backgroundBrush().color())
            for layer in self._moving:
                layer.held = True
            inner = QPainter(still)
            self.render(inner, QRectF(port.rect()), port.rect())
            inner.end()
            for layer in self._moving:
                layer.held = False
            self._still = still
        painter = QPainter(port)
        painter.drawPixmap(0, 0, still)
        painter.setClipRect(self.viewportTransform().mapRect(self._box.sceneBoundingRect()))
        for layer in self._moving:
            if layer.isVisible():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                layer.paint_alone(painter, layer.sceneTransform() * self.viewportTransform())
        painter.end()
