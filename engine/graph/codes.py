"""What each card of a recording shows at a cursor, as one number: for drawing thousands of cards at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.graph.compact import Touches
from engine.graph.state import ACTIVE_GRADIENT, ACTIVE_UPDATE, ACTIVE_VALUE, BAD, FREED, GRADIENT, VALUE, Row
from engine.tables.data import TensorData
from engine.tables.model import Moment

Changes = Sequence[tuple[int, Row]]
NEVER = np.iinfo(np.int64).max


class Codes:
    """Prepared once for all cards; ``at`` then costs a few array operations."""

    def __init__(
        self, cards: Iterable[tuple[Changes, Changes, int]], failed: set[int], touched: Touches, moments: Sequence[Moment]
    ) -> None:
        """For each card, in the graph's order: its values, its gradients and when it is freed; ``failed`` ones have failed at the
        end."""
        known: dict[int, bool] = {}
        found = [
            (_first(values), _first(gradients), min(_first_bad(values, known), _first_bad(gradients, known)), freed)
            for values, gradients, freed in cards
        ]
        self._value, self._gradient, self._bad, self._freed = np.array(found, np.int64).reshape(-1, 4).T.copy()
        self._bad[list(failed)] = np.minimum(self._bad[list(failed)], len(moments))
        self._touched, self._moments = touched, moments

    def at(self, cursor: int) -> NDArray[np.uint8]:
        """One number (``NOTHING`` …) for each card after ``cursor`` moments."""
        codes = (self._value <= cursor).astype(np.uint8) * np.uint8(VALUE)
        codes[self._gradient <= cursor] = GRADIENT
        codes[self._freed <= cursor] = FREED
        changes = bool(cursor) and self._moments[cursor - 1].phase in ("update", "zero")
        for card, row in self._touched.of(cursor):
            codes[card] = ACTIVE_UPDATE if changes else ACTIVE_VALUE if row == "value" else ACTIVE_GRADIENT
        codes[self._bad <= cursor] = BAD
        return codes


def _first(changes: Changes) -> int:
    """The cursor from which there is a number."""
    return next((cursor for cursor, row in changes if row.kind in ("value", "cleared")), NEVER)


def _first_bad(changes: Changes, known: dict[int, bool]) -> int:
    """The cursor from which it holds nan or an infinity; ``known`` remembers tensors by identity."""
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
