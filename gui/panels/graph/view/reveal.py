"""Cards come into view: the view pans as little as shows them whole, clear of what lies over the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtWidgets import QGraphicsView

from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.camera import Camera

if TYPE_CHECKING:
    from gui.panels.graph.scene.frames import Frames


class Reveal:
    """Brings cards of one view into sight; a card is shown where it is going to stand."""

    def __init__(self, view: QGraphicsView, camera: Camera, scene: GraphScene) -> None:
        self._view, self._camera, self._scene = view, camera, scene
        self.covered = 0
        """Px at the top that something lies over: a card is not brought into view there."""
        self.foot = 0
        """The same at the bottom."""
        self.corner = QRect()
        """What is covered at the bottom right."""
        self.frames: Frames | None = None
        """The frames of unfolded modules, whose names are not to be cut off."""

    def _area(self) -> QRect:
        """Where cards are seen well, in the viewport."""
        return self._view.viewport().rect().adjusted(12, 12 + self.covered, -12, -12 - self.foot)

    def card(self, card: str) -> None:
        """Pan as little as brings a card into view."""
        self._show(self._scene.places.box(card))

    def cards(self, cards: Sequence[str]) -> None:
        """Pan as little as brings these cards into view whole, or as many as have room there."""
        area, zoom, places = self._area(), self._camera.zoom, self._scene.places
        box, shown = QRectF(), list[str]()
        for card in cards:
            both = box.united(places.box(card))
            if both.width() * zoom <= area.width() and both.height() * zoom <= area.height():
                box = both
                shown.append(card)
        user_zoomed = self._camera.user_zoomed
        if not shown:
            if cards and not any(self._camera.seen().intersects(places.frame(card)) for card in cards):
                self.card(cards[0])
                self._camera.user_zoomed = user_zoomed
            return
        before = self._view.mapToScene(QPoint(0, 0))
        self._show(box)
        if self._view.mapToScene(QPoint(0, 0)).y() != before.y():
            self._show_head(self._view.mapFromScene(box).boundingRect(), area)
        self._camera.user_zoomed = user_zoomed

    def _show(self, box: QRectF) -> None:
        shown, area = self._view.mapFromScene(box).boundingRect(), self._area()
        if not area.contains(shown):
            dx = max(0, area.left() - shown.left()) - max(0, shown.right() - area.right())
            dy = max(0, area.top() - shown.top()) - max(0, shown.bottom() - area.bottom())
            self._camera.pan(QPointF(dx, dy))
            shown.translate(dx, dy)
        corner = self.corner  # looked up now: what lies over the canvas may have moved with the view
        if shown.intersects(corner):
            above, beside = corner.top() - 12 - shown.bottom(), corner.left() - 12 - shown.right()
            # Above what is in the corner where there is room, else beside it.
            if shown.top() + above >= area.top() or shown.left() + beside < area.left():
                self._camera.pan(QPointF(0, above))
            else:
                self._camera.pan(QPointF(beside, 0))

    def _show_head(self, kept: QRect, area: QRect) -> None:
        """Where the name of a module's frame is cut off at the top, show it, unless ``kept`` would then not fit into ``area``."""
        least = area.top() - 8
        frames = self.frames.items if self.frames is not None else ()
        heads = [self._view.mapFromScene(item.rect).boundingRect() for item in frames]
        seen = [head for head in heads if head.right() > 0 and head.left() < area.right()]
        cut = [least - head.top() for head in seen if least - 40 < head.top() < least]
        down = max(cut, default=0)
        moved = kept.translated(0, down)
        if down and moved.bottom() <= area.bottom() and not moved.intersects(self.corner):
            self._camera.pan(QPointF(0, down))
