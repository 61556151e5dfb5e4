"""Recordings built by hand, so that the window can be tested without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from engine.graph.model import Card, CardKind, Graph, GraphEdge
from engine.graph.state import CardState, EdgeState, Row, State
from engine.mathematics.expression import Expression
from engine.recording import Recording
from engine.tables import Moment, TensorData
from engine.training.configs import TrainingSnapshot
from gui.session.run_numbers import RunNumbers
from gui.session.session import Session
from tests import mathematics


def show_end(session: Session, recording: Recording) -> None:
    """Show ``recording`` after its last operation."""
    session.show_recording(recording)
    session.set_cursor(recording.end)


def number(value: float) -> TensorData:
    """One float32 of shape [1]."""
    return tensor([value])


def tensor(values: object) -> TensorData:
    array = np.asarray(values, dtype=np.float32)
    array.flags.writeable = False
    return TensorData(array.shape, "float32", array)


def card(
    key: str, symbol: Expression | str, kind: CardKind, subtitle: str, shape: tuple[int, ...] = (1,), name: str | None = None
) -> Card:
    made = mathematics.symbol(symbol) if isinstance(symbol, str) else symbol
    return Card(key, f"{symbol}#0", kind, made, subtitle, name, shape, None, None, (), (), (), None, kind != "data")


def edge(source: str, target: str, slot: int = 0) -> GraphEdge:
    return GraphEdge(f"{source}-{target}-{slot}", source, target, slot, 0, True, ())


def recording(graph: Graph, states: Sequence[State]) -> Recording:
    """A recording that draws ``graph`` and is in ``states[k]`` after k moments."""
    return recording_of(graph, len(states) - 1, states.__getitem__)


def recording_of(graph: Graph, end: int, state: Callable[[int], State]) -> Recording:
    """The same with ``end`` moments, whose states are made when they are first asked for."""

    class Timeline:
        def __init__(self) -> None:
            self.state = cache(state)

    moments = tuple(Moment("operation", "forward", 0, None) for _ in range(end))
    made = Recording("", (), (), (), (), (), (), moments)
    made.__dict__["_graph"] = graph
    made.__dict__["_timeline"] = Timeline()
    return made


def cubic(a: float = 5.0, b: float = 6.0, extra: bool = False) -> Recording:
    """``y = a³ − b²`` before (cursor 0) and after backward (cursor 1); ``extra`` adds a constant: another structure."""
    cards = [
        card("a", "a", "leaf", "AccumulateGrad"),
        card("b", "b", "leaf", "AccumulateGrad"),
        card("a3", "a^{3}", "operation", "PowBackward0"),
        card("b2", "b^{2}", "operation", "PowBackward0"),
        card("sub", "-", "operation", "SubBackward0"),
        card("y", "y", "result", "result"),
    ]
    edges = [edge("a", "a3"), edge("b", "b2"), edge("a3", "sub", 0), edge("b2", "sub", 1), edge("sub", "y")]
    values = {"a": a, "b": b, "a3": a**3, "b2": b**2, "sub": a**3 - b**2, "y": a**3 - b**2}
    gradients = {"a": 3 * a**2, "b": -2 * b, "a3": 1.0, "b2": -1.0, "sub": 1.0, "y": 1.0}
    factors = {"a-a3-0": 3 * a**2, "b-b2-0": 2 * b, "a3-sub-0": 1.0, "b2-sub-1": -1.0}
    if extra:
        cards.insert(5, card("add", "+3", "operation", "AddBackward0"))
        edges[4:] = [edge("sub", "add"), edge("add", "y")]
        values |= {"add": values["sub"] + 3, "y": values["y"] + 3}
        gradients["add"] = 1.0
    graph = Graph(tuple(cards), tuple(edges), "cubic+3" if extra else "cubic")
    before = State(
        0,
        {item.id: CardState(Row("not_yet"), Row("not_yet")) for item in cards},
        {item.id: EdgeState("idle", "none") for item in edges},
    )
    after = State(
        1,
        {item.id: CardState(Row("value", number(values[item.id])), Row("value", number(gradients[item.id]))) for item in cards},
        {
            item.id: EdgeState("done", "done", number(1.0), number(factors[item.id]) if item.id in factors else None)
            for item in edges
        },
    )
    return recording(graph, [before, after])


def tensors() -> Recording:
    """A data tensor of 1500 numbers, squared and averaged; the gradient of the square is constant."""
    values = np.linspace(-3, 3, 1500, dtype=np.float32).reshape(1500, 1)
    cards = (
        card("X", "X", "data", "data", (1500, 1)),
        card("sq", r"(\cdot)^{2}", "operation", "PowBackward0", (1500, 1)),
        card("mean", r"\mathrm{mean}", "operation", "MeanBackward0", ()),
    )
    edges = (edge("X", "sq"), edge("sq", "mean"))
    constant = tensor(np.full((1500, 1), 1 / 1500))
    state = State(
        0,
        {
            "X": CardState(Row("value", tensor(values)), Row("not_tracked")),
            "sq": CardState(Row("value", tensor(values**2)), Row("value", constant)),
            "mean": CardState(Row("value", number(float((values**2).mean()))), Row("value", number(1.0))),
        },
        {"X-sq-0": EdgeState("done", "none"), "sq-mean-0": EdgeState("done", "done", constant)},
    )
    return recording(Graph(cards, edges, "tensors"), [state])


def run_numbers(rows: Sequence[tuple[float, float, float]]) -> RunNumbers:
    """Snapshots of a run of the line that has made these steps, the start first: w, b and loss of each."""
    made = RunNumbers()
    made.start(
        TrainingSnapshot(step, loss if step else None, {"w": np.full((1, 1), w), "b": np.full(1, b)})
        for step, (w, b, loss) in enumerate(rows)
    )
    return made
