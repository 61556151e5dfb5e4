"""Names that must fit a given room without ever being cut: whole, without ``Backward0``, or in lines broken where words begin."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import floor

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from gui.look.mathtext import math_width
from gui.panels.graph.metrics import text_width

_BACKWARD = re.compile(r"Backward\d*(?=$|,)")
_PLACES = re.compile(r"(?<=, )|(?<=· )|(?<=[ ._/-])(?=[^ ])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a name may be broken: after a comma, dot, underscore or blank, and before a capital."""

Width = Callable[[str], float]


def without_backward(name: str) -> str:
    """``MmBackward0, AddBackward0`` as ``Mm, Add``; a name that is nothing else stays."""
    return _BACKWARD.sub("", name) if _BACKWARD.sub("", name).strip(", ") else name


@lru_cache(maxsize=8192)
def name_lines(name: str, px: float, room: float, most: int = 2) -> tuple[str, ...]:
    """``name`` in at most ``most`` lines of ``px`` that fit ``room``; of several names the first ones and ``+ 3 more``.

    The first of these that fits: the whole name, the name without ``Backward0``, that in lines broken where a word begins, what
    stands before `` · `` (the module's type without its size). Nothing if none does.
    """
    return _fitting(name, room, most, lambda text: text_width(text, "ui", px))


def _fitting(name: str, room: float, most: int, width: Width) -> tuple[str, ...]:
    short = without_backward(name)
    for text in (name, short):
        if width(text) <= room:
            return (text,)
    if most < 1:
        return ()
    lines = _broken(short, room, most, width) or _first_ones(short, room, most, width)
    kind, _, size = name.partition(" · ")
    return _fitting(kind, room, most, width) if size and not lines else lines


def _broken(text: str, room: float, most: int, width: Width) -> tuple[str, ...]:
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


def _first_ones(text: str, room: float, most: int, width: Width) -> tuple[str, ...]:
    """As many whole names of a list as fit, and how many more there are."""
    names = text.split(", ")
    for kept in range(len(names) - 1, 0, -1):
        said = f"{', '.join(names[:kept])}, + {len(names) - kept} more"
        lines = _broken(said, room, most, width)
        if lines:
            return lines
    return ()


def name_room(name: str, px: float, most: int = 2) -> float:
    """The least width in which ``name`` fits ``most`` lines of ``px``; of a list, its first name and how many more there are."""
    short = without_backward(name).split(" · ")[0]
    names = short.split(", ")
    said = short if len(names) <= 2 else f"{names[0]}, + {len(names) - 1} more"
    return _least_room(said, most, lambda text: text_width(text, "ui", px))


def _least_room(text: str, most: int, width: Width) -> float:
    whole = width(text)
    if most < 2:
        return whole
    pieces = _PLACES.split(text)
    halves = (max(width("".join(pieces[:at]).rstrip()), width("".join(pieces[at:]))) for at in range(1, len(pieces)))
    return min(halves, default=whole) if whole else 0.0


# Symbols -------------------------------------------------------------------------------------------------------------


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
    name = word_of(symbol)
    if name is None or most < 2:
        return (), least
    lines = _broken(name, room + 0.5, most, lambda text: math_width(Word(text), least))
    return tuple(Word(line) for line in lines), least


def symbol_room(symbol: Expression, px: float, most: int = 2) -> float:
    """The least width in which ``symbol`` fits ``most`` lines of ``px``."""
    name = word_of(symbol)
    if name is None:
        return math_width(symbol, px)
    return _least_room(name, most, lambda text: math_width(Word(text), px) if text else 0.0)


def short_symbol(symbol: Expression) -> Expression:
    """The last part of a name with dots, as it is called inside its module: ``weight`` of ``net.0.weight``."""
    name = word_of(symbol)
    return symbol if name is None or "." not in name else Word(name.rpartition(".")[2])
