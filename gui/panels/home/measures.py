"""The measures of Home: where there is room, and in a small window."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize


@dataclass(frozen=True, slots=True)
class Measures:
    """Px at a font scale of 100 %."""

    learn: int
    """Width of the lessons."""
    head: int
    row: int
    """Height of a lesson."""
    margin: int
    gap: int
    """Between cards."""
    picture: int
    """Height of a picture."""
    action: int
    """Height of an action."""
    lesson_foot: int
    foot: int
    folds: bool
    """Whether the groups of lessons fold, and cards have a title only."""


LARGE = Measures(420, 44, 54, 24, 14, 150, 58, 44, 48, False)
SMALL = Measures(352, 40, 50, 20, 10, 98, 56, 40, 40, True)
LEAST = QSize(1380, 780)
"""The room of Home from which on it is large."""


def measures(room: QSize) -> Measures:
    """Those for a Home of this size."""
    return LARGE if room.width() >= LEAST.width() and room.height() >= LEAST.height() else SMALL
