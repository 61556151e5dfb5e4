"""Recording → the cards and edges that are drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from engine.graph.hidden import hidden_operations, is_gradient
from engine.graph.model import Card, CardKind, Graph, GraphEdge, signature_of
from engine.graph.node_cards import node_symbol
from engine.mathematics.expression import Expression
from engine.mathematics.letters import TENSOR, Word
from engine.operations.cards import operation_symbol
from engine.operations.registry import canonical
from engine.operations.signs import SymbolInput
from engine.operations.symbols import name_symbol
from engine.tables.look_up import kept
from engine.tables.model import Edge, Node, Operation, Span, Value
from engine.tables.moments import OF_OPERATIONS
from engine.tables.tables import Tables


@dataclass(eq=False)
class _CardDraft:
    id: str
    kind: CardKind
    symbol: Expression
    subtitle: str
    name: str | None
    operation: int | None
    variable: int | None
    span: Span | None
    nodes: tuple[int, ...] = ()
    values: list[tuple[int, int]] = field(default_factory=list)
    node: int | None = None
    """For a Node without an operation."""


def operation_moments(recording: Tables) -> dict[int, int]:
    """After how many moments each operation has happened."""
    return {
        moment.subject: number + 1
        for number, moment in enumerate(recording.moments)
        if moment.kind in OF_OPERATIONS and moment.subject >= 0
    }


class _Builder:
    def __init__(self, recording: Tables) -> None:
        self.recording = recording
        self.scripted = bool(recording.source or recording.calls)
        self.moments = operation_moments(recording)
        self.hidden = hidden_operations(recording)
        self.cards: dict[str, _CardDraft] = {}
        self.symbols: dict[tuple[object, ...], Expression] = {}
        self.edges: list[GraphEdge] = []
        self.card_of: dict[int, str] = {}
        self.holder: dict[int, str] = {}
        self.consumed: set[int] = set()
        self.made = [node for node in recording.nodes if node.made_in is not None]
        self.drawn = 0
        self.accumulating: dict[int, list[int]] = defaultdict(list)
        for node in recording.nodes:
            if node.variable is not None:
                self.accumulating[node.variable].append(node.id)
        outside = frozenset(recording.inputs)
        self.since: dict[int, int] = {}
        for variable in recording.variables:
            for at, number in variable.values:
                self.since.setdefault(number, 0 if number in outside else at)
        self.values_of: dict[int, list[Value]] = defaultdict(list)
        if self.made:
            for value in recording.values:
                if value.node is not None:
                    self.values_of[value.node].append(value)

    def build(self) -> Graph:
        for operation in self.recording.operations:
            self._operation(operation)
        for variable in self.recording.variables:
            first = self.recording.values[variable.values[0][1]]
            if first.operation is None and first.requires_grad and first.leaf and variable.gradient_of is None:
                self._card_for(first)
        self._node_cards(len(self.recording.passes))
        self._late_values()
        self._results()
        if self.scripted:
            self._drop_scraps()
        return self._freeze()

    def _drop_scraps(self) -> None:
        """In code of any kind: what libraries make for themselves and nothing drawn uses, such as counters and copies of
        weights."""
        users: dict[str, list[str]] = defaultdict(list)
        sources: dict[str, str] = {}
        for edge in self.edges:
            if self.cards[edge.target].kind == "result":
                sources[edge.target] = edge.source
            else:
                users[edge.source].append(edge.target)
        roots = {number for item in self.recording.passes for number in item.roots}
        kept_results = {source for target, source in sources.items() if not self._unnamed_result(target, roots)}
        scraps: set[str] = set()
        for number, card in reversed(self.cards.items()):
            if number not in kept_results and all(user in scraps for user in users[number]) and self._is_scrap(card):
                scraps.add(number)
        scraps |= {target for target, source in sources.items() if source in scraps}
        if len(scraps) < len(self.cards):
            self.cards = {number: card for number, card in self.cards.items() if number not in scraps}
            self.edges = [edge for edge in self.edges if edge.source not in scraps and edge.target not in scraps]

    def _unnamed_result(self, number: str, roots: set[int]) -> bool:
        value = self.cards[number].values[-1][1]
        return value not in roots and self.recording.values[value].name is None

    def _is_scrap(self, card: _CardDraft) -> bool:
        """Whether nothing in the text refers to this card, and no gradient comes to it."""
        recording = self.recording
        if card.kind == "result" or not card.values:
            return False
        value = recording.values[card.values[0][1]]
        if card.kind == "operation":
            made = None if card.operation is None else recording.operations[card.operation]
            quiet = made is not None and not (made.direct or made.nodes or recording.of_module(made.call))
            return quiet and all(recording.values[number].name is None for _, number in card.values)
        variable = recording.variables[value.variable]
        made_inside = card.operation is not None if card.kind == "data" else card.operation is None and not variable.gradients
        return made_inside and card.variable is not None and value.name is None and variable.name is None

    def _operation(self, operation: Operation) -> None:
        values = [self.recording.values[item.value] for item in operation.inputs if item.value is not None]
        moment = self.moments.get(operation.id, len(self.recording.moments))
        if operation.inplace and not operation.nodes:
            if values and not is_gradient(self.recording, values[0]):
                self._card_for(values[0])
            for number in operation.outputs:
                self._append(self.recording.values[number], moment)
            self.consumed.update(value.id for value in values)
            return
        if operation.id in self.hidden:
            return
        if operation.creation and operation.outputs:
            for number in operation.outputs:
                self._variable_card(self.recording.values[number], operation)
            return
        if operation.name == "grad" and operation.outputs and all(map(self._is_made, operation.outputs)):
            for number in operation.outputs:
                self._card_for(self.recording.values[number])
            return
        self._operation_card(operation, values, moment)

    def _operation_card(self, operation: Operation, values: list[Value], moment: int) -> None:
        recording = self.recording
        if not operation.outputs and not recording.failed:
            return
        outputs = [recording.values[number] for number in operation.outputs if not self._is_made(number)]
        shown = next((value for value in outputs if value.node is not None), outputs[0] if outputs else None)
        names = [recording.nodes[number].name for number in reversed(operation.nodes)]
        subtitle = ", ".join(dict.fromkeys(names)) if names else ("failed" if not outputs else "no grad_fn")
        card = _CardDraft(
            f"operation-{operation.id}",
            "operation",
            self._symbol(operation),
            subtitle,
            shown.name if shown is not None else None,
            operation.id,
            None,
            operation.span,
            operation.nodes,
        )
        sources = [self._card_for(value) for value in values]
        self.cards[card.id] = card
        free = self._slots(operation)
        ahead = Counter((value.node, value.output) for value in values)
        for slot, (value, source) in enumerate(zip(values, sources, strict=True)):
            self.consumed.add(value.id)
            matching = free.get((value.node, value.output), [])
            ahead[(value.node, value.output)] -= 1
            take = matching if not ahead[(value.node, value.output)] else matching[:1]
            flows = tuple(take)
            free[(value.node, value.output)] = matching[len(take) :]
            self.edges.append(
                GraphEdge(
                    f"{source}>{card.id}:{slot}",
                    source,
                    card.id,
                    slot,
                    value.id,
                    bool(flows),
                    flows,
                    cut=value.requires_grad and bool(outputs) and not operation.nodes and operation.name != "grad",
                )
            )
        for value in outputs:
            self.card_of[value.id] = card.id
            self.holder[value.variable] = card.id
        if shown is not None:
            card.values.append((moment, shown.id))

    def _slots(self, operation: Operation) -> dict[tuple[int | None, int], list[tuple[int, int]]]:
        """Where gradients leave the operation's own Nodes, by the (node, output) that they go to."""
        own = set(operation.nodes)
        free: dict[tuple[int | None, int], list[tuple[int, int]]] = defaultdict(list)
        for number in operation.nodes:
            for edge in self.recording.nodes[number].edges:
                if edge.to not in own:
                    free[(edge.to, edge.output)].append((number, edge.slot))
        return free

    def _symbol(self, operation: Operation) -> Expression:
        given = [
            (item.keyword, None, item.constant)
            if item.value is None
            else (item.keyword, self.recording.values[item.value].name, None)
            for item in operation.inputs
        ]
        key = (operation.name, *((keyword, name, repr(constant)) for keyword, name, constant in given))
        known = self.symbols.get(key)  # in a long program many cards are alike
        if known is None:
            inputs = [SymbolInput(name_symbol(name) if name else None, constant, keyword) for keyword, name, constant in given]
            known = self.symbols[key] = operation_symbol(operation.name, inputs)
        return known

    def _card_for(self, value: Value) -> str:
        """The card that shows ``value``; tensors from outside get one when they are first used."""
        known = self.card_of.get(value.id)
        if known is not None:
            return known
        holder = self.holder.get(value.variable)
        if holder is not None:
            self._append(value, self._since(value))
            return holder
        if self._is_made(value.id):
            made_in = self.recording.nodes[value.node or 0].made_in
            self._node_cards((made_in or 0) + 1)
            return self.card_of[value.id]
        return self._variable_card(value, None)

    # The gradient's own graph ------------------------------------------------------------------------------------

    def _is_made(self, number: int) -> bool:
        """Whether a pass with ``create_graph=True`` made the value's Node."""
        value = self.recording.values[number]
        return value.node is not None and not value.leaf and self.recording.nodes[value.node].made_in is not None

    def _node_cards(self, passes: int) -> None:
        """Cards for the Nodes that the first ``passes`` passes made, once."""
        while self.drawn < len(self.made) and (self.made[self.drawn].made_in or 0) < passes:
            node = self.made[self.drawn]
            self.drawn += 1
            self._node_card(node)

    def _node_card(self, node: Node) -> None:
        recording = self.recording
        sources = {edge.slot: source for edge in node.edges if (source := self._card_of_node(edge.to)) is not None}
        names = {slot: self._short_name(source) for slot, source in sources.items()}
        values = self.values_of[node.id]
        shown = next((value for value in values if value.name is not None), values[0] if values else None)
        card = _CardDraft(
            f"node-{node.id}",
            "operation",
            node_symbol(node, names),
            node.name,
            shown.name if shown is not None else None,
            None,
            None,
            recording.passes[node.made_in or 0].span,
            (node.id,),
            node=node.id,
        )
        self.cards[card.id] = card
        for edge in node.edges:
            source = sources.get(edge.slot)
            if source is not None:
                self._node_edge(node, edge, source, card.id)
        for value in values:
            self.card_of[value.id] = card.id
            self.holder[value.variable] = card.id
            if shown is not None and value.variable == shown.variable:
                card.values.append((self._since(value), value.id))

    def _node_edge(self, node: Node, edge: Edge, source: str, target: str) -> None:
        carried = [value.id for value in self.values_of[edge.to] if value.output == edge.output]
        if not carried:
            carried = [number for _, number in self.cards[source].values[-1:]]
        self.consumed.update(carried)
        self.edges.append(
            GraphEdge(
                f"{source}>{target}:{edge.slot}",
                source,
                target,
                edge.slot,
                carried[-1] if carried else -1,
                True,
                ((node.id, edge.slot),),
            )
        )

    def _card_of_node(self, number: int) -> str | None:
        """The card that draws a Node; None for one inside something that has no card."""
        node = self.recording.nodes[number]
        if node.variable is not None:
            return self._card_for(self.recording.values[self.recording.variables[node.variable].values[0][1]])
        name = f"node-{number}" if node.made_in is not None else f"operation-{node.operation}"
        return name if name in self.cards else None

    def _short_name(self, card: str) -> Expression | None:
        draft = self.cards[card]
        return draft.symbol if draft.kind in ("leaf", "data") else None if draft.name is None else name_symbol(draft.name)

    def _variable_card(self, value: Value, operation: Operation | None) -> str:
        recording = self.recording
        variable = recording.variables[value.variable]
        last = recording.values[variable.values[-1][1]]
        leaf = last.requires_grad and last.leaf
        node = value.node if value.leaf else None
        nodes = tuple(self.accumulating.get(variable.id, ())) if leaf else ()
        name = value.name or variable.name
        by = operation or (None if value.operation is None else recording.operations[value.operation])
        unnamed = Word(canonical(by.name)) if by is not None and by.creation else TENSOR
        card = _CardDraft(
            f"variable-{variable.id}",
            "leaf" if leaf else "data",
            name_symbol(name) if name else unnamed,
            "AccumulateGrad" if nodes or node is not None else ("leaf" if leaf else "data"),
            None,
            operation.id if operation else value.operation,
            variable.id,
            operation.span if operation else None,
            nodes,
        )
        self.cards[card.id] = card
        card.values.append((self._since(value), value.id))
        self.card_of[value.id] = card.id
        self.holder[variable.id] = card.id
        return card.id

    def _since(self, value: Value) -> int:
        """After how many moments a value is current."""
        return self.since[value.id]

    def _append(self, value: Value, moment: int) -> None:
        """An in-place change without a Node: the tensor's card shows its new value."""
        holder = self.holder.get(value.variable)
        if holder is not None and value.id not in self.card_of:
            self.cards[holder].values.append((moment, value.id))
            self.card_of[value.id] = holder

    def _late_values(self) -> None:
        """Values that no operation returned (changed through a view, or by torch itself)."""
        for variable in self.recording.variables:
            for _, number in variable.values:
                if number not in self.card_of and variable.id in self.holder:
                    self._append(self.recording.values[number], self.since[number])
        for card in self.cards.values():
            card.values.sort()

    def _results(self) -> None:
        recording = self.recording
        roots = dict.fromkeys(number for item in recording.passes for number in item.roots)
        for operation in recording.operations:
            if operation.creation or operation.id in self.hidden or (operation.inplace and not operation.nodes):
                continue
            for number in operation.outputs:
                value = recording.values[number]
                alone = len(operation.outputs) == 1 or value.name is not None
                # What a script only looks at (a norm that it prints) is shown by its own card; a name says more than that.
                seen = self.scripted and value.name is None and not value.requires_grad
                # Written to through `.data`, and used as that: it is no result, and what it was is not what the name says now.
                later = (item for _, item in recording.variables[value.variable].values if item > number)
                replaced = any(item in self.consumed for item in later)
                if number not in self.consumed and alone and not seen and not replaced:
                    roots.setdefault(number)
        for number in roots:
            value = recording.values[number]
            source = self.card_of.get(number)
            if source is None or self.cards[source].kind != "operation":
                continue
            card = _CardDraft(
                f"result-{number}",
                "result",
                name_symbol(value.name) if value.name else Word("out"),
                "result",
                None,
                value.operation,
                None,
                self.cards[source].span,
            )
            known = next((at for at, item in self.cards[source].values if item == number), self.cards[source].values[0][0])
            if self.cards[source].node is not None and value.operation is not None:
                known = self.moments.get(value.operation, known)
            card.values = [(known, number)]
            self.cards[card.id] = card
            self.edges.append(GraphEdge(f"{source}>{card.id}:0", source, card.id, 0, number, value.requires_grad, ()))
            if self.cards[source].name == value.name:
                self.cards[source].name = None

    def _freeze(self) -> Graph:
        recording = self.recording
        counts: Counter[Expression] = Counter()
        cards = []
        for draft in self.cards.values():
            value = recording.values[draft.values[-1][1]] if draft.values else None
            gradient: tuple[tuple[int, int], ...] = ()
            if value is not None and value.node is not None and draft.kind != "leaf":
                gradient = ((value.node, value.output),)
            elif value is None and draft.node is not None:
                gradient = ((draft.node, 0),)
            symbol = draft.symbol
            cards.append(
                Card(
                    draft.id,
                    f"{symbol.to_latex()}#{counts[symbol]}",
                    draft.kind,
                    symbol,
                    draft.subtitle,
                    draft.name,
                    value.shape if value is not None else (),
                    draft.operation,
                    draft.variable,
                    tuple(draft.values),
                    draft.nodes,
                    gradient,
                    draft.span,
                    value.requires_grad if value is not None else draft.node is not None,
                )
            )
            counts[symbol] += 1
        for part in (self.cards, self.card_of, self.moments, self.since):  # one by one: all at once would hold up other threads
            while part:
                part.popitem()
        return Graph(tuple(cards), tuple(self.edges), signature_of(cards, self.edges))


def graph_of(recording: Tables) -> Graph:
    """The graph of a recording, which is made once and kept in it."""
    return kept(recording, "_graph", lambda: build_graph(recording))


def build_graph(recording: Tables) -> Graph:
    """A card for every operation, leaf, data tensor and result; an edge for every value that one card gives another."""
    return _Builder(recording).build()
