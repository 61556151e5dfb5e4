"""What is known of an autograd Node while its recording is made."""

from __future__ import annotations

from typing import NamedTuple


class Maker(NamedTuple):
    """What made a Node with ``create_graph``: which pass, and which Node as it ran; None if it came between two Nodes."""

    pass_id: int
    node: int | None
