"""Graphs made by hand, for tests of placing and drawing."""

from __future__ import annotations

from collections.abc import Iterable

from engine.graph.model import Card, CardKind, Graph, GraphEdge
from engine.mathematics.expression import Expression
from tests import mathematics


def card(name: str, kind: CardKind = "operation", symbol: Expression | str = "f", shape: tuple[int, ...] = ()) -> Card:
    made = mathematics.symbol(symbol) if isinstance(symbol, str) else symbol
    return Card(name, f"{name}#0", kind, made, "", None, shape, None, None, (), (), (), None, kind != "data")


def graph(cards: Iterable[Card], edges: Iterable[tuple[str, str]]) -> Graph:
    cards, slots = tuple(cards), dict[str, int]()
    made = []
    for number, (source, target) in enumerate(edges):
        slots[target] = slots.get(target, -1) + 1
        made.append(GraphEdge(f"e{number}", source, target, slots[target], 0, True, ()))
    return Graph(cards, tuple(made), repr([(edge.source, edge.target) for edge in made]))


def sizes(drawn: Graph) -> dict[str, tuple[float, float]]:
    """As LOOK.md states them: operation, leaf, result and tensor cards."""
    by_kind = {"leaf": (132.0, 137.0), "data": (126.0, 137.0), "operation": (126.0, 137.0), "result": (104.0, 137.0)}
    return {card.id: (120.0, 148.0) if card.tensor else by_kind[card.kind] for card in drawn.cards}


def default_program() -> Graph:
    """y = a³ − b²."""
    cards = [card("a", "leaf"), card("b", "leaf"), card("a3"), card("b2"), card("minus", symbol="-"), card("y", "result")]
    return graph(cards, [("a", "a3"), ("b", "b2"), ("a3", "minus"), ("b2", "minus"), ("minus", "y")])


def regression_step() -> Graph:
    """L = mean((y − (X w + b))²) on 1,500 samples."""
    many = (1500, 1)
    cards = [
        card("X", "data", shape=many),
        card("y", "data", shape=many),
        card("w", "leaf"),
        card("b", "leaf"),
        card("Xw", shape=many),
        card("plus", symbol="+", shape=many),
        card("minus", symbol="-", shape=many),
        card("square", shape=many),
        card("mean"),
        card("L", "result"),
    ]
    links = "X Xw, w Xw, Xw plus, b plus, y minus, plus minus, minus square, square mean, mean L"
    return graph(cards, [(link.split()[0], link.split()[1]) for link in links.split(", ")])
