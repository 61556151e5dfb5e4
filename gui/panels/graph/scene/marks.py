"""What is marked in the scene: who has the keyboard, what is selected, what the mouse rests on elsewhere, what is asked for."""

from __future__ import annotations

from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.asked import AskedMark
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.contents import Contents


class Marks:
    """Cards and edges are named by id; one that is not in the graph is marked nowhere."""

    def __init__(self, contents: Contents, theme: ThemeManager) -> None:
        self._contents, self._theme = contents, theme
        self.asked: AskedMark | None = None
        self.linked: CardItem | EdgeItem | None = None
        self._ringed: set[CardItem] = set()
        self._chosen: set[EdgeItem] = set()

    def clear(self) -> None:
        """Remove all marks."""
        self.ask(None)
        self.link(None, None)
        self.select(None, None, None)

    def select(self, focused: str | None, card: str | None, edge: str | None) -> None:
        """Ring the focused and the selected card, and mark the selected edge."""
        contents = self._contents
        if contents.crowd is not None:
            contents.crowd.pin("marked", focused, card, edge)
        ringed = {contents.cards[card_id] for card_id in (focused, card) if card_id in contents.cards}
        chosen = {contents.edges[edge]} if edge in contents.edges else set()
        for item in ringed | self._ringed:
            # Where the keyboard is elsewhere, the ring of the selected card is thin: two equal rings would look like two places.
            item.set_ringed(item in ringed, item.card.id != focused)
        for rail in chosen ^ self._chosen:
            rail.set_selected(rail in chosen)
        self._ringed, self._chosen = ringed, chosen

    def ask(self, place: str | None) -> None:
        """Put a question mark where the gradient of the card or edge ``place`` is going to stand."""
        contents = self._contents
        if self.asked is not None:
            contents.removeItem(self.asked)
            self.asked = None
        if contents.crowd is not None:
            contents.crowd.pin("asked", place)
        owner = contents.cards.get(place) or contents.edges.get(place) if place is not None else None
        if owner is not None:
            self.asked = AskedMark(owner, self._theme)

    def link(self, card: str | None, edge: str | None) -> None:
        """Mark the card or edge that belongs to what the mouse rests on elsewhere."""
        contents = self._contents
        if contents.crowd is not None:
            contents.crowd.pin("linked", card, edge)
        before, self.linked = self.linked, contents.cards.get(card or "") or contents.edges.get(edge or "")
        if before is not self.linked and before is not None:
            before.set_linked(False)
        if self.linked is not None:
            self.linked.set_linked(True)
