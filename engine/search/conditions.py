"""Whether a condition holds for a value or gradient as it was recorded: True, False, or None where a summary does not say."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.graph.state import CardState, Row
from engine.search.query import Compare, Condition, Is, Relation, Subject
from engine.tables import Summary, TensorData

Number = float | int | complex
_COMPARE: dict[Relation, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_EXACT = 2**53
"""From here on a float64 does not tell whole numbers apart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What of a card meets a condition.

    Attributes
    ----------
    subject : ``value`` or ``grad``
    absolute : bool
        The condition, and ``number``, are about the absolute.
    number : number or None
        The element that meets a comparison, of several the one that does so most; None for other conditions.
    count : int or None
        How many elements meet it; None: at least one, a summary does not say how many.
    size : int
        Elements that there are; 0 where the condition is not about elements.
    word : str
        What it is (``nan``, ``none``, ``not_yet`` …); empty for comparisons.
    """

    subject: Subject
    absolute: bool
    number: Number | None
    count: int | None
    size: int
    word: str = ""


Verdict = tuple[bool | None, Finding | None]
_NO: Verdict = (False, None)
_UNKNOWN: Verdict = (None, None)


def judge(term: Condition, state: CardState) -> Verdict:
    """Whether ``term`` holds in ``state``, and what meets it if it does."""
    row = state.value if term.subject == "value" else state.gradient
    if isinstance(term, Compare):
        data = _data(row)
        if data is None or data.size == 0:
            return _NO
        numbers = data.numbers()
        return _compare_summary(term, data) if numbers is None else _compare(term, numbers, data.dtype)
    if term.kind in ("nan", "inf"):
        return _not_finite(term, row)
    holds = row.kind in ("none", "undefined") if term.kind == "none" else row.kind == term.kind
    if term.negated:
        holds = _data(row) is not None and not holds
    word = f"not {term.kind}" if term.negated else row.kind
    return (True, Finding(term.subject, False, None, None, 0, word)) if holds else _NO


def _data(row: Row) -> TensorData | None:
    """The tensor that a row shows, if it shows one."""
    return row.data if row.kind in ("value", "cleared") else None


# Elements that are all there ---------------------------------------------------------------------------------------


def _compare(term: Compare, numbers: NDArray[np.generic], dtype: str) -> Verdict:
    operand = operand_of(term.number, dtype)
    if numbers.size == 1:
        item = numbers.item()
        single: Number = abs(item) if term.absolute else item
        return (True, _found(term, single, 1, 1)) if _meets(item, term, operand) else _NO
    mask = _mask(numbers, term, operand)
    count = int(np.count_nonzero(mask))
    if count == 0 or (term.every and count < numbers.size):
        return _NO
    return True, _found(term, _most(numbers[mask], term), count, numbers.size)


def _found(term: Compare, number: Number, count: int | None, size: int) -> Finding:
    return Finding(term.subject, term.absolute, number, count, size)


def _mask(numbers: NDArray[Any], term: Compare, c: float | int | np.float64) -> NDArray[np.bool_]:
    """Which elements meet the comparison. The absolute of the least int8 is no int8, so whole numbers keep their signs."""
    x = numbers
    relation = term.relation
    if np.iscomplexobj(x):
        if not term.absolute and relation not in ("=", "!="):
            return np.zeros(x.shape, np.bool_)
        x = np.abs(x) if term.absolute else x
    elif term.absolute:
        return _absolute_mask(x, relation, c)
    return _COMPARE[relation](x, c)  # type: ignore[no-any-return]


def _absolute_mask(x: NDArray[Any], relation: Relation, c: float | int | np.float64) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_]
    match relation:
        case ">":
            mask = (x > c) | (x < -c)
        case ">=":
            mask = (x >= c) | (x <= -c)
        case "<":
            mask = (x < c) & (x > -c)
        case "<=":
            mask = (x <= c) & (x >= -c)
        case _:
            equal = (x == c) | (x == -c) if c >= 0 else np.zeros(x.shape, np.bool_)
            mask = equal if relation == "=" else ~equal
    return mask


def _meets(item: Number, term: Compare, c: float | int | np.float64) -> bool:
    """The same for one number of Python's."""
    if term.absolute:
        item = abs(item)
    if isinstance(item, complex) and term.relation not in ("=", "!="):
        return False
    return bool(_COMPARE[term.relation](item, c))


def _most(met: NDArray[Any], term: Compare) -> Number:
    """The element that meets a comparison by the most, or its absolute value."""
    items = np.abs(met.astype(np.float64)) if term.absolute and met.dtype.kind in "iub" else np.abs(met) if term.absolute else met
    if np.iscomplexobj(items) or term.relation in ("=", "!="):
        chosen = items.ravel()[0]
    else:
        chosen = items.max() if term.relation in (">", ">=") else items.min()
    return chosen.item()  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def operand_of(number: float, dtype: str) -> float | int | np.float64:
    """``number`` as torch compares it with a tensor of ``dtype``: rounded to it, so that 0.1 is a float32's 0.1.

    Where that would make it 0 or infinite it stays itself, as a float64 that numpy does not round either.
    """
    if not dtype.startswith(("float", "bfloat", "complex")):
        whole = math.isfinite(number) and number.is_integer() and abs(number) < 2**63
        return int(number) if whole else np.float64(number)
    if dtype in ("float64", "complex128"):
        return number
    with np.errstate(over="ignore", under="ignore"):
        kind = np.float16 if dtype == "float16" else np.float32
        rounded = float(kind(number))
        if dtype == "bfloat16" and math.isfinite(rounded):
            rounded = _as_bfloat16(rounded)
    lost = math.isinf(rounded) != math.isinf(number) or (rounded == 0) != (number == 0)
    return np.float64(number) if lost else rounded


def _as_bfloat16(number: float) -> float:
    """The nearest bfloat16, of two as near the one with an even last bit."""
    bits = int(np.float32(number).view(np.uint32))
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return float(np.uint32(bits).view(np.float32))


# Nan and infinities ------------------------------------------------------------------------------------------------


def _not_finite(term: Is, row: Row) -> Verdict:
    data = _data(row)
    if data is None or data.size == 0:
        return _NO
    count, known = _count_not_finite(term.kind, data)
    if term.negated and not term.every:
        holds: bool | None = count == 0 if known or count else None
        count = data.size - count
    elif term.every:
        holds = count == data.size if known else None
        if term.negated:
            holds = not holds if holds is not None else None
            count = data.size - count
    else:
        holds = count > 0 if known or count else None
    if not holds:
        return _NO if holds is False else _UNKNOWN
    word = f"not {term.kind}" if term.negated else term.kind
    return True, Finding(term.subject, False, None, count if known else None, data.size, word)


def _count_not_finite(kind: str, data: TensorData) -> tuple[int, bool]:
    """How many elements are nan (or infinite), and whether that is all of them; without, there may be more."""
    numbers = data.numbers()
    if numbers is not None:
        if numbers.dtype.kind not in "fc":
            return 0, True
        if numbers.size == 1:
            item = numbers.item()
            return int(item != item if kind == "nan" else math.inf in (abs(item.real), abs(item.imag))), True
        test = np.isnan if kind == "nan" else np.isinf
        return int(np.count_nonzero(test(numbers))), True
    kept = data.summary()
    count = kept.nan if kind == "nan" else kept.infinite
    if _unread(kept):
        return count, False
    # The summary of complex numbers is one of their absolutes: that of nan + i∞ is ∞, and that of a large one may be.
    if data.dtype.startswith("complex") and kept.infinite:
        return (count, False) if kind == "nan" else (0, False)
    return count, True


def _unread(kept: Summary) -> bool:
    """Whether a summary says nothing about finite elements: torch would not tell, or there are none."""
    return kept.minimum is None and not kept.nan and not kept.infinite


# Summaries ---------------------------------------------------------------------------------------------------------


def _compare_summary(term: Compare, data: TensorData) -> Verdict:
    """By what is known of the elements: least, greatest, the corner, how many are nan or infinite.

    The other finite ones lie between least and greatest. The sign of infinities is not known.
    """
    kept = data.summary()
    operand = operand_of(term.number, data.dtype)
    corner = [] if kept.corner is None else _corner(kept.corner, data.dtype)
    if data.dtype.startswith("complex"):
        return _compare_complex(term, kept, corner, operand, data.size)
    known: list[Number] = list(corner) + [math.nan] * (kept.nan > 0)
    possible: list[Number] = []
    complete = kept.minimum is not None or kept.nan + kept.infinite == data.size
    if kept.minimum is not None and kept.maximum is not None:
        if data.dtype.startswith(("int", "uint")) and max(abs(kept.minimum), abs(kept.maximum)) >= _EXACT:
            complete = False
        else:
            known += [kept.minimum, kept.maximum]
            possible += _between(kept.minimum, kept.maximum, float(operand))
    sides = [_meets(side, term, operand) for side in (math.inf, -math.inf)] if kept.infinite else []
    met = [number for number in known if _meets(number, term, operand)]
    if kept.infinite and all(sides):
        met.append(math.inf)
    failed = len(met) < len(known) + bool(kept.infinite and all(sides)) or (kept.infinite > 0 and not any(sides))
    maybe_met = bool(met) or any(sides) or any(_meets(number, term, operand) for number in possible)
    maybe_failed = failed or not all(sides) or not all(_meets(number, term, operand) for number in possible)
    if term.every:
        holds = False if failed else None if maybe_failed or not complete else True
    else:
        holds = True if met else None if maybe_met or not complete else False
    if not holds:
        return _NO if holds is False else _UNKNOWN
    return True, _found(term, _best(met, term), data.size if term.every else None, data.size)


def _corner(corner: NDArray[np.generic], dtype: str) -> Iterable[Number]:
    if dtype == "bfloat16" and corner.dtype == np.uint16:
        corner = (corner.astype(np.uint32) << 16).view(np.float32)
    return corner.ravel().tolist()


def _between(low: float, high: float, c: float) -> list[Number]:
    """Places from ``low`` to ``high`` that stand for all of it: nothing changes between them, since comparisons turn at ±c."""
    places = [place for edge in (c, -c) for place in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    return [place for place in (0.0, *places) if low < place < high]


def _best(met: list[Number], term: Compare) -> Number:
    numbers = [abs(number) for number in met] if term.absolute else met
    real = [number for number in numbers if not isinstance(number, complex)]
    if term.relation in ("=", "!=") or len(real) < len(numbers):
        return numbers[0]
    return max(real) if term.relation in (">", ">=") else min(real)


def _compare_complex(
    term: Compare, kept: Summary, corner: Iterable[Number], operand: float | int | np.float64, size: int
) -> Verdict:
    """Least and greatest are of the absolutes; where a corner shows nothing and these do not exclude it, it is not known."""
    if not term.absolute and term.relation not in ("=", "!="):
        return _NO
    shown = list(corner)
    met = [number for number in shown if _meets(number, term, operand)]
    if term.every:
        return _NO if len(met) < len(shown) else _UNKNOWN
    if met:
        return True, _found(term, _best(met, term), None, size)
    if kept.infinite or kept.minimum is None or kept.maximum is None:
        return _UNKNOWN
    edges: list[Number] = [kept.minimum, kept.maximum]
    c = abs(float(operand)) if not term.absolute else float(operand)
    if term.absolute:
        met = [number for number in edges if _meets(number, term, operand)]
        if met:
            return True, _found(term, _best(met, term), None, size)
        return _UNKNOWN if any(_meets(place, term, operand) for place in _between(kept.minimum, kept.maximum, c)) else _NO
    return _UNKNOWN if term.relation == "!=" or kept.minimum <= c <= kept.maximum else _NO
