"""Names that must fit a given room without ever being cut: whole, without ``Backward0``, or in lines broken where words begin."""

from __future__ import annotations

import re
from functools import lru_cache

from gui.look.symbols import Width, broken, least_room
from gui.panels.graph.metrics import text_width

_BACKWARD = re.compile(r"Backward\d*(?=$|,)")


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
    lines = broken(short, room, most, width) or _first_ones(short, room, most, width)
    kind, _, size = name.partition(" · ")
    return _fitting(kind, room, most, width) if size and not lines else lines


def _first_ones(text: str, room: float, most: int, width: Width) -> tuple[str, ...]:
    """As many whole names of a list as fit, and how many more there are."""
    names = text.split(", ")
    for kept in range(len(names) - 1, 0, -1):
        said = f"{', '.join(names[:kept])}, + {len(names) - kept} more"
        lines = broken(said, room, most, width)
        if lines:
            return lines
    return ()


def name_room(name: str, px: float, most: int = 2) -> float:
    """The least width in which ``name`` fits ``most`` lines of ``px``; of a list, its first name and how many more there are."""
    short = without_backward(name).split(" · ")[0]
    names = short.split(", ")
    said = short if len(names) <= 2 else f"{names[0]}, + {len(names) - 1} more"
    return least_room(said, most, lambda text: text_width(text, "ui", px))
