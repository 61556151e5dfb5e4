"""Short mathematics for names, numbers and indices."""

from __future__ import annotations

import math
from functools import lru_cache

from engine.mathematics.atoms import GREEK as _LETTERS
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Accented, Complex, Indexed, Indices, Letter, Number, Sign, Word
from engine.mathematics.tree import Listing, negated

GREEK = frozenset(_LETTERS) - {"varepsilon", "varphi"}
"""Names that Python programs give to Greek letters."""
_GREEK_NAMES = {letter: name for name, letter in _LETTERS.items()} | {"ε": "epsilon", "φ": "phi"}
_ACCENTS = ("hat", "bar", "tilde")


def _base(name: str) -> Expression | None:
    """A single Latin or Greek letter, else None."""
    if name in GREEK:
        return Letter(name)
    if name in _GREEK_NAMES:
        return Letter(_GREEK_NAMES[name])
    return Letter(name) if len(name) == 1 and name.isalpha() else None


def _subscript(part: str) -> Expression:
    return Indices(part) if part.isdigit() else _base(part) or Word(part)


@lru_cache(maxsize=8192)
def name_symbol(name: str) -> Expression:
    """The symbol of a Python name: ``y_hat`` is ``\\hat{y}``, ``w1`` and ``w_1`` are ``w_{1}``, ``loss`` is ``\\mathrm{loss}``.

    Never raises; an empty name gives ``?``.
    """
    plain = "lambda" if name == "lambda_" else name
    if plain.startswith("_") or plain.endswith("_") or not plain:
        return Word(name)
    parts = [part for part in plain.split("_") if part]
    head, rest = parts[0], parts[1:]
    letters = head.rstrip("0123456789")
    digits = head[len(letters) :]
    if not letters:
        return Word(plain)
    base = _base(letters)
    if base is not None and rest and rest[0] in _ACCENTS and not digits:
        base = Accented(rest[0], base)
        rest = rest[1:]
    if base is None:
        if rest and not (len(rest) == 1 and rest[0].isdigit() and not digits):
            return Word(plain)
        base = Word(letters)
    subscripts = ([digits] if digits else []) + rest
    return Indexed(base, tuple(map(_subscript, subscripts))) if subscripts else base


def number_symbol(number: object) -> Expression:
    """A Python constant with at most 5 significant digits: ``3``, ``0.5``, ``10^{-5}``; else words."""
    if isinstance(number, bool) or number is None or isinstance(number, str):
        return Word(str(number))
    if isinstance(number, complex):
        if number.imag == 0:
            return number_symbol(number.real)
        return Complex(number_symbol(number.real), number_symbol(abs(number.imag)), "−" if number.imag < 0 else "+")
    if isinstance(number, (list, tuple)):
        return Listing(tuple(map(number_symbol, number[:3])), more=len(number) > 3, square=True)
    if not isinstance(number, (int, float)):
        return Word(str(number)[:20])
    try:
        value = float(number)
    except OverflowError:
        return Word("huge")
    if math.isnan(value):
        return Word("nan")
    if math.isinf(value):
        return Sign("∞") if value > 0 else negated(Sign("∞"))
    return _number(number)


@lru_cache(maxsize=8192)
def _number(number: int | float) -> Number:
    return Number(number)


def index_text(constant: object) -> str:
    """``0``, ``:,0`` or ``1:`` for an index made of whole numbers and slices; empty for any other."""
    entries = constant if isinstance(constant, (list, tuple)) else (constant,)
    whole = all(
        (isinstance(entry, int) and not isinstance(entry, bool)) or (isinstance(entry, str) and not entry.strip("-0123456789:."))
        for entry in entries
    )
    return ",".join(str(entry) for entry in entries) if whole else ""


def indexable(symbol: Expression) -> bool:
    """Whether it may get an index: nothing in it is a subscript yet, or looks like one."""
    return not any(isinstance(item, Indexed) or (isinstance(item, Word) and "_" in item.text) for item in symbol.walk())
