"""Moments of a program in words, such as "after a.grad" or "before line 3", and which cursor of a recording each is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from engine.graph.labels import first_view
from engine.recording import Recording

_What = Literal["start", "end", "forward", "backward", "update", "zero", "free", "error", "line", "value", "grad"]
_WORDS = re.compile(
    r"(?:(?P<side>before|after) +)?"
    r"(?:(?P<word>forward|backward|update|zero|free|error)|line +(?P<line>\d{1,5})|(?P<name>[A-Za-z_]\w*)(?P<grad>\.grad)?)"
    r"(?: +(?P<number>\d{1,4}))?"
)
HOW_TO = (
    "a moment is start, end, forward (the last value is there, no gradient yet), or before or after: a name, a name with .grad, "
    "backward, update, zero, free, line 3; a number behind it says which one, as in “after a.grad 2”"
)


@dataclass(frozen=True, slots=True)
class MomentName:
    """A moment in words, read: ``side`` of the ``number``-th ``what``; ``name`` is what that is of, ``line`` which."""

    what: _What
    side: Literal["before", "after"] = "after"
    name: str = ""
    line: int = 0
    number: int = 1


def read_moment(text: str) -> MomentName:
    """What ``text`` names. Raises ValueError, which says what can be named."""
    plain = " ".join(text.split())
    if plain in ("start", "end"):
        return MomentName("start" if plain == "start" else "end")
    found = _WORDS.fullmatch(plain)
    if found is None:
        raise ValueError(f"“{plain[:60]}” is no moment; {HOW_TO}")
    number = int(found["number"] or 1)
    if number < 1:
        raise ValueError(f"“{plain[:60]}” counts from 1")
    side: Literal["before", "after"] = "before" if found["side"] == "before" else "after"
    if found["word"]:
        return MomentName(cast(_What, found["word"]), side, number=number)
    if found["line"]:
        return MomentName("line", side, line=int(found["line"]), number=number)
    if not found["side"]:
        raise ValueError(f"“{plain[:60]}” is no moment: write before or after it; {HOW_TO}")
    return MomentName("grad" if found["grad"] else "value", side, found["name"], number=number)


def cursor_of(recording: Recording, text: str) -> int:
    """The cursor of ``recording`` that ``text`` names.

    Raises
    ------
    ValueError
        Where ``text`` is no moment, or it does not come in the recording.
    """
    wanted = read_moment(text)
    if wanted.what == "start":
        return 0
    if wanted.what == "end":
        return recording.end
    if wanted.what == "forward" and wanted.number == 1 and wanted.side == "after":
        return first_view(recording)
    reached = _reached(recording, wanted)
    if len(reached) < wanted.number:
        count = f"it comes {len(reached)} times" if reached else "it does not come in this program"
        raise ValueError(f"there is no moment “{text.strip()}”: {count}")
    first, last = reached[wanted.number - 1]
    return first if wanted.side == "before" else last


def _reached(recording: Recording, wanted: MomentName) -> list[tuple[int, int]]:
    """The cursor before and after, for each time that it comes."""
    if wanted.what == "value":
        return [(max(0, cursor - 1), cursor) for cursor in _values(recording, wanted.name)]
    if wanted.what == "grad":
        return [(cursor - 1, cursor) for cursor in _gradients(recording, wanted.name)]
    if wanted.what == "line":
        return _stretches([moment.span is not None and moment.span.line == wanted.line for moment in recording.moments])
    moments = recording.moments
    if wanted.what == "backward":  # its seed, which is the first gradient
        return [(at, at + 1) for at, moment in enumerate(moments) if moment.kind == "seed"]
    if wanted.what in ("free", "error"):
        return [(at, at + 1) for at, moment in enumerate(moments) if moment.kind == wanted.what]
    return _stretches([moment.phase == wanted.what for moment in moments])


def _stretches(which: list[bool]) -> list[tuple[int, int]]:
    """The runs of True, as cursors before and after."""
    found: list[tuple[int, int]] = []
    for at, one in enumerate(which):
        if not one:
            continue
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _values(recording: Recording, name: str) -> list[int]:
    """The cursors from which ``name`` has another value."""
    return sorted(
        {
            cursor
            for variable in recording.variables
            for cursor, value in variable.values
            if (recording.values[value].name or variable.name) == name
        }
    )


def _gradients(recording: Recording, name: str) -> list[int]:
    """The cursors from which the leaf ``name`` has another ``.grad``; of what is no leaf, those at which a gradient passes."""
    of_leaf = [
        cursor
        for variable in recording.variables
        if variable.name == name
        for cursor, data in variable.gradients
        if data is not None and cursor and recording.moments[cursor - 1].kind != "zero"
    ]
    if of_leaf:
        return sorted(set(of_leaf))
    found: list[int] = []
    for card in recording.graph.cards:
        named = any((recording.values[value].name or card.name) == name for _, value in card.values)
        if not named or (card.variable is not None and card.kind == "leaf"):
            continue
        last = None
        for cursor in range(1, recording.end + 1):
            row = recording.state(cursor).cards[card.id].gradient
            if row.kind == "value" and row.data is not last:
                found.append(cursor)
            last = row.data if row.kind == "value" else None
    return sorted(set(found))
