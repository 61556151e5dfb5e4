"""A folded module, function or batch explains itself: what it is, what came out of it, and which gradient came back to it."""

from __future__ import annotations

from engine.explain.facts import facts
from engine.explain.model import Explanation
from engine.explain.pieces import data_text, finite
from engine.explain.places import got_at
from engine.graph.fold_view import Group
from engine.recording import Recording


def explain_module(recording: Recording, cursor: int, group: Group) -> Explanation:
    """What a call of a module or function, drawn as one card, had done after ``cursor`` moments."""
    made, shown = recording.calls[group.call], recording.state(cursor).cards[group.face]
    within = calls_within(recording, group.call)
    ran = f"made {_count(group.operations, 'node')}"
    if made.function:
        words = [
            f"`{made.name}` is a function of the program. This call of it {ran}"
            + (f", in part in the {_count(within, 'call')} within it." if within else ".")
        ]
    elif made.loader:
        words = [f"`{made.name}` gives data in batches. Getting this one {ran}."]
    else:
        words = [
            f"`{made.name}` is a module of type `{made.type}`. This call of it {ran}"
            + (f", in part in the {_count(within, 'module')} within it." if within else ".")
        ]
    value, gradient = shown.value.data, shown.gradient.data
    if value is None:
        words.append("Its value is not computed yet.")
    elif group.leaving > 1:
        words.append(f"Several tensors came out of it; the last is {data_text(value)}.")
    else:
        words.append(f"What came out of it is {data_text(value)}.")
    if gradient is not None:
        words.append(f"The gradient that came back to that is {data_text(gradient)}.")
    bad = any(data is not None and not finite(data) for data in (value, gradient))
    note = "" if made.loader or made.function else f"{_parameters(recording, group)} "
    face = next((card for card in recording.graph.cards if card.id == group.face), None)
    got, ways = ("", ()) if face is None else got_at(facts(recording), face, cursor)
    note = f"{got} {note}".lstrip()
    return Explanation(
        f"Card {made.name}",
        "backward" if gradient is not None else "forward",
        " ".join(words),
        (),
        None,
        f"{note}Unfold it with a double click, Return or +.",
        None,
        cursor,
        "There is nan or infinity in it: unfold it to see where it begins." if bad else "",
        ways,
    )


def calls_within(recording: Recording, call: int) -> int:
    """How many modules were called within the call of a module, or how many calls of any kind within another call."""
    inside = recording.folds.inside(call)
    return len(inside) - 1 if recording.calls[call].function else sum(not recording.calls[at].function for at in inside) - 1


def _parameters(recording: Recording, group: Group) -> str:
    numbers = recording.folds.parameters(group.call)
    elements = sum(_size(recording, number) for number in numbers)
    return f"It has {_count(len(numbers), 'parameter')}" + (f" with {_count(elements, 'element')}." if numbers else ".")


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def _size(recording: Recording, variable: int) -> int:
    return recording.values[recording.variables[variable].values[-1][1]].data.size
