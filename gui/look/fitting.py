"""Names with dots where there is little room: whole parts of them, never an ellipsis in the middle of one."""

from __future__ import annotations

from collections.abc import Callable


def fitting_tail(name: str, room: float, width: Callable[[str], float]) -> str:
    """As many of the last parts of ``name`` as fit ``room``, measured by ``width``; nothing if not even the last one does.

    ``layers.0.self_attn.out_proj`` is then ``self_attn.out_proj``, which says more than both of its ends would.
    """
    parts = name.split(".")
    tails = (".".join(parts[at:]) for at in range(len(parts)))
    return next((tail for tail in tails if width(tail) <= room), "")
