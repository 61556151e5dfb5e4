"""Tensors that share memory, and memory that can change without torch counting it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from engine.recorder.follow.sharing import Sharing, Versions
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.elements import Extent, readable
from engine.recorder.keep.tensors import is_leaf, memory_of, same_place, version_of

LENDS = frozenset(
    {
        "numpy",
        "__array__",
        "__dlpack__",
        "share_memory_",
        "storage",
        "untyped_storage",
        "typed_storage",
        "_typed_storage",
    }
)
"""Reads after which other code can write to a tensor's memory."""
TAKES = {
    "item": "item",
    "tolist": "tolist",
    "numpy": "numpy",
    "__array__": "numpy",
    "__float__": "float",
    "__int__": "int",
    "__index__": "int",
}
"""Reads that take numbers out of the graph, and what a recording calls them."""
SILENT = frozenset({"apply_", "map_", "map2_"})
_SILENT = ("_fused_", "_amp_")
KEEPS = frozenset({"batch_norm", "native_batch_norm", "_native_batch_norm_legit", "fused_moving_avg_obs_fake_quant"})
"""Operations that also write to tensors that they keep, such as running means, without torch counting it."""


def is_silent(name: str) -> bool:
    """Whether torch does not count what this operation writes to its arguments."""
    return name in SILENT or name.startswith(_SILENT)


def _counter(tensor: Tensor) -> int:
    """The key of tensors whose writes torch counts together."""
    return id(tensor._base) if tensor._is_view() else id(tensor)


class Memories:
    """Which followed tensors are in which memory; ``forget`` is told of memory that holds none of them any more."""

    def __init__(self, forget: Callable[[int], None]) -> None:
        self._forget = forget
        self._sharing: dict[int, Sharing] = {}
        self._lent: set[int] = set()
        self._made: set[int] = set()
        self._outside: dict[int, None] = {}
        """Memory that something other than torch may write to."""

    def born(self, tensor: Tensor) -> None:
        """An operation made ``tensor``, which is not followed yet: its memory is new if nothing else is known to be there."""
        memory = memory_of(tensor)
        if memory is not None and memory not in self._sharing:
            self._made.add(memory)

    def made_meanwhile(self, tensor: Tensor) -> bool:
        """Whether a parameter's memory was made while recording: ``nn.Parameter(torch.empty(2))``.
        For other tensors this cannot be known: one that no operation made may merely lie where something else was before.
        """
        return isinstance(tensor, nn.Parameter) and memory_of(tensor) in self._made

    def add(self, draft: VariableDraft, tensor: Tensor) -> None:
        """Follow ``tensor``, if it has a plain memory of its own."""
        memory = draft.reference.memory = memory_of(tensor)
        if memory is not None:
            sharing = self._sharing.get(memory)
            if sharing is None:
                sharing = self._sharing[memory] = Sharing()
            sharing.add(draft, tensor)

    def remove(self, draft: VariableDraft) -> None:
        """The program let go of it, or it has other memory now."""
        memory = draft.reference.memory
        sharing = self._sharing.get(memory) if memory is not None else None
        if sharing is not None and memory is not None:
            sharing.remove(draft)
            if not sharing.drafts:
                del self._sharing[memory]
                self._outside.pop(memory, None)
                self._forget(memory)

    def moved(self, draft: VariableDraft, tensor: Tensor) -> None:
        """``tensor`` may have other memory now; what shares it then counts its changes by itself."""
        if draft.reference.memory != memory_of(tensor):
            self.remove(draft)
            self.add(draft, tensor)
            self.lend(tensor)

    def shared_with(self, tensor: Tensor) -> Sequence[VariableDraft]:
        """The followed tensors in the memory of ``tensor``."""
        memory = memory_of(tensor)
        sharing = self._sharing.get(memory) if memory is not None else None
        return () if sharing is None else tuple(sharing.drafts.values())

    def meeting(self, tensor: Tensor, extent: Extent) -> Sequence[VariableDraft]:
        """The followed tensors in that memory that have elements in an extent."""
        memory = memory_of(tensor)
        sharing = self._sharing.get(memory) if memory is not None else None
        return () if sharing is None else sharing.meeting(extent)

    def wrote(self, tensor: Tensor, before: int) -> None:
        """A write to ``tensor`` is known, and the tensors that it meets are looked at; ``before`` was torch's count of its
        writes."""
        memory = memory_of(tensor)
        sharing = self._sharing.get(memory) if memory is not None else None
        if sharing is not None:
            key = _counter(tensor)
            first, last = sharing.spans.get(key, (-1, -1))
            sharing.spans[key] = Versions(first if last == before else before, version_of(tensor))

    def in_step(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether all writes since ``draft`` was looked at are known, and none of them met ``tensor``."""
        memory = memory_of(tensor)
        sharing = self._sharing.get(memory) if memory is not None else None
        found = None if sharing is None else sharing.spans.get(_counter(tensor))
        return found is not None and found.first <= draft.version <= found.last == version_of(tensor)

    def placed(self, draft: VariableDraft, tensor: Tensor) -> None:
        """``tensor`` may have moved within its memory."""
        memory = draft.reference.memory
        sharing = self._sharing.get(memory) if memory is not None else None
        if sharing is not None:
            sharing.place(draft, tensor)

    def still_there(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether it still has the memory that it is known to have; ``set_`` and loading give it another, and the old one to
        another tensor."""
        return draft.reference.memory == memory_of(tensor)

    def lend(self, tensor: Tensor, outside: bool = False) -> None:
        """From now on this memory may change without torch counting it, and with ``outside`` without torch being called."""
        memory = memory_of(tensor)
        if memory is not None:
            self._lent.add(memory)
            if outside:
                self._outside[memory] = None

    def outside(self) -> list[Tensor]:
        """Tensors in memory that something other than torch may write to, in the order in which it was lent."""
        found = [self._sharing[memory] for memory in self._outside if memory in self._sharing]
        tensors = [(draft, draft.tensor) for sharing in found for draft in sharing.drafts.values()]
        return readable([tensor for draft, tensor in tensors if tensor is not None and self.still_there(draft, tensor)])

    def borrowed(self, tensor: Tensor) -> bool:
        """Whether a tensor's memory belongs to something else, such as numpy."""
        return memory_of(tensor) is not None and not tensor.untyped_storage().resizable()

    def lent(self, draft: VariableDraft) -> bool:
        """Whether only a comparison of the elements shows that they are the same."""
        return draft.reference.memory in self._lent

    def lent_to(self, tensor: Tensor) -> bool:
        """The same for what is in the memory of ``tensor``."""
        return memory_of(tensor) in self._lent

    def behind(self, tensor: Tensor) -> tuple[VariableDraft, Tensor] | None:
        """The leaf, or the ``.grad`` of one, that ``tensor`` is a view of as a whole: ``w`` for ``w.data`` and ``w.detach()``."""
        for draft in self.shared_with(tensor):
            other = draft.tensor
            if other is None or other is tensor or not same_place(other, tensor):
                continue
            if draft.gradient_of is not None or (other.requires_grad and is_leaf(other)):
                return draft, other
        return None

    def clear(self) -> None:
        for memory in self._sharing:
            self._forget(memory)
        self._sharing.clear()
        self._lent.clear()
        self._made.clear()
        self._outside.clear()
