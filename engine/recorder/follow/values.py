"""The values of tensors in a recording that is being made: of which object, in which version, called what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import FrameType
from typing import Any, NamedTuple
from weakref import ref

import torch
from torch import Tensor, nn

from engine.recorder.follow.elements import Extent, extent_of
from engine.recorder.follow.ledgers import SMALLEST, Held, Ledgers
from engine.recorder.follow.memories import Memories, is_silent
from engine.recorder.follow.naming import global_name, name_in, parameter_names
from engine.recorder.follow.numbers import Numbers
from engine.recorder.follow.regions import PARTIAL, Runs, written_runs
from engine.recorder.follow.tensors import UNCOUNTED, Snapshots, grad_fn_of, is_leaf, memory_of, version_of
from engine.recorder.follow.variables import Hint, Reference, ValueDraft, VariableDraft
from engine.recorder.watch.unseen import unseen
from engine.recording import WHOLE_LIMIT, Argument, Moment, TensorData
from engine.runtime.said import called

_SEARCHES = 3
_LOOKED_AT = 8
"""Of tensors in one memory so many are asked whether a ledger can begin with what they held."""

Frames = tuple[FrameType, ...]


_gone = Reference(torch.empty(0))
"""To a tensor that the program let go of; one for all."""
_gone.key, _gone.number, _gone.memory = 0, -1, None


class Met(NamedTuple):
    """After how many moments an operation wrote, and where in which memories."""

    moment: int
    extents: dict[int, Extent]


class Values(ABC):
    """Follows tensor objects and what they hold."""

    def __init__(self) -> None:
        self.snapshots = Snapshots()
        self.values: list[ValueDraft] = []
        self.variables: list[VariableDraft] = []
        self.moments: list[Moment] = []
        self.numbers = Numbers()
        """Where all ids, and counts of moments, are taken from."""
        self.arrived: list[int] = []
        """Values that no operation made."""
        self.inputs: list[int] = []
        """Those of them that may have existed before the recording began."""
        self.hints: dict[int, Hint] = {}
        """By ``id``: tensors that have a name before they are used, such as the parameters of a module."""
        self.deep = False
        """For code of any kind: look for the names of tensors inside objects, lists and dicts too, and for those of results that
        were given none; keep no tensor alive."""
        self.ledgers = Ledgers(self.snapshots)
        self.memories = Memories(self.ledgers.forget)
        self.glance = 0
        """The ``id`` of a large tensor that an operation is given but does not read as a whole; 0 for none."""
        self.windows: set[int] = set()
        """Variables that ``.data`` returned."""
        self._by_tensor: dict[int, VariableDraft] = {}
        self._met = Met(0, {})
        """Where the newest operation wrote."""

    @property
    def now(self) -> int:
        """After how many moments what happens between two operations is."""
        return self.numbers.of(len(self.moments))

    @abstractmethod
    def node_id(self, node: Any, operation: int | None = None, first: int = 0) -> int:
        """Id of an autograd Node."""

    def value_of(self, tensor: Tensor, name: str | None = None, frames: Frames = ()) -> int:
        """Id of the tensor's present value. A tensor not seen before is an input of the recording.

        Its name is looked for in ``frames``, one after the other.
        """
        draft = self._by_tensor.get(id(tensor))
        if draft is None:
            if name is None:
                name = self._look_up(tensor, frames, self.deep)
            draft = self.add_variable(tensor, name)
            self._add_value(draft, tensor, None, self.now, draft.name)
            self.arrived.append(draft.value)
            if not self.memories.made_meanwhile(tensor):
                self.inputs.append(draft.value)
            if self.memories.borrowed(tensor):
                self.memories.lend(tensor, outside=True)
        elif self._stepped(draft, tensor) or draft.requires_grad != tensor.requires_grad or self._written(draft, tensor):
            self.memories.moved(draft, tensor)
            self._add_value(draft, tensor, None, self.now, draft.name, unsure=True)
        elif draft.stale and torch.is_grad_enabled():
            self._renew_node(draft, tensor)
        if self.deep and draft.name is None and draft.searched < _SEARCHES and frames:
            self._search(draft, tensor, frames)
        return draft.value

    def look_outside(self) -> None:
        """Take what something else than torch has written since it was seen last."""
        for tensor in self.memories.outside():
            self.value_of(tensor)

    def _search(self, draft: VariableDraft, tensor: Tensor, frames: Frames) -> None:
        """Look for the program's name of a tensor: once, but a leaf may get one after the uses that fill it."""
        leaf = tensor.requires_grad and is_leaf(tensor)
        draft.searched += 1 if leaf else _SEARCHES
        found = self._look_up(tensor, frames, leaf)
        if found is not None:
            self._rename(draft, found)

    def _look_up(self, tensor: Tensor, frames: Frames, deep: bool) -> str | None:
        for frame in frames:
            if self.deep and id(tensor) not in self.hints and isinstance(tensor, nn.Parameter):
                self.hints = parameter_names(frame, tensor) | self.hints
        hint = self.hints.get(id(tensor))
        if hint is not None and hint.tensor is tensor:
            return hint.name
        if self.deep and tensor.requires_grad and is_leaf(tensor):  # what it is everywhere, not what a loop calls it
            for frame in frames:
                name = global_name(frame, tensor)
                if name is not None:
                    return name
        return next((name for frame in frames if (name := name_in(frame, tensor, deep=deep)) is not None), None)

    def add_variable(self, tensor: Tensor, name: str | None) -> VariableDraft:
        """Begin to follow a tensor object. Its ``.grad`` is followed too if it already has one."""
        reference = Reference(tensor, self._forget)
        draft = VariableDraft(self.numbers.of(len(self.variables)), reference, name, None if self.deep else tensor)
        reference.key = id(tensor)
        reference.number = draft.id
        reference.memory = None
        self.variables.append(draft)
        self._by_tensor[id(tensor)] = draft
        self.memories.add(draft, tensor)
        if tensor.requires_grad and is_leaf(tensor):
            grad = tensor.grad
            if grad is not None:
                draft.add_gradient(self.now, self.snapshots.take(grad))
        return draft

    def _forget(self, reference: ref[Tensor]) -> None:
        """The program let go of a tensor: another one may get its ``id``, and its memory."""
        assert isinstance(reference, Reference)
        known = self._by_tensor.get(reference.key)
        if known is None or known.id != reference.number:
            return
        del self._by_tensor[reference.key]
        self.memories.remove(known)
        known.reference = _gone
        known.end()

    def _stepped(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether torch counted a write since ``draft`` was looked at; not one that is known to be elsewhere in its memory."""
        version = version_of(tensor)
        if draft.version == version:
            return False
        if tensor.requires_grad or not self.memories.in_step(draft, tensor):
            return True
        draft.version = version
        return False

    def _written(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether a tensor has changed by ways that torch does not count."""
        unsure = draft.version == UNCOUNTED or self.memories.lent(draft)
        return unsure and not self._glances(tensor) and self._differs(draft, tensor)

    def _glances(self, tensor: Tensor) -> bool:
        """Whether what is written unseen to ``tensor`` is not looked for now: it is found where it is read."""
        return id(tensor) == self.glance and tensor.numel() > WHOLE_LIMIT

    def _differs(self, draft: VariableDraft, tensor: Tensor) -> bool:
        data = self.values[draft.value].data
        shown = self.ledgers.shows(data, tensor)
        return not (self.snapshots.shows(data, tensor) if shown is None else shown)

    def wrote(self, name: str, changed: Iterable[Tensor], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """An operation just wrote to ``changed``, of which no new values are recorded yet: note where it wrote."""
        met: dict[int, Extent] = {}
        for tensor in changed:
            memory = memory_of(tensor)
            if memory is None:
                continue
            runs = written_runs(name, tensor, args, kwargs) if tensor.is_cpu else None
            if tensor.is_cpu:
                self.ledgers.wrote(tensor, runs, self._before(tensor))
            known = self._by_tensor.get(id(tensor))
            if known is not None and known.version != UNCOUNTED:
                self.memories.wrote(tensor, known.version)
            extent = extent_of(tensor) if runs is None else _extent(runs, tensor.itemsize)
            known_extent = met.get(memory)
            if known_extent is not None:
                extent = Extent(min(extent.begin, known_extent.begin), max(extent.end, known_extent.end))
            met[memory] = extent
        self._met = Met(len(self.moments) + 1, met)

    def _before(self, tensor: Tensor) -> Iterator[Held]:
        """Tensors in the memory of ``tensor``, which was just written to, with what they held before."""
        own = self._by_tensor.get(id(tensor))
        base = self._by_tensor.get(id(tensor._base)) if tensor._is_view() else None
        for draft in (own, base, *self.memories.shared_with(tensor)[:_LOOKED_AT]):
            other = None if draft is None else draft.tensor
            if draft is None or draft.value < 0 or other is None or not self.memories.still_there(draft, other):
                continue
            if draft is own or draft.version == version_of(other) or (own is not None and draft.version == own.version):
                yield Held(other, self.values[draft.value].data)

    def changed_by(self, name: str, tensors: list[Tensor], versions: list[int]) -> list[Tensor]:
        """Which of its arguments the operation changed; ``versions`` are those before it."""
        silent = is_silent(name)
        found = []
        for at, (item, version) in enumerate(zip(tensors, versions, strict=True)):
            draft = self._by_tensor.get(id(item)) if silent or version == UNCOUNTED else None
            if draft is not None and self._glances(item):
                draft = None
                if name in PARTIAL and not at:
                    found.append(item)
                    continue
            if version_of(item) != version or (draft is not None and self._differs(draft, item)):
                found.append(item)
        return found

    def keep(self, tensors: list[Tensor], operation: int, moment: int) -> list[Tensor]:
        """Follow what one that ``KEEPS`` something wrote to its arguments; which these are."""
        known = ((item, self._by_tensor.get(id(item))) for item in tensors if not item.requires_grad)
        found = [item for item, draft in known if draft is not None and self._differs(draft, item)]
        for item in found:
            self.ledgers.forget(memory_of(item))
            self.made(item, operation, moment, None)
            self.memories.lend(item)  # written to in a pass, too, where a checkpoint runs the forward again
        return found

    def set_data(self, tensor: Tensor) -> bool:
        """``tensor.data = …`` ran: whether that changed what ``tensor`` holds."""
        draft = self._by_tensor[id(tensor)]
        self.memories.moved(draft, tensor)
        return self._differs(draft, tensor)

    def owners(self, changed: list[Tensor], inputs: list[Argument]) -> list[Tensor]:
        """``changed`` with ``w`` in place of ``w.data``, and ``w.grad`` of ``w.grad.data``; so too the operation's ``inputs``.

        But not where the program gave what ``.data`` returned a name.
        """
        for at, item in enumerate(changed):
            view = self.variable_of(item)
            if view is None or view.name is not None or view.id not in self.windows:
                continue
            found = self.memories.behind(item)
            if found is not None:
                owner, changed[at] = found
                inputs[:] = [replace(part, value=owner.value) if part.value == view.value else part for part in inputs]
        return changed

    def let_go(self, tensor: Tensor) -> None:
        """Follow a tensor object no more, and do not refer to it."""
        draft = self._by_tensor.pop(id(tensor), None)
        if draft is not None:
            self.memories.remove(draft)
            draft.held, draft.reference = None, Reference(torch.empty(0))

    def followed(self) -> list[VariableDraft]:
        """The variables whose tensors the program still holds."""
        return [*self._by_tensor.values()]

    def variable_of(self, tensor: Tensor) -> VariableDraft | None:
        return self._by_tensor.get(id(tensor))

    def nameless(self, tensor: Tensor) -> bool:
        """Whether ``tensor`` has no name, as far as is known."""
        draft = self._by_tensor.get(id(tensor))
        return draft is None or draft.name is None

    def known_since(self, tensor: Tensor, count: int) -> bool:
        """Whether ``tensor`` was among the first ``count`` variables."""
        draft = self._by_tensor.get(id(tensor))
        return draft is not None and draft.id < count

    def made(self, tensor: Tensor, operation: int, moment: int, name: str | None) -> int:
        """The operation made or changed ``tensor``: its new value's id, current after ``moment`` moments."""
        draft = self._by_tensor.get(id(tensor))
        if draft is None:
            self.memories.born(tensor)
            draft = self.add_variable(tensor, name)
        elif name is not None:
            draft.name = called(name)
        self._add_value(draft, tensor, operation, moment, draft.name)
        return draft.value

    def refresh_aliases(self, tensor: Tensor, operation: int | None, moment: int, *, unsure: bool | None = True) -> list[Tensor]:
        """``tensor`` was changed in place: follow the change in all tensors that share its memory. Those that changed.

        ``unsure``: it is not known what was written, as by the engine in a pass; not so for an ``operation``.
        """
        found = []
        unsure = unsure if operation is None else None
        memory = memory_of(tensor)
        if memory is None:
            return []
        extent = self._met.extents.get(memory) if operation is not None and self._met.moment == moment else None
        if extent is None:
            extent = extent_of(tensor)
        drafts = self.memories.shared_with(tensor) if tensor.requires_grad else self.memories.meeting(tensor, extent)
        for draft in drafts:
            other = draft.tensor
            if other is None or not self.memories.still_there(draft, other):
                continue
            if draft.version != version_of(other) or self._written(draft, other):
                view = other is not tensor and other._is_view()
                self._add_value(draft, other, operation, moment, draft.name, view=view, unsure=unsure)
                found.append(other)
        return found

    def _add_value(
        self,
        draft: VariableDraft,
        tensor: Tensor,
        operation: int | None,
        moment: int,
        name: str | None,
        maker: Any = None,
        *,
        view: bool = False,
        unsure: bool | None = None,
    ) -> None:
        """``view``: changed through another tensor. Asking for its grad_fn would make a Node, so it keeps the one it had."""
        requires_grad = tensor.requires_grad
        leaf = not requires_grad if view else is_leaf(tensor)
        node = None
        output = 0
        draft.stale = view
        if view:
            before = self.values[draft.value]
            node, output = before.node, before.output
        elif requires_grad and not leaf:
            history = grad_fn_of(tensor) if maker is None else maker
            if history is not None:
                node = self.node_id(history, operation)
                output = tensor.output_nr
        number = self.numbers.of(len(self.values))
        self.values.append(
            ValueDraft(
                number,
                draft.id,
                max(0, version_of(tensor)),
                name,
                self._data_of(tensor, unsure),
                requires_grad,
                leaf,
                node,
                output,
                operation,
            )
        )
        draft.version = version_of(tensor)
        self.memories.placed(draft, tensor)
        draft.requires_grad = requires_grad
        draft.value = number
        draft.add_value(moment, number)
        if self.ledgers.noticed:  # others see it too
            self.ledgers.noticed, self.glance = False, 0
            self.refresh_aliases(tensor, None, moment, unsure=None)

    def _data_of(self, tensor: Tensor, unsure: bool | None) -> TensorData:
        """A snapshot, or where in the ledger of its memory it lies; ``unsure``: it may have been written to unseen."""
        if unsure is None:  # an operation made or changed it, and what that wrote is known
            unsure = self.memories.lent_to(tensor) and 2 * tensor.nbytes <= (self.ledgers.size_of(tensor) or tensor.nbytes * 2)
            unsure = unsure and not self._glances(tensor)
        if unsure and (tensor.nbytes >= SMALLEST or self.glance) and tensor.is_cpu and not self.ledgers.size_of(tensor):
            self.ledgers.begin(tensor, self._before(tensor))
        found = self.ledgers.data_of(tensor, unsure)
        return self.snapshots.take(tensor) if found is None else found

    def _renew_node(self, draft: VariableDraft, tensor: Tensor) -> None:
        """A stale view is used: from now on its value says the grad_fn that torch makes for it."""
        draft.stale = False
        node = grad_fn_of(tensor)
        if node is not None:
            draft.requires_grad = True
            self.values[draft.value] = self.values[draft.value]._replace(
                requires_grad=True, leaf=False, node=self.node_id(node), output=tensor.output_nr
            )

    # Names ----------------------------------------------------------------------------------------------------

    def name_later(self, tensor: Tensor, name: str) -> None:
        """A tensor that was used without a name turns out to have one."""
        draft = self._by_tensor.get(id(tensor))
        if draft is not None and draft.name is None:
            self._rename(draft, name)

    @unseen
    def name_read(self, tensor: Tensor, frames: Frames) -> None:
        """The program looks at what a tensor holds: if it is followed and has no name, the name is looked for."""
        draft = self._by_tensor.get(id(tensor))
        if draft is not None and draft.name is None and draft.searched < _SEARCHES and frames:
            self._search(draft, tensor, frames)

    def _rename(self, draft: VariableDraft, name: str) -> None:
        draft.name = called(name)
        self.values[draft.value] = self.values[draft.value]._replace(name=draft.name)


def _extent(runs: Runs, itemsize: int) -> Extent:
    starts, length = runs
    return Extent(min(starts) * itemsize, (max(starts) + length) * itemsize) if starts else Extent(0, 0)
