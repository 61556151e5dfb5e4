"""Predict, then reveal: which number an operation is about to make, and whether a person's answer is that number.

The right number is always the recorded one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from engine.explain.answers import NotAnAnswer, answer_value
from engine.explain.facts import Facts, facts
from engine.explain.passes.spoiled import tainted
from engine.explain.pieces import shape_text
from engine.graph.model import Card, GraphEdge
from engine.mathematics.numbers import format_number
from engine.recording import Recording
from engine.tables import NodeRun, TensorData

MOST_ELEMENTS = 4
"""Gradients with more elements are not asked for."""
TOLERANCE = 1e-3
"""How far an answer may be off, relative to the recorded number."""


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
        said = answer_value(text, recording, cursor)
    except NotAnAnswer as refusal:
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
