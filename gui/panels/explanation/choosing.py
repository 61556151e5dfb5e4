"""What is explained: the card, edge or folded module that is selected, else the moment at the cursor."""

from __future__ import annotations

from engine.explain import Explanation, explain_card, explain_edge, explain_module, explain_moment
from gui.session.selection import Selection
from gui.session.session import Session


def is_place(session: Session, selection: Selection) -> bool:
    """Whether a card or edge of the shown recording, or a folded module that is drawn, is selected."""
    recording, view = session.recording, session.shown.view
    if recording is None or view is None:
        return False
    if selection.card is not None:
        return selection.card in view.groups or any(card.id == selection.card for card in recording.graph.cards)
    return selection.edge is not None and any(edge.id == selection.edge for edge in recording.graph.edges)


def explained(session: Session, place: Selection | None) -> Explanation | None:
    """The explanation of ``place``, or with None of the moment at the cursor; None if nothing has been recorded."""
    recording, view = session.recording, session.shown.view
    if recording is None or view is None or (session.problem is not None and not recording.moments):
        return None
    if place is not None and is_place(session, place):
        group = view.groups.get(place.card or "")
        if group is not None:
            return explain_module(recording, session.cursor, group)
        if place.card is not None:
            return explain_card(recording, session.cursor, place.card)
        if place.edge is not None:
            return explain_edge(recording, session.cursor, place.edge)
    return explain_moment(recording, session.cursor, *_begins(session))


def _begins(session: Session) -> tuple[str, ...]:
    """What is said before the first operation of an epoch of a run: others have run before it."""
    step = session.run.recorded_epoch if session.subject.has_epochs else None
    if step is None:
        return ()
    left = "drawn at random" if step == 1 else f"that epoch {step - 1:,} left"
    return (f"Epoch {step:,} begins, with the $w$ and $b$ {left}.",)


def checked_leaf(session: Session, place: Selection | None) -> int | None:
    """The Variable of the leaf that is being explained, once its gradient has arrived; to check it, the program runs again.

    None for what was opened or recorded elsewhere: looking at a recording runs nothing.
    """
    recording = session.recording
    if recording is None or place is None or session.subject.recorded_elsewhere:
        return None
    name = place.card
    if place.edge is not None:
        name = next((edge.source for edge in recording.graph.edges if edge.id == place.edge), None)
    card = next((card for card in recording.graph.cards if card.id == name), None)
    if card is None or card.kind != "leaf" or card.variable is None:
        return None
    held = recording.variables[card.variable].gradients
    return card.variable if any(at <= session.cursor and data is not None for at, data in held) else None
