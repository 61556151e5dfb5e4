"""The keyboard's walk from card to card: which card has it, which shows that it is selected, and the ring round either."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QWidget

from gui.panels.graph.describe import card_spoken
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.reveal import Reveal

_TABS = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
_KEYS = (*_TABS, Qt.FocusReason.ShortcutFocusReason)


class Walk(QObject):
    """Walks through the view ``owner``, which may or may not have the window's focus.

    Signals
    -------
    focus_shown(bool)
        The canvas itself has the keyboard, and no card shows that: something else must.
    """

    focus_shown = Signal(bool)

    def __init__(self, owner: QWidget, scene: GraphScene, reveal: Reveal) -> None:
        super().__init__(owner)
        self._owner, self._scene, self._reveal = owner, scene, reveal
        self.focused: str | None = None
        self.selected_card: str | None = None
        self.selected_edge: str | None = None
        self._by_key = False
        """Whether a key brought the focus here."""
        self._ring = False
        """Whether the card that has the keyboard shows that: no longer once something else, or nothing, was selected."""

    @property
    def here(self) -> str | None:
        """The card that has the keyboard, if it is drawn."""
        return self.focused if self._scene.has_card(self.focused) else None

    def go_to(self, card: str | None, announce: bool = True) -> None:
        """Give the keyboard to a card, bring it into view, and say what it holds."""
        self.focused, self._ring = card, card is not None
        self._mark()
        if card is None or not announce:
            return
        self._reveal.card(card)
        self._owner.setAccessibleDescription(card_spoken(self._scene.card(card)))
        QAccessible.updateAccessibility(QAccessibleEvent(self._owner, QAccessible.Event.DescriptionChanged))

    def along(self, dx: int, dy: int) -> None:
        """Go along an edge for dx = ±1, to the nearest card above or below for dy = ±1; from nowhere to the first card."""
        if self.here is not None:
            self.go_to(self._scene.places.neighbour(self.here, dx, dy) or self.here)
        else:
            self.go_to(self._scene.card_ids()[0])

    def step(self, onward: bool) -> bool:
        """Go to the next card in the program's order, or the one before; False if there is none."""
        ids = self._scene.card_ids()
        if not ids:
            return False
        at = ids.index(self.focused) if self.focused in ids else (-1 if onward else len(ids))
        at += 1 if onward else -1
        if not 0 <= at < len(ids):
            return False
        self.go_to(ids[at])
        return True

    def set_selected(self, card: str | None, edge: str | None) -> None:
        """Show what is selected in the session."""
        other = card != self.selected_card
        if other or edge != self.selected_edge:
            # The ring is where the last selection or the last key went: never round two cards.
            self.focused, self._ring = (card, True) if self._scene.has_card(card) else (self.focused, False)
        self.selected_card, self.selected_edge = card, edge
        if other and card is not None and self._scene.crowd is not None and self._scene.has_card(card):
            self._reveal.card(card)
        self._mark()

    def forget(self) -> None:
        """Another program is shown: no card of it has the keyboard."""
        self.focused, self._ring = None, False
        self._mark()

    def enter(self, reason: Qt.FocusReason) -> None:
        """The view got the focus."""
        ids = self._scene.card_ids()
        self._by_key = reason in _KEYS
        if ids and reason in _TABS:
            self.go_to(ids[0] if reason == Qt.FocusReason.TabFocusReason else ids[-1])
        elif self._by_key:
            self.go_to(self.here, announce=False)
        else:
            # A click elsewhere, or what was hidden, gave it the focus: that rings no card that nothing points at.
            self._mark()

    def leave(self) -> None:
        """The view lost the focus."""
        self._by_key = False
        self._mark()

    def _mark(self) -> None:
        """Show which card has the keyboard and what is selected."""
        ringed = self.focused if self._ring and self._owner.hasFocus() else None
        self._scene.marks.select(ringed, self.selected_card, self.selected_edge)
        self.focus_shown.emit(self._owner.hasFocus() and self._by_key and ringed is None)
