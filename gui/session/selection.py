"""What is pointed at: the selection, and what the mouse rests on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.recording import Recording


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is pointed at, by the ids of the shown recording's graph; ``card`` and ``edge`` are None if nothing is."""

    card: str | None = None
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class Hover:
    """What the mouse rests on, wherever it is shown: a card, an edge or a moment (a number from 0); all None if nothing."""

    card: str | None = None
    edge: str | None = None
    moment: int | None = None


class Pointed(QObject):
    """Part of the session: what is pointed at in the shown recording.

    Signals
    -------
    selection_changed()
        ``selection`` changed.
    reveal_wanted(str)
        Bring the card with this id, which is selected, into view.
    hover_changed()
        ``hovered`` changed.
    """

    selection_changed = Signal()
    reveal_wanted = Signal(str)
    hover_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection()
        self.hovered = Hover()

    def select(self, selection: Selection) -> None:
        """Point at something else."""
        self.selection = selection
        self.selection_changed.emit()

    def select_nothing(self) -> None:
        """Clear the selection: what was selected is no longer shown."""
        if self.selection.card is not None or self.selection.edge is not None:
            self.select(Selection())

    def point_nowhere(self) -> None:
        """Something else is shown: neither what was selected nor what the mouse rested on is there any more."""
        self.select_nothing()
        self.hover(Hover())

    def reveal(self, card: str) -> None:
        """Select ``card`` and bring it into view, out of a folded module too."""
        self.select(Selection(card=card))
        self.reveal_wanted.emit(card)

    def hover(self, hovered: Hover) -> None:
        """The mouse rests on this; ids that the shown recording does not have are marked nowhere."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.hover_changed.emit()

    def is_other(self, before: Recording | None, recording: Recording | None) -> bool:
        """Whether the ids of ``recording`` name things other than those of ``before`` do."""
        if before is None or recording is None:
            return before is not recording
        return before is not recording and before.graph.signature != recording.graph.signature

    def stays(self, before: Recording | None, recording: Recording | None) -> bool:
        """Whether what is selected in ``before`` is also in ``recording``, where the same id may belong to something else."""
        if recording is before:
            return True
        if recording is None:
            return False
        nothing = self.selection.card is None and self.selection.edge is None
        if nothing or before is None or before.graph.signature == recording.graph.signature:
            return True
        was, now = self._keys(before), self._keys(recording)
        return was is not None and was == now

    def _keys(self, recording: Recording) -> list[str] | None:
        """What the selected card of ``recording`` is called, or the cards at both ends of the edge; None if there are none."""
        graph, edge = recording.graph, self.selection.edge
        ends = (
            [self.selection.card]
            if edge is None
            else [end for item in graph.edges if item.id == edge for end in (item.source, item.target)]
        )
        keys = {card.id: card.key for card in graph.cards if card.id in ends}
        return [keys[end] for end in ends if end is not None] if ends and all(end in keys for end in ends) else None
