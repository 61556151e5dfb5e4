"""Why a number is what it is: moments, cards and edges of a recording in one sentence and one formula. No torch."""

from engine.explain.model import Change, Explanation, Line, NumberLine, Piece
from engine.explain.moments import explain_moment

__all__ = ["Change", "Explanation", "Line", "NumberLine", "Piece", "explain_moment"]
