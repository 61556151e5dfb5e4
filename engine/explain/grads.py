"""What is said about a leaf's ``.grad``: what it holds or why it is None, and what clearing it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.explain.facts import Facts
from engine.explain.model import Line
from engine.explain.moments import explain_moment
from engine.explain.pieces import source_line, told
from engine.graph.model import Card
from engine.tables import Moment, Pass, TensorData, Variable

Cleared = Literal["None", "0"]


@dataclass(frozen=True, eq=False, slots=True)
class _Event:
    """Something that explains why ``.grad`` is what it is: a clearing, or a pass that came to the leaf without filling it."""

    cursor: int
    said: str


def leaf_gradient(known: Facts, card: Card, cursor: int) -> tuple[str, list[Line]]:
    """A sentence about the ``.grad`` of a leaf after ``cursor`` moments, and the lines that show how it came about."""
    recording = known.recording
    assert card.variable is not None
    variable = recording.variables[card.variable]
    name = variable.name or "leaf"
    held = held_gradient(variable, cursor)
    if held is None:
        return f"`{name}.grad` is None: {_why_none(known, variable, card, cursor)}.", []
    said = f"`{name}.grad` is {told(held)}."
    arrivals = [
        known.moment_of_run[run.id]
        for run in recording.runs
        if run.node in card.nodes and known.moment_of_run.get(run.id, cursor + 1) <= cursor
    ]
    last = max(arrivals, default=0)
    later = [at for at, _ in variable.gradients if last < at <= cursor and at > 0]
    if later:
        moment = recording.moments[later[-1] - 1]
        how = "cleared" if moment.kind == "zero" else "last changed"
        return f"{said} It was {how} in operation {later[-1]}{_line(moment)}.", []
    return said, list(explain_moment(recording, last).lines) if arrivals else []


def held_gradient(variable: Variable, cursor: int) -> TensorData | None:
    """What ``.grad`` is after ``cursor`` moments."""
    return next((data for at, data in reversed(variable.gradients) if at <= cursor), None)


def clearing_note(known: Facts, card: Card) -> str:
    """What clearing the gradients at the end, the way this run clears them, would change on this card."""
    if card.kind != "leaf" or card.variable is None:
        return "Nothing changes it after this. Clearing the gradients would not change it: only leaves keep a `.grad`."
    variable = known.recording.variables[card.variable]
    held = held_gradient(variable, known.recording.end)
    if held is None:
        return "Nothing changes it after this. Clearing the gradients would leave its `.grad` None; the value would stay."
    to = clears_to(known, variable)
    return f"Nothing changes it after this. Clearing the gradients would set only its `.grad` to {to}; the value would stay."


def clears_to(known: Facts, variable: Variable) -> Cleared:
    """What clearing a gradient sets it to in this run; None, as ``zero_grad()`` does by default, if it clears none."""
    recording = known.recording
    own = [data for at, data in variable.gradients if at > 0 and recording.moments[at - 1].kind == "zero"]
    if own:
        return "None" if own[-1] is None else "0"
    last = next((moment for moment in reversed(recording.moments) if moment.kind == "zero"), None)
    return "None" if last is None or last.subject < 0 else "0"


def _line(moment: Moment) -> str:
    return source_line(moment.span)


def _why_none(known: Facts, variable: Variable, card: Card, cursor: int) -> str:
    events = [*_clearings(known, variable, cursor), *_returned(known, variable, cursor)]
    if events:
        return max(events, key=lambda event: event.cursor).said
    recording = known.recording
    begun = [item for item in recording.passes if known.moment_of_seed.get(item.id, cursor + 1) <= cursor]
    comes = (
        any(
            run.node in card.nodes and known.moment_of_run.get(run.id, 0) > cursor and run.pass_id == begun[-1].id
            for run in recording.runs
        )
        if begun
        else False
    )
    if comes:
        return f"the pass that began in operation {known.moment_of_seed[begun[-1].id]} has not reached it yet"
    there = variable.values[0][0] if variable.values else 0
    filling = [item for item in begun if item.accumulates and known.moment_of_seed[item.id] > there]
    if filling:
        which = "the pass" if len(filling) == 1 else f"none of the {len(filling)} passes"
        return f"{which} so far {'did not reach' if len(filling) == 1 else 'reached'} it"
    return "no gradient has arrived"


def _clearings(known: Facts, variable: Variable, cursor: int) -> list[_Event]:
    found: list[_Event] = []
    before: TensorData | None = None
    for at, data in variable.gradients:
        if at > cursor:
            break
        if data is None and before is not None and at > 0:
            moment = known.recording.moments[at - 1]
            what = "it was cleared" if moment.kind == "zero" else "it was removed"
            found.append(_Event(at, f"{what} in operation {at}{_line(moment)}"))
        before = data
    return found


def _returned(known: Facts, variable: Variable, cursor: int) -> list[_Event]:
    """The passes of ``autograd.grad`` that computed the gradient of this leaf."""
    recording = known.recording
    found: list[_Event] = []
    for item in recording.passes:
        for number, data in item.captured:
            value = recording.values[number]
            if value.variable != variable.id or not value.leaf:
                continue
            at = _known_from(known, item, value.node, value.output)
            if at > cursor:
                continue
            line = source_line(item.span)
            if data is None:
                said = f"`autograd.grad` found no way to it in operation {at}{line}"
            else:
                said = f"`autograd.grad` returned it in operation {at}{line}, which fills no `.grad`"
            found.append(_Event(at, said))
    return found


def _known_from(known: Facts, item: Pass, node: int | None, output: int) -> int:
    """The cursor at which the last part of a gradient had arrived; that of the seed if none did."""
    start = known.moment_of_seed.get(item.id, 0)
    return max([start, *(part.cursor for part in known.contributions(item.id, node, output))]) if node is not None else start
