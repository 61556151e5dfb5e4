"""The graph that is drawn: cards and edges, derived from a Recording and never stored apart from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from engine.mathematics.expression import Expression
from engine.tables.model import Span

CardKind = Literal["leaf", "data", "operation", "result", "module"]


@dataclass(frozen=True, eq=False, slots=True)
class Card:
    """One box of the graph.

    Attributes
    ----------
    id : str
        Stable while the structure of the program stays the same.
    key : str
        By this a card keeps its place when the structure changes: symbol and count, such as ``a^{3}#0``.
    kind : leaf, data, operation or result; in a view also module, which stands for all that ran in one call
    mathematics : Expression
        What is written on it: ``a``, ``a³``, ``−``, ``(·)²``, ``mean``, ``ŷ``. ``symbol`` is the same as LaTeX.
    subtitle : str
        Autograd node name(s): ``PowBackward0``, ``AccumulateGrad``; ``data``, ``result``, ``no grad_fn``.
    name : str or None
        The program's name for the value, when the symbol is not that name already.
    shape : tuple of int
        The shape of the value shown.
    operation : int or None
    variable : int or None
        For leaves and data.
    values : tuple of (moment, value id)
        What the value row shows after that many moments; empty before the first.
    nodes : tuple of int
        Autograd Nodes drawn by this card.
    gradient_of : tuple of (node, output) pairs
        Whose incoming gradient the gradient row shows (empty for leaves, which show ``.grad``, and for untracked cards).
    span : Span or None
        The source of the operation.
    tracked : bool
        Whether gradients can come to the value shown.
    """

    id: str
    key: str
    kind: CardKind
    mathematics: Expression
    subtitle: str
    name: str | None
    shape: tuple[int, ...]
    operation: int | None
    variable: int | None
    values: tuple[tuple[int, int], ...]
    nodes: tuple[int, ...]
    gradient_of: tuple[tuple[int, int], ...]
    span: Span | None
    tracked: bool

    @property
    def symbol(self) -> str:
        """What is written on it, as LaTeX: ``a^{3}``, ``(\\cdot)^{2}``, ``\\mathrm{mean}``."""
        return self.mathematics.to_latex()

    @property
    def tensor(self) -> bool:
        """Whether it is drawn as a tensor card (shape badge and histogram): more than one element."""
        count = 1
        for length in self.shape:
            count *= length
        return count != 1


@dataclass(frozen=True, eq=False, slots=True)
class GraphEdge:
    """A value going from ``source`` to ``target`` (and a gradient coming back when ``tracked``).

    ``slot`` orders the edges into one card; ``value`` is the value id that goes along (-1: it is not recorded); ``flows`` the
    (node, slot) pairs whose outgoing gradient comes back along it; ``cut`` is True where ``detach`` or ``no_grad`` keeps
    gradients from coming back.
    """

    id: str
    source: str
    target: str
    slot: int
    value: int
    tracked: bool
    flows: tuple[tuple[int, int], ...]
    cut: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Graph:
    """The ``cards`` and ``edges`` in the program's order. ``signature`` is equal for two graphs that need the same layout.

    ``within``: the unfolded calls around each card, the outermost first; empty where nothing is unfolded. A parameter is in the
    innermost call that holds everything that uses it.
    """

    cards: tuple[Card, ...]
    edges: tuple[GraphEdge, ...]
    signature: str
    within: tuple[tuple[int, ...], ...] = ()


def is_leaf(card: Card) -> bool:
    """Whether the card shows no operation but a leaf or data, such as a module's parameters and buffers."""
    return card.kind in ("leaf", "data") and card.operation is None


def signature_of(cards: Iterable[Card], edges: Iterable[GraphEdge]) -> str:
    """Equal for two graphs that need the same layout. Made piece by piece: one long call would keep other threads waiting."""
    digest = blake2b(digest_size=16)
    for card in cards:
        digest.update(repr((card.id, card.kind, card.symbol, card.subtitle, card.name, card.shape)).encode("utf-8", "replace"))
    for edge in edges:
        digest.update(repr((edge.id, edge.tracked, edge.cut)).encode())
    return digest.hexdigest()
