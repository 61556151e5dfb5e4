"""Expressions over what was recorded: values and gradients at a moment, with other numbers, and of runs. Never executed."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import ProgramError
from engine.lessons.play.moments import cursor_of, read_moment
from engine.lessons.play.worlds import Trained, World
from engine.recording import Recording
from engine.runtime.quiet import quiet_warnings
from engine.tables import TensorData
from engine.tables.named import leaf_named, stored_gradient, value_named
from engine.training.configs import TrainingSnapshot

LONGEST = 300
"""Characters of one expression."""
_MOST_PARTS = 120
Array = NDArray[np.float64]
Found = float | bool | None | tuple[int, ...] | Array
"""What an expression may be: a number, a truth, None (no gradient), a shape, or the elements of a tensor."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "sum": np.sum,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
    "norm": lambda x: np.sqrt(np.sum(np.square(x))),
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "log10": np.log10,
    "sigmoid": lambda x: 1 / (1 + np.exp(-np.asarray(x, np.float64))),
    "len": lambda x: float(len(x)),
    "finite": lambda x: bool(np.all(np.isfinite(x))),
}
"""Functions that an expression can have."""
_CONSTANTS = {"pi": math.pi, "inf": math.inf, "nan": math.nan}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Pow: lambda x, y: np.power(np.asarray(x, np.float64), y),
    ast.MatMult: np.matmul,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_ALLOWED = (
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.keyword,
    ast.UnaryOp,
    ast.USub,
    ast.UAdd,
    ast.Not,
    ast.BinOp,
    *_BINARY,
    ast.Compare,
    *_COMPARE,
    ast.Eq,
    ast.NotEq,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.List,
    ast.Tuple,
    ast.Load,
)
RUN_HAS: Mapping[str, str] = {
    "limit": "2/λmax, the greatest rate at which plain gradient descent does not run away",
    "condition": "λmax/λmin, how much more the loss is curved in one direction than in another",
    "minimum": "the least loss that any parameters have",
    "floor": "the square of the noise in the data that are made",
    "epochs": "how many epochs it has",
    "diverged": "whether its loss left all bounds",
}
"""What of a run can be asked for, beside its loss, parameters and gradients at an epoch."""
HOW_TO = (
    "an expression has names of the program, their .grad and .shape, numbers, + - * / ** @, comparisons, and, or, not, functions "
    f"({', '.join(FUNCTIONS)}), y(a=2.5) for other numbers, at(“after a.grad”, y) for another moment, fails(), and "
    "run.loss(30), run.w(30), run.w.grad(30), {', '.join(f'run.{name}' for name in RUN_HAS)} for a run"
)


def check_expression(text: str) -> None:
    """Raises ValueError, which says what can be written, where ``text`` cannot be an expression."""
    tree = _parsed(text)
    for part in ast.walk(tree):
        if not isinstance(part, _ALLOWED):
            raise ValueError(f"“{text}” has what cannot be used there ({type(part).__name__}); {HOW_TO}")
        match part:
            case ast.Call(func=ast.Name(id="at"), args=[ast.Constant(value=str(moment)), _], keywords=[]):
                read_moment(moment)
            case ast.Call(func=ast.Name(id="at")):
                raise ValueError(f"“{text}”: at(“after a.grad”, y) has a moment in quotes and an expression")
            case ast.Constant(value=str(moment)) if not _is_moment(tree, part):
                raise ValueError(f"“{text}” has a text where none can be used; {HOW_TO}")
            case ast.Call(keywords=keywords) if any(one.arg is None for one in keywords):
                raise ValueError(f"“{text}” has ** in a call; {HOW_TO}")


def _is_moment(tree: ast.expr, text: ast.Constant) -> bool:
    calls = (part for part in ast.walk(tree) if isinstance(part, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "at" and call.args[:1] == [text] for call in calls)


def names_in(text: str) -> frozenset[str]:
    """The names that ``text`` asks of: of what the program has, of runs, of functions. Raises as ``check_expression``."""
    return frozenset(part.id for part in ast.walk(_parsed(text)) if isinstance(part, ast.Name))


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters, not {len(text):,}")
    plain = text.strip().replace("−", "-").replace("·", "*").replace("^", "**")
    try:
        with quiet_warnings():
            tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"“{text}” cannot be read; {HOW_TO}") from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS:
        raise ValueError(f"“{text[:60]}…” has more than {_MOST_PARTS} parts")
    return tree


def evaluate(world: World, text: str, when: str = "end", values: Mapping[str, float] | None = None) -> Found:
    """What ``text`` is in ``world`` at the moment ``when``, with ``values`` written into the program.

    Raises
    ------
    ValueError
        Where it cannot be computed; the message says why.
    ProgramError
        Where the program fails before anything of it ran.
    """
    check_expression(text)
    with np.errstate(all="ignore"):
        found: Any = _Evaluator(world, when, dict(values or {})).of(_parsed(text))
    if isinstance(found, (_Run, _Parameter)):
        raise ValueError(f"“{text}” is a run: write what of it, such as run.loss(30)")
    return cast(Found, found)


def holds(world: World, text: str, when: str = "end", values: Mapping[str, float] | None = None) -> bool:
    """Whether ``text`` is true. Raises as ``evaluate``, and ValueError where it is neither true nor false."""
    found = evaluate(world, text, when, values)
    if not isinstance(found, (bool, np.bool_)):
        raise ValueError(f"“{text}” is neither true nor false: compare it with something")
    return bool(found)


@dataclass(frozen=True, slots=True)
class _Run:
    trained: Trained


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter of a run, by name; ``gradient``: its gradient."""

    trained: Trained
    name: str
    gradient: bool = False


@dataclass(frozen=True, slots=True)
class _Evaluator:
    world: World
    when: str
    values: dict[str, float]

    def of(self, part: ast.expr) -> Any:
        match part:
            case ast.Constant(value=None | bool()):
                return part.value
            case ast.Constant(value=int(number) | float(number)):
                return float(number)
            case ast.Name():
                return self._name(part.id)
            case ast.Attribute():
                return self._attribute(part)
            case ast.Call():
                return self._call(part)
            case ast.Subscript():
                return self._element(part)
            case ast.List() | ast.Tuple():
                return np.array([_number(self.of(item), "an element") for item in part.elts], np.float64)
            case ast.UnaryOp(op=ast.Not()):
                return not self._truth(part.operand)
            case ast.UnaryOp():
                operand = _number(self.of(part.operand), ast.unparse(part.operand))
                return _plain(-operand if isinstance(part.op, ast.USub) else operand)
            case ast.BoolOp():
                truths = (self._truth(value) for value in part.values)
                return all(truths) if isinstance(part.op, ast.And) else any(truths)
            case ast.BinOp():
                left, right = (_number(self.of(side), ast.unparse(side)) for side in (part.left, part.right))
                try:
                    return _plain(_BINARY[type(part.op)](left, right))
                except ValueError:
                    raise ValueError(f"the shapes in “{ast.unparse(part)}” do not fit") from None
            case ast.Compare():
                return self._compare(part)
        raise ValueError(f"“{ast.unparse(part)}” cannot be computed; {HOW_TO}")

    def _truth(self, part: ast.expr) -> bool:
        found = self.of(part)
        if not isinstance(found, (bool, np.bool_)):
            raise ValueError(f"“{ast.unparse(part)}” is neither true nor false")
        return bool(found)

    def _compare(self, part: ast.Compare) -> bool:
        sides = [self.of(side) for side in (part.left, *part.comparators)]
        for operator, left, right in zip(part.ops, sides, sides[1:], strict=False):
            if isinstance(operator, (ast.Eq, ast.NotEq)):
                held = _same(left, right) == isinstance(operator, ast.Eq)
            else:
                held = bool(
                    np.all(_COMPARE[type(operator)](_number(left, "what is compared"), _number(right, "what is compared")))
                )
            if not held:
                return False
        return True

    # Names -------------------------------------------------------------------------------------------------------

    def _name(self, name: str) -> Any:
        if name in self.world.runs:
            return _Run(self.world.trained(name))
        if self.world.program:
            data = self._value(name)
            if data is not None:
                return _elements(data, name)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise ValueError(f"there is no “{name}” at this moment ({self.when})")

    def _recording(self) -> Recording:
        if not self.world.program:
            raise ValueError("the page has no program")
        return self.world.recording(self.values)

    def _value(self, name: str) -> TensorData | None:
        """What the program calls ``name`` at the moment."""
        recording = self._recording()
        cursor = cursor_of(recording, self.when)
        found = value_named(recording, name, cursor)
        return None if found is None else found.data

    def _gradient(self, name: str) -> TensorData | None:
        """``.grad`` of a leaf at the moment; of what is no leaf, the gradient that has passed there."""
        recording = self._recording()
        cursor = cursor_of(recording, self.when)
        leaf = leaf_named(recording, name)
        if leaf is not None:
            return stored_gradient(leaf, cursor)
        state = recording.state(cursor)
        for card in recording.graph.cards:
            if any((recording.values[value].name or card.name) == name for _, value in card.values):
                row = state.cards[card.id].gradient
                if row.kind in ("value", "cleared"):
                    return row.data
        if self._value(name) is None:
            raise ValueError(f"there is no “{name}” at this moment ({self.when})")
        return None

    def _attribute(self, part: ast.Attribute) -> Any:
        match part:
            case ast.Attribute(value=ast.Name() as name, attr="grad") if name.id not in self.world.runs:
                data = self._gradient(name.id)
                return None if data is None else _elements(data, f"{name.id}.grad")
            case ast.Attribute(attr="shape"):
                return self._shape(part.value)
        owner = self.of(part.value)
        if isinstance(owner, _Run):
            return self._of_run(owner.trained, part.attr)
        if isinstance(owner, _Parameter) and part.attr == "grad":
            return replace(owner, gradient=True)
        raise ValueError(f"“{ast.unparse(part)}” cannot be asked for; {HOW_TO}")

    def _shape(self, of: ast.expr) -> tuple[int, ...]:
        match of:
            case ast.Name():
                data = self._value(of.id)
                if data is None:
                    raise ValueError(f"there is no “{of.id}” at this moment ({self.when})")
                return data.shape
            case ast.Attribute(value=ast.Name() as name, attr="grad"):
                data = self._gradient(name.id)
                if data is None:
                    raise ValueError(f"{name.id}.grad is None at this moment ({self.when})")
                return data.shape
        raise ValueError(f"“{ast.unparse(of)}.shape” cannot be asked for")

    def _of_run(self, trained: Trained, what: str) -> Any:
        match what:
            case "limit" | "condition" | "minimum" | "floor":
                number = getattr(trained, what)
                if number is None:
                    why = "no noise of a known size" if what == "floor" else "no constant curvature"
                    raise ValueError(f"the run “{trained.run.name}” has {why}, so no {what}")
                return float(number)
            case "epochs":
                return float(trained.epochs)
            case "diverged":
                return trained.diverged
        if what == "loss" or what in trained.snapshots[0].parameters:
            return _Parameter(trained, what)
        known = ", ".join(("loss", *trained.snapshots[0].parameters, *RUN_HAS))
        raise ValueError(f"the run “{trained.run.name}” has no “{what}”; it has {known}")

    # Calls -------------------------------------------------------------------------------------------------------

    def _call(self, part: ast.Call) -> Any:
        match part:
            case ast.Call(func=ast.Name(id="at"), args=[ast.Constant(value=str(moment)), what], keywords=[]):
                return replace(self, when=moment).of(what)
            case ast.Call(func=ast.Name(id="fails"), args=[], keywords=changed):
                return isinstance(self.world.outcome(self._with(changed).values), ProgramError)
            case ast.Call(func=function, args=[], keywords=changed) if changed:
                return self._with(changed).of(function)
            case ast.Call(func=ast.Name() as name, args=[only], keywords=[]) if name.id in FUNCTIONS:
                argument = self.of(only)
                given = argument if isinstance(argument, tuple) else _number(argument, ast.unparse(only))
                return _plain(FUNCTIONS[name.id](given))
            case ast.Call(func=ast.Name() as name, keywords=[]) if name.id in ("min", "max") and len(part.args) > 1:
                numbers = [_number(self.of(one), ast.unparse(one)) for one in part.args]
                return _plain((np.min if name.id == "min" else np.max)(numbers))
            case ast.Call(func=ast.Name() as name) if name.id in FUNCTIONS:
                raise ValueError(f"“{ast.unparse(part)}”: {name.id} takes one expression")
        owner = self.of(part.func)
        if isinstance(owner, _Parameter) and len(part.args) == 1 and not part.keywords:
            return _at_epoch(owner, _number(self.of(part.args[0]), "the epoch"))
        raise ValueError(f"“{ast.unparse(part)}” cannot be called; {HOW_TO}")

    def _with(self, changed: list[ast.keyword]) -> _Evaluator:
        """With other numbers in the program."""
        values = {str(one.arg): float(_number(self.of(one.value), str(one.arg))) for one in changed}
        return replace(self, values=self.values | values)

    def _element(self, part: ast.Subscript) -> float:
        found = self.of(part.value)
        if isinstance(found, (_Run, _Parameter)) or found is None:
            raise ValueError(f"“{ast.unparse(part.value)}” has no elements")
        array = np.asarray(found)
        items = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
        places = tuple(int(_number(self.of(item), "an index")) for item in items)
        try:
            return _plain(array[places])  # type: ignore[no-any-return]
        except IndexError:
            raise ValueError(f"“{ast.unparse(part)}”: the shape is {list(array.shape)}") from None


def _elements(data: TensorData, name: str) -> Any:
    numbers = data.numbers()
    if numbers is None:
        raise ValueError(f"of “{name}” only a summary was kept: its shape is {list(data.shape)}")
    if numbers.dtype.kind == "c":
        raise ValueError(f"“{name}” is complex")
    return _plain(numbers.astype(np.float64))


def _at_epoch(parameter: _Parameter, epoch: Any) -> Any:
    trained, number = parameter.trained, float(epoch)
    if not number.is_integer() or not 0 <= number <= trained.epochs:
        raise ValueError(f"the run “{trained.run.name}” has epochs 0 to {trained.epochs}, not {number:g}")
    snapshot: TrainingSnapshot = trained.snapshots[int(number)]
    if parameter.name == "loss":
        if snapshot.loss is None:
            raise ValueError(f"the run “{trained.run.name}” has no loss before its first epoch")
        return float(snapshot.loss)
    if parameter.gradient:
        if parameter.name not in snapshot.gradients:
            raise ValueError(f"the run “{trained.run.name}” has no gradient at epoch {number:g}")
        return _plain(snapshot.gradients[parameter.name].astype(np.float64))
    return _plain(snapshot.parameters[parameter.name].astype(np.float64))


def _number(found: Any, name: str) -> Any:
    if found is None:
        raise ValueError(f"{name} is None: no gradient is stored there")
    if isinstance(found, (_Run, _Parameter, tuple)):
        raise ValueError(f"“{name}” is no number")
    return np.asarray(found, np.float64) if isinstance(found, np.ndarray) else float(found)


def _plain(found: Any) -> Any:
    """A number where there is only one element."""
    if isinstance(found, (bool, np.bool_)):
        return bool(found)
    array = np.asarray(found)
    return float(array.reshape(-1)[0]) if array.size == 1 else array.astype(np.float64)


def _same(left: Any, right: Any) -> bool:
    """Equal as float32 tells numbers apart: a value that went through torch is compared with one written down."""
    if left is None or right is None:
        return left is None and right is None
    if isinstance(left, tuple) or isinstance(right, tuple):
        return [float(one) for one in np.ravel(left)] == [float(one) for one in np.ravel(right)]
    if isinstance(left, bool) or isinstance(right, bool):
        return bool(left) == bool(right)
    one, other = np.asarray(left, np.float64), np.asarray(right, np.float64)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-6, atol=1e-12, equal_nan=True))
