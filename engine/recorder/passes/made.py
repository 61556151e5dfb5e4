"""Nodes that passes make with ``create_graph``, and the values that torch computes at them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.recorder.follow.followed import Followed
from engine.recorder.follow.values import Values
from engine.recorder.passes.drafts import Maker
from engine.recorder.passes.nodes import Nodes
from engine.recorder.watch.unseen import would_see


class MadeInPasses:
    """What passes have made so far."""

    def __init__(self, nodes: Nodes, values: Values, followed: Followed) -> None:
        self._nodes, self._values, self._followed = nodes, values, followed
        self.makers: dict[int, Maker] = {}
        """By Node."""
        self._valued: dict[int, Tensor] = {}
        """What is known as the value at a Node; held for as long as it may be needed."""

    def add(self, gradient: Tensor, pass_id: int, by: int | None) -> None:
        """A pass with ``create_graph=True`` made ``gradient``, while Node ``by`` ran or (None) between two Nodes."""
        nodes = self._nodes
        before = len(nodes)
        nodes.id_of(gradient.grad_fn)
        for number in range(before, len(nodes)):
            if nodes.drafts[number].name != "AccumulateGrad":
                self.makers[number] = Maker(pass_id, by)
                if by is None:
                    self._partial_sum(number)

    def _partial_sum(self, number: int) -> None:
        """Torch passes on a sum of three contributions, but not the sum of the first two: that is added up again."""
        draft = self._nodes.drafts[number]
        terms = [self._valued.get(edge.to) for edge in draft.edges]
        if draft.name == "AddBackward0" and len(terms) == 2 and all(edge.output == 0 for edge in draft.edges):
            first, second = terms
            if first is not None and second is not None and not (would_see(first) or would_see(second)):
                with torch.enable_grad():
                    total = first + second
                self.value(total, self._nodes.object_of(number), self._values.now)

    def value(self, tensor: Tensor, node: Any, moment: int) -> None:
        """``tensor`` is what torch computed at ``node``, which a pass made: a value known after ``moment`` moments."""
        number = self._nodes.known(node)
        if number is None or self._followed.of(tensor) is not None or number not in self.makers or number in self._valued:
            return
        self._valued[number] = tensor
        draft = self._values.follow(tensor, None)
        self._values.add(draft, tensor, None, moment, None, node)

    def roots(self) -> list[int]:
        """Nodes that have such a value."""
        return [*self._valued]
