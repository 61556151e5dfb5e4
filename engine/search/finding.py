"""Looking: a search and a recording at a cursor → the cards that it finds, in the program's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, RecordingError
from engine.graph.model import Card
from engine.recording import Recording
from engine.search.conditions import Finding, judge
from engine.search.index import BATCH, Index, Mask, index_of, names_of, never, operations_of, requires_grad
from engine.search.query import Condition, Query, RequiresGrad, Text, parse


@dataclass(frozen=True, eq=False, slots=True)
class Hit:
    """A card that was found.

    Attributes
    ----------
    card : Card
    name : str
        The program's name for what the card shows; empty if it has none.
    operation : str
        Name of the operation: ``matmul``; of a leaf or data tensor of what made it, if that was recorded; empty for a result.
    nodes : tuple of str
        Names of the autograd Nodes that the card draws, without repetition.
    moment : int or None
        After how many moments the card's operation, or the first value of a leaf, was there: the number that the timeline counts.
    module, module_type : str
        Path and type of the innermost module that it belongs to; empty outside of modules.
    requires_grad : bool
        As torch said of the value that the card shows.
    findings : tuple of Finding
        What meets each condition about a value or gradient, in the order of the search.
    """

    card: Card
    name: str
    operation: str
    nodes: tuple[str, ...]
    module: str
    module_type: str
    requires_grad: bool
    moment: int | None = None
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        parts = [self.name, self.operation, *self.nodes, self.module]
        return f"<{self.card.id}: {' '.join(part for part in parts if part)}>"


class Found:
    """What a search found: as many ``Hit``s as ``len`` says, each made when it is asked for.

    Attributes
    ----------
    recording, query, cursor
        What was searched, for what, and after how many moments.
    undecided : int
        Cards that may fit, but of a tensor only a summary was kept that does not say so. They are not among the hits.
    """

    def __init__(self, index: Index, query: Query, cursor: int, places: NDArray[np.intp], undecided: int) -> None:
        self.recording, self.query, self.cursor, self.undecided = index.recording, query, cursor, undecided
        self._index = index
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Hit]:
        return (self[number] for number in range(len(self)))

    def card(self, number: int) -> str:
        """The id of a hit's card. Raises IndexError."""
        return self._index.cards[int(self._places[number])].id

    def place_of(self, card: str | None) -> int | None:
        """The number of a card's hit; None if it is no hit."""
        at = self._index.number_of.get(card or "")
        if at is None:
            return None
        place = int(np.searchsorted(self._places, at))
        return place if place < len(self._places) and self._places[place] == at else None

    def __getitem__(self, number: int) -> Hit:
        """Raises IndexError."""
        recording, index = self.recording, self._index
        card = index.cards[int(self._places[number])]
        call = index.call_of(card)
        module = recording.calls[call] if call is not None else None
        findings: list[Finding] = []
        if self.query.conditions:
            state = recording.state(self.cursor).cards[card.id]
            findings = [found for term in self.query.conditions if (found := judge(term, state)[1]) is not None]
        return Hit(
            card,
            next(iter(names_of(recording, card)), ""),
            next(iter(operations_of(recording, card)), ""),
            tuple(dict.fromkeys(recording.nodes[at].name for at in card.nodes)),
            module.name if module is not None else "",
            module.type if module is not None else "",
            requires_grad(recording, card, self.cursor),
            index.moments.get(card.operation) if card.operation is not None else next((at for at, _ in card.values if at), None),
            tuple(findings),
        )


def search(
    recording: Recording, query: Query | str, cursor: int | None = None, *, cancelled: Callable[[], bool] = never
) -> Found:
    """Look for the cards of ``recording.graph`` that fit ``query`` after ``cursor`` moments (None: at the end).

    Parameters
    ----------
    cancelled
        Asked now and then whether to give up.

    Raises
    ------
    SearchError
        If ``query`` is a text that cannot be understood.
    RecordingError
        If the cursor is outside of the timeline.
    Cancelled
        If ``cancelled`` said so.
    """
    query = parse(query) if isinstance(query, str) else query
    cursor = recording.end if cursor is None else cursor
    if not 0 <= cursor <= recording.end:
        raise RecordingError(f"the cursor goes from 0 to {recording.end}, not {cursor}")
    index = index_of(recording, cancelled)
    mask = np.full(len(index.cards), bool(query.terms), np.bool_)
    for term in query.terms:
        if isinstance(term, Text):
            mask &= index.having(term, cancelled)
        elif isinstance(term, RequiresGrad):
            mask &= index.requiring(term.wanted, cursor, cancelled)
    undecided = _judge_all(recording, index, query.conditions, cursor, mask, cancelled) if query.conditions else 0
    return Found(index, query, cursor, np.flatnonzero(mask), undecided)


def find(recording: Recording, query: Query | str, cursor: int | None = None) -> tuple[Hit, ...]:
    """All hits of ``search``, in the program's order. Raises what it raises."""
    return tuple(search(recording, query, cursor))


def _judge_all(
    recording: Recording, index: Index, conditions: tuple[Condition, ...], cursor: int, mask: Mask, cancelled: Callable[[], bool]
) -> int:
    """Clear ``mask`` where a condition does not hold for certain; of how many cards that is because it is not known."""
    undecided = 0
    places = np.flatnonzero(mask).tolist()
    for start in range(0, len(places), BATCH):
        if cancelled():
            raise Cancelled
        # A state keeps what it was asked for; one a batch is let go with it.
        cards = recording.state(cursor).cards
        for at in places[start : start + BATCH]:
            state = cards[index.cards[at].id]
            verdicts = [judge(term, state)[0] for term in conditions]
            if not all(verdicts):
                mask[at] = False
                undecided += False not in verdicts
    return undecided
