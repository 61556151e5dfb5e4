"""A recording while it is being made: torch objects on one side, frozen parts on the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import FrameType
from typing import Any
from weakref import ref

import torch
from torch import Tensor, nn

from engine.recorder.naming import name_in, parameter_names, variables_of
from engine.recorder.saved import PACKED_NOTE, read_saved
from engine.recorder.tensors import Snapshots, grad_fn_of, is_leaf, memory_of, version_of
from engine.recorder.variables import Reference, VariableDraft
from engine.recording import Call, Edge, Moment, Node, NodeRun, Operation, Pass, Recording, Saved, Value, Variable

_saved_tensor_hooks = torch._C._autograd._top_saved_tensors_default_hooks
ACCUMULATE = "torch::autograd::AccumulateGrad"
_SEARCHES = 3


class Draft:
    """Everything recorded so far. Ids are indices into its lists."""

    def __init__(self, text: str, names: Mapping[str, Tensor]) -> None:
        self.text = text
        self.snapshots = Snapshots()
        self.values: list[tuple[Any, ...]] = []
        self.variables: list[VariableDraft] = []
        self.operations: list[Operation] = []
        self.passes: list[Pass] = []
        self.runs: list[NodeRun] = []
        self.moments: list[Moment] = []
        self.printed: list[str] = []
        self.inputs: list[int] = []
        self.notes: list[str] = []
        self.calls: list[Call] = []
        self.hints: dict[int, tuple[Tensor, str]] = {}
        """By ``id``: tensors that have a name before they are used, such as the parameters of a module."""
        self.deep = False
        """For code of any kind: look for the names of tensors inside objects, lists and dicts too, and for those of results that
        were given none; keep no tensor alive."""
        self._by_tensor: dict[int, VariableDraft] = {}
        self._sharing: dict[int, list[VariableDraft]] = {}
        self._owners: dict[int, list[VariableDraft]] = {}
        self._nodes: list[Any] = []
        self._node_ids: dict[int, int] = {}
        self._node_parts: list[tuple[str, tuple[Edge, ...], int | None, int | None]] = []
        self._accumulators: dict[int, int] = {}
        self._saved: list[tuple[Saved, ...]] = []
        self.packed: set[int] = set()
        """Nodes whose saved tensors pass through hooks: running such a Node once more would run them once more."""
        self._makers: dict[int, tuple[int, int | None]] = {}
        self._valued: dict[int, Tensor] = {}
        for name, tensor in names.items():
            self.value_of(tensor, name)

    # Values ------------------------------------------------------------------------------------------------------

    def value_of(self, tensor: Tensor, name: str | None = None, frame: FrameType | None = None) -> int:
        """Id of the tensor's present value. A tensor not seen before is an input of the recording."""
        draft = self._by_tensor.get(id(tensor))
        if draft is None:
            if name is None and frame is not None:
                name = self._look_up(tensor, frame, self.deep)
            draft = self.add_variable(tensor, name)
            self._add_value(draft, tensor, None, len(self.moments), name)
            self.inputs.append(draft.value)
        elif draft.version != version_of(tensor) or draft.requires_grad != tensor.requires_grad:
            self._add_value(draft, tensor, None, len(self.moments), draft.name)
        elif draft.stale and torch.is_grad_enabled():
            self._renew_node(draft, tensor)
        if self.deep and draft.name is None and draft.searched < _SEARCHES and frame is not None:
            self._search(draft, tensor, frame)
        return draft.value

    def _search(self, draft: VariableDraft, tensor: Tensor, frame: FrameType) -> None:
        """Look for the program's name of a tensor: once, but a leaf may get one after the uses that fill it."""
        leaf = tensor.requires_grad and is_leaf(tensor)
        draft.searched += 1 if leaf else _SEARCHES
        found = self._look_up(tensor, frame, leaf)
        if found is not None:
            self._rename(draft, found)

    def _look_up(self, tensor: Tensor, frame: FrameType, deep: bool) -> str | None:
        if self.deep and id(tensor) not in self.hints and isinstance(tensor, nn.Parameter):
            self.hints = parameter_names(frame, tensor) | self.hints
        hint = self.hints.get(id(tensor))
        return hint[1] if hint is not None and hint[0] is tensor else name_in(frame, tensor, deep=deep)

    def add_variable(self, tensor: Tensor, name: str | None) -> VariableDraft:
        """Begin to follow a tensor object. Its ``.grad`` is followed too if it already has one."""
        reference = Reference(tensor, self._forget)
        draft = VariableDraft(len(self.variables), reference, name, None if self.deep else tensor)
        reference.key = id(tensor)
        reference.number = draft.id
        self.variables.append(draft)
        self._by_tensor[id(tensor)] = draft
        memory = reference.memory = memory_of(tensor)
        if memory is not None:
            self._sharing.setdefault(memory, []).append(draft)
        if tensor.requires_grad and is_leaf(tensor):
            grad = tensor.grad
            if grad is not None:
                draft.gradients.append((len(self.moments), self.snapshots.take(grad)))
        return draft

    def _forget(self, reference: ref[Tensor]) -> None:
        """The program let go of a tensor: another one may get its ``id``, and its memory."""
        assert isinstance(reference, Reference)
        known = self._by_tensor.get(reference.key)
        if known is None or known.id != reference.number:
            return
        del self._by_tensor[reference.key]
        sharing = self._sharing.get(reference.memory) if reference.memory is not None else None
        if sharing is not None and reference.memory is not None:
            sharing.remove(known)
            if not sharing:
                del self._sharing[reference.memory]

    def variable_of(self, tensor: Tensor) -> VariableDraft | None:
        return self._by_tensor.get(id(tensor))

    def known_since(self, tensor: Tensor, count: int) -> bool:
        """Whether ``tensor`` was among the first ``count`` variables."""
        draft = self._by_tensor.get(id(tensor))
        return draft is not None and draft.id < count

    def made(self, tensor: Tensor, operation: int, moment: int, name: str | None) -> int:
        """The operation made or changed ``tensor``: its new value's id, current after ``moment`` moments."""
        draft = self._by_tensor.get(id(tensor))
        if draft is None:
            draft = self.add_variable(tensor, name)
        elif name is not None:
            draft.name = name
        self._add_value(draft, tensor, operation, moment, draft.name)
        return draft.value

    def refresh_aliases(self, tensor: Tensor, operation: int | None, moment: int) -> list[Tensor]:
        """``tensor`` was changed in place: follow the change in all tensors that share its memory. Those that changed."""
        memory = memory_of(tensor)
        found = []
        for draft in tuple(self._sharing.get(memory, ())) if memory is not None else ():
            other = draft.tensor
            if other is not None and draft.version != version_of(other):
                view = other is not tensor and other._is_view()
                self._add_value(draft, other, operation, moment, draft.name, view=view)
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
    ) -> None:
        """``view``: changed through another tensor. Asking for its grad_fn would make a Node, so it keeps the one it had."""
        requires_grad = tensor.requires_grad
        leaf = not requires_grad if view else is_leaf(tensor)
        node = None
        output = 0
        draft.stale = view
        if view:
            node, output = self.values[draft.value][7:9]
        elif requires_grad and not leaf:
            history = grad_fn_of(tensor) if maker is None else maker
            if history is not None:
                node = self.node_id(history, operation)
                output = tensor.output_nr
        number = len(self.values)
        self.values.append((
            number, draft.id, version_of(tensor), name, self.snapshots.take(tensor), requires_grad, leaf, node, output, operation,
        ))  # fmt: skip
        draft.version = version_of(tensor)
        draft.requires_grad = requires_grad
        draft.value = number
        draft.values.append((moment, number))

    def _renew_node(self, draft: VariableDraft, tensor: Tensor) -> None:
        """A stale view is used: from now on its value says the grad_fn that torch makes for it."""
        draft.stale = False
        node = grad_fn_of(tensor)
        if node is not None:
            draft.requires_grad = True
            parts = self.values[draft.value]
            self.values[draft.value] = (*parts[:5], True, False, self.node_id(node), tensor.output_nr, parts[9])

    # Nodes -------------------------------------------------------------------------------------------------------

    def node_id(self, node: Any, operation: int | None = None, first: int = 0) -> int:
        """Id of an autograd Node, which is registered with all that it leads to.

        Nodes not seen before whose sequence number is at least ``first`` are the ``operation``'s own.
        """
        known = self._node_ids
        number = known.get(id(node))
        if number is not None:
            return number
        fresh: dict[int, tuple[Any, Any]] = {id(node): (node, node.next_functions)}
        stack = [node.next_functions]
        while stack:
            for target, _ in stack.pop():
                if target is not None and id(target) not in known and id(target) not in fresh:
                    following = target.next_functions
                    fresh[id(target)] = (target, following)
                    stack.append(following)
        ordered = sorted(fresh.values(), key=_sequence) if len(fresh) > 1 else list(fresh.values())
        for item, _ in ordered:
            known[id(item)] = len(self._nodes)
            self._nodes.append(item)
        for item, following in ordered:
            self._node_parts.append(self._node_part(item, following, operation, first))
        return known[id(node)]

    def _node_part(
        self, node: Any, following: Any, operation: int | None, first: int
    ) -> tuple[str, tuple[Edge, ...], int | None, int | None]:
        known = self._node_ids
        edges = tuple([
            Edge(slot, known[id(target)], output) for slot, (target, output) in enumerate(following) if target is not None
        ])
        name = node.name()
        if name == ACCUMULATE:
            leaf = node.variable
            draft = self._by_tensor.get(id(leaf))
            if draft is None:
                self.value_of(leaf)
                draft = self._by_tensor[id(leaf)]
            self._accumulators[draft.id] = known[id(node)]
            return "AccumulateGrad", edges, None, draft.id
        own = operation if operation is not None and node._sequence_nr() >= first else None
        return name.rpartition("::")[2], edges, own, None

    def save_tensors(self, candidates: Sequence[Tensor] = ()) -> None:
        """Read what the Nodes registered since the last call keep, before anything can change it."""
        hooked = _saved_tensor_hooks(True) is not None
        for number in range(len(self._saved), len(self._node_parts)):
            if hooked:
                self.packed.add(number)
            self._saved.append(read_saved(self._nodes[number], candidates, self._known_value, self.snapshots.take))

    def _known_value(self, tensor: Tensor) -> int | None:
        draft = self._by_tensor.get(id(tensor))
        return draft.value if draft is not None and draft.version == version_of(tensor) else None

    def new_nodes(self, since: int) -> tuple[int, ...]:
        """Ids of Nodes registered since there were ``since`` of them that belong to an operation."""
        return tuple(
            number for number in range(since, len(self._node_parts)) if self._node_parts[number][2] is not None
        )

    def node_object(self, number: int) -> Any:
        """Torch's own Node of that id."""
        return self._nodes[number]

    def node_variable(self, number: int) -> int | None:
        """The variable that an AccumulateGrad adds to; None for other Nodes."""
        return self._node_parts[number][3]

    @property
    def node_count(self) -> int:
        return len(self._node_parts)

    # Nodes of gradients ------------------------------------------------------------------------------------------

    def made_in_pass(self, gradient: Tensor, pass_id: int, by: int | None) -> None:
        """A pass with ``create_graph=True`` made ``gradient``, while Node ``by`` ran or (None) between two Nodes."""
        before = self.node_count
        self.node_id(gradient.grad_fn)
        for number in range(before, self.node_count):
            if self._node_parts[number][0] != "AccumulateGrad":
                self._makers[number] = (pass_id, by)
                if by is None:
                    self._partial_sum(number)

    def _partial_sum(self, number: int) -> None:
        """Torch hands a sum of three contributions to someone, but the sum of the first two to no one: it is added up again."""
        name, edges, _, _ = self._node_parts[number]
        terms = [self._valued.get(edge.to) for edge in edges]
        if name == "AddBackward0" and len(terms) == 2 and all(edge.output == 0 for edge in edges):
            first, second = terms
            if first is not None and second is not None:
                with torch.enable_grad():
                    total = first + second
                self.intermediate(total, self._nodes[number], len(self.moments))

    def intermediate(self, tensor: Tensor, node: Any, moment: int) -> None:
        """``tensor`` is what torch computed at ``node``, which a pass made: a value that is known after ``moment`` moments."""
        if id(node) not in self._node_ids or id(tensor) in self._by_tensor:
            return
        number = self._node_ids[id(node)]
        if number not in self._makers or number in self._valued:
            return
        self._valued[number] = tensor
        draft = self.add_variable(tensor, None)
        self._add_value(draft, tensor, None, moment, None, node)

    def name_result(self, tensor: Tensor, operation: int, name: str | None) -> int:
        """An operation returned a value that is known already: from now on it is that operation's. Its id."""
        draft = self._by_tensor[id(tensor)]
        if name is not None and draft.name is None:
            self._rename(draft, name)
        self.values[draft.value] = (*self.values[draft.value][:-1], operation)
        return draft.value

    def name_later(self, tensor: Tensor, name: str) -> None:
        """A tensor that was used without a name turns out to have one."""
        draft = self._by_tensor.get(id(tensor))
        if draft is not None and draft.name is None:
            self._rename(draft, name)

    def name_remaining(self, frame: FrameType) -> None:
        """Look in the code's own variables for tensors that have no name yet."""
        for name, item in tuple(variables_of(frame).items()):
            if isinstance(item, Tensor) and not name.startswith("_"):
                self.name_later(item, name)

    def _rename(self, draft: VariableDraft, name: str) -> None:
        draft.name = name
        parts = self.values[draft.value]
        self.values[draft.value] = (*parts[:3], name, *parts[4:])

    # Gradients ---------------------------------------------------------------------------------------------------

    def gradient_read(self, owner: Tensor, gradient: Tensor) -> None:
        """``owner.grad`` was read: from now on ``gradient`` is known as the gradient of that variable."""
        self.value_of(owner)
        leaf = self._by_tensor[id(owner)]
        self.value_of(gradient, f"{leaf.name}.grad" if leaf.name else None)
        draft = self._by_tensor[id(gradient)]
        if draft.name is None and leaf.name:
            self._rename(draft, f"{leaf.name}.grad")
        owners = self._owners.setdefault(draft.id, [])
        if leaf not in owners:
            owners.append(leaf)
        if draft.gradient_of is None:
            draft.gradient_of = leaf.id
            if draft.value in self.inputs:
                self.inputs.remove(draft.value)

    def follow_gradients(self, changed: Iterable[Tensor], moment: int) -> None:
        """The ``.grad`` of every leaf that has one of ``changed`` as its ``.grad`` changed with it."""
        for tensor in changed:
            draft = self._by_tensor.get(id(tensor))
            if draft is None:
                continue
            for owner in self._owners.get(draft.id, ()):
                held = owner.tensor
                if held is None or held.grad is not tensor:
                    continue
                if not owner.gradients or owner.gradients[-1][0] != moment:
                    owner.gradients.append((moment, self.values[draft.value][4]))

    def finish(self, failed: bool, source: str = "") -> Recording:
        """The frozen recording; all that it was made from is let go."""
        accumulators = self._accumulators
        values = tuple(
            Value(
                number, variable, version, name, data, requires_grad, leaf,
                accumulators.get(variable) if requires_grad and leaf else node, output, operation,
            )
            for number, variable, version, name, data, requires_grad, leaf, node, output, operation in self.values
        )  # fmt: skip
        variables = tuple(
            Variable(item.id, item.name, tuple(item.values), tuple(item.gradients), item.gradient_of)
            for item in self.variables
        )
        nodes = tuple(
            Node(
                number, name, edges, operation, variable, self._saved[number] if number < len(self._saved) else (),
                *self._makers.get(number, (None, None)),
            )
            for number, (name, edges, operation, variable) in enumerate(self._node_parts)
        )  # fmt: skip
        notes = [*self.notes]
        if self.packed:
            notes.append(PACKED_NOTE)
        notes += self.snapshots.notes()
        recording = Recording(
            self.text, values, variables, tuple(self.operations), nodes, tuple(self.passes), tuple(self.runs),
            tuple(self.moments), "".join(self.printed), failed, tuple(notes), tuple(self.inputs), tuple(self.calls), source,
        )  # fmt: skip
        for kept in vars(self).values():  # the recorder is part of cycles, so what it holds would stay until these are looked for
            if isinstance(kept, list | dict | set):
                kept.clear()
        self.snapshots = Snapshots()
        return recording


def _sequence(item: tuple[Any, Any]) -> int:
    number: int = item[0]._sequence_nr()
    return number
