"""What is unfolded comes into view whole: how far to zoom out and to pan for that, with as little empty canvas as possible."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF

from engine.layout.nesting import FRAME_HEAD, FRAME_ROOM
from gui.panels.graph.metrics import LEAST_READABLE, detail
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.view import GraphView

_SLACK = 16.0
"""Px that may be empty at an end of a graph that is longer than the room."""
_LITTLE = 0.75
"""How much smaller a graph may become so that its outermost frame is not cut."""


def axis_shift(extent: tuple[float, float], box: tuple[float, float], low: float, high: float) -> float:
    """The least move that brings ``box``, and all of ``extent`` if it has room, between ``low`` and ``high``.

    A graph that is longer than that room leaves none of it empty.
    """
    room = high - low
    if extent[1] - extent[0] <= room:
        least, most = low - extent[0], high - extent[1]
    else:
        least, most = high - _SLACK - extent[1], low + _SLACK - extent[0]
        if box[1] - box[0] <= room:
            least, most = max(least, low - box[0]), min(most, high - box[1])
        else:
            # Longer than the room: its beginning is in view.
            least = most = min(most, low - box[0])
    return min(max(0.0, least), most) if least <= most else (least + most) / 2


class Unfolded:
    """Remembers the zoom from before it had to be reduced, so that folding restores it."""

    def __init__(self, view: GraphView, scene: GraphScene) -> None:
        self._view, self._scene = view, scene
        self._zooms: tuple[float, float] | None = None
        """The zoom before, and the one that was set since."""

    def bring(self, cards: list[str], depths: tuple[int, int], room: QRectF, coming: Sequence[str] = ()) -> None:
        """Bring what a module is now into ``room`` (px of the view): its cards, or one card.

        ``depths``: how many frames are nested there, and at most around any card of the graph; the head of each comes into view,
        too. What is ``coming`` next is shown with it as long as both can be read.
        Parameters that stand so far away that their module would be dots are left where they are.
        """
        graph, known = self._scene.graph, [card for card in cards if self._scene.has_card(card)]
        if graph is None or not known:
            return
        (within, deepest), before = depths, self._zooms
        unfolded = within > 0
        box = self._box(known, within)
        if unfolded and detail(min(room.width() / box.width(), room.height() / box.height())) == "dot":
            kinds = {card.id: card.kind for card in graph.cards}
            ran = [card for card in known if kinds[card] not in ("leaf", "data")]
            box = self._box(ran, within) if ran else box
        zoom = self._view.camera.zoom
        if unfolded:
            wanted = min(zoom, room.width() / box.width(), room.height() / box.height())
            # The frames around it may need a little more: rather smaller than cut.
            framed = room.height() / _framed(self._scene.places.extent(), deepest).height()
            wanted = framed if _LITTLE * wanted <= framed < wanted and detail(framed) == detail(wanted) else wanted
            first = before[0] if before is not None and before[1] == zoom else zoom
        else:
            # As large as before it was unfolded, unless the zoom has been changed since.
            wanted, first = before[0] if before is not None and before[1] == zoom else zoom, 0.0
        ahead = [card for card in coming if self._scene.has_card(card)]
        both = box.united(self._box(ahead, 0)) if ahead else box
        together = min(room.width() / both.width(), room.height() / both.height())
        if together >= (LEAST_READABLE if unfolded else wanted):
            box, wanted = both, min(wanted, together)
        if wanted != zoom:
            self._view.camera.zoom_to(wanted, QPointF(self._view.mapFromScene(box.center())))
            self._zooms = (first, self._view.camera.zoom) if first else None
        extent = _framed(self._scene.places.extent(), deepest)
        frames = self._view.reveal.frames
        for item in frames.items if frames is not None else ():
            extent = extent.united(item.rect)
        whole, shown = self._seen(extent), self._seen(box)
        across = axis_shift((whole.left(), whole.right()), (shown.left(), shown.right()), room.left(), room.right())
        down = axis_shift((whole.top(), whole.bottom()), (shown.top(), shown.bottom()), room.top(), room.bottom())
        final, corner = shown.translated(across, down), QRectF(self._view.reveal.corner)
        if final.intersects(corner) and final.height() <= corner.top() - 8 - room.top():
            # Above the overview and the zoom box, unless a frame around it would be cut; then beside them where there is room.
            up, aside = corner.top() - 8 - final.bottom(), corner.left() - 8 - final.right()
            if whole.top() + down + up >= room.top():
                down += up
            elif final.left() + aside >= room.left():
                across += aside
            elif whole.height() > room.height():
                down += up
        if round(across) or round(down):
            chosen = self._view.camera.user_zoomed
            self._view.camera.pan(QPointF(round(across), round(down)))
            if wanted == zoom:
                self._view.camera.user_zoomed = chosen

    def _seen(self, rect: QRectF) -> QRectF:
        return QRectF(self._view.mapFromScene(rect).boundingRect())

    def _box(self, cards: list[str], frames: int) -> QRectF:
        """Around these cards, where they are going to stand, with room for ``frames`` nested frames."""
        box = QRectF()
        for card in cards:
            box = box.united(self._scene.places.box(card))
        return _framed(box, frames)


def _framed(box: QRectF, frames: int) -> QRectF:
    return box.adjusted(-FRAME_ROOM * frames, -FRAME_HEAD * frames, FRAME_ROOM * frames, FRAME_ROOM * frames)
