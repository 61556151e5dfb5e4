"""The context menu of a card, an edge or the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QMenu

from gui.look.numbers import copy_text
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import gradient_name, row_copy
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.session.linking import RowName

if TYPE_CHECKING:
    from gui.panels.graph.panel import GraphPanel

ARRIVALS: tuple[RowName, ...] = ("value", "gradient")
DEEPEST = 4
"""Modules around a card that its menu offers to fold, the innermost ones."""


class GraphMenu(QMenu):
    """Made for what the mouse or the keyboard is on, shown once."""

    def __init__(self, panel: GraphPanel, item: CardItem | EdgeItem | None) -> None:
        super().__init__(panel)
        self._panel = panel
        if isinstance(item, CardItem):
            self._add_card(item)
        elif isinstance(item, EdgeItem):
            self._add_edge(item)
        self._add_pictures()
        if not isinstance(item, EdgeItem):
            self._add_canvas()

    def _add(self, title: str, slot: Callable[[], object] | None) -> None:
        """An entry; without a slot it is there, but cannot be chosen."""
        action = self.addAction(title)
        action.setEnabled(slot is not None)
        if slot is not None:
            action.triggered.connect(lambda: slot())

    def _add_copy(self, title: str, text: str | None) -> None:
        self._add(title, None if text is None else lambda: QGuiApplication.clipboard().setText(text, QClipboard.Mode.Clipboard))

    def _add_card(self, item: CardItem) -> None:
        panel, card = self._panel, item.card.id
        self._add_copy("Copy value", row_copy(item.state.value))
        self._add_copy(f"Copy {gradient_name(item.card)}", row_copy(item.state.gradient))
        for row in ARRIVALS:
            at = panel.session.shown.arrival(card, row)
            self._add(f"When it got its {row}", None if at is None else partial(panel.session.set_cursor, at))
        self._add("Show in code", lambda: panel.choose(card, None))
        self._add("Inspect", lambda: panel.inspect(card, None))
        self.addSeparator()
        self._add_modules(card)
        shown = panel.session.shown
        self._add("Only what leads here", lambda: shown.show_paths(card, True, False))
        self._add("Only what this leads to", lambda: shown.show_paths(card, False, True))
        self._add("Only paths through here", lambda: shown.show_paths(card, True, True))
        if shown.paths is not None:
            self._add("Show the whole graph", shown.show_whole)
        self.addSeparator()

    def _add_modules(self, card: str) -> None:
        """Unfold the card's module, or fold one of those that it is in."""
        panel = self._panel
        shown, recording, view = panel.session.shown, panel.session.recording, panel.session.shown.view
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
        recording = self._panel.session.recording
        if recording is not None:
            self._add(f"Fold into {recording.calls[call].name}", lambda: self._panel.session.shown.fold(call))

    def _add_edge(self, item: EdgeItem) -> None:
        sent, edge = item.state.contribution, item.edge.id
        self._add_copy("Copy contribution", copy_text(sent) if sent is not None else None)
        self._add("Inspect", lambda: self._panel.inspect(None, edge))
        self.addSeparator()

    def _add_pictures(self) -> None:
        some = bool(self._panel.scene.cards)
        self._add("Copy picture of graph", self._panel.copy_wanted.emit if some else None)
        self._add("Export picture…", self._panel.export_wanted.emit if some else None)

    def _add_canvas(self) -> None:
        panel = self._panel
        self.addSeparator()
        self._add("Fit", panel.fit)
        self._add("100 %", panel.zoom_reset)
        overview = self.addAction("Overview")
        overview.setCheckable(True)
        overview.setChecked(panel.canvas.arrangement.minimap_allowed)
        overview.toggled.connect(panel.toggle_overview)
        self._add_folding()

    def _add_folding(self) -> None:
        panel, recording, view = self._panel, self._panel.session.recording, self._panel.session.shown.view
        if recording is None or view is None or not (recording.folds.modules or recording.folds.optimizers):
            return
        self.addSeparator()
        if recording.folds.modules:
            self._add("Fold all", panel.session.shown.fold_all)
            self._add("Unfold all", panel.session.shown.unfold_all)
        if recording.folds.optimizers:
            steps = self.addAction("Operations of optimizers")
            steps.setCheckable(True)
            steps.setChecked(recording.folds.optimizers <= view.unfolded)
            steps.toggled.connect(panel.session.shown.show_optimizers)
