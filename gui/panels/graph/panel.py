"""The graph panel: draws the recording's graph in the state at the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from engine.layout.placements import Placement, plain_placement
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.canvas.overlays import legend_entries
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import counts_text
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.head import GraphHead
from gui.panels.graph.menus import GraphMenu
from gui.panels.graph.metrics import detail
from gui.panels.graph.placer import Place, Placer
from gui.panels.graph.scene.frames import Frames
from gui.panels.graph.scene.scene import GraphScene
from gui.session.selection import Hover, Selection
from gui.session.session import Session
from gui.session.subject import Subject
from gui.work.layouts import LayoutClient

if TYPE_CHECKING:
    from gui.panels.graph.formula.heading import FormulaHeading

BEGIN = "Type a program, or choose a preset"
"""What stands where an empty program's graph would be."""


def _motion() -> bool:
    return False


def _no_travel() -> int:
    return 0


class GraphPanel(QWidget):
    """Title, canvas and context menus of the computation graph.

    Signals
    -------
    placed()
        The cards stand in other places, and in the view that is first shown of them.
    export_wanted()
        The user chose to export a picture of the graph.
    copy_wanted()
        The user wants a picture of the graph on the clipboard.
    inspect_wanted()
        The user wants the selected card or edge inspected.
    overview_toggled(bool)
        The user wants the overview shown where the graph does not fit, or never.
    """

    placed = Signal()
    export_wanted = Signal()
    copy_wanted = Signal()
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
        self._held: tuple[str, QPoint | None] | None = None
        """The card that stays in its place when others come or go, and where that is; None: where it is by now."""
        self._wanted: str | None = None
        self._first = True
        self._about: Subject | None = None
        self._warm = False
        self._travel: Callable[[], int] = _no_travel
        self._reduced_motion = reduced_motion
        self._shown: tuple[Recording | None, int] = (None, 0)
        self.scene = GraphScene(theme, reduced_motion)
        self.canvas = Canvas(self.scene, theme)
        self.view = self.canvas.view
        self.frames = Frames(self.scene, session, theme, self)
        self.canvas.set_frames(self.frames)
        self.header = GraphHead(session, theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.canvas, 1)
        self.setAccessibleName("Computation graph")
        self.setFocusProxy(self.view)
        self.canvas.over.progress.still = reduced_motion()
        self.canvas.over.progress.set_text("starting PyTorch…")
        session.recording_changed.connect(self._recording_changed)
        session.shown.changed.connect(self._view_changed)
        session.cursor_changed.connect(self._cursor_changed)
        session.problem_changed.connect(self._problem_changed)
        session.busy_changed.connect(self._busy_changed)
        session.pointed.selection_changed.connect(self._selection_changed)
        session.pointed.reveal_wanted.connect(self._reveal)
        session.pointed.hover_changed.connect(self._hover_changed)
        self.scene.hovered.connect(self._hovered)
        session.guess_changed.connect(self._guess_changed)
        theme.changed.connect(self._restyle)
        self.view.camera.moved.connect(self._show_legend)
        self.view.chosen.connect(self.choose)
        self.view.opened.connect(self._opened)
        self.view.arrival_wanted.connect(session.shown.go_to_arrival)
        self.view.fold_wanted.connect(session.shown.turn)
        self.frames.fold_wanted.connect(session.shown.fold)
        self.canvas.over.paths_bar.back.clicked.connect(session.shown.show_whole)
        self.view.menu_wanted.connect(self._open_menu)
        self._placer = Placer(self.scene, self.canvas.over.working, layouts, place, self)
        self.canvas.fitting.start_shown.connect(self._go_on)
        self._placer.placed.connect(self._show_placement)
        if session.recording is not None:
            self._recording_changed()

    def set_heading(self, heading: FormulaHeading) -> None:
        """Lay the typeset formula over the canvas; it follows the session by itself and stays the caller's to stop."""
        self.canvas.set_heading(heading)

    def set_folded(self, folded: bool) -> None:
        """Be no more than a head that says the formula, or the whole panel again."""
        self.canvas.setVisible(not folded)
        self.header.set_folded(folded)

    def set_travel(self, travel: Callable[[], int]) -> None:
        """``travel`` says how many ms a value takes along an edge when the cursor goes one moment on; 0: nothing moves."""
        self._travel = travel

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.scene.finish_motion()

    # The session -------------------------------------------------------------------------------------------------

    @Slot()
    def _recording_changed(self) -> None:
        session, self._wanted = self.session, None
        with self.canvas.arrangement.placing_once():
            stale = session.stale
            if stale == self.canvas.over.banner.isHidden():
                self.canvas.over.banner.setVisible(stale)
            shown = session.shown.view
            if session.recording is None or shown is None:
                if self.scene.graph is not None:
                    self.scene.graph = None
                    self.canvas.clear()
                    self.header.set_note("")
                return
            if session.recording.text.strip() or shown.graph.cards:
                self.canvas.over.progress.hide()
            else:
                self.canvas.over.progress.set_text(BEGIN, busy=False)
            about = session.subject
            if about != self._about:
                # What is shown next has nothing to do with what was shown.
                self._about, self._first, self.view.camera.user_zoomed, self._held = about, True, False, None
                self.view.walk.forget()
            graph = shown.graph
            self._show_paths()
            arrange = self.scene.set_graph(graph)
            self.frames.follow(arrange)
            self.scene.set_stale(stale)
            self.header.set_note("" if stale else counts_text(graph, len(session.recording.graph.cards)))
            if arrange and self._first and session.subject.recorded_elsewhere:
                self._placer.arrange_soon(graph)
            elif arrange:
                self._placer.arrange(graph)
            self._state_changed()
            self._selection_changed()
            self._hover_changed()

    @Slot()
    def _view_changed(self) -> None:
        """Another part of the same recording: the card that it is about stays in its place."""
        pivot = self.session.shown.pivot
        self._held = None if pivot is None else self._place_of(*pivot)
        self._recording_changed()
        if pivot is not None and self.view.walk.focused is not None and not self.scene.has_card(self.view.walk.focused):
            self.view.walk.go_to(pivot[1], announce=False)  # the keyboard goes on from what stands in its place
        if self._held is not None and not self.canvas.over.working.isVisibleTo(self):
            self._held = self._held[0], None

    def _place_of(self, card: str, later: str) -> tuple[str, QPoint] | None:
        """Where on screen ``card`` is, for what will be ``later`` in its place."""
        return (later, self.view.mapFromScene(self.scene.places.frame(card).topLeft())) if self.scene.has_card(card) else None

    def _show_paths(self) -> None:
        """Say which part of the graph is shown, if it is only a part."""
        paths, view = self.session.shown.paths, self.session.shown.view
        card = None if view is None or paths is None or not view.narrow else view.card(paths.card)
        self.canvas.over.paths_bar.setVisible(card is not None)
        if view is not None and paths is not None and card is not None:
            name = next(item.mathematics.to_plain() for item in view.graph.cards if item.id == card)
            ways = {(True, True): "paths through", (True, False): "what leads to", (False, True): "what comes of"}
            self.canvas.over.paths_bar.show_text(f"only {ways.get((paths.to, paths.onward), 'the card')} {name}")
        self.canvas.arrangement.place()

    @Slot(object)
    def _show_placement(self, placement: Placement) -> None:
        with self.canvas.arrangement.placing_once():
            card, at = self._held or (None, None)
            held = None if card is None else (card, at) if at is not None else self._place_of(card, card)
            self.frames.clear()
            self.canvas.paint_later()
            self.scene.arrange(placement)
            if self.scene.crowd is not None:
                self._state_changed()
                self._selection_changed()
            if self._first:
                self._first = False
                self.scene.finish_motion()  # cards of another program that are called the same do not glide to where these are
                self.canvas.fitting.show_first(
                    next(iter(self._moving()), None) or self.session.shown.newest(), self._from_script()
                )
            else:
                self.canvas.fitting.fit_if_needed(held)
                if held is not None:
                    shown, call = self.session.shown, self.session.shown.unfolded
                    self.canvas.fitting.bring_into_view([held[0]] if call is None else shown.cards_of(call), shown.depths(call))
            self._go_to_wanted()
        self.placed.emit()

    def _from_script(self) -> bool:
        """Whether what is shown was opened, or has modules: it is then shown from where it begins, not as a whole."""
        recording = self.session.recording
        return recording is not None and (self.session.subject.recorded_elsewhere or bool(recording.calls))

    @Slot()
    def _cursor_changed(self) -> None:
        """One moment on, things travel; any other move, and one with a mouse button held (scrubbing), shows the final state."""
        recording, cursor = self._shown
        onward = recording is self.session.recording and self.session.cursor == cursor + 1
        held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        far = detail(self.view.camera.zoom) == "dot" and not self._reduced_motion()
        self._follow()
        self._show_state(self._travel() if onward and not held and not far and self.isVisible() else None)

    def _moving(self) -> list[str]:
        """The shown cards that move at this moment; before the first, those that will move first."""
        state, view, recording = self.session.shown.state, self.session.shown.view, self.session.recording
        if state is None:
            return []
        touched = list(state.touched)
        if not touched and state.cursor == 0 and view is not None and recording is not None and recording.end:
            touched = [shown for card in recording.state(1).touched if (shown := view.card(card)) is not None]
        return [card for card in touched if self.scene.has_card(card)]

    @Slot()
    def _follow(self) -> None:
        """Of a graph that is not all in view, show whole what moves."""
        self.view.reveal.cards(self._moving())

    @Slot()
    def _go_on(self) -> None:
        """Where the graph begins is in view: go on to what moves if it is cut off or next to that, unless a module unfolds."""
        seen = self.view.camera.seen()
        near = seen.adjusted(0, 0, seen.width(), 0)
        if self._held is None:
            self.view.reveal.cards([card for card in self._moving() if near.intersects(self.scene.places.frame(card))])

    @Slot()
    def _state_changed(self) -> None:
        self._show_state(None)

    def _show_state(self, travel_ms: int | None) -> None:
        """Show the session's state, the next after the one shown if ``travel_ms`` is given."""
        self._shown = (self.session.recording, self.session.cursor)
        state = self.session.shown.state
        if state is None:
            return
        if travel_ms is None:
            self.scene.set_state(state)
        else:
            self.scene.step_to(state, travel_ms)
        if self.canvas.over.minimap.isVisible():
            self.canvas.over.minimap.renew()
        self._show_legend()

    @Slot()
    def _show_legend(self) -> None:
        """Name the lines that are in view."""
        cards, edges = self.scene.in_view.items()
        entries = legend_entries([item.state for item in cards], [item.state for item in edges])
        if entries != self.canvas.over.legend.entries:
            self.canvas.over.legend.set_entries(entries)
            self.canvas.arrangement.place()

    @Slot()
    def engine_ready(self) -> None:
        """PyTorch is there: what the first graph waits for now is the program."""
        self._warm = True
        self._busy_changed(True)

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if self._warm and self.session.recording is None and self.session.problem is None:
            self.canvas.over.progress.set_text("running the program…" if busy else "no graph yet", busy=busy)

    @Slot()
    def _problem_changed(self) -> None:
        if self.session.recording is None and self.session.problem is not None:
            self.canvas.over.progress.set_text("no graph yet", busy=False)

    @Slot()
    def _guess_changed(self) -> None:
        view, asked = self.session.shown.view, self.session.asked
        self.scene.marks.ask(None if view is None else view.card(asked) or view.edge(asked))

    @Slot()
    def _selection_changed(self) -> None:
        view, selection = self.session.shown.view, self.session.pointed.selection
        if view is not None:
            self.view.walk.set_selected(view.card(selection.card), view.edge(selection.edge))

    @Slot(str)
    def _reveal(self, card: str) -> None:
        self._wanted = self.session.shown.reveal(card)
        self.view.walk.go_to(None)
        self._go_to_wanted()

    def _go_to_wanted(self) -> None:
        """Bring the card that was asked for into view, once it is placed, and again where a better placement moves it."""
        if self._wanted is not None and self.scene.has_card(self._wanted):
            self.canvas.fitting.come_near(self._wanted)
            if self.view.walk.focused == self._wanted:
                self.view.reveal.card(self._wanted)
            else:
                self.view.walk.go_to(self._wanted)

    @Slot()
    def _hover_changed(self) -> None:
        view, hovered = self.session.shown.view, self.session.pointed.hovered
        if view is not None:
            self.scene.marks.link(view.card(hovered.card), view.edge(hovered.edge))

    @Slot(object, object)
    def _hovered(self, card: str | None, edge: str | None) -> None:
        view = self.session.shown.view
        bundle = view.bundles.get(edge or "") if view is not None else None
        self.session.pointed.hover(Hover(card, edge if bundle is None else bundle.edges[0]))

    @Slot()
    def _restyle(self) -> None:
        self.scene.update()
        self.view.viewport().update()

    @Slot(object, object)
    def choose(self, card: str | None, edge: str | None) -> None:
        """Select a card or an edge that is drawn, or nothing."""
        self.session.pointed.select(Selection(card=card, edge=edge))

    def inspect(self, card: str | None, edge: str | None) -> None:
        """Select a card or an edge that is drawn, and show all that is known of it."""
        self.choose(card, edge)
        self.inspect_wanted.emit()

    @Slot()
    def _opened(self) -> None:
        """A double click or Return: unfold a module, inspect anything else."""
        view = self.session.shown.view
        group = view.groups.get(self.view.walk.focused or "") if view is not None else None
        if group is None:
            self.inspect_wanted.emit()
        else:
            self.session.shown.unfold(group.call)

    # Zoom, for the actions of the window -------------------------------------------------------------------------

    @Slot()
    def fit(self) -> None:
        self.canvas.fitting.fit_whole()

    @Slot()
    def zoom_in(self) -> None:
        self.canvas.fitting.zoom_in()

    @Slot()
    def zoom_out(self) -> None:
        self.canvas.fitting.zoom_out()

    @Slot()
    def zoom_reset(self) -> None:
        self.canvas.fitting.zoom_reset()

    # Menus and the clipboard -------------------------------------------------------------------------------------

    def menu_for(self, item: CardItem | EdgeItem | None) -> QMenu:
        """The context menu of a card, an edge or the canvas."""
        return GraphMenu(self, item)

    @Slot(bool)
    def toggle_overview(self, shown: bool) -> None:
        self.canvas.arrangement.allow_minimap(shown)
        self.overview_toggled.emit(shown)

    @Slot(object, object)
    def _open_menu(self, item: CardItem | EdgeItem | None, where: QPoint) -> None:
        menu = self.menu_for(item)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)
