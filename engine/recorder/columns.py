"""What a journal's rows hold of the parts of a recording, in the order in which it is written and read again."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any


class Columns:
    """Attributes of an object, in their order; ``of(item)`` gives them as a tuple.

    Parameters
    ----------
    names : str
        The attributes, by which the class takes them again.
    """

    def __init__(self, names: str) -> None:
        self.names = tuple(names.split())
        self.of = attrgetter(*self.names)

    def given(self, row: Iterable[Any]) -> dict[str, Any]:
        """What a row holds, as keywords."""
        return dict(zip(self.names, row, strict=True))


SPAN = Columns("line column end_line end_column")
OPERATION = Columns("name outputs nodes creation inplace grad_enabled call direct")
CALL = Columns("name type parent optimizer")
PLACE = Columns("file line text direct")
EDGE = Columns("slot to output")
PASS = Columns("roots retain_graph create_graph accumulates")
SUMMARY = Columns("minimum maximum mean std norm nan infinite counts")
COUNTERS = Columns("flattened summarised unreadable reason")
