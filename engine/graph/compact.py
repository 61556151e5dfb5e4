"""Tables of whole numbers about a long recording, in a few bytes for each entry; made once, and then only read."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.graph.model import Card, GraphEdge

_Content = TypeVar("_Content")
_Subject = TypeVar("_Subject", Card, GraphEdge)
_MOST = 4096
_ROWS: tuple[Literal["value"], Literal["gradient"]] = ("value", "gradient")


class Kept(Generic[_Subject, _Content]):
    """What was found for the few thousand cards or edges looked at last. It does not hold what finds it."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, _Content] = {}

    def of(self, subject: _Subject, find: Callable[[_Subject], _Content]) -> _Content:
        """What ``find`` says about ``subject``."""
        found = self._known.get(subject.id)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[subject.id] = find(subject)
        return found


class ByNumber:
    """Which entries have which number, from 0 up to ``count``."""

    __slots__ = ("_entries", "_starts")

    def __init__(self, numbers: Iterable[int], count: int) -> None:
        given = np.fromiter(numbers, np.int64)
        self._entries: NDArray[np.int64] = np.argsort(given, kind="stable")
        self._starts: NDArray[np.int64] = np.searchsorted(given[self._entries], np.arange(count + 1))

    def of(self, number: int) -> list[int]:
        """The entries of a number, in their order."""
        return self._entries[self._starts[number] : self._starts[number + 1]].tolist()  # type: ignore[no-any-return]


class Touches:
    """Which cards each moment touched, and which row of them. Noted card by card (``at``) until it is closed."""

    def __init__(self, cards: Sequence[object]) -> None:
        self.at = 0
        self._cursors, self._cards, self._rows = array("q"), array("q"), bytearray()
        self._closed = False

    def put(self, cursor: int, row: Literal["value", "gradient"]) -> None:
        """The moment before ``cursor`` touched that row of the card; nothing once it is closed."""
        if not self._closed:
            self._cursors.append(cursor)
            self._cards.append(self.at)
            self._rows.append(row == "gradient")

    def close(self) -> None:
        """Everything is noted."""
        order = np.argsort(np.frombuffer(self._cursors, np.int64), kind="stable")
        self._cursors = array("q", np.frombuffer(self._cursors, np.int64)[order].tobytes())
        self._cards = array("q", np.frombuffer(self._cards, np.int64)[order].tobytes())
        self._rows = bytearray(np.frombuffer(self._rows, np.uint8)[order].tobytes())
        self._closed = True

    def of(self, cursor: int) -> Iterator[tuple[int, Literal["value", "gradient"]]]:
        """Number of each card in the graph's order, and row: what was noted last comes last."""
        first, last = bisect_left(self._cursors, cursor), bisect_right(self._cursors, cursor)
        for at in range(first, last):
            yield self._cards[at], _ROWS[self._rows[at]]


class Arrivals:
    """When all contributions to a gradient had arrived: by pass, Node and output."""

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes
        self._passes, self._to, self._outputs, self._at = array("q"), array("q"), array("q"), array("q")
        self._by_node: ByNumber | None = None

    def put(self, pass_id: int, node: int, output: int, cursor: int) -> None:
        """Arrived from ``cursor`` on; what was put last counts."""
        self._passes.append(pass_id)
        self._to.append(node)
        self._outputs.append(output)
        self._at.append(cursor)

    def close(self) -> None:
        """Everything is put."""
        self._by_node = ByNumber(self._to, self._nodes)
        self._to = array("q")

    def get(self, pass_id: int, node: int, output: int, otherwise: int) -> int:
        """The cursor, or ``otherwise``."""
        assert self._by_node is not None
        for at in reversed(self._by_node.of(node)):
            if self._passes[at] == pass_id and self._outputs[at] == output:
                return self._at[at]
        return otherwise
