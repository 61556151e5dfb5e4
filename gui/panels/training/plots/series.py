"""The run as arrays to draw: the session's numbers up to the step that is shown. Holds no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.mathematics.numbers import not_finite
from gui.session.run_numbers import RunNumbers

Floats = NDArray[np.float64]


class RunSeries:
    """What of a run's numbers is drawn: w, b and loss by step, up to the one that is shown."""

    def __init__(self, numbers: RunNumbers | None = None) -> None:
        self._numbers = RunNumbers() if numbers is None else numbers
        self.shown: int | None = None
        """The last step to show; None shows all."""
        self.behind: frozenset[str] = frozenset()
        """Which of ``w``, ``b`` and ``loss`` the last step that is shown has not made yet."""
        self.first_loss: float | None = None
        """The loss of the first step while that is looked at before it is made (nan: not computed yet); else None."""

    @property
    def numbers(self) -> RunNumbers:
        """All that is known of the run, also of the steps after the last that is shown."""
        return self._numbers

    def __len__(self) -> int:
        made = len(self._numbers)
        return made if self.shown is None else min(made, self.shown + 1)

    @property
    def state(self) -> tuple[object, ...]:
        """While this is the same, so is all that is told here."""
        return self._numbers.begun, len(self._numbers), self.shown, self.behind, self.first_loss

    @property
    def begun(self) -> int:
        """Which run it is: of the same one, the steps that were there stay as they are."""
        return self._numbers.begun

    @property
    def goes_on(self) -> bool:
        """Whether the newest step is what is looked at, and all of it is made."""
        return self.shown is None and not self.behind and self.first_loss is None

    @property
    def step(self) -> int:
        """The step that is looked at; 0 before the first, -1 without a start."""
        return 1 if len(self) == 1 and self.first_loss is not None else len(self) - 1

    @property
    def is_line(self) -> bool:
        """Whether the parameters are one weight and one bias."""
        return self._numbers.places == (("w", 0), ("b", 0))

    @property
    def w(self) -> Floats:
        return self._parameter("w")

    @property
    def b(self) -> Floats:
        return self._parameter("b")

    @property
    def half_updated(self) -> bool:
        """Whether only one of w and b is the last step's own."""
        return len(self) > 1 and ("w" in self.behind) != ("b" in self.behind)

    def _parameter(self, name: str) -> Floats:
        """As long for w as for b: where one is updated and the other not yet, that one stays for a step."""
        count, numbers = len(self), self._numbers.parameter(name)
        if count < 2 or name not in self.behind:
            return numbers[:count]
        before = numbers[: count - 1]
        return np.append(before, before[-1]) if self.half_updated else before

    @property
    def loss(self) -> Floats:
        count = len(self)
        if count == 1 and self.first_loss is not None and not math.isnan(self.first_loss):
            return np.array((math.nan, self.first_loss))
        return self._numbers.loss[: count - 1 if count > 1 and "loss" in self.behind else count]

    @property
    def fit_step(self) -> int:
        """The step whose parameters are drawn: the last that is shown, or while its own are not made the one before."""
        behind = len(self) > 1 and any(name != "loss" for name in self.behind)
        return max(0, len(self) - 1 - behind)

    @property
    def worse(self) -> bool:
        """Whether the last loss that is shown is above the first one, or no number."""
        loss = self.loss[1:]
        return len(loss) > 0 and not loss[-1] <= loss[0]

    @property
    def rows(self) -> Floats | None:
        """All parameters by step; None for a model that has many. A step that is half made counts when it is made."""
        if not self._numbers.places:
            return None
        return self._numbers.parameters[: self.fit_step + 1 if len(self) else 0]

    @property
    def validation(self) -> Floats:
        """As ``loss``, on the rows set aside; step 0 has one, too. All nan where there are none."""
        return self._numbers.validation[: len(self.loss)]

    @property
    def trained_validation(self) -> Floats:
        """``validation`` of all steps."""
        return self._numbers.validation

    @property
    def trained_loss(self) -> Floats:
        """The loss of all steps, also of those after the last that is shown."""
        return self._numbers.loss


def thinned_steps(count: int, limit: int = 120) -> NDArray[np.intp]:
    """Indices below ``count``, at most about ``limit``: all the early ones, where a descent moves most, then ever fewer."""
    if count <= limit:
        return np.arange(count)
    early = limit // 2
    late = np.geomspace(early, count - 1, limit - early).astype(np.intp)
    return np.unique(np.concatenate((np.arange(early), late, [count - 1])))


def clipped_line(w: float, b: float, x0: float, x1: float, low: float, high: float) -> tuple[float, float, float, float] | None:
    """The part of y = w x + b with x0 ≤ x ≤ x1 and low ≤ y ≤ high as (x, y, x, y); None if there is none or it is not finite."""
    if not (math.isfinite(w) and math.isfinite(b)):
        return None
    if w != 0:
        first, second = sorted(((low - b) / w, (high - b) / w))
        x0, x1 = max(x0, first), min(x1, second)
    elif not low <= b <= high:
        return None
    if not x0 < x1:
        return None
    return x0, w * x0 + b, x1, w * x1 + b


def nice_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """About ``count`` round numbers from ``low`` to ``high``."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    power = 10.0 ** math.floor(math.log10(span / count))
    step = min((power * factor for factor in (1, 2, 5, 10)), key=lambda size: abs(span / size - count))
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def two_decimals(value: float) -> str:
    """``value`` with two decimals, or as a power of ten where these say nothing; minus as U+2212."""
    if not math.isfinite(value):
        return not_finite(value)
    size = abs(value)
    if value == 0 or 0.005 <= size < 1e5:
        text = f"{value:.2f}"
        text = text.removeprefix("-") if float(text) == 0 else text
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def error_said(name: str, errors: Mapping[str, float]) -> str:
    """The number of the error ``name`` of a fit. R² has none where all targets are equal, however good the fit."""
    undefined = name == "R²" and math.isnan(errors[name]) and not math.isnan(errors["MSE"])
    return "not defined" if undefined else significant(errors[name])


def significant(value: float) -> str:
    """``value`` with three significant digits, and no fewer before the point; minus as U+2212."""
    if not math.isfinite(value):
        return not_finite(value)
    size = abs(value)
    if size >= 1e5 or 0 < size < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        digits = 2 if size == 0 else max(0, 2 - math.floor(math.log10(size)))
        text = f"{value:,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")
