"""The formula of what a program computes, from its recording, and the numbers to put beside it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.explain.facts import facts as facts_of
from engine.explain.formula.substitution import Substitution, is_source, single, substitution
from engine.explain.forward.in_place import fills
from engine.mathematics.expression import ATOM, POWER, Expression
from engine.mathematics.letters import NOTHING, Function, Indexed, Indices, Letter, Number, Primed, Sign, Space, Word
from engine.mathematics.tree import (
    Bars,
    Big,
    Bracketed,
    Call,
    Item,
    Mean,
    Power,
    Product,
    Quotient,
    Relation,
    Row,
    beside,
    enclosed,
    partial,
)
from engine.operations.cards import MAIN_KEYWORDS
from engine.operations.registry import canonical, entry_of, plain_name
from engine.operations.symbols import index_text, indexable, name_symbol, number_symbol
from engine.operations.trees import X, Y
from engine.recording import Recording
from engine.tables import Argument, Operation, Value


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One equation.

    Attributes
    ----------
    symbol : Expression
        Such as ``y = a^{3} - b^{2}``.
    left : Expression or None
        What stands before the equals sign; None when the value has no name.
    root : int or None
        Id of the value that it gives; None for the definition of a part.
    substitution : tuple of SubstitutionPart
        Such as ``= 125 − 36 = 89``; empty when the value has more than one element.
    """

    symbol: Expression
    left: Expression | None
    root: int | None
    substitution: Substitution = ()

    @property
    def latex(self) -> str:
        return self.symbol.to_latex()


@dataclass(frozen=True, slots=True)
class Formula:
    """What a program computes.

    Attributes
    ----------
    lines : tuple of FormulaLine
        First one for each root, then the definitions of the parts that they name.
    complete : bool
        Whether the lines say everything; if not, ``note`` says why.
    note : str
        Words, when the formula is too long to write.
    """

    lines: tuple[FormulaLine, ...]
    complete: bool
    note: str = ""

    @property
    def latex(self) -> str:
        """All lines, parted by ``\\\\``."""
        return " \\\\ ".join(line.latex for line in self.lines)

    @property
    def substitution(self) -> Substitution:
        """The substitution of the first line."""
        return self.lines[0].substitution if self.lines else ()

    @property
    def key(self) -> str:
        """Equal for two formulas that look the same, whatever the numbers."""
        return self.latex or self.note


__all__ = ["Formula", "FormulaLine", "formula", "reach", "roots", "source_symbols"]

LINE_LIMIT = 60
"""A line longer than about this many glyphs is split into named parts, or not written at all."""
MOST_LINES = 6
MOST_OPERATIONS = 400
"""The most operations in a written formula, whatever names stand between them."""
_INLINE = 16
_DEFAULTS = {"keepdim": False, "p": "fro", "reduction": "mean", "inplace": False, "alpha": 1}
"""Keywords that torch fills in itself, and the values that then mean nothing; for any other keyword None means nothing."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A value as it is written where it is used, and about how many glyphs that takes."""

    symbol: Expression
    size: int


def roots(recording: Recording) -> tuple[int, ...]:
    """Ids of the values that ``backward`` starts from; without a pass, the computed values that nothing uses.

    What was written to and has several names (``y.data.zero_()``) is one of them, by the name that the program gave it.
    """
    if recording.passes:
        return tuple(dict.fromkeys(root for item in recording.passes for root in item.roots))
    used = {argument.value for operation in recording.operations for argument in operation.inputs}
    replaced = {value.variable: value.id for value in recording.values}
    found = [
        value
        for value in recording.values
        if value.id not in used and not is_source(recording, value) and replaced[value.variable] == value.id
    ]
    named = {value.operation for value in found if value.name is not None}
    return tuple(value.id for value in found if value.name is not None or not _written_to(recording, value, named))


def _written_to(recording: Recording, value: Value, operations: set[int | None]) -> bool:
    """Whether one of ``operations`` made it, by writing to what was there."""
    return value.operation is not None and value.operation in operations and recording.operations[value.operation].inplace


def reach(recording: Recording, starts: tuple[int, ...]) -> list[int]:
    """Ids of all values that go into ``starts`` (and these), in the order they were computed."""
    seen = set(starts)
    stack = list(starts)
    while stack:
        value = recording.values[stack.pop()]
        if is_source(recording, value):
            continue
        assert value.operation is not None
        for argument in recording.operations[value.operation].inputs:
            if argument.value is not None and argument.value not in seen:
                seen.add(argument.value)
                stack.append(argument.value)
    return sorted(seen)


def source_symbols(recording: Recording, ids: list[int]) -> dict[int, Expression]:
    """A symbol for each named value of ``ids``: no two alike, so that a formula never says ``x`` for two things."""
    symbols: dict[int, Expression] = {}
    owner: dict[Expression, str] = {}
    count: dict[str, int] = {}
    for number in ids:
        name = recording.values[number].name
        if name is None:
            continue
        symbol = name_symbol(name)
        if owner.setdefault(symbol, name) != name:
            symbol = Word(name)
        primes = count.get(name, 0)
        count[name] = primes + 1
        if primes:
            symbol = Primed(symbol, primes) if primes < 4 else Word(f"{name} {primes}")
        symbols[number] = symbol
    return symbols


def formula(recording: Recording) -> Formula:
    """The formula of every root of ``recording``; see ``roots``. Only the first three are looked at. Kept with the recording."""
    found: Formula | None = recording.__dict__.get("_formula")
    if found is None:
        found = recording.__dict__["_formula"] = _formula(recording)
    return found


def _formula(recording: Recording) -> Formula:
    starts = roots(recording)
    shown = tuple(start for start in starts if not is_source(recording, recording.values[start]))[:3]
    if not shown:
        return Formula((), True)
    ids = reach(recording, shown)
    count = sum(1 for number in ids if not is_source(recording, recording.values[number]))
    lines = _Writer(recording, ids).lines(shown) if count <= MOST_OPERATIONS else None
    if lines is None:
        return Formula((), False, "too long to write as a formula")
    complete = len(shown) == len(starts)
    return Formula(lines, complete, "" if complete else f"{len(shown)} of {len(starts)} results")


class _Writer:
    """Writes the values ``ids`` (everything that is reached, in order) of one recording."""

    def __init__(self, recording: Recording, ids: list[int]) -> None:
        self._recording = recording
        self._ids = ids
        self._symbols: dict[int, Expression] = {}

    def lines(self, shown: tuple[int, ...]) -> tuple[FormulaLine, ...] | None:
        """Everything in one line for each root if that is short enough, else with named parts; None if neither works."""
        values = self._recording.values
        sources = {number for number in self._ids if is_source(self._recording, values[number])}
        inlined = self._try(shown, sources, sources | set(shown), frozenset())
        if inlined is not None:
            return inlined
        inner = [number for number in self._ids if number not in sources and values[number].name is not None]
        inner = [number for number in inner if number not in shown]
        if len(inner) > 40:
            return None
        uses = self._uses()
        sized = self._parts(sources | set(inner), frozenset(inner))
        small = {number for number, part in sized.items() if part is not None and part.size <= _INLINE}
        spare = {number for number in inner if uses.get(number, 0) == 1 and number in small}
        for kept in (set(inner) - spare, set(inner)):
            chain = self._try(shown, sources, sources | set(shown) | kept, frozenset(kept))
            if chain is not None:
                return chain
        return None

    def _uses(self) -> dict[int, int]:
        uses: dict[int, int] = {}
        for number in self._ids:
            value = self._recording.values[number]
            if not is_source(self._recording, value) and value.operation is not None:
                for argument in self._recording.operations[value.operation].inputs:
                    if argument.value is not None:
                        uses[argument.value] = uses.get(argument.value, 0) + 1
        return uses

    def _try(
        self, shown: tuple[int, ...], sources: set[int], named: set[int], kept: frozenset[int]
    ) -> tuple[FormulaLine, ...] | None:
        parts = self._parts(named, kept | (frozenset(shown) if len(shown) > 1 else frozenset()))
        lines: list[FormulaLine] = []
        for number in (*shown, *(number for number in self._ids if number in kept)):
            part = parts.get(number)
            if part is None or part.size > LINE_LIMIT:
                return None
            left = self._symbols.get(number)
            root = number if number in shown else None
            numbers = substitution(self._recording, number) if root is not None else ()
            place = None if root is None else self._filled(number)
            left = place or left
            overwritten = place is not None or written_past(self._recording, self._recording.values[number])
            whole = part.symbol if left is None else Relation(left, "←" if overwritten else "=", part.symbol)
            lines.append(FormulaLine(whole, left, root, numbers))
        return tuple(lines) if len(lines) <= MOST_LINES else None

    def _filled(self, number: int) -> Expression | None:
        """The place that the program wrote to where that made the value and left nothing of what was there: ``y.data``."""
        made_by = self._recording.values[number].operation
        operation = None if made_by is None else self._recording.operations[made_by]
        if operation is None or not fills(operation) or operation.inputs[0].value is None:
            return None
        return facts_of(self._recording).label(operation.inputs[0].value)

    def _parts(self, named: set[int], kept: frozenset[int]) -> dict[int, _Part | None]:
        """How each value is written; those in ``kept`` are written in full here and by their symbol wherever they are used."""
        recording = self._recording
        self._symbols = source_symbols(recording, [number for number in self._ids if number in named])
        whole: dict[int, _Part | None] = {}
        used: dict[int, _Part | None] = {}
        for number in self._ids:
            value = recording.values[number]
            if is_source(recording, value):
                part: _Part | None = self._source(value)
            elif _changed_along(recording, value):
                part = self._along(value, used)
            else:
                assert value.operation is not None
                operation = recording.operations[value.operation]
                part = self._operation(operation, value, used)
            whole[number] = part
            symbol = self._symbols.get(number)
            used[number] = _Part(symbol, symbol.size) if symbol is not None and number in kept else part
        return whole

    def _source(self, value: Value) -> _Part:
        symbol = self._symbols.get(value.id)
        if symbol is None:
            number = single(value.data)
            if number is not None:
                return _number(number)
            maker = self._recording.operations[value.operation].name if value.operation is not None else "tensor"
            symbol = Word(maker)
        return _Part(symbol, symbol.size)

    def _along(self, value: Value, used: dict[int, _Part | None]) -> _Part:
        """``(3x with [0] ← 2(3x)₀)``, after ``v = y[0]; v.mul_(2)``; its name where the part is no index."""
        recording, values = self._recording, self._recording.values
        assert value.operation is not None
        operation = recording.operations[value.operation]
        target = next(values[item.value] for item in operation.inputs if item.value is not None)
        taken = facts_of(recording).origin(target)
        before = [number for _, number in recording.variables[value.variable].values if number < value.id]
        whole = used.get(before[-1]) if before else None
        given = self._operation(operation, target, used)
        if taken is None or taken.name != "getitem" or len(taken.inputs) < 2 or whole is None or given is None:
            symbol = name_symbol(value.name) if value.name else Word(plain_name(operation.name))
            return _Part(symbol, symbol.size)
        return _with_part(whole, (taken.inputs[1], _number(taken.inputs[1].constant)), given)

    def _operation(self, operation: Operation, value: Value, used: dict[int, _Part | None]) -> _Part | None:
        operands: list[tuple[Argument, _Part]] = []
        for argument in operation.inputs:
            if argument.value is not None:
                part = used.get(argument.value)
                if part is None:
                    return None
            else:
                part = _number(argument.constant)
            operands.append((argument, part))
        if sum(part.size for _, part in operands) > 2 * LINE_LIMIT:
            return None
        written = _write(self._recording, operation, value, operands)
        if len(operation.outputs) > 1 and not operation.inplace:
            index = operation.outputs.index(value.id)
            written = _Part(Indexed(written.symbol, (Indices(str(index)),)), written.size + 1)
        return written


def _number(constant: object) -> _Part:
    symbol = number_symbol(constant)
    return _Part(symbol, symbol.size)


def _write(recording: Recording, operation: Operation, value: Value, operands: list[tuple[Argument, _Part]]) -> _Part:
    """The operation on operands that are already written."""
    name = plain_name(operation.name) if operation.inplace else canonical(operation.name)
    main = [item for item in operands if item[0].keyword in MAIN_KEYWORDS]
    extra = [item for item in operands if item[0].keyword not in MAIN_KEYWORDS]
    extra = [item for item in extra if item[0].value is not None or not _silent(item[0])]
    operands = [*main, *extra]
    if fills(operation):
        return operands[1][1] if len(operands) > 1 else _number(0)
    size = sum(part.size for _, part in operands) + 1
    if name in ("data", "detach") and len(operands) == 1 and len(recording.variables[value.variable].values) > 1:
        return operands[0][1]  # something is written through it, which is told instead: the numbers are those of `x`
    if name == "data" and len(operands) == 1:
        symbol = Row((enclosed(operands[0][1].symbol, POWER), Sign("."), Space("none"), Word("data")), close=True)
        return _Part(symbol, size + 4)
    if name == "setitem" and len(operands) == 3:
        return _with_part(operands[0][1], operands[1], operands[2][1])
    if len(main) == 2 and not extra:
        two = _write_two(recording, name, value, main[0], main[1], size)
        if two is not None:
            return two
    if len(main) == 1 and not extra and main[0][0].value is not None:
        one = _write_one(name, recording.values[main[0][0].value], main[0][1], size)
        if one is not None:
            return one
    if entry_of(name).shapes and main:
        return _Part(Call(Word(name), (main[0][1].symbol,)), main[0][1].size + len(name) + 2)
    arguments: list[Expression] = []
    for argument, part in operands:
        if argument.value is None and argument.constant is None:
            continue
        arguments.append(Relation(Word(argument.keyword), "=", part.symbol) if argument.keyword else part.symbol)
    return _Part(Call(Word(name), tuple(arguments)), size + len(name) + 2)


def _with_part(part: _Part, index: tuple[Argument, _Part], given: _Part) -> _Part:
    """``(3x with [0] ← 5)``: a tensor after ``y[0] = 5``."""
    argument, written = index
    text = index_text(argument.constant) if argument.value is None else ""
    place = Item(NOTHING, Indices(text) if text else written.symbol)
    inner = part.symbol.body if isinstance(part.symbol, Bracketed) else None
    if isinstance(inner, Row) and inner.items[1:5] == (
        *_WITH,
        place,
    ):  # `y[0] += 1` is written there twice: by `+=` and by `[0] =`
        return _Part(Bracketed(Row((inner.items[0], *_WITH, place, Sign("←"), given.symbol))), part.size)
    symbol = Bracketed(Row((part.symbol, *_WITH, place, Sign("←"), given.symbol)))
    return _Part(symbol, part.size + written.size + given.size + 10)


_WITH = (Space("word"), Word("with"), Space("word"))


def _changed_along(recording: Recording, value: Value) -> bool:
    """Whether it changed because a write went to a part of its memory by another name: ``v = y[0]; v.mul_(2)``."""
    operation = None if value.operation is None else recording.operations[value.operation]
    if operation is None or not operation.inplace:
        return False
    target = next((recording.values[item.value] for item in operation.inputs if item.value is not None), None)
    return target is not None and target.variable != value.variable and target.shape != value.shape


def written_past(recording: Recording, value: Value) -> bool:
    """Whether something else put the numbers there than the operation that its Node differentiates: ``y.data.mul_(2)``, numpy."""
    if value.leaf or value.node is None:
        return False
    differentiated = recording.nodes[value.node].operation
    return differentiated is not None and differentiated != value.operation


def _silent(argument: Argument) -> bool:
    default = _DEFAULTS.get(argument.keyword or "")
    return argument.constant is None or (argument.constant == default and type(argument.constant) is type(default))


def _write_one(name: str, operand: Value, part: _Part, size: int) -> _Part | None:
    written = entry_of(name).written
    if written is None or Y in written.walk():
        return None
    if isinstance(written, (Big, Mean)) and operand.data.size == 1:
        return None
    tall = any(isinstance(item, Quotient) and item.sign == "bar" for item in part.symbol.walk())
    if isinstance(written, Power) and written.exponent == X and (part.size > 14 or tall):
        return _Part(Call(Function("exp"), (part.symbol,)), size + 4)
    extra = len(name) + 1 if isinstance(written, Call) else _GLYPHS.get(type(written), 0)
    return _Part(written.filled({0: part.symbol}), size + extra)


_GLYPHS: dict[type[Expression], int] = {Bars: 1, Mean: 2}
"""About how many glyphs a form takes in addition to those of its operands and one more."""


def _write_two(
    recording: Recording, name: str, value: Value, first: tuple[Argument, _Part], second: tuple[Argument, _Part], size: int
) -> _Part | None:
    forward = entry_of(name).reverses
    if forward:
        name, first, second = forward, second, first
    left, right = first[1].symbol, second[1].symbol
    match name:
        case "getitem":
            index = index_text(second[0].constant) if second[0].value is None else ""
            if index and indexable(left):
                return _Part(Indexed(left, (Indices(index),)), size)
            return _Part(Item(left, right), size + 2)
        case "grad":
            return _Part(partial(left, right), size + 1)
    written = entry_of(name).written
    if written is None or Y not in written.walk():
        return None
    if isinstance(written, Product):
        return _product(recording, written.sign, first, second, size)
    return _Part(written.filled({0: left, 1: right}), size)


def _product(recording: Recording, sign: str, first: tuple[Argument, _Part], second: tuple[Argument, _Part], size: int) -> _Part:
    def several(argument: Argument) -> bool:
        return argument.value is not None and recording.values[argument.value].data.size != 1

    if sign != "@" and second[0].value is None and not second[1].symbol.minus:
        first, second = second, first
    left, right = first[1].symbol, second[1].symbol
    if sign == "@":
        return _Part(Product((left, right), "@"), size)
    if several(first[0]) and several(second[0]):
        return _Part(Product((left, right), "⊙"), size)
    coefficient = isinstance(left, Number) and left.level == ATOM
    letters = _letter(left) and _letter(right) and left != right
    return _Part(beside(left, right) if coefficient or letters else Product((left, right), "·"), size)


def _letter(symbol: Expression) -> bool:
    """Whether it is a Latin letter, maybe with a mark."""
    body = symbol.body if isinstance(symbol, (Indexed, Primed)) else symbol
    return isinstance(body, Letter) and len(body.name) == 1 and symbol.size <= 2
