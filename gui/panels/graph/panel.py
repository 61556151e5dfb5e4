"""The graph panel: draws the recording's graph in the state at the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from engine.layout.placements import Placement, plain_placement
from gui.look.theme import ThemeManager
from gui.panels.graph.at_cursor import AtCursor
from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import counts_text
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.head import GraphHead
from gui.panels.graph.menus import GraphMenu
from gui.panels.graph.placer import Place, Placer
from gui.panels.graph.pointing import Pointing
from gui.panels.graph.scene.frames import Frames
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.waiting import Waiting
from gui.session.session import Session
from gui.session.subject import Subject
from gui.work.layouts import LayoutClient

if TYPE_CHECKING:
    from gui.panels.graph.formula.heading import FormulaHeading


def _motion() -> bool:
    return False


class GraphPanel(QWidget):
    """Title, canvas and context menus of the computation graph.

    Signals
    -------
    placed()
        The cards stand in new places, and the view that first shows them is set.
    export_wanted()
        The user chose to export a picture of the graph.
    copy_wanted()
        The user wants a picture of the graph on the clipboard.
    inspect_wanted()
        The user wants the selected card or edge inspected.
    """

    placed = Signal()
    export_wanted = Signal()
    copy_wanted = Signal()
    inspect_wanted = Signal()

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
        self._fewer = False
        """Whether the next placement has fewer cards than the last, since some were folded."""
        self._turned = False
        """Whether the next placement is of the same recording, more or less folded."""
        self._first = True
        self._about: Subject | None = None
        self.scene = GraphScene(theme, reduced_motion)
        self.canvas = Canvas(self.scene, theme)
        self.view, self.fitting = self.canvas.view, self.canvas.fitting
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
        self.waiting = Waiting(session, self.canvas.over.progress, self)
        session.recording_changed.connect(self._recording_changed)
        session.shown.changed.connect(self._view_changed)
        self.at_cursor = AtCursor(session, self.scene, self.canvas, reduced_motion, self)
        self.pointing = Pointing(session, self.scene, self.canvas, self)
        self.pointing.inspect_wanted.connect(self.inspect_wanted)
        theme.changed.connect(self._restyle)
        self.view.arrival_wanted.connect(session.shown.go_to_arrival)
        self.view.fold_wanted.connect(session.shown.turn)
        self.frames.fold_wanted.connect(session.shown.fold)
        self.canvas.over.paths_bar.back.clicked.connect(session.shown.show_whole)
        self.view.menu_wanted.connect(self._open_menu)
        self._placer = Placer(self.scene, self.canvas.over.working, layouts, place, self)
        self.fitting.start_shown.connect(self._go_on)
        self._placer.placed.connect(self._show_placement)
        session.settings.follow("overview", self.canvas.arrangement.allow_minimap)
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
        """``travel`` says how many ms a value travels along an edge when the cursor moves on by one moment; 0: nothing moves."""
        self.at_cursor.travel = travel

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.scene.finish_motion()

    # The session -------------------------------------------------------------------------------------------------

    @Slot()
    def _recording_changed(self) -> None:
        session, self.pointing.wanted = self.session, None
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
            self.waiting.show_arrived(empty=not (session.recording.text.strip() or shown.graph.cards))
            about = session.subject
            if about != self._about:
                # What is shown next has nothing to do with what was shown.
                self._about, self._first, self.view.camera.user_zoomed, self._held = about, True, False, None
                self.view.walk.forget()
            graph = shown.graph
            self._show_paths()
            before = set(self.scene.card_ids())
            arrange = self.scene.set_graph(graph)
            # The numbers in the symbols of an optimizer's operations differ from epoch to epoch: that is the same graph.
            if session.subject.has_epochs and not self._turned and before and before != {card.id for card in graph.cards}:
                self.fitting.another()
            self.frames.follow(arrange)
            self.scene.set_stale(stale)
            epoch = session.run.recorded_epoch if session.subject.has_epochs else None
            self.header.set_note("" if stale else counts_text(graph, len(session.recording.graph.cards), epoch))
            if arrange and self._first and session.subject.recorded_elsewhere:
                self._placer.arrange_soon(graph)
            elif arrange:
                self._placer.arrange(graph)
            elif session.subject.has_epochs:
                self.fitting.renew()
            self.at_cursor.show_still()
            self.pointing.show_selection()
            self.pointing.show_hover()

    @Slot()
    def _view_changed(self) -> None:
        """Another part of the same recording: the card that it is about stays in its place."""
        shown, before = self.session.shown, self.scene.graph
        pivot, view = shown.pivot, shown.view
        fewer = view is not None and before is not None and len(view.graph.cards) < len(before.cards)
        self._fewer, self._turned = fewer and shown.unfolded is None, True
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
            ways = {(True, True): "paths through", (True, False): "what leads to", (False, True): "what follows from"}
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
                self.at_cursor.show_still()
                self.pointing.show_selection()
            if self._first:
                self._first = False
                self.scene.finish_motion()  # cards of the same name in another program do not glide to where these stand
                self.fitting.show_first(next(iter(self.at_cursor.moving()), None) or self.session.shown.newest())
            else:
                self.fitting.fit_if_needed(held, self._fewer)
                self._fewer, coming = False, self.at_cursor.coming()
                if held is not None:
                    shown, call = self.session.shown, self.session.shown.unfolded
                    self.fitting.bring_into_view([held[0]] if call is None else shown.cards_of(call), shown.depths(call), coming)
                elif self._turned:
                    self.view.reveal.cards(coming)
            self._turned = False
            self.pointing.go_to_wanted()
        self.placed.emit()

    @Slot()
    def _go_on(self) -> None:
        """Where the graph begins is in view: go on to what comes next if that is cut off, unless a module unfolds; in a network,
        which may be very long, only as far as that does not cut off the beginning instead."""
        cards = self.at_cursor.coming() or self.at_cursor.moving()
        recording, subject = self.session.recording, self.session.subject
        calls = recording is not None and bool(recording.calls) and not subject.has_epochs
        if subject.recorded_elsewhere or calls:
            seen, places = self.view.camera.seen(), self.scene.places
            most = seen.right() + max(0.0, places.extent().left() - seen.left())
            frames = [(card, places.frame(card)) for card in cards]
            cards = [card for card, frame in frames if seen.intersects(frame) and frame.right() <= most]
        if self._held is None:
            self.view.reveal.cards(cards)

    @Slot()
    def _restyle(self) -> None:
        self.scene.update()
        self.view.viewport().update()

    # Menus and the clipboard -------------------------------------------------------------------------------------

    def menu_for(self, item: CardItem | EdgeItem | None) -> QMenu:
        """The context menu of a card, an edge or the canvas."""
        menu = GraphMenu(self, self.session, self.pointing, self.canvas, item)
        menu.copy_wanted.connect(self.copy_wanted)
        menu.export_wanted.connect(self.export_wanted)
        menu.overview_toggled.connect(self.toggle_overview)
        return menu

    @Slot(bool)
    def toggle_overview(self, shown: bool) -> None:
        """Show the overview where the graph does not fit, or never, now and later."""
        self.session.settings.set_value("overview", shown)

    @Slot(object, object)
    def _open_menu(self, item: CardItem | EdgeItem | None, where: QPoint) -> None:
        menu = self.menu_for(item)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)
