"""How much of the graph the canvas shows: the whole if it can be read, else where it begins; and what stays in view later."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from engine.layout.nesting import FRAME_HEAD
from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.arrangement import CORNER, LEGEND_FOOT, Arrangement
from gui.panels.graph.canvas.over import Over
from gui.panels.graph.metrics import LEAST_READABLE, READABLE, detail
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.unfolded import Unfolded
from gui.panels.graph.view.view import ZOOM_STEP, GraphView

_SIDE, _FOOT = 12, 56
MANY_TO_PAINT = 24
"""More cards than this take so long to paint that painting may wait a moment."""


def _as_readable(zoom: float, most: float) -> bool:
    """Whether ``zoom`` shows as much as the larger ``most``: where cards are small, nearly all of their size counts."""
    return detail(zoom) == detail(most) and (zoom >= LEAST_READABLE or zoom >= 0.97 * most)


class Fitting(QObject):
    """Tells the camera of one view what to show.

    Signals
    -------
    fitted()
        The whole graph is in view.
    start_shown()
        The beginning of the graph is in view, not the whole.
    """

    fitted = Signal()
    start_shown = Signal()

    def __init__(self, view: GraphView, scene: GraphScene, over: Over, arrangement: Arrangement, theme: ThemeManager) -> None:
        super().__init__(view)
        self._view, self._scene, self._theme = view, scene, theme
        self._over, self._arrangement = over, arrangement
        self._camera = view.camera
        self._head_height = 0
        self._outline: tuple[object, ...] | None = None
        """The outline of the formula when room was last made for it."""
        self._at_start = False
        """Whether the beginning of the graph is shown; it is until the person looks elsewhere."""
        self._near: str | None = None
        """The card whose height decides which part of a tall graph that is."""
        self._readable = False
        """Whether the start is shown of a graph that would be all dots as a whole, until the person asks for the whole."""
        self._unfolded = Unfolded(view, scene)

    @Slot()
    def make_room(self) -> None:
        """Make room for a formula of another height; one whose numbers only became longer (a slider moves) moves no card."""
        heading = self._over.heading
        tall, outline = self._arrangement.heading_size().height(), None if heading is None else heading.outline
        dragging = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if tall != self._head_height and outline != self._outline and not dragging:
            self._head_height = tall
            self.show_again()
        self._outline = outline

    def forget_room(self) -> None:
        """Look for the formula's room anew, so that one size of the window and of its font has one layout."""
        self._head_height, self._outline = 0, None
        if not self._scene.places.extent().isEmpty():
            self.show_again()

    def show_again(self) -> None:
        """The room for the graph has changed: fit what is shown to it, unless the person chose the view."""
        if not self._camera.user_zoomed:
            self._refit()

    @Slot()
    def zoom_in(self) -> None:
        self._camera.user_zoomed = True
        self._camera.zoom_to(self._camera.zoom * ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        self._camera.user_zoomed = True
        self._camera.zoom_to(self._camera.zoom / ZOOM_STEP)

    @Slot()
    def zoom_reset(self) -> None:
        """Zoom to 100 %."""
        self._camera.user_zoomed = True
        self._camera.zoom_to(1.0)

    def show_first(self, near: str | None) -> None:
        """Show a graph that is new here: the whole, or its start where the whole would be too small to read."""
        self._near, self._readable, self._at_start = near, True, False
        self._refit()

    @Slot()
    def fit_whole(self) -> None:
        """The person asks for the whole graph, however small that makes it."""
        self._readable = False
        self.fit()

    def fit(self) -> None:
        """Show the whole graph, at the size of the font if it fits, with room for formula and legend if that costs no detail, and
        nothing that could be read."""
        extent = self._scene.places.whole()
        whole = QRectF(self._view.viewport().rect())
        if extent.isEmpty() or whole.width() < 60 or whole.height() < 60:
            return
        areas = [whole.adjusted(_SIDE, top, -_SIDE, -foot) for top, foot in ((20, _FOOT), (16, LEGEND_FOOT + 4))]
        if (tall := self._heading_room()) > 0:
            areas.insert(0, whole.adjusted(_SIDE, CORNER.y() + tall + 16, -_SIDE, -_FOOT))
        areas.append(whole.adjusted(_SIDE, _SIDE, -self._arrangement.foot_width(), -_SIDE))
        most_wanted = self._wanted_zoom()
        zooms = [min(most_wanted, area.width() / extent.width(), area.height() / extent.height()) for area in areas]
        most = max(zooms[:-1]) if max(zooms[:-1]) >= LEAST_READABLE else max(zooms)
        chosen = next(index for index, zoom in enumerate(zooms) if _as_readable(zoom, most))
        zoom = max(self._camera.least_zoom(), zooms[chosen])
        self._at_start = False
        with self._arrangement.placing_once():
            if not (areas[chosen].top() <= 20 and self._fit_beside_heading(extent, zoom, areas[-3])):
                self._place(extent, zoom, areas[chosen])
        self._camera.user_zoomed = False
        self.fitted.emit()

    def _heading_room(self) -> int:
        """Px above the graph that a formula is worth: a note that there is none takes what is free, no more."""
        heading = self._over.heading
        return 0 if heading is None or heading.only_note else self._arrangement.heading_size().height()

    def _place(self, extent: QRectF, zoom: float, area: QRectF, *, low: bool = False) -> None:
        """Show ``extent`` in the middle of the canvas, if that is within ``area``; ``low`` at the foot of ``area``."""
        whole, box = QRectF(self._view.viewport().rect()), QRectF(0, 0, extent.width() * zoom, extent.height() * zoom)
        box.moveCenter(whole.center())
        middle = whole if area.contains(box) else area
        if low:
            middle = area.adjusted(0, area.height() - box.height(), 0, 0)
        self._camera.place(extent, zoom, middle)

    def _fit_beside_heading(self, extent: QRectF, zoom: float, area: QRectF) -> bool:
        """If no room is left above, make the graph a little smaller, if that costs no detail, so that the formula fits beside it.
        A formula without its derivatives is better than none. False if there is no place, or nothing to place.
        """
        if self._heading_room() <= 0 or len(self._scene.cards) > MANY_TO_PAINT or self._scene.crowd is not None:
            return False
        most = min(zoom, area.width() / extent.width(), area.height() / extent.height())
        smaller = [most * (1 - 0.03 * step) for step in range(8)]
        tries = [(brief, one) for brief, one in [*((False, one) for one in smaller), (True, most)] if _as_readable(one, zoom)]
        for brief, one in tries:
            for low in (False, True):
                self._place(extent, one, area, low=low)
                if self._arrangement.heading_fits(brief):
                    return True
        return False

    def show_start(self, near: str | None = None) -> None:
        """Show where the graph begins, so large that its cards can be read.

        Of a tall graph it shows the height of card ``near``, or the nearest height at which the graph has its beginning.
        """
        extent, whole = self._scene.places.extent(), QRectF(self._view.viewport().rect())
        beside = extent.width() * READABLE + 2 * _SIDE + self._arrangement.foot_width() <= whole.width()
        port = whole if beside else whole.adjusted(0, 0, 0, _SIDE - LEGEND_FOOT)
        zoom = READABLE
        if near is not None and self._scene.has_card(near):
            # What ran last, and where the graph begins, in one view, where that only takes smaller cards.
            both = (port.width() - 5 * _SIDE) / max(1.0, self._scene.places.box(near).right() - extent.left())
            zoom = both if LEAST_READABLE <= both < READABLE else READABLE
        high = (port.height() - 2 * _SIDE) / max(1.0, extent.height())
        zoom = high if LEAST_READABLE <= high < zoom else zoom
        self._camera.zoom_to(zoom)
        half, middle = port.height() / zoom / 2 - 2 * _SIDE, extent.center().y()
        if extent.height() > 2 * half:
            if near is not None and self._scene.has_card(near):
                middle = self._scene.places.goal(near).y() + self._scene.places.frame(near).height() / 2
            start = QRectF(extent.topLeft(), QSizeF(port.width() / zoom / 2, extent.height()))
            beginning = min(self._scene.places.heights(start), key=lambda height: abs(height - middle), default=middle)
            if abs(beginning - middle) > half:
                middle = beginning
            card = self._scene.places.box(near).height() if near is not None and self._scene.has_card(near) else 0.0
            if middle + card / 2 <= extent.top() + 2 * half:
                middle = extent.top()  # the first row has its names in view as long as that costs nothing else
            heads = FRAME_HEAD * self._scene.places.framed_depth()
            middle = min(max(middle, extent.top() - heads + half), max(extent.bottom() - half, extent.top() - heads + half))
        self._camera.hold(QPointF(extent.left(), middle), QPoint(2 * _SIDE, round(port.center().y())))
        self._camera.user_zoomed = False
        self._at_start, self._near = True, near

    def come_near(self, card: str | None) -> None:
        """Where cards are too small to be read, zoom in on ``card``."""
        if card is not None and self._camera.zoom < LEAST_READABLE:
            self._camera.zoom_to(READABLE)
            box = self._scene.places.box(card)
            self._camera.centre_on(box.center())

    def _refit(self) -> None:
        """Show again what is shown, the whole or the start, in another place."""
        if not self._at_start:
            self.fit()
        if self._at_start or (self._readable and self._camera.zoom < LEAST_READABLE):
            self.show_start(self._near)
            self.start_shown.emit()

    def fit_if_needed(self, held: tuple[str, QPoint] | None = None, folded: bool = False) -> None:
        """After a change of structure: fit unless everything is in view; a zoom that the user chose stays while it shows any
        card.

        ``held`` is a card and where on screen it was: it stays there if the zoom stays, or if fitting would cost detail; what
        was ``folded`` may leave room in which the rest is read better.
        """
        self._head_height = self._arrangement.heading_size().height()
        whole = self._whole_zoom()
        costs = detail(whole) != detail(self._camera.zoom) and not (folded and whole > self._camera.zoom)
        if held is not None and (self._camera.user_zoomed or costs):
            self._camera.hold(self._scene.places.goal(held[0]), held[1])
            self._arrangement.ground_moved()
            return
        if folded and not self._camera.user_zoomed and whole > self._camera.zoom:
            self._at_start = False  # now the whole can be read
        shown = self._view.mapFromScene(self._scene.places.whole()).boundingRect()
        area = self._view.viewport().rect()
        if self._camera.user_zoomed:
            if not area.intersects(shown):
                self._refit()
        elif self._at_start or not area.adjusted(8, 8, -8, -8).contains(shown) or self._camera.zoom < 0.999:
            self._refit()
        self._arrangement.ground_moved()

    def renew(self) -> None:
        """Another recording of the same structure: what was shown whole is shown whole again, if it was left meanwhile."""
        shown = self._view.mapFromScene(self._scene.places.whole()).boundingRect()
        if not (self._camera.user_zoomed or self._at_start or self._view.viewport().rect().contains(shown)):
            self._refit()

    def another(self) -> None:
        """Another graph follows: that the whole was asked for was about the one before."""
        self._readable, self._at_start = True, False

    def bring_into_view(self, cards: list[str], depths: tuple[int, int], coming: list[str]) -> None:
        """Show the cards of a module that was just unfolded, or the card that it is folded into, whole, with the ``coming`` ones
        if these can be read beside them; see ``Unfolded``."""
        room = QRectF(self._view.viewport().rect()).adjusted(_SIDE, _SIDE + self._view.reveal.covered, -_SIDE, -LEGEND_FOOT)
        self._unfolded.bring(cards, depths, room, coming)

    def _whole_zoom(self) -> float:
        """The zoom at which the whole graph is seen."""
        extent, port = self._scene.places.whole(), self._view.viewport().rect()
        return min(self._wanted_zoom(), port.width() / max(1.0, extent.width()), port.height() / max(1.0, extent.height()))

    def _wanted_zoom(self) -> float:
        """The zoom of a graph that has room for it: that at which its texts are as large as those beside it."""
        return max(1.0, self._theme.scale)
