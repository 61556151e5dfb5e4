"""Look-ups that explanations need, made once for each recording."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from engine.explain.pieces import finite
from engine.mathematics.expression import POWER, Expression
from engine.mathematics.letters import HOLE, TENSOR, Letter, Sign, Space, Word
from engine.mathematics.tree import Big, Call, Product, Quotient, Row, Sum, enclosed, plus, transposed
from engine.operations.cards import MAIN_KEYWORDS, operation_symbol
from engine.operations.registry import canonical, entry_of, plain_name
from engine.operations.signs import SIGMA, SymbolInput
from engine.operations.symbols import name_symbol, number_symbol
from engine.operations.trees import Y
from engine.recording import Recording
from engine.runtime.cached import cached_property
from engine.tables import OF_OPERATIONS, OF_RUNS, Argument, LookUp, Node, NodeRun, Operation, Pass, TensorData, Value

LABEL_SIZE = 12
"""A value without a name is written as a formula up to about so many glyphs, else as the name of its operation."""
LONGEST_LABEL = 32
"""The same with names of more glyphs than ``_NAME_SIZE`` in it."""
_NAME_SIZE = 4


SEED = Letter("v")
"""The gradient that a program gives to ``backward``."""


@dataclass(frozen=True, eq=False, slots=True)
class Contribution:
    """A gradient that arrived somewhere: by the run of a Node through ``slot``, or (``run`` is None) as a seed."""

    cursor: int
    run: NodeRun | None
    slot: int
    data: TensorData


class Facts(LookUp[Recording]):
    """What the Nodes, values and gradients of one recording are called, and how they are connected."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        self._labels: dict[int, Expression] = {}
        self._forms: dict[int, Expression] = {}

    # Names -------------------------------------------------------------------------------------------------------

    def label(self, number: int) -> Expression:
        """What a value is called: the program's name for it, or a short formula of such names."""
        known = self._labels.get(number)
        if known is None:
            known = self._labels[number] = self._label(self.recording.values[number], 0)
        return known

    def _label(self, value: Value, depth: int) -> Expression:
        name = value.name or self.recording.variables[value.variable].name
        if name:
            return name_symbol(name) if "." not in name else Word(name)
        if value.operation is None:
            inside = not value.leaf and value.node is not None and self.recording.nodes[value.node].made_in is not None
            return HOLE if inside else TENSOR
        operation = self.recording.operations[value.operation]
        origin = self.origin(value)
        if operation.inplace and origin is not None and origin.name == "data":
            operation = origin  # `y.data` is a place, which keeps its name whatever was written there
        if operation.creation or depth > 4:
            return Word(plain_name(operation.name))
        written = self._written(operation, depth)
        return written if _is_short(written) else Word(plain_name(operation.name))

    def origin(self, value: Value) -> Operation | None:
        """What made the tensor that ``value`` is a state of."""
        first = self.recording.values[self.recording.variables[value.variable].values[0][1]]
        return None if first.operation is None else self.recording.operations[first.operation]

    def written(self, operation: Operation) -> Expression:
        """The operation as a formula of its inputs; its bare name if there is no short way to write it."""
        known = self._forms.get(operation.id)
        if known is None:
            known = self._forms[operation.id] = self._written(operation, 0)
        return known

    def _written(self, operation: Operation, depth: int) -> Expression:
        name = plain_name(operation.name)
        arguments = operands(operation)
        given = [self._operand(item, depth) for item in arguments]
        extra = [item for item in operation.inputs if item not in arguments and item.constant not in (None, False)]
        if name == "data" and len(given) == 1:
            return Row((enclosed(given[0], POWER), Sign("."), Space("none"), Word("data")), close=True)
        reverses = entry_of(name).reverses
        form = entry_of(reverses or name).written
        if len(given) == 2 and isinstance(form, (Sum, Product, Quotient)) and Y in form.walk():
            if reverses:
                name, given, arguments = reverses, given[::-1], arguments[::-1]
            if not extra and not (isinstance(form, Sum) and any(item.keyword for item in operation.inputs)):
                return self._of_two(form, given, arguments)
        simple = [
            SymbolInput(symbol, None, item.keyword) if item.value is not None else SymbolInput(None, item.constant, item.keyword)
            for item, symbol in zip(arguments, given, strict=True)
        ]
        others = [SymbolInput(None, item.constant, item.keyword) for item in extra]
        symbol = operation_symbol(operation.name.rstrip("_") or operation.name, [*simple, *others])
        tensors = [symbol for item, symbol in zip(arguments, given, strict=True) if item.value is not None]
        inside = set(symbol.walk())
        bare = HOLE in inside or inside.isdisjoint(tensors)
        if bare and len(tensors) == 1 and symbol == SIGMA:
            return Big("Σ", tensors[0])
        if bare and 0 < len(tensors) <= 3 and symbol.is_word:
            return Call(symbol, tuple(tensors))
        return Word(name) if bare else symbol

    def _of_two(self, form: Expression, given: list[Expression], arguments: tuple[Argument, ...]) -> Expression:
        """A sum, product or quotient in one line."""
        if isinstance(form, Quotient):
            return Quotient(given[0], given[1], "/")
        if isinstance(form, Product) and form.sign != "@":
            if arguments[1].value is None and arguments[0].value is not None:
                given = given[::-1]
            return Product(tuple(given), product_sign(self.recording, *arguments))
        return form.filled(dict(enumerate(given)))

    def _operand(self, argument: Argument, depth: int) -> Expression:
        if argument.value is None:
            return number_symbol(argument.constant)
        return self._label(self.recording.values[argument.value], depth + 1)

    def root_label(self, item: Pass) -> Expression:
        """What is differentiated: ``y``, a sum of several roots, or ``v · y`` when the seed is not one."""
        terms = []
        for root, seed in zip(item.roots, item.seeds, strict=True):
            label = self.label(root)
            terms.append(label if is_one(seed) else Product((SEED, label), "·"))
        if len(terms) == 1:
            return terms[0]
        return plus(*terms) if len(terms) <= 3 else plus(terms[0], Sign("…"))

    # The way back ------------------------------------------------------------------------------------------------

    @cached_property
    def moment_of_run(self) -> dict[int, int]:
        """Run → the cursor after it."""
        return {moment.subject: number + 1 for number, moment in enumerate(self.recording.moments) if moment.kind in OF_RUNS}

    @cached_property
    def moment_of_operation(self) -> dict[int, int]:
        """Operation → the cursor after it."""
        return {
            moment.subject: number + 1
            for number, moment in enumerate(self.recording.moments)
            if moment.kind in OF_OPERATIONS and moment.subject >= 0
        }

    @cached_property
    def moment_of_seed(self) -> dict[int, int]:
        """Pass → the cursor after its seed."""
        return {item.subject: number + 1 for number, item in enumerate(self.recording.moments) if item.kind == "seed"}

    @cached_property
    def _carried(self) -> dict[tuple[int, int], list[Value]]:
        carried: dict[tuple[int, int], list[Value]] = defaultdict(list)
        for value in self.recording.values:
            if value.node is not None:
                carried[(value.node, value.output)].append(value)
        return carried

    def value_at(self, node: int, output: int, user: Operation | None = None) -> Value | None:
        """The value whose gradient comes in at ``output`` of ``node``: what ``user`` took, if it took one of several."""
        variable = self.recording.nodes[node].variable
        used = {item.value for item in user.inputs} if user is not None else set()
        if variable is not None:
            owned = [number for _, number in self.recording.variables[variable].values]
            return self.recording.values[next((number for number in owned if number in used), owned[-1])]
        found = self._carried.get((node, output), [])
        return next((value for value in found if value.id in used), found[-1] if found else None)

    def source(self, node: Node, slot: int) -> tuple[Expression | None, Value | None]:
        """What the gradient leaving through ``slot`` is a gradient of: its label and its value; inside an operation there is no
        value."""
        recording = self.recording
        edge = next((item for item in node.edges if item.slot == slot), None)
        if edge is None:
            return None, None
        user = recording.operations[node.operation] if node.operation is not None else None
        value = self.value_at(edge.to, edge.output, user)
        if value is not None:
            return self.label(value.id), value
        behind, turned = self.behind(node, slot)
        return (transposed(self.label(behind.id)), None) if behind is not None and turned else (HOLE, None)

    def behind(self, node: Node, slot: int) -> tuple[Value | None, bool]:
        """The value that a slot leads to, maybe through a view inside one operation; and whether that view is its transpose."""
        recording = self.recording
        edge = next((item for item in node.edges if item.slot == slot), None)
        if edge is None:
            return None, False
        user = recording.operations[node.operation] if node.operation is not None else None
        value = self.value_at(edge.to, edge.output, user)
        inner = recording.nodes[edge.to]
        steps, turned = 0, False
        while value is None and len(inner.edges) == 1 and steps < 8:
            turned ^= inner.name in ("TBackward0", "TransposeBackward0")
            last = inner.edges[0]
            value = self.value_at(last.to, last.output, user)
            inner, steps = recording.nodes[last.to], steps + 1
        return (value, turned) if turned or not steps else (None, False)

    @cached_property
    def _arrived(self) -> dict[tuple[int, int, int], list[Contribution]]:
        found: dict[tuple[int, int, int], list[Contribution]] = defaultdict(list)
        recording = self.recording
        for item in recording.passes:
            for root, seed in zip(item.roots, item.seeds, strict=True):
                value = recording.values[root]
                if value.node is not None and seed is not None:
                    found[item.id, value.node, value.output].append(Contribution(self.moment_of_seed[item.id], None, 0, seed))
        for run in recording.runs:
            cursor = self.moment_of_run.get(run.id)
            if cursor is None:
                continue
            for edge in recording.nodes[run.node].edges:
                data = run.outgoing[edge.slot] if edge.slot < len(run.outgoing) else None
                if data is not None:
                    found[run.pass_id, edge.to, edge.output].append(Contribution(cursor, run, edge.slot, data))
        return found

    def contributions(self, pass_id: int, node: int, output: int) -> list[Contribution]:
        """All gradients that arrive there in a pass, in torch's order."""
        return self._arrived.get((pass_id, node, output), [])

    @cached_property
    def _run_of(self) -> dict[tuple[int, int], NodeRun]:
        return {(run.pass_id, run.node): run for run in self.recording.runs}

    def run_of(self, pass_id: int, node: int) -> NodeRun | None:
        """The run of a Node in a pass."""
        return self._run_of.get((pass_id, node))

    def prepare(self) -> None:
        """Make all look-ups now."""
        _ = self.moment_of_run, self.moment_of_operation, self.moment_of_seed, self._carried, self._arrived, self._run_of
        _ = self.first_not_finite

    # Trouble -----------------------------------------------------------------------------------------------------

    @cached_property
    def first_not_finite(self) -> tuple[int, str] | None:
        """The first moment (cursor) that made nan or infinity out of finite numbers, and what made it, in words."""
        recording = self.recording
        for number, moment in enumerate(recording.moments):
            if moment.kind in ("operation", "update") and moment.subject >= 0:
                operation = recording.operations[moment.subject]
                if any(not finite(recording.values[value].data) for value in operation.outputs):
                    return number + 1, f"`{canonical(operation.name)}` in operation {number + 1}"
            elif moment.kind in OF_RUNS:
                run = recording.runs[moment.subject]
                made = (*run.outgoing, run.grad_after)
                if any(item is not None and not finite(item) for item in made):
                    return number + 1, f"`{recording.nodes[run.node].name}` in operation {number + 1}"
        return None


def facts(recording: Recording) -> Facts:
    """The look-ups of ``recording``, which live as long as it does, like its cached properties."""
    found = recording.__dict__.get("_explain_facts")
    if not isinstance(found, Facts):
        found = recording.__dict__["_explain_facts"] = Facts(recording)
    return found


def _is_short(written: Expression) -> bool:
    """Whether a formula may stand for a value. A long name in it counts as a short one: ``average²`` says more than ``pow``."""
    if written.size <= LABEL_SIZE:
        return True
    beyond = sum(max(0, part.size - _NAME_SIZE) for part in written.walk() if isinstance(part, Word))
    return written.size <= LONGEST_LABEL and written.size - beyond <= LABEL_SIZE


def is_one(seed: TensorData | None) -> bool:
    """Whether a pass starts from the gradient 1."""
    return seed is None or (seed.size == 1 and seed.array is not None and seed.item() == 1)


def operands(operation: Operation) -> tuple[Argument, ...]:
    """The arguments that an operation computes with: its tensors, and constants given by position (except None and flags)."""
    return tuple(
        item
        for item in operation.inputs
        if item.value is not None
        or (item.keyword in MAIN_KEYWORDS and item.constant is not None and not isinstance(item.constant, (bool, str)))
    )


def plain_call(operation: Operation) -> bool:
    """Whether no keyword changes what the operation means: ``alpha=2``, ``rounding_mode="floor"`` do."""
    usual: dict[str, tuple[object, ...]] = {"alpha": (1,), "beta": (1,), "threshold": (20,)}
    for item in operation.inputs:
        if item.keyword in MAIN_KEYWORDS or item.value is not None or item.constant in (None, False):
            continue
        if item.constant not in usual.get(item.keyword or "", ()):
            return False
    return True


def plain_call_of(operation: Operation | None) -> bool:
    """The same for an operation on a whole tensor: rules are written for sums over dimensions and for means."""
    if operation is None:
        return True
    return plain_call(operation) or all(
        item.value is not None
        or item.keyword is None
        or item.keyword in ("dim", "_stacklevel")
        or item.constant in (None, "mean")
        for item in operation.inputs
    )


def product_sign(recording: Recording, one: Argument, other: Argument) -> str:
    """What stands between two factors: if both have several elements, not the dot, which would be a dot product."""
    sizes = [1 if item.value is None else recording.values[item.value].data.size for item in (one, other)]
    return "·" if 1 in sizes else "⊙"
