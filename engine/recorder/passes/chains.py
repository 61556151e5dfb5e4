"""Long chains of Nodes, freed one after another rather than each inside the one before.

Torch frees a graph in a loop, however long, unless Python has seen its Nodes: one that has a Python object is freed inside the
call that frees the one before it, and about 40,000 of them overflow a stack of 8 MiB. Recording looks at every Node, and the
program may hold the graph long after that. So every so often along a chain a Node gets an object that holds the next ones and
lets go of them by itself, in a loop, once torch has freed that Node. They live no longer than before: that Node leads to them
anyway.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from engine.tables import Edge

MOST = 64
"""How many Nodes torch may free one inside the other, at about 200 bytes of stack each."""
_KEY = "gradwalk"
_UNKNOWN = 255


class _Waiting(threading.local):
    """What is still to be freed, in one thread."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.at_work = False


_waiting = _Waiting()


class _Hold:
    """Holds Nodes for a Node that leads to them, and lets go of them when that Node is gone."""

    __slots__ = ("_nodes",)

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes

    def __del__(self, waiting: _Waiting = _waiting) -> None:  # as a default it still exists at the interpreter's end
        waiting.nodes.append(self._nodes)
        del self._nodes
        if waiting.at_work:
            return
        waiting.at_work = True
        while waiting.nodes:
            waiting.nodes.pop()
        waiting.at_work = False


class Chains:
    """Knows for each Node how many are freed with it, one inside the other."""

    def __init__(self) -> None:
        self._below = bytearray()
        self.holding: set[int] = set()
        """Nodes that hold those that they lead to, once for each edge."""

    def expect(self, leading: Iterable[Sequence[Any]]) -> None:
        """The next Nodes will lead to these; one that leads nowhere is the end of a chain."""
        self._below.extend([_UNKNOWN if following else 0 for following in leading])

    def add(self, number: int, node: Any, following: Iterable[tuple[Any, int]], edges: Iterable[Edge]) -> None:
        """Node ``number`` is known: ``following`` as torch says it, and the same as ``edges``."""
        below, longest = self._below, 0
        for edge in edges:
            longest = max(longest, below[edge.to] + 1)
        if longest >= MOST:  # even if a Node that it leads to is not known yet
            node.metadata[_KEY] = _Hold([target for target, _ in following if target is not None])
            self.holding.add(number)
            longest = 0
        below[number] = longest

    def clear(self) -> None:
        self._below.clear()
        self.holding.clear()
