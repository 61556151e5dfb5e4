"""What is pointed at: what one selected, and what the mouse rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """What is pointed at, by the ids of the shown recording's graph; ``card`` and ``edge`` are None if nothing is."""

    card: str | None = None
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class Hover:
    """What the mouse rests on, wherever it is shown: a card, an edge or a moment (a number from 0); all None if nothing."""

    card: str | None = None
    edge: str | None = None
    moment: int | None = None
