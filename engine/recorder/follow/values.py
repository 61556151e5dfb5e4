"""The values of tensors in a recording that is being made: each one's object, version and name."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from engine.recorder.follow.contents import Contents
from engine.recorder.follow.followed import Followed
from engine.recorder.follow.memories import Memories
from engine.recorder.follow.names import SEARCHES, Frames, Names
from engine.recorder.follow.numbers import Numbers
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.tensors import Snapshots, grad_fn_of, is_leaf, memory_of, version_of
from engine.runtime.said import called
from engine.tables import Moment, Value
from engine.tables.quick import changed


class GivesNodes(Protocol):
    """What knows Nodes by their ids."""

    def id_of(self, node: Any, operation: int | None = None) -> int:
        """Id of an autograd Node; it belongs to ``operation`` if it was not seen before."""


class Values:
    """Makes a value of what a tensor is, each time that it has changed.

    Parameters
    ----------
    drafts : list of Value
        Gets the values, each at its id; one of which more becomes known is replaced.
    numbers : Numbers
    moments : list of Moment
        Those of the recording so far.
    snapshots : Snapshots
    followed, memories, contents, names :
        What is known of the tensors.
    nodes : GivesNodes
    """

    def __init__(
        self,
        drafts: list[Value],
        numbers: Numbers,
        moments: list[Moment],
        *,
        snapshots: Snapshots,
        followed: Followed,
        memories: Memories,
        contents: Contents,
        names: Names,
        nodes: GivesNodes,
    ) -> None:
        self.drafts = drafts
        self.arrived: list[int] = []
        """Values that no operation made."""
        self.inputs: list[int] = []
        """Values that may have existed before the recording began."""
        self._numbers, self._moments, self._snapshots = numbers, moments, snapshots
        self._followed, self._memories, self._contents, self._names = followed, memories, contents, names
        self._by_tensor = followed.by_tensor
        self._nodes = nodes

    @property
    def now(self) -> int:
        """The number of moments after which what happens between two operations takes place."""
        return self._numbers.of(len(self._moments))

    def of(self, tensor: Tensor, name: str | None = None, frames: Frames = ()) -> int:
        """Id of the tensor's present value. A tensor not seen before is an input of the recording.

        Its name is looked for in ``frames``, one after the other.
        """
        return self.variable_of(tensor, name, frames).value

    def variable_of(self, tensor: Tensor, name: str | None = None, frames: Frames = ()) -> VariableDraft:
        """The variable of a tensor, with its present value: see ``of``."""
        draft, names = self._by_tensor.get(id(tensor)), self._names
        if draft is None:
            if name is None:
                name = names.look_up(tensor, frames, names.deep)
            draft = self.follow(tensor, name)
            self.add(draft, tensor, None, self.now, draft.name)
            self.arrived.append(draft.value)
            if not self._memories.made_meanwhile(tensor):
                self.inputs.append(draft.value)
            if self._memories.borrowed(tensor):
                self._memories.lend(tensor, outside=True)
        elif (
            (draft.version != version_of(tensor) and self._contents.stepped(draft, tensor))
            or draft.requires_grad != tensor.requires_grad
            or self._contents.written(draft, tensor)
        ):
            self._memories.moved(draft, tensor)
            self.add(draft, tensor, None, self.now, draft.name, unsure=True)
        elif draft.stale and torch.is_grad_enabled():
            self._renew_node(draft, tensor)
        if names.deep and draft.name is None and draft.searched < SEARCHES:
            names.search(draft, tensor, frames)
        return draft

    def unchanged(self, tensor: Tensor) -> int | None:
        """Id of the value that a tensor is known to have; None if it is not followed, or has another one now."""
        draft = self._by_tensor.get(id(tensor))
        return draft.value if draft is not None and not self._contents.stepped(draft, tensor) else None

    def look_outside(self) -> None:
        """Take what something other than torch has written since it was last seen."""
        for tensor in self._memories.outside():
            self.of(tensor)

    def follow(self, tensor: Tensor, name: str | None) -> VariableDraft:
        """Begin to follow a tensor object, as yet without a value. Its ``.grad`` is followed too if it already has one."""
        draft = self._followed.add(tensor, name)
        if tensor.requires_grad and is_leaf(tensor):
            grad = tensor.grad
            if grad is not None:
                draft.add_gradient(self.now, self._snapshots.take(grad))
        return draft

    def made(self, tensor: Tensor, operation: int, moment: int, name: str | None) -> int:
        """The operation made or changed ``tensor``: its new value's id, current after ``moment`` moments."""
        draft = self._by_tensor.get(id(tensor))
        if draft is None:
            self._memories.born(tensor)
            draft = self.follow(tensor, name)
        elif name is not None:
            draft.name = called(name)
        self.add(draft, tensor, operation, moment, draft.name)
        return draft.value

    def refresh_aliases(self, tensor: Tensor, operation: int | None, moment: int, *, unsure: bool | None = True) -> list[Tensor]:
        """``tensor`` was changed in place: follow the change in all tensors that share its memory. Returns those that changed.
        ``unsure``: it is not known what was written, as by the engine in a pass; for an ``operation`` it is known.
        """
        found = []
        unsure = unsure if operation is None else None
        memory = memory_of(tensor)
        if memory is None:
            return []
        extent = self._contents.extent(tensor, memory, None if operation is None else moment)
        drafts = self._memories.shared_with(tensor) if tensor.requires_grad else self._memories.meeting(tensor, extent)
        for draft in drafts:
            other = draft.tensor
            if other is None or not self._memories.still_there(draft, other):
                continue
            if draft.version != version_of(other) or self._contents.written(draft, other):
                view = other is not tensor and other._is_view()
                self.add(draft, other, operation, moment, draft.name, view=view, unsure=unsure)
                found.append(other)
        return found

    def add(
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
        """A variable has another value, current after ``moment`` moments.

        Parameters
        ----------
        operation : int or None
            What made it.
        maker : Node or None
            Its grad_fn, if torch would name another one.
        view : bool
            Changed through another tensor. Asking for its grad_fn would make a Node, so it keeps the one it had.
        unsure : bool or None
            Whether it may have been written to unseen; None: an operation made or changed it.
        """
        requires_grad = tensor.requires_grad
        leaf = not requires_grad if view else is_leaf(tensor)
        node = None
        output = 0
        draft.stale = view
        if view:
            before = self.drafts[draft.value]
            node, output = before.node, before.output
        elif requires_grad and not leaf:
            history = grad_fn_of(tensor) if maker is None else maker
            if history is not None:
                node = self._nodes.id_of(history, operation)
                output = tensor.output_nr
        number = self._numbers.of(len(self.drafts))
        version = version_of(tensor)
        self.drafts.append(
            Value(
                number,
                draft.id,
                max(0, version),
                name,
                self._contents.of(tensor, unsure),
                requires_grad,
                leaf,
                node,
                output,
                operation,
            )
        )
        draft.version = version
        self._memories.placed(draft, tensor)
        draft.requires_grad = requires_grad
        draft.value = number
        draft.add_value(moment, number)
        if self._contents.ledgers.noticed and self._contents.noticed():
            self.refresh_aliases(tensor, None, moment, unsure=None)

    def _renew_node(self, draft: VariableDraft, tensor: Tensor) -> None:
        """A stale view is used: from now on its value names the grad_fn that torch makes for it."""
        draft.stale = False
        node = grad_fn_of(tensor)
        if node is not None:
            draft.requires_grad = True
            self.drafts[draft.value] = changed(
                self.drafts[draft.value], requires_grad=True, leaf=False, node=self._nodes.id_of(node), output=tensor.output_nr
            )
