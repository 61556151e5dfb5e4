"""Numbers for reading, the same in every text of the engine and the window. Minus is U+2212."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import lru_cache

import numpy as np

MINUS = "\u2212"

Number = float | complex | bool | int

_SPECIAL = {"nan": "nan", "inf": "∞", "-inf": f"{MINUS}∞"}


def format_number(number: Number, digits: int = 5) -> str:
    """A number for reading: ``digits`` significant digits, then ``1.234e−5``; whole numbers below a million in full.

    Trailing zeros are left out, so 5.0 is ``5``; ``nan``, ``∞`` and ``−∞`` stand for what is not a finite number.
    """
    if isinstance(number, (bool, np.bool_)):
        return str(number)
    if isinstance(number, complex):
        return complex_text(format_number(number.real, digits), format_number(number.imag, digits))
    if isinstance(number, int):
        return _whole(number, digits)
    return _float(float(number), digits)


def not_finite(value: float) -> str:
    """``nan``, ``∞`` or ``−∞``; nothing for a finite number."""
    return "" if math.isfinite(value) else _SPECIAL[str(value)]


def with_exponent(mantissa: str, exponent: str) -> str:
    """``1.2e−5`` from the two halves of what Python writes, without trailing zeros."""
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def _whole(number: int, digits: int) -> str:
    if abs(number) < 10**6:
        return str(number).replace("-", MINUS)
    return with_exponent(*f"{Decimal(number):.{max(0, digits - 2)}e}".split("e"))


@lru_cache(maxsize=8192)
def _float(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return not_finite(value)
    if value == 0:
        return "0"
    size = abs(value)
    if value == int(value) and size < 10 ** max(digits, 6):
        text = str(int(value))
    elif 1e-3 <= size < 10**digits:
        text = f"{value:.{digits}g}"
        text = f"{float(text):.0f}" if "e" in text else text
    else:
        return with_exponent(*f"{value:.{max(0, digits - 2)}e}".split("e"))
    return text.replace("-", MINUS)


def complex_text(real: str, imaginary: str) -> str:
    """``1 + 2i`` from two numbers as they are shown; the same everywhere."""
    sign = MINUS if imaginary.startswith(MINUS) else "+"
    return f"{real} {sign} {imaginary.removeprefix(MINUS)}i"
