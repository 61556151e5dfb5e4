"""Symbolic derivatives by sympy, to stand beside the gradients that autograd recorded; they never replace one.

sympy is imported on first use. Call from a worker: a first use takes a third of a second, a derivative some milliseconds.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from engine.errors import Cancelled
from engine.explain.facts import operands, plain_call
from engine.explain.formula.formula import reach, source_symbols, written_past
from engine.explain.formula.substitution import is_source, single
from engine.explain.passes.spoiled import overwritten_in
from engine.mathematics.expression import Expression
from engine.mathematics.letters import TENSOR, Operand, Sign, Word
from engine.mathematics.tree import Call, Relation, Sum, partial
from engine.operations.local_rules import local_rule
from engine.operations.registry import entry_of, plain_name
from engine.operations.symbols import name_symbol, number_symbol
from engine.operations.trees import X
from engine.recording import Recording
from engine.tables import Operation, Pass, TensorData, Value

MOST_OPERATIONS = 200
"""Longer programs are not given to sympy."""
MOST_TERMS = 300
DEEPEST = 24
"""How deep operations other than sums may be nested; derivatives of deeper ones take seconds."""
LONGEST = 48
"""The longest derivative that is written, in glyphs."""
_CACHE_SIZE = 64
_TOLERANCE = {"float64": (1e-7, 1e-12), "float32": (1e-3, 1e-6), "float16": (2e-2, 1e-2), "bfloat16": (6e-2, 1e-2)}
"""Relative and absolute: rounding errors add up along a program, more so where large terms cancel."""


@dataclass(frozen=True, eq=False, slots=True)
class Derivative:
    """The derivative of a root by a leaf, from two sources.

    Attributes
    ----------
    leaf, root : str
        Names in the program; ``root`` is empty for a value without a name.
    left : Expression
        Such as ``∂y/∂a``.
    right : Expression or None
        Such as ``3 a^{2}``; None if sympy's is too long or missing.
    symbolic_value : float or None
        sympy's expression at the recorded values of the leaves; None if there is none.
    recorded : TensorData or None
        What the pass left in the leaf's ``.grad``; None if nothing.
    applies : bool
        Whether the two may be compared.
    why_not : str
        Why they may not, in words.
    """

    leaf: str
    root: str
    left: Expression
    right: Expression | None
    symbolic_value: float | None
    recorded: TensorData | None
    applies: bool
    why_not: str = ""

    @property
    def symbol(self) -> Expression:
        """The equation, or its left side alone."""
        return self.left if self.right is None else Relation(self.left, "=", self.right)

    @property
    def latex(self) -> str:
        return self.symbol.to_latex()

    @property
    def agrees(self) -> bool | None:
        """Whether both numbers are equal within the precision of the tensor's dtype; None if they cannot be compared."""
        if not self.applies or self.recorded is None or self.symbolic_value is None:
            return None
        found = complex(self.recorded.item()).real
        if math.isnan(found) or math.isinf(found):
            return False
        relative, absolute = _TOLERANCE.get(self.recorded.dtype, (1e-3, 1e-6))
        return abs(found - self.symbolic_value) <= relative * abs(self.symbolic_value) + absolute


class _Unsupported(Exception):
    """There is no symbolic rule; the message names what has none."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A derivative that depends only on structure: computing it for other numbers is one call."""

    right: Expression | None
    compute: Callable[..., Any] | None
    parameters: tuple[int, ...]
    kinks: tuple[tuple[str, int, int | None], ...]
    why_not: str = ""


_cache: OrderedDict[object, _Compiled] = OrderedDict()
_lock = Lock()


def derivatives(
    recording: Recording, time_limit: float = 2.0, cancelled: Callable[[], bool] | None = None
) -> tuple[Derivative, ...]:
    """One Derivative for each leaf that requires a gradient, in the program's order.

    Empty without a pass, and for programs with a tensor of more than one element on the way.

    Parameters
    ----------
    time_limit : float, default 2.0
        Seconds; checked between two operations and two derivatives. A derivative not reached in time says so in ``why_not``.
    cancelled : callable or None
        Called as often; True raises Cancelled.
    """
    if not recording.passes:
        return ()

    reached = {item.id: reach(recording, item.roots) for item in recording.passes}
    everything = {number for ids in reached.values() for number in ids}
    if any(recording.values[number].data.size != 1 for number in everything):
        return ()
    # Its first import takes longer than most derivatives and does not count as their time.
    from engine.operations import symbolic  # noqa: F401

    until = time.monotonic() + time_limit

    def out_of_time() -> bool:
        if cancelled is not None and cancelled():
            raise Cancelled("stopped")
        return time.monotonic() > until

    found: list[Derivative] = []
    seen: set[int] = set()
    for value in recording.values:
        if value.leaf and value.requires_grad and value.variable not in seen and value.data.size == 1:
            seen.add(value.variable)
            found.append(_derivative(recording, value.variable, reached, out_of_time))
    return tuple(found)


def _derivative(
    recording: Recording, variable: int, reached: dict[int, list[int]], out_of_time: Callable[[], bool]
) -> Derivative:
    values = recording.values
    own_name = recording.variables[variable].name
    name = own_name or next((v.name for v in values if v.variable == variable and v.name), None) or "leaf"
    by_node = {node.id: node for node in recording.nodes if node.variable == variable}
    runs = [run for run in recording.runs if run.node in by_node]
    own = [item for item in recording.passes if any(values[n].variable == variable and values[n].leaf for n in reached[item.id])]
    passes = [recording.passes[run.pass_id] for run in runs if run.completed] or own[-1:]
    recorded = runs[-1].grad_after if runs and runs[-1].completed else None
    last = passes[-1] if passes else recording.passes[-1]
    root = values[last.roots[0]].name or ""
    left = partial(name_symbol(root) if root else Word("result"), name_symbol(name))

    def refuse(why: str, right: Expression | None = None) -> Derivative:
        return Derivative(name, root, left, right, None, recorded, False, why)

    if not passes:
        return refuse(f"{root or 'the result'} does not depend on {name}")
    why = _why_not(recording, last, [run for run in runs if run.completed], reached, variable, name)
    if why:
        return refuse(why)
    leaves = [n for n in reached[last.id] if values[n].variable == variable and values[n].leaf]
    if not leaves:
        return refuse(f"{root or 'the result'} was not computed from {name} as a leaf")
    compiled = _compiled(recording, last, leaves[0], reached[last.id], out_of_time)
    if compiled.compute is None:
        return refuse(compiled.why_not)
    for kind, first, second in compiled.kinks:
        distance = complex(values[first].data.item()).real - (0.0 if second is None else complex(values[second].data.item()).real)
        if distance == 0:
            return refuse(f"{kind} has a kink at 0", compiled.right)
    number = _compute(compiled, recording)
    if number is None:
        return refuse("the expression has no finite value here", compiled.right)
    return Derivative(name, root, left, compiled.right, number, recorded, True)


def _why_not(recording: Recording, last: Pass, runs: list[Any], reached: dict[int, list[int]], variable: int, name: str) -> str:
    """Why the symbolic derivative is not what this pass computed; empty if it is."""
    values = recording.values
    if len(last.roots) != 1:
        return "backward started from several values"
    seed = last.seeds[0] if last.seeds else None
    changed = overwritten_in(recording, last.id)
    if changed:
        return changed
    if seed is not None and single(seed) != 1:
        return "backward started from a gradient other than 1"
    if len(runs) > 1:
        return f".grad is the sum of {len(runs)} backward passes"
    if runs and runs[0].grad_before is not None and single(runs[0].grad_before) != 0:
        return ".grad was not zero before"
    versions = [number for number in reached[last.id] if values[number].variable == variable and values[number].leaf]
    if len(versions) > 1:
        return f"{name} was changed in place between two uses"
    past = next((values[number] for number in reached[last.id] if written_past(recording, values[number])), None)
    if past is not None:
        return f"{past.name or 'a result'} was overwritten{_line(recording, past)} by what autograd does not differentiate"
    computed = [number for number in reached[last.id] if not is_source(recording, values[number])]
    if len(computed) > MOST_OPERATIONS:
        return "it has too many nodes for sympy"
    if any("complex" in values[number].dtype for number in reached[last.id]):
        return "complex numbers"
    return ""


def _line(recording: Recording, value: Value) -> str:
    span = None if value.operation is None else recording.operations[value.operation].span
    return "" if span is None else f" in line {span.line}"


def _compute(compiled: _Compiled, recording: Recording) -> float | None:
    assert compiled.compute is not None
    try:
        numbers = [float(complex(recording.values[number].data.item()).real) for number in compiled.parameters]
        result = compiled.compute(*numbers)
    except (ArithmeticError, ValueError):
        return None
    if isinstance(result, complex) or not math.isfinite(result):
        return None
    return float(result)


def structure_key(recording: Recording, last: Pass, leaf: int, ids: list[int]) -> object:
    """Equal for two recordings with the same symbolic derivative by ``leaf``: everything except the numbers in named tensors."""
    parts: list[object] = [last.roots, leaf]
    for number in ids:
        value = recording.values[number]
        source = is_source(recording, value)
        inner = None
        if not source and value.operation is not None:
            operation = recording.operations[value.operation]
            inner = (operation.name, tuple((a.value, repr(a.constant), a.keyword) for a in operation.inputs))
        literal = repr(single(value.data)) if source and value.name is None else ""
        parts.append((number, value.name, value.requires_grad, value.leaf, literal, inner))
    return tuple(parts)


def _compiled(recording: Recording, last: Pass, leaf: int, ids: list[int], out_of_time: Callable[[], bool]) -> _Compiled:
    key = structure_key(recording, last, leaf, ids)
    with _lock:
        known = _cache.get(key)
        if known is not None:
            _cache.move_to_end(key)
            return known
    if out_of_time():
        return _Compiled(None, None, (), (), "there was not enough time")
    try:
        made = _differentiate(recording, last.roots[0], leaf, ids, out_of_time)
    except _Unsupported as problem:
        made = _Compiled(None, None, (), (), str(problem))
    except TimeoutError:
        # Kept too: a slider asks for the same structure again and again.
        made = _Compiled(None, None, (), (), "there was not enough time")
    except RecursionError:
        made = _Compiled(None, None, (), (), "the expression is nested too deeply for sympy")
    with _lock:
        _cache[key] = made
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
    return made


def _differentiate(recording: Recording, root: int, leaf: int, ids: list[int], out_of_time: Callable[[], bool]) -> _Compiled:
    import sympy

    from engine.operations.symbolic import NUMERIC, constant, from_sympy

    symbols: dict[int, Any] = {}
    names: dict[Any, Expression] = {}
    written = source_symbols(recording, ids)
    expressions: dict[int, Any] = {}
    sizes: dict[int, int] = {}
    depths: dict[int, int] = {}
    kinks: list[tuple[str, int, int | None]] = []
    depends = {leaf}
    for number in ids:
        if out_of_time():
            raise TimeoutError
        value = recording.values[number]
        operation = None if is_source(recording, value) or value.operation is None else recording.operations[value.operation]
        cut = operation is not None and not value.requires_grad and _tracked(recording, operation)
        literal = single(value.data)
        if operation is None and value.name is None and not value.requires_grad and constant(literal) is not None:
            expressions[number], sizes[number] = constant(literal), 1
        elif operation is None or cut:
            symbols[number] = expressions[number] = sympy.Symbol(f"v{number}", real=True)
            names[symbols[number]] = written.get(number) or _cut_symbol(recording, value, operation)
            sizes[number] = 1
        else:
            sizes[number] = 1 + sum(sizes[a.value] for a in operation.inputs if a.value is not None)
            entry = entry_of(operation.name)
            flat = _is_sum(entry.value) or entry.value == X
            below = [depths.get(a.value, 0) for a in operation.inputs if a.value is not None]
            depths[number] = max(below, default=0) + (0 if flat else 1)
            if depths[number] > DEEPEST:
                raise _Unsupported("the expression is nested too deeply for sympy")
            if sizes[number] > MOST_TERMS:
                raise _Unsupported("the expression is too long for sympy")
            expressions[number] = _expression(operation, value, expressions)
            inputs = [a.value for a in operation.inputs if a.value is not None]
            if depends.isdisjoint(inputs):
                continue
            depends.add(number)
            if entry.kink:
                kinks.append((entry.name, inputs[0], inputs[1] if len(inputs) > 1 else None))
    result = sympy.diff(expressions[root], symbols[leaf])
    if out_of_time():
        raise TimeoutError
    if result.count_ops() > 4 * MOST_TERMS:
        raise _Unsupported("the derivative is too long for sympy")
    parameters = tuple(symbols)
    compute = sympy.lambdify([symbols[number] for number in parameters], result, modules=[NUMERIC, "math"])
    right: Expression | None = None
    if result.count_ops() <= LONGEST:
        right = _as_told(recording, root, leaf, depends, written) or from_sympy(result, names)
        right = right if right is not None and right.size <= LONGEST else None
    return _Compiled(right, compute, parameters, tuple(kinks))


def _as_told(
    recording: Recording, root: int, leaf: int, depends: set[int], written: Mapping[int, Expression]
) -> Expression | None:
    """The derivative as explanations write it, if the root is one operation on the leaf; sympy writes some differently.

    ``depends`` has all that was computed from the leaf: where the leaf comes in by another operand as well, one rule is not all.
    """
    value = recording.values[root]
    if value.operation is None or is_source(recording, value):
        return None
    operation = recording.operations[value.operation]
    inputs = operands(operation)
    at = [position for position, item in enumerate(inputs) if item.value == leaf]
    if len(at) != 1 or sum(item.value in depends for item in inputs) != 1:
        return None
    if not plain_call(operation) or not entry_of(operation.name).slope:
        return None
    found = [number_symbol(item.constant) if item.value is None else written.get(item.value) for item in inputs]
    symbols = tuple(symbol for symbol in found if symbol is not None)
    if len(symbols) < len(inputs):
        return None
    rules = local_rule(operation.name, symbols, tuple(item.constant if item.value is None else None for item in inputs))
    return None if rules is None else rules[at[0]]


def _tracked(recording: Recording, operation: Operation) -> bool:
    return any(a.value is not None and recording.values[a.value].requires_grad for a in operation.inputs)


def _cut_symbol(recording: Recording, value: Value, operation: Operation | None) -> Expression:
    """What to call an unnamed constant: ``detach(a)``, or its number."""
    if operation is None:
        number = single(value.data)
        return number_symbol(number) if number is not None else TENSOR
    first = next((a.value for a in operation.inputs if a.value is not None), None)
    name = recording.values[first].name if first is not None else None
    return Call(Word(operation.name), (name_symbol(name) if name else Sign("…"),))


def _expression(operation: Operation, value: Value, expressions: dict[int, Any]) -> Any:
    """The operation as a sympy expression of its operands. Raises _Unsupported if there is no rule."""
    from engine.operations.symbolic import SILENT_KEYWORDS, constant, to_sympy

    entry = entry_of(operation.name)
    unchanged = entry.value == X
    if plain_name(operation.name) == "grad":
        raise _Unsupported("the program differentiates a gradient")
    if not value.dtype.startswith(("float", "bfloat")):
        raise _Unsupported(f"{operation.name} gives no real numbers")
    scale: Any = 1
    operands: list[Any] = []
    for argument in operation.inputs:
        if argument.value is not None:
            operands.append(expressions[argument.value])
            continue
        if argument.keyword == "alpha" and constant(argument.constant) is not None:
            scale = constant(argument.constant)
            continue
        if argument.keyword is not None and argument.keyword not in ("other", "exponent"):
            allowed = SILENT_KEYWORDS.get(argument.keyword, ())
            if not unchanged and argument.constant is not None and argument.constant not in allowed:
                raise _Unsupported(f"no symbolic rule for {operation.name} with {argument.keyword}")
            continue
        operands.append(None if unchanged else constant(argument.constant))
    if unchanged and operands and operands[0] is not None:
        return operands[0]
    if entry.value is not None and None not in operands and len(operands) == _operands_of(entry.value):
        if _is_sum(entry.value) and scale != 1:
            at = 0 if entry.name == "rsub" else 1
            operands[at] = operands[at] * scale
        made = to_sympy(entry.value, operands)
        if made is not None:
            return made
    raise _Unsupported(f"no symbolic rule for {operation.name}")


def _is_sum(value: Expression | None) -> bool:
    """Whether it is the sum or difference of two operands."""
    return isinstance(value, Sum) and len(value.terms) == 2 and all(isinstance(term, Operand) for term in value.terms)


def _operands_of(value: Expression) -> int:
    """How many operands a tree takes."""
    return max((part.key for part in value.walk() if isinstance(part, Operand) and isinstance(part.key, int)), default=-1) + 1
