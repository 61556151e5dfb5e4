"""Where the numbers of leaves stand in a program's text, and how to write another one there. Text only: torch is not needed."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.text.kind import LONGEST

MAX_ELEMENTS = 8
"""A leaf with more elements than this gets no sliders."""

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters ``start`` to ``end`` (exclusive, from 0) of a text by ``replacement``."""

    start: int
    end: int
    replacement: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.replacement + text[self.end :]


@dataclass(frozen=True, slots=True)
class LiteralElement:
    """One number of a leaf.

    ``index`` is its path in the tensor (empty for a scalar), ``start`` and ``end`` its characters in the text (a sign included,
    end exclusive, from 0), ``text`` what is written there.
    """

    index: tuple[int, ...]
    value: float
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class LeafLiteral:
    """A leaf whose numbers are written in the text; ``line`` is that of its first number, from 1."""

    name: str
    elements: tuple[LiteralElement, ...]
    line: int


class _Lines:
    """Offsets in characters from ast's lines (from 1) and columns (UTF-8 bytes)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]

    def offset(self, line: int, byte_column: int) -> int:
        start = self.start(line)
        head = self.text[start : start + byte_column]
        if head.isascii():
            return start + len(head)
        return start + len(head.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "ignore"))

    def start(self, line: int) -> int:
        """Where ``line`` begins; the text's end for lines after the last."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)


@lru_cache(maxsize=2)
def _read(text: str) -> ast.Module | int:
    """The parsed text, or the line at which it stops being Python. Kept, because several questions are asked of each text."""
    if len(text) > LONGEST:
        return 1
    try:
        return ast.parse(text)
    except SyntaxError as error:
        return max(1, error.lineno or 1)
    except (ValueError, RecursionError, MemoryError):
        return 1


def _parse(text: str) -> ast.Module | None:
    module = _read(text)
    return module if isinstance(module, ast.Module) else None


def broken_line(text: str) -> int | None:
    """The line (from 1) at which ``text`` stops being Python, or None if it parses."""
    module = _read(text)
    return module if isinstance(module, int) else None


def _is_tensor_call(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr == "tensor" and isinstance(called.value, ast.Name) and called.value.id == "torch"
    return isinstance(called, ast.Name) and called.id == "tensor"


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _switches_on(node: ast.expr) -> ast.expr | None:
    """``x`` of ``x.requires_grad_()`` or ``x.requires_grad_(True)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_"):
        return None
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    return node.func.value if len(given) <= 1 and all(map(_is_true, given)) else None


def _assignments(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Each (name, expression) of ``a = …`` and of ``a, b = …, …``."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        parts = value.elts if len(value.elts) == len(target.elts) else []
        for name, part in zip(target.elts, parts, strict=False):
            if isinstance(name, ast.Name) and not isinstance(part, ast.Starred):
                yield name.id, part


def _leaf_call(name: str, value: ast.expr, later: list[ast.stmt]) -> ast.Call | None:
    """The ``tensor(…)`` call if ``name = value`` makes a leaf that requires grad, by itself or by a later statement."""
    inner = _switches_on(value)
    switched = inner is not None
    call = value if inner is None else inner
    if not isinstance(call, ast.Call) or not _is_tensor_call(call) or len(call.args) != 1:
        return None
    if switched or any(keyword.arg == "requires_grad" and _is_true(keyword.value) for keyword in call.keywords):
        return call
    for statement in later:
        if isinstance(statement, ast.Expr):
            owner = _switches_on(statement.value)
            if isinstance(owner, ast.Name) and owner.id == name:
                return call
        elif any(set_name == name for set_name, _ in _assignments(statement)):
            return None
    return None


def _numbers(node: ast.expr, index: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], ast.expr]]:
    """Each element with its path; lists and tuples nested at most 8 deep."""
    if isinstance(node, ast.List | ast.Tuple) and len(index) < MAX_ELEMENTS:
        for position, part in enumerate(node.elts):
            yield from _numbers(part, (*index, position))
    else:
        yield index, node


def _number(node: ast.expr) -> float | None:
    """The finite value of a number with at most one sign, else None."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = -1 if isinstance(node.op, ast.USub) else 1
        node = node.operand
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return None
    try:
        value = sign * float(node.value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _rectangular(indices: list[tuple[int, ...]]) -> bool:
    if len({len(index) for index in indices}) != 1:
        return False
    shape = [max(positions) + 1 for positions in zip(*indices, strict=True)]
    return len(indices) == int(math.prod(shape))


def _elements(call: ast.Call, lines: _Lines) -> tuple[LiteralElement, ...]:
    """The numbers of a ``tensor(…)`` call; empty if it is not a literal of 1 to 8 numbers."""
    parts = list(itertools.islice(_numbers(call.args[0]), MAX_ELEMENTS + 1))
    if not 1 <= len(parts) <= MAX_ELEMENTS or not _rectangular([index for index, _ in parts]):
        return ()
    found: list[LiteralElement] = []
    for index, node in parts:
        value = _number(node)
        if value is None:
            return ()
        start = lines.offset(node.lineno, node.col_offset)
        end = lines.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        written = lines.text[start:end]
        if not written.strip("+-(). \t\r\n\\"):
            return ()
        found.append(LiteralElement(index, value, start, end, written))
    return tuple(found)


def find_leaves(text: str) -> tuple[LeafLiteral, ...]:
    """Leaves written as ``tensor(…)`` of 1 to 8 literal numbers that require grad, in the text's order.

    Looks at the statements of the top level: ``a = tensor(5., requires_grad=True)``, also with ``torch.``, nested lists, tuples
    of names, ``.requires_grad_()`` at the call or in a later statement. Gives () for a text that does not parse; never raises.
    """
    module = _parse(text)
    if module is None:
        return ()
    lines = _Lines(text)
    leaves: list[LeafLiteral] = []
    for position, statement in enumerate(module.body):
        for name, value in _assignments(statement):
            call = _leaf_call(name, value, module.body[position + 1 :])
            if call is not None:
                elements = _elements(call, lines)
                if elements:
                    leaves.append(LeafLiteral(name, elements, call.args[0].lineno))
    return tuple(leaves)


def _with_exponent(value: float) -> str:
    if value == 0:
        return "0.0"
    for precision in range(17):
        text = f"{value:.{precision}e}"
        if float(text) == value:
            break
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


def literal_text(value: float, like: str, digits: int | None = None) -> str:
    """``value`` written in the style of the literal ``like``: ``5.``, ``5.0``, ``5`` or ``5e-1``.

    A float literal stays one; ``digits`` rounds to that many significant digits, else it is the shortest text that gives exactly
    ``value``.
    Raises ValueError for nan and infinities.
    """
    if not math.isfinite(value):
        raise ValueError(f"a literal must be a finite number, not {value}")
    if digits is not None:
        value = float(f"{value:.{digits}g}")
    value += 0.0
    style = like.strip("+-() \t\r\n\\").lower()
    if style.startswith("0x") or not any(mark in style for mark in ".e"):
        if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
    elif "e" in style:
        return _with_exponent(value)
    plain = repr(value)
    if "e" in plain:
        return _with_exponent(value)
    return plain[:-1] if style.endswith(".") and plain.endswith(".0") else plain


def set_element(text: str, leaf: LeafLiteral, element: LiteralElement, value: float, digits: int | None = None) -> Edit:
    """The edit that writes ``value`` where ``element`` of ``leaf`` stands in ``text``, in the literal's own style.

    ``leaf`` and ``element`` come from ``find_leaves(text)`` of this very text. ``digits``: round to so many significant digits.
    Raises ValueError for nan, infinities, or an element that does not stand in ``text``.
    """
    if element not in leaf.elements or text[element.start : element.end] != element.text:
        raise ValueError(f"{leaf.name} is not written at {element.start} to {element.end} of this text")
    return Edit(element.start, element.end, literal_text(value, element.text, digits))


def slider_range(value: float) -> tuple[float, float]:
    """A symmetric range around zero that holds ``value``: −10 to 10, grown by powers of ten."""
    bound = 10.0
    while bound < abs(value):
        bound *= 10
    bound = bound if math.isfinite(bound) else abs(value)
    return -bound, bound


def _style_call(module: ast.Module, lines: _Lines, leaves: tuple[LeafLiteral, ...]) -> str:
    """``torch.tensor([1.], requires_grad=True)`` in the style that the text uses."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.expr) and _is_tensor_call(node)]
    bare = bool(calls) and all(isinstance(call, ast.Call) and isinstance(call.func, ast.Name) for call in calls)
    number, scalar = "1.", False
    if leaves:
        written = leaves[-1].elements[0]
        number = "1." if written.text.endswith(".") else "1.0"
        scalar = not written.index
    prefix = "" if bare else "torch."
    return f"{prefix}tensor({number if scalar else f'[{number}]'}, requires_grad=True)"


def make_leaf_line(text: str, name: str) -> Edit:
    """The edit that makes ``name`` a leaf before its first use: after the existing leaves, in the style of the text.

    Without other leaves it goes to the top, after imports and leading comments. Raises ValueError if ``name`` is not a name.
    """
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a name")
    module = _parse(text)
    if module is None or not module.body:
        return Edit(0, 0, f"{name} = torch.tensor([1.], requires_grad=True)\n")
    lines, leaves = _Lines(text), find_leaves(text)
    body = module.body
    uses = (
        position
        for position, statement in enumerate(body)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name
    )
    first_use = next(uses, len(body) - 1)
    at = 0
    for position, statement in enumerate(body[:first_use]):
        makes_leaf = any(_leaf_call(made, value, body[position + 1 :]) for made, value in _assignments(statement))
        if makes_leaf or (isinstance(statement, ast.Import | ast.ImportFrom) and at == position):
            at = position + 1
    while at > 0 and (body[at - 1].end_lineno or 0) >= body[at].lineno:
        at -= 1
    start = lines.start(body[at].lineno if at == 0 else (body[at - 1].end_lineno or 0) + 1)
    return Edit(start, start, f"{name} = {_style_call(module, lines, leaves)}\n")
