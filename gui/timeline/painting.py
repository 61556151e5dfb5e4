"""Paints a timeline onto any QPainter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from engine.labels import PhaseSpan, moment_label, tone_of
from engine.recording import Recording
from gui.theme import ThemeManager
from gui.timeline.layout import Segment, TrackLayout
from gui.timeline.tones import GREY, TONES, Tone, draw_label, font, label_width

CELL_HEIGHT = 16.0
_RADIUS = 3.0
_DONE = 0.62
_BORDER = 0.75
_TALL = 100
"""From this height on the texts stand as in a bar without epochs."""
_LABEL_GAP = 8.0
_FRAME = 4.0
"""Air between the outermost labels and the frame of the timeline that has the keyboard."""


class _Row:
    """A line of texts that must not touch each other: first come, first served."""

    def __init__(self, left: float, right: float) -> None:
        self._left, self._right = left, right
        self._taken: list[tuple[float, float]] = []

    def fits(self, x: float, width: float) -> bool:
        inside = self._left <= x and x + width <= self._right
        return inside and all(x + width <= start or x >= end for start, end in self._taken)

    def take(self, x: float, width: float) -> None:
        self._taken.append((x, x + width))


class TrackPainter:
    """One painting of the timeline inside ``area``; cells begin ``margin`` px from its sides."""

    def __init__(self, painter: QPainter, theme: ThemeManager, area: QRectF, margin: float) -> None:
        self._painter = painter
        self._theme = theme
        self._area = area
        self._left = area.left() + margin
        self._right = area.right() - margin
        grow = 0.5 + 0.5 * theme.scale
        height = area.height() / max(1.0, grow)
        title = 30.0 if height >= _TALL else 22.0
        # The handle of the playhead stands between the titles and the cells, so that it never covers a word.
        self._title_y = area.top() + (title - 9) * grow
        self._cell = CELL_HEIGHT * grow
        self._top = area.top() + (title + 14) * grow
        self._baseline = self._top + self._cell + 21.5 * grow
        self._px = max(11, round(12 * theme.scale))

    def empty(self, text: str) -> None:
        """A calm line instead of cells."""
        face, metrics = font(self._px)
        self._painter.setFont(face)
        self._painter.setPen(self._theme.color("text_3"))
        middle = self._top + self._cell / 2
        self._painter.setPen(QPen(self._theme.color("line_strong"), 1, Qt.PenStyle.DashLine))
        frame = QRectF(self._left + 0.5, self._top + 0.5, self._right - self._left - 1, self._cell - 1)
        self._painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        self._painter.setPen(self._theme.color("text_3"))
        width = metrics.horizontalAdvance(text)
        x = (self._left + self._right - width) / 2
        self._painter.fillRect(QRectF(x - 8, self._top - 1, width + 16, self._cell + 2), self._theme.color("surface"))
        self._painter.drawText(QPointF(x, middle + metrics.capHeight() / 2), text)

    def paint(self, recording: Recording, layout: TrackLayout, cursor: int, hovered: Sequence[int], position: str) -> None:
        """All of it. ``hovered`` are moments in order; ``position`` stands at the right end of the titles."""
        for segment in layout.segments:
            self._segment(recording, layout, segment, cursor, hovered)
        self._titles(layout, cursor, position)
        self._labels(recording, layout, cursor)
        self._playhead(layout.playhead(cursor))

    def _tone(self, recording: Recording, layout: TrackLayout, segment: Segment) -> Tone:
        """That of its phase; a print and an error only stand in a phase, and do none of its work."""
        if segment.number < 0 or (segment.apart and tone_of(recording.moments[segment.start]) == "zero"):
            return GREY
        return TONES[layout.phases[segment.number].phase]

    def _segment(self, recording: Recording, layout: TrackLayout, segment: Segment, cursor: int, hovered: Sequence[int]) -> None:
        painter, theme = self._painter, self._theme
        tone = self._tone(recording, layout, segment)
        rect = QRectF(self._left + segment.x, self._top, segment.width, self._cell)
        radius = min(_RADIUS, segment.width / 3)
        if segment.end > cursor:
            border = "line_strong" if tone is GREY else tone.line
            inset = min(0.5, segment.width / 4)
            painter.setBrush(theme.color(tone.tint))
            painter.setPen(QPen(theme.color(border, 1.0 if tone is GREY else _BORDER), 2 * inset))
            painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        if segment.start < cursor:
            share = min(1.0, (cursor - segment.start) / (segment.end - segment.start))
            current = segment.apart and segment.end == cursor
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(tone.line, 1.0 if current else _DONE))
            painter.save()
            if share < 1:
                painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width() * share, rect.height()))
            painter.drawRoundedRect(rect, radius, radius)
            painter.restore()
        at = bisect_left(hovered, segment.start)
        if at < len(hovered) and hovered[at] < segment.end:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text_3"), 1))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    # Titles ------------------------------------------------------------------------------------------------------

    def _titles(self, layout: TrackLayout, cursor: int, position: str) -> None:
        painter, theme = self._painter, self._theme
        small, small_metrics = font(self._px)
        baseline = self._title_y + small_metrics.capHeight() / 2
        width = small_metrics.horizontalAdvance(position)
        painter.setFont(small)
        painter.setPen(theme.color("text_2"))
        painter.drawText(QPointF(self._right - width, baseline), position)
        row = _Row(self._left, self._right - (width + 16 if position else 0))
        extents = _extents(layout)
        here = layout.phase_of(max(0, cursor - 1))
        if here not in extents:
            return
        x, _ = extents[here]
        self._title(row, layout.phases[here], self._left + x, cursor, baseline, None)
        nearest = sorted((number for number in extents if number != here), key=lambda number: abs(number - here))
        for number in nearest:
            start, end = extents[number]
            self._title(row, layout.phases[number], self._left + start, cursor, baseline, self._left + end)

    def _title(self, row: _Row, span: PhaseSpan, x: float, cursor: int, baseline: float, end: float | None) -> None:
        """Name and count, the name alone, or nothing; the phase of the cursor (no ``end``) may stand beyond its own cells."""
        painter, theme = self._painter, self._theme
        bold, bold_metrics = font(self._px, 600)
        small, small_metrics = font(self._px)
        count = f"{span.done(cursor):,} of {span.count:,}"
        name = bold_metrics.horizontalAdvance(span.title)
        whole = name + 7 + small_metrics.horizontalAdvance(count)
        right = row._right
        for width in (whole, name):
            left = x if end is not None else max(row._left, min(x, right - width))
            if row.fits(left, width) and (end is None or left + width <= end):
                row.take(left - 8, width + 16)
                painter.setFont(bold)
                painter.setPen(theme.color(TONES[span.phase].text))
                painter.drawText(QPointF(left, baseline), span.title)
                if width == whole:
                    painter.setFont(small)
                    painter.setPen(theme.color("text_2"))
                    painter.drawText(QPointF(left + name + 7, baseline), count)
                return

    # Labels ------------------------------------------------------------------------------------------------------

    def _labels(self, recording: Recording, layout: TrackLayout, cursor: int) -> None:
        theme = self._theme
        row = _Row(self._area.left(), self._area.right())
        cells = [segment for segment in layout.segments if segment.apart]
        cells.sort(key=lambda segment: abs(segment.start - (cursor - 1)))
        for segment in cells:
            current = segment.end == cursor
            tone = self._tone(recording, layout, segment)
            token = tone.text if current else "text_2" if segment.end <= cursor else "text_3"
            middle = self._left + segment.x + segment.width / 2
            labels = [moment_label(recording, segment.start, short=short) for short in (False, True)]
            widths = [label_width(label, self._px, current) for label in labels]
            if widths[1] <= segment.width + 3 < widths[0]:
                del labels[0], widths[0]  # the long one would stand where the neighbours' labels are
            for label, width in zip(labels, widths, strict=True):
                x = max(self._area.left() + _FRAME, min(middle - width / 2, self._area.right() - _FRAME - width))
                roomy = current or width <= segment.width + 3
                if roomy and row.fits(x, width):
                    row.take(x - _LABEL_GAP, width + 2 * _LABEL_GAP)
                    draw_label(self._painter, x, self._baseline, label, self._px, theme.color(token), current)
                    break

    def _playhead(self, x: float) -> None:
        painter, ink = self._painter, self._theme.color("ink")
        at = self._left + x - (1 if x else 0)
        grow = self._cell / CELL_HEIGHT
        top = self._top - 14 * grow
        painter.setPen(QPen(ink, 2))
        painter.drawLine(QLineF(at, top + 9 * grow, at, self._top + self._cell + 5))
        painter.save()
        painter.translate(at, top)
        painter.scale(grow, grow)
        handle = QPainterPath(QPointF(-6, 0))
        for point in ((6, 0), (6, 6), (0, 12), (-6, 6)):
            handle.lineTo(QPointF(*point))
        handle.closeSubpath()
        painter.setBrush(ink)
        painter.setPen(QPen(ink, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPath(handle)
        painter.restore()


def _extents(layout: TrackLayout) -> dict[int, tuple[float, float]]:
    """Per phase drawn: from where to where its title may stand, up to the next phase."""
    found: dict[int, tuple[float, float]] = {}
    for segment in layout.segments:
        if segment.number < 0:
            continue
        start = found[segment.number][0] if segment.number in found else segment.x
        found[segment.number] = (start, segment.right)
    numbers = sorted(found)
    for number, following in pairwise(numbers):
        found[number] = (found[number][0], found[following][0] - 8)
    if numbers:
        found[numbers[-1]] = (found[numbers[-1]][0], max(layout.width, found[numbers[-1]][1]))
    return found
