"""The graph's canvas: the view, and over it formula, legend, zoom box, banner and progress sign, each in a free place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from engine.layout.nesting import FRAME_HEAD
from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.focus_frame import FocusFrame
from gui.panels.graph.canvas.in_view import Unfolded
from gui.panels.graph.canvas.minimap import Minimap, needed
from gui.panels.graph.canvas.overlays import PLATE, Banner, Legend, Progress, ZoomBox
from gui.panels.graph.canvas.paths_bar import PathsBar
from gui.panels.graph.canvas.view import ZOOM_STEP, GraphView
from gui.panels.graph.canvas.working import Working
from gui.panels.graph.metrics import detail
from gui.panels.graph.scene import ground
from gui.panels.graph.scene.scene import GraphScene
from gui.widgets import Veil

if TYPE_CHECKING:
    from gui.panels.graph.formula.heading import FormulaHeading
    from gui.panels.graph.scene.frames import Frames

_SIDE, _EDGE, _FOOT = 12, 16, 56
LEGEND_FOOT = 44
"""Px at the bottom that the graph leaves to the legend."""
_CORNER = QPoint(24, 24)
MANY_TO_PAINT = 24
"""More cards than this take so long to paint that painting may wait a moment."""
READABLE, LEAST_READABLE = 0.5, 0.45
"""At the first zoom a graph is shown at first, where the whole of it would be smaller than the second, which is hard to read."""


class Canvas(QWidget):
    """Holds a GraphView and what lies over it; zooms, fits, and keeps texts off the cards.

    Signals
    -------
    fitted()
        The whole graph is in view.
    start_shown()
        Not the whole is in view, but where the graph begins.
    """

    fitted = Signal()
    start_shown = Signal()

    def __init__(self, scene: GraphScene, theme: ThemeManager) -> None:
        super().__init__()
        self.view = GraphView(scene, theme)
        self.view.setParent(self)
        self.view.setWhatsThis("→ and ← go by operations, Tab goes from card to card, Alt with an arrow key along the edges")
        self.legend = Legend(theme, self)
        self.zoom_box = ZoomBox(theme, self)
        self.banner = Banner("showing the last valid graph", theme, self)
        self.progress = Progress(theme, self)
        self.working = Working(theme, self)
        self.paths_bar = PathsBar(theme, self)
        self.minimap = Minimap(scene, self.view, theme, self)
        self.minimap_allowed = True
        self.heading: FormulaHeading | None = None
        self._search: tuple[QWidget, Callable[[QRect], None], Callable[[], QRect]] | None = None
        self._frames: Frames | None = None
        self._veil = Veil(self)
        self._scene, self._theme = scene, theme
        self._head_height = 0
        self._font_scale = theme.scale
        self._outline: tuple[object, ...] | None = None
        """Of the formula when room was made for it last."""
        self._holding = 0
        self._at_start = False
        """Where the graph begins is shown, until the person looks elsewhere."""
        self._over: tuple[QTransform, list[QRectF]] | None = None
        """What ``_covered`` found, and the place of the scene for which it did."""
        self._near: str | None = None
        """At whose height that is."""
        self._unfolded = Unfolded(self.view, scene)
        self._readable = False
        """Where the whole would be dots its start is shown, until the person asks for the whole."""
        self._ground: ground.Ground | None = None
        """What ``_taken`` found, until graph or view move: a formula that changes its width under a slider asks often."""
        self.focus_frame = FocusFrame(theme, self)
        self.view.focus_shown.connect(self.focus_frame.setVisible)
        self.banner.hide()
        self.zoom_box.out.clicked.connect(self.zoom_out)
        self.zoom_box.into.clicked.connect(self.zoom_in)
        self.zoom_box.fit.clicked.connect(self.fit_whole)
        self.minimap.wanted.connect(self.view.centre_on)
        self.view.zoomed.connect(self.zoom_box.set_zoom)
        self.view.moved.connect(self._ground_moved)
        scene.texts.covered = self._covered
        theme.changed.connect(self._restyled)
        scene.arranged.connect(self._arranged)

    def clear(self) -> None:
        """Take the graph away: of what is shown now there is none yet."""
        self._scene.clear_items()
        self.legend.set_entries(())
        self.progress.set_text("no graph yet", busy=False)

    def set_heading(self, heading: FormulaHeading) -> None:
        """Show ``heading`` over the canvas, top left or where there is room."""
        self.heading = heading
        heading.setParent(self)
        heading.fit(self.width() - 2 * _CORNER.x())
        heading.resized.connect(self._heading_resized)
        self.fit_if_needed()

    def set_frames(self, frames: Frames) -> None:
        """Texts keep off the frames of modules."""
        self._frames = frames
        frames.changed.connect(self._ground_moved)

    def set_search(self, bar: QWidget, fit: Callable[[QRect], None], area: Callable[[], QRect]) -> None:
        """Lay ``bar`` over the top of the canvas: ``fit`` tells it where; texts and cards keep clear of its ``area``."""
        bar.setParent(self)
        bar.hide()
        self._search = bar, fit, area
        self.place_overlays()

    @Slot()
    def _restyled(self) -> None:
        """Another font size: the formula's room is looked for anew, so that one size of the window has one layout."""
        if self._font_scale != self._theme.scale:
            self._font_scale = self._theme.scale
            self._head_height, self._outline = 0, None
            if not self.view.user_zoomed and not self._scene.places.extent().isEmpty():
                self._refit()

    @Slot()
    def _heading_resized(self) -> None:
        """Make room for a formula of another height; one whose numbers only became longer (a slider moves) moves no card."""
        tall, outline = self._heading_size().height(), None if self.heading is None else self.heading.outline
        dragging = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if tall != self._head_height and outline != self._outline and not dragging:
            self._head_height = tall
            if not self.view.user_zoomed:
                self._refit()
        self._outline = outline
        self.place_overlays()

    # Zoom --------------------------------------------------------------------------------------------------------

    @Slot()
    def zoom_in(self) -> None:
        self.view.user_zoomed = True
        self.view.zoom_to(self.view.zoom * ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        self.view.user_zoomed = True
        self.view.zoom_to(self.view.zoom / ZOOM_STEP)

    @Slot()
    def zoom_reset(self) -> None:
        """100 %."""
        self.view.user_zoomed = True
        self.view.zoom_to(1.0)

    def show_first(self, near: str | None, readable: bool) -> None:
        """Show a graph that is new here: the whole, but if ``readable`` its start where nobody could read the whole."""
        self._near, self._readable, self._at_start = near, readable, False
        self._refit()

    @Slot()
    def fit_whole(self) -> None:
        """The person asks for the whole graph, however small that makes it."""
        self._readable = False
        self.fit()

    def fit(self) -> None:
        """Show the whole graph, at the size of the font if it fits, with room for formula and legend if that costs no detail."""
        extent = self._scene.places.whole()
        whole = QRectF(self.view.viewport().rect())
        if extent.isEmpty() or whole.width() < 60 or whole.height() < 60:
            return
        head = _CORNER.y() + self._heading_size().height() + 16 if self._heading_size().height() else 20
        areas = [whole.adjusted(_SIDE, top, -_SIDE, -foot) for top, foot in ((head, _FOOT), (20, _FOOT), (16, LEGEND_FOOT + 4))]
        most_wanted = self._wanted_zoom()
        zooms = [min(most_wanted, area.width() / extent.width(), area.height() / extent.height()) for area in areas]
        most = detail(zooms[-1])
        chosen = next(index for index in range(3) if detail(zooms[index]) == most)
        zoom = max(self.view.least_zoom(), zooms[chosen])
        self._at_start = False
        with self.placing_once():
            if not (chosen and self._fit_beside_heading(extent, zoom, areas[1])):
                self._place(extent, zoom, areas[chosen])
        self.view.user_zoomed = False
        self.fitted.emit()

    def _place(self, extent: QRectF, zoom: float, area: QRectF, *, low: bool = False) -> None:
        """Show ``extent`` in the middle of the canvas, if that is within ``area``; ``low`` at the foot of ``area``."""
        whole, box = QRectF(self.view.viewport().rect()), QRectF(0, 0, extent.width() * zoom, extent.height() * zoom)
        box.moveCenter(whole.center())
        middle = whole if area.contains(box) else area
        if low:
            middle = area.adjusted(0, area.height() - box.height(), 0, 0)
        self.view.place(extent, zoom, middle)

    def _fit_beside_heading(self, extent: QRectF, zoom: float, area: QRectF) -> bool:
        """Where no room is left above, make the graph a little smaller, while that costs no detail, for the formula beside it.

        A formula without its derivatives is better than none. False where there is no place, or nothing to place.
        """
        if self._heading_size().isEmpty() or len(self._scene.cards) > MANY_TO_PAINT or self._scene.crowd is not None:
            return False
        most = min(zoom, area.width() / extent.width(), area.height() / extent.height())
        smaller = [most * (1 - 0.03 * step) for step in range(8)]
        tries = [(False, one) for one in smaller if detail(one) == detail(zoom)] + [(True, most)]
        for brief, one in tries:
            for low in (False, True):
                self._place(extent, one, area, low=low)
                if self._free_spot(self._heading_size(brief), self._obstacles(), None) is not None:
                    return True
        return False

    def show_start(self, near: str | None = None) -> None:
        """Show where the graph begins, so large that its cards can be read.

        Of a tall one the height that card ``near`` is at, or the nearest to it at which the graph does begin.
        """
        extent, port = self._scene.places.extent(), QRectF(self.view.viewport().rect()).adjusted(0, 0, 0, _SIDE - LEGEND_FOOT)
        self.view.zoom_to(READABLE)
        half, middle = port.height() / READABLE / 2 - 2 * _SIDE, extent.center().y()
        if extent.height() > 2 * half:
            if near is not None and self._scene.has_card(near):
                middle = self._scene.places.goal(near).y() + self._scene.places.frame(near).height() / 2
            start = QRectF(extent.topLeft(), QSizeF(port.width() / READABLE / 2, extent.height()))
            beginning = min(self._scene.places.heights(start), key=lambda height: abs(height - middle), default=middle)
            if abs(beginning - middle) > half:
                middle = beginning
            heads = FRAME_HEAD * self._scene.places.framed_depth()
            middle = min(max(middle, extent.top() - heads + half), max(extent.bottom() - half, extent.top() - heads + half))
        self.view.hold(QPointF(extent.left(), middle), QPoint(2 * _SIDE, round(port.center().y())))
        self.view.user_zoomed = False
        self._at_start, self._near = True, near

    def come_near(self, card: str | None) -> None:
        """Where cards are too small to be read, zoom in on ``card``."""
        if card is not None and self.view.zoom < LEAST_READABLE:
            self.view.zoom_to(READABLE)
            box = self._scene.places.box(card)
            self.view.centre_on(box.center())

    def _refit(self) -> None:
        """Show again what is shown, the whole or the start, in another place."""
        if not self._at_start:
            self.fit()
        if self._at_start or (self._readable and self.view.zoom < LEAST_READABLE):
            self.show_start(self._near)
            self.start_shown.emit()

    def fit_if_needed(self, held: tuple[str, QPoint] | None = None) -> None:
        """After another structure: fit unless everything is in view; a zoom that the user chose stays while it shows any card.

        ``held`` is a card and where on screen it was: it stays there where a zoom stays, and where to fit would cost detail.
        """
        self._head_height = self._heading_size().height()
        if held is not None and (self.view.user_zoomed or detail(self._whole_zoom()) != detail(self.view.zoom)):
            self.view.hold(self._scene.places.goal(held[0]), held[1])
            self._ground_moved()
            return
        shown = self.view.mapFromScene(self._scene.places.whole()).boundingRect()
        area = self.view.viewport().rect()
        if self.view.user_zoomed:
            if not area.intersects(shown):
                self._refit()
        elif self._at_start or not area.adjusted(8, 8, -8, -8).contains(shown) or self.view.zoom < 0.999:
            self._refit()
        self._ground_moved()

    def bring_into_view(self, cards: list[str], depths: tuple[int, int]) -> None:
        """Show the cards of a module that was just unfolded, or the card that it is folded into, whole; see ``Unfolded``."""
        room = QRectF(self.view.viewport().rect()).adjusted(_SIDE, _SIDE + self.view.covered, -_SIDE, -LEGEND_FOOT)
        self._unfolded.bring(cards, depths, room)

    def _whole_zoom(self) -> float:
        """The zoom at which the whole graph is seen."""
        extent, port = self._scene.places.whole(), self.view.viewport().rect()
        return min(self._wanted_zoom(), port.width() / max(1.0, extent.width()), port.height() / max(1.0, extent.height()))

    def _wanted_zoom(self) -> float:
        """The zoom of a graph that has room for it: that at which its texts are as large as those beside it."""
        return max(1.0, self._theme.scale)

    # Overlays ----------------------------------------------------------------------------------------------------

    def _heading_size(self, brief: bool = False) -> QSize:
        if self.heading is None or self.banner.isVisibleTo(self):
            return QSize()
        return self.heading.size_of(brief)

    @Slot()
    def _arranged(self) -> None:
        self.view.viewport().update()  # what glided while the view was panned has left nothing behind
        self.minimap.renew()
        self._ground_moved()

    @Slot()
    def _ground_moved(self) -> None:
        self._ground = None
        self.place_overlays()

    def _taken(self) -> ground.Ground:
        """What stands on the canvas, in its px."""
        if self._ground is None:
            scene = self._scene
            if scene.crowd is not None:
                self._ground = ground.of_crowd(scene.crowd, self.view)
            else:
                frames = [] if self._frames is None else [item.rect for item in self._frames.items]
                self._ground = ground.of_items([*scene.cards.values()], [*scene.edges.values()], frames, self.view)
        return self._ground.copy()

    @contextmanager
    def placing_once(self) -> Iterator[None]:
        """However often the ground moves meanwhile, places are looked for once, at the end."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self.place_overlays()

    @Slot()
    def place_overlays(self) -> None:
        """Put everything over the canvas where it covers no card; what finds no place is hidden."""
        if self._holding:
            return
        taken = self._obstacles()
        taken.add(self._place_search())
        self.view.corner = self.zoom_box.geometry()
        if self.minimap.isVisibleTo(self):
            self.view.corner = self.view.corner.united(self.minimap.geometry())
        if self.heading is not None:
            now = self.heading.pos() if self.heading.isVisibleTo(self) else None
            spot = None
            for brief in (False, True):
                size = self._heading_size(brief)
                spot = self._free_spot(size, taken, now, corners=self.heading.only_note)
                if spot is not None:
                    self.heading.show_brief(brief)
                    self.heading.setGeometry(QRect(spot, size))
                    taken.add(self.heading.geometry())
                    break
            self.heading.setVisible(spot is not None)
        self._renew_covered()

    def _obstacles(self) -> ground.Ground:
        """What stands on the canvas or lies over it, but for the search and the formula; what has a corner is put there."""
        self._place_minimap()
        self._place_legend()
        taken = self._taken()
        if self.legend.isVisibleTo(self):
            taken.add(self.legend.geometry())
        taken.add(self.zoom_box.geometry())
        if self.minimap.isVisibleTo(self):
            self.minimap.set_over(self._taken().touches(self.minimap.geometry()))
            taken.add(self.minimap.geometry())
        if self.banner.isVisibleTo(self):
            taken.add(self.banner.geometry())
        if self.paths_bar.isVisibleTo(self):
            self.paths_bar.move(_EDGE, _EDGE + (44 if self.banner.isVisibleTo(self) else 0))
            taken.add(self.paths_bar.geometry().adjusted(0, 0, 8, 8))
        return taken

    def _covered(self) -> list[QRectF]:
        """What lies over the canvas, in the scene: looked up once for each place that it has there."""
        where = self.view.viewportTransform()
        if self._over is None or self._over[0] != where:
            over: list[QWidget | None] = [self.legend, self.zoom_box, self.minimap, self.banner, self.paths_bar, self.heading]
            boxes = [QRectF(widget.geometry()) for widget in over if widget is not None and widget.isVisibleTo(self)]
            if self._search is not None and self._search[0].isVisibleTo(self):
                boxes.append(QRectF(self._search[2]()))
            back, _ = where.inverted()
            self._over = where, [back.mapRect(box) for box in boxes]
        return self._over[1]

    def _renew_covered(self) -> None:
        """Something over the canvas may have moved: texts of edges that it lies on go elsewhere."""
        self._over = None
        covered = self._covered()
        for edge in self._scene.edges.values():
            place = edge.text.place
            if place is not None and any(box.intersects(place) for box in covered):
                edge.update()

    def _place_search(self) -> QRect:
        """Below what says something of the graph, above the zoom box; what it covers."""
        if self._search is None:
            return QRect()
        bar, fit, area = self._search
        top = _EDGE + 44 * (self.banner.isVisibleTo(self) + self.paths_bar.isVisibleTo(self))
        fit(QRect(_EDGE, top, self.width() - 20 - _EDGE, self.zoom_box.y() - 8 - top))
        shown = bar.isVisibleTo(self)
        self.view.covered = area().bottom() + 1 if shown else 0
        return area().adjusted(-8, 0, 8, 8) if shown else QRect()

    def allow_minimap(self, allowed: bool) -> None:
        """Show the overview where the graph does not fit, or never."""
        self.minimap_allowed = allowed
        self.place_overlays()

    def _place_minimap(self) -> None:
        shown = self.minimap_allowed and needed(self._scene, self.view, self.rect())
        if shown:
            size = self.minimap.sizeHint()
            corner = QPoint(self.width() - 20 - size.width(), self.zoom_box.y() - 12 - size.height())
            if self.minimap.size() != size:
                self.minimap.renew()
            self.minimap.setGeometry(QRect(corner, size))
        elif self.minimap.hasFocus():
            self.view.setFocus()
        self.minimap.setVisible(shown)

    def _place_legend(self) -> None:
        """In its corner, on a ground of its own; hidden only where the panel is too narrow for it beside the zoom box."""
        size, top = self.legend.sizeHint(), self.height() - LEGEND_FOOT
        corner = QRect(QPoint(_CORNER.x() - PLATE, top), size)
        shown = bool(self.legend.entries) and corner.right() + 8 <= self.zoom_box.x()
        extent = self._scene.places.extent()
        on = shown and not extent.isEmpty() and self.view.mapFromScene(extent).boundingRect().bottom() > top
        self.legend.set_strip(_CORNER.x() if on else None)
        self.legend.setGeometry(QRect(0, top, self.width(), LEGEND_FOOT) if on else corner)
        self.legend.setVisible(shown)
        self.view.foot = LEGEND_FOOT if shown else 0

    def _free_spot(self, size: QSize, taken: ground.Ground, now: QPoint | None, corners: bool = False) -> QPoint | None:
        """Where a text of ``size`` covers nothing: top left or right, else where it stands, else along the edges of the canvas.

        Never in the middle of the graph: a formula there looks as if it belonged to the cards around it. ``corners``: at the
        top left or right only, as for what is worth no place among cards.
        """
        if size.isEmpty():
            return None
        area = self.rect().adjusted(16, 12, -16, -12)
        right, foot = area.right() - size.width() - 8, self.height() - LEGEND_FOOT - 8 - size.height()
        top = [QPoint(x, _CORNER.y()) for x in range(_CORNER.x(), right, 20)]
        bottom = [QPoint(x, foot) for x in range(_CORNER.x(), right, 20)]
        spots = [_CORNER, QPoint(right, _CORNER.y()), *([now] if now in top or now in bottom else []), *top, *bottom]
        spots = spots[:2] if corners else spots
        rects = (QRect(spot, size) for spot in spots)
        return next((rect.topLeft() for rect in rects if area.contains(rect) and not taken.touches(rect)), None)

    def paint_later(self) -> None:
        """Paint what takes long in the next turn of the event loop: more may change before, and others have their turn."""
        if len(self._scene.cards) > MANY_TO_PAINT:
            self._veil.cover((self.view,))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.paint_later()
        with self.placing_once():
            self._fill()
            self._ground = None

    def _fill(self) -> None:
        """Give everything on the canvas the size of now."""
        self.view.setGeometry(self.rect())
        self.focus_frame.setGeometry(self.rect())
        if self.heading is not None:
            self.heading.fit(self.width() - 2 * _CORNER.x())
        box = self.zoom_box
        box.move(self.width() - 20 - box.width(), self.height() - 16 - box.height())
        self.banner.setGeometry(_EDGE, _EDGE, self.width() - 2 * _EDGE, 36)
        self.progress.move((self.width() - self.progress.width()) // 2, (self.height() - self.progress.height()) // 2)
        self.working.move((self.width() - self.working.width()) // 2, (self.height() - self.working.height()) // 2)
        if not self._scene.places.extent().isEmpty() and not self.view.user_zoomed:
            self._refit()
