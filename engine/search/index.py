"""The texts of a recording's cards, each different one once, so that a search looks through few texts and many numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.graph.build import operation_moments
from engine.graph.model import Card
from engine.graph.node_cards import operation_name
from engine.recording import Recording
from engine.search.query import Field, Text
from engine.tables import LookUp, Operation

Mask = NDArray[np.bool_]
BATCH = 1000
"""Cards or texts between two questions whether to go on."""
_DIGITS = "0123456789"


def never() -> bool:
    """A ``cancelled`` that never says so."""
    return False


class _Texts:
    """One field of all cards: the different texts in lower case, and pairs of (card, text)."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._cards: list[int] = []
        self._texts: list[int] = []
        self._card_of = np.empty(0, np.intp)
        self._text_of = np.empty(0, np.intp)

    def add(self, card: int, texts: Iterable[str]) -> None:
        for text in texts:
            self._cards.append(card)
            self._texts.append(self._number.setdefault(text.lower(), len(self._number)))

    def close(self) -> None:
        self._card_of, self._text_of = np.array(self._cards, np.intp), np.array(self._texts, np.intp)
        self._cards, self._texts = [], []

    def mark(self, mask: Mask, matches: Callable[[str], bool], cancelled: Callable[[], bool]) -> None:
        """Set ``mask`` where one of a card's texts matches."""
        hit = np.zeros(len(self._number), np.bool_)
        for at, text in enumerate(self._number):
            if not at % BATCH and cancelled():
                raise Cancelled
            hit[at] = matches(text)
        mask[self._card_of[hit[self._text_of]]] = True


class Index(LookUp[Recording]):
    """What is looked through; made once for a recording."""

    def __init__(self, recording: Recording, cancelled: Callable[[], bool]) -> None:
        super().__init__(recording)
        self.cards = recording.graph.cards
        self.number_of = {card.id: at for at, card in enumerate(self.cards)}
        self.moments = operation_moments(recording)
        self._fields: dict[Field, _Texts] = {"name": _Texts(), "op": _Texts(), "node": _Texts(), "module": _Texts()}
        self._shapes: dict[tuple[int, ...], list[int]] = {}
        self._named_calls = {call.name: call.id for call in reversed(recording.calls) if not call.optimizer}
        self._modules: dict[int, frozenset[str]] = {}
        for at, card in enumerate(self.cards):
            if not at % BATCH and cancelled():
                raise Cancelled
            self._fields["name"].add(at, names_of(recording, card))
            self._fields["op"].add(at, operations_of(recording, card))
            # What stands under a symbol is a Node, or a word that says why there is none: data, result, failed.
            self._fields["node"].add(at, {card.subtitle, *(recording.nodes[number].name for number in card.nodes)})
            call = self.call_of(card)
            if call is not None:
                self._fields["module"].add(at, self._modules_of(call))
            self._shapes.setdefault(card.shape, []).append(at)
        for texts in self._fields.values():
            texts.close()
        self._places = {shape: np.array(cards, np.intp) for shape, cards in self._shapes.items()}

    def call_of(self, card: Card) -> int | None:
        """The innermost Call that a card belongs to: that its operation ran in, or of the module whose parameter it is."""
        recording = self.recording
        if card.operation is not None:
            return recording.operations[card.operation].call
        if card.variable is not None:
            for name in names_of(recording, card):
                module, dot, rest = name.rpartition(".")
                if dot and rest and module in self._named_calls:
                    return self._named_calls[module]
        return None

    def _modules_of(self, call: int) -> frozenset[str]:
        """Paths and types of a Call and of those around it."""
        path: list[int] = []
        around: int | None = call
        while around is not None and around not in self._modules:
            path.append(around)
            around = self.recording.calls[around].parent
        known = self._modules[around] if around is not None else frozenset()
        for number in reversed(path):
            item = self.recording.calls[number]
            known = self._modules[number] = known | {item.name, item.type}
        return known

    # Looking -----------------------------------------------------------------------------------------------------

    def having(self, term: Text, cancelled: Callable[[], bool] = never) -> Mask:
        """Per card, whether it has the text of ``term``."""
        mask = np.zeros(len(self.cards), np.bool_)
        matches = _matcher(term)
        for field, texts in self._fields.items():
            if term.field in (None, field):
                texts.mark(mask, matches, cancelled)
        if term.shape is not None:
            for shape, places in self._places.items():
                if shape == term.shape if term.whole_shape else _has_run(shape, term.shape):
                    mask[places] = True
        return ~mask if term.negated else mask

    def requiring(self, wanted: bool, cursor: int, cancelled: Callable[[], bool] = never) -> Mask:
        """Per card, whether the value that it shows after ``cursor`` moments requires a gradient (or does not)."""
        mask = np.zeros(len(self.cards), np.bool_)
        for at, card in enumerate(self.cards):
            if not at % BATCH and cancelled():
                raise Cancelled
            mask[at] = requires_grad(self.recording, card, cursor) == wanted
        return mask


def requires_grad(recording: Recording, card: Card, cursor: int) -> bool:
    """What torch said of the value that the card shows, or will show first."""
    if not card.values:
        return card.tracked
    at = max(0, bisect_right(card.values, cursor, key=lambda item: item[0]) - 1)
    return recording.values[card.values[at][1]].requires_grad


def index_of(recording: Recording, cancelled: Callable[[], bool] = never) -> Index:
    """The index of ``recording``; it lives with it. Raises Cancelled if ``cancelled`` says so while it is made."""
    found: Index | None = recording.__dict__.get("_search_index")
    if found is None:
        found = recording.__dict__["_search_index"] = Index(recording, cancelled)
    return found


def names_of(recording: Recording, card: Card) -> dict[str, None]:
    """The program's names for what a card shows, without repetition; the one it is shown by first."""
    found: dict[str | None, None] = {card.name: None}
    for _, number in card.values:
        found[recording.values[number].name] = None
    if card.variable is not None:
        found[recording.variables[card.variable].name] = None
    operation = operation_of(recording, card)
    if operation is not None and card.kind == "operation":
        found.update((recording.values[number].name, None) for number in operation.outputs)
    return {name: None for name in found if name}


def operation_of(recording: Recording, card: Card) -> Operation | None:
    """The operation that a card draws, or that made its tensor; a result draws none."""
    if card.operation is None or card.kind == "result":
        return None
    return recording.operations[card.operation]


def operations_of(recording: Recording, card: Card) -> tuple[str, ...]:
    """Name of the operation, or of what a Node without one is the backward of."""
    operation = operation_of(recording, card)
    if operation is not None:
        return (operation.name,)
    if card.kind == "operation":
        return tuple(operation_name(recording.nodes[number].name) for number in card.nodes)
    return ()


def _matcher(term: Text) -> Callable[[str], bool]:
    text = term.text
    if term.whole:
        return text.__eq__
    if text[:1] in _DIGITS or text[-1:] in _DIGITS:
        # A number is found as a whole: layers.1 is not layers.10.
        before = r"(?<![0-9])" if text[:1] in _DIGITS else ""
        after = r"(?![0-9])" if text[-1:] in _DIGITS else ""
        pattern = re.compile(before + re.escape(text) + after)
        return lambda item: pattern.search(item) is not None
    return lambda item: text in item


def _has_run(shape: tuple[int, ...], part: tuple[int, ...]) -> bool:
    """Whether the lengths ``part`` stand next to each other in ``shape``."""
    return any(shape[at : at + len(part)] == part for at in range(len(shape) - len(part) + 1))
