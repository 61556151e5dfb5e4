"""Nodes that a program has dropped: while the recording held them, they held every tensor that they keep for a backward."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from engine.recorder.keep.elements import count_of
from engine.tables import Node

AFTER_NODES, AFTER_BYTES = 1000, 2**24
"""How much may be made before Nodes that were dropped are looked for."""
_OURS = 3
"""References to a Node that nobody else holds: the list's, a local variable's, and that of the call that counts them."""


@cache
def _torchs_own() -> int:
    """How often torch itself refers to the Python object of a Node that another Node leads to: once in newer versions."""
    with torch.enable_grad():
        last = (torch.zeros((), requires_grad=True) * 2.0 + 1.0).grad_fn
    assert last is not None
    nodes = [last.next_functions[0][0]]
    node = nodes[0]
    return sys.getrefcount(node) - _OURS


class Sweeper:
    """Says when it is time to look, and which Nodes are not needed."""

    def __init__(self) -> None:
        self._nodes, self._least, self._bytes = AFTER_NODES, 0, 0

    def due(self, made: Iterable[Tensor], nodes: int) -> bool:
        """Whether enough was made since the last time: ``nodes``, and bytes, with those of ``made``, which an operation just
        returned."""
        for tensor in made:
            if tensor.requires_grad:
                self._bytes += count_of(tensor) * tensor.element_size()
        return nodes >= self._nodes or (self._bytes >= AFTER_BYTES and nodes >= self._least)

    def dead(self, roots: Iterable[int], nodes: Sequence[Any], drafts: Sequence[Node], holding: Iterable[int]) -> list[int]:
        """The Nodes that neither ``roots`` nor any that the program itself holds lead to; those that add to leaves stay.

        ``nodes`` are torch's, None where one was let go before; ``drafts`` what is known of them.
        The Nodes in ``holding`` refer to those that they lead to, once for each edge.
        """
        alive, followed = bytearray(len(nodes)), [0] * len(nodes)
        stack = [*roots]
        more = _torchs_own()
        for number in range(len(nodes)):
            if nodes[number] is not None:
                for edge in drafts[number].edges:
                    followed[edge.to] = more
        for number in holding:
            if nodes[number] is not None:
                for edge in drafts[number].edges:
                    followed[edge.to] += 1
        for number in range(len(nodes)):
            node = nodes[number]
            if node is not None and (drafts[number].variable is not None or sys.getrefcount(node) > _OURS + followed[number]):
                stack.append(number)
        while stack:
            number = stack.pop()
            if not alive[number]:
                alive[number] = 1
                stack.extend([edge.to for edge in drafts[number].edges])
        living = sum(alive)
        self._nodes, self._least, self._bytes = len(nodes) + max(AFTER_NODES, living), len(nodes) + living // 4, 0
        return [number for number, node in enumerate(nodes) if node is not None and not alive[number]]
