"""The state of a recording at a cursor: what every view draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.tables.data import TensorData
from engine.tables.moments import Phase

NOTHING, VALUE, GRADIENT, FREED, BAD, ACTIVE_VALUE, ACTIVE_GRADIENT, ACTIVE_UPDATE = range(8)
"""What a card shows, as one number: nothing yet, a value, a gradient, freed, nan or failed; what just arrived."""
RowKind = Literal["not_yet", "value", "none", "not_tracked", "cleared", "undefined", "unknown"]
Touch = tuple[Phase, Literal["value", "gradient"]]
ValueRail = Literal["idle", "active", "done", "freed"]
GradientRail = Literal["none", "pending", "active", "done", "cut", "freed"]


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """A value row or gradient row of a card.

    ``kind``: ``value`` has ``data``; ``not_yet``: a later moment computes it; ``none``: torch says None; ``not_tracked``: no
    gradient is kept track of; ``cleared``: set to zero by this very moment (``data`` holds the zeros); ``undefined``: the engine
    passed an undefined gradient; ``unknown``: torch computed a value inside a pass and did not return it. ``previous`` is the
    old content while an update or accumulation shows, ``added`` what was just added to it.
    """

    kind: RowKind
    data: TensorData | None = None
    previous: TensorData | None = None
    added: TensorData | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CardState:
    """What a card shows at a cursor: its ``value`` row and its ``gradient`` row.

    ``active`` is the phase of the moment just finished if it touched this card; ``hit`` the row that it touched. ``freed``: its
    Nodes' saved tensors are gone; ``failed``: the program stopped at it.
    """

    value: Row
    gradient: Row
    active: Phase | None = None
    hit: Literal["value", "gradient"] | None = None
    freed: bool = False
    failed: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class EdgeState:
    """How far the ``value`` and the ``gradient`` of an edge are on their way.

    ``contribution`` is the gradient that went along this edge (latest pass), ``factor`` its local derivative, if any.
    """

    value: ValueRail
    gradient: GradientRail
    contribution: TensorData | None = None
    factor: TensorData | None = None


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Everything on screen after ``cursor`` moments; ``cards`` and ``edges`` are keyed by the Graph's ids, ``printed`` is what
    ``print`` had written by then.

    In a recording's states, each card and edge is looked up when it is asked for, so that a state costs only what is looked at.
    """

    cursor: int
    cards: Mapping[str, CardState]
    edges: Mapping[str, EdgeState]
    printed: str = ""
    codes: Callable[[], NDArray[np.uint8]] | None = None
    """What each card of the graph shows, in its order, as one number (``NOTHING`` …): for drawing thousands at once."""
    touched: Mapping[str, Touch] = field(default_factory=dict)
    """The cards that the moment just finished touched, and how."""
    failed: frozenset[str] = frozenset()
    """The cards at which the program stopped, once it has."""
