"""What a Node computes on its way: the values of Nodes that ``create_graph`` makes and that torch does not pass on.
The Node is run once more on the same gradients, watched, and the graph that this makes is laid over the one that the engine
makes. Only torch's own numbers are recorded, and nothing where the two graphs differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from engine.recorder.keep.elements import count_of
from engine.recorder.watch.unseen import would_see

_MOST_ELEMENTS = 4096


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects the tensors that operations make."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.made: list[Tensor] = []

    def __torch_dispatch__(
        self, function: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        parts = result if isinstance(result, tuple | list) else (result,)
        self.made.extend(part for part in parts if isinstance(part, Tensor))
        return result


class Rehearsal:
    """The graph that running a Node made, and the tensors on it. Empty when the Node was not run."""

    __slots__ = ("_results", "_tensors")

    def __init__(self, results: tuple[Any, ...] = (), made: Iterable[Tensor] = ()) -> None:
        self._results = results
        self._tensors = {(tensor.grad_fn, tensor.output_nr): tensor for tensor in made if tensor.grad_fn is not None}

    def matches(self, slot: int, real: Any) -> list[tuple[Tensor, Any]]:
        """(tensor, Node of the real graph) for each tensor whose place in the graph of result ``slot`` is found.

        ``real`` is the grad_fn of what the engine sent along ``slot``.
        """
        if slot >= len(self._results) or not isinstance(self._results[slot], Tensor):
            return []
        found: list[tuple[Tensor, Any]] = []
        root = self._results[slot].grad_fn
        while root is not None and real is not None and real.name() != root.name() and len(real.next_functions) == 1:
            real = real.next_functions[0][0]  # the engine undid a broadcast; the Node itself does not
        stack = [(root, real)]
        seen: set[Any] = set()
        while stack:
            mine, other = stack.pop()
            if mine is None or other is None or mine is other or mine in seen or mine.name() != other.name():
                continue
            seen.add(mine)
            if (mine, 0) in self._tensors:
                found.append((self._tensors[mine, 0], other))
            following, others = mine.next_functions, other.next_functions
            if len(following) == len(others):
                stack += [(one, two) for (one, _), (two, _) in zip(following, others, strict=True)]
        return found


def under_view(tensor: Tensor) -> tuple[Tensor, Any] | None:
    """What a view made inside a pass is a view of (torch does not pass it on), and the Node that made it.
    It has the view's own elements: the engine undoes a broadcast with a sum that keeps its dimensions, followed by a view without
    them.
    """
    node: Any = tensor.grad_fn
    if node is None or node.name() != "ViewBackward0" or would_see(tensor):
        return None
    below = node.next_functions[0][0]
    known: Any = getattr(below, "_input_metadata", ())
    if len(known) != 1:
        return None
    with torch.enable_grad():
        return tensor.reshape(tuple(known[0].shape)), below


def rehearse(node: Any, incoming: tuple[Tensor | None, ...]) -> Rehearsal:
    """Run ``node`` on ``incoming`` (up to 4,096 elements each), watched; call it before the engine does."""
    if isinstance(node, torch.autograd.function.BackwardCFunction):
        return Rehearsal()
    if any(item is not None and count_of(item) > _MOST_ELEMENTS for item in incoming):
        return Rehearsal()
    try:
        with _Watch() as watch:
            result = node(*incoming)
    except RuntimeError:
        return Rehearsal()
    return Rehearsal(result if isinstance(result, tuple) else (result,), watch.made)
