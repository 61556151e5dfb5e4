"""What axes and parameters are called: single letters as in a formula. Holds no Qt."""

from __future__ import annotations


def italic(letter: str) -> str:
    """A lower-case letter in the mathematical italic alphabet."""
    return "\N{PLANCK CONSTANT}" if letter == "h" else chr(0x1D44E + ord(letter) - ord("a"))


def named(name: str) -> str:
    """What an axis is called: a single letter as in a formula, ``x1`` with its number below the line."""
    letter, number = name[:1], name[1:]
    if "a" <= letter <= "z" and (not number or number.isdecimal()):
        return italic(letter) + "".join(chr(ord("₀") + int(digit)) for digit in number)
    return name
