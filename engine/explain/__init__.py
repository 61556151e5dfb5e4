"""Why a number is what it is: moments, cards and edges of a recording in one sentence and one formula. No torch."""

from engine.explain.checks import FiniteDifference, finite_difference
from engine.explain.model import Change, Explanation, Line, NumberLine, Piece
from engine.explain.modules import calls_within, explain_module
from engine.explain.moments import explain_moment
from engine.explain.passes.spoiled import disagreement, overwritten_in
from engine.explain.places import explain_card, explain_edge

__all__ = [
    "Change",
    "Explanation",
    "FiniteDifference",
    "Line",
    "NumberLine",
    "Piece",
    "calls_within",
    "disagreement",
    "explain_card",
    "explain_edge",
    "explain_module",
    "explain_moment",
    "finite_difference",
    "overwritten_in",
]
