"""What is known of an autograd Node while its recording is made."""

from __future__ import annotations

from typing import NamedTuple

from engine.tables import Edge


class NodeDraft(NamedTuple):
    """A Node: what torch calls it, where it leads, and the id of its operation or, if it adds to a leaf, of the variable."""

    name: str
    edges: tuple[Edge, ...]
    operation: int | None
    variable: int | None


class Maker(NamedTuple):
    """What made a Node with ``create_graph``: which pass, and which Node as it ran; None if it came between two Nodes."""

    pass_id: int
    node: int | None
