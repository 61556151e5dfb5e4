"""Numbers and shapes as texts, the same everywhere in the window. Minus is U+2212 in everything shown."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from engine.mathematics.numbers import MINUS, Number, complex_text, format_number, not_finite
from engine.tables import TensorData

_FLOATS: dict[str, type[np.floating]] = {"float16": np.float16, "bfloat16": np.float32, "float32": np.float32}


def plain(value: Number, dtype: str = "float64") -> str:
    """``value`` with as many digits as ``dtype`` needs to be read back, as Python writes it (for copying: ``-1.5e-05``)."""
    kind = _FLOATS.get(dtype)
    if isinstance(value, float) and kind is not None:
        with np.errstate(over="ignore"):
            return str(kind(value))
    if isinstance(value, complex) and dtype == "complex64":
        return str(np.complex64(value))
    return str(value)


def full(value: Number, dtype: str = "float64") -> str:
    """``value`` with all digits that ``dtype`` holds, as shown to people: ``−0.1``, ``∞``."""
    if isinstance(value, float) and not math.isfinite(value):
        return not_finite(value)
    if isinstance(value, complex):
        kind = "float32" if dtype == "complex64" else "float64"
        return complex_text(full(value.real, kind), full(value.imag, kind))
    return plain(value, dtype).replace("-", MINUS)


def shape_text(shape: tuple[int, ...]) -> str:
    """``1500×1``; ``scalar`` for no dimension."""
    return "×".join(str(length) for length in shape) if shape else "scalar"


def shape_in_words(shape: tuple[int, ...]) -> str:
    """``1500×1``; ``[8]`` where 8 alone would be read as a number."""
    return f"[{shape[0]}]" if len(shape) == 1 else shape_text(shape)


@lru_cache(maxsize=2048)
def range_text(value: float) -> str:
    """An end of a range in about two digits: ``−3.0``, ``0.25``, ``2.3e−3``, ``1.2e4``."""
    if not math.isfinite(value):
        return not_finite(value)
    size = abs(value)
    if size == 0:
        text = "0.0"
    elif 0.995 <= size < 9999.5:
        text = f"{value:.1f}" if size < 99.95 else f"{value:.0f}"
    elif 0.00995 <= size < 0.995:
        text = f"{value:.2f}" if size < 0.095 else f"{value:.1f}" if abs(round(value, 1) - value) < 1e-9 else f"{value:.2f}"
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", MINUS)


def range_texts(low: float, high: float) -> tuple[str, str]:
    """Both ends of a range: with a power of ten at only one end where the two are far apart (``−0.010`` and ``0.0059``)."""
    texts = range_text(low), range_text(high)
    if sum("e" in text for text in texts) == 1:
        plain_texts = tuple(f"{end:.2g}".replace("-", MINUS) for end in (low, high))
        if not any("e" in text for text in plain_texts) and min(abs(low), abs(high)) >= 1e-3:
            return (texts[0], plain_texts[1]) if "e" in texts[1] else (plain_texts[0], texts[1])
    return texts


def constant_text(value: float, dtype: str = "float64") -> str:
    """What a constant tensor consists of: ``0.5``, or ``1/1500`` where that fraction is exactly the number and shorter."""
    text = format_number(value)
    if math.isfinite(value) and 0 < abs(value) < 1 and len(text) > 5:
        kind = _FLOATS.get(dtype, np.float64)
        below = round(1 / abs(value)) if abs(value) > 1e-9 else 0
        if below and kind(1 / below) == kind(abs(value)):
            return f"{MINUS if value < 0 else ''}1/{below}"
    return text


def elements_text(data: TensorData, limit: int = 8) -> str:
    """Up to ``limit`` elements with all their digits, in reading order, then ``…`` and how many there are."""
    numbers = data.numbers()
    if numbers is None:
        return f"{data.size} elements"
    if data.size == 0:
        return "empty"
    items = [full(item, data.dtype) for item in numbers.ravel()[:limit].tolist()]
    if data.size == 1:
        return items[0]
    return f"{', '.join(items)}{', …' if data.size > limit else ''}"


def copy_text(data: TensorData) -> str:
    """The whole tensor for the clipboard, as Python reads it: a number, or nested lists."""
    numbers = data.numbers()
    if numbers is None:
        return str(data.kept)
    if data.size == 1:
        return plain(numbers.item(), data.dtype)

    def write(items: object) -> str:
        if isinstance(items, list):
            return f"[{', '.join(write(item) for item in items)}]"
        return plain(items, data.dtype)  # type: ignore[arg-type]

    return write(numbers.tolist())
