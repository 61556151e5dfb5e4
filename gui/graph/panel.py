"""The graph panel: draws the recording's graph in the state at the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QClipboard, QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QVBoxLayout, QWidget

from engine.layout import MANY, Placement, plain_placement
from engine.recording import Graph, Recording
from gui.graph.canvas import Canvas
from gui.graph.card_item import CardItem
from gui.graph.describe import gradient_name, row_copy
from gui.graph.edge_item import EdgeItem
from gui.graph.metrics import detail
from gui.graph.opening import Opening, place_now
from gui.graph.overlays import legend_entries
from gui.graph.scene import GraphScene
from gui.layouts import LayoutClient
from gui.numbers import copy_text
from gui.session import Hover, Selection, Session
from gui.theme import ThemeManager
from gui.widgets.basic import PanelHeader

if TYPE_CHECKING:
    from gui.formula import FormulaHeading

Place = Callable[[Graph, Mapping[str, tuple[float, float]], Mapping[str, tuple[float, float]] | None], Placement]


def _motion() -> bool:
    return False


def _no_travel() -> int:
    return 0


def counts_text(graph: Graph) -> str:
    """``6 nodes · 5 edges``, and that big tensors are histograms if there are any."""
    nodes, edges = len(graph.cards), len(graph.edges)
    text = f"{nodes} {'node' if nodes == 1 else 'nodes'} · {edges} {'edge' if edges == 1 else 'edges'}"
    shapes = {card.shape for card in graph.cards}
    return f"{text} · big tensors as histograms" if any(prod(shape) != 1 for shape in shapes) else text


class GraphPanel(QWidget):
    """Title, canvas and context menus of the computation graph.

    Signals
    -------
    export_wanted()
        The user chose to export a picture of the graph.
    inspect_wanted()
        The user wants the selected card or edge inspected.
    overview_toggled(bool)
        The user wants the overview shown where the graph does not fit, or never.
    """

    export_wanted = Signal()
    inspect_wanted = Signal()
    overview_toggled = Signal(bool)

    def __init__(
        self,
        session: Session,
        theme: ThemeManager,
        layouts: LayoutClient | None = None,
        *,
        reduced_motion: Callable[[], bool] = _motion,
        place: Place = plain_placement,
        parent: QWidget | None = None,
    ) -> None:
        """``layouts`` improves on the placement that ``place`` gives at once; ``reduced_motion`` says whether cards may glide."""
        super().__init__(parent)
        self.session, self.theme = session, theme
        self._layouts = layouts
        self._place = place
        self._asked = -1
        self._first = True
        self._warm = False
        self._travel: Callable[[], int] = _no_travel
        self._reduced_motion = reduced_motion
        self._shown: tuple[Recording | None, int] = (None, 0)
        self.scene = GraphScene(theme, reduced_motion)
        self.canvas = Canvas(self.scene, theme)
        self.view = self.canvas.view
        self.header = PanelHeader("Computation graph", theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.canvas, 1)
        self.setAccessibleName("Computation graph")
        self.setFocusProxy(self.view)
        self.canvas.progress.still = reduced_motion()
        self.canvas.progress.set_text("starting PyTorch…")
        session.recording_changed.connect(self._recording_changed)
        session.cursor_changed.connect(self._cursor_changed)
        session.problem_changed.connect(self._problem_changed)
        session.busy_changed.connect(self._busy_changed)
        session.selection_changed.connect(self._selection_changed)
        session.reveal_wanted.connect(self._reveal)
        session.hover_changed.connect(self._hover_changed)
        self.scene.hovered.connect(self._hovered)
        session.guess_changed.connect(self._guess_changed)
        session.mode_changed.connect(self._mode_changed)
        theme.changed.connect(self._restyle)
        self.view.moved.connect(self._show_legend)
        self.view.chosen.connect(self._chosen)
        self.view.opened.connect(self.inspect_wanted)
        self.view.menu_wanted.connect(self._open_menu)
        self._opening = None if layouts is None else Opening(layouts, self)
        if layouts is not None and self._opening is not None:
            layouts.placed.connect(self._placed)
            self._opening.placed.connect(self._show_placement)
            self._opening.progress.connect(self._opening_progress)
            self.canvas.working.cancel.clicked.connect(self._opening.cancel)
        if session.recording is not None:
            self._recording_changed()

    def set_heading(self, heading: FormulaHeading) -> None:
        """Lay the typeset formula over the canvas; it follows the session by itself and stays the caller's to stop."""
        self.canvas.set_heading(heading)

    def set_travel(self, travel: Callable[[], int]) -> None:
        """``travel`` says how many ms a value takes along an edge when the cursor goes one moment on; 0: nothing moves."""
        self._travel = travel

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.scene.finish_motion()

    # The session -------------------------------------------------------------------------------------------------

    @Slot()
    def _recording_changed(self) -> None:
        session = self.session
        stale = session.stale
        if stale == self.canvas.banner.isHidden():
            self.canvas.banner.setVisible(stale)
            self.canvas.place_overlays()
        if session.recording is None or session.state is None:
            return
        self.canvas.progress.hide()
        graph = session.recording.graph
        arrange = self.scene.set_graph(graph)
        self.scene.set_stale(stale)
        self.header.set_note("" if stale else counts_text(graph))
        if arrange:
            self._arrange(graph)
        self._state_changed()
        self._selection_changed()
        self._hover_changed()

    def _arrange(self, graph: Graph) -> None:
        self._asked = -1
        if self._opening is not None:
            self._opening.stop()
            self.canvas.working.hide()
        if len(graph.cards) > MANY:
            self._arrange_many(graph)
            return
        sizes, before = self.scene.sizes(), self.scene.places()
        known = self._layouts.remembered(graph, sizes) if self._layouts is not None else None
        if known is not None:
            self._show_placement(known)
        else:
            self._show_placement(self._place(graph, sizes, before or None))
        if self._layouts is not None and known is None:
            self._asked = self._layouts.request(graph, sizes, before or None)

    def _arrange_many(self, graph: Graph) -> None:
        known = self._layouts.remembered(graph, {}) if self._layouts is not None else None
        if known is not None:
            self._show_placement(known)
        elif self._opening is None:
            self._show_placement(place_now(graph))
        else:
            self.canvas.working.show_share(len(graph.cards), 0.0)
            self.canvas.working.show()
            self._opening.start(graph)

    @Slot(float)
    def _opening_progress(self, share: float) -> None:
        if self.scene.graph is not None:
            self.canvas.working.show_share(len(self.scene.graph.cards), share)

    @Slot(int, object)
    def _placed(self, number: int, placement: Placement) -> None:
        if number == self._asked and self.scene.fits_graph(placement):
            self._show_placement(placement)

    @Slot(object)
    def _show_placement(self, placement: Placement) -> None:
        self.canvas.working.hide()
        if not self.scene.fits_graph(placement):
            return
        self.scene.arrange(placement)
        if self.scene.crowd is not None:
            self._state_changed()
            self._selection_changed()
        if self._first:
            self._first = False
            self.canvas.fit()
        else:
            self.canvas.fit_if_needed()

    @Slot()
    def _cursor_changed(self) -> None:
        """One moment on, things travel; any other move, and one with a mouse button held (scrubbing), shows the final state."""
        recording, cursor = self._shown
        onward = recording is self.session.recording and self.session.cursor == cursor + 1
        held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        far = detail(self.view.zoom) == "dot" and not self._reduced_motion()
        self._show_state(self._travel() if onward and not held and not far and self.isVisible() else None)

    @Slot()
    def _state_changed(self) -> None:
        self._show_state(None)

    def _show_state(self, travel_ms: int | None) -> None:
        """Show the session's state, the next after the one shown if ``travel_ms`` is given."""
        self._shown = (self.session.recording, self.session.cursor)
        if self.session.state is None:
            return
        if travel_ms is None:
            self.scene.set_state(self.session.state)
        else:
            self.scene.step_to(self.session.state, travel_ms)
        if self.canvas.minimap.isVisible():
            self.canvas.minimap.renew()
        self._show_legend()

    @Slot()
    def _show_legend(self) -> None:
        """Name the lines that are in view."""
        cards, edges = self.scene.seen()
        entries = legend_entries([item.state for item in cards], [item.state for item in edges])
        if entries != self.canvas.legend.entries:
            self.canvas.legend.set_entries(entries)
            self.canvas.place_overlays()

    @Slot()
    def engine_ready(self) -> None:
        """PyTorch is there: what the first graph waits for now is the program."""
        self._warm = True
        if self.session.recording is None and self.session.problem is None:
            self.canvas.progress.set_text("running the program…")

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if self._warm and self.session.recording is None and self.session.problem is None:
            self.canvas.progress.set_text("running the program…" if busy else "no graph yet", busy=busy)

    @Slot()
    def _problem_changed(self) -> None:
        if self.session.recording is None and self.session.problem is not None:
            self.canvas.progress.set_text("no graph yet", busy=False)

    @Slot()
    def _guess_changed(self) -> None:
        self.scene.mark_asked(self.session.asked)

    @Slot()
    def _selection_changed(self) -> None:
        selection = self.session.selection
        self.view.set_selected(selection.card, selection.edge)

    @Slot(str)
    def _reveal(self, card: str) -> None:
        if self.scene.has_card(card):
            self.view.focus_card(card)

    @Slot()
    def _hover_changed(self) -> None:
        self.scene.link(self.session.hovered.card, self.session.hovered.edge)

    @Slot(object, object)
    def _hovered(self, card: str | None, edge: str | None) -> None:
        self.session.hover(Hover(card, edge))

    @Slot(str)
    def _mode_changed(self, mode: str) -> None:
        self.view.user_zoomed = False
        self._first = True

    @Slot()
    def _restyle(self) -> None:
        self.scene.update()
        self.view.viewport().update()

    @Slot(object, object)
    def _chosen(self, card: str | None, edge: str | None) -> None:
        self.session.select(Selection(card=card, edge=edge))

    def _inspect(self, card: str | None, edge: str | None) -> None:
        self._chosen(card, edge)
        self.inspect_wanted.emit()

    # Zoom, for the actions of the window -------------------------------------------------------------------------

    @Slot()
    def fit(self) -> None:
        self.canvas.fit()

    @Slot()
    def zoom_in(self) -> None:
        self.canvas.zoom_in()

    @Slot()
    def zoom_out(self) -> None:
        self.canvas.zoom_out()

    @Slot()
    def zoom_reset(self) -> None:
        self.canvas.zoom_reset()

    # Menus and the clipboard -------------------------------------------------------------------------------------

    def menu_for(self, item: CardItem | EdgeItem | None) -> QMenu:
        """The context menu of a card, an edge or the canvas."""
        menu = QMenu(self)
        if isinstance(item, CardItem):
            for title, row in (("Copy value", item.state.value), (f"Copy {gradient_name(item.card)}", item.state.gradient)):
                self._add_copy(menu, title, row_copy(row))
            card_id = item.card.id
            menu.addAction("Show in code").triggered.connect(lambda: self._chosen(card_id, None))
            menu.addAction("Inspect").triggered.connect(lambda: self._inspect(card_id, None))
            menu.addSeparator()
        elif isinstance(item, EdgeItem):
            sent = item.state.contribution
            self._add_copy(menu, "Copy contribution", copy_text(sent) if sent is not None else None)
            edge_id = item.edge.id
            menu.addAction("Inspect").triggered.connect(lambda: self._inspect(None, edge_id))
            menu.addSeparator()
        copy = menu.addAction("Copy picture of graph")
        copy.triggered.connect(self.copy_picture)
        export = menu.addAction("Export picture…")
        export.triggered.connect(self.export_wanted)
        for action in (copy, export):
            action.setEnabled(bool(self.scene.cards))
        if not isinstance(item, EdgeItem):
            menu.addSeparator()
            menu.addAction("Fit").triggered.connect(self.fit)
            menu.addAction("100 %").triggered.connect(self.zoom_reset)
            overview = menu.addAction("Overview")
            overview.setCheckable(True)
            overview.setChecked(self.canvas.minimap_allowed)
            overview.toggled.connect(self._toggle_overview)
        return menu

    @Slot(bool)
    def _toggle_overview(self, shown: bool) -> None:
        self.canvas.allow_minimap(shown)
        self.overview_toggled.emit(shown)

    def _add_copy(self, menu: QMenu, title: str, text: str | None) -> None:
        action = menu.addAction(title)
        action.setEnabled(text is not None)
        if text is not None:
            action.triggered.connect(lambda: QGuiApplication.clipboard().setText(text, QClipboard.Mode.Clipboard))

    @Slot(object, object)
    def _open_menu(self, item: CardItem | EdgeItem | None, where: QPoint) -> None:
        menu = self.menu_for(item)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    @Slot()
    def copy_picture(self) -> None:
        """Put a picture of the graph on the clipboard."""
        from gui.export import copy_picture

        copy_picture(self)

    @Slot()
    def export_picture(self) -> None:
        """Ask for a file and write a picture of the graph to it; say so if that failed."""
        from gui.export import export_picture

        name, _ = QFileDialog.getSaveFileName(self, "Export picture", "graph.svg", "SVG picture (*.svg);;PNG picture (*.png)")
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.svg")
        try:
            export_picture(self, path)
        except OSError as error:
            QMessageBox.warning(self, "The picture was not written", str(error))
