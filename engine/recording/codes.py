"""What each card of a recording shows at a cursor, as one number: for drawing thousands of cards at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.recording.data import TensorData
from engine.recording.state import ACTIVE_GRADIENT, ACTIVE_UPDATE, ACTIVE_VALUE, BAD, FREED, GRADIENT, VALUE, Phase, Row

Changes = Sequence[tuple[int, Row]]
Touched = Mapping[int, Mapping[str, tuple[Phase, Literal["value", "gradient"]]]]
NEVER = np.iinfo(np.int64).max


class Codes:
    """Prepared once for all cards; ``at`` then costs a few array operations."""

    def __init__(
        self,
        values: Sequence[Changes],
        gradients: Sequence[Changes],
        freed: Sequence[int],
        failed: set[int],
        touched: Touched,
        number: Mapping[str, int],
        end: int,
    ) -> None:
        """Changes and cursors of each card in the graph's order; ``number`` of each card id; ``failed`` ones at the ``end``."""
        known: dict[int, bool] = {}
        self._value = np.array([_first(changes) for changes in values], np.int64)
        self._gradient = np.array([_first(changes) for changes in gradients], np.int64)
        self._bad = np.array(
            [min(_first_bad(one, known), _first_bad(two, known)) for one, two in zip(values, gradients, strict=True)], np.int64
        )
        self._bad[list(failed)] = np.minimum(self._bad[list(failed)], end)
        self._freed = np.array(freed, np.int64)
        self._touched = touched
        self._number = number

    def at(self, cursor: int) -> NDArray[np.uint8]:
        """One number (``NOTHING`` …) for each card after ``cursor`` moments."""
        codes = (self._value <= cursor).astype(np.uint8) * np.uint8(VALUE)
        codes[self._gradient <= cursor] = GRADIENT
        codes[self._freed <= cursor] = FREED
        for card, (phase, row) in self._touched.get(cursor, {}).items():
            codes[self._number[card]] = (
                ACTIVE_UPDATE if phase in ("update", "zero") else ACTIVE_VALUE if row == "value" else ACTIVE_GRADIENT
            )
        codes[self._bad <= cursor] = BAD
        return codes


def _first(changes: Changes) -> int:
    """From which cursor there is a number."""
    return next((cursor for cursor, row in changes if row.kind in ("value", "cleared")), NEVER)


def _first_bad(changes: Changes, known: dict[int, bool]) -> int:
    """From which cursor it holds nan or an infinity; ``known`` remembers tensors by identity."""
    return next((cursor for cursor, row in changes if row.data is not None and _bad(row.data, known)), NEVER)


def _bad(data: TensorData, known: dict[int, bool]) -> bool:
    key = id(data)
    if key not in known:
        numbers = data.numbers()
        if numbers is None:
            kept = data.summary()
            known[key] = bool(kept.nan or kept.infinite)
        else:
            known[key] = numbers.dtype.kind in "fc" and not bool(np.isfinite(numbers).all())
    return known[key]
