"""Which part of the scene a view shows, and how large: zoom to a point, pan, and place a part of it somewhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsView

from gui.panels.graph.scene.scene import GraphScene

LEAST_ZOOM, GREATEST_ZOOM = 0.05, 4.0
LEAST_OF_ALL = 0.0005
"""The least zoom, for graphs that do not fit at ``LEAST_ZOOM``."""


class Camera(QObject):
    """What one view shows. Points "of the viewport" are px on screen, those "of the scene" where cards have their places.

    Signals
    -------
    zoomed(float)
        The zoom is now this (1.0 is 100 %).
    moved()
        Another part of the scene is visible.
    taken()
        The person moved what is shown, to look elsewhere.
    """

    taken = Signal()
    zoomed = Signal(float)
    moved = Signal()

    def __init__(self, view: QGraphicsView, scene: GraphScene) -> None:
        super().__init__(view)
        self._view, self._scene = view, scene
        self.user_zoomed = False
        """Whether the person, or what follows a moment, chose what is shown: it then stays."""

    @property
    def zoom(self) -> float:
        return self._view.transform().m11()

    def seen(self) -> QRectF:
        """The part of the scene that is in view."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def least_zoom(self) -> float:
        """How far one may zoom out: until the whole of a large graph shows."""
        if self._scene.crowd is None:
            return LEAST_ZOOM
        whole, port = self._scene.places.extent(), self._view.viewport().rect()
        fits = 0.9 * min(port.width() / max(1.0, whole.width()), port.height() / max(1.0, whole.height()))
        return max(LEAST_OF_ALL, min(LEAST_ZOOM, fits))

    def show_at(self, scene_point: QPointF, view_point: QPointF) -> None:
        """Pan so that ``scene_point`` stands at ``view_point`` of the viewport."""
        corner = scene_point * self.zoom - view_point
        self._view.horizontalScrollBar().setValue(round(corner.x()))
        self._view.verticalScrollBar().setValue(round(corner.y()))
        self.moved.emit()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the scene point under ``at`` (of the viewport; default: the middle) where it is."""
        view = self._view
        zoom = max(self.least_zoom(), min(GREATEST_ZOOM, zoom))
        view_point = QPointF(view.viewport().rect().center()) if at is None else at
        scene_point = view.mapToScene(view_point.toPoint()) + (view_point - QPointF(view_point.toPoint())) / self.zoom
        self._zoom(zoom)
        self.show_at(scene_point, view_point)
        self.zoomed.emit(zoom)

    def place(self, whole: QRectF, zoom: float, area: QRectF) -> None:
        """Show a part of the scene at ``zoom``, centred in ``area`` of the viewport."""
        self._zoom(zoom)
        self.show_at(whole.center(), area.center())
        self.zoomed.emit(zoom)

    def _zoom(self, zoom: float) -> None:
        self._view.resetTransform()
        self._view.scale(zoom, zoom)

    def centre_on(self, point: QPointF) -> None:
        """Show ``point`` of the scene in the middle."""
        self.user_zoomed = True
        self.show_at(point, QPointF(self._view.viewport().rect().center()))

    def hold(self, point: QPointF, at: QPoint) -> None:
        """Pan so that ``point`` of the scene stands at ``at`` of the viewport."""
        self.user_zoomed = True
        self.show_at(point, QPointF(at))

    def pan(self, by: QPointF) -> None:
        """Move what is shown by ``by`` (px of the viewport)."""
        self.user_zoomed = True
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - round(by.x()))
        down.setValue(down.value() - round(by.y()))
        self.moved.emit()

    def take(self, by: QPointF) -> None:
        """As ``pan``, by the person's hand."""
        self.pan(by)
        self.taken.emit()
