"""A recording while it is being made: torch objects on one side, frozen parts on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.recorder.follow.changes import Changes
from engine.recorder.follow.contents import Contents
from engine.recorder.follow.followed import Followed
from engine.recorder.follow.gradients import Gradients
from engine.recorder.follow.memories import Memories
from engine.recorder.follow.names import Names
from engine.recorder.follow.numbers import Numbers
from engine.recorder.follow.values import Values
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.ledgers import Ledgers
from engine.recorder.keep.tensors import Snapshots, is_leaf
from engine.recorder.passes.made import MadeInPasses
from engine.recorder.passes.nodes import Nodes
from engine.recorder.passes.saved import PACKED_NOTE, SavedTensors
from engine.recording import Recording
from engine.runtime.said import called
from engine.tables import Argument, Call, Hook, Moment, NodeRun, Operation, Pass, Place, Read, Span, Value
from engine.tables.quick import changed

_READS = 4
"""How many reads at one place in the text are kept: the last ones."""


class Draft:
    """Everything recorded so far, each subject in a part of its own. Ids are indices into lists.

    Attributes
    ----------
    followed : Followed
        The tensor objects.
    memories, contents, changes : Memories, Contents, Changes
        Where tensors lie, what they hold, what operations did to them.
    names : Names
    values : Values
        What tensors were.
    gradients : Gradients
        What the ``.grad`` of leaves was.
    nodes, saved, made : Nodes, SavedTensors, MadeInPasses
        Autograd's graph: its Nodes, what they save, and the Nodes that passes made.
    """

    def __init__(self, text: str, names: Mapping[str, Tensor], *, deep: bool = False) -> None:
        self.text = text
        self.operations: list[Operation] = []
        self.passes: list[Pass] = []
        self.runs: list[NodeRun] = []
        self.moments: list[Moment] = []
        self.printed: list[str] = []
        self.notes: list[str] = []
        self.calls: list[Call] = []
        self.elsewhere: dict[int, Place] = {}
        self.reads: list[Read] = []
        self.hooks: list[Hook] = []
        self._places_read: dict[tuple[str, Span | None], list[int]] = {}
        self.numbers = Numbers()
        """Where all ids, and counts of moments, are taken from."""
        self.unfinished = False
        """Recording failed, and may have left something begun."""
        self.snapshots = Snapshots()
        drafts: list[Value] = []
        ledgers = Ledgers(self.snapshots)
        self.memories = Memories(ledgers.forget)
        self.followed = Followed(self.numbers, self.memories, holds=not deep)
        self.contents = Contents(drafts, self.followed, self.memories, ledgers, self.snapshots)
        self.names = Names(drafts, self.followed, deep=deep)
        self.nodes = Nodes(self.numbers, self._variable_of)
        self.values = Values(
            drafts,
            self.numbers,
            self.moments,
            snapshots=self.snapshots,
            followed=self.followed,
            memories=self.memories,
            contents=self.contents,
            names=self.names,
            nodes=self.nodes,
        )
        self.changes = Changes(self.values, self.followed, self.memories, self.contents)
        self.gradients = Gradients(
            self.values,
            followed=self.followed,
            memories=self.memories,
            contents=self.contents,
            names=self.names,
            snapshots=self.snapshots,
            moments=self.moments,
            notes=self.notes,
        )
        self.saved = SavedTensors(self.nodes, self.values, self.snapshots)
        self.made = MadeInPasses(self.nodes, self.values, self.followed)
        for name, tensor in names.items():
            self.values.of(tensor, name)

    def _variable_of(self, leaf: Tensor) -> VariableDraft:
        """The variable of a leaf that a Node adds to; if it is followed, its present content is not looked at."""
        return self.followed.of(leaf) or self.values.variable_of(leaf)

    def sweep(self, made: Sequence[Tensor]) -> None:
        """Let go of Nodes that nothing leads to any more, and of what they keep for a backward; ``made`` was just returned."""
        if not self.nodes.due(made):
            return
        roots = self.made.roots()
        for draft in self.followed.alive():
            node, tensor = self.values.drafts[draft.value].node if draft.value >= 0 else None, draft.tensor
            if node is not None:
                roots.append(node)
            elif tensor is not None and tensor.requires_grad and is_leaf(tensor) and tensor.grad is not None:
                made_by = tensor.grad.grad_fn
                roots += [] if made_by is None else [self.nodes.id_of(made_by)]
        self.nodes.sweep(roots)

    def parts(self) -> dict[str, Any]:
        """Its lists and dicts, by the names that a journal uses for them."""
        return {
            "values": self.values.drafts,
            "nodes": self.nodes.drafts,
            "saved": self.saved.rows,
            "operations": self.operations,
            "passes": self.passes,
            "runs": self.runs,
            "calls": self.calls,
            "moments": self.moments,
            "inputs": self.values.inputs,
            "printed": self.printed,
            "notes": self.notes,
            "reads": self.reads,
            "hooks": self.hooks,
            "accumulators": self.nodes.accumulators,
            "makers": self.made.makers,
            "elsewhere": self.elsewhere,
            "torch nodes": self.nodes.objects,
            "sequences": self.nodes.sequences,
        }

    def was_read(self, tensor: Tensor, how: str, span: Span | None) -> None:
        """Numbers were taken out of a tensor of the recording."""
        if self.followed.of(tensor) is not None:
            read = Read(self.values.of(tensor), how, len(self.moments), span)
            place = self._places_read.setdefault((how, span), [])
            if len(place) < _READS:
                place.append(len(self.reads))
                self.reads.append(read)
            else:  # in place of the oldest
                place.append(place.pop(0))
                self.reads[place[-1]] = read

    def was_hooked(self, how: str, span: Span | None) -> None:
        """A hook that may change a gradient was registered; each place is told once."""
        if not any((known.how, known.span) == (how, span) for known in self.hooks):
            self.hooks.append(Hook(how, span))

    def name_result(self, tensor: Tensor, operation: int, name: str | None) -> int:
        """An operation returned a value that is already known: from now on it is that operation's. Returns its id."""
        draft = self.followed.of(tensor)
        assert draft is not None
        if name is not None:
            self.names.later(tensor, name)
        drafts = self.values.drafts
        drafts[draft.value] = changed(drafts[draft.value], operation=operation)
        return draft.value

    def add_failed(self, name: str, inputs: Sequence[Argument], span: Span | None, call: int | None) -> None:
        """Torch refused this operation."""
        grad_enabled = torch.is_grad_enabled()
        self.operations.append(
            Operation(
                self.numbers.of(len(self.operations)), called(name), tuple(inputs), (), (), span, False, False, grad_enabled, call
            )
        )

    def mend(self) -> None:
        """If recording ended in the middle of something, leave out what was begun, so that nothing refers to what is not
        there."""
        values, variables = self.values.drafts, self.followed.variables
        known = {item.id: item for item in variables}
        for value in values:
            if not known[value.variable].values:
                known[value.variable].add_value(len(self.moments), value.id)
        kept = [item for item in variables if item.values]
        numbers = {item.id: number for number, item in enumerate(kept)}
        nodes, operations, end = len(self.nodes), len(self.operations), len(self.moments)
        variables[:] = kept
        for item in kept:
            item.id = numbers[item.id]
            item.values = [(min(moment, end), number) for moment, number in item.values]
            item.gradients = [(min(moment, end), data) for moment, data in item.gradients]
            item.gradient_of = None if item.gradient_of is None else numbers.get(item.gradient_of)
        values[:] = [
            changed(
                value,
                variable=numbers[value.variable],
                node=None if value.node is not None and value.node >= nodes else value.node,
                operation=None if value.operation is not None and value.operation >= operations else value.operation,
            )
            for value in values
        ]
        self.nodes.mend(numbers, operations)

    def finish(self, failed: bool, source: str = "") -> Recording:
        """The frozen recording; everything that it was made from is let go."""
        accumulators, makers = self.nodes.accumulators, self.made.makers
        values, nodes = self.values.drafts, self.nodes.drafts
        for number, value in enumerate(values):
            if value.requires_grad and value.leaf:  # it adds to its ``.grad``, by a Node that torch made at its first use
                values[number] = changed(value, node=accumulators.get(value.variable))
        # They replace what they are made from, so that no part of a long recording is in memory twice.
        variables: list[Any] = self.followed.variables
        for number, item in enumerate(self.followed.variables):
            variables[number] = item.row()
        for number, node in enumerate(nodes):
            kept, maker = self.saved.of(number), makers.get(number)
            if maker is not None:
                nodes[number] = changed(node, saved=kept, made_in=maker.pass_id, made_by=maker.node)
            elif kept:
                nodes[number] = changed(node, saved=kept)
        notes = [*self.notes]
        if self.saved.packed:
            notes.append(PACKED_NOTE)
        notes += self.snapshots.notes()
        recording = Recording(
            text=self.text,
            values=tuple(values),
            variables=tuple(variables),
            operations=tuple(self.operations),
            nodes=tuple(nodes),
            passes=tuple(self.passes),
            runs=tuple(self.runs),
            moments=tuple(self.moments),
            printed="".join(self.printed),
            failed=failed,
            notes=tuple(notes),
            inputs=tuple(self.values.inputs),
            calls=tuple(self.calls),
            source=source,
            elsewhere=dict(self.elsewhere),
            reads=tuple(
                sorted((item for item in self.reads if item.moments <= len(self.moments)), key=lambda item: item.moments)
            ),
            hooks=tuple(self.hooks),
        )
        self._clear()
        return recording

    def _clear(self) -> None:
        """Let go of everything: the recorder is part of cycles, so what it holds would stay until the collector runs."""
        parts = (self, self.followed, self.names, self.values, self.changes, self.gradients, self.saved, self.made)
        for part in parts:
            for kept in vars(part).values():
                if isinstance(kept, list | dict | set):
                    kept.clear()
        self.nodes.clear()
        self.memories.clear()
        self.snapshots.clear()
