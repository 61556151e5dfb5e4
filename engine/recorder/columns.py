"""What a journal's rows hold of each part of a recording, in the order in which it is written and read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from engine.tables import Call, Edge, Hook, Moment, Node, NodeRun, Operation, Pass, Place, Read, Span, Summary, Value


class Columns:
    """Attributes of an object, in their order; ``of(item)`` gives them as a tuple.

    Parameters
    ----------
    names : str
        The attributes; the class takes them back under the same names.
    """

    def __init__(self, names: str) -> None:
        self.names = tuple(names.split())
        self.of = attrgetter(*self.names) if len(self.names) > 1 else _only(self.names[0])

    def given(self, row: Iterable[Any]) -> dict[str, Any]:
        """What a row holds, as keywords."""
        return dict(zip(self.names, row, strict=True))


def _only(name: str) -> Callable[[Any], tuple[Any]]:
    get = attrgetter(name)
    return lambda item: (get(item),)


def _plain(model: type[Any], others: str = "") -> Columns:
    """All fields of a model except the ``others``, which a row holds in their own form. A new field needs nothing here."""
    known = {"id", *others.split()}
    return Columns(" ".join(field.name for field in fields(model) if field.name not in known))


SPAN = _plain(Span)
VALUE = _plain(Value, "data")
NODE = _plain(Node, "edges saved made_in made_by")
"""What a Node keeps, and what made it, is told apart."""
OPERATION = _plain(Operation, "inputs span")
CALL = _plain(Call)
PLACE = _plain(Place)
EDGE = _plain(Edge)
PASS = _plain(Pass, "seeds span captured")
RUN = _plain(NodeRun, "incoming outgoing local grad_before grad_after")
MOMENT = _plain(Moment, "span")
READ = _plain(Read, "span")
HOOK = _plain(Hook, "span")
SUMMARY = _plain(Summary, "corner")
COUNTERS = Columns("flattened summarised unreadable reason")
"""What the snapshots count."""
