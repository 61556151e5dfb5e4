"""The kinds of moments and their phases, and for each kind, what its subject is an id of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Phase = Literal["forward", "backward", "update", "zero"]
PHASES: tuple[Phase, ...] = get_args(Phase)


@dataclass(frozen=True, slots=True)
class MomentKind:
    """What moments of one kind are about.

    Attributes
    ----------
    table : str
        The field of the Recording that the subject is an id of; empty if there is never one.
    always : bool
        Every moment of the kind has a subject; else -1 stands where there is none.
    """

    table: str
    always: bool


MOMENT_KINDS = {
    "operation": MomentKind("operations", True),
    "update": MomentKind("operations", False),
    "zero": MomentKind("operations", False),
    "seed": MomentKind("passes", True),
    "free": MomentKind("passes", True),
    "run": MomentKind("runs", True),
    "accumulate": MomentKind("runs", True),
    "print": MomentKind("", False),
    "error": MomentKind("values", False),
}
OF_OPERATIONS = frozenset(kind for kind, known in MOMENT_KINDS.items() if known.table == "operations")
OF_RUNS = frozenset(kind for kind, known in MOMENT_KINDS.items() if known.table == "runs")
