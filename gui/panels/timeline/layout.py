"""Where the moments of a recording stand on the timeline. No painting, no widgets.

Cost follows what is shown: at most 60 cells, or a bar for each of a few phases and ten cells around the playhead; a
recording with more phases than that shows one bar before and one behind those cells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.graph.labels import PhaseSpan

MOST_CELLS = 60
NEAR = 10
"""Cells that stay apart around the playhead when the others merge."""
MOST_BARS = 24
"""Phases that are drawn as bars of their own."""
CELL_GAP = 3.0
PHASE_GAP = 10.0
_LEAST_BAR = 6.0
_START = 5.0


@dataclass(frozen=True, slots=True)
class Segment:
    """Moments ``start`` to ``end`` (exclusive) drawn as one piece; a cell if that is one moment and ``apart``.

    ``number`` is the phase's place among the recording's phases, or -1 for a bar over many phases.
    """

    start: int
    end: int
    number: int
    apart: bool
    x: float
    width: float

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    number: int
    apart: bool


class TrackLayout:
    """Segments from left to right over ``width`` px.

    Parameters
    ----------
    phases : sequence of PhaseSpan
        Of the whole recording.
    first : int
        The first of the ``NEAR`` moments that stay apart when cells merge (see ``near_start``).
    width : float
        In px.
    cell : float
        Width in px that a cell beside merged bars gets.
    """

    def __init__(self, phases: Sequence[PhaseSpan], first: int, width: float, cell: float = 30.0) -> None:
        self.phases = phases
        self.width = width
        self.total = phases[-1].end if phases else 0
        self.merged = self.total > MOST_CELLS
        self._starts_of_phases = [span.start for span in phases] if len(phases) <= MOST_BARS else None
        self.segments = self._place(self._pieces(first), cell) if phases and width > 0 else []
        self._starts = [segment.start for segment in self.segments]

    def phase_of(self, moment: int) -> int:
        """Which phase moment number ``moment`` belongs to."""
        if self._starts_of_phases is not None:
            return max(0, bisect_right(self._starts_of_phases, moment) - 1)
        return max(0, bisect_right(self.phases, moment, key=lambda span: span.start) - 1)

    def _pieces(self, first: int) -> list[_Piece]:
        if not self.merged:
            return [
                _Piece(moment, moment + 1, number, True)
                for number, span in enumerate(self.phases)
                for moment in range(span.start, span.end)
            ]
        last = min(self.total, first + NEAR)
        cells = [_Piece(moment, moment + 1, self.phase_of(moment), True) for moment in range(first, last)]
        if len(self.phases) > MOST_BARS:
            before = [_Piece(0, first, -1, False)] if first else []
            behind = [_Piece(last, self.total, -1, False)] if last < self.total else []
            return before + cells + behind
        pieces: list[_Piece] = []
        for number, span in enumerate(self.phases):
            if span.start < first:
                pieces.append(_Piece(span.start, min(span.end, first), number, False))
            pieces += [cell for cell in cells if cell.number == number]
            if span.end > last:
                pieces.append(_Piece(max(span.start, last), span.end, number, False))
        return pieces

    def _place(self, pieces: list[_Piece], cell: float) -> list[Segment]:
        changes = sum(one.number != two.number for one, two in pairwise(pieces))
        cells = sum(piece.apart for piece in pieces)
        # A narrow bar with many phases would be all gaps: they may take a quarter of it.
        shrink = min(1.0, 0.25 * self.width / max(1.0, changes * PHASE_GAP + (len(pieces) - 1 - changes) * CELL_GAP))
        small, large = CELL_GAP * shrink, PHASE_GAP * shrink
        free = self.width - changes * large - (len(pieces) - 1 - changes) * small
        bulk = sum(piece.end - piece.start for piece in pieces if not piece.apart)
        each = free / cells if not bulk else min(cell, 0.5 * free / max(1, cells))
        bars = len(pieces) - cells
        rest = free - each * cells
        least = min(_LEAST_BAR, rest / bars) if bars else 0.0
        segments: list[Segment] = []
        x = 0.0
        for index, piece in enumerate(pieces):
            if index:
                x += small if piece.number == pieces[index - 1].number else large
            width = each if piece.apart else least + (rest - least * bars) * (piece.end - piece.start) / bulk
            segments.append(Segment(piece.start, piece.end, piece.number, piece.apart, x, max(width, 0.5)))
            x += width
        return segments

    def segment_of(self, moment: int) -> Segment:
        """The segment that shows moment number ``moment``."""
        return self.segments[max(0, bisect_right(self._starts, moment) - 1)]

    def playhead(self, cursor: int) -> float:
        """x of the right edge of what is finished at ``cursor``; 0 at the start."""
        if cursor <= 0 or not self.segments:
            return 0.0
        segment = self.segment_of(cursor - 1)
        return segment.x + segment.width * (cursor - segment.start) / (segment.end - segment.start)

    def cursor_at(self, x: float) -> int:
        """The cursor that a press or drag at ``x`` means: the moment there is the last one finished; at the left edge none is."""
        if not self.segments or x <= min(_START, self.segments[0].width / 4):
            return 0
        return self.moment_at(x) + 1

    def moment_at(self, x: float) -> int:
        """The moment drawn at ``x``: what a pointer resting there means; -1 if there is none."""
        segment = self._at(x)
        if segment is None:
            return -1
        share = min(1.0, max(0.0, (x - segment.x) / segment.width))
        return min(segment.end - 1, segment.start + int(share * (segment.end - segment.start)))

    def _at(self, x: float) -> Segment | None:
        if not self.segments:
            return None
        index = max(0, bisect_right(self.segments, x, key=lambda segment: segment.x) - 1)
        segment = self.segments[index]
        if x > segment.right and index + 1 < len(self.segments) and self.segments[index + 1].x - x < x - segment.right:
            return self.segments[index + 1]
        return segment


def near_start(cursor: int, total: int) -> int:
    """The first of the ``NEAR`` moments around the playhead at ``cursor``."""
    return max(0, min(cursor - NEAR // 2, total - NEAR))
