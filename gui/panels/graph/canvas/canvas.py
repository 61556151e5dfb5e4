"""The graph's canvas: the view, what lies over it, and a sign in its middle while there is no graph yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.arrangement import CORNER, EDGE, Arrangement
from gui.panels.graph.canvas.fitting import MANY_TO_PAINT, Fitting
from gui.panels.graph.canvas.focus_frame import FocusFrame
from gui.panels.graph.canvas.over import Over, SearchBar
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.view import GraphView
from gui.widgets import Veil

if TYPE_CHECKING:
    from gui.panels.graph.formula.heading import FormulaHeading
    from gui.panels.graph.scene.frames import Frames


class Canvas(QWidget):
    """Puts together a GraphView, the ``arrangement`` of what lies over it, and the ``fitting`` of the graph between that."""

    def __init__(self, scene: GraphScene, theme: ThemeManager) -> None:
        super().__init__()
        self.view = GraphView(scene, theme)
        self.view.setParent(self)
        self.view.setWhatsThis(
            "→ and ← walk through the operations, Tab goes from card to card, Alt with an arrow key follows the edges"
        )
        self.over = Over(self, self.view, scene, theme)
        self.arrangement = Arrangement(self, self.view, scene, self.over)
        self.fitting = Fitting(self.view, scene, self.over, self.arrangement, theme)
        self.focus_frame = FocusFrame(theme, self)
        self._veil = Veil(self)
        self._scene, self._theme = scene, theme
        self._font_scale = theme.scale
        self.view.walk.focus_shown.connect(self.focus_frame.setVisible)
        box, camera = self.over.zoom_box, self.view.camera
        box.out.clicked.connect(self.fitting.zoom_out)
        box.into.clicked.connect(self.fitting.zoom_in)
        box.fit.clicked.connect(self.fitting.fit_whole)
        self.over.minimap.wanted.connect(camera.centre_on)
        self.over.minimap.wanted.connect(camera.taken)
        camera.zoomed.connect(box.set_zoom)
        camera.moved.connect(self.arrangement.ground_moved)
        scene.texts.covered = self.arrangement.covered
        theme.changed.connect(self._restyled)
        scene.arranged.connect(self._arranged)

    def clear(self) -> None:
        """Take the graph away: what is shown now has none yet."""
        self._scene.clear_items()
        self.over.legend.set_entries(())
        self.over.progress.set_text("no graph yet", busy=False)

    def set_heading(self, heading: FormulaHeading) -> None:
        """Show ``heading`` over the canvas, top left or where there is room."""
        self.over.heading = heading
        heading.setParent(self)
        heading.fit(self.width() - 2 * CORNER.x())
        heading.resized.connect(self._heading_resized)
        self.fitting.fit_if_needed()

    def set_frames(self, frames: Frames) -> None:
        """Texts keep off the frames of modules, whose signs can be pressed."""
        self.arrangement.frames = frames
        self.view.set_frames(frames)
        frames.changed.connect(self.arrangement.ground_moved)

    def set_search(self, bar: QWidget, fit: Callable[[QRect], None], area: Callable[[], QRect]) -> None:
        """Lay ``bar`` over the top of the canvas: ``fit`` tells it where; texts and cards keep clear of its ``area``."""
        bar.setParent(self)
        bar.hide()
        self.over.search = SearchBar(bar, fit, area)
        self.arrangement.place()

    @Slot()
    def _restyled(self) -> None:
        if self._font_scale != self._theme.scale:
            self._font_scale = self._theme.scale
            self.fitting.forget_room()

    @Slot()
    def _heading_resized(self) -> None:
        self.fitting.make_room()
        self.arrangement.place()

    @Slot()
    def _arranged(self) -> None:
        self.view.viewport().update()  # what glided while the view was panned leaves no traces
        self.over.minimap.renew()
        self.arrangement.ground_moved()

    def paint_later(self) -> None:
        """Put off slow painting to the next turn of the event loop: more may change before that, and others get their turn."""
        if len(self._scene.cards) > MANY_TO_PAINT:
            self._veil.cover((self.view,))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.paint_later()
        with self.arrangement.placing_once():
            self._fill()
            self.arrangement.forget_ground()

    def _fill(self) -> None:
        """Fit everything on the canvas to its present size."""
        over, wide, high = self.over, self.width(), self.height()
        self.view.setGeometry(self.rect())
        self.focus_frame.setGeometry(self.rect())
        if over.heading is not None:
            over.heading.fit(wide - 2 * CORNER.x())
        over.zoom_box.move(wide - 20 - over.zoom_box.width(), high - 16 - over.zoom_box.height())
        over.banner.setGeometry(EDGE, EDGE, wide - 2 * EDGE, 36)
        for sign in (over.progress, over.working):
            sign.move((wide - sign.width()) // 2, (high - sign.height()) // 2)
        if not self._scene.places.extent().isEmpty():
            self.fitting.show_again()
