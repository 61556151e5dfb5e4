"""The tensor objects that a recording follows, each known by its ``id`` for as long as the program holds it."""

from __future__ import annotations

from weakref import ref

import torch
from torch import Tensor

from engine.recorder.follow.memories import Memories
from engine.recorder.follow.numbers import Numbers
from engine.recorder.follow.variables import Reference, VariableDraft
from engine.runtime.frames.untold import unnoticed

_gone = Reference(torch.empty(0))
"""The reference to any tensor that the program has dropped."""
_gone.key, _gone.number, _gone.memory = 0, -1, None


class Followed:
    """A variable for each tensor object.

    Parameters
    ----------
    numbers : Numbers
        Gives their ids.
    memories : Memories
        Is told of each that comes and goes.
    holds : bool
        Whether tensors are kept alive.
    """

    def __init__(self, numbers: Numbers, memories: Memories, *, holds: bool) -> None:
        self.variables: list[VariableDraft] = []
        self._numbers, self._memories, self._holds = numbers, memories, holds
        self._let_go = unnoticed(self._forget, in_callback=True)
        self.by_tensor: dict[int, VariableDraft] = {}
        """The variable of each tensor object that the program holds, by its ``id``: for callers that ask often; see ``of``."""

    def of(self, tensor: Tensor) -> VariableDraft | None:
        """The variable that a tensor object is; None if it is not followed."""
        return self.by_tensor.get(id(tensor))

    def add(self, tensor: Tensor, name: str | None) -> VariableDraft:
        """Begin to follow a tensor object."""
        reference = Reference(tensor, self._let_go)
        draft = VariableDraft(self._numbers.of(len(self.variables)), reference, name, tensor if self._holds else None)
        reference.key = id(tensor)
        reference.number = draft.id
        reference.memory = None
        self.variables.append(draft)
        self.by_tensor[id(tensor)] = draft
        self._memories.add(draft, tensor)
        return draft

    def _forget(self, reference: ref[Tensor]) -> None:
        """The program let go of a tensor: another one may get its ``id``, and its memory."""
        assert isinstance(reference, Reference)
        known = self.by_tensor.get(reference.key)
        if known is None or known.id != reference.number:
            return
        del self.by_tensor[reference.key]
        self._memories.remove(known)
        known.reference = _gone
        known.end()

    def let_go(self, tensor: Tensor) -> None:
        """Follow a tensor object no more, and do not refer to it."""
        draft = self.by_tensor.pop(id(tensor), None)
        if draft is not None:
            self._memories.remove(draft)
            draft.held, draft.reference = None, Reference(torch.empty(0))

    def alive(self) -> list[VariableDraft]:
        """The variables whose tensors the program still holds."""
        return [*self.by_tensor.values()]

    def nameless(self, tensor: Tensor) -> bool:
        """Whether no name is known for ``tensor``."""
        draft = self.of(tensor)
        return draft is None or draft.name is None

    def known_since(self, tensor: Tensor, count: int) -> bool:
        """Whether ``tensor`` was among the first ``count`` variables."""
        draft = self.of(tensor)
        return draft is not None and draft.id < count
