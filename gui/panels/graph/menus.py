"""The context menu of a card, an edge or the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.numbers import copy_text
from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import gradient_name, row_copy
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.pointing import Pointing
from gui.session.linking import RowName
from gui.session.session import Session

ARRIVALS: tuple[RowName, ...] = ("value", "gradient")
DEEPEST = 4
"""Modules around a card that its menu offers to fold, the innermost ones."""


class GraphMenu(QMenu):
    """Made for what the mouse or the keyboard is on, shown once.

    Signals
    -------
    copy_wanted()
        The user wants a picture of the graph on the clipboard.
    export_wanted()
        The user chose to export a picture of the graph.
    overview_toggled(bool)
        The user wants the overview shown where the graph does not fit, or never.
    """

    copy_wanted = Signal()
    export_wanted = Signal()
    overview_toggled = Signal(bool)

    def __init__(
        self, parent: QWidget, session: Session, pointing: Pointing, canvas: Canvas, item: CardItem | EdgeItem | None
    ) -> None:
        super().__init__(parent)
        self._session, self._pointing, self._canvas = session, pointing, canvas
        if isinstance(item, CardItem):
            self._add_card(item)
        elif isinstance(item, EdgeItem):
            self._add_edge(item)
        self._add_pictures()
        if not isinstance(item, EdgeItem):
            self._add_canvas()

    def _add(self, title: str, slot: Callable[[], object] | None) -> None:
        """An entry; without a slot it is shown, but cannot be chosen."""
        action = self.addAction(title)
        action.setEnabled(slot is not None)
        if slot is not None:
            action.triggered.connect(lambda: slot())

    def _add_copy(self, title: str, text: str | None) -> None:
        self._add(title, None if text is None else lambda: QGuiApplication.clipboard().setText(text, QClipboard.Mode.Clipboard))

    def _add_card(self, item: CardItem) -> None:
        session, pointing, card = self._session, self._pointing, item.card.id
        self._add_copy("Copy value", row_copy(item.state.value))
        self._add_copy(f"Copy {gradient_name(item.card)}", row_copy(item.state.gradient))
        for row in ARRIVALS:
            at = session.shown.arrival(card, row)
            self._add(f"When it got its {row}", None if at is None else partial(session.set_cursor, at))
        self._add("Show in code", lambda: pointing.choose(card, None))
        self._add("Inspect", lambda: pointing.inspect(card, None))
        self.addSeparator()
        self._add_modules(card)
        shown = session.shown
        self._add("Only what leads here", lambda: shown.show_paths(card, True, False))
        self._add("Only what this leads to", lambda: shown.show_paths(card, False, True))
        self._add("Only paths through here", lambda: shown.show_paths(card, True, True))
        if shown.paths is not None:
            self._add("Show the whole graph", shown.show_whole)
        self.addSeparator()

    def _add_modules(self, card: str) -> None:
        """Unfold the card's module, or fold one of those that it is in."""
        session = self._session
        shown, recording, view = session.shown, session.recording, session.shown.view
        if recording is None or view is None or not recording.folds.modules:
            return
        group = view.groups.get(card)
        calls = recording.folds.around(group.face if group is not None else card)
        if group is not None:
            call = group.call
            name = recording.calls[call].name
            self._add(f"Unfold {name}", lambda: shown.unfold(call))
            if len(recording.folds.inside(call)) > 1:
                self._add(f"Unfold all of {name}", lambda: shown.unfold(call, everything=True))
            calls = calls[: calls.index(call)]
        for around in reversed(calls[-DEEPEST:]):
            self._add_fold(around)
        self.addSeparator()

    def _add_fold(self, call: int) -> None:
        recording = self._session.recording
        if recording is not None:
            self._add(f"Fold into {recording.calls[call].name}", lambda: self._session.shown.fold(call))

    def _add_edge(self, item: EdgeItem) -> None:
        sent, edge = item.state.contribution, item.edge.id
        self._add_copy("Copy contribution", copy_text(sent) if sent is not None else None)
        self._add("Inspect", lambda: self._pointing.inspect(None, edge))
        self.addSeparator()

    def _add_pictures(self) -> None:
        some = bool(self._canvas.view.graph_scene.cards)
        self._add("Copy picture of graph", self.copy_wanted.emit if some else None)
        self._add("Export picture…", self.export_wanted.emit if some else None)

    def _add_canvas(self) -> None:
        self.addSeparator()
        self._add("Fit", self._canvas.fitting.fit_whole)
        self._add("100 %", self._canvas.fitting.zoom_reset)
        overview = self.addAction("Overview")
        overview.setCheckable(True)
        overview.setChecked(self._canvas.arrangement.minimap_allowed)
        overview.toggled.connect(self.overview_toggled)
        self._add_folding()

    def _add_folding(self) -> None:
        session, recording, view = self._session, self._session.recording, self._session.shown.view
        if recording is None or view is None or not (recording.folds.modules or recording.folds.optimizers):
            return
        self.addSeparator()
        if recording.folds.modules:
            self._add("Fold all", session.shown.fold_all)
            self._add("Unfold all", session.shown.unfold_all)
        if recording.folds.optimizers:
            steps = self.addAction("Operations of optimizers")
            steps.setCheckable(True)
            steps.setChecked(recording.folds.optimizers <= view.unfolded)
            steps.toggled.connect(session.shown.show_optimizers)
