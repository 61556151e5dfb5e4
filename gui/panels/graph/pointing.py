"""What is pointed at, here or in another panel (selected, hovered, asked for, to be revealed), is marked in both."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.scene.scene import GraphScene
from gui.session.selection import Hover, Selection
from gui.session.session import Session


class Pointing(QObject):
    """Between the session, which speaks of cards of the recording, and the canvas, which draws a view of them.

    Signals
    -------
    inspect_wanted()
        The user wants the selected card or edge inspected.
    """

    inspect_wanted = Signal()

    def __init__(self, session: Session, scene: GraphScene, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._scene, self._canvas, self._view = session, scene, canvas, canvas.view
        self.wanted: str | None = None
        """The card that was asked for, until another graph is shown."""
        session.pointed.selection_changed.connect(self.show_selection)
        session.pointed.reveal_wanted.connect(self._reveal)
        session.pointed.hover_changed.connect(self.show_hover)
        session.guess_changed.connect(self._show_asked)
        scene.hovered.connect(self._hovered)
        self._view.chosen.connect(self.choose)
        self._view.opened.connect(self._opened)

    @Slot()
    def show_selection(self) -> None:
        """Mark what is selected."""
        view, selection = self._session.shown.view, self._session.pointed.selection
        if view is not None:
            self._view.walk.set_selected(view.card(selection.card), view.edge(selection.edge))

    @Slot()
    def show_hover(self) -> None:
        """Mark what belongs to what the mouse rests on, wherever that is."""
        view, hovered = self._session.shown.view, self._session.pointed.hovered
        if view is not None:
            self._scene.marks.link(view.card(hovered.card), view.edge(hovered.edge))

    @Slot()
    def _show_asked(self) -> None:
        view, asked = self._session.shown.view, self._session.asked
        self._scene.marks.ask(None if view is None else view.card(asked) or view.edge(asked))

    @Slot(str)
    def _reveal(self, card: str) -> None:
        self.wanted = self._session.shown.reveal(card)
        self._view.walk.go_to(None)
        self.go_to_wanted()

    def go_to_wanted(self) -> None:
        """Bring the card that was asked for into view, once it is placed, and again where a better placement moves it."""
        if self.wanted is not None and self._scene.has_card(self.wanted):
            self._canvas.fitting.come_near(self.wanted)
            if self._view.walk.focused == self.wanted:
                self._view.reveal.card(self.wanted)
            else:
                self._view.walk.go_to(self.wanted)

    @Slot(object, object)
    def _hovered(self, card: str | None, edge: str | None) -> None:
        view = self._session.shown.view
        bundle = view.bundles.get(edge or "") if view is not None else None
        self._session.pointed.hover(Hover(card, edge if bundle is None else bundle.edges[0]))

    @Slot(object, object)
    def choose(self, card: str | None, edge: str | None) -> None:
        """Select a card or an edge that is drawn, or nothing."""
        self._session.pointed.select(Selection(card=card, edge=edge))

    def inspect(self, card: str | None, edge: str | None) -> None:
        """Select a card or an edge that is drawn, and show all that is known of it."""
        self.choose(card, edge)
        self.inspect_wanted.emit()

    @Slot()
    def _opened(self) -> None:
        """A double click or Return: unfold a module, inspect anything else."""
        view = self._session.shown.view
        group = view.groups.get(self._view.walk.focused or "") if view is not None else None
        if group is None:
            self.inspect_wanted.emit()
        else:
            self._session.shown.unfold(group.call)
