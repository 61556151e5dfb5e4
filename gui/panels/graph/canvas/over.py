"""What lies over the canvas, the lowest first: legend, zoom box, banner, signs of work, overview; later formula and search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QWidget

from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.minimap import Minimap
from gui.panels.graph.canvas.overlays import Banner, Legend, Progress, ZoomBox
from gui.panels.graph.canvas.way_back import WayBack
from gui.panels.graph.canvas.working import Working
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.view import GraphView

if TYPE_CHECKING:
    from gui.panels.graph.formula.heading import FormulaHeading


@dataclass(frozen=True)
class SearchBar:
    """The search over the top of the canvas: ``fit`` tells it where it may be, ``area`` is what it takes of that."""

    widget: QWidget
    fit: Callable[[QRect], None]
    area: Callable[[], QRect]


class Over:
    """The widgets that lie over one ``canvas``, all of them its children."""

    def __init__(self, canvas: QWidget, view: GraphView, scene: GraphScene, theme: ThemeManager) -> None:
        self._canvas = canvas
        self.legend = Legend(theme, canvas)
        self.zoom_box = ZoomBox(theme, canvas)
        self.banner = Banner("showing the last valid graph", theme, canvas)
        self.progress = Progress(theme, canvas)
        self.working = Working(theme, canvas)
        self.paths_bar = WayBack(theme, canvas, "Show all", "Show the whole graph again")
        self.elsewhere = WayBack(theme, canvas, "Follow", "Bring what runs into view, and keep it there")
        self.minimap = Minimap(scene, view, theme, canvas)
        self.heading: FormulaHeading | None = None
        self.search: SearchBar | None = None
        self.banner.hide()

    def is_shown(self, widget: QWidget) -> bool:
        """Whether it is shown, or will be once the canvas is."""
        return widget.isVisibleTo(self._canvas)

    def bars(self) -> tuple[QWidget, ...]:
        """What stands at the top left, each below the one before."""
        return self.banner, self.paths_bar, self.elsewhere

    def boxes(self) -> list[QRectF]:
        """What covers the canvas, except what stands in its middle while there is no graph."""
        over: list[QWidget | None] = [self.legend, self.zoom_box, self.minimap, *self.bars(), self.heading]
        boxes = [QRectF(widget.geometry()) for widget in over if widget is not None and self.is_shown(widget)]
        if self.search is not None and self.is_shown(self.search.widget):
            boxes.append(QRectF(self.search.area()))
        return boxes
