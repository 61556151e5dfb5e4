"""Which unfolded modules are around a card: from the outermost inwards, as the ids of their calls."""

from __future__ import annotations

MOST = 300
"""In larger graphs modules are not kept together: no frame is drawn there."""


def common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many modules are around both of two cards."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count
