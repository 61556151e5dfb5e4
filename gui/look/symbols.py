"""Symbols that must fit a given room and are never cut: smaller, in lines broken where words begin, or without long names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import floor

from engine.mathematics.expression import Expression
from engine.mathematics.letters import HOLE, NOTHING, Word
from engine.mathematics.tree import Item
from gui.look.mathtext import math_width

_PLACES = re.compile(r"(?<=, )|(?<=· )|(?<=[ ._/-])(?=[^ ])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a name may be broken: after a comma, dot, underscore or blank, and before a capital."""
_LONG = 4
"""A name of more letters than this may give way to a dot where its operation would otherwise have no symbol at all."""

Width = Callable[[str], float]


def broken(text: str, room: float, most: int, width: Width) -> tuple[str, ...]:
    """Lines as long as ``room`` allows, broken where a word begins; nothing where that takes more than ``most``."""
    lines = [""]
    for piece in _PLACES.split(text):
        if width((lines[-1] + piece).rstrip()) <= room:
            lines[-1] += piece
        elif lines[-1] and width(piece.rstrip()) <= room:
            lines.append(piece)
        else:
            return ()
    return tuple(line.rstrip() for line in lines) if len(lines) <= most else ()


def least_room(text: str, most: int, width: Width) -> float:
    """The least width in which ``text`` fits ``most`` lines."""
    whole = width(text)
    if most < 2:
        return whole
    pieces = _PLACES.split(text)
    halves = (max(width("".join(pieces[:at]).rstrip()), width("".join(pieces[at:]))) for at in range(1, len(pieces)))
    return min(halves, default=whole) if whole else 0.0


def word_of(symbol: Expression) -> str | None:
    """The name that a symbol is, such as ``out_proj.weight``; None for other mathematics."""
    return symbol.shown if isinstance(symbol, Word) else None


@lru_cache(maxsize=8192)
def symbol_lines(symbol: Expression, px: float, least: float, room: float, most: int = 2) -> tuple[tuple[Expression, ...], float]:
    """``symbol`` in the largest size from ``px`` down to ``least`` at which it fits ``room``; else, if it is a name, in up to
    ``most`` lines.

    No lines if it does not fit at all: the tooltip has what is left out, whereas a cut name would mislead.
    """
    wide = math_width(symbol, px)
    if wide <= room + 0.5:
        return (symbol,), px
    smaller = max(least, floor(px * room / wide))
    if math_width(symbol, smaller) <= room + 0.5:
        return (symbol,), smaller
    return (() if most < 2 else _lines(symbol, least, room + 0.5, most)), least


def _lines(symbol: Expression, px: float, room: float, most: int) -> tuple[Expression, ...]:
    """A name, or an element of it such as ``weights[0]``, in up to ``most`` lines; nothing if it is neither or has no room."""
    name = word_of(symbol.body if isinstance(symbol, Item) else symbol)
    if name is None:
        return ()
    words = [Word(line) for line in broken(name, room, most, lambda text: math_width(Word(text), px))]
    if not isinstance(symbol, Item) or not words:
        return tuple(words)
    last = Item(words[-1], symbol.index)
    if math_width(last, px) <= room:
        return (*words[:-1], last)
    alone = Item(NOTHING, symbol.index)
    return (*words, alone) if len(words) < most and math_width(alone, px) <= room else ()


def whole_symbol(symbol: Expression, px: float, least: float, room: float, most: int) -> tuple[tuple[Expression, ...], float]:
    """As ``symbol_lines``, but a name whose words have no room is broken between any two letters, so that all of it can be read.

    If even that takes too many lines, only the first ones, and then the index, which is what tells elements apart.
    """
    lines, size = symbol_lines(symbol, px, least, room, most)
    name = word_of(symbol.body if isinstance(symbol, Item) else symbol)
    if lines or name is None:
        return lines, size
    index = (Item(NOTHING, symbol.index),) if isinstance(symbol, Item) else ()
    parts = [""]
    for letter in name:
        if parts[-1] and math_width(Word(parts[-1] + letter), least) > room:
            parts.append("")
        parts[-1] += letter
    return (*(Word(part) for part in parts[: max(1, most - len(index))]), *index), least


@lru_cache(maxsize=8192)
def fitting_symbol(symbol: Expression, px: float, least: float, room: float, most: int) -> tuple[tuple[Expression, ...], float]:
    """As ``symbol_lines``; a symbol that does not fit gets its name inside its module, or dots for its long names: ``(·)²``."""
    found = (), least
    for said in (symbol, short_symbol(symbol), without_names(symbol)):
        lines, size = symbol_lines(said, px, least, room, most)
        if lines:
            return lines, size
    return found


def without_names(symbol: Expression) -> Expression:
    """``symbol`` with ``(·)`` for each long name in it: ``(·)²`` for ``moving_average²``; a name by itself stays."""
    return symbol.mapped(lambda part: HOLE if len(word_of(part) or "") > _LONG else without_names(part))


def symbol_room(symbol: Expression, px: float, most: int = 2) -> float:
    """The least width in which ``symbol`` fits ``most`` lines of ``px``."""
    name = word_of(symbol)
    if name is None:
        return math_width(symbol, px)
    return least_room(name, most, lambda text: math_width(Word(text), px) if text else 0.0)


def short_symbol(symbol: Expression) -> Expression:
    """The last part of a name with dots, as it is called inside its module: ``weight`` of ``net.0.weight``."""
    name = word_of(symbol)
    return symbol if name is None or "." not in name else Word(name.rpartition(".")[2])
