"""Predict, then reveal: which number an operation is about to make, and whether a person's answer is that number.

The right number is always the recorded one. Answers are typed by a person: they are parsed, never executed.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.explain.facts import Facts, facts
from engine.explain.passes.spoiled import tainted
from engine.explain.pieces import shape_text
from engine.graph.model import Card, GraphEdge
from engine.mathematics.numbers import format_number
from engine.operations.registry import ENTRIES
from engine.recording import Recording
from engine.runtime.quiet import quiet_warnings
from engine.tables import NodeRun, TensorData

MOST_ELEMENTS = 4
"""Gradients with more elements are not asked for."""
TOLERANCE = 1e-3
"""How far an answer may be off, relative to the recorded number."""
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
_COMMA = re.compile(r"\s*-?\d+,\d+\s*")


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What the next operation will make.

    Attributes
    ----------
    cursor : int
        The operation has not happened yet: it is ``recording.moments[cursor]``.
    text : str
        The question, with inline mathematics between ``$`` and code between backticks.
    card, edge : str or None
        Where the number will appear: the gradient row of a card, or the gradient going back along an edge.
    data : TensorData
        The recorded tensor, 1 to ``MOST_ELEMENTS`` real elements.
    element : tuple of int
        Which element is asked for; empty if there is only one.
    expected : float
    """

    cursor: int
    text: str
    card: str | None
    edge: str | None
    data: TensorData
    element: tuple[int, ...]
    expected: float


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """An answer held against the recording.

    ``said`` is None if the text is neither a number nor a formula: then ``head`` says what to write, and nothing is revealed.
    ``gap`` is ``said - expected``, None if that is not finite. The message is ``head``, the recorded number ``shown``, ``tail``.
    """

    ok: bool
    said: float | None
    expected: float
    gap: float | None
    head: str
    shown: str = ""
    tail: str = ""

    @property
    def message(self) -> str:
        return f"{self.head}{self.shown}{self.tail}"


class _Refused(Exception):
    """The text is not an answer; the message says what to write."""


# Questions -----------------------------------------------------------------------------------------------------------


def question(recording: Recording, cursor: int) -> Question | None:
    """What to ask before moment number ``cursor`` happens; None if no gradient of few elements arrives in it.

    A leaf's ``.grad`` is asked for if it is a sum: of several paths, or of what it was before and what arrives.
    """
    if not 0 <= cursor < recording.end:
        return None
    moment = recording.moments[cursor]
    if moment.kind == "accumulate":
        return _stored(recording, cursor, recording.runs[moment.subject])
    if moment.kind == "run":
        return _sent(recording, cursor, recording.runs[moment.subject])
    return None


def next_question(recording: Recording, start: int, stop: int) -> Question | None:
    """The first question at the cursors from ``start`` up to ``stop`` (exclusive)."""
    return next((found for at in range(start, stop) if (found := question(recording, at)) is not None), None)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the gradients of a recording stand in its graph."""

    cards: dict[str, Card]
    leaves: dict[int, Card]
    edges: dict[tuple[int, int], GraphEdge]
    paths: dict[tuple[str, str], list[str]]


def _places(recording: Recording) -> _Places:
    """Made once for each recording, and kept as long as it, like its cached properties."""
    found = recording.__dict__.get("_predict_places")
    if isinstance(found, _Places):
        return found
    graph = recording.graph
    leaves = {node: card for card in graph.cards if card.kind == "leaf" for node in card.nodes}
    made = _Places({card.id: card for card in graph.cards}, leaves, {}, {})
    for edge in graph.edges:
        if edge.flows:
            made.edges[edge.flows[0]] = edge
            made.paths.setdefault((edge.source, edge.target), []).append(edge.id)
    recording.__dict__["_predict_places"] = made
    return made


def _elements(data: TensorData | None) -> Iterator[tuple[tuple[int, ...], float]]:
    """The elements of a tensor that may be asked for, with their indices (empty for the only one)."""
    if data is None or not 0 < data.size <= MOST_ELEMENTS or data.array is None:
        return
    numbers = data.numbers()
    if numbers is None or numbers.dtype.kind != "f":
        return
    for flat, value in enumerate(numbers.ravel().tolist()):
        index: list[int] = []
        for length in reversed(data.shape):
            flat, at = divmod(flat, length)
            index.insert(0, at)
        yield (() if data.size == 1 else tuple(index)), float(value)


def _stored(recording: Recording, cursor: int, run: NodeRun) -> Question | None:
    """What a leaf's ``.grad`` will be, if something is added up."""
    card = _places(recording).leaves.get(run.node)
    first = next(_elements(run.grad_after), None)
    if card is None or first is None or run.grad_after is None or all(item is None for item in run.incoming):
        return None
    known = facts(recording)
    if tainted(known, run) is not None:
        return None
    if run.grad_before is None and len(known.contributions(run.pass_id, run.node, 0)) <= 1:
        # The number has just been asked for, and stands on the edge.
        return None
    element, expected = first
    variable = recording.nodes[run.node].variable
    name = recording.variables[variable].name if variable is not None else None
    place = f"`{name or ''}.grad{_index(element)}`" + ("" if name else " of the tensor")
    before = dict(_elements(run.grad_before)).get(element)
    text = f"What will {place} be?"
    if before is not None:
        text = f"{place} is {format_number(before)}. What will it be after this operation?"
    return Question(cursor, text, card.id, None, run.grad_after, element, expected)


def _sent(recording: Recording, cursor: int, run: NodeRun) -> Question | None:
    """What one of the gradients that a Node sends back will be; preferably one that the Node changes."""
    places = _places(recording)
    if tainted(facts(recording), run) is not None:
        return None  # a right answer would be called wrong
    found: list[tuple[GraphEdge, TensorData, tuple[int, ...], float, bool]] = []
    for edge in recording.nodes[run.node].edges:
        drawn = places.edges.get((run.node, edge.slot))
        data = run.outgoing[edge.slot] if edge.slot < len(run.outgoing) else None
        first = next(_elements(data), None)
        if drawn is None or data is None or first is None:
            continue
        passed = any(came == first[1] for item in run.incoming for _, came in _elements(item))
        found.append((drawn, data, *first, passed))
    if not found:
        return None
    drawn, data, element, expected, _ = next((item for item in found if not item[4]), found[0])
    known = facts(recording)
    ends = [_name(known, places.cards[card]) for card in (drawn.target, drawn.source)]
    paths = places.paths[drawn.source, drawn.target]
    which = f" (path {paths.index(drawn.id) + 1} of {len(paths)})" if len(paths) > 1 else ""
    what = f"the gradient that goes from {ends[0]} to {ends[1]}{which}"
    text = f"What is {what}?"
    if element:
        text = f"What is element `{_index(element)}` of {what}? Its shape is {shape_text(data.shape)}."
    return Question(cursor, text, None, drawn.id, data, element, expected)


def _index(element: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, element))}]" if element else ""


def _name(known: Facts, card: Card) -> str:
    return f"${known.label(card.values[-1][1]) if card.values else card.mathematics}$"


# Answers -------------------------------------------------------------------------------------------------------------


def check_answer(recording: Recording, cursor: int, text: str) -> Answer:
    """Hold ``text`` against the number that ``question(recording, cursor)`` asks for.

    Parameters
    ----------
    text : str
        A number or a formula of numbers, ``+ - * / **``, parentheses, a few functions (``sin``, ``exp`` …) and the program's
        names, which stand for their recorded values at ``cursor``: ``75``, ``3*5**2``, ``3*a**2``, ``2*w[0]``, ``b.grad + 1``.

    Raises
    ------
    ValueError
        If there is no question at ``cursor``.
    """
    asked = question(recording, cursor)
    if asked is None:
        raise ValueError(f"no gradient is asked for at {cursor}")
    expected = asked.expected
    try:
        said = _evaluate(text, recording, cursor)
    except _Refused as refusal:
        return Answer(False, None, expected, None, str(refusal))
    ok = agrees(said, expected)
    gap = said - expected if math.isfinite(said) and math.isfinite(expected) else None
    if gap is not None and not math.isfinite(gap):
        gap = None
    shown = format_number(expected)
    if ok:
        return Answer(True, said, expected, gap, "Yes: ", shown, ".")
    said_text, tail = format_number(said), "."
    if said_text == shown:
        said_text = f"{said:.9g}".replace("-", "−")
    if said == -expected:
        tail = ": the size is right, the sign is the other one."
    elif gap is not None:
        tail = f": {format_number(abs(gap))} {'less' if gap > 0 else 'more'}."
    return Answer(False, said, expected, gap, f"You said {said_text}. It is ", shown, tail)


def agrees(said: float, expected: float) -> bool:
    """Whether an answer is the recorded number: within ``TOLERANCE``, or as it is shown; nan only for nan."""
    if math.isnan(expected) or math.isnan(said):
        return math.isnan(expected) and math.isnan(said)
    if not (math.isfinite(expected) and math.isfinite(said)):
        return said == expected
    return abs(said - expected) <= TOLERANCE * abs(expected) or format_number(said) == format_number(expected)


def _evaluate(text: str, recording: Recording, cursor: int) -> float:
    if len(text) > LONGEST:
        raise _Refused(f"That is too long. {HOW_TO}")
    if not text.strip():
        raise _Refused(HOW_TO)
    if _COMMA.fullmatch(text):
        raise _Refused("Write the decimal point as a point, such as 2.5.")
    plain = _POWER.sub(lambda match: f"**({match[0].translate(_RAISED)})", text).translate(_SIGNS).strip()
    try:
        with quiet_warnings():
            tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _Refused(f"That could not be understood. {HOW_TO}") from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS * 3:
        raise _Refused(f"That is too long. {HOW_TO}")
    try:
        return _Evaluator(recording, cursor).value(tree.body)
    except ZeroDivisionError:
        raise _Refused("That divides by 0. If you mean infinity, write inf.") from None
    except OverflowError:
        raise _Refused("That is too large for a number. If you mean infinity, write inf.") from None
    except ValueError:
        raise _Refused("A function there has no value at that number. If you mean that, write nan.") from None


class _Evaluator:
    """Computes only with floats, so that no power can take long: one that is too large is an error at once."""

    def __init__(self, recording: Recording, cursor: int) -> None:
        self._recording = recording
        self._cursor = cursor

    def value(self, part: ast.expr) -> float:
        match part:
            case ast.Constant(value=bool(word)):
                raise _Refused(f"“{word}” is not a number. {HOW_TO}")
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
        raise _Refused(f"Only numbers, names, + - * / ** and functions such as sin(a) can be used. {HOW_TO}")

    def _call(self, name: str, argument: float) -> float:
        if name not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS))
            raise _Refused(f"“{name}” is not a function that can be used here. You can use {known}.")
        return _FUNCTIONS[name](argument)

    def _named(self, name: str) -> TensorData | float:
        """What the program calls ``name`` at the cursor, else a constant such as pi."""
        newest: tuple[int, int] | None = None
        for variable in self._recording.variables:
            for moment, number in variable.values:
                called = self._recording.values[number].name or variable.name
                if called == name and moment <= self._cursor and (newest is None or (moment, number) > newest):
                    newest = (moment, number)
        if newest is not None:
            return self._recording.values[newest[1]].data
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise _Refused(f"There is no “{name}” here yet. {HOW_TO}")

    def _gradient(self, name: str) -> TensorData:
        """The ``.grad`` of what the program calls ``name``, as it is at the cursor."""
        for variable in reversed(self._recording.variables):
            held = [data for moment, data in variable.gradients if moment <= self._cursor]
            if variable.name == name and held and held[-1] is not None:
                return held[-1]
        raise _Refused(f"“{name}.grad” is None so far. {HOW_TO}")

    def _only(self, data: TensorData | float, name: str) -> float:
        if isinstance(data, float):
            return data
        if data.size != 1 or data.array is None:
            raise _Refused(f"“{name}” has {data.size} elements: write which one, such as {name}[0].")
        return _real(data.item(), name)

    def _element(self, data: TensorData | float, index: ast.expr, name: str) -> float:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        places = [part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int]
        numbers = None if isinstance(data, float) else data.numbers()
        if numbers is None or len(places) != len(parts) or len(places) != numbers.ndim:
            raise _Refused(f"Write one number for each dimension of “{name}”, such as {name}[0].")
        if not all(place < length for place, length in zip(places, numbers.shape, strict=True)):
            raise _Refused(f"“{name}” has no element {places}: its shape is {list(numbers.shape)}.")
        return _real(numbers[tuple(places)].item(), name)


def _real(number: object, name: str) -> float:
    if not isinstance(number, (bool, int, float)):
        raise _Refused(f"“{name}” is not a real number.")
    return float(number)


def _power(base: float, exponent: float) -> float:
    result = base**exponent
    if isinstance(result, complex):
        raise _Refused("The root of a negative number is not a real number. If you mean that, write nan.")
    return float(result)
