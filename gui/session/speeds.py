"""How fast the window trains: each speed, declared once."""

from __future__ import annotations

from typing import NamedTuple

EACH = 30.0
"""Up to so many epochs a second each one is drawn: the training waits for the window. Faster ones are not all seen."""


class Speed(NamedTuple):
    """One of them.

    Attributes
    ----------
    name : str
        The word for it, and what the setting holds.
    rate : float or None
        Epochs a second at most; None for as fast as it goes.
    meaning : str
        What one sees.
    """

    name: str
    rate: float | None
    meaning: str


SPEEDS = (
    Speed("watch", 20.0, "20 epochs a second at most, and every one is drawn"),
    Speed("fast", 200.0, "200 epochs a second at most; the plots show some of them"),
    Speed("max", None, "As fast as it goes; the plots show some of the epochs, 20 times a second"),
)
"""From the slowest, which is where a new user begins."""


def speed_named(name: str) -> Speed:
    """Raises KeyError where there is none."""
    for speed in SPEEDS:
        if speed.name == name:
            return speed
    raise KeyError(name)
