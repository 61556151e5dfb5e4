"""The autograd Nodes of a recording that is being made: torch's own, and what is known of each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from sys import intern
from typing import Any

from torch import Tensor

from engine.recorder.follow.numbers import Numbers
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.passes.chains import Chains
from engine.recorder.passes.sweeping import Sweeper
from engine.runtime.said import called
from engine.tables import Edge, Node
from engine.tables.quick import changed

ACCUMULATE = "torch::autograd::AccumulateGrad"


class Nodes:
    """Everything known so far of Nodes, by their ids, which are indices into its lists.

    Parameters
    ----------
    numbers : Numbers
        Gives the ids.
    variable_of : callable(tensor) -> VariableDraft
        Of a leaf that a Node adds to, which is an input of the recording if it was not seen before.
    """

    def __init__(self, numbers: Numbers, variable_of: Callable[[Tensor], VariableDraft]) -> None:
        self.drafts: list[Node] = []
        """Each at its id; what a Node keeps, and what made it in a pass, is added when the recording is finished."""
        self.objects: list[Any] = []
        """Torch's own Nodes; None for those that were dropped."""
        self.sequences = array("q")
        """The numbers that torch gave the Nodes that were dropped, by their ids."""
        self.accumulators: dict[int, int] = {}
        """By a leaf's variable, the Node that adds to its ``.grad``."""
        self._numbers, self._variable_of = numbers, variable_of
        self._ids: dict[int, int] = {}
        self._chains = Chains()
        self._sweeper = Sweeper()

    def __len__(self) -> int:
        return len(self.drafts)

    def id_of(self, node: Any, operation: int | None = None, first: int = 0) -> int:
        """Id of an autograd Node; it is registered with everything that it leads to.

        Nodes not seen before whose sequence number is at least ``first`` are the ``operation``'s own.
        """
        known = self._ids
        number = known.get(id(node))
        if number is not None:
            return number
        fresh, leading = {id(node): node}, {id(node): node.next_functions}
        stack = [leading[id(node)]]
        while stack:
            for target, _ in stack.pop():
                if target is not None and id(target) not in known and id(target) not in fresh:
                    fresh[id(target)] = target
                    following = leading[id(target)] = target.next_functions
                    stack.append(following)
        ordered = sorted(fresh.values(), key=_sequence_of) if len(fresh) > 1 else [node]
        for item in ordered:
            known[id(item)] = self._numbers.of(len(self.objects))
            self.objects.append(item)
        self._chains.expect([leading[id(item)] for item in ordered])
        for item in ordered:
            following = leading[id(item)]
            draft = self._draft_of(item, following, operation, first)
            self._chains.add(known[id(item)], item, following, draft.edges)
            self.drafts.append(draft)
        return known[id(node)]

    def _draft_of(self, node: Any, following: Any, operation: int | None, first: int) -> Node:
        known = self._ids
        edges = tuple(
            [Edge(slot, known[id(target)], output) for slot, (target, output) in enumerate(following) if target is not None]
        )
        name, number = node.name(), known[id(node)]
        if name == ACCUMULATE:
            variable = self._variable_of(node.variable).id
            self.accumulators[variable] = number
            return Node(number, "AccumulateGrad", edges, None, variable)
        own = operation if operation is not None and node._sequence_nr() >= first else None
        return Node(number, intern(called(name.rpartition("::")[2])), edges, own)

    def known(self, node: Any) -> int | None:
        """Id of a Node; None if it was not seen yet."""
        return self._ids.get(id(node))

    def new_since(self, since: int) -> tuple[int, ...]:
        """Ids of the Nodes that belong to an operation and were registered after the first ``since``."""
        return tuple(
            self._numbers.of(number) for number in range(since, len(self.drafts)) if self.drafts[number].operation is not None
        )

    def object_of(self, number: int) -> Any:
        """Torch's own Node of that id."""
        return self.objects[number]

    def sequence_number(self, number: int) -> int:
        """The number that torch gave that Node."""
        node = self.objects[number]
        return self.sequences[number] if node is None else _sequence_of(node)

    def has(self, name: str) -> bool:
        """Whether there is a Node that torch calls so."""
        return any(draft.name == name for draft in self.drafts)

    def variable_of(self, number: int) -> int | None:
        """The variable that an AccumulateGrad adds to; None for other Nodes."""
        return self.drafts[number].variable

    def is_used(self, variable: VariableDraft) -> bool:
        """Whether a leaf was used in a graph."""
        return variable.id in self.accumulators

    def due(self, made: Iterable[Tensor]) -> bool:
        """Whether it is time to ``sweep``; ``made`` was just returned."""
        return self._sweeper.due(made, len(self.objects))

    def sweep(self, roots: Iterable[int]) -> None:
        """Let go of Nodes that neither ``roots`` nor the program lead to any more, and of what they keep for a backward."""
        self.sequences.extend([0] * (len(self.objects) - len(self.sequences)))
        for number in self._sweeper.dead(roots, self.objects, self.drafts, self._chains.holding):
            node = self.objects[number]
            self.sequences[number] = _sequence_of(node)
            del self._ids[id(node)]
            self.objects[number] = None

    def mend(self, variables: Mapping[int, int], operations: int) -> None:
        """Leave out what leads to anything that is missing: there are so many ``operations``, and ``variables`` have new ids."""
        nodes = len(self.drafts)
        kept = {
            variables[variable]: node for variable, node in self.accumulators.items() if variable in variables and node < nodes
        }
        self.accumulators.clear()
        self.accumulators.update(kept)
        self.drafts[:] = [
            changed(
                draft,
                edges=tuple(edge for edge in draft.edges if edge.to < nodes),
                operation=None if draft.operation is not None and draft.operation >= operations else draft.operation,
                variable=None if draft.variable is None else variables.get(draft.variable),
            )
            for draft in self.drafts
        ]

    def clear(self) -> None:
        """Let go of all of them."""
        self.drafts.clear()
        self.objects.clear()
        self.accumulators.clear()
        self._ids.clear()
        del self.sequences[:]
        self._chains.clear()


def _sequence_of(node: Any) -> int:
    number: int = node._sequence_nr()
    return number
