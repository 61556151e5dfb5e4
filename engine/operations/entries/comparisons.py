"""Comparisons, tests and logic element by element: what passes no gradient."""

from __future__ import annotations

from engine.operations import signs
from engine.operations.entry import Entry, WayBack

_COMPARED = "torch x x_"
_FLAT = WayBack("A comparison is flat between its steps, so the gradient is 0.")
"""Only in place does a comparison leave a Node."""


def _compared(names: str, sign: str, words: str, programs: str = _COMPARED) -> Entry:
    node = names.partition(" ")[0].capitalize()
    return Entry(names, words, programs, card=signs.between(sign), nodes={node: _FLAT}, cost=("each element",))


def _told(names: str, words: str, programs: str = "torch x", also: str = "") -> Entry:
    return Entry(names, words, programs, also=also, cost=("each element",))


COMPARISONS = (
    _compared("eq", "=", "True where two elements are equal."),
    _compared("ne not_equal", "≠", "True where two elements are not equal.", "torch x x_ torch.not_equal x.not_equal"),
    _compared("lt less", "<", "True where the first is less.", "torch x x_ torch.less x.less"),
    _compared("le less_equal", "≤", "True where the first is less or equal.", "torch x x_ torch.less_equal x.less_equal"),
    _compared("gt greater", ">", "True where the first is greater.", "torch x x_ torch.greater x.greater"),
    _compared(
        "ge greater_equal", "≥", "True where the first is greater or equal.", "torch x x_ torch.greater_equal x.greater_equal"
    ),
    _told("isclose", "True where two elements are nearly equal."),
    _told("isnan", "True where an element is nan."),
    _told("isinf", "True where an element is infinite."),
    _told("isfinite", "True where an element is neither nan nor infinite."),
    _told("signbit", "True where an element has a minus sign."),
    _told("logical_and", "True where neither is 0.", _COMPARED),
    _told("logical_or", "True where at least one of the two is not 0.", _COMPARED),
    _told("logical_xor", "True where exactly one of the two is not 0.", _COMPARED),
    _told("logical_not", "True where an element is 0.", _COMPARED, also="invert"),
    _told("bitwise_and", "The bits that are set in both."),
    _told("bitwise_or", "The bits that are set in at least one of the two."),
    _told("bitwise_xor", "The bits that are set in exactly one of the two."),
    _told("bitwise_not", "The bits that are not set."),
    _told("heaviside", "0 below 0, 1 above it, and the second where an element is 0."),
)
