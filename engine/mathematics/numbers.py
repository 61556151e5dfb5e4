"""Numbers for reading, the same in every text of the engine. Minus is U+2212."""

from __future__ import annotations

import math


def format_number(number: float | complex | bool | int) -> str:
    """A number for reading: 5 significant digits, then ``1.234e−5``; whole numbers below a million in full; minus is U+2212."""
    if isinstance(number, bool):
        return str(number)
    if isinstance(number, complex):
        return complex_text(format_number(number.real), format_number(number.imag))
    value = float(number)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if value.is_integer() and size < 1e6:
        text = str(int(value))
    elif 1e-3 <= size < 1e5:
        text = f"{value:.5g}"
        text = f"{float(text):.0f}" if "e" in text else text
    else:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−")


def complex_text(real: str, imaginary: str) -> str:
    """``1 + 2i`` of two numbers as they are shown, everywhere alike."""
    sign = "−" if imaginary.startswith("−") else "+"
    return f"{real} {sign} {imaginary.removeprefix('−')}i"
