"""Where everything over the canvas stands: in a corner of its own, or where it covers no card; what finds no place is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QTransform
from PySide6.QtWidgets import QWidget

from gui.panels.graph.canvas import ground
from gui.panels.graph.canvas.minimap import needed
from gui.panels.graph.canvas.over import Over
from gui.panels.graph.canvas.overlays import PLATE
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.view import GraphView

if TYPE_CHECKING:
    from gui.panels.graph.scene.frames import Frames

CORNER, EDGE = QPoint(24, 24), 16
"""Where the formula stands by preference, and how far bars keep from the edges, in px of the canvas."""
LEGEND_FOOT = 44
"""Px at the bottom that the graph leaves to the legend."""
_LEGEND_WIDTH = 320
"""Px that a legend of four entries takes."""
_BAR = 44
"""Px from the top of one bar to the next."""


class Arrangement(QObject):
    """Places what lies over one canvas, and does so again whenever that, the graph or the view may have moved."""

    def __init__(self, canvas: QWidget, view: GraphView, scene: GraphScene, over: Over) -> None:
        super().__init__(canvas)
        self._canvas, self._view, self._scene, self._over = canvas, view, scene, over
        self.minimap_allowed = True
        self.frames: Frames | None = None
        """The frames of modules, which texts keep off."""
        self._holding = 0
        self._covered: tuple[QTransform, list[QRectF]] | None = None
        """What ``covered`` found, and for which place of the scene."""
        self._ground: ground.Ground | None = None
        """What ``_taken`` found, until graph or view moves: a formula whose width changes with a slider asks often."""

    def heading_size(self, brief: bool = False) -> QSize:
        """Px that the formula takes, ``brief`` without its derivatives; empty where it is not shown."""
        heading = self._over.heading
        if heading is None or self._over.is_shown(self._over.banner):
            return QSize()
        return heading.size_of(brief)

    def heading_fits(self, brief: bool) -> bool:
        """Whether there is a place for the formula, as the graph stands now."""
        return self._free_spot(self.heading_size(brief), self._obstacles(), None) is not None

    def forget_ground(self) -> None:
        """The graph or the view moved."""
        self._ground = None

    @Slot()
    def ground_moved(self) -> None:
        """The graph or the view moved: places are looked for anew."""
        self._ground = None
        self.place()

    def _taken(self) -> ground.Ground:
        """What stands on the canvas, in its px."""
        if self._ground is None:
            scene = self._scene
            if scene.crowd is not None:
                self._ground = ground.of_crowd(scene.crowd, self._view)
            else:
                frames = [] if self.frames is None else [item.rect for item in self.frames.items]
                self._ground = ground.of_items([*scene.cards.values()], [*scene.edges.values()], frames, self._view)
        return self._ground.copy()

    @contextmanager
    def placing_once(self) -> Iterator[None]:
        """However often the ground moves meanwhile, places are looked for once, at the end."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self.place()

    @Slot()
    def place(self) -> None:
        """Put everything over the canvas where it covers no card; what finds no place is hidden."""
        if self._holding:
            return
        taken = self._obstacles()
        taken.add(self._place_search())
        over, corner = self._over, self._over.zoom_box.geometry()
        above = over.is_shown(over.minimap) and over.minimap.y() > self._canvas.height() / 2 and over.minimap.x() > EDGE
        self._view.reveal.corner = corner.united(over.minimap.geometry()) if above else corner
        heading = over.heading
        if heading is not None:
            now = heading.pos() if over.is_shown(heading) else None
            # Under a slider that is dragged it neither goes elsewhere nor folds, however long its numbers become.
            stays = now is not None and QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
            spot = None
            for brief in (heading.brief,) if stays else (False, True):
                size = self.heading_size(brief)
                spot = self._free_spot(size, taken, now, corners=heading.only_note, stays=stays) or (now if stays else None)
                if spot is not None:
                    heading.show_brief(brief)
                    heading.setGeometry(QRect(spot, size))
                    taken.add(heading.geometry())
                    break
            heading.setVisible(spot is not None)
        self._renew_covered()

    def _obstacles(self) -> ground.Ground:
        """What stands on the canvas or lies over it, except the search and the formula; what has a corner is put there."""
        over = self._over
        self._place_minimap()
        self._place_legend()
        taken = self._taken()
        if over.is_shown(over.legend):
            taken.add(over.legend.geometry())
        taken.add(over.zoom_box.geometry())
        if over.is_shown(over.minimap):
            over.minimap.set_over(self._taken().touches(over.minimap.geometry()))
            taken.add(over.minimap.geometry())
        for at, bar in enumerate(bar for bar in over.bars() if over.is_shown(bar)):
            bar.move(EDGE, EDGE + _BAR * at)
            taken.add(bar.geometry().adjusted(0, 0, 0 if bar is over.banner else 8, 0 if bar is over.banner else 8))
        return taken

    def covered(self) -> list[QRectF]:
        """What lies over the canvas, in the scene's coordinates: looked up once for each place of the scene."""
        where = self._view.viewportTransform()
        if self._covered is None or self._covered[0] != where:
            back, _ = where.inverted()
            self._covered = where, [back.mapRect(box) for box in self._over.boxes()]
        return self._covered[1]

    def _renew_covered(self) -> None:
        """Something over the canvas may have moved: texts of edges that it covers go elsewhere."""
        self._covered = None
        covered = self.covered()
        for edge in self._scene.edges.values():
            place = edge.text.place
            if place is not None and any(box.intersects(place) for box in covered):
                edge.update()

    def _place_search(self) -> QRect:
        """Place the search below the bars that describe the graph and above the zoom box; the rectangle that it covers."""
        over, search = self._over, self._over.search
        if search is None:
            return QRect()
        top = EDGE + _BAR * sum(map(over.is_shown, over.bars()))
        search.fit(QRect(EDGE, top, self._canvas.width() - 20 - EDGE, over.zoom_box.y() - 8 - top))
        shown = over.is_shown(search.widget)
        self._view.reveal.covered = search.area().bottom() + 1 if shown else 0
        return search.area().adjusted(-8, 0, 8, 8) if shown else QRect()

    def allow_minimap(self, allowed: bool) -> None:
        """Show the overview where the graph does not fit, or never."""
        self.minimap_allowed = allowed
        self.place()

    def _place_minimap(self) -> None:
        over = self._over
        shown = self.minimap_allowed and needed(self._scene, self._view, self._canvas.rect())
        if shown:
            size = over.minimap.sizeHint()
            corner = self._minimap_corner(size)
            if over.minimap.size() != size:
                over.minimap.renew()
            over.minimap.setGeometry(QRect(corner, size))
        elif over.minimap.hasFocus():
            self._view.setFocus()
        over.minimap.setVisible(shown)

    def _minimap_corner(self, size: QSize) -> QPoint:
        """Above the zoom box, or in the first other corner in which it covers no card; it stays under mouse and keys."""
        over, minimap = self._over, self._over.minimap
        right, foot = self._canvas.width() - 20 - size.width(), over.zoom_box.y() - 12 - size.height()
        low = self._canvas.height() - LEGEND_FOOT - 8 - size.height()
        corners = [QPoint(right, foot), QPoint(right, EDGE), QPoint(EDGE, low), QPoint(EDGE, EDGE)]
        if over.is_shown(minimap) and (minimap.underMouse() or minimap.hasFocus()) and minimap.pos() in corners:
            return minimap.pos()
        scene = self._scene
        cards = ground.of_items([*scene.cards.values()], [], [], self._view) if scene.crowd is None else self._taken()
        for bar in over.bars():
            if over.is_shown(bar):
                cards.add(bar.geometry())
        return next((corner for corner in corners if not cards.touches(QRect(corner, size))), corners[0])

    def foot_width(self) -> int:
        """Px at the right of the foot that the zoom box takes, with a legend of the usual entries beside it."""
        box = self._over.zoom_box
        return max(_LEGEND_WIDTH, self._over.legend.sizeHint().width()) + box.width() + 20 + 3 * EDGE

    def _place_legend(self) -> None:
        """In its corner, or where the graph reaches down there, right of the graph beside the zoom box; else on a ground of its
        own. Hidden only where the panel is too narrow for it beside the zoom box.
        """
        over = self._over
        size, top = over.legend.sizeHint(), self._canvas.height() - LEGEND_FOOT
        corner = QRect(QPoint(CORNER.x() - PLATE, top), size)
        shown = bool(over.legend.entries) and corner.right() + 8 <= over.zoom_box.x()
        extent = self._scene.places.whole()
        graph = self._view.mapFromScene(extent).boundingRect()
        low = shown and not extent.isEmpty() and graph.bottom() > top
        right = QPoint(over.zoom_box.x() - EDGE - size.width(), top)
        beside = low and graph.right() + EDGE <= right.x()
        on = low and not beside
        over.legend.set_strip(CORNER.x() if on else None)
        strip = QRect(0, top, self._canvas.width(), LEGEND_FOOT)
        over.legend.setGeometry(strip if on else QRect(right, size) if beside else corner)
        over.legend.setVisible(shown)
        self._view.reveal.foot = LEGEND_FOOT if shown and not beside else 0

    def _free_spot(
        self, size: QSize, taken: ground.Ground, now: QPoint | None, corners: bool = False, stays: bool = False
    ) -> QPoint | None:
        """Where a text of ``size`` covers nothing: top left or right, else where it stands, else along the edges of the canvas.

        Never in the middle of the graph: a formula there looks as if it belonged to the cards around it. ``corners``: only at the
        top left or right, for a text that is not worth a place among cards. ``stays``: where it stands before anywhere else.
        """
        if size.isEmpty():
            return None
        area = self._canvas.rect().adjusted(16, 12, -16, -12)
        right, foot = area.right() - size.width() - 8, self._canvas.height() - LEGEND_FOOT - 8 - size.height()
        top = [QPoint(x, CORNER.y()) for x in range(CORNER.x(), right, 20)]
        bottom = [QPoint(x, foot) for x in range(CORNER.x(), right, 20)]
        spots = [CORNER, QPoint(right, CORNER.y()), *([now] if now in top or now in bottom else []), *top, *bottom]
        spots = spots[:2] if corners else spots
        spots = [QPoint(max(CORNER.x(), min(now.x(), right)), now.y()), *spots] if stays and now is not None else spots
        rects = (QRect(spot, size) for spot in spots)
        return next((rect.topLeft() for rect in rects if area.contains(rect) and not taken.touches(rect)), None)
