"""A range of real numbers in steps: equal ones, or equal factors. Holds no Qt."""

from __future__ import annotations

import math


class NumberRange:
    """From ``low`` to ``high`` in steps of ``step`` (a round part of the range, if None; unused with ``log``).

    ``log`` makes equal distances equal factors (``low`` > 0) and steps of a fiftieth of a power of ten.

    Raises
    ------
    ValueError
        If ``low`` is not less than ``high``, or not positive with ``log``.
    """

    def __init__(self, low: float, high: float, step: float | None = None, *, log: bool = False) -> None:
        if not low < high or (log and low <= 0):
            raise ValueError(f"a slider's range must be increasing, and positive if logarithmic: got {low} to {high}")
        self.low, self.high, self.log = low, high, log
        self._step = step or 10.0 ** math.floor(math.log10((high - low) / 150))
        exact = 50 * math.log10(high / low) if log else (high - low) / self._step
        self.steps = max(1, round(exact))
        """How many steps lead from one end to the other."""

    def share_of(self, number: float) -> float:
        """The share of the way from ``low`` to ``high`` at which ``number`` lies; a number outside is at the near end."""
        if not math.isfinite(number):
            return 1.0 if number > 0 else 0.0
        if self.log:
            share = math.log(max(number, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (number - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)

    def steps_to(self, number: float) -> int:
        """How many steps lead from ``low`` to ``number``, or next to it."""
        return round(self.share_of(number) * self.steps)

    def number_after(self, steps: int) -> float:
        """The number that this many steps lead to, without digits that no step has."""
        if steps == self.steps:
            return self.high
        if self.log:
            return float(f"{self.low * (self.high / self.low) ** (steps / self.steps):.2g}")
        return round(self.low + steps * self._step, max(0, 1 - math.floor(math.log10(self._step))))
