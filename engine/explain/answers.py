"""A person's answer, typed as a number or a formula: parsed into a number, never executed."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable

from engine.operations.registry import ENTRIES
from engine.recording import Recording
from engine.runtime.quiet import quiet_warnings
from engine.tables import TensorData
from engine.tables.named import leaf_named, stored_gradient, value_named

LONGEST = 200
"""Most characters of an answer."""
_MOST_PARTS = 64
HOW_TO = "Write a number or a formula, such as 75, 3*5**2 or 3*a**2."

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    name: entry.answer for entry in ENTRIES if entry.answer is not None for name in f"{entry.name} {entry.also}".split()
}
_CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
}
_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "∞": " inf ", "^": "**"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_COMMA = re.compile(r"\s*([-−–+]?\d+),(\d+)\s*")
"""A decimal comma; with three digits behind it, it may as well stand between thousands."""


class NotAnAnswer(Exception):
    """The text is not an answer; the message says what to write."""


def answer_value(text: str, recording: Recording | None, cursor: int) -> float:
    """The number that ``text`` is.

    Parameters
    ----------
    text : str
        A number or a formula of numbers, ``+ - * / **``, parentheses, a few functions (``sin``, ``exp`` …) and the program's
        names, which stand for their recorded values at ``cursor``: ``75``, ``75,0``, ``3·5²``, ``3*a**2``, ``b.grad + 1``.
    recording : Recording or None
        What the names are looked up in; None: there are none.
    cursor : int

    Raises
    ------
    NotAnAnswer
        Where it is no number; the message says what to write.
    """
    if len(text) > LONGEST:
        raise NotAnAnswer(f"That is too long. {HOW_TO}")
    if not text.strip():
        raise NotAnAnswer(HOW_TO)
    comma = _COMMA.fullmatch(text)
    if comma is not None:
        if len(comma[2]) == 3:
            raise NotAnAnswer(f"Is that {comma[1]}.{comma[2]} or {comma[1]}{comma[2]}? Write one of them, without a comma.")
        text = f"{comma[1]}.{comma[2]}"
    plain = _POWER.sub(lambda match: f"**({match[0].translate(_RAISED)})", text).translate(_SIGNS).strip()
    try:
        with quiet_warnings():
            tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotAnAnswer(f"That could not be understood. {HOW_TO}") from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS * 3:
        raise NotAnAnswer(f"That is too long. {HOW_TO}")
    try:
        return _Evaluator(recording, cursor).value(tree.body)
    except ZeroDivisionError:
        raise NotAnAnswer("That divides by 0. If you mean infinity, write inf.") from None
    except OverflowError:
        raise NotAnAnswer("That is too large for a number. If you mean infinity, write inf.") from None
    except ValueError:
        raise NotAnAnswer("A function there has no value at that number. If you mean that, write nan.") from None


class _Evaluator:
    """Computes only with floats, so that no power can take long: one that is too large is an error at once."""

    def __init__(self, recording: Recording | None, cursor: int) -> None:
        self._recording = recording
        self._cursor = cursor

    def value(self, part: ast.expr) -> float:
        match part:
            case ast.Constant(value=bool(word)):
                raise NotAnAnswer(f"“{word}” is not a number. {HOW_TO}")
            case ast.Constant(value=int(number) | float(number)):
                return float(number)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.value(part.operand)
            case ast.UnaryOp(op=ast.USub()):
                return -self.value(part.operand)
            case ast.BinOp(op=ast.Pow()):
                return _power(self.value(part.left), self.value(part.right))
            case ast.BinOp() if type(part.op) in _BINARY:
                return _BINARY[type(part.op)](self.value(part.left), self.value(part.right))
            case ast.Call(func=ast.Name() as name, args=[only], keywords=[]) if not isinstance(only, ast.Starred):
                return self._call(name.id, self.value(only))
            case ast.Name():
                return self._only(self._named(part.id), part.id)
            case ast.Attribute(value=ast.Name() as name, attr="grad"):
                return self._only(self._gradient(name.id), f"{name.id}.grad")
            case ast.Subscript(value=ast.Name() as name):
                return self._element(self._named(name.id), part.slice, name.id)
            case ast.Subscript(value=ast.Attribute(value=ast.Name() as name, attr="grad")):
                return self._element(self._gradient(name.id), part.slice, f"{name.id}.grad")
        raise NotAnAnswer(f"Only numbers, names, + - * / ** and functions such as sin(a) can be used. {HOW_TO}")

    def _call(self, name: str, argument: float) -> float:
        if name not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS))
            raise NotAnAnswer(f"“{name}” is not a function that can be used here. You can use {known}.")
        return _FUNCTIONS[name](argument)

    def _named(self, name: str) -> TensorData | float:
        """What the program calls ``name`` at the cursor, else a constant such as pi."""
        found = None if self._recording is None else value_named(self._recording, name, self._cursor)
        if found is not None:
            return found.data
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise NotAnAnswer(f"There is no “{name}” here yet. {HOW_TO}")

    def _gradient(self, name: str) -> TensorData:
        """The ``.grad`` of what the program calls ``name``, as it is at the cursor."""
        leaf = None if self._recording is None else leaf_named(self._recording, name)
        held = None if leaf is None else stored_gradient(leaf, self._cursor)
        if held is not None:
            return held
        raise NotAnAnswer(f"“{name}.grad” is None so far. {HOW_TO}")

    def _only(self, data: TensorData | float, name: str) -> float:
        if isinstance(data, float):
            return data
        if data.size != 1 or data.array is None:
            raise NotAnAnswer(f"“{name}” has {data.size} elements: write which one, such as {name}[0].")
        return _real(data.item(), name)

    def _element(self, data: TensorData | float, index: ast.expr, name: str) -> float:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        places = [part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int]
        numbers = None if isinstance(data, float) else data.numbers()
        if numbers is None or len(places) != len(parts) or len(places) != numbers.ndim:
            raise NotAnAnswer(f"Write one number for each dimension of “{name}”, such as {name}[0].")
        if not all(place < length for place, length in zip(places, numbers.shape, strict=True)):
            raise NotAnAnswer(f"“{name}” has no element {places}: its shape is {list(numbers.shape)}.")
        return _real(numbers[tuple(places)].item(), name)


def _real(number: object, name: str) -> float:
    if not isinstance(number, (bool, int, float)):
        raise NotAnAnswer(f"“{name}” is not a real number.")
    return float(number)


def _power(base: float, exponent: float) -> float:
    result = base**exponent
    if isinstance(result, complex):
        raise NotAnAnswer("The root of a negative number is not a real number. If you mean that, write nan.")
    return float(result)
