"""A recording while it is being made: torch objects on one side, frozen parts on the other."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.recorder.follow.tensors import Snapshots, is_leaf, version_of
from engine.recorder.follow.values import Values
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.passes.chains import Chains
from engine.recorder.passes.drafts import Maker, NodeDraft
from engine.recorder.passes.saved import PACKED_NOTE, read_saved
from engine.recorder.passes.sweeping import Sweeper
from engine.recorder.watch.unseen import unseen, would_see
from engine.recording import (
    Argument,
    Call,
    Edge,
    Moment,
    Node,
    NodeRun,
    Operation,
    Pass,
    Place,
    Read,
    Recording,
    Saved,
    Span,
    Value,
    Variable,
)
from engine.runtime.said import called

_READS = 4
"""Of one place in the text that reads numbers, so many are kept: the last."""
_saved_tensor_hooks = torch._C._autograd._top_saved_tensors_default_hooks
AFTER_NODES = (
    "was changed after a pass had run its last Node, as DistributedDataParallel does to average: what is shown from then on is "
    "what it became"
)
ACCUMULATE = "torch::autograd::AccumulateGrad"


class _Fresh(NamedTuple):
    """A Node of torch's that was not seen before, and where it leads to: (Node, number of its output) for each edge."""

    node: Any
    following: tuple[tuple[Any, int], ...]


class Draft(Values):
    """Everything recorded so far. Ids are indices into its lists."""

    def __init__(self, text: str, names: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.text = text
        self.operations: list[Operation] = []
        self.passes: list[Pass] = []
        self.runs: list[NodeRun] = []
        self.printed: list[str] = []
        self.notes: list[str] = []
        self.calls: list[Call] = []
        self.elsewhere: dict[int, Place] = {}
        self.reads: list[Read] = []
        self._places_read: dict[tuple[str, Span | None], list[int]] = {}
        self._owners: dict[int, list[VariableDraft]] = {}
        self._nodes: list[Any] = []
        self._chains = Chains()
        self._sweeper = Sweeper()
        self._sequences = array("q")
        """What torch numbered the Nodes that were let go, by their ids."""
        self._node_ids: dict[int, int] = {}
        self._node_parts: list[NodeDraft] = []
        self._accumulators: dict[int, int] = {}
        self._saved: list[tuple[Saved, ...]] = []
        self.packed: set[int] = set()
        """Nodes whose saved tensors pass through hooks: running such a Node once more would run them once more."""
        self._makers: dict[int, Maker] = {}
        self._valued: dict[int, Tensor] = {}
        self.hooked = False
        """The program registered a hook of a tensor, which may write to any other one within a pass."""
        self.unfinished = False
        """Recording failed, and may have left something begun."""
        for name, tensor in names.items():
            self.value_of(tensor, name)

    # Nodes -------------------------------------------------------------------------------------------------------

    def node_id(self, node: Any, operation: int | None = None, first: int = 0) -> int:
        """Id of an autograd Node, which is registered with all that it leads to.

        Nodes not seen before whose sequence number is at least ``first`` are the ``operation``'s own.
        """
        known = self._node_ids
        number = known.get(id(node))
        if number is not None:
            return number
        fresh = {id(node): _Fresh(node, node.next_functions)}
        stack = [node.next_functions]
        while stack:
            for target, _ in stack.pop():
                if target is not None and id(target) not in known and id(target) not in fresh:
                    following = target.next_functions
                    fresh[id(target)] = _Fresh(target, following)
                    stack.append(following)
        ordered = sorted(fresh.values(), key=lambda item: _sequence_of(item.node)) if len(fresh) > 1 else list(fresh.values())
        for item, _ in ordered:
            known[id(item)] = self.numbers.of(len(self._nodes))
            self._nodes.append(item)
        self._chains.expect(following for _, following in ordered)
        for item, following in ordered:
            draft = self._node_part(item, following, operation, first)
            self._chains.add(known[id(item)], item, following, draft.edges)
            self._node_parts.append(draft)
        return known[id(node)]

    def _node_part(self, node: Any, following: Any, operation: int | None, first: int) -> NodeDraft:
        known = self._node_ids
        edges = tuple(
            [Edge(slot, known[id(target)], output) for slot, (target, output) in enumerate(following) if target is not None]
        )
        name = node.name()
        if name == ACCUMULATE:
            leaf = node.variable
            draft = self._by_tensor.get(id(leaf))
            if draft is None:
                self.value_of(leaf)
                draft = self._by_tensor[id(leaf)]
            self._accumulators[draft.id] = known[id(node)]
            return NodeDraft("AccumulateGrad", edges, None, draft.id)
        own = operation if operation is not None and node._sequence_nr() >= first else None
        return NodeDraft(intern(called(name.rpartition("::")[2])), edges, own, None)

    def save_tensors(self, candidates: Sequence[Tensor] = ()) -> None:
        """Read what the Nodes registered since the last call keep, before anything can change it."""
        hooked = _saved_tensor_hooks(True) is not None
        for number in range(len(self._saved), len(self._node_parts)):
            if hooked:
                self.packed.add(number)
            self._saved.append(read_saved(self._nodes[number], candidates, self._known_value, self.snapshots.take))

    def _known_value(self, tensor: Tensor) -> int | None:
        draft = self._by_tensor.get(id(tensor))
        return draft.value if draft is not None and not self._stepped(draft, tensor) else None

    def new_nodes(self, since: int) -> tuple[int, ...]:
        """Ids of Nodes registered since there were ``since`` of them that belong to an operation."""
        return tuple(
            self.numbers.of(number)
            for number in range(since, len(self._node_parts))
            if self._node_parts[number].operation is not None
        )

    def is_used(self, draft: VariableDraft) -> bool:
        """Whether a leaf was used in a graph."""
        return draft.id in self._accumulators

    def node_object(self, number: int) -> Any:
        """Torch's own Node of that id."""
        return self._nodes[number]

    def sequence_number(self, number: int) -> int:
        """What torch numbered that Node."""
        node = self._nodes[number]
        return self._sequences[number] if node is None else _sequence_of(node)

    def sweep(self, made: Sequence[Tensor]) -> None:
        """Let go of Nodes that nothing leads to any more, and of what they keep for a backward; ``made`` came just now."""
        if not self._sweeper.due(made, len(self._nodes)):
            return
        roots = [*self._valued]
        for draft in self._by_tensor.values():
            node, tensor = self.values[draft.value].node if draft.value >= 0 else None, draft.tensor
            if node is not None:
                roots.append(node)
            elif tensor is not None and tensor.requires_grad and is_leaf(tensor) and tensor.grad is not None:
                made_by = tensor.grad.grad_fn
                roots += [] if made_by is None else [self.node_id(made_by)]
        self._sequences.extend([0] * (len(self._nodes) - len(self._sequences)))
        for number in self._sweeper.dead(roots, self._nodes, self._node_parts, self._chains.holding):
            node = self._nodes[number]
            self._sequences[number] = _sequence_of(node)
            del self._node_ids[id(node)]
            self._nodes[number] = None

    def parts(self) -> dict[str, Any]:
        """Its lists and dicts, by the names that a journal calls them."""
        return {
            "values": self.values,
            "nodes": self._node_parts,
            "saved": self._saved,
            "operations": self.operations,
            "passes": self.passes,
            "runs": self.runs,
            "calls": self.calls,
            "moments": self.moments,
            "inputs": self.inputs,
            "printed": self.printed,
            "notes": self.notes,
            "reads": self.reads,
            "accumulators": self._accumulators,
            "makers": self._makers,
            "elsewhere": self.elsewhere,
            "torch nodes": self._nodes,
            "sequences": self._sequences,
        }

    def was_read(self, tensor: Tensor, how: str, span: Span | None) -> None:
        """Numbers were taken out of a tensor of the recording."""
        if self.variable_of(tensor) is not None:
            read = Read(self.value_of(tensor), how, len(self.moments), span)
            place = self._places_read.setdefault((how, span), [])
            if len(place) < _READS:
                place.append(len(self.reads))
                self.reads.append(read)
            else:  # in the place of the oldest
                place.append(place.pop(0))
                self.reads[place[-1]] = read

    def has_node(self, name: str) -> bool:
        """Whether there is a Node of that name, as torch calls it."""
        return any(draft.name == name for draft in self._node_parts)

    def node_variable(self, number: int) -> int | None:
        """The variable that an AccumulateGrad adds to; None for other Nodes."""
        return self._node_parts[number].variable

    @property
    def node_count(self) -> int:
        return len(self._node_parts)

    # Nodes of gradients ------------------------------------------------------------------------------------------

    def made_in_pass(self, gradient: Tensor, pass_id: int, by: int | None) -> None:
        """A pass with ``create_graph=True`` made ``gradient``, while Node ``by`` ran or (None) between two Nodes."""
        before = self.node_count
        self.node_id(gradient.grad_fn)
        for number in range(before, self.node_count):
            if self._node_parts[number].name != "AccumulateGrad":
                self._makers[number] = Maker(pass_id, by)
                if by is None:
                    self._partial_sum(number)

    def _partial_sum(self, number: int) -> None:
        """Torch hands a sum of three contributions to someone, but the sum of the first two to no one: it is added up again."""
        draft = self._node_parts[number]
        terms = [self._valued.get(edge.to) for edge in draft.edges]
        if draft.name == "AddBackward0" and len(terms) == 2 and all(edge.output == 0 for edge in draft.edges):
            first, second = terms
            if first is not None and second is not None and not (would_see(first) or would_see(second)):
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
        self.values[draft.value] = self.values[draft.value]._replace(operation=operation)
        return draft.value

    def add_failed(self, name: str, inputs: Sequence[Argument], span: Span | None, call: int | None) -> None:
        """Torch refused this operation."""
        grad_enabled = torch.is_grad_enabled()
        self.operations.append(
            Operation(
                self.numbers.of(len(self.operations)), called(name), tuple(inputs), (), (), span, False, False, grad_enabled, call
            )
        )

    # Gradients ---------------------------------------------------------------------------------------------------

    @unseen
    def gradient_read(self, owner: Tensor, gradient: Tensor) -> None:
        """``owner.grad`` was read: from now on ``gradient`` is known as the gradient of that variable."""
        self.value_of(owner)
        leaf = self._by_tensor[id(owner)]
        name = intern(f"{leaf.name}.grad") if leaf.name else None
        self.value_of(gradient, name)
        draft = self._by_tensor[id(gradient)]
        if draft.name is None and name:
            self._rename(draft, name)
        owners = self._owners.setdefault(draft.id, [])
        if leaf not in owners:
            owners.append(leaf)
        if draft.gradient_of is None:
            draft.gradient_of = leaf.id
            if draft.value in self.inputs:
                self.inputs.remove(draft.value)

    @unseen
    def grad_written(self, owner: Tensor, before: Tensor | None, span: Span | None) -> None:
        """``owner.grad = …`` ran; ``before`` is what it was."""
        after, variable = owner.grad, self.variable_of(owner)
        if variable is None or after is before:
            return
        if after is None:
            self.moments.append(Moment("zero", "zero", -1, span, "set to None"))
        else:
            self.moments.append(Moment("update", "update", -1, span, "set"))
            self.gradient_read(owner, after)
        variable.add_gradient(self.now, None if after is None else self.snapshots.take(after))

    def find_gradients(self, among: Iterable[int] | None = None) -> list[VariableDraft]:
        """A pass wrote to the ``.grad`` of leaves without being seen: they are what they are now. Which these are.

        ``among``: ids of the variables to look at, all of them when None.
        """
        found, end = [], self.now
        for draft in self.variables if among is None else [self.variables[number] for number in among]:
            tensor = draft.tensor
            if tensor is None or not draft.requires_grad or not is_leaf(tensor):
                continue
            now, known = tensor.grad, draft.gradient
            same = now is None and known is None
            if now is not None and known is not None:
                same = self.snapshots.shows(known, now)
            if not same:
                found.append(draft)
                draft.add_gradient(end, None if now is None else self.snapshots.take(now))
                if now is not None:
                    self.memories.lend(now)  # who wrote to it once without torch's counting it may do so again
                    self.follow_gradients(self.refresh_aliases(now, None, end), end)
        return found

    def after_pass(self) -> None:
        """The engine has come back: what it called may have changed the leaves, and after the last Node their gradients."""
        for draft in [self.variables[number] for number in self._accumulators]:
            tensor = draft.tensor
            if tensor is None:
                continue
            if self.hooked and draft.version == version_of(tensor) and self._differs(draft, tensor):
                self.memories.lend(tensor)  # through ``.data``, which torch does not count
            self.value_of(tensor)
        changed = self.find_gradients(self._accumulators)
        names = ", ".join(f"`{draft.name}.grad`" for draft in changed if draft.name)
        if changed and not any(note.endswith(AFTER_NODES) for note in self.notes):
            self.notes.append(f"{names or 'the gradient of a leaf'} {AFTER_NODES}")

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
                if owner.gradient_since != moment:
                    owner.add_gradient(moment, self.values[draft.value].data)

    def mend(self) -> None:
        """Where recording ended in the midst of something, leave out what was begun: nothing refers to what is not there."""
        known = {item.id: item for item in self.variables}
        for value in self.values:
            if not known[value.variable].values:
                known[value.variable].add_value(len(self.moments), value.id)
        kept = [item for item in self.variables if item.values]
        numbers = {item.id: number for number, item in enumerate(kept)}
        nodes, operations, end = len(self._node_parts), len(self.operations), len(self.moments)
        self.variables = kept
        for item in kept:
            item.id = numbers[item.id]
            item.values = [(min(moment, end), number) for moment, number in item.values]
            item.gradients = [(min(moment, end), data) for moment, data in item.gradients]
            item.gradient_of = None if item.gradient_of is None else numbers.get(item.gradient_of)
        self._accumulators = {
            numbers[variable]: node for variable, node in self._accumulators.items() if variable in numbers and node < nodes
        }
        self.values = [
            value._replace(
                variable=numbers[value.variable],
                node=None if value.node is not None and value.node >= nodes else value.node,
                operation=None if value.operation is not None and value.operation >= operations else value.operation,
            )
            for value in self.values
        ]
        self._node_parts = [
            draft._replace(
                edges=tuple(edge for edge in draft.edges if edge.to < nodes),
                operation=None if draft.operation is not None and draft.operation >= operations else draft.operation,
                variable=None if draft.variable is None else numbers.get(draft.variable),
            )
            for draft in self._node_parts
        ]

    def finish(self, failed: bool, source: str = "") -> Recording:
        """The frozen recording; all that it was made from is let go."""
        accumulators = self._accumulators
        # In the place of what they are made from, so that nothing of a long recording is there twice.
        values: list[Any] = self.values
        for number, value in enumerate(self.values):
            adds = value.requires_grad and value.leaf  # to its ``.grad``, by a Node that torch made with its first use
            values[number] = Value(*(value._replace(node=accumulators.get(value.variable)) if adds else value))
        variables: list[Any] = self.variables
        for number, item in enumerate(self.variables):
            variables[number] = Variable(item.id, item.name, tuple(item.values), tuple(item.gradients), item.gradient_of)
        nodes: list[Any] = self._node_parts
        for number, draft in enumerate(self._node_parts):
            maker = self._makers.get(number)
            nodes[number] = Node(
                number,
                draft.name,
                draft.edges,
                draft.operation,
                draft.variable,
                self._saved[number] if number < len(self._saved) else (),
                None if maker is None else maker.pass_id,
                None if maker is None else maker.node,
            )
        notes = [*self.notes]
        if self.packed:
            notes.append(PACKED_NOTE)
        notes += self.snapshots.notes()
        recording = Recording(
            self.text,
            tuple(values),
            tuple(variables),
            tuple(self.operations),
            tuple(nodes),
            tuple(self.passes),
            tuple(self.runs),
            tuple(self.moments),
            "".join(self.printed),
            failed,
            tuple(notes),
            tuple(self.inputs),
            tuple(self.calls),
            source,
            dict(self.elsewhere),
            tuple(sorted((item for item in self.reads if item.moments <= len(self.moments)), key=lambda item: item.moments)),
        )
        for kept in vars(self).values():  # the recorder is part of cycles, so what it holds would stay until these are looked for
            if isinstance(kept, list | dict | set):
                kept.clear()
        del self._sequences[:]
        self._chains.clear()
        self.memories.clear()
        self.snapshots = Snapshots()
        return recording


def _sequence_of(node: Any) -> int:
    number: int = node._sequence_nr()
    return number
